r"""Reads a mailbox over IMAP (RFC 3501) without leaving a trace in it.

Folders are opened with EXAMINE and bodies fetched with BODY.PEEK[], so that nobody's read marks change. What is new is told by
UID and UIDVALIDITY, never by \Seen or a date. Sizes are asked for before bodies, so that a batch fits in memory. Nothing waits
for ever: every operation on the socket has a time-out.
"""

import imaplib
import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

    def count_new(self, folder: str, cursor: Cursor | None) -> int:
        """How many messages came to `folder` after `cursor`."""
        uidvalidity, uidnext = self._examine(folder)
        return len(self._new_uids(uidvalidity, uidnext, cursor))

    def batches(self, folder: str, cursor: Cursor | None) -> Iterator[Sequence[Arrival]]:
        """What came to `folder` after `cursor`, oldest UID first, in batches bounded by count and by bytes.

        A message over the size limit is given without its bytes. Raises MailboxError; FetchError where bodies could not be had.
        """
        uidvalidity, uidnext = self._examine(folder)
        uids = self._new_uids(uidvalidity, uidnext, cursor)
        here = cursor if cursor is not None and cursor.uidvalidity == uidvalidity else None
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            yield from self._some(folder, uidvalidity, uids[start : start + _SIZES_AT_ONCE], here)

    def fetch_one(self, folder: str, uidvalidity: int, uid: int) -> Arrival | None:
        """One message by its place; None where it is not there any more."""
        now, _ = self._examine(folder)
        if now != uidvalidity:
            return None
        listed = self._list([uid])
        if uid not in listed:
            return None
        size, received_at = listed[uid]
        unfetched = self._why_not_fetched(uid, size, None)
        if unfetched:
            return Arrival(self._place(folder, uidvalidity, uid), None, size, received_at, unfetched)
        return next(iter(self._bodies(folder, uidvalidity, listed)), None)

    def _some(self, folder: str, uidvalidity: int, uids: Sequence[int], cursor: Cursor | None) -> Iterator[Sequence[Arrival]]:
        listed = self._list(uids)
        stuck = cursor.stuck_uid if cursor is not None else None
        batch: dict[int, tuple[int, datetime | None]] = {}
        weight = 0
        for uid in sorted(listed):
            size, received_at = listed[uid]
            alone = uid == stuck
            unfetched = self._why_not_fetched(uid, size, cursor)
            full = len(batch) >= self._limits.batch_messages or weight + size > self._limits.batch_size
            if batch and (full or alone or unfetched):
                yield self._bodies(folder, uidvalidity, batch)
                batch, weight = {}, 0
            if unfetched:
                yield [Arrival(self._place(folder, uidvalidity, uid), None, size, received_at, unfetched)]
                continue
            batch[uid] = (size, received_at)
            weight += size
            if alone:
                yield self._bodies(folder, uidvalidity, batch)
                batch, weight = {}, 0
        if batch:
            yield self._bodies(folder, uidvalidity, batch)

    def _why_not_fetched(self, uid: int, size: int, cursor: Cursor | None) -> str | None:
        if size > self._limits.message_size:
            limit = self._limits.message_size
            size_text = f"{limit / 1000**2:g} MB" if limit >= 1000**2 else f"{limit / 1000:g} kB"
            return f"it is larger than {size_text} and was left in the mailbox: raise limits.message_size and try it again"
        if cursor is not None and cursor.stuck_uid == uid and cursor.stuck_count >= _GIVE_UP_AFTER:
            return f"the server could not hand it over in {cursor.stuck_count} polls: it was left in the mailbox; try it again"
        return None

    def _examine(self, folder: str) -> tuple[int, int | None]:
        """Open the folder to read only; its UIDVALIDITY and, where the server says so, the next UID."""
        if self._examined is not None and self._examined[0] == folder:
            return self._examined[1], self._examined[2]
        try:
            with _translated(self._settings):
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

    def _new_uids(self, uidvalidity: int, uidnext: int | None, cursor: Cursor | None) -> list[int]:
        last = cursor.last_uid if cursor is not None and cursor.uidvalidity == uidvalidity else 0
        if uidnext is not None and uidnext <= last + 1:
            return []
        with _translated(self._settings):
            # "n:*" always holds the last message, even where its UID is below n (RFC 3501 section 6.4.8).
            found = self._client.search(["UID", f"{last + 1}:*"])
        return sorted(uid for uid in found if uid > last)

    def _list(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
        with _translated(self._settings):
            answer = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return {uid: (int(data.get(b"RFC822.SIZE", 0)), _aware(data.get(b"INTERNALDATE"))) for uid, data in answer.items()}

    def _bodies(self, folder: str, uidvalidity: int, listed: dict[int, tuple[int, datetime | None]]) -> list[Arrival]:
        """The messages themselves. One that was deleted meanwhile is left out."""
        try:
            with _translated(self._settings):
                answer = self._client.fetch(list(listed), ["BODY.PEEK[]"])
        except MailboxError as error:
            raise FetchError(
                f'{error} (while fetching from "{folder}")', folder=folder, uidvalidity=uidvalidity, uid=min(listed)
            ) from error
        arrivals = []
        for uid in sorted(listed):
            raw = answer.get(uid, {}).get(b"BODY[]")
            if isinstance(raw, bytes):
                arrivals.append(Arrival(self._place(folder, uidvalidity, uid), raw, len(raw), listed[uid][1]))
            elif uid in answer:
                problem = "the server listed it and did not hand it over: try it again"
                arrivals.append(Arrival(self._place(folder, uidvalidity, uid), None, listed[uid][0], listed[uid][1], problem))
        return arrivals

    def _place(self, folder: str, uidvalidity: int, uid: int) -> Place:
        return Place(self._settings.name, self._settings.kind, folder, uidvalidity, uid)


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
