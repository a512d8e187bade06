"""What a person does to a message or a case. Later the queue's merge, split and assign stand here too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from triage.classify.corpus import LabelledMessage
from triage.classify.features import Sample, sender_words
from triage.classify.teams import team_of
from triage.domain.case import REFERENCE, Outcome
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme
from triage.domain.message import Structure
from triage.domain.team import Team
from triage.errors import CallError, MessageError
from triage.mailbox.parsing import parse
from triage.store.casestore import CaseStore
from triage.store.ledger import COUNCIL_TIME


def close_case(store: CaseStore, actor: str, reference: str, outcome: Outcome, closed_at: datetime) -> None:
    """Close an open case with its outcome. Raises CallError or ConflictError, and changes nothing then."""
    reference = reference.strip().upper()
    if not REFERENCE.fullmatch(reference):
        raise CallError("a case reference looks like CC-2026-000123")
    with store.transaction(actor) as ledger:
        ledger.close_case(reference, outcome, closed_at)


@dataclass(frozen=True, slots=True)
class Change:
    """What a person says a message really is. What is None stays as the program had it."""

    kind: Kind | None = None
    process: Process | None = None
    role: Role | None = None
    urgent: bool | None = None
    outside_scope: bool | None = None
    service: Service | None = None
    themes: tuple[Theme, ...] | None = None

    def of(self, labels: Labels) -> Labels:
        """The labels with this change. Raises CallError where they would contradict each other."""
        given = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        after = replace(labels, **given)
        if after.kind is not Kind.COMPLAINT:
            if self.process is not None:
                raise CallError("only a complaint has a process: leave it out, or say that it is a complaint")
            after = replace(after, process=None)
        elif after.process is None:
            raise CallError("a complaint needs its process: statutory or corporate")
        if after.kind not in (Kind.COMPLAINT, Kind.ENQUIRY):
            if self.themes:
                raise CallError("only a complaint or an enquiry has themes: leave them out, or say what it is")
            after = replace(after, themes=())
        if after.kind is Kind.NONE:
            if self.outside_scope:
                raise CallError("what is nothing for the case store cannot be outside its scope: leave one of the two out")
            after = replace(after, outside_scope=False)
        return replace(after, themes=tuple(sorted(after.themes)))


def confirm(store: CaseStore, actor: str, message: int) -> str | None:
    """Say that a message was taken right; returns its case's reference. Raises CallError or ConflictError."""
    return store.decide(actor, message, None)


def correct(store: CaseStore, actor: str, message: int, change: Change, teams: Sequence[Team] = ()) -> str | None:
    """Say what a message really is; returns its case's reference. `teams` are the council's: a corrected service may be another's.

    Raises CallError or ConflictError, and changes nothing then.
    """

    def team(service: Service, text: str, raw: Callable[[], bytes | None]) -> str | None:
        # To take a large message apart again takes a while: only an address that it was written to asks for it.
        told_apart = sum(service in one.services for one in teams) > 1 and any(one.addresses for one in teams)
        return team_of(teams, service, text, _written_to(raw()) if told_apart else ())

    return store.decide(actor, message, change.of, team)


def _written_to(raw: bytes | None) -> list[str]:
    try:
        return [one.address for one in parse(raw).recipients] if raw is not None else []
    except MessageError:
        return []


def examples(store: CaseStore, is_own: Callable[[str], bool]) -> list[LabelledMessage]:
    """What people have confirmed or corrected, as the classifier saw it: to learn from."""
    return [
        LabelledMessage(
            id=f"review-{one.id}",
            sender=one.sender,
            sample=Sample(
                subject=one.subject, text=one.text, internal=is_own(one.writer.rpartition("@")[2]), listed=one.structure is Structure.LIST,
                sender=sender_words(one.author_name, one.writer), relayed=one.relayed,
            ),
            labels=one.labels,
            source="review",
        )
        for one in store.corrections()
    ]  # fmt: skip


def end_of(day: date) -> datetime:
    """The last second of a day by the clock on the council's wall: a case closed on a day was open for all of it."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=COUNCIL_TIME)
