"""What a person does to a message or a case."""

from collections.abc import Callable, Mapping, Sequence
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
from triage.store import casefile, casework
from triage.store.casefile import Operation, Pattern, WholeCase
from triage.store.casestore import CaseStore
from triage.store.casework import Done
from triage.store.ledger import COUNCIL_TIME


def close_case(store: CaseStore, actor: str, reference: str, outcome: Outcome, closed_at: datetime) -> str:
    """Close an open case with its outcome; returns its reference, which is another where the given one leads on.

    Raises CallError or ConflictError, and changes nothing then.
    """
    with store.transaction(actor) as ledger:
        return ledger.close_case(_reference(reference), outcome, closed_at)


# What is done to cases. `versions` are those of the cases as the person saw them: where one has changed since, that is a ConflictError.
# Each raises CallError or ConflictError, and changes nothing then.


def merge(store: CaseStore, actor: str, reference: str, into: str, versions: Mapping[str, int] | None = None) -> Done:
    """Make one case of two: everything on the first comes to the second, and the first leads on to it."""
    one, other = _reference(reference), _reference(into)
    return store.work(actor, lambda ledger, connection: casework.merge(ledger, connection, one, other, versions or {}))


def split(store: CaseStore, actor: str, reference: str, messages: Sequence[int], versions: Mapping[str, int] | None = None) -> Done:
    """Open a case of its own for some of a case's messages."""
    one = _reference(reference)
    return store.work(actor, lambda ledger, connection: casework.split(ledger, connection, one, messages, versions or {}))


def move(store: CaseStore, actor: str, message: int, reference: str, versions: Mapping[str, int] | None = None) -> Done:
    """Put a message on another case."""
    to = _reference(reference)
    return store.work(actor, lambda ledger, connection: casework.move(ledger, connection, message, to, versions or {}))


def link(store: CaseStore, actor: str, reference: str, other: str, why: str) -> Done:
    """Note that two cases are related, and why."""
    one, two = _reference(reference), _reference(other)
    return store.work(actor, lambda ledger, connection: casework.link(ledger, connection, one, two, why))


def unlink(store: CaseStore, actor: str, reference: str, other: str) -> Done:
    """Note that two cases are not related after all."""
    one, two = _reference(reference), _reference(other)
    return store.work(actor, lambda ledger, connection: casework.unlink(ledger, connection, one, two))


def settle(store: CaseStore, actor: str, message: int, *, join: bool) -> Done:
    """Answer whether a message belongs to the case that is suggested for it (see `triage.store.casework.settle`)."""
    return store.work(actor, lambda ledger, connection: casework.settle(ledger, connection, message, join=join))


def undo(store: CaseStore, actor: str, number: int) -> Done:
    """Put everything back as it was before an operation on cases."""
    return store.work(actor, lambda ledger, connection: casework.undo(ledger, connection, number))


def show(store: CaseStore, reference: str) -> WholeCase:
    """The case that a reference leads to, with everything on it. Raises CallError where there is none."""
    one = _reference(reference)
    return store.look(lambda connection, now: casefile.show(connection, one))


def history(store: CaseStore, reference: str) -> list[Operation]:
    """What was done to a case, the first first. Raises CallError where there is none."""
    one = _reference(reference)
    return store.look(lambda connection, now: casefile.history(connection, one))


def patterns(store: CaseStore, days: int, at_least: int) -> list[Pattern]:
    """People with very many messages, with their figures. They are pointed out, and nothing is done about them. Raises CallError."""
    return store.look(lambda connection, now: casefile.patterns(connection, now, days, at_least))


def _reference(text: str) -> str:
    reference = text.strip().upper()
    if not REFERENCE.fullmatch(reference):
        raise CallError("a case reference looks like CC-2026-000123")
    return reference


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
