"""The tables. `migrations/` makes them; a test holds the two together."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    func,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no offset, so a value without one is refused on the way in and given one on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without an offset cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# SQLite gives row ids to INTEGER primary keys only; PostgreSQL wants room for more than 2^31.
Key = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """What every table shares."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant(), dict[str, Any]: JSON(), list[Any]: JSON(), str: Text(), bytes: LargeBinary()}


class FolderCursor(Base):
    """How far a folder of a mailbox has been read: every UID up to `last_uid` under `uidvalidity` has been dealt with.

    After the server numbered the folder anew, messages with a UID under `known_below` may be in the store already.
    Where fetching a batch broke off, its messages are asked for one by one, up to `one_by_one_until`.
    `stuck_uid` and `stuck_count` tell a message that breaks the connection each time from a network that broke once.
    """

    __tablename__ = "folder_cursor"
    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    folder: Mapped[str] = mapped_column(String(255), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    known_below: Mapped[int] = mapped_column(BigInteger)
    one_by_one_until: Mapped[int] = mapped_column(BigInteger)
    stuck_uid: Mapped[int | None] = mapped_column(BigInteger)
    stuck_count: Mapped[int] = mapped_column(Integer, default=0)
    updated_at: Mapped[datetime]


class MailboxHealth(Base):
    """When a mailbox was last read to its end, and why not since."""

    __tablename__ = "mailbox_health"
    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    polled_at: Mapped[datetime]
    succeeded_at: Mapped[datetime | None]
    error: Mapped[str | None]
    failures: Mapped[int] = mapped_column(Integer, default=0)


class RawMessage(Base):
    """The bytes of a message as fetched, compressed with zlib, once however many deliveries have them."""

    __tablename__ = "raw_message"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes]


class Case(Base):
    """One issue of one household. `version` counts changes: a change names the version it was made from.

    A case that was merged says nothing of its own any more; its reference leads on to the case `merged_into_id`.
    """

    __tablename__ = "complaint_case"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        CheckConstraint("status IN ('open', 'closed', 'merged')", name="status"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        CheckConstraint("(status = 'closed') = (outcome IS NOT NULL)", name="outcome"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        CheckConstraint("merged_into_id <> id", name="itself"),
        # The orders in which cases are listed (`triage.store.caselist`).
        Index(None, "opened_at", "id"),
        Index(None, "status", "opened_at", "id"),
        Index(None, "status", "due_on", "id"),
        Index(None, "service", "opened_at", "id"),
        Index(None, "team", "opened_at", "id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reference: Mapped[str] = mapped_column(String(14), unique=True)
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    process: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    service: Mapped[str] = mapped_column(String(32))
    themes: Mapped[list[Any]]
    urgent: Mapped[bool] = mapped_column(Boolean)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer, default=1)
    team: Mapped[str | None] = mapped_column(String(120))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    due_on: Mapped[date | None] = mapped_column(Date, index=True)


class CaseLink(Base):
    """Two cases that are related and stay two: `why` in plain English, made by a person or, with its `score`, by the program."""

    __tablename__ = "case_link"
    __table_args__ = (UniqueConstraint("lower_id", "higher_id"), CheckConstraint("lower_id < higher_id", name="order"))
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lower_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    higher_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    why: Mapped[str]
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    score: Mapped[float | None] = mapped_column(Float)


class CaseOperation(Base):
    """What a person did to one case or two, with everything that undoing it needs (`triage.store.undoing`).

    `detail` holds keys, labels and the reasons of links, never a name, address or words of a mail. What is done to a message that is on
    no case has no case.
    """

    __tablename__ = "case_operation"
    __table_args__ = (
        CheckConstraint(
            "sort IN ('merge', 'split', 'move', 'link', 'unlink', 'keep', 'decide', 'close', 'reopen', 'assign', 'due')", name="sort"
        ),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    sort: Mapped[str] = mapped_column(String(16))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    detail: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(120))


class Correspondent(Base):
    """Someone a case belongs to. Only their mail may join it without a person."""

    __tablename__ = "correspondent"
    __table_args__ = (UniqueConstraint("case_id", "address"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    address: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))


class Message(Base):
    """One message, however often it was delivered, and what was decided about it.

    `note` is what a forwarder wrote above it; `entities` what it names, by sort (`triage.domain.entities`).
    An erased message keeps what was decided and nothing that anybody wrote; its text columns are null.
    `case_only`: it was logged to wait for nothing but a person's word about the suggested case.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "case_id", "id"),
        # Where keys lead, the case of hundreds of messages is asked for: this holds it without their words.
        Index(None, "id", "case_id"),
        CheckConstraint("status IN ('auto', 'review', 'confirmed', 'corrected')", name="status"),
        Index(None, "original_address", "received_at"),
        # Whether a person has looked at any message of a case (`triage.store.sight`).
        Index(None, "case_id", "status"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    message_id: Mapped[str | None] = mapped_column(Text, index=True)
    sender_address: Mapped[str | None]
    sender_name: Mapped[str | None]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)
    forwarded: Mapped[bool] = mapped_column(Boolean)
    forwarder: Mapped[str | None]
    original_address: Mapped[str | None]
    original_name: Mapped[str | None]
    original_date: Mapped[str | None] = mapped_column(String(40))
    original_subject: Mapped[str | None]
    attachments: Mapped[list[Any]]
    structure: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    process: Mapped[str | None] = mapped_column(String(16))
    role: Mapped[str | None] = mapped_column(String(16))
    urgent: Mapped[bool | None] = mapped_column(Boolean)
    outside_scope: Mapped[bool | None] = mapped_column(Boolean)
    service: Mapped[str | None] = mapped_column(String(32))
    themes: Mapped[list[Any]]
    language: Mapped[str | None] = mapped_column(String(2))
    confidence: Mapped[float] = mapped_column(Float)
    decided_by: Mapped[str] = mapped_column(String(80))
    reasons: Mapped[list[Any]]
    status: Mapped[str] = mapped_column(String(16), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    suggested_case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    received_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)
    note: Mapped[str | None]
    entities: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    team: Mapped[str | None] = mapped_column(String(120))
    case_only: Mapped[bool] = mapped_column(Boolean, server_default=false())
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MatchingKey(Base):
    """What a message can be found by when a later one is matched: a number made of a sort and a value (`triage.matching.keys`)."""

    __tablename__ = "matching_key"
    __table_args__ = {"sqlite_with_rowid": False}
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_pk: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True, autoincrement=False)


class MessageParticulars(Base):
    """What of a message is compared with later ones (`triage.matching.particulars`), compressed JSON. Gone when its words are erased.

    `keys` are the values by which it is found, so that they can be taken away without looking for them. `tries` is null, except
    where `content` is to be made from the message's bytes: there it counts how often that was begun (`triage.store.remaking`).
    """

    __tablename__ = "message_particulars"
    message_pk: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    content: Mapped[bytes | None]
    keys: Mapped[list[Any]]
    tries: Mapped[int | None] = mapped_column(Integer)


# What few rows have is indexed where it is there. An index of mostly nothing would tell SQLite, which goes by the average, that each value
# is in very many rows, and it would rather read the whole table.
for _sparse in (Case.merged_into_id, Case.assigned_to_id, Message.forwarder, Message.suggested_case_id, Message.assigned_to_id):
    Index(None, _sparse, sqlite_where=_sparse.is_not(None), postgresql_where=_sparse.is_not(None))

# What the queue goes through in order (`triage.store.queue`). Each holds only what waits, or what was logged by itself, so that writing
# them costs little; and with what the queue is filtered by, so that what is passed over is not read from the table.
# `lower` changes nothing: without statistics, which nobody makes for it, SQLite would take the index of statuses for the better one, and
# sort all that waits. Values are written out, for only so does a database see that an index has all that is asked for.
WAITS = and_(func.lower(Message.status) == literal_column("'review'"), Message.erased_at.is_(None))
LOGGED = and_(func.lower(Message.status) == literal_column("'auto'"), Message.erased_at.is_(None), Message.case_id.is_not(None))
_FILTERED = (Message.kind, Message.process, Message.service, Message.team, Message.suggested_case_id)
_ORDERS: tuple[tuple[str, ColumnElement[bool], tuple[Any, ...]], ...] = (
    ("ix_message_waiting_urgent", WAITS, (Message.urgent, Message.received_at, Message.id, *_FILTERED)),
    ("ix_message_waiting_received", WAITS, (Message.received_at, Message.id, *_FILTERED)),
    ("ix_message_waiting_confidence", WAITS, (Message.confidence, Message.id, *_FILTERED)),
    ("ix_message_waiting_case", WAITS, (Message.case_id,)),
    ("ix_message_suggested", and_(WAITS, Message.suggested_case_id.is_not(None)), (Message.urgent, Message.received_at, Message.id)),
    ("ix_message_logged", LOGGED, (Message.received_at, Message.id, *_FILTERED)),
)
for _name, _where, _columns in _ORDERS:
    Index(_name, *_columns, sqlite_where=_where, postgresql_where=_where)

_TO_MAKE = MessageParticulars.tries.is_not(None)
# Holds nothing where nothing is to be made: to ask costs the same however large the store is.
Index(None, MessageParticulars.tries, MessageParticulars.message_pk, sqlite_where=_TO_MAKE, postgresql_where=_TO_MAKE)


class Delivery(Base):
    """A message in a mailbox: one row of the export. The database refuses a second row for one place on the server.

    A forward that carries several messages has a row for each, all in one place, numbered by `part` from 0.

    A row whose folder was numbered anew, and which has not been found again, has a negative `uidvalidity`; no server's is.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("mailbox", "folder", "uidvalidity", "uid", "part"),
        UniqueConstraint("mailbox", "sha256", "occurrence", "part"),
        CheckConstraint("(message_pk IS NULL) = (error IS NOT NULL)", name="quarantined"),
        Index(None, "mailbox", "sha256"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(64))
    mailbox_kind: Mapped[str] = mapped_column(String(16))
    folder: Mapped[str] = mapped_column(String(255))
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    uid: Mapped[int | None] = mapped_column(BigInteger)
    occurrence: Mapped[int | None] = mapped_column(Integer)
    message_id: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(index=True)
    logged_at: Mapped[datetime]
    message_pk: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    relation: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    part: Mapped[int] = mapped_column(Integer, server_default="0")


class ReferenceCounter(Base):
    """The last case number given in a year. It moves in the transaction that opens the case, so no number is left out."""

    __tablename__ = "reference_counter"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class AuditEvent(Base):
    """One decision, by whom, about what. The database refuses to change or delete a row (see the migrations).

    `detail` holds labels, references and reasons in general words, never a name, address or words of a mail.
    """

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(32))
    message_pk: Mapped[int | None] = mapped_column(Key, index=True)
    delivery_id: Mapped[int | None] = mapped_column(Key, index=True)
    case_id: Mapped[int | None] = mapped_column(Key, index=True)
    detail: Mapped[dict[str, Any]]


# People who sign in


class Account(Base):
    """Somebody who may sign in: with a password of their own, or by the council's OpenID Connect (`subject`: issuer and subject).

    `name` and `address` are in lower case. `failures` counts wrong passwords in a row; `code_step` is the time step of the last one-time
    code that was accepted (RFC 6238), which is not accepted twice. `services` are those of a manager.
    """

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("role IN ('reviewer', 'manager', 'administrator', 'auditor')", name="role"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(Text, index=True)
    role: Mapped[str] = mapped_column(String(16))
    services: Mapped[list[Any]]
    subject: Mapped[str | None] = mapped_column(Text, unique=True)
    password: Mapped[str | None]
    must_change: Mapped[bool] = mapped_column(Boolean)
    code_secret: Mapped[str | None] = mapped_column(String(64))
    code_step: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SignIn(Base):
    """Somebody is signed in. `token` is the SHA-256 of what their browser holds; `complete` once password and code were given."""

    __tablename__ = "sign_in"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    complete: Mapped[bool] = mapped_column(Boolean)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class WebSecret(Base):
    """What the queue signs its cookies with. Made when it is first needed. Whoever reads it can forge no sign-in: see `SignIn`."""

    __tablename__ = "web_secret"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


# What people work with


class MessageClaim(Base):
    """Somebody is looking at a message just now: others are told, and are given another one."""

    __tablename__ = "message_claim"
    message_pk: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime]


class CaseNote(Base):
    """What somebody wrote on a case, for those who work on it."""

    __tablename__ = "case_note"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(120))
    text: Mapped[str]


class CaseRestriction(Base):
    """A case that only named people see (`CaseReader`): about the conduct of staff, say."""

    __tablename__ = "case_restriction"
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True, autoincrement=False)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]


class CaseReader(Base):
    """Somebody who is named as seeing a restricted case."""

    __tablename__ = "case_reader"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_restriction.case_id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True, autoincrement=False)
