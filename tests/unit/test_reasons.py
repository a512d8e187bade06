"""Why: the sentences that moved a decision, in plain English, and nothing that the message does not say."""

import re

import pytest

from tests.unit.judging import answer, judgement, sample
from tests.unit.making import labels
from triage.classify.features import Sample
from triage.classify.model import Model
from triage.classify.reasons import NAMES, Explainer, why_unsure
from triage.domain.labels import Kind, Process, Role, Service

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
ANGRY = "I want to make a formal complaint because nobody has rung me back."
PLAIN = "My daughter is in year three at the school on the hill."
THANKS = "Thank you so much to Jill, she was wonderful with the boys."
RISK = "He said that he is going to kill himself tonight."
LETTER = f"{PLAIN} {ANGRY} {THANKS}"


@pytest.fixture(scope="module")
def explainer(small_model: Model) -> Explainer:
    return small_model._explainer


def _why(explainer: Explainer, one: Sample, said: dict[Kind, float], *, sure: bool = False, urgent: bool = False) -> list[str]:
    kind = max(said, key=said.__getitem__)
    return explainer.why(one, answer(said, urgent=0.9 if urgent else 0.0), judgement(labels(kind, urgent=urgent), said[kind], sure=sure))


def _quoted(reasons: list[str]) -> list[str]:
    """The sentences and words of the mail that reasons quote."""
    return [piece.removesuffix(" …") for reason in reasons for piece in re.findall(r"“([^”]*)”", reason)]


def test_the_first_reason_says_how_sure_the_classifier_is_and_of_what(explainer: Explainer) -> None:
    assert _why(explainer, sample(LETTER), {C: 0.87})[0] == "The classifier is 87% sure that this is a complaint."
    assert _why(explainer, sample(LETTER), {N: 0.5})[0] == "The classifier is 50% sure that this is nothing for the case store."


def test_the_sentence_that_moved_it_is_named(explainer: Explainer) -> None:
    assert ANGRY in _why(explainer, sample(LETTER), {C: 0.95}, sure=True)[1]
    assert THANKS in _why(explainer, sample(LETTER), {P: 0.95}, sure=True)[1]


def test_so_are_the_words(explainer: Explainer) -> None:
    reason = _why(explainer, sample(LETTER), {P: 0.95}, sure=True)[1]
    words = re.findall(r"“([^”]*)”", reason.partition("; the words ")[2])
    assert words and all(word in LETTER.lower() for word in words)
    assert any("thank" in word or "wonderful" in word for word in words)


def test_the_subject_may_be_what_moved_it(explainer: Explainer) -> None:
    subject = "Nobody has replied, for the third time"
    assert f"“{subject}”" in _why(explainer, sample(PLAIN, subject), {C: 0.95}, sure=True)[1]


def test_what_it_could_be_instead_is_said_where_that_is_not_unlikely(explainer: Explainer) -> None:
    reasons = _why(explainer, sample(LETTER), {C: 0.6, P: 0.3, E: 0.05, N: 0.05})
    assert any(reason.startswith("It could also be a compliment (30%): ") and THANKS in reason for reason in reasons)


@pytest.mark.parametrize(("second", "sure"), [(0.3, True), (0.1, False)])
def test_a_sure_or_an_unlikely_second_guess_is_not_mentioned(explainer: Explainer, second: float, sure: bool) -> None:
    reasons = _why(explainer, sample(LETTER), {C: 0.9 - second, P: second, E: 0.05, N: 0.05}, sure=sure)
    assert not any("could also be" in reason for reason in reasons)


def test_where_someone_may_be_at_risk_the_sentence_that_says_so_is_named(explainer: Explainer) -> None:
    reasons = _why(explainer, sample(f"{PLAIN} {RISK} {PLAIN}"), {C: 0.8}, urgent=True)
    assert reasons[-1] == f"Someone may be at risk: “{RISK}”"


def test_of_a_message_that_is_not_urgent_no_risk_is_named(explainer: Explainer) -> None:
    assert not any("at risk" in reason for reason in _why(explainer, sample(RISK), {C: 0.8}))


def test_of_sentences_that_sound_of_risk_the_one_that_the_encoder_takes_for_it_is_named(explainer: Explainer) -> None:
    """Words alone would choose by a place or a day that once stood in an urgent message."""
    text = "I live at 4 Mill Lane and can be rung tonight. The door was shut. He hit her and she is hurt and scared."
    reasons = _why(explainer, sample(text), {C: 0.8}, urgent=True)
    assert reasons[-1] == "Someone may be at risk: “He hit her and she is hurt and scared.”"


def test_who_writes_what_about_and_which_procedure_have_their_reasons(explainer: Explainer) -> None:
    said = labels(C, role=Role.MP, service=Service.TRANSPORT, process=Process.CORPORATE, outside_scope=True)
    reasons = explainer.why(sample(LETTER), answer({C: 0.9}), judgement(said, 0.9))
    assert "It seems to be written by an MP's office." in reasons
    starts = ["It seems to be about school transport: “", "The council's own complaints procedure fits best: “"]
    starts.append("It may be outside the council's powers: “")
    for start in starts:
        [found] = [reason for reason in reasons if reason.startswith(start)]
        assert found.removeprefix(start).removesuffix("”") in LETTER


def test_what_is_nothing_or_about_nothing_in_particular_is_not_said_to_be_about_something(explainer: Explainer) -> None:
    assert not any("seems to be" in reason for reason in _why(explainer, sample(LETTER), {N: 0.9}))
    said = labels(E, service=Service.OTHER)
    reasons = explainer.why(sample(LETTER), answer({E: 0.9}), judgement(said, 0.9))
    assert not any("about" in reason.partition(":")[0] or "procedure" in reason for reason in reasons)


@pytest.mark.parametrize("name", ["Mr. Ashby", "e.g. Tuesday", "J. Petty", "St. Anne's"])
def test_a_full_stop_behind_a_title_or_an_initial_ends_no_sentence(explainer: Explainer, name: str) -> None:
    text = f"Nobody has replied, and we were promised an answer by {name} last week."
    assert f"“{text}”" in _why(explainer, sample(f"{PLAIN} {text}"), {C: 0.9})[1]


ODD = [
    "", " \n ", "?", "🙂🙂🙂", "投诉 投诉", "zzqx", "Qwortle zimbrant flooble. Nark vendrix!", "1234567", "a",
    "no full stop and no capital letter at all just words", f"{PLAIN}\n\n\n{ANGRY}\n" * 50, "word. " * 500, "nark. " * 500, "“” … “”",
]  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_whatever_a_message_holds_there_is_a_reason(explainer: Explainer, text: str, kind: Kind) -> None:
    reasons = _why(explainer, sample(text), {kind: 0.4}, urgent=True)
    assert reasons and all(reason.strip() for reason in reasons)


def test_of_more_unknown_sentences_than_the_encoder_is_asked_about_the_first_are_named(explainer: Explainer) -> None:
    """No word of them is known, so that the encoder alone can tell; and it is asked about a dozen of them at most."""
    text = " ".join(f"Blorp{n} quix{n} nuvv{n}." for n in range(38))
    assert "“Blorp0 quix0 nuvv0.”" in _why(explainer, sample(text), {C: 0.8})[1]


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_quoted_that_the_message_does_not_say(explainer: Explainer, kind: Kind) -> None:
    text = f"{LETTER}\nCould you tell me when\nthe panel meets? {RISK}"
    reasons = _why(explainer, sample(text, "Re: my letter"), {kind: 0.5}, urgent=True)
    whole = " ".join(f"Re: my letter {text}".split()).lower()
    assert len(_quoted(reasons)) > 1
    assert [piece for piece in _quoted(reasons) if piece.lower() not in whole] == []


def test_a_sentence_without_an_end_is_cut_at_a_word(explainer: Explainer) -> None:
    long = "I complain " + "and nobody rings me back " * 40
    [shown] = [piece for piece in re.findall(r"“([^”]*)”", _why(explainer, sample(long), {C: 0.9})[1]) if len(piece) > 100]
    assert shown.endswith(" …")
    assert len(shown) <= 222
    assert long.startswith(shown.removesuffix(" …"))


def test_a_person_is_asked_because_it_may_be_a_complaint_or_because_nothing_is_sure() -> None:
    assert "none may be lost" in why_unsure(answer({E: 0.7, C: 0.2}), judgement(E))
    assert "not sure enough" in why_unsure(answer({E: 0.7, C: 0.1}), judgement(E))
    assert "not sure enough" in why_unsure(answer({C: 0.6}), judgement(C))


def test_every_kind_has_a_name_in_plain_english() -> None:
    assert set(NAMES) == set(Kind)


def test_the_model_says_why_a_person_is_asked(small_model: Model) -> None:
    [found] = small_model.classify([sample("Qwortle zimbrant flooble nark vendrix. Oplim strowd jellick prontash!")])
    assert not found.sure
    assert found.reasons[-1] == "Many of its words are unknown to the classifier, so a person should read it."


def test_what_was_decided_gives_no_reason_why_a_person_is_asked(small_model: Model) -> None:
    for found in small_model.classify([sample(LETTER), sample(THANKS), sample("The minutes are attached.")]):
        assert found.sure is not any("person" in reason for reason in found.reasons)
