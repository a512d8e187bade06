"""Two workers, each with an engine of its own, that come to one matter at the same moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest

from tests.support.letters import june
from tests.support.mail import mail
from triage.casefinder import CaseFinder
from triage.domain.message import Arrival, MailboxKind, Place
from triage.judge import Failed, Judge, Opened
from triage.pipeline import Pipeline, Tally
from triage.store.casestore import CaseStore

_FAMILIES = (
    ("Adaeze Nwosu", "Ikenna", "Larkfield"), ("Bronwen Prosser", "Iolo", "Thornbury"), ("Catriona Urquhart", "Hamish", "Hazelmere"),
    ("Dilnoza Karimova", "Timur", "Fernbrook"), ("Esperanza Villalobos", "Mateo", "Oakridge"), ("Fflur Cadwallader", "Gethin", "Millbank"),
    ("Grainne Mulvaney", "Fergal", "Ravensdale"), ("Hyacinth Dalrymple", "Jerome", "Stonecross"), ("Ingeborg Thorsby", "Anders", "Whitcombe"),
    ("Jadwiga Kowalczyk", "Oskar", "Elmstead"), ("Keziah Attlebridge", "Reuben", "Quarrybank"), ("Lucinda Wrexworth", "Barnaby", "Marlowe"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Together(Judge):
    """Judges as the program does, and lets the workers go on to the store at the same moment."""

    gate: Barrier = field(default_factory=lambda: Barrier(2))

    def classify(self, items: Sequence[Opened | Failed]) -> list[Opened | Failed]:
        found = Judge.classify(self, items)
        self.gate.wait(60)
        return found


def _both(family: int) -> tuple[bytes, bytes]:
    """What a parent writes to the complaints team, and in other words to an officer."""
    name, child, school = _FAMILIES[family]
    sender = f"{name} <{name.lower().replace(' ', '.')}@home{family}.example>"
    one = (
        f"I am complaining about the taxi that takes my son {child} to {school} School. On Monday 1 June it left him standing at the kerb outside "
        f"our house for an hour and the driver would not answer the phone. I want to know why and I want it put right.\n\n{name}"
    )
    other = (
        f"My son {child} was left at the kerb for an hour on Monday 1 June because the taxi to {school} School did not come when it should "
        f"have. The driver did not pick up the phone. This is a complaint and I expect an answer.\n\n{name}"
    )
    return (
        mail(sender, f"{child}'s taxi", one, message_id=f"<a{family}@home.example>", sent=june(2)),
        mail(sender, f"Complaint, {school} School", other, message_id=f"<b{family}@home.example>", sent=june(2)),
    )


@pytest.fixture
def workers(store_url: str, judge: Judge, case_finder: CaseFinder) -> Callable[[list[tuple[bytes, bytes]]], CaseStore]:
    """Hands pairs of messages over, the one to one worker and the other to the other; gives a store to look into."""
    CaseStore.open(store_url, None, lambda: datetime.now(UTC)).close()

    def hand_over(pairs: list[tuple[bytes, bytes]]) -> CaseStore:
        together = _Together(**{one.name: getattr(judge, one.name) for one in fields(judge)})
        problems: list[BaseException] = []

        def work(mine: int, mailbox: str) -> None:
            store = CaseStore.open(store_url, None, lambda: datetime.now(UTC))
            try:
                pipeline = Pipeline(store, together, case_finder)
                for number, pair in enumerate(pairs, 1):
                    place = Place(mailbox, MailboxKind.SHARED, "INBOX", 1, number)
                    pipeline.log([Arrival(place, pair[mine], len(pair[mine]), june(2))], Tally(mailbox))
            except BaseException as error:
                problems.append(error)
                together.gate.abort()
            finally:
                store.close()

        threads = [Thread(target=work, args=one) for one in ((0, "complaints"), (1, "transport"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        return CaseStore.open(store_url, None, lambda: datetime.now(UTC))

    return hand_over


def test_two_mails_about_one_new_matter_open_one_case_however_often_they_come_at_once(
    workers: Callable[[list[tuple[bytes, bytes]]], CaseStore],
):
    store = workers([_both(family) for family in range(len(_FAMILIES))])
    rows, cases = list(store.export_messages()), list(store.export_cases())
    store.close()
    assert len(cases) == len(_FAMILIES)
    assert [int(case["reference"][-6:]) for case in cases] == list(range(1, len(cases) + 1)), "no number is left out"
    for case in cases:
        on = [row for row in rows if row["case"] == case["reference"]]
        assert sorted(row["relation"] for row in on) == ["new", "repeat"]
        assert {row["mailbox"] for row in on} == {"complaints", "transport"}
        assert len({row["original_from_address"] for row in on}) == 1


def test_one_message_that_comes_to_two_mailboxes_at_once_is_one_message(workers: Callable[[list[tuple[bytes, bytes]]], CaseStore]):
    pairs = [
        (_both(family)[0], b"Received: by other.example; Tue, 2 Jun 2026 09:00:05 +0000\r\n" + _both(family)[0]) for family in range(6)
    ]
    store = workers(pairs)
    rows, counts = list(store.export_messages()), store.counts()
    store.close()
    assert (counts["deliveries"], counts["messages"], counts["cases"], counts["quarantined"]) == (12, 6, 6, 0)
    assert sorted(row["relation"] for row in rows) == ["new"] * 6 + ["repeat"] * 6
