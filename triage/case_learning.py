"""Learning from hand-written streams which messages belong to one case.

Every message of a stream is compared with the cases that it could be on, each as it truly was when the message came: what the
evidence was, and whether it is that case, is one lesson. How good the scorer is, and from which probability on it may join without a
person, is measured on streams that it has not met.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage import casefinder
from triage.classify import corpus, ensemble
from triage.domain.case import combined_kind
from triage.domain.labels import Kind
from triage.domain.message import Arrival, Place
from triage.errors import ModelError
from triage.judge import Failed, Judge, Understood
from triage.matching.candidates import nearest, sharing
from triage.matching.comparison import CaseFile, beside_rivals, compare
from triage.matching.household import Bond
from triage.matching.keys import keys_of
from triage.matching.particulars import Particulars, counted_words
from triage.matching.rarity import Rarity
from triage.matching.related import SIGNS, RelatedScorer, may_be_related
from triage.matching.scorer import Thresholds
from triage.rehearsal import also_own, as_sample
from triage.replay import Closing, Stream, StreamMessage

Progress = Callable[[str], None]

# Streams are held out together in so many groups.
_FOLDS = 6
# Of the messages that are joined without a person, on held-out streams, at least this share must be on the right case; a wrong merge
# hides a complaint. (Of pairs of messages on one case fewer are right: one wrong message spoils every pair that it makes.)
_RIGHT = 0.996
# Of true repeats, so many must at least be asked about.
_ASKED = 0.95
_LEAST_SUGGEST, _MOST_SUGGEST = 0.04, 0.1
_LEAST_JOIN, _MOST_JOIN = 0.5, 0.97
# Of the cases that are linked as related, so many must be: a wrong link hides nothing, but costs a look.
_RIGHT_RELATED, _LEAST_RELATED = 0.9, 0.4
# Thousands of scores tell their own calibration; a few dozen related cases are not to be trusted in every detail.
_ENOUGH_TO_TRUST, _LITTLE_TO_TRUST = 1e6, 0.1
# After every stream: no date in one is put right.
_LATER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One message beside one case: the evidence, and whether it is on it."""

    stream: str
    message: str
    evidence: Mapping[str, float]
    right: bool
    household: bool
    related: bool | None = None
    """Whether the message opened a case that is related to this one; None where it opened none, or could not be."""


@dataclass(slots=True)
class _TrueCases:
    """The cases of a stream as they truly are, found as the store finds them."""

    rarity: Rarity
    cases_by_key: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    messages: defaultdict[int, list[Particulars]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, int] = field(default_factory=dict)
    closed: dict[int, datetime] = field(default_factory=dict)

    def number(self, case: str) -> int:
        return self.numbers.setdefault(case, len(self.numbers) + 1)

    def add(self, case: str, one: Particulars) -> None:
        number = self.number(case)
        for value in keys_of(one, self.rarity):
            self.cases_by_key[value].insert(0, number)
        self.messages[number].append(one)

    def candidates(self, one: Particulars) -> list[CaseFile]:
        by_reference = {_reference(number): number for number in self.messages}
        quoted = [by_reference[reference] for reference in one.references if reference in by_reference]
        return [self._file(number) for number in nearest(self.cases_by_key, keys_of(one, self.rarity), quoted)]

    def _file(self, number: int) -> CaseFile:
        messages = tuple(sorted(self.messages[number], key=lambda one: one.sent_at))
        kind = messages[0].kind
        for one in messages[1:]:
            kind = combined_kind(kind, one.kind)
        return CaseFile(number, _reference(number), kind, messages[0].received_at, self.closed.get(number), messages)


def _reference(number: int) -> str:
    return f"CC-2026-{number:06d}"


Entry = tuple[StreamMessage, Understood] | Closing


def understood(stream: Stream, judge: Judge) -> list[Entry]:
    """The messages of a stream as the service would understand them, and its closings."""
    judge = replace(judge, is_own=also_own(judge.is_own, stream.council), clock=lambda: _LATER)
    numbers = {case: f"CC-2026-{number:06d}" for number, case in enumerate(_cases_of(stream), 1)}
    found: list[Entry] = []
    for entry in stream.entries:
        if isinstance(entry, Closing):
            found.append(entry)
            continue
        raw = entry.as_mail(numbers)
        arrival = Arrival(Place(entry.mailbox, entry.mailbox_kind, "INBOX"), raw, len(raw), entry.date)
        [item] = judge.classify([judge.read(arrival)])
        if isinstance(item, Failed):
            raise ModelError(f"{stream.name}, {entry.id}: {item.error}")
        found.append((entry, item.parts[0]))
    return found


def _cases_of(stream: Stream) -> list[str]:
    """The true cases in the order in which they are opened."""
    return list(dict.fromkeys(message.case for message in stream.messages if message.case is not None))


def lessons(stream: Stream, judge: Judge) -> list[Lesson]:
    """Every message of a stream beside every case that it could be on: in the order in which it came, and mailbox by mailbox.

    A poll reads one mailbox after the other, so a chaser is often met before what it chases: that is to be learnt too.
    """
    entries = understood(stream, judge)
    found = _lessons_in_order(stream, entries, judge.rarity)
    apart = _lessons_in_order(stream, _by_mailbox(entries), judge.rarity)
    return [*found, *(replace(one, message=f"{one.message}, by mailbox") for one in apart)]


def _by_mailbox(entries: Sequence[Entry]) -> list[Entry]:
    """Between two closings all of one mailbox, then all of the next, beginning with the mailbox that is met last."""
    boxes = list(dict.fromkeys(entry[0].mailbox for entry in entries if not isinstance(entry, Closing)))
    rank = {mailbox: -number for number, mailbox in enumerate(boxes)}
    found: list[Entry] = []
    waiting: list[tuple[StreamMessage, Understood]] = []
    for entry in entries:
        if isinstance(entry, Closing):
            found += [*sorted(waiting, key=lambda one: rank[one[0].mailbox]), entry]
            waiting = []
        else:
            waiting.append(entry)
    return [*found, *sorted(waiting, key=lambda one: rank[one[0].mailbox])]


def _lessons_in_order(stream: Stream, entries: Sequence[Entry], rarity: Rarity) -> list[Lesson]:
    true = _TrueCases(rarity)
    for case in _cases_of(stream):
        true.number(case)
    links = {
        frozenset((true.number(message.case), true.number(other)))
        for message in stream.messages if message.case is not None for other in message.related_to
    }  # fmt: skip
    seen: set[str] = set()
    found: list[Lesson] = []
    for entry in entries:
        if isinstance(entry, Closing):
            true.closed[true.number(entry.case)] = entry.date
            continue
        message, item = entry
        one = item.particulars
        if message.case is None or one is None or one.kind is Kind.NONE or message.message_id in seen:
            continue
        seen.add(message.message_id)
        number = true.number(message.case)
        candidates = true.candidates(one)
        shared = sharing(true.cases_by_key, one.words)
        compared = [compare(one, case, rarity, shared) for case in candidates]
        beside_rivals(compared)
        for file, evidence in zip(candidates, compared, strict=True):
            related = frozenset((number, file.id)) in links if number not in true.messages and may_be_related(one, file, evidence) else None
            found.append(Lesson(stream.name, message.id, evidence, file.id == number, evidence["bond"] > Bond.NONE, related))
        true.add(message.case, one)
        if number in true.closed and one.sent_at > true.closed[number]:
            # Whoever is unhappy with the outcome opens it again.
            del true.closed[number]
    return found


def count_words(folder: Path) -> Rarity:
    """In how many messages of the training corpus each word was met. Raises ModelError."""
    met: defaultdict[str, int] = defaultdict(int)
    named: defaultdict[str, int] = defaultdict(int)
    messages = corpus.read(folder, as_sample)
    for message in messages:
        words, capitals = counted_words(f"{message.sample.subject}.\n{message.sample.text}")
        for word in words:
            met[word] += 1
        for word in capitals:
            named[word] += 1
    return Rarity(len(messages), dict(met), dict(named))


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt. `held_out` are figures on streams that were not learnt from."""

    finder: casefinder.CaseFinder
    held_out: dict[str, Any]


def train(streams: Sequence[Stream], judge: Judge, folder: Path, progress: Progress = lambda step: None) -> Learnt:
    """Learn from streams, and write what was learnt to `folder`. `judge` has the rarity that is written too. Raises ModelError."""
    found: list[Lesson] = []
    for stream in streams:
        progress(f"reading {stream.name}")
        found += lessons(stream, judge)
    if len({one.stream for one in found}) < 2 or not any(one.right for one in found):
        raise ModelError("there are too few streams to learn from: at least two with repeats are needed")
    # The bond is asked beside the score; weighed with the evidence that it is read from, it would only be counted twice.
    names = tuple(sorted(found[0].evidence.keys() - {"bond"}))
    rows = [[one.evidence[name] for name in names] for one in found]
    progress("learning, with some streams held out")
    scores = _held_out_scores(found, rows)
    slope, offset = _calibration(scores, [one.right for one in found])
    probabilities = [1 / (1 + math.exp(-(slope * score + offset))) for score in scores]
    thresholds = choose_thresholds(found, probabilities)
    progress("learning from all of them")
    parts = ensemble.fit(rows, [one.right for one in found])
    related, told = _related(found)
    held_out = {**figures(found, probabilities, thresholds), **told}
    digest = hashlib.sha256(json.dumps([(one.stream, one.message, one.right) for one in found]).encode()).hexdigest()
    casefinder.save(
        folder, parts, judge.rarity, names=names, slope=slope, offset=offset, thresholds=thresholds, related=related,
        about={"streams": len(streams), "lessons": len(found), "lessons_sha256": digest, "held_out": held_out},
    )  # fmt: skip
    return Learnt(casefinder.load(folder), held_out)


def _held_out_scores(found: Sequence[Lesson], rows: Sequence[Sequence[float]]) -> list[float]:
    """The score of every lesson, by an ensemble that has met no message of its stream."""
    scores = [0.0] * len(found)
    for learn, held in _folds(found):
        learnt = ensemble.Ensemble(ensemble.fit([rows[i] for i in learn], [found[i].right for i in learn]))
        for i, score in zip(held, learnt.scores([rows[i] for i in held]), strict=True):
            scores[i] = score
    return scores


def _calibration(scores: Sequence[float], truth: Sequence[bool]) -> tuple[float, float]:
    """The slope and offset that turn scores into calibrated logits (Platt 1999)."""
    [slope], offset = ensemble.fit_line([[score] for score in scores], truth, _ENOUGH_TO_TRUST)
    return slope, offset


def _related(found: Sequence[Lesson]) -> tuple[RelatedScorer, dict[str, Any]]:
    """Learn when two households' cases are about one thing; and how well, on held-out streams."""
    these = [one for one in found if one.related is not None]
    rows = [[one.evidence[name] for name in SIGNS] for one in these]
    truth = [bool(one.related) for one in these]
    if not any(truth):
        return RelatedScorer(dict.fromkeys(SIGNS, 0.0), 0.0, 1.0), {}
    held_out = [0.0] * len(these)
    for learn, held in _folds(these):
        weights, offset = ensemble.fit_line([rows[i] for i in learn], [truth[i] for i in learn], _LITTLE_TO_TRUST)
        scorer = RelatedScorer(dict(zip(SIGNS, weights, strict=True)), offset, 1.0)
        for i in held:
            held_out[i] = scorer.probability(these[i].evidence)
    threshold = round(_lowest(zip(held_out, truth, strict=True), _RIGHT_RELATED, least=_LEAST_RELATED), 3)
    weights, offset = ensemble.fit_line(rows, truth, _LITTLE_TO_TRUST)
    linked = [right for probability, right in zip(held_out, truth, strict=True) if probability >= threshold]
    told = {"related": sum(truth), "linked": len(linked), "linked_right": sum(linked)}
    return RelatedScorer(dict(zip(SIGNS, weights, strict=True)), offset, threshold), told


def _folds(found: Sequence[Lesson]) -> Iterator[tuple[list[int], list[int]]]:
    """For each group of streams that is held out: the lessons to learn from, and those that are held."""
    streams = sorted({one.stream for one in found})
    fold = {stream: number % min(_FOLDS, len(streams)) for number, stream in enumerate(streams)}
    for number in sorted(set(fold.values())):
        learn = [i for i, one in enumerate(found) if fold[one.stream] != number]
        yield learn, [i for i, one in enumerate(found) if fold[one.stream] == number]


def _nearest_of(found: Sequence[Lesson], probabilities: Sequence[float]) -> list[tuple[float, Lesson, bool]]:
    """For each message its likeliest case: the probability, the lesson, and whether its true case is among those looked at."""
    by_message: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for i, one in enumerate(found):
        by_message[(one.stream, one.message)].append(i)
    best = [(max(group, key=lambda i: probabilities[i]), group) for group in by_message.values()]
    return [(probabilities[i], found[i], any(found[j].right for j in group)) for i, group in best]


def choose_thresholds(found: Sequence[Lesson], probabilities: Sequence[float]) -> Thresholds:
    """The lowest probabilities at which what is joined is right often enough, and enough of the rest is asked about."""
    best = _nearest_of(found, probabilities)
    groups: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for p, one, _ in best:
        if one.household and not one.evidence["other strand"]:
            groups[Thresholds.which(one.evidence)].append((p, one.right))
    join = _lowest(groups["join"], _RIGHT)
    # Who is not known by their address is known less well: never less is asked than of those who are.
    go_between, others = (max(join, _lowest(groups[name], _RIGHT)) for name in ("join_go_between", "join_others"))
    true = sorted((p for p, one, _ in best if one.right), reverse=True)
    suggest = true[min(len(true) - 1, int(_ASKED * len(true)))] if true else _MOST_SUGGEST
    return Thresholds(
        join=round(join, 3),
        join_go_between=round(go_between, 3),
        join_others=round(others, 3),
        join_likely=round(max(others, _lowest(groups["join_likely"], _RIGHT)), 3),
        suggest=round(min(_MOST_SUGGEST, max(_LEAST_SUGGEST, suggest)), 3),
    )


def _lowest(judged: Iterable[tuple[float, bool]], share: float, least: float = _LEAST_JOIN) -> float:
    """The lowest probability from which on at least `share` are right."""
    lowest, right, wrong = _MOST_JOIN, 0, 0
    for probability, truth in sorted(judged, key=lambda one: -one[0]):
        right, wrong = right + truth, wrong + (not truth)
        if right >= share * (right + wrong) and probability >= least:
            lowest = probability
    return lowest


def figures(found: Sequence[Lesson], probabilities: Sequence[float], thresholds: Thresholds) -> dict[str, Any]:
    """How good the decisions are, message by message, each case before it being as it truly was."""
    best = _nearest_of(found, probabilities)
    joined = [
        one for p, one, _ in best
        if one.household and p >= thresholds.enough(one.evidence) and not one.evidence["other strand"]
    ]  # fmt: skip
    asked = [one for p, one, _ in best if p >= thresholds.suggest]
    true = sum(has for _, _, has in best)
    right = sum(one.right for one in joined)
    return {
        "messages": len(best),
        "repeats": true,
        "joined": len(joined),
        "joined_right": round(right / len(joined), 4) if joined else None,
        "joined_of_repeats": round(right / true, 4) if true else None,
        "joined_or_asked_of_repeats": round(sum(one.right for one in asked) / true, 4) if true else None,
        "calibration_error": round(_calibration_error([(p, one.right) for p, one in zip(probabilities, found, strict=True)]), 4),
    }


def _calibration_error(judged: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """The mean distance of probability and truth over bins of equal width (expected calibration error)."""
    groups: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for probability, truth in judged:
        groups[min(bins - 1, int(probability * bins))].append((probability, truth))
    return sum(abs(sum(p for p, _ in group) - sum(truth for _, truth in group)) for group in groups.values()) / max(1, len(judged))
