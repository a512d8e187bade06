"""What a person sees: a message, a case, what became of what they forwarded; and what they note, claim and restrict.

Whatever somebody may not see is not there: they are told what they are told of something that does not exist (`NotFound`). That they
looked at a message or a case is in the audit before they see it.
"""

from collections.abc import Iterable

from triage.domain.case import REFERENCE
from triage.domain.user import Right, User
from triage.errors import NotAllowed, NotFound
from triage.store import casepage, claims, messagefile, notes, reads, restrictions
from triage.store import forwards as forwarding
from triage.store.casepage import WholeCaseView
from triage.store.casestore import CaseStore
from triage.store.claims import Claim
from triage.store.forwards import ForwardedPage
from triage.store.messagefile import MessageView
from triage.store.reads import DOWNLOADED, READ, Read, Reading
from triage.store.restrictions import Restricted
from triage.store.seen import seen_case, seen_message


def message(store: CaseStore, viewer: User, key: int) -> MessageView:
    """A message with everything that a page about it needs. It is in the audit, for the cases beside it too. Raises NotFound."""
    view, read, noted = store.look(lambda connection, now: messagefile.opened(connection, now, viewer, key))
    if not noted:
        _note(store, viewer, read)
    return view


def case(store: CaseStore, viewer: User, reference: str) -> WholeCaseView:
    """The case that a reference leads to, with everything on it that this person may see. It is in the audit. Raises NotFound."""
    one = _reference(reference)
    view, read, noted = store.look(lambda connection, now: casepage.opened(connection, now, viewer, one))
    if not noted:
        _note(store, viewer, read)
    return view


def find_message(store: CaseStore, viewer: User, key: int) -> int:
    """The version of a message: for what changes it, to ask first whether it is there for this person. Raises NotFound."""
    return store.look(lambda connection, now: int(seen_message(connection, viewer, key).version))


def find_case(store: CaseStore, viewer: User, reference: str) -> str:
    """The reference of the case that one leads to: for what changes it, as with `find_message`. Raises NotFound."""
    one = _reference(reference)
    return store.look(lambda connection, now: str(seen_case(connection, viewer, one).reference))


def may_see(store: CaseStore, viewer: User, reference: str) -> bool:
    """Whether there is a case of that reference for this person."""
    try:
        find_case(store, viewer, reference)
    except NotFound:
        return False
    return True


def content(store: CaseStore, viewer: User, key: int, *, whole: bool = False) -> bytes:
    """The bytes of a message as they were first fetched, for its attachments and its other forms; that it is read is in the audit.

    `whole` is for those who download them as they are: they need the right to (`NotAllowed`), and each time is in the audit.
    Raises NotFound where they are not kept, and where they hold another message that this person may not see.
    """
    if whole:
        _need(viewer, Right.READ_BYTES)

    sha256, read, noted = store.look(lambda connection, now: messagefile.bytes_to_read(connection, now, viewer, key))
    raw = store.raw(sha256) if sha256 is not None else None
    if raw is None:
        raise NotFound(f"the bytes of message {key} are not kept")
    if whole or not noted:
        _note(store, viewer, read, DOWNLOADED if whole else READ)
    return raw


def readers(store: CaseStore, viewer: User, reference: str) -> list[Reading]:
    """Who looked at a case, the last first. Raises NotAllowed, NotFound."""
    _need(viewer, Right.SEE_AUDIT)
    one = _reference(reference)
    return store.look(lambda connection, now: reads.readings(connection, casepage.keys_of(connection, viewer, one)))


def forwarded(store: CaseStore, viewer: User, after: str | None = None, size: int = 25) -> ForwardedPage:
    """What became of the mail that this person forwarded, the last logged first. Raises CallError where `after` is no page."""
    return store.look(lambda connection, now: forwarding.forwarded(connection, viewer, after, size))


# Notes


def add_note(store: CaseStore, viewer: User, reference: str, text: str) -> int:
    """Write a note on a case; returns its key. Raises NotAllowed, NotFound, and CallError where it is empty or too long."""
    _need(viewer, Right.DECIDE)
    one = _reference(reference)
    return store.work(
        viewer.name, lambda ledger, connection: notes.add(ledger, connection, seen_case(connection, viewer, one).id, text)
    )  # fmt: skip


# Claims. Only those who decide claim anything: the others are told who does.


def claim(store: CaseStore, viewer: User, key: int) -> Claim | None:
    """Say that this person is looking at a message; returns who is already, or None: then it is theirs. Raises NotFound."""
    find_message(store, viewer, key)
    there, fresh = store.look(lambda connection, now: claims.standing(connection, now, viewer, key))
    if fresh:
        return None
    if not viewer.may(Right.DECIDE) or (there is not None and there.account != viewer.id):
        return there
    return store.work(viewer.name, lambda ledger, connection: claims.claim(connection, ledger.now, viewer, key))


def take_over(store: CaseStore, viewer: User, key: int) -> None:
    """Claim a message, whoever else has. Raises NotAllowed, NotFound."""
    _need(viewer, Right.DECIDE)
    find_message(store, viewer, key)
    store.work(viewer.name, lambda ledger, connection: claims.claim(connection, ledger.now, viewer, key, by_force=True))


def release(store: CaseStore, viewer: User, key: int) -> None:
    """Say that this person is not looking at a message any more. What they did not claim stays as it is."""
    store.work(viewer.name, lambda ledger, connection: claims.release(connection, viewer, key))


# Restrictions


def restrict(store: CaseStore, viewer: User, reference: str, readers: Iterable[int]) -> None:
    """Let only these people, by the keys of their accounts, and the one who asks see a case.

    Raises NotAllowed, NotFound, CallError where one of them cannot sign in, ConflictError where it is restricted already.
    """
    _need(viewer, Right.RESTRICT)
    one, named = _reference(reference), {viewer.id, *readers}
    store.work(
        viewer.name,
        lambda ledger, connection: restrictions.restrict(ledger, connection, seen_case(connection, viewer, one).id, named),
    )


def change_readers(store: CaseStore, viewer: User, reference: str, readers: Iterable[int]) -> None:
    """Let these people and nobody else see a restricted case. Who is named for it and changes that stays so.

    Administrators may name others, and themselves, where they are not named. Raises as `restrict` does.
    """
    _need(viewer, Right.RESTRICT)
    one, named, unseen = _reference(reference), set(readers), viewer.may(Right.MANAGE_USERS)
    store.work(
        viewer.name,
        lambda ledger, connection: restrictions.change_readers(ledger, connection, viewer, one, named, unseen=unseen),
    )


def lift(store: CaseStore, viewer: User, reference: str) -> None:
    """Let everybody whose role allows it see a case again. Raises NotAllowed, NotFound, and ConflictError where it is not restricted."""
    _need(viewer, Right.RESTRICT)
    one = _reference(reference)
    store.work(viewer.name, lambda ledger, connection: restrictions.lift(ledger, connection, seen_case(connection, viewer, one).id))


def list_restricted(store: CaseStore, viewer: User) -> list[Restricted]:
    """Every restricted case, by reference and readers alone, for administrators. Raises NotAllowed."""
    _need(viewer, Right.MANAGE_USERS)
    return store.look(lambda connection, now: restrictions.all_restricted(connection))


def _need(viewer: User, right: Right) -> None:
    if not viewer.may(right):
        raise NotAllowed(f"your role does not let you {right.value}")


def _note(store: CaseStore, viewer: User, read: Read, action: str = READ) -> None:
    store.work(viewer.name, lambda ledger, connection: reads.note(ledger, read, action))


def _reference(text: str) -> str:
    """A reference as it is stored. Raises NotFound where it is none."""
    reference = text.strip().upper()
    if not REFERENCE.fullmatch(reference):
        raise NotFound("there is no case of that reference: one looks like CC-2026-000123")
    return reference
