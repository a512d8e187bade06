"""What a person does to a message or a case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from triage.classify.corpus import LabelledMessage
from triage.classify.features import Sample, sender_words
from triage.classify.teams import team_of
from triage.domain.case import REFERENCE, Outcome
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme
from triage.domain.message import Structure
from triage.domain.team import Team
from triage.domain.user import User
from triage.errors import CallError, ConflictError, MessageError
from triage.mailbox.parsing import parse
from triage.store import casefile, casework, decisions, handling, operations
from triage.store.casefile import Operation, Pattern, WholeCase
from triage.store.casestore import CaseStore
from triage.store.decisions import TeamOf
from triage.store.operations import Versions

Done = operations.Done
Decided = decisions.Decided
end_of = handling.end_of
# What is confirmed together has been looked at together.
_MOST_TOGETHER = 200

# What is done to cases. `versions` are those of the cases as the person saw them, by reference: where one has changed since, that is a
# ConflictError, which says who did what to it last. Each raises CallError or ConflictError, and changes nothing then.


def close(  # noqa: PLR0917
    store: CaseStore, actor: str, reference: str, outcome: Outcome, on: date | None = None, versions: Versions | None = None
) -> Done:
    """Close an open case with its outcome: on a day that has come, or now."""
    one = _reference(reference)
    return store.work(actor, lambda ledger, connection: handling.close(ledger, connection, one, outcome, on, versions or {}))


def close_case(store: CaseStore, actor: str, reference: str, outcome: Outcome, closed_at: datetime) -> str:
    """Close an open case as of any moment; returns its reference, which is another where the given one leads on."""
    one = _reference(reference)
    return str(store.work(actor, lambda ledger, connection: handling.close(ledger, connection, one, outcome, closed_at)).case)


def reopen(store: CaseStore, actor: str, reference: str, versions: Versions | None = None) -> Done:
    """Open a closed case again."""
    one = _reference(reference)
    return store.work(actor, lambda ledger, connection: handling.reopen(ledger, connection, one, versions or {}))


def set_due(store: CaseStore, actor: str, reference: str, on: date | None, versions: Versions | None = None) -> Done:
    """Say by which day a case is to be answered, or that there is none."""
    one = _reference(reference)
    return store.work(actor, lambda ledger, connection: handling.set_due(ledger, connection, one, on, versions or {}))


def assign(
    store: CaseStore, actor: str, *, case: str | None = None, message: int | None = None, to: int | None, team: str | None = None,
    teams: Sequence[Team] | None = None, message_version: int | None = None, versions: Versions | None = None,
) -> Done:  # fmt: skip
    """Say who deals with a case or a message (see `triage.store.handling.assign`). `team` is one of the council's `teams`, where given."""
    if team is not None and teams is not None and team not in {one.name for one in teams}:
        raise CallError("there is no such team in the configuration")
    one = _reference(case) if case is not None else None
    return store.work(
        actor,
        lambda ledger, connection: handling.assign(
            ledger, connection, case=one, message=message, to=to, team=team, version=message_version, versions=versions or {}
        ),
    )


def merge(store: CaseStore, actor: str, reference: str, into: str, versions: Versions | None = None) -> Done:
    """Make one case of two: everything on the first comes to the second, and the first leads on to it."""
    one, other = _reference(reference), _reference(into)
    return store.work(actor, lambda ledger, connection: casework.merge(ledger, connection, one, other, versions or {}))


def split(store: CaseStore, actor: str, reference: str, messages: Sequence[int], versions: Versions | None = None) -> Done:
    """Open a case of its own for some of a case's messages."""
    one = _reference(reference)
    return store.work(actor, lambda ledger, connection: casework.split(ledger, connection, one, messages, versions or {}))


def move(store: CaseStore, actor: str, message: int, reference: str, versions: Versions | None = None) -> Done:
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


def undo(store: CaseStore, actor: str, number: int, viewer: User | None = None) -> Done:
    """Put everything back as it was before an operation. For a `viewer` there is none on what they may not see."""
    return store.work(actor, lambda ledger, connection: casework.undo(ledger, connection, number, viewer))


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


# What is decided about messages. `version` is the message's as the person saw it: where it has changed since, that is a ConflictError,
# which says who did what to it last. `teams` are the council's: a corrected service may be another's. All that is decided at once is one
# operation, and is undone as one. Each raises CallError or ConflictError, and changes nothing then.


def confirm(
    store: CaseStore, actor: str, message: int, change: Change | None = None, teams: Sequence[Team] = (), *, version: int | None = None,
    suggestion_hidden: bool = False,
) -> Decided:  # fmt: skip
    """Say that a message was taken right, but for a change.

    Where a case is suggested for it, that is answered first, or with it (`answer`); `suggestion_hidden` leaves it to those who may see it.
    """
    of, team_of = _of(change), _team_of(teams)
    return store.work(
        actor,
        lambda ledger, connection: decisions.decide(
            ledger, connection, message, of, team_of, version=version, leave_asked=suggestion_hidden
        ),
    )  # fmt: skip


def correct(
    store: CaseStore, actor: str, message: int, change: Change, teams: Sequence[Team] = (), *, version: int | None = None
) -> Decided:
    """Say what a message really is. Whether it belongs to a case that is suggested goes on being asked, unless it is nothing."""
    return store.work(
        actor,
        lambda ledger, connection: decisions.decide(
            ledger, connection, message, change.of, _team_of(teams), version=version, leave_asked=True
        ),
    )  # fmt: skip


def answer(
    store: CaseStore, actor: str, message: int, *, join: bool, change: Change | None = None, teams: Sequence[Team] = (),
    version: int | None = None,
) -> Decided:  # fmt: skip
    """Answer whether a message belongs to the suggested case, and confirm or change what it is."""
    of, team_of = _of(change), _team_of(teams)
    return store.work(
        actor,
        lambda ledger, connection: casework.answer(
            ledger, connection, message, join=join, change=of, team_of=team_of, version=version
        ),
    )  # fmt: skip


def open_new(
    store: CaseStore, actor: str, message: int, change: Change | None = None, teams: Sequence[Team] = (), *, version: int | None = None
) -> Decided:
    """Let a message be a case of its own, and confirm or change what it is."""
    of, team_of = _of(change), _team_of(teams)
    return store.work(
        actor, lambda ledger, connection: casework.open_new(ledger, connection, message, change=of, team_of=team_of, version=version)
    )


def put_on(  # noqa: PLR0917
    store: CaseStore, actor: str, message: int, reference: str, change: Change | None = None, teams: Sequence[Team] = (), *,
    version: int | None = None, versions: Versions | None = None,
) -> Decided:  # fmt: skip
    """Put a message on another case, and confirm or change what it is."""
    to, of, team_of = _reference(reference), _of(change), _team_of(teams)
    return store.work(
        actor,
        lambda ledger, connection: casework.put_on(
            ledger, connection, message, to, change=of, team_of=team_of, version=version, versions=versions or {}
        ),
    )


def confirm_all(
    store: CaseStore, actor: str, messages: Sequence[tuple[int, int]], viewer: User | None = None
) -> list[Decided | str]:  # fmt: skip
    """Confirm messages that are alike, each with the version in which it was seen; says of each what was decided, or why it was not.

    Each is confirmed by itself. One that is urgent, or for which a case is suggested, is not; and none is where they are not of one kind.
    Raises CallError.
    """
    if len(messages) > _MOST_TOGETHER:
        raise CallError(f"at most {_MOST_TOGETHER} messages are confirmed together")
    keys = [key for key, _ in messages]
    if len(store.look(lambda connection, now: decisions.kinds_of(connection, keys))) > 1:
        raise CallError("these are not of one kind: confirm together only what is alike")
    found: list[Decided | str] = []
    for key, version in messages:
        try:
            found.append(store.work(actor, partial(decisions.confirm_alike, key=key, version=version, viewer=viewer)))
        except (CallError, ConflictError) as error:
            found.append(str(error))
    return found


def _of(change: Change | None) -> Callable[[Labels], Labels] | None:
    return None if change is None else change.of


def _team_of(teams: Sequence[Team]) -> TeamOf:
    def team(service: Service, text: str, raw: Callable[[], bytes | None]) -> str | None:
        # To take a large message apart again takes a while: only an address that it was written to asks for it.
        told_apart = sum(service in one.services for one in teams) > 1 and any(one.addresses for one in teams)
        return team_of(teams, service, text, _written_to(raw()) if told_apart else ())

    return team


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
