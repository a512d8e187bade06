"""The case store as the rest of the program sees it: a place to write one transaction, and things to read."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, Engine, Row, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite

from triage.domain.case import OPENED_BY_MISTAKE, CaseStatus
from triage.domain.labels import MEMBERS, Kind, Status
from triage.domain.message import Arrival, MailboxKind, Place
from triage.domain.wording import COUNCIL_TIME
from triage.ports import Cursor
from triage.store import casefile, decisions
from triage.store import engine as database
from triage.store.decisions import Correction, Waiting
from triage.store.handling import end_of
from triage.store.ledger import Ledger
from triage.store.references import all_that_lead_on
from triage.store.schema import Case, Correspondent, Delivery, FolderCursor, MailboxHealth, Message, RawMessage

T = TypeVar("T")
# Rows held in memory at a time while exporting.
_EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that could not be processed."""

    id: int
    sha256: str
    arrival: Arrival
    error: str
    attempts: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """How a mailbox's polls went. `failures` counts those in a row that failed."""

    polled_at: datetime
    succeeded_at: datetime | None
    error: str | None
    failures: int


class CaseStore:
    """Opens the store, and brings its tables to this version. `clock` gives the moment, with an offset."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, url: str, password: str | None, clock: Callable[[], datetime]) -> "CaseStore":
        """Connect and migrate. Raises StoreError where the store cannot be reached."""
        engine = database.connect(url, password)
        database.migrate(engine)
        return cls(engine, clock)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def transaction(self, actor: str) -> Iterator[Ledger]:
        """One write transaction in the name of `actor`: committed at the end, or, where anything raises, not at all."""
        with database.writing(self._engine) as connection:
            ledger = Ledger(connection, self._clock(), actor)
            yield ledger
            ledger.flush()

    def forget_the_log(self) -> None:
        """Remove erased words from SQLite's write-ahead log too."""
        database.forget_the_log(self._engine)

    # Seen before?

    def logged_uids(self, place: Place, uids: Sequence[int]) -> set[int]:
        """Which of `uids`, in the folder and under the UIDVALIDITY of `place`, are in the store already."""
        here = and_(Delivery.mailbox == place.mailbox, Delivery.folder == place.folder, Delivery.uidvalidity == place.uidvalidity)
        with database.reading(self._engine) as connection:
            return {uid for (uid,) in connection.execute(select(Delivery.uid).where(here, Delivery.uid.in_(uids))) if uid is not None}

    def copies(self, mailbox: str, sha256s: Sequence[str]) -> Counter[str]:
        """How many deliveries of a mailbox, from the server or a file, have these bytes."""
        these = and_(Delivery.mailbox == mailbox, Delivery.sha256.in_(sha256s), Delivery.part == 0)
        with database.reading(self._engine) as connection:
            return Counter(connection.execute(select(Delivery.sha256).where(these)).scalars())

    # Cursors and health

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        """How far a folder was read, or None where it never was."""
        with database.reading(self._engine) as connection:
            row = connection.execute(
                select(FolderCursor.__table__).where(FolderCursor.mailbox == mailbox, FolderCursor.folder == folder)
            ).first()
        if row is None:
            return None
        return Cursor(
            uidvalidity=row.uidvalidity,
            last_uid=row.last_uid,
            known_below=row.known_below,
            one_by_one_until=row.one_by_one_until,
            stuck_uid=row.stuck_uid,
            stuck_count=row.stuck_count,
        )

    def note_poll(self, mailbox: str, error: str | None) -> int:
        """Note how a poll ended; returns how many have failed in a row."""
        now = self._clock()
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        values: dict[str, Any] = {"polled_at": now, "error": error, "failures": 0 if error is None else MailboxHealth.failures + 1}
        first: dict[str, Any] = {"mailbox": mailbox, "polled_at": now, "error": error, "failures": 0 if error is None else 1}
        if error is None:
            values["succeeded_at"] = first["succeeded_at"] = now
        with database.writing(self._engine) as connection:
            connection.execute(insert(MailboxHealth).values(first).on_conflict_do_update(index_elements=["mailbox"], set_=values))
            return connection.execute(select(MailboxHealth.failures).where(MailboxHealth.mailbox == mailbox)).scalar_one()

    def health(self) -> dict[str, Health]:
        """How each mailbox's polls went, by name."""
        with database.reading(self._engine) as connection:
            rows = connection.execute(select(MailboxHealth.__table__)).all()
        return {row.mailbox: Health(row.polled_at, row.succeeded_at, row.error, row.failures) for row in rows}

    # Quarantine

    def quarantined(self) -> list[Quarantined]:
        """Every message that waits in quarantine, the oldest first, without its bytes."""
        with database.reading(self._engine) as connection:
            rows = connection.execute(select(Delivery.__table__).where(Delivery.message_pk.is_(None)).order_by(Delivery.id)).all()
        return [_quarantined(row) for row in rows]

    def raw(self, sha256: str) -> bytes | None:
        """The bytes of a message as fetched, or None where they are not kept."""
        with database.reading(self._engine) as connection:
            content = connection.execute(select(RawMessage.content).where(RawMessage.sha256 == sha256)).scalar()
        return zlib.decompress(content) if content is not None else None

    # What people decide

    def waiting(self) -> list[Waiting]:
        """Messages that wait for a person: the urgent first, then the oldest."""
        return decisions.waiting(self._engine)

    def corrections(self) -> list[Correction]:
        """Every message that a person has decided about and whose words are kept."""
        return decisions.corrections(self._engine)

    # What people do to messages and cases

    def work(self, actor: str, change: Callable[[Ledger, Connection], T]) -> T:
        """Whatever a person does, in one transaction (see `triage.store.decisions`, `casework` and `handling`)."""
        with database.writing(self._engine) as connection:
            ledger = Ledger(connection, self._clock(), actor)
            done = change(ledger, connection)
            ledger.flush()
        if ledger.erased_words:
            self.forget_the_log()
        return done

    def look(self, at: Callable[[Connection, datetime], T]) -> T:
        """What can be looked at of cases, as of now (see `triage.store.casefile`)."""
        with database.reading(self._engine) as connection:
            return at(connection, self._clock())

    # Figures

    def counts(self) -> dict[str, int]:
        """How many deliveries, cases, messages that wait for a person, urgent ones among them, and quarantined messages there are.

        A case that was opened by mistake is none, and one that was merged is counted with the other.
        """
        waiting = (Message.status == Status.REVIEW.value) & Message.erased_at.is_(None)
        with database.reading(self._engine) as connection:

            def count(table: type[Any], *conditions: Any) -> int:
                return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())

            return {
                "deliveries": count(Delivery),
                "messages": count(Message),
                "cases": count(Case, Case.outcome.is_distinct_from(OPENED_BY_MISTAKE), Case.status != CaseStatus.MERGED.value),
                "waiting": count(Message, waiting),
                "urgent": count(Message, waiting, Message.urgent.is_(True)),
                "quarantined": count(Delivery, Delivery.message_pk.is_(None)),
            }

    def about_to_expire(self, now: datetime, keep: timedelta, warn: timedelta) -> int:
        """How many messages of officers' mailboxes will be erased, unread by a person, within `warn`."""
        with database.reading(self._engine) as connection:
            return len(Ledger(connection, now, "").expired(now - keep + warn))

    # Export

    def export_messages(self) -> Iterator[dict[str, Any]]:
        """Every delivery in order of arrival, with the fields of the export (see docs/export.md)."""
        suggested = Case.__table__.alias("suggested")
        case = Case.__table__.alias("its_case")
        query = (
            select(Delivery.__table__, Message.__table__, case.c.reference.label("case"), suggested.c.reference.label("suggested_case"))
            .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
            .select_from(Delivery)
            .outerjoin(Message, Message.id == Delivery.message_pk)
            .outerjoin(case, case.c.id == Message.case_id)
            .outerjoin(suggested, suggested.c.id == Message.suggested_case_id)
            .order_by(Delivery.received_at, Delivery.id)
        )
        with database.reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=_EXPORT_CHUNK).execute(query):
                yield _message_row(row)

    def export_cases(self) -> Iterator[dict[str, Any]]:
        """Every case in the order it was logged, with the fields of the export."""
        with database.reading(self._engine) as connection:
            people: dict[int, list[dict[str, Any]]] = {}
            for row in connection.execute(select(Correspondent.__table__).order_by(Correspondent.id)):
                people.setdefault(row.case_id, []).append({"address": row.address, "name": row.name or None, "role": row.role})
            mail: dict[int, list[str]] = {}
            deliveries = (
                select(Message.case_id, Delivery.sha256)
                .join(Message, Message.id == Delivery.message_pk)
                .where(Message.case_id.is_not(None))
                .order_by(Delivery.received_at, Delivery.id)
            )
            for row in connection.execute(deliveries):
                if row.sha256 not in mail.setdefault(row.case_id, []):
                    mail[row.case_id].append(row.sha256)
            related, led_on = casefile.relations(connection), all_that_lead_on(connection)
            copies = casefile.copies_of_answers(connection)
            for row in connection.execution_options(yield_per=_EXPORT_CHUNK).execute(select(Case.__table__).order_by(Case.id)):
                yield {
                    "reference": row.reference,
                    "kind": row.kind,
                    "process": row.process,
                    "status": row.status,
                    "stage": None,
                    "opened_at": _iso(row.opened_at),
                    "due_at": _iso(end_of(row.due_on)) if row.due_on else None,
                    "closed_at": _iso(row.closed_at),
                    "outcome": row.outcome,
                    "correspondents": people.get(row.id, []),
                    "messages": mail.get(row.id, []),
                    "related": related.get(row.id, []),
                    "merged_into": led_on.get(row.id),
                    "copy_answer_to": copies.get(row.id, []),
                    "service": row.service,
                    "team": row.team,
                    "themes": row.themes,
                    "urgent": row.urgent,
                }


def _quarantined(row: Row[Any]) -> Quarantined:
    place = Place(row.mailbox, MailboxKind(row.mailbox_kind), row.folder, row.uidvalidity, row.uid, row.occurrence)
    return Quarantined(row.id, row.sha256, Arrival(place, None, row.size, row.received_at), row.error, row.attempts, row.received_at)


def _iso(moment: datetime | None) -> str | None:
    """A moment by the clock on the council's wall, with its offset."""
    return moment.astimezone(COUNCIL_TIME).isoformat() if moment else None


# The fields that an officer's message which is no case keeps; every other one is null.
_WORDLESS = ("sha256", "mailbox", "folder", "uid", "received_at", "logged_at", "kind", "confidence", "status")


def _message_row(row: Any) -> dict[str, Any]:
    found = row._mapping
    quarantined = found["delivery_message_pk"] is None
    wordless = found["message_erased_at"] is not None or (
        found["delivery_mailbox_kind"] == MailboxKind.OFFICER.value
        and found["message_kind"] == Kind.NONE.value
        and found["message_status"] != Status.REVIEW.value
    )
    exported = {
        "sha256": found["delivery_sha256"],
        "message_id": found["delivery_message_id"],
        "mailbox": found["delivery_mailbox"],
        "folder": found["delivery_folder"],
        "uid": found["delivery_uid"],
        "received_at": _iso(found["delivery_received_at"]),
        "logged_at": _iso(found["delivery_logged_at"]),
        "from": found["message_sender_address"] or None,
        "subject": found["message_subject"],
        "kind": found["message_kind"],
        "process": found["message_process"],
        "role": found["message_role"],
        "urgent": found["message_urgent"],
        "outside_scope": found["message_outside_scope"],
        "service": found["message_service"],
        "themes": found["message_themes"],
        "language": found["message_language"],
        "confidence": found["message_confidence"],
        "status": Status.QUARANTINED.value if quarantined else found["message_status"],
        "forwarded": found["message_forwarded"],
        "forwarder": found["message_forwarder"],
        "original_from_address": found["message_original_address"],
        "original_from_name": found["message_original_name"],
        "original_date": found["message_original_date"],
        "original_subject": found["message_original_subject"],
        "text": found["message_text"],
        "attachments": [attachment["name"] for attachment in found["message_attachments"] or ()] if not quarantined else None,
        "case": found["case"],
        "relation": found["delivery_relation"],
        "suggested_case": found["suggested_case"],
        "members_mail": None if quarantined else found["case"] is not None and found["message_role"] in MEMBERS,
        "part": found["delivery_part"],
        "team": found["message_team"],
        "note": found["message_note"],
        "error": found["delivery_error"],
    }
    if not wordless:
        return exported
    case = exported["case"]
    kept = {key: value if key in _WORDLESS else None for key, value in exported.items()}
    return {**kept, "case": case, "relation": exported["relation"]} if case else kept
