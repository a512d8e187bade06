"""What the pipeline takes mail from. There are two: a mailbox on an IMAP server, and files."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from triage.domain.message import Arrival


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read: UIDs up to `last_uid` under `uidvalidity`.

    After the server numbered the folder anew, messages with a UID under `known_below` may be in the store already.
    Up to `one_by_one_until` messages are asked for one by one, because fetching a batch broke off there.
    `stuck_uid` is the UID at which fetching broke off the last `stuck_count` times in a row, or None.
    """

    uidvalidity: int
    last_uid: int
    known_below: int = 0
    one_by_one_until: int = 0
    stuck_uid: int | None = None
    stuck_count: int = 0


class OpenMailbox(Protocol):
    """A mailbox that is connected and signed in."""

    def batches(self, folder: str, cursor: Cursor | None) -> Iterator[Sequence[Arrival]]:
        """What came to `folder` after `cursor`, oldest UID first, in batches that fit in memory.

        Everything in the folder where the cursor is None or
        the server has numbered the folder anew. Raises MailboxError; FetchError where a
        message's bytes could not be had.
        """

    def count_new(self, folder: str, cursor: Cursor | None) -> int:
        """How many messages `batches` would give, for a progress bar."""


class MailSource(Protocol):
    """Where one mailbox's mail comes from."""

    @property
    def name(self) -> str:
        """The mailbox's name in the configuration."""

    @property
    def folders(self) -> Sequence[str]:
        """The folders to read."""

    def open(self) -> AbstractContextManager[OpenMailbox]:
        """Connect and sign in. Raises MailboxError with a line that says what is wrong and what to do."""
