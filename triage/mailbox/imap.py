r"""Reads a mailbox over IMAP (RFC 3501) without leaving a trace in it.

Folders are opened with EXAMINE and bodies fetched with BODY.PEEK[], so that nobody's read marks change. What is new is told by
UID and UIDVALIDITY, never by \Seen or a date. Sizes are asked for before bodies, so that a batch fits in memory. Nothing waits
for ever: every operation on the socket has a time-out.
"""

import imaplib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from triage.domain.message import Arrival, Place
from triage.errors import FetchError, MailboxError
from triage.ports import Cursor
from triage.settings import LimitSettings, MailboxSettings

# Sizes are asked for this many messages at a time.
_SIZES_AT_ONCE = 500
# Fetching broke off at one message this many polls in a row: it is quarantined, so that it stops nothing for ever.
_GIVE_UP_AFTER = 3
# Mailboxes are polled side by side; messages larger than a batch are in memory one at a time, whatever mailbox they are from.
_ONE_LARGE_AT_A_TIME = threading.Semaphore(1)
# A command may take this many times the time-out of one answer: ten minutes by default, for a large message on a slow line.
_PATIENCE = 20
# What imapclient raises where a server's answer makes no sense, beside its own errors.
_NONSENSE = (ValueError, TypeError, IndexError, KeyError, AssertionError, UnicodeError)

# imapclient hands every line of the conversation to this logger; passwords and mail must never reach a log.
logging.getLogger("imapclient").setLevel(logging.WARNING)

# A line longer than the standard library's default (1 MB) is an answer to SEARCH in a mailbox with many messages.
_LONGEST_LINE = 20_000_000


class ImapMailbox:
    """One mailbox of the configuration."""

    def __init__(self, settings: MailboxSettings, limits: LimitSettings) -> None:
        self._settings = settings
        self._limits = limits

    @property
    def name(self) -> str:
        """The mailbox's name in the configuration."""
        return self._settings.name

    @property
    def folders(self) -> Sequence[str]:
        """The folders to read."""
        return self._settings.folders

    @contextmanager
    def open(self) -> Iterator["ImapSession"]:
        """Connect and sign in; sign out at the end. Raises MailboxError."""
        settings = self._settings
        with _translated(settings):
            client = self._connect()
        try:
            with _translated(settings):
                if settings.tls == "starttls":
                    client.starttls(ssl_context=self._tls())
                self._sign_in(client)
            yield ImapSession(client, settings, self._limits)
        finally:
            self._sign_out(client)

    def _connect(self) -> IMAPClient:
        settings = self._settings
        seconds = settings.timeout.total_seconds()
        imaplib._MAXLINE = _LONGEST_LINE  # type: ignore[attr-defined]
        implicit = settings.tls == "implicit"
        client = IMAPClient(
            settings.host,
            port=settings.port_number,
            ssl=implicit,
            ssl_context=self._tls() if implicit else None,
            timeout=SocketTimeout(min(seconds, 15.0), seconds),
        )
        client.normalise_times = False
        return client

    def _tls(self) -> ssl.SSLContext:
        """Certificates are always checked, against the system's authorities or the council's own."""
        try:
            return ssl.create_default_context(cafile=str(self._settings.ca_file) if self._settings.ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise MailboxError(f"{self.name}: ca_file {self._settings.ca_file} cannot be read as certificates") from error

    def _sign_in(self, client: IMAPClient) -> None:
        try:
            client.login(self._settings.username, self._settings.password())
        except UnicodeEncodeError as error:
            raise MailboxError(f"{self.name}: the password holds a letter that IMAP's LOGIN cannot send: use one of plain ASCII") from error
        except LoginError as error:
            source = self._settings.password_env or self._settings.password_file
            raise MailboxError(
                f"{self.name}: {self._settings.host} refused the sign-in: check the username and the password in {source}"
            ) from error

    @staticmethod
    def _sign_out(client: IMAPClient) -> None:
        try:
            client.logout()
        except (IMAPClientError, OSError, *_NONSENSE):
            try:
                client.shutdown()
            except (IMAPClientError, OSError):
                pass


class ImapSession:
    """A mailbox that is connected and signed in."""

    def __init__(self, client: IMAPClient, settings: MailboxSettings, limits: LimitSettings) -> None:
        self._client = client
        self._settings = settings
        self._limits = limits
        self._examined: tuple[str, int, int | None] | None = None
        self._viewed: tuple[str, Cursor | None, _View] | None = None

    def count_new(self, folder: str, cursor: Cursor | None) -> int:
        """How many messages came to `folder` after `cursor`."""
        return len(self._view(folder, cursor).uids)

    def batches(self, folder: str, cursor: Cursor | None) -> Iterator[Sequence[Arrival]]:
        """What came to `folder` after `cursor`, oldest UID first, in batches bounded by count and by bytes.

        A message over the size limit is given without its bytes. Raises MailboxError; FetchError where messages could not be had.
        """
        view = self._view(folder, cursor)
        now = cursor if cursor is not None and cursor.uidvalidity == view.uidvalidity else Cursor(view.uidvalidity, 0)
        together: list[int] = []
        for uid in view.uids:
            if uid == now.stuck_uid and now.stuck_count >= _GIVE_UP_AFTER:
                yield from self._some(view, together)
                together = []
                problem = f"the server could not hand it over in {now.stuck_count} polls: it was left in the mailbox; try it again"
                yield [Arrival(self._place(view, uid), None, 0, None, problem, view.known_below)]
            elif uid == now.stuck_uid or uid <= now.one_by_one_until:
                yield from self._some(view, together)
                together = []
                yield from self._some(view, [uid])
            else:
                together.append(uid)
                if len(together) >= _SIZES_AT_ONCE:
                    yield from self._some(view, together)
                    together = []
        yield from self._some(view, together)

    def fetch_one(self, folder: str, uidvalidity: int, uid: int) -> Arrival | None:
        """One message by its place; None where it is not there any more."""
        now, _ = self._examine(folder)
        if now != uidvalidity:
            return None
        found = list(self._some(_View(folder, uidvalidity, [uid], 0), [uid]))
        return found[0][0] if found else None

    def _view(self, folder: str, cursor: Cursor | None) -> "_View":
        """What is to be read of a folder.

        The server has numbered it anew where its UIDVALIDITY is another, or where its next UID is one that was read already, as
        after a restore from a backup: then all of it is read again, and what lies there now may be in the store.
        """
        if self._viewed is None or self._viewed[:2] != (folder, cursor):
            self._viewed = (folder, cursor, self._look(folder, cursor))
        return self._viewed[2]

    def _look(self, folder: str, cursor: Cursor | None) -> "_View":
        uidvalidity, uidnext = self._examine(folder)
        if cursor is None:
            return _View(folder, uidvalidity, self._uids_after(0), 0)
        anew = cursor.uidvalidity != uidvalidity or (uidnext is not None and uidnext <= cursor.last_uid)
        if anew:
            uids = self._uids_after(0)
            return _View(folder, uidvalidity, uids, uidnext or (max(uids, default=0) + 1))
        uids = [] if uidnext is not None and uidnext == cursor.last_uid + 1 else self._uids_after(cursor.last_uid)
        return _View(folder, uidvalidity, uids, cursor.known_below)

    def _some(self, view: "_View", uids: Sequence[int]) -> Iterator[Sequence[Arrival]]:
        """The messages with these UIDs, in batches that fit in memory."""
        if not uids:
            return
        with self._fetching(view, uids):
            listed = self._list(uids)
        batch: dict[int, tuple[int, datetime | None]] = {}
        weight = 0
        for uid in sorted(listed):
            size, received_at = listed[uid]
            too_large = self._too_large(size)
            full = len(batch) >= self._limits.batch_messages or weight + size > self._limits.batch_size
            if batch and (full or too_large):
                yield self._bodies(view, batch)
                batch, weight = {}, 0
            if too_large:
                yield [Arrival(self._place(view, uid), None, size, received_at, too_large, view.known_below)]
                continue
            if size > self._limits.batch_size:
                if batch:
                    yield self._bodies(view, batch)
                    batch, weight = {}, 0
                # Held until the message has been dealt with and the next one is asked for.
                with _ONE_LARGE_AT_A_TIME:
                    yield self._bodies(view, {uid: (size, received_at)})
                continue
            batch[uid] = (size, received_at)
            weight += size
        if batch:
            yield self._bodies(view, batch)

    def _too_large(self, size: int) -> str | None:
        limit = self._limits.message_size
        if size <= limit:
            return None
        text = f"{limit / 1000**2:g} MB" if limit >= 1000**2 else f"{limit / 1000:g} kB"
        return f"it is larger than {text} and was left in the mailbox: raise limits.message_size and try it again"

    def _examine(self, folder: str) -> tuple[int, int | None]:
        """Open the folder to read only; its UIDVALIDITY and, where the server says so, the next UID."""
        if self._examined is not None and self._examined[0] == folder:
            return self._examined[1], self._examined[2]
        try:
            with self._command():
                answer = self._client.select_folder(folder, readonly=True)
        except MailboxError as error:
            if isinstance(error.__cause__, IMAPClientError) and not isinstance(error.__cause__, IMAPClientAbortError):
                raise MailboxError(
                    f'{self._settings.name}: the folder "{folder}" does not exist or may not be opened: check folders'
                ) from error
            raise
        uidvalidity = answer.get(b"UIDVALIDITY")
        if not isinstance(uidvalidity, int):
            raise MailboxError(f'{self._settings.name}: {self._settings.host} gave no UIDVALIDITY for the folder "{folder}"')
        uidnext = answer.get(b"UIDNEXT")
        self._examined = (folder, uidvalidity, uidnext if isinstance(uidnext, int) else None)
        return uidvalidity, self._examined[2]

    def _uids_after(self, last: int) -> list[int]:
        with self._command():
            # "n:*" always holds the last message, even where its UID is below n (RFC 3501 section 6.4.8).
            found = self._client.search(["UID", f"{last + 1}:*"])
        return sorted(uid for uid in found if uid > last)

    def _still_there(self, uids: Sequence[int]) -> set[int]:
        """Which of `uids` the server did not hand over although they have not been deleted meanwhile."""
        if not uids:
            return set()
        with self._command():
            return set(self._client.search(["UID", ",".join(map(str, uids))]))

    def _list(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
        """Size in bytes and date of each message. One that was deleted meanwhile is left out."""
        with self._command():
            answer = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        found = {uid: (int(data.get(b"RFC822.SIZE", 0)), _aware(data.get(b"INTERNALDATE"))) for uid, data in answer.items()}
        return found | dict.fromkeys(self._still_there([uid for uid in uids if uid not in found]), (0, None))

    def _bodies(self, view: "_View", listed: dict[int, tuple[int, datetime | None]]) -> list[Arrival]:
        """The messages themselves. One that was deleted meanwhile is left out."""
        with self._fetching(view, list(listed)):
            with self._command():
                answer = self._client.fetch(list(listed), ["BODY.PEEK[]"])
            bodies = {uid: answer.get(uid, {}).get(b"BODY[]") for uid in listed}
            withheld = self._still_there([uid for uid, raw in bodies.items() if not isinstance(raw, bytes)])
        arrivals = []
        for uid in sorted(listed):
            raw, (size, received_at) = bodies[uid], listed[uid]
            if isinstance(raw, bytes):
                arrivals.append(Arrival(self._place(view, uid), raw, len(raw), received_at, None, view.known_below))
            elif uid in withheld:
                problem = "the server listed it and did not hand it over: try it again"
                arrivals.append(Arrival(self._place(view, uid), None, size, received_at, problem, view.known_below))
        return arrivals

    def _place(self, view: "_View", uid: int) -> Place:
        return Place(self._settings.name, self._settings.kind, view.folder, view.uidvalidity, uid)

    @contextmanager
    def _fetching(self, view: "_View", uids: Sequence[int]) -> Iterator[None]:
        """A MailboxError as FetchError, which says which messages were in hand."""
        try:
            yield
        except MailboxError as error:
            raise FetchError(
                f'{error} (while fetching from "{view.folder}")',
                folder=view.folder,
                uidvalidity=view.uidvalidity,
                known_below=view.known_below,
                uid=min(uids),
                last_uid=max(uids),
            ) from error

    @contextmanager
    def _command(self) -> Iterator[None]:
        """One command, with an end to it: a server that sends a letter at a time never runs into the socket's time-out."""
        deadline = threading.Timer(_PATIENCE * self._settings.timeout.total_seconds(), self._hang_up)
        deadline.daemon = True
        deadline.start()
        try:
            with _translated(self._settings):
                yield
        finally:
            deadline.cancel()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _View:
    """What is to be read of a folder: UIDs in order, and the mark under which messages may be in the store already."""

    folder: str
    uidvalidity: int
    uids: Sequence[int]
    known_below: int


def _aware(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


@contextmanager
def _translated(settings: MailboxSettings) -> Iterator[None]:
    """The library's and the network's errors as MailboxError: the mailbox's name, what happened, what to do."""
    where = f"{settings.name}: {settings.host} port {settings.port_number}"
    try:
        yield
    except MailboxError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(
            f"{where}: its certificate is not trusted ({error.verify_message}): check host, or name its authority in ca_file"
        ) from error
    except ssl.SSLError as error:
        raise MailboxError(f"{where}: no TLS connection could be made: check tls and port") from error
    except socket.gaierror as error:
        raise MailboxError(f"{where}: no such host is known: check host") from error
    except TimeoutError as error:
        raise MailboxError(f"{where}: did not answer within {settings.timeout.total_seconds():g} seconds") from error
    except ConnectionRefusedError as error:
        raise MailboxError(f"{where}: refused the connection: check host and port, and that the server runs") from error
    except CapabilityError as error:
        raise MailboxError(f"{where}: does not offer what is needed (STARTTLS): check tls") from error
    except IMAPClientAbortError as error:
        raise MailboxError(f"{where}: the connection was cut") from error
    except OSError as error:
        raise MailboxError(f"{where}: the connection failed ({error.strerror or type(error).__name__})") from error
    except IMAPClientError as error:
        raise MailboxError(f"{where}: refused a command") from error
    except _NONSENSE as error:
        raise MailboxError(f"{where}: gave an answer that makes no sense ({type(error).__name__})") from error
