"""What messages say of themselves, and the days that they name."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from triage.matching.cues import CUES, cues_of
from triage.matching.days import days_in

often = settings(max_examples=300, deadline=None, derandomize=True, database=None)
WRITTEN = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)

# Cues


@pytest.mark.parametrize("text", ["The families object.", "He lives with us under a child arrangements order.", "They were kept together."])
def test_not_every_word_of_families_means_that_they_are_at_odds(text: str) -> None:
    assert "at odds" not in cues_of(text)


def test_another_matter_far_down_is_no_beginning() -> None:
    said = cues_of("The taxi has not come for three weeks and nobody rings me back. " * 4 + "That is a different matter.")
    assert "another matter" in said and "begins apart" not in said


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("It's me again.", "goes on"),
        ("That is three weeks now and not a word.", "goes on"),
        ("12 days since the meeting", "goes on"),
        ("Nobody has rung.", "goes on"),
        ("any news?", "goes on"),
        ("I am chasing the form", "goes on"),
        ("My husband has already written to you about this.", "goes on"),
        ("This is a different matter.", "another matter"),
        ("It has nothing to do with the taxi.", "another matter"),
        ("While I've got you, there is the blue badge.", "another matter"),
        ("not about Casimir this time", "another matter"),
        ("I do not accept what you found.", "the answer"),
        ("Please take it to stage 2.", "the answer"),
        ("Your response of 4 March misses the point.", "the answer"),
        ("It has all been sorted now.", "put right"),
        ("You did sort it in July.", "put right"),
        ("Contact is all ok now.", "put right"),
        ("Separately from the request I sent", "another matter"),
        ("A new question about her meals", "begins apart"),
        ("My ex-husband told them so.", "at odds"),
        ("It is all lies.", "at odds"),
        ("She has only heard her side of it.", "at odds"),
        ("Abdi has asked me to write for him.", "on behalf"),
        ("Thank you so much to Janet.", "praise"),
        ("She went above and beyond.", "praise"),
        ("The nursery place came through", "put right"),
        ("My wife is at work.", "a relative"),
        ("I am Casimir's nan.", "a relative"),
        ("My ex must not be told.", "the other parent"),
        ("His mum and I are separated.", "the other parent"),
        ("My husband and I are tired.", "a spouse"),
        ("My husband has already written to you.", "a relative wrote"),
        ("I want to add my name to my sister’s letter", "a relative wrote"),
        ("I am borrowing the library's computer.", "for somebody else"),
        ("a different resident this time", "for somebody else"),
        ("I write on behalf of a family in my ward.", "on behalf"),
        ("our client has instructed us", "on behalf"),
        ("I attach a photo of the gate.", "evidence"),
        ("This is my new email.", "new address"),
        ("I lost my password to the old one", "new address"),
    ],
)
def test_a_message_says_of_itself_what_it_is(text: str, cue: str) -> None:
    assert cue in cues_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The taxi was late on Tuesday.",
        "Dear Sir or Madam,",
        "Casimir waits at the gate in Pellow Street.",
        "weekday",
        "12",
        "   ",
        "🙂",
    ],
)
def test_a_plain_report_of_an_event_says_none_of_that(text: str) -> None:
    assert cues_of(text) == {}


def test_a_cue_is_counted_three_times_at_most() -> None:
    assert cues_of("again and again, again and again, again") == {"goes on": 3}


def test_capitals_and_curly_apostrophes_make_no_difference() -> None:
    assert cues_of("IT’S ME AGAIN, I’VE SAID SO") == cues_of("it's me again, i've said so") != {}


def test_what_stands_beyond_the_first_pages_is_not_looked_at() -> None:
    assert cues_of("x" * 6000 + " I do not accept your response") == {}


@given(some.text(max_size=200))
@often
def test_of_any_text_only_known_cues_are_found(text: str) -> None:
    assert set(cues_of(text)) <= set(CUES)
    assert all(1 <= number <= 3 for number in cues_of(text).values())


# Days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 17 April", (4, 17)),
        ("on the 4th of June", (6, 4)),
        ("17th APRIL", (4, 17)),
        ("March 3rd", (3, 3)),
        ("Sept 9", (9, 9)),
        ("on 01/05/2026", (5, 1)),
        ("30.12.", (12, 30)),
        ("on 2/6", (6, 2)),
    ],
)
def test_a_day_is_named_in_words_or_figures_the_day_before_the_month(text: str, day: tuple[int, int]) -> None:
    assert day in days_in(text, WRITTEN)[0]


def test_a_day_without_a_month_is_the_last_one_before_the_message() -> None:
    assert days_in("it came on the 11th", WRITTEN)[0] == {(3, 11)}
    assert days_in("it came on the 25th", WRITTEN)[0] == {(2, 25)}
    assert days_in("it came on the 25th", WRITTEN.replace(month=1))[0] == {(12, 25)}


@pytest.mark.parametrize(
    "text",
    ["", "32 March", "0 May", "5/13", "1/2/3", "99/99", "the 2nd floor", "the 3rd time", "March 20 weeks", "17", "may we"],
)
def test_what_is_in_no_calendar_or_counts_something_else_is_no_day(text: str) -> None:
    assert days_in(text, WRITTEN) == (set(), set())


@pytest.mark.parametrize("text", ["I wrote to you on 3 March.", "my email of 3 March", "what I sent on 03/03", "We spoke on March 3."])
def test_a_day_beside_which_it_speaks_of_writing_or_calling_is_told(text: str) -> None:
    assert days_in(text, WRITTEN) == ({(3, 3)}, {(3, 3)})


def test_a_day_on_which_something_else_happened_is_not_told() -> None:
    assert days_in("The minibus never came on 3 March.", WRITTEN) == ({(3, 3)}, set())


def test_writing_far_from_a_day_says_nothing_of_it() -> None:
    assert days_in(f"I wrote. {'The bus is late and nobody minds. ' * 4}On 3 March it snowed.", WRITTEN)[1] == set()


@given(some.text(alphabet="0123456789/. thstndmarpy", max_size=60), some.datetimes())
@often
def test_of_any_text_every_day_is_in_the_calendar_and_what_is_told_is_named(text: str, written: datetime) -> None:
    days, told = days_in(text, written)
    assert told <= days
    assert all(1 <= month <= 12 and 1 <= day <= 31 for month, day in days)
