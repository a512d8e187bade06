"""Mail from files: .eml and Outlook's .msg, folders of them, Maildirs and mbox files (a backlog)."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from triage.domain.message import Arrival, MailboxKind, Place
from triage.errors import CallError, FileError
from triage.mailbox.mapi import COMPOUND_FILE, Unreadable
from triage.ports import Cursor

# The folder that the export names for imported mail: it has no UID there.
IMPORT_FOLDER = "import"
_FIRST_BYTES = 4096
_HEADER = re.compile(rb"\A(?:>?From [^\r\n]*\r?\n)?\s*[!-9;-~]+[ \t]*:")
_SEPARATOR = re.compile(rb"From \S.{0,300}\d{1,2}:\d{2}.{0,60}\d{4}")
_QUOTED_FROM = re.compile(rb">+From ")
_MBOX_ENDINGS = frozenset({".mbox", ".mbx"})


@dataclass(slots=True)
class FileMailbox:
    """Files to be logged as mail of one mailbox. `problems` collects a line for each file that could not be taken.

    `found` counts the messages in them, `passed_over` the files in their folders that are no mail by their names.
    """

    name: str
    kind: MailboxKind
    paths: Sequence[Path]
    batch_messages: int
    batch_size: int
    problems: list[str] = field(default_factory=list)
    found: int = 0
    passed_over: int = 0

    @property
    def folders(self) -> Sequence[str]:
        """One: what is imported has no folder of its own."""
        return (IMPORT_FOLDER,)

    @contextmanager
    def open(self) -> Iterator["FileMailbox"]:
        """Nothing to connect to. Raises CallError where a path does not exist."""
        for path in self.paths:
            if not path.exists():
                raise CallError(f"{path}: there is no such file or folder")
        yield self

    def count_new(self, folder: str, cursor: Cursor | None) -> int:
        """How many messages there are, seen before or not."""
        return sum(_count(kind, path) for kind, path in self._mail_files(note=False))

    def batches(self, folder: str, cursor: Cursor | None) -> Iterator[Sequence[Arrival]]:
        """Every message, file by file in the order of their names, in batches bounded by count and bytes."""
        copies: Counter[str] = Counter()
        batch: list[Arrival] = []
        weight = 0
        for raw in self._messages():
            self.found += 1
            unplaced = Arrival(Place(self.name, self.kind, IMPORT_FOLDER), raw, len(raw), None)
            words = min(unplaced.digests)
            copies[words] += 1
            place = Place(self.name, self.kind, IMPORT_FOLDER, occurrence=copies[words])
            if batch and (len(batch) >= self.batch_messages or weight + len(raw) > self.batch_size):
                yield batch
                batch, weight = [], 0
            batch.append(Arrival(place, raw, len(raw), None))
            weight += len(raw)
        if batch:
            yield batch

    def _messages(self) -> Iterator[bytes]:
        for kind, path in self._mail_files(note=True):
            try:
                if kind == "maildir":
                    yield from _maildir_messages(path, self.problems)
                elif kind == "mbox":
                    yield from _mbox_messages(path)
                else:
                    yield read_mail(path)
            except FileError as error:
                self.problems.append(str(error))
            except OSError as error:
                self.problems.append(f"{path}: cannot be read ({type(error).__name__})")

    def _mail_files(self, *, note: bool) -> Iterator[tuple[str, Path]]:
        for path in self.paths:
            found, others = _mail_in(path)
            if note:
                self.passed_over += others
                if not found:
                    self.problems.append(f"{path}: there is no mail here (.eml, .msg, .mbox, or a Maildir)")
            yield from found


def _mail_in(path: Path) -> tuple[list[tuple[str, Path]], int]:
    """The mail at a path, as (maildir | mbox | message, path), and how many files beside it are none.

    Links to folders are not followed, so that none is walked twice; what is no regular file is passed over.
    """
    if not path.is_dir():
        return [("mbox" if _is_mbox(path) else "message", path)], 0
    found: list[tuple[str, Path]] = []
    others = 0
    for folder, subfolders, files in os.walk(path):
        here = Path(folder)
        if {"cur", "new"} <= set(subfolders):
            found.append(("maildir", here))
            # Its own parts are read with it; Maildir++ keeps subfolders beside them.
            subfolders[:] = [name for name in subfolders if name not in ("cur", "new", "tmp")]
            files = []
        subfolders.sort()
        for name in sorted(files):
            file = here / name
            if not file.is_file():
                others += 1
            elif _is_mbox(file):
                found.append(("mbox", file))
            elif file.suffix.lower() == ".eml" or _is_of_outlook(file):
                found.append(("message", file))
            else:
                others += 1
    return sorted(found, key=lambda pair: pair[1]), others


def _is_mbox(path: Path) -> bool:
    """By its name, or, as Thunderbird's have none, by its first line."""
    if path.suffix.lower() in _MBOX_ENDINGS:
        return True
    if path.suffix.lower() == ".eml" or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return bool(_SEPARATOR.match(file.read(_FIRST_BYTES)))
    except OSError:
        return False


def _is_of_outlook(path: Path) -> bool:
    """A .msg by its name and its first bytes: other programs use that ending for other things, and a few for mail."""
    if path.suffix.lower() != ".msg":
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_FIRST_BYTES)
    except OSError:
        # It is named with the reason when it is read.
        return True
    return head.startswith(COMPOUND_FILE) or bool(_HEADER.match(head))


def read_mail(path: Path) -> bytes:
    """The bytes of one message, of a .msg as mail has it. Raises FileError where the file cannot be read or is no mail."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise FileError(f"{path}: is no file")
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise FileError(f"{path}: is a folder; name the files in it") from error
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error
    if not raw.strip():
        raise FileError(f"{path}: is empty")
    if raw.startswith(COMPOUND_FILE):
        return _mail_of_outlook(path, raw)
    if _is_mbox(path):
        raise FileError(f"{path}: is an mbox file of several messages: import it, or give .eml files")
    if path.suffix.lower() != ".eml" and not _HEADER.match(raw[:_FIRST_BYTES]):
        raise FileError(f"{path}: is not an e-mail (its first line is no header); give .eml, .msg or mbox files")
    return raw


def _mail_of_outlook(path: Path, raw: bytes) -> bytes:
    from triage.mailbox import rendering  # noqa: PLC0415 - its library is loaded where it is needed

    try:
        return rendering.rendered(raw)
    except Unreadable as error:
        raise FileError(f"{path}: is no message of Outlook's, or cannot be read whole; open it in Outlook and forward it") from error


def _count(kind: str, path: Path) -> int:
    if kind == "message":
        return 1
    try:
        return sum(1 for _ in (_maildir_messages(path, []) if kind == "maildir" else _mbox_messages(path)))
    except (OSError, FileError):
        return 0


def _maildir_messages(path: Path, problems: list[str]) -> Iterator[bytes]:
    """Each message of a Maildir. One that cannot be read is named in `problems`, and the others are taken."""
    for part in ("cur", "new"):
        for file in sorted((path / part).iterdir()):
            if file.name.startswith("."):
                continue
            try:
                yield file.read_bytes()
            except OSError as error:
                problems.append(f"{file}: cannot be read ({error.strerror})")


def _mbox_messages(path: Path) -> Iterator[bytes]:
    """Each message of an mbox file (RFC 4155).

    The standard library cuts at every line that begins with "From ", and so would cut a letter in two: a separator follows a
    blank line, and ends in a time and a year.
    """
    lines: list[bytes] = []
    found = False
    after_blank = True
    with path.open("rb") as file:
        for line in file:
            if after_blank and _SEPARATOR.match(line):
                if found:
                    yield b"".join(lines)
                found, lines = True, []
            elif found:
                # "mboxrd" quoting, which most programs write: a ">" was put before lines that begin with "From ".
                lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
            after_blank = not line.strip()
    if not found:
        raise FileError(f"{path}: is not an mbox file, or an empty one")
    yield b"".join(lines)
