"""Mail from files: .eml, folders of them, Maildirs and mbox files (a backlog)."""

import mailbox
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from triage.domain.message import Arrival, MailboxKind, Place
from triage.errors import CallError, FileError
from triage.ports import Cursor

# The folder that the export names for imported mail: it has no UID there.
IMPORT_FOLDER = "import"
_FIRST_BYTES = 4096
_HEADER = re.compile(rb"\A(?:>?From [^\r\n]*\r?\n)?\s*[!-9;-~]+[ \t]*:")
_SEPARATOR = re.compile(rb"From \S.{0,300}\d{1,2}:\d{2}.{0,60}\d{4}")
_QUOTED_FROM = re.compile(rb">+From ")
_MAIL_ENDINGS = frozenset({".eml", ".mbox", ".mbx"})


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
            copies[unplaced.sha256] += 1
            place = Place(self.name, self.kind, IMPORT_FOLDER, occurrence=copies[unplaced.sha256])
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
                    yield from _maildir_messages(path)
                elif kind == "mbox":
                    yield from _mbox_messages(path)
                else:
                    yield read_mail(path)
            except FileError as error:
                self.problems.append(str(error))
            except (OSError, mailbox.Error) as error:
                self.problems.append(f"{path}: cannot be read ({type(error).__name__})")

    def _mail_files(self, *, note: bool) -> Iterator[tuple[str, Path]]:
        for path in self.paths:
            found = list(_mail_in(path))
            if note and path.is_dir():
                taken = sum(_files_in(mail) if kind == "maildir" else 1 for kind, mail in found)
                self.passed_over += _files_in(path) - taken
            if not found and note:
                self.problems.append(f"{path}: there is no mail here (.eml, .mbox, or a Maildir)")
            yield from found


def _mail_in(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_dir():
        if (path / "cur").is_dir() and (path / "new").is_dir():
            yield "maildir", path
            return
        for child in sorted(path.iterdir()):
            if child.is_dir() or child.suffix.lower() in _MAIL_ENDINGS:
                yield from _mail_in(child)
    elif path.suffix.lower() in (".mbox", ".mbx") or _is_mbox(path):
        yield "mbox", path
    else:
        yield "message", path


def _files_in(folder: Path) -> int:
    return sum(1 for file in folder.rglob("*") if file.is_file())


def _is_mbox(path: Path) -> bool:
    if path.suffix.lower() == ".eml":
        return False
    try:
        with path.open("rb") as file:
            return bool(_SEPARATOR.match(file.read(_FIRST_BYTES)))
    except OSError:
        return False


def read_mail(path: Path) -> bytes:
    """The bytes of one message. Raises FileError where the file cannot be read or is no mail."""
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
    if path.suffix.lower() in (".mbox", ".mbx") or (_is_mbox(path) and raw.count(b"\n\nFrom ") + raw.count(b"\r\n\r\nFrom ")):
        raise FileError(f"{path}: is an mbox file of several messages: import it, or give .eml files")
    if path.suffix.lower() != ".eml" and not _HEADER.match(raw[:_FIRST_BYTES]):
        raise FileError(f"{path}: is not an e-mail (its first line is no header); give .eml or mbox files")
    return raw


def _count(kind: str, path: Path) -> int:
    if kind == "message":
        return 1
    try:
        return len(mailbox.Maildir(path, create=False)) if kind == "maildir" else sum(1 for _ in _mbox_messages(path))
    except (OSError, mailbox.Error, FileError):
        return 0


def _maildir_messages(path: Path) -> Iterator[bytes]:
    box = mailbox.Maildir(path, create=False)
    for key in sorted(box.iterkeys()):
        yield box.get_bytes(key)


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
