"""A message: as it arrived, as it was parsed, and whose words it holds."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property


class MailboxKind(StrEnum):
    """A shared mailbox belongs to a team; an officer's mailbox also holds what is nobody's business."""

    SHARED = "shared"
    OFFICER = "officer"


class Structure(StrEnum):
    """What a message is by its headers and MIME structure alone, whatever its words say."""

    ORDINARY = "ordinary"
    BOUNCE = "bounce"  # RFC 3464
    AUTO_REPLY = "auto_reply"  # RFC 3834
    CALENDAR = "calendar"  # RFC 6047
    RECEIPT = "receipt"  # RFC 8098
    LIST = "list"  # RFC 2369, RFC 2919


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies on the server (RFC 3501 section 2.3.1.1: UIDs mean something under one UIDVALIDITY only).

    Mail that was imported from a file has no `uidvalidity` and no `uid`; `occurrence` then counts byte-identical copies
    within one mailbox, from 1.
    """

    mailbox: str
    mailbox_kind: MailboxKind
    folder: str
    uidvalidity: int | None = None
    uid: int | None = None
    occurrence: int | None = None


@dataclass(frozen=True)
class Arrival:
    """One message in one mailbox, as fetched.

    `raw` holds the bytes, or None where the message could not be or was not fetched; `problem` then says why in one line.
    `received_at` is the server's INTERNALDATE, or None where only the message itself can tell (an imported file).
    `size` is in bytes. `known_below` is the mark of its folder (see `triage.ports.Cursor`).
    """

    place: Place
    raw: bytes | None
    size: int
    received_at: datetime | None
    problem: str | None = None
    known_below: int = 0

    @property
    def maybe_known(self) -> bool:
        """Whether it may be in the store under a number that the server has taken back."""
        return self.place.uid is not None and self.place.uid < self.known_below

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the raw bytes; of the place where there are none, so that it is still one of a kind."""
        if self.raw is not None:
            return hashlib.sha256(self.raw).hexdigest()
        spot = f"{self.place.mailbox}\0{self.place.folder}\0{self.place.uidvalidity}\0{self.place.uid}"
        return hashlib.sha256(spot.encode()).hexdigest()

    @property
    def digests(self) -> frozenset[str]:
        """`sha256`, and that of the same message with the other line ends: programs change those when they save mail."""
        if self.raw is None:
            return frozenset({self.sha256})
        unix = self.raw.replace(b"\r\n", b"\n")
        return frozenset({self.sha256, *(hashlib.sha256(form).hexdigest() for form in (unix, unix.replace(b"\n", b"\r\n")))})


@dataclass(frozen=True, slots=True)
class Address:
    """One e-mail address, in lower case, with its display name. Either may be empty."""

    address: str = ""
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the @, or an empty string."""
        return self.address.rpartition("@")[2] if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment or nested message. `size` is in bytes after decoding; `digest` is of its encoded content."""

    name: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Body:
    """One readable part of a message, decoded but not yet converted, in the forms it came in (RFC 2046, 5.1.4)."""

    plain: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message taken apart. No field raises, none holds a NUL or a lone surrogate; absent things are empty or None.

    `sender_in_directory` is true where the sender has no address but a path in the directory of the Exchange in whose Outlook it was
    saved. `resent_from` is who redirected it (RFC 5322 section 3.6.6); `original_sender` is whom a group that rewrites From named.
    `bodies` are the parts to read, in order; `nested` are the messages attached as message/rfc822. `notes` say what was odd
    (a bound that was reached, a broken part), in plain English and without a word of the mail. A `cut` message reached a bound
    and was not read to its end: a person looks at it.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address
    reply_to: Address
    recipients: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    received_at: datetime | None
    bodies: tuple[Body, ...]
    attachments: tuple[Attachment, ...]
    nested: tuple["ParsedMessage", ...]
    structure: Structure
    automatic: bool
    resent_from: Address = Address()
    original_sender: Address = Address()
    sender_in_directory: bool = False
    cut: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def thread(self) -> tuple[str, ...]:
        """Message-IDs of the messages this one answers, the nearest first, without repeats."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))


@dataclass(frozen=True, slots=True)
class Authorship:
    """Whose words a message holds, and the words.

    For mail that was not forwarded the author is the sender. For mail that a colleague forwarded, the author is the original
    writer, by name alone where no address is given. `text` is the author's own new words as they are judged; `subject` and
    `sent_at` are the original's. `note` is what the forwarder wrote. `evidence` says in plain English where the author was read
    from; `doubt` why a person should confirm it, and is empty where nothing is doubtful.
    """

    author: Address
    subject: str | None
    sent_at: datetime | None
    text: str
    forwarded: bool
    forwarder: str | None
    attachments: tuple[Attachment, ...]

    party: bool = True
    """Whether the author can be one of those a case belongs to: a member of the public, not a colleague or a machine, by whose
    address several households may write."""
    note: str = ""
    evidence: tuple[str, ...] = ()
    doubt: str = ""

    @property
    def author_known(self) -> bool:
        """Whether there is an address to answer."""
        return bool(self.author.address)


_SPACE = re.compile(r"\s+")


def normalised(text: str) -> str:
    """Text as it is compared: case folded, white space runs as one space."""
    return _SPACE.sub(" ", text).strip().casefold()


def fingerprint(sender: Address, author: Address, subject: str, text: str, attachments: tuple[Attachment, ...]) -> str:
    """Hex digest that is equal for the same words from the same sender with the same attachments, whatever the route.

    The author belongs to it: two families may send the same words through one form, or be forwarded by one manager.
    """
    parts = [sender.address, author.address or author.name, normalised(subject), normalised(text), *sorted(a.digest for a in attachments)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
