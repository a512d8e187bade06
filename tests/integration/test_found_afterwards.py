"""What is found of messages once people have merged, split, moved or decided about them, and once their words are gone."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.integration.conftest import Inbox
from tests.support.database import writing
from tests.support.finding import cases_found, kept
from tests.support.letters import PLAN, PLAN_AGAIN, PLAN_IN_JULY, STILL_WAITING, TAXI, june, letter
from tests.support.mail import mail
from tests.support.postgres import Postgres
from triage.casefinder import CaseFinder
from triage.domain.labels import Kind
from triage.domain.message import Arrival, MailboxKind, Place
from triage.judge import Judge, Opened
from triage.pipeline import Pipeline, Tally
from triage.review import Change, correct, merge, move, split
from triage.store.casestore import CaseStore

PERSON = "ann at the command line"


@pytest.fixture
def both(inbox: Inbox) -> tuple[str, str]:
    """The references of a mother's two cases: about her son's taxi (message 1), and about her daughter's plan (messages 2 and 3)."""
    inbox.take(letter(TAXI, "Kofi's taxi", 2), received=june(2))
    inbox.take(letter(PLAN, "Ama's EHCP", 12), received=june(12))
    inbox.take(letter(PLAN_AGAIN, "Any news", 20), received=june(20))
    taxi, plan, again = (str(row["case"]) for row in inbox.rows)
    assert plan == again != taxi
    return taxi, plan


_JULY = letter(PLAN_IN_JULY, "Ama again", 33)


def test_what_was_merged_is_found_on_the_case_that_it_came_to(inbox: Inbox, both: tuple[str, str]):
    taxi, plan = both
    merge(inbox.pipeline.store, PERSON, plan, taxi)
    assert cases_found(inbox.pipeline, _JULY) == {taxi: 3}
    inbox.take(_JULY, received=june(33))
    assert (inbox.rows[-1]["case"], inbox.rows[-1]["relation"]) == (taxi, "repeat")


def test_a_reference_that_was_merged_leads_on_when_a_family_quotes_it(inbox: Inbox, both: tuple[str, str]):
    taxi, plan = both
    merge(inbox.pipeline.store, PERSON, plan, taxi)
    body = (
        f"You gave me the reference {plan} for my complaint of 12 June about Ama's EHC plan review. The SEND team has still not given us a date. "
        "Please answer me.\n\nPriscilla Amankwah"
    )
    inbox.take(letter(body, f"Re: {plan}", 30, In_Reply_To="<12@family.example>"), received=june(30))
    row = inbox.rows[-1]
    assert taxi in (row["case"], row["suggested_case"])
    shown = inbox.pipeline.store.waiting()
    assert all("another case's reference" not in reason for one in shown for reason in one.reasons)


def test_a_merged_reference_is_known_as_that_of_the_case_that_it_leads_to(inbox: Inbox, both: tuple[str, str]):
    taxi, plan = both
    merge(inbox.pipeline.store, PERSON, plan, taxi)
    raw = letter(f"My reference is {plan}. Please answer my complaint.", "Ama", 30)
    [item] = inbox.pipeline.judge.classify([inbox.pipeline.judge.read(_arrival(raw, "complaints", 99, june(30)))])
    assert isinstance(item, Opened)
    with inbox.pipeline.store.transaction("nobody") as ledger:
        evidence = inbox.pipeline.finder.gather(ledger, item.parts)
        assert evidence.led_on([plan, "CC-2020-000001", taxi]) == (taxi, "CC-2020-000001")
        assert [evidence.case(one).reference for one in evidence.quoted([plan])] == [taxi]


def test_what_was_split_off_is_found_on_its_own_case(inbox: Inbox, both: tuple[str, str]):
    taxi, plan = both
    merge(inbox.pipeline.store, PERSON, plan, taxi)
    own = split(inbox.pipeline.store, PERSON, taxi, [2, 3]).other
    assert cases_found(inbox.pipeline, _JULY) == {taxi: 1, own: 2}
    inbox.take(_JULY, received=june(33))
    assert (inbox.rows[-1]["case"], inbox.rows[-1]["relation"]) == (own, "repeat")


def test_a_message_that_was_moved_is_found_on_its_new_case(inbox: Inbox, both: tuple[str, str]):
    taxi, plan = both
    assert cases_found(inbox.pipeline, _JULY) == {taxi: 1, plan: 2}
    move(inbox.pipeline.store, PERSON, 3, taxi)
    assert cases_found(inbox.pipeline, _JULY) == {taxi: 2, plan: 1}


# Erased


def _nothing_is_left(inbox: Inbox, store_url: str, message: int) -> None:
    assert kept(store_url, message) == (0, 0)
    assert cases_found(inbox.pipeline, letter(STILL_WAITING, "No answer", 9)) == {}
    inbox.take(letter(STILL_WAITING, "No answer", 9), received=june(9))
    assert (inbox.rows[-1]["relation"], inbox.rows[-1]["suggested_case"]) == ("new", None)


def test_what_was_erased_because_of_its_age_is_found_by_nothing_any_more(inbox: Inbox, store_url: str):
    polish = (
        "Dzień dobry, chciałabym złożyć skargę na taksówkę firmy Bexon Cars, która wozi mojego syna Kofi do szkoły Larkfield School. Od trzech "
        "tygodni przyjeżdża za późno i nikt nie odpowiada na moje listy.\n\nPriscilla Amankwah"
    )
    inbox.take(letter(polish, "Skarga", 2), received=june(2), mailbox="officer-hale")
    keys, particulars = kept(store_url, 1)
    assert keys > 5 and particulars == 1
    with writing(store_url) as connection:
        connection.execute(text("UPDATE delivery SET logged_at = '2020-01-01 00:00:00+00:00'"))
    assert inbox.pipeline.forget_expired(timedelta(days=30)) == 1
    _nothing_is_left(inbox, store_url, 1)


def test_what_a_person_decided_to_be_nothing_is_found_by_nothing_any_more(inbox: Inbox, store_url: str):
    inbox.take(letter(TAXI, "Kofi's taxi", 2), received=june(2), mailbox="officer-hale")
    assert cases_found(inbox.pipeline, letter(STILL_WAITING, "No answer", 9)) == {inbox.rows[0]["case"]: 1}
    assert correct(inbox.pipeline.store, PERSON, 1, Change(kind=Kind.NONE)).reference is None
    _nothing_is_left(inbox, store_url, 1)


def test_what_a_person_decided_to_be_nothing_leads_to_no_case_where_a_team_has_it_too(inbox: Inbox):
    inbox.take(letter(TAXI, "Kofi's taxi", 2), received=june(2))
    correct(inbox.pipeline.store, PERSON, 1, Change(kind=Kind.NONE))
    assert cases_found(inbox.pipeline, letter(STILL_WAITING, "No answer", 9)) == {}


# In whichever order


def _home(name: str, number: str, subject: str, body: str, day: int, mailbox: str = "complaints", **headers: str) -> tuple[str, bytes, int]:
    sender = f"{name} <{name.lower().replace(' ', '.')}@home.example>"
    return mailbox, mail(sender, subject, f"{body}\n\n{name}", message_id=f"<{number}@home.example>", sent=june(day), **headers), day


_STREAM = (
    _home("Priscilla Amankwah", "a1", "Kofi's taxi", TAXI.partition("\n")[0], 2),
    _home(
        "Rhodri Penhale", "b1", "Overnight respite",
        "Fernlea House has cancelled our daughter Morwenna's overnight respite for the fourth weekend running. We were told by text on the "
        "Friday. I want to make a formal complaint about the short breaks team.", 3, "short-breaks",
    ),
    _home("Priscilla Amankwah", "a2", "Still waiting", STILL_WAITING.partition("\n")[0], 8, "officer-hale"),
    _home(
        "Sunniva Lyle", "c1", "Admissions appeal",
        "Could you tell me please how I appeal against the decision not to offer my son Torin a place at Quarrybank High School, and by which "
        "date the form has to be with you?", 9,
    ),
    _home(
        "Rhodri Penhale", "b2", "Re: Overnight respite",
        "It is now the fifth weekend. Morwenna's respite at Fernlea House was cancelled again and the short breaks team does not ring back. I "
        "am still waiting for an answer to my complaint.", 10, "short-breaks", In_Reply_To="<b1@home.example>",
    ),
    _home(
        "Sunniva Lyle", "c2", "Quarrybank appeal",
        "I asked you on 9 June how to appeal for Torin's place at Quarrybank High School and I have heard nothing. Now the date may have passed "
        "because of you. This is a complaint.", 15, "officer-hale",
    ),
    _home(
        "Dafydd Orme", "d1", "Thank you",
        "Thank you to Janet of the fostering team. She was wonderful with the boys when they came to us in May and we could not have managed "
        "without her.", 16,
    ),
)  # fmt: skip
_BY_CASE = ["a1 a2", "b1 b2", "c1 c2", "d1"]
_BOXES = list(dict.fromkeys(mailbox for mailbox, _, _ in _STREAM))
_ORDERS = {
    "as it came": [[one] for one in _STREAM],
    "mailbox by mailbox": [[one for one in _STREAM if one[0] == box] for box in _BOXES],
    "the mailboxes in reverse": [[one for one in _STREAM if one[0] == box] for box in reversed(_BOXES)],
    "in reverse": [[one] for one in reversed(_STREAM)],
    "in one batch": [list(_STREAM)],
    "in one batch and in reverse": [list(reversed(_STREAM))],
}


def _arrival(raw: bytes, mailbox: str, uid: int, received: datetime) -> Arrival:
    kind = MailboxKind.OFFICER if mailbox.startswith("officer") else MailboxKind.SHARED
    return Arrival(Place(mailbox, kind, "INBOX", 1, uid), raw, len(raw), received)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes the URLs of empty databases."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path_factory.mktemp('order')}/triage.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database


def _cases_of(url: str, judge: Judge, finder: CaseFinder, batches: Sequence[Sequence[tuple[str, bytes, int]]]) -> list[str]:
    """The messages by case, each case's in order."""
    store = CaseStore.open(url, None, lambda: datetime.now(UTC))
    pipeline = Pipeline(store, judge, finder)
    for number, batch in enumerate(batches):
        # A batch is of one mailbox; where everything comes in one, it is the first's.
        mailbox = batch[0][0]
        pipeline.log([_arrival(raw, mailbox, 10 * number + uid, june(day)) for uid, (_, raw, day) in enumerate(batch, 1)], Tally(mailbox))
    on: dict[str | None, list[str]] = {}
    for row in store.export_messages():
        on.setdefault(row["case"], []).append(row["message_id"][1:3])
    store.close()
    assert None not in on
    return sorted(" ".join(sorted(names)) for names in on.values())


def test_in_whichever_order_mail_is_handed_over_the_cases_are_the_same(new_url: Callable[[], str], judge: Judge, case_finder: CaseFinder):
    found = {name: _cases_of(new_url(), judge, case_finder, batches) for name, batches in _ORDERS.items()}
    assert found == dict.fromkeys(_ORDERS, _BY_CASE)
