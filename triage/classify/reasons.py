"""Why a message was taken for what it is: the sentences and words that moved the decision, in plain English.

The reader of words is linear, so what each word adds to a kind can be said exactly. Where it and the encoder disagree, and the
encoder carried the day, each sentence is put to the encoder by itself instead.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from triage.classify.decision import Judgement, likeliest
from triage.classify.encoder import OUTPUTS, Encoder
from triage.classify.features import Sample
from triage.classify.readers import as_rows
from triage.domain.labels import Kind, Process, Role, Service

NAMES = {
    Kind.COMPLAINT: "a complaint",
    Kind.ENQUIRY: "an enquiry",
    Kind.COMPLIMENT: "a compliment",
    Kind.NONE: "nothing for the case store",
}
PROCESSES = {
    Process.STATUTORY: "the statutory procedure for children's social care",
    Process.CORPORATE: "the council's own complaints procedure",
}
SERVICES = {
    Service.REFERRAL_ASSESSMENT: "referral and assessment",
    Service.CHILD_PROTECTION: "child protection",
    Service.CHILD_IN_NEED: "children in need",
    Service.CHILDREN_IN_CARE: "children in care",
    Service.LEAVING_CARE: "leaving care",
    Service.FOSTERING_ADOPTION: "fostering and adoption",
    Service.DISABLED_CHILDREN: "disabled children",
    Service.SEND: "special educational needs and disability",
    Service.ADMISSIONS: "school admissions",
    Service.TRANSPORT: "school transport",
    Service.ATTENDANCE: "attendance, exclusion or home education",
    Service.EARLY_YEARS: "early years",
    Service.YOUTH: "youth services",
    Service.OTHER: "no one service",
}
ROLES = {
    Role.PARENT_CARER: "a parent or carer",
    Role.YOUNG_PERSON: "a young person",
    Role.ADVOCATE: "somebody who acts for a family",
    Role.MP: "an MP's office",
    Role.COUNCILLOR: "a councillor",
    Role.FOSTER_CARER: "a foster carer",
    Role.SCHOOL: "a school",
    Role.PROFESSIONAL: "a professional",
    Role.OFFICER: "an officer of the council",
    Role.OTHER: "somebody else",
}
# Sentences looked at, shown, and how long one may be on screen.
_MOST_SENTENCES, _SHOWN, _LONGEST = 40, 2, 220
# Sentences put to the encoder by themselves: each costs as much as a message.
_MOST_ASKED = 12
# Of the sentences that sound most of risk, so many: the encoder says which of them speaks of it.
_MOST_RISKS = 5
_WORDS_SHOWN = 4
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")
# A full stop behind these ends no sentence: "Mr. Smith", "e.g. on Monday", "J. Petty".
_SHORTENED = re.compile(r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|St|Rev|Cllr|Prof|No|Nr|e\.g|i\.e|approx|[A-Z])\.$")
_SECOND_GUESS = 0.15


class Explainer:
    """Says why, for a model's own parts."""

    def __init__(self, reader: dict[str, Any], encoder: Encoder) -> None:
        import numpy

        self._encoder = encoder
        self._words = reader["features"].named_transformers_["words"]
        width = len(self._words.vocabulary_)
        self._weight = reader["features"].transformer_weights.get("words", 1.0)
        kind = reader["heads"]["kind"]
        self._kinds = [Kind(value) for value in kind.classes_]
        # What a word adds to a kind, beside what it adds to the others on average.
        coefficients = numpy.asarray(kind.coef_)[:, :width]
        self._kind_weights = coefficients - coefficients.mean(axis=0)
        self._heads = reader["heads"]
        self._width = width
        self._names: list[str] | None = None
        self._found_weights: dict[tuple[str, Any], Any] = {}
        self._as_rows = as_rows

    def why(self, sample: Sample, answer: dict[str, Any], judgement: Judgement) -> list[str]:
        """The reasons of one decision: what points to it, what it could be instead, and what looks like a risk."""
        kind = judgement.labels.kind
        reasons = [f"The classifier is {judgement.confidence:.0%} sure that this is {NAMES[kind]}."]
        sentences = _sentences(sample)
        if not sentences:
            return reasons
        matrix = self._words.transform(sentences)
        reasons += self._pointing(sample, sentences, matrix, kind, "What points to that most")
        second = likeliest({one: p for one, p in answer["kind"].items() if one is not kind})
        if not judgement.sure and answer["kind"][second] >= _SECOND_GUESS:
            reasons += self._pointing(
                sample, sentences, matrix, second, f"It could also be {NAMES[second]} ({answer['kind'][second]:.0%})", words=False
            )
        if kind is not Kind.NONE:
            reasons += self._about(sentences, matrix, judgement)
        if judgement.labels.urgent:
            reasons.append(f"Someone may be at risk: “{_shortened(self._riskiest(sample, sentences, matrix))}”")
        return reasons

    def _about(self, sentences: Sequence[str], matrix: Any, judgement: Judgement) -> list[str]:
        """What it is about, who seems to write and which procedure it would be, each with what says so."""
        labels = judgement.labels
        found = [f"It seems to be written by {ROLES[labels.role]}."]
        if labels.service is not Service.OTHER:
            found.append(f"It seems to be about {SERVICES[labels.service]}: {self._telling(sentences, matrix, 'service', labels.service)}")
        if labels.process is not None:
            telling = self._telling(sentences, matrix, "process", labels.process)
            found.append(f"{_capitalised(PROCESSES[labels.process])} fits best: {telling}")
        if labels.outside_scope:
            found.append(f"It may be outside the council's powers: {self._telling(sentences, matrix, 'outside_scope', True)}")
        return found

    def _telling(self, sentences: Sequence[str], matrix: Any, head: str, value: Any) -> str:
        """The sentence whose words speak most for one value of a label."""
        adds = matrix.dot(self._weights(head, value))
        return f"“{_shortened(sentences[int(adds.argmax())])}”"

    def _weights(self, head: str, value: Any) -> Any:
        """What each word adds to one value of a label, shape (words,)."""
        if (head, value) in self._found_weights:
            return self._found_weights[head, value]
        self._found_weights[head, value] = weights = self._computed_weights(head, value)
        return weights

    def _computed_weights(self, head: str, value: Any) -> Any:
        import numpy

        regression = self._heads[head]
        classes = list(regression.classes_)
        coefficients = numpy.asarray(regression.coef_)[:, : self._width]
        if len(coefficients) == 1:
            # Of two values the regression keeps one row, for the second.
            return coefficients[0] if classes[1] == value else -coefficients[0]
        return coefficients[classes.index(value)] - coefficients.mean(axis=0)

    def _riskiest(self, sample: Sample, sentences: Sequence[str], matrix: Any) -> str:
        """The sentence that speaks most of risk. Words choose a few; the encoder, which set the flag as a rule, chooses one of them."""
        by_words = matrix.dot(self._weights("urgent", True))
        few = sorted(by_words.argsort()[::-1][:_MOST_RISKS].tolist())
        if len(few) == 1:
            return str(sentences[few[0]])
        column = sum(len(OUTPUTS[name]) for name in ("kind", "process", "role", "service")) + OUTPUTS["flags"].index("urgent")
        scores = self._encoder.scores([replace(sample, subject="", text=sentences[i]) for i in few])[:, column]
        return str(sentences[few[int(scores.argmax())]])

    def _pointing(self, sample: Sample, sentences: Sequence[str], matrix: Any, kind: Kind, start: str, *, words: bool = True) -> list[str]:
        row = self._kinds.index(kind)
        by_words = matrix.dot(self._kind_weights[row])
        if float(by_words.max()) <= 0.0:
            by_words = self._by_encoder(sample, sentences, kind)
        # The encoder is asked about the first sentences only.
        best = sorted(range(len(by_words)), key=lambda i: -float(by_words[i]))[:_SHOWN]
        strong = [i for i in best if float(by_words[i]) > 0.4 * float(by_words[best[0]])] or best[:1]
        shown = " … ".join(f"“{_shortened(sentences[i])}”" for i in sorted(strong))
        found = self._telling_words(matrix, row) if words else []
        behind = f"; the words {_listed(found)}" if found else ""
        return [f"{start}: {shown}{behind}."]

    def _by_encoder(self, sample: Sample, sentences: Sequence[str], kind: Kind) -> Any:
        column = OUTPUTS["kind"].index(kind)
        alone = [replace(sample, subject="", text=sentence) for sentence in sentences[:_MOST_ASKED]]
        scores = self._encoder.scores(alone)[:, : len(OUTPUTS["kind"])]
        return scores[:, column] - scores.mean(axis=1)

    def _telling_words(self, matrix: Any, row: int) -> list[str]:
        """The words and pairs of words of the message that add most to the kind, longest forms first, none inside another."""
        import numpy
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        if self._names is None:
            self._names = [str(name) for name in self._words.get_feature_names_out()]
        # Only the words that occur: the vocabulary has tens of thousands.
        columns, where = numpy.unique(matrix.indices, return_inverse=True)
        adds = numpy.bincount(where, weights=matrix.data * self._kind_weights[row][matrix.indices], minlength=len(columns))
        chosen: list[str] = []
        for k in adds.argsort()[::-1][: 8 * _WORDS_SHOWN]:
            name = self._names[int(columns[k])]
            if adds[k] <= 0 or len(chosen) == _WORDS_SHOWN:
                break
            if any(name in other.split() or other in name for other in chosen) or not re.search(r"\w{2}", name):
                continue
            # "was" and "it is" may weigh much, and tell a reader nothing.
            if all(word in ENGLISH_STOP_WORDS for word in name.split()):
                continue
            chosen.append(name)
        return chosen


def why_unsure(answer: dict[str, Any], judgement: Judgement) -> str:
    """Why a person is asked."""
    if judgement.labels.kind is not Kind.COMPLAINT and answer["kind"][Kind.COMPLAINT] >= _SECOND_GUESS:
        return "It may be a complaint, and none may be lost: a person decides."
    return "That is not sure enough to decide without a person."


def _sentences(sample: Sample) -> list[str]:
    found = [sample.subject]
    for piece in _SENTENCE_END.split(sample.text):
        if len(found) > 1 and _SHORTENED.search(found[-1]):
            found[-1] = f"{found[-1]} {piece.strip()}"
        else:
            found.append(piece.strip())
        if len(found) > 2 * _MOST_SENTENCES:
            break
    return [one.strip() for one in found if re.search(r"\w{2}", one)][:_MOST_SENTENCES]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shortened(sentence: str) -> str:
    sentence = " ".join(sentence.split())
    return sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST].rsplit(" ", 1)[0] + " …"


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
