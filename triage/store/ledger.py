"""One write transaction: everything about a batch of messages and the cursor behind them is committed, or nothing is."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Select, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from triage.domain.case import CaseStatus, CaseView, Clues, Relation, combined_kind, format_reference
from triage.domain.entities import Entities
from triage.domain.labels import Classification, Kind, Labels, Status
from triage.domain.message import Address, Arrival, Authorship, MailboxKind, ParsedMessage
from triage.domain.wording import COUNCIL_TIME
from triage.store.evidence import Candidate, Evidence, Restore, packed
from triage.store.findable import Findable
from triage.store.folders import Folders
from triage.store.references import leads_to
from triage.store.schema import (
    AuditEvent,
    Case,
    CaseLink,
    Correspondent,
    Delivery,
    MatchingKey,
    Message,
    MessageParticulars,
    RawMessage,
    ReferenceCounter,
)

# Fast, and within a few percent of the best for mail, most of which is base64 or short.
_COMPRESSION = 6


_AUDIT, _DELIVERY, _KEYS, _PARTICULARS, _RAW = (
    cast(Table, one.__table__) for one in (AuditEvent, Delivery, MatchingKey, MessageParticulars, RawMessage)
)
# Built once: SQLAlchemy takes longer to build a statement than SQLite to run it.
_INSERT_RETURNING = {one: insert(cast(Table, one.__table__)).returning(one.__table__.c.id) for one in (Message, Case, Delivery)}

_IN_SHARED_MAILBOXES = select(Delivery.message_pk).where(
    Delivery.mailbox_kind == MailboxKind.SHARED.value, Delivery.message_pk.is_not(None)
)


class Ledger:
    """What may be read and written in one transaction. `now` is the moment that everything in it is dated."""

    def __init__(self, connection: Connection, now: datetime, actor: str) -> None:
        self._connection = connection
        self._now = now
        self._actor = actor
        self._evidence = Evidence()
        self.folders = Folders(connection, now, self.flush, self.record)
        self._numbers: dict[int, int] = {}
        self._pending: dict[Table, list[dict[str, Any]]] = {}
        self._findable = Findable()
        self.erased_words = False
        """Whether words were erased in this transaction: the store then empties the database's log behind it."""

    @property
    def now(self) -> datetime:
        """The moment that everything in the transaction is dated."""
        return self._now

    @property
    def actor(self) -> str:
        """In whose name everything in the transaction is done."""
        return self._actor

    def flush(self) -> None:
        """Write what was put off, in one statement a table. The store does so before it commits."""
        self._write()
        self._findable.write(self._connection)

    def _write(self) -> None:
        for table, rows in self._pending.items():
            statement = self._dialect_insert(table).on_conflict_do_nothing() if table is _RAW else insert(table)
            self._connection.execute(statement, rows)
        self._pending.clear()
        for year, last in self._numbers.items():
            self._connection.execute(update(ReferenceCounter).where(ReferenceCounter.year == year).values(last=last))
        self._numbers.clear()

    def _put_off(self, table: Table, row: dict[str, Any]) -> None:
        """Rows whose keys nobody needs are written together."""
        self._pending.setdefault(table, []).append(row)

    # Evidence for matching

    def gather(self, clues: Sequence[Clues], restore: Restore = dict) -> Evidence:
        """What the store knows that these clues point at. What is logged in this transaction is added to it."""
        self._evidence = Evidence.gather(self._connection, clues, restore)
        return self._evidence

    def find(self, keys: Mapping[int, Iterable[int]]) -> None:
        """Look keys up for the evidence (see `Evidence.find`)."""
        self._evidence.find(self._connection, keys)

    def load(self, cases: Iterable[int]) -> None:
        """Load cases, with what is compared of their messages, into the evidence."""
        self._evidence.load(self._connection, cases)

    def keep_particulars(self, message_pk: int, case_id: int | None, keys: Sequence[int], particulars: Any, stored: dict[str, Any]) -> None:
        """Keep what a message can be found by and what is compared of it; `stored` is what `particulars` are kept as."""
        self._put_off(_PARTICULARS, {"message_pk": message_pk, "content": packed(stored), "keys": list(keys)})
        for value in keys:
            self._put_off(_KEYS, {"value": value, "message_pk": message_pk})
        if case_id is not None:
            self._evidence.add_particulars(case_id, keys, particulars)

    def forget_particulars(self, message_pk: int) -> None:
        """Forget what a message can be found by, and what is compared of it."""
        kept = self._connection.execute(select(MessageParticulars.keys).where(MessageParticulars.message_pk == message_pk)).scalar()
        known = MatchingKey.message_pk == message_pk
        self._connection.execute(delete(MatchingKey).where(known, MatchingKey.value.in_(kept or ())))
        self._connection.execute(delete(MessageParticulars).where(MessageParticulars.message_pk == message_pk))

    def have_remade(self, message_pk: int) -> None:
        """Have what is compared of a message made, or made anew, from its bytes (`triage.store.remaking`)."""
        row = self._dialect_insert(_PARTICULARS).values(message_pk=message_pk, content=None, keys=[], tries=0)
        self._connection.execute(row.on_conflict_do_update(index_elements=["message_pk"], set_={"tries": 0}))

    # Logging

    def add_message(
        self,
        parsed: ParsedMessage,
        authorship: Authorship,
        classification: Classification,
        *,
        clues: Clues,
        received_at: datetime,
        status: Status,
        case_id: int | None,
        suggested_case_id: int | None,
        reasons: Sequence[str],
        entities: Entities,
        team: str | None,
    ) -> int:
        """Log a message with its words and everything decided about it; returns its key."""
        labels = classification.labels
        key = self._insert(
            Message,
            message_id=parsed.message_id,
            sender_address=parsed.sender.address,
            sender_name=parsed.sender.name,
            subject=parsed.subject,
            text=authorship.text,
            fingerprint=clues.fingerprint,
            forwarded=authorship.forwarded,
            forwarder=authorship.forwarder,
            original_address=authorship.author.address or None,
            original_name=authorship.author.name or None,
            original_date=authorship.sent_at.isoformat() if authorship.sent_at else None,
            original_subject=authorship.subject,
            attachments=[{"name": a.name, "type": a.media_type, "size": a.size, "digest": a.digest} for a in authorship.attachments],
            structure=parsed.structure.value,
            role=labels.role.value,
            urgent=labels.urgent,
            outside_scope=labels.outside_scope,
            service=labels.service.value,
            process=labels.process.value if labels.process else None,
            themes=[theme.value for theme in labels.themes],
            language=labels.language,
            reasons=list(reasons),
            suggested_case_id=suggested_case_id,
            note=authorship.note or None,
            entities=entities.listed(),
            team=team,
            case_only=suggested_case_id is not None and status is Status.REVIEW and _sure(parsed, authorship, classification),
            **_decision(classification, received_at, status, case_id),
        )
        sent_at = authorship.sent_at.isoformat() if authorship.sent_at else None
        one = Candidate(key, clues.message_id, parsed.sender.address, clues.fingerprint, authorship.text, sent_at, received_at, case_id)
        self._evidence.add_message(one)
        self._findable.add(key)
        self.record("classified", message_pk=key, case_id=case_id, **_audited(classification, status))
        return key

    def add_wordless_message(self, classification: Classification, *, received_at: datetime, status: Status) -> int:
        """Log that a message was seen and what it was decided to be, and nothing of what it says or of who wrote it."""
        key = self._insert(
            Message, forwarded=False, attachments=[], structure="", themes=[], reasons=[], entities={}, erased_at=self._now,
            **_decision(classification, received_at, status, None),
        )  # fmt: skip
        self.record("classified", message_pk=key, **_audited(classification, status))
        return key

    def add_delivery(
        self,
        arrival: Arrival,
        message_pk: int,
        relation: Relation | None,
        received_at: datetime,
        *,
        message_id: str | None,
        keep_raw: bool,
        part: int = 0,
    ) -> None:
        """Log that a message is in a mailbox; `message_id` and its bytes where words of it are kept."""
        relation_name = relation.value if relation else None
        values = self._delivery(arrival, received_at, message_pk=message_pk, relation=relation_name, message_id=message_id, part=part)
        self._put_off(_DELIVERY, values)
        if keep_raw and arrival.raw is not None:
            self._keep_raw(arrival.sha256, arrival.raw)

    def quarantine(self, arrival: Arrival, received_at: datetime, error: str) -> int:
        """Keep a message that could not be processed, with the reason; returns the delivery's key."""
        # Deliveries stand in order of arrival.
        self.flush()
        key = self._insert(Delivery, **self._delivery(arrival, received_at, error=error, attempts=1))
        if arrival.raw is not None:
            self._keep_raw(arrival.sha256, arrival.raw)
        self.record("quarantined", delivery_id=key, error=error)
        return key

    def release(self, delivery_id: int, sha256: str) -> None:
        """Take a message out of quarantine; what it turned out to be is then logged in its place."""
        self.flush()
        self._connection.execute(delete(Delivery).where(Delivery.id == delivery_id, Delivery.message_pk.is_(None)))
        self._forget_raw([sha256])
        self.record("released", delivery_id=delivery_id)

    def failed_again(self, delivery_id: int, error: str) -> None:
        """Note that a quarantined message was tried once more in vain."""
        self._connection.execute(update(Delivery).where(Delivery.id == delivery_id).values(error=error, attempts=Delivery.attempts + 1))
        self.record("failed again", delivery_id=delivery_id, error=error)

    def open_case(self, labels: Labels, received_at: datetime, team: str | None = None) -> CaseView:
        """Open a case for a message with these labels; its number follows the last one of the year without a gap."""
        year = self._now.astimezone(COUNCIL_TIME).year
        number = self._next_number(year)
        reference = format_reference(year, number)
        key = self._insert(
            Case,
            reference=reference,
            year=year,
            number=number,
            kind=labels.kind.value,
            process=labels.process.value if labels.process else None,
            status=CaseStatus.OPEN.value,
            service=labels.service.value,
            themes=[theme.value for theme in labels.themes],
            urgent=labels.urgent,
            opened_at=received_at,
            team=team,
            version=1,
        )
        self.record("opened", case_id=key, reference=reference)
        case = CaseView(key, reference, labels.kind, CaseStatus.OPEN, frozenset(), received_at)
        self._evidence.put_case(case)
        return case

    def join_case(self, case: CaseView, labels: Labels, received_at: datetime, relation: Relation) -> None:
        """Add what a further message says to a case: an enquiry may become a complaint; urgency and themes add up.

        An escalation opens a closed case again. A message that was received before the case was opened opened it.
        """
        row = self._connection.execute(select(Case.process, Case.themes, Case.urgent, Case.outcome).where(Case.id == case.id)).one()
        kind = combined_kind(case.kind, labels.kind)
        opened_at = min(case.opened_at, received_at)
        values: dict[str, Any] = {
            "kind": kind.value,
            "process": row.process or (labels.process.value if labels.process else None),
            "themes": sorted({*row.themes, *(theme.value for theme in labels.themes)}),
            "urgent": row.urgent or labels.urgent,
            "opened_at": opened_at,
        }
        if relation is Relation.ESCALATION:
            values |= {"status": CaseStatus.OPEN.value, "closed_at": None, "outcome": None}
            self.record("escalated", case_id=case.id, outcome=[row.outcome, None])
        self._connection.execute(update(Case).where(Case.id == case.id).values(**values, version=Case.version + 1))
        status, closed_at = (CaseStatus.OPEN, None) if relation is Relation.ESCALATION else (case.status, case.closed_at)
        self._evidence.put_case(replace(case, kind=kind, opened_at=opened_at, status=status, closed_at=closed_at))
        self.record("joined", case_id=case.id, kind=kind.value)

    def add_correspondent(self, case: CaseView, person: Address, role: str) -> None:
        """Make a person one of those the case belongs to. Someone without an address, or already there, is not added."""
        if not person.address or person.address in case.members:
            return
        self._insert_once(Correspondent, case_id=case.id, address=person.address, name=person.name, role=role)
        self._evidence.add_member(case, person.address)

    def relate_cases(self, one: int, other: int, why: str, score: float | None = None) -> bool:
        """Note that two cases are related, and why, with a score where the program found it; returns whether that is new.

        Cases that were merged lead on; a case is not related to itself.
        """
        ahead = leads_to(self._connection, (one, other))
        lower, higher = sorted((ahead.get(one, one), ahead.get(other, other)))
        known = select(CaseLink.id).where(CaseLink.lower_id == lower, CaseLink.higher_id == higher)
        if lower == higher or self._connection.execute(known).first() is not None:
            return False
        values = {"why": why, "made_by": self._actor, "made_at": self._now, "score": score}
        self._connection.execute(insert(CaseLink), {"lower_id": lower, "higher_id": higher, **values})
        names = {
            row.id: row.reference for row in self._connection.execute(select(Case.id, Case.reference).where(Case.id.in_((lower, higher))))
        }
        for case_id, beside in ((lower, higher), (higher, lower)):
            self.record("linked", case_id=case_id, other=names[beside])
        return True

    def forget_correspondent(self, case_id: int, address: str | None) -> None:
        """Take a person off a case on which no message of theirs is left."""
        theirs = select(Message.id).where(Message.case_id == case_id, Message.original_address == address)
        if address and self._connection.execute(theirs.limit(1)).first() is None:
            self._connection.execute(delete(Correspondent).where(Correspondent.case_id == case_id, Correspondent.address == address))

    # Erasing

    def expired(self, before: datetime) -> list[tuple[int, int | None]]:
        """Messages of officers' mailboxes that have waited for a person since before `before`: (key, case).

        A message that a shared mailbox has too is kept there, and so is its text.
        """
        rows = self._connection.execute(
            select(Message.id, Message.case_id).where(
                Message.status == Status.REVIEW.value,
                Message.erased_at.is_(None),
                Message.received_at < before,
                Message.id.not_in(_IN_SHARED_MAILBOXES),
                Message.id.in_(self._logged_before(before)),
            )
        )
        return [(row.id, row.case_id) for row in rows]

    def decided_nothing(self, message_pk: int | None = None) -> list[int]:
        """Messages, or that one, which a person decided are nothing, which only officers' mailboxes hold, and whose words are kept."""
        query = select(Message.id).where(
            Message.kind == Kind.NONE.value,
            Message.status.in_((Status.CONFIRMED.value, Status.CORRECTED.value)),
            Message.erased_at.is_(None),
            Message.id.not_in(_IN_SHARED_MAILBOXES),
        )
        if message_pk is not None:
            query = query.where(Message.id == message_pk)
        return list(self._connection.execute(query).scalars())

    @staticmethod
    def _logged_before(before: datetime) -> Select[Any]:
        return select(Delivery.message_pk).where(Delivery.message_pk.is_not(None), Delivery.logged_at < before)

    def forget_quarantined(self, before: datetime) -> int:
        """Remove the bytes of officers' messages that have been in quarantine since before `before`; returns how many.

        Their rows stay, and say where they lie: tried again, they are fetched from there.
        """
        old = list(
            self._connection.execute(
                select(Delivery.sha256)
                .join(RawMessage, RawMessage.sha256 == Delivery.sha256)
                .where(Delivery.message_pk.is_(None), Delivery.mailbox_kind == MailboxKind.OFFICER.value, Delivery.logged_at < before)
            ).scalars()
        )
        if old:
            self._connection.execute(delete(RawMessage).where(RawMessage.sha256.in_(old)))
            self.record("erased", why="in quarantine for too long", messages=len(old))
        return len(old)

    def erase(self, message_pk: int, why: str) -> None:
        """Remove every word, address and subject of a message, its bytes included; what was decided stays."""
        self._write()
        self.erased_words = True
        self._findable.forget(self._connection, message_pk)
        row = self._connection.execute(select(Message.original_address, Message.case_id).where(Message.id == message_pk)).one()
        self._connection.execute(
            update(Message)
            .where(Message.id == message_pk)
            .values(
                message_id=None, sender_address=None, sender_name=None, subject=None, text=None, fingerprint=None, forwarder=None,
                note=None, entities={},
                original_address=None, original_name=None, original_date=None, original_subject=None, attachments=[], reasons=[],
                erased_at=self._now, version=Message.version + 1,
            )
        )  # fmt: skip
        self.forget_particulars(message_pk)
        self._connection.execute(update(Delivery).where(Delivery.message_pk == message_pk).values(message_id=None))
        self._forget_raw(list(self._connection.execute(select(Delivery.sha256).where(Delivery.message_pk == message_pk)).scalars()))
        if row.case_id is not None:
            self.forget_correspondent(row.case_id, row.original_address)
        self.record("erased", message_pk=message_pk, case_id=row.case_id, why=why)

    def _forget_raw(self, sha256s: Sequence[str]) -> None:
        """Remove bytes that no delivery with words still needs."""
        needed = (
            select(Delivery.sha256)
            .outerjoin(Message, Message.id == Delivery.message_pk)
            .where(Delivery.sha256.in_(sha256s), Message.erased_at.is_(None))
        )
        self._connection.execute(delete(RawMessage).where(RawMessage.sha256.in_(sha256s), RawMessage.sha256.not_in(needed)))

    # Inside

    def record(
        self, action: str, *, message_pk: int | None = None, delivery_id: int | None = None, case_id: int | None = None, **detail: Any
    ) -> None:
        """Add a decision to the audit."""
        self._put_off(
            _AUDIT,
            {
                "at": self._now,
                "actor": self._actor,
                "action": action,
                "message_pk": message_pk,
                "delivery_id": delivery_id,
                "case_id": case_id,
                "detail": detail,
            },
        )

    def _next_number(self, year: int) -> int:
        if year not in self._numbers:
            self._insert_once(ReferenceCounter, year=year, last=0)
            self._numbers[year] = self._connection.execute(select(ReferenceCounter.last).where(ReferenceCounter.year == year)).scalar_one()
        self._numbers[year] += 1
        return self._numbers[year]

    def _delivery(self, arrival: Arrival, received_at: datetime, **values: Any) -> dict[str, Any]:
        place = arrival.place
        return {
            "mailbox": place.mailbox,
            "mailbox_kind": place.mailbox_kind.value,
            "folder": place.folder,
            "uidvalidity": place.uidvalidity,
            "uid": place.uid,
            "occurrence": place.occurrence,
            "sha256": arrival.sha256,
            "size": arrival.size,
            "received_at": received_at,
            "logged_at": self._now,
            "message_id": None,
            "message_pk": None,
            "relation": None,
            "error": None,
            "attempts": 0,
            "part": 0,
            **values,
        }

    def _keep_raw(self, sha256: str, raw: bytes) -> None:
        self._put_off(_RAW, {"sha256": sha256, "size": len(raw), "content": zlib.compress(raw, _COMPRESSION)})

    def _insert(self, table: type[Any], **values: Any) -> int:
        return int(self._connection.execute(_INSERT_RETURNING[table], values).scalar_one())

    def _dialect_insert(self, table: Table) -> Any:
        return (sqlite if self._connection.dialect.name == "sqlite" else postgresql).insert(table)

    def _insert_once(self, table: type[Any], **values: Any) -> None:
        self._connection.execute(self._dialect_insert(table.__table__).on_conflict_do_nothing(), values)


def _sure(parsed: ParsedMessage, authorship: Authorship, classification: Classification) -> bool:
    """Whether a message needs a person for nothing but its case. What may be at risk, or is `none`, is looked at for itself."""
    wanted = classification.labels.kind is not Kind.NONE
    return wanted and classification.sure and not parsed.cut and not authorship.doubt


def _decision(classification: Classification, received_at: datetime, status: Status, case_id: int | None) -> dict[str, Any]:
    return {
        "kind": classification.labels.kind.value,
        "confidence": classification.confidence,
        "decided_by": classification.decided_by,
        "status": status.value,
        "case_id": case_id,
        "received_at": received_at,
        "version": 1,
    }


def _audited(classification: Classification, status: Status) -> dict[str, Any]:
    return {
        "kind": classification.labels.kind.value,
        "confidence": classification.confidence,
        "by": classification.decided_by,
        "status": status.value,
    }
