"""What can be seen of cases and done to them from outside: the export, people who write very often, the commands; on both databases."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.casework import (
    COUNCILLOR,
    MEMBER,
    MP,
    PERSON,
    RITA,
    case_id_of,
    case_of,
    exported,
    follow_up,
)
from tests.support.database import writing
from tests.support.logged import JOAN, at, cases, log, log_wordless, rows
from tests.support.program import one_line, write_config
from tests.unit.making import labels
from triage import review
from triage.cli import main
from triage.domain.case import Outcome
from triage.domain.labels import Kind, Role, Status
from triage.domain.message import Address
from triage.errors import CallError
from triage.review import Change, close_case, correct, link, merge, patterns, split
from triage.store.casestore import CaseStore

C, E, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.NONE
WARD = Address("ward.north@ashmere.example", "Cllr Bo Lind")
WHY = "Two families write about one closure."


# Members' mail


def _members_mail(store: CaseStore) -> list[bool | None]:
    return [row["members_mail"] for row in rows(store)]


@pytest.mark.parametrize(("author", "role"), [(MEMBER, MP), (WARD, COUNCILLOR)])
def test_an_answer_to_a_family_is_copied_to_the_member_who_wrote_for_them(store: CaseStore, author: Address, role: Role):
    first = log(store, C, received=at(1))
    follow_up(store, first, labels(E, role=role), author=author, received=at(2))
    [case] = cases(store)
    assert case["copy_answer_to"] == [author.address]
    assert _members_mail(store) == [False, True]
    assert review.show(store, case["reference"]).copy_answer_to == (author.address,)


def test_a_member_who_alone_has_written_is_answered_and_gets_no_copy(store: CaseStore):
    first = log(store, labels(E, role=MP), author=MEMBER, received=at(1))
    follow_up(store, first, labels(E, role=MP), author=Address("caseworker@ingham-mp.example", "Caseworker"), received=at(2))
    follow_up(store, first, labels(E, role=Role.OTHER), author=MEMBER, received=at(3))
    assert cases(store)[0]["copy_answer_to"] == [], "all of it is members' mail, by role or by address"
    assert _members_mail(store) == [True, True, False]


def test_a_member_gets_a_copy_where_a_familys_mail_has_no_address(store: CaseStore):
    first = log(store, labels(E, role=MP), author=MEMBER, received=at(1))
    follow_up(store, first, C, author=Address("", "Joan"), received=at(2))
    assert cases(store)[0]["copy_answer_to"] == [MEMBER.address]


def test_a_family_that_has_no_member_writing_for_it_is_answered_alone(store: CaseStore):
    first = log(store, C)
    follow_up(store, first, labels(E, role=Role.ADVOCATE), author=RITA)
    assert cases(store)[0]["copy_answer_to"] == []
    assert _members_mail(store) == [False, False]


def test_a_members_mail_that_is_no_case_is_not_marked(store: CaseStore):
    log(store, labels(N, role=MP), author=MEMBER)
    log_wordless(store)
    assert _members_mail(store) == [False, None]


def test_the_copy_goes_along_when_a_members_case_is_merged_into_the_familys(store: CaseStore):
    family, member = log(store, C, received=at(1)), log(store, labels(E, role=MP), author=MEMBER, received=at(2))
    merge(store, PERSON, case_of(store, member), case_of(store, family))
    assert [case["copy_answer_to"] for case in cases(store)] == [[MEMBER.address], []]


# People who write very often


@pytest.fixture
def today() -> datetime:
    return datetime.now(UTC)


def test_somebody_with_very_many_messages_is_pointed_out_with_figures(store: CaseStore, today: datetime):
    days = [50, 40, 30, 20, 10, 5, 2]
    first = log(store, C, received=today - timedelta(days=days[0], minutes=1))
    for day in days[1:5]:
        follow_up(store, first, received=today - timedelta(days=day))
    for day in days[5:]:
        log(store, labels(E, role=Role.ADVOCATE), received=today - timedelta(days=day))
    log(store, C, author=RITA, received=today)
    [one] = patterns(store, 90, 7)
    assert (one.address, one.messages, one.cases, one.days_since_the_first) == (JOAN.address, 7, 3, 50)
    assert one.messages_a_week == 1.0
    assert one.roles == ("advocate", "parent_carer")
    assert patterns(store, 90, 8) == []
    assert [one.messages for one in patterns(store, 25, 4)] == [4]


def test_a_burst_of_a_day_is_not_said_to_be_many_weeks_worth(store: CaseStore, today: datetime):
    for hours in range(12):
        log(store, C, received=today - timedelta(hours=hours))
    [one] = patterns(store, 90, 10)
    assert (one.messages_a_week, one.days_since_the_first) == (12.0, 0)


def test_who_has_the_most_messages_comes_first_and_mail_on_no_case_does_not_count(store: CaseStore, today: datetime):
    for _ in range(3):
        log(store, C, author=RITA, received=today)
    for kind in (C, C, N, N):
        log(store, kind, received=today)
    assert [(one.address, one.messages) for one in patterns(store, 90, 2)] == [(RITA.address, 3), (JOAN.address, 2)]
    assert [one.address for one in patterns(store, 90, 3)] == [RITA.address]


def test_pointing_somebody_out_changes_nothing(store: CaseStore, today: datetime):
    for _ in range(12):
        log(store, C, received=today)
    before = rows(store), cases(store), store.waiting()
    assert len(patterns(store, 90, 10)) == 1
    assert (rows(store), cases(store), store.waiting()) == before


@pytest.mark.parametrize(("days", "at_least", "says"), [(0, 10, "--days"), (3651, 10, "--days"), (90, 1, "--at-least")])
def test_figures_that_mean_nothing_are_refused(store: CaseStore, days: int, at_least: int, says: str):
    with pytest.raises(CallError, match=says):
        patterns(store, days, at_least)


def test_who_writes_often_is_read_from_the_index(store: CaseStore, store_url: str):
    query = (
        "SELECT original_address FROM message WHERE original_address IS NOT NULL AND received_at >= '2026-01-01' "
        "GROUP BY original_address HAVING count(*) >= 10"
    )
    with writing(store_url) as connection:
        if store_url.startswith("sqlite"):
            plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = str(connection.execute(text(f"EXPLAIN {query}")).all())
    assert "ix_message_original_address_received_at" in plan, plan


# One case, with everything on it


def test_a_case_is_shown_with_its_people_its_messages_and_why_each_is_there(store: CaseStore):
    first = log(store, labels(C, urgent=True), received=at(1), status=Status.AUTO)
    elsewhere = log(store, C, author=RITA, received=at(2), suggested=case_id_of(store, case_of(store, first)))
    second = follow_up(
        store,
        first,
        labels(E, role=MP),
        author=MEMBER,
        received=at(3),
        status=Status.REVIEW,
        suggested=case_id_of(store, case_of(store, elsewhere)),
    )
    link(store, PERSON, case_of(store, first), case_of(store, elsewhere), WHY)
    found = review.show(store, case_of(store, first).lower())
    assert (found.reference, found.kind, found.process, found.status, found.urgent, found.team) == (
        case_of(store, first), "complaint", "corporate", "open", True, "SEND",
    )  # fmt: skip
    assert found.people == (("parent_carer", JOAN.name, JOAN.address), ("mp", MEMBER.name, MEMBER.address))
    assert [(one.id, one.kind, one.relation, one.role, one.status, one.asked) for one in found.messages] == [
        (first, "complaint", "new", "parent_carer", "auto", None),
        (second, "enquiry", "repeat", "mp", "review", case_of(store, elsewhere)),
    ]
    assert found.messages[0].reasons == ("The classifier is 71% sure.",)
    assert found.waiting == (elsewhere,)
    assert [one.reference for one in found.related] == [case_of(store, elsewhere)]


# The commands

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Calls a command on the store that the test writes to."""
    config = write_config(tmp_path, {"complaints": "shared"}, port=1, store=store_url)

    def call(*command: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*command, "--config", str(config)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_case_is_merged_split_moved_related_and_all_of_it_undone_at_the_command_line(store: CaseStore, run: Run):
    first = log(store, C, received=at(1))
    follow_up(store, first, received=at(2))
    one, other = case_of(store, first), case_of(store, log(store, C, author=RITA, received=at(3)))
    assert run("case", "split", one, "2") == (0, f"{_after(other)} is opened with 1 message of {one}; `case undo 1` takes it back\n", "")
    assert run("case", "move", "2", other)[:2] == (
        0, f"message 2: {_after(other)} is merged into {other}; `case undo 2` takes it back\n",
    )  # fmt: skip
    assert run("case", "link", one, other, "--why", WHY)[1] == f"{one} and {other} are related; `case undo 3` takes it back\n"
    assert run("case", "unlink", other.lower(), one)[1] == f"{other} and {one} are not related any more; `case undo 4` takes it back\n"
    assert run("case", "merge", one, _after(other))[1] == (
        f"{_after(other)} was merged and leads on to {other}\n{one} is merged into {other}; `case undo 5` takes it back\n"
    )
    assert run("case", "undo", "1") == (
        1, "", f"Error: operation 1 cannot be undone: message 1 has left {one} since; undo operation 5 first\n",
    )  # fmt: skip
    for number in ("5", "4", "3", "2"):
        assert run("case", "undo", number)[0] == 0
    assert (
        run("case", "undo", "1")[1] == f"operation 1, a split, is undone ({one} and {_after(other)})\n{_after(other)} leads on to {one}\n"
    )
    assert [case["status"] for case in cases(store)] == ["open", "open", "merged"]
    status, said, _ = run("case", "history", one)
    assert status == 0
    assert [line.split(": ", 1)[1] for line in said.splitlines() if not line.startswith(" ")] == [
        f"split {_after(other)} off {one} (message 2)",
        f"related {one} and {other}",
        f"{other} and {one} are not related",
        f"merged {one} into {other} (message 1)",
    ]
    assert said.count("    undone on ") == 4
    assert run("case", "history", other)[1].count("moved message") == 0


def _after(reference: str) -> str:
    return f"{reference[:-6]}{int(reference[-6:]) + 1:06d}"


def test_what_is_asked_about_a_message_is_listed_with_its_answers_and_answered(store: CaseStore, run: Run):
    case = case_of(store, log(store, C, author=RITA, status=Status.AUTO))
    joins, stays = (log(store, C, received=at(day), suggested=case_id_of(store, case)) for day in (2, 3))
    own = [case_of(store, key) for key in (joins, stays)]
    said = run("message", "list")[1]
    assert f", on {own[0]}; does it belong to {case}? `message join {joins}` or `message keep {joins}`\n" in said
    assert run("message", "join", str(joins))[1] == f"message {joins}: {own[0]} is merged into {case}; `case undo 1` takes it back\n"
    assert run("message", "keep", str(stays))[1] == (
        f"message {stays} does not belong to {case} and stays where it is; `case undo 2` takes it back\n"
    )
    assert "does it belong" not in run("message", "list")[1]
    status, _, error = run("message", "keep", str(stays))
    assert (status, one_line(error)) == (1, True)
    assert f"a message of {own[1]} does not belong to {case}" in run("case", "history", case)[1]


def test_a_case_is_shown_and_closed_by_an_old_reference_which_is_said(store: CaseStore, run: Run):
    old, case = case_of(store, log(store, C, received=at(1))), case_of(store, log(store, C, author=RITA, received=at(2)))
    follow_up(store, 2, labels(E, role=MP), author=MEMBER, received=at(3))
    third = case_of(store, log(store, C, received=at(4), suggested=case_id_of(store, case)))
    merge(store, PERSON, old, case)
    link(store, PERSON, case, third, WHY)
    led = f"{old} was merged and leads on to {case}\n"
    status, said, _ = run("case", "show", old)
    assert (status, said.startswith(led)) == (0, True)
    for line in (
        f"{case}: complaint, corporate; open; opened 1 June 2026 at 10:00\n",
        "about: transport, team SEND\n",
        f"merged into it: {old}\n",
        f"parent carer: {RITA.name} <{RITA.address}>\n",
        f"one answer goes to the family, with a copy to: {MEMBER.address}\n",
        "3 messages:\n",
        "  1  1 June 2026 at 10:00: complaint, repeat, by parent carer, review\n",
        "  3  3 June 2026 at 10:00: enquiry, repeat, by mp, auto\n      The classifier is 71% sure.\n",
        f"related: {third}, by {PERSON}: {WHY}\n",
        "may belong to it, as the program asks: message 4\n",
    ):
        assert line in said, said
    assert run("case", "close", old, "--outcome", "upheld", "--on", "2026-07-01") == (
        0, f"{led}{case} is closed: upheld, 1 July 2026 at 23:59\n", "",
    )  # fmt: skip
    assert run("case", "merge", third, old)[1].endswith(f"{third} is merged into {case}, which is closed; `case undo 4` takes it back\n")
    assert run("case", "history", old)[1].startswith(led)
    assert "closed, upheld; opened 1 June 2026 at 10:00, closed 1 July" in run("case", "show", case)[1]


def test_who_writes_often_is_printed_for_people_and_for_programs(store: CaseStore, run: Run, today: datetime):
    for day in (21, 14, 7, 1):
        log(store, C, received=today - timedelta(days=day, minutes=5))
    assert run("case", "patterns", "--at-least", "4")[1] == (
        f"{JOAN.address} (parent carer): 4 messages on 4 cases, 1.3 a week, the first 21 days ago\n"
    )
    status, said, _ = run("case", "patterns", "--at-least", "2", "--days", "10", "--json")
    assert status == 0
    assert json.loads(said) == {
        "days": 10,
        "at_least": 2,
        "people": [
            {
                "address": JOAN.address,
                "roles": ["parent_carer"],
                "messages": 2,
                "cases": 2,
                "messages_a_week": 2.0,
                "days_since_the_first": 7,
            }
        ],
    }
    assert run("case", "patterns")[1] == "nobody has written 10 messages or more in 90 days\n"


@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        (["case", "merge", "CC-2026-000777", "CC-2026-000778"], 2, "there is no case CC-2026-000777"),
        (["case", "merge", "12", "CC-2026-000778"], 2, "looks like CC-2026-000123"),
        (["case", "merge", "CC-2026-000777"], 2, "INTO"),
        (["case", "split", "CC-2026-000777"], 2, "MESSAGES"),
        (["case", "link", "CC-2026-000777", "CC-2026-000778"], 2, "--why"),
        (["case", "undo", "7"], 2, "there is no operation 7"),
        (["case", "show", "CC-2026-000777"], 2, "there is no case"),
        (["case", "history", "CC-2026-000777"], 2, "there is no case"),
        (["case", "patterns", "--at-least", "0"], 2, "--at-least"),
        (["message", "join", "7"], 2, "there is no message 7"),
        (["message", "join", "1"], 1, "no case is suggested for message 1"),
    ],
)
def test_a_wrong_call_is_one_line(store: CaseStore, run: Run, command: list[str], status: int, says: str):
    log(store, C)
    done = run(*command)
    assert (done[0], done[1], one_line(done[2])) == (status, "", True)
    assert says in done[2]


def test_a_case_to_which_nothing_was_done_says_so(store: CaseStore, run: Run):
    reference = case_of(store, log(store, C))
    assert run("case", "history", reference)[1] == f"nobody has done anything to {reference} that can be undone\n"


# What stays true beside it


def test_a_message_that_left_a_merged_and_split_case_can_still_be_decided_about(store: CaseStore):
    first, second = log(store, C, received=at(1)), log(store, C, author=RITA, received=at(2))
    merge(store, PERSON, case_of(store, first), case_of(store, second))
    new = split(store, PERSON, case_of(store, second), [first]).other or ""
    assert correct(store, PERSON, first, Change(kind=N)).reference is None
    assert (exported(store, new)["status"], exported(store, new)["outcome"]) == ("closed", "opened_by_mistake")
    close_case(store, PERSON, case_of(store, second), Outcome.UPHELD, at(9))
    assert store.counts()["cases"] == 1
