"""To which case a message comes, with everything real: what is learnt, the store, the way of a message."""

from typing import Any

import pytest

from tests.integration.conftest import Inbox
from tests.support.casework import case_id_of
from tests.support.letters import PLAN, RESPITE, STILL_WAITING, TAXI, UNHAPPY, june, letter
from tests.support.logged import audit
from tests.support.mail import forward_of, mail
from triage.domain.case import Outcome
from triage.review import close_case
from triage.store import casefile

STRANGER = "Gareth Pell <g.pell@elsewhere.example>"


@pytest.fixture
def taxi(inbox: Inbox) -> str:
    """The reference of the case that the complaint about the taxi opened on 2 June."""
    inbox.take(letter(TAXI, "Kofi's taxi", 2), received=june(2))
    return str(inbox.rows[0]["case"])


def _came_to(inbox: Inbox) -> tuple[str | None, str | None]:
    row = inbox.rows[-1]
    return row["case"], row["relation"]


def _case(inbox: Inbox, reference: str) -> dict[str, Any]:
    [found] = [case for case in inbox.cases if case["reference"] == reference]
    return found


def _version(inbox: Inbox, reference: str) -> int:
    return inbox.pipeline.store.look(lambda connection, now: casefile.show(connection, reference)).version


def test_a_chaser_under_a_new_subject_that_comes_to_another_mailbox_joins(inbox: Inbox, taxi: str):
    inbox.take(letter(STILL_WAITING, "No answer", 9), received=june(9), mailbox="officer-hale")
    assert _came_to(inbox) == (taxi, "repeat")
    assert len(inbox.cases) == 1


def test_another_childs_matter_from_the_same_parent_opens_a_case_of_its_own(inbox: Inbox, taxi: str):
    inbox.take(letter(PLAN, "Ama's EHCP", 12), received=june(12))
    case, relation = _came_to(inbox)
    assert relation == "new" and case != taxi
    assert [len(one["messages"]) for one in inbox.cases] == [1, 1]


def test_praise_in_the_thread_of_a_complaint_opens_a_case_of_its_own(inbox: Inbox, taxi: str):
    praise = "Thank you so much to Janet in the fostering team. She has been wonderful with the boys.\n\nPriscilla Amankwah"
    inbox.take(letter(praise, "Re: Kofi's taxi", 9, In_Reply_To="<2@family.example>"), received=june(9))
    assert _came_to(inbox)[1] == "new"
    assert [case["kind"] for case in inbox.cases] == ["complaint", "compliment"]


def test_a_family_that_quotes_its_own_reference_in_a_new_mail_joins_its_case(inbox: Inbox, taxi: str):
    body = (
        f"You gave me the reference {taxi} for my complaint of 1 June about Kofi's taxi. I am still waiting for an answer. Bexon Cars left him "
        "at the kerb outside our house and the same driver still comes.\n\nPriscilla Amankwah"
    )
    inbox.take(letter(body, f"Your reference {taxi}", 10), received=june(10))
    assert _came_to(inbox) == (taxi, "repeat")


# A stranger

_IMPATIENT = "Why has nobody answered my complaint? It is three weeks now and I am losing patience with all of you.\n\nGareth Pell"
_ABOUT_KOFI = (
    "What have you done about Kofi and the taxi from Bexon Cars? Nobody has told me anything about this complaint and I am very unhappy. Send "
    "me what you have.\n\nGareth Pell"
)


@pytest.mark.parametrize(
    ("subject", "body", "headers"),
    [
        ("Re: {}", _IMPATIENT, {}),
        ("My complaint", "My reference is {}. " + _IMPATIENT, {}),
        ("Re: {}", "{} " + _IMPATIENT, {"In_Reply_To": "<2@family.example>", "References": "<2@family.example>"}),
        ("{}", "About {}. " + _ABOUT_KOFI, {"In_Reply_To": "<2@family.example>"}),
    ],
)
def test_a_reference_that_a_stranger_quotes_reveals_nothing_and_changes_nothing(
    inbox: Inbox, taxi: str, store_url: str, subject: str, body: str, headers: dict[str, str]
):
    before, version, events = _case(inbox, taxi), _version(inbox, taxi), len(audit(store_url))
    raw = mail(STRANGER, subject.format(taxi), body.format(taxi), message_id="<stranger@elsewhere.example>", sent=june(10), **headers)
    inbox.take(raw, received=june(10))
    row = inbox.rows[-1]
    assert (row["relation"], row["suggested_case"]) in (("new", None), ("new", taxi))
    assert row["case"] not in (taxi, None)
    assert (_case(inbox, taxi), _version(inbox, taxi)) == (before, version)
    family = case_id_of(inbox.pipeline.store, taxi)
    assert all(event.case_id != family for event in audit(store_url)[events:]), "the history of the family's case says nothing of it"
    own = _case(inbox, row["case"])
    assert [one["address"] for one in own["correspondents"]] == ["g.pell@elsewhere.example"]
    assert own["related"] == []
    shown = inbox.pipeline.store.look(lambda connection, now: casefile.show(connection, row["case"]))
    said = " ".join(reason for message in shown.messages for reason in message.reasons).lower()
    assert not any(word in said for word in ("amankwah", "larkfield", "priscilla"))


def test_a_stranger_who_writes_under_the_familys_message_id_is_no_copy_of_theirs(inbox: Inbox, taxi: str):
    before = _case(inbox, taxi)
    inbox.take(mail(STRANGER, "Kofi's taxi", _ABOUT_KOFI, message_id="<2@family.example>", sent=june(10)), received=june(10))
    assert _came_to(inbox)[1] == "new"
    assert _case(inbox, taxi) == before


# After a case was closed


@pytest.fixture
def closed(inbox: Inbox, taxi: str) -> str:
    """The same case, closed on 20 June."""
    return close_case(inbox.pipeline.store, "Ann Officer", taxi, Outcome.NOT_UPHELD, june(20))


def test_dissatisfaction_with_the_outcome_opens_the_case_again_and_keeps_what_was_decided(inbox: Inbox, closed: str, store_url: str):
    inbox.take(letter(UNHAPPY, "Your answer", 24), received=june(24))
    assert _came_to(inbox) == (closed, "escalation")
    case = _case(inbox, closed)
    assert (case["status"], case["outcome"], case["closed_at"]) == ("open", None, None)
    events = [(event.action, event.detail) for event in audit(store_url) if event.action in ("closed", "escalated")]
    assert events == [("closed", {"outcome": "not_upheld"}), ("escalated", {"outcome": ["not_upheld", None]})]


def test_what_comes_after_an_escalation_repeats_it(inbox: Inbox, closed: str):
    inbox.take(letter(UNHAPPY, "Your answer", 24), received=june(24))
    again = "I have heard nothing about the next stage of my complaint about Kofi's taxi and Bexon Cars. Please answer me.\n\nPriscilla Amankwah"
    inbox.take(letter(again, "Next stage", 36), received=june(36))
    assert [row["relation"] for row in inbox.rows] == ["new", "escalation", "repeat"]


def test_a_new_event_after_a_case_was_closed_opens_a_case(inbox: Inbox, closed: str):
    before = _case(inbox, closed)
    inbox.take(letter(RESPITE, "Short breaks", 64), received=june(64))
    case, relation = _came_to(inbox)
    assert relation == "new" and case != closed
    assert _case(inbox, closed) == before


# A campaign

_CENTRE = (
    "I am writing to object to the closure of Fernbrook Children's Centre on 31 July. Families in Dunmore rely on the stay and play sessions "
    "and the speech therapy drop-in, and the consultation was over before most of us had heard of it. The council must think again and keep "
    "Fernbrook open. I ask for a full answer to this complaint. "
)
_OWN_LINES = {
    "Odette Marsh": "My twins go there every Tuesday.",
    "Yusuf Demir": "I walk there with the baby because we have no car.",
    "Bronagh Tiernan": "It is the only place where I meet anybody.",
}


def test_households_that_send_one_letter_have_a_case_each_and_the_cases_are_related(inbox: Inbox):
    for number, (name, line) in enumerate(_OWN_LINES.items()):
        sender = f"{name} <{name.split()[0].lower()}@home{number}.example>"
        raw = mail(sender, "Fernbrook", f"{_CENTRE}{line}\n\n{name}", message_id=f"<{number}@home.example>", sent=june(3 + number))
        inbox.take(raw, received=june(3 + number))
    rows, cases = inbox.rows, {case["reference"]: case for case in inbox.cases}
    assert [row["relation"] for row in rows] == ["new"] * 3
    assert len(cases) == 3
    for reference, case in cases.items():
        assert [one["address"] for one in case["correspondents"]] == [
            row["original_from_address"] for row in rows if row["case"] == reference
        ]
        assert all(reference in cases[other]["related"] for other in case["related"]), "related is said on both"
    # Whichever it is of the two: nobody has to find out without help that there are others.
    for number, row in enumerate(rows[1:], 1):
        earlier = {one["case"] for one in rows[:number]}
        assert earlier & {*cases[row["case"]]["related"], row["suggested_case"]}
    assert any(case["related"] for case in cases.values())


def test_two_families_who_have_the_same_sort_of_trouble_are_not_related(inbox: Inbox, taxi: str):
    other = (
        "My daughter Elin's escort to Quarrybank High School did not turn up on Thursday and the office of Harbour Travel would not ring me "
        "back. I would like to make a complaint.\n\nRhodri Penhale"
    )
    inbox.take(
        mail("Rhodri Penhale <rhodri@home.example>", "School run", other, message_id="<r@home.example>", sent=june(9)), received=june(9)
    )
    assert _came_to(inbox)[1] == "new"
    assert [case["related"] for case in inbox.cases] == [[], []]


def test_two_families_in_one_forward_do_not_come_to_each_others_cases(inbox: Inbox, taxi: str):
    penhale = mail(
        "Rhodri Penhale <rhodri@home.example>", "Respite",
        "Fernlea House has cancelled our Morwenna's overnight respite for the fourth weekend. I want to complain.\n\nRhodri Penhale",
        message_id="<r@home.example>", sent=june(8),
    )  # fmt: skip
    inbox.take(forward_of(letter(STILL_WAITING, "No answer", 9), penhale), received=june(10))
    mother, other = inbox.rows[-2:]
    assert (mother["case"], mother["relation"]) == (taxi, "repeat")
    assert (other["relation"], other["suggested_case"]) == ("new", None)
    assert [one["address"] for one in _case(inbox, taxi)["correspondents"]] == ["priscilla.amankwah@family.example"]
