"""The corpus: labelled messages, one JSON object a line, as the labelling guide defines the labels."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from triage.classify.features import Sample
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme
from triage.domain.message import MailboxKind
from triage.errors import ModelError

# In a stream, the place of the reference that the council has given to a case.
_REFERENCE_MARK = re.compile(r"\{\{ref:\w+\}\}")


@dataclass(frozen=True, slots=True)
class Row:
    """One message of the corpus as it is written down, before anything is taken away from its text."""

    id: str
    sender: str
    recipient: str
    subject: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    mailbox: MailboxKind = MailboxKind.SHARED

    @property
    def sender_address(self) -> str:
        """In lower case. The sets are kept apart by it."""
        return address_in(self.sender)


# Makes of a row what the classifier would see of that mail. It needs the parser and the unwrapping, which stand beside this package.
Reader = Callable[[Row], Sample]


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """One message to learn from or to measure by.

    `sender` is the address, in lower case. `unknown` names the labels that are not given: they are neither learnt nor measured.
    `source` is the file it came from, or "review" where a person corrected it; `row` is how it is written down there.
    """

    id: str
    sender: str
    sample: Sample
    labels: Labels
    source: str = ""
    unknown: frozenset[str] = field(default=frozenset())
    hard: bool = False
    row: Row | None = None


def read(path: Path, reader: Reader) -> list[LabelledMessage]:
    """Every message of a .jsonl file, or of all such files in a folder, in the order of their names.

    Raises ModelError with the file and line where a message is not as the guide says.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise ModelError(f"{path}: there is no labelled mail (*.jsonl) here")
    return [message for file in files for message in _read_file(file, reader)]


def lines_of(file: Path) -> list[str]:
    """The lines of a .jsonl file. Raises ModelError where there is none or it is no text."""
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise ModelError(f"{file}: there is no labelled mail here") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{file}: cannot be read as UTF-8 text") from error


def _read_file(file: Path, reader: Reader) -> Iterable[LabelledMessage]:
    for number, line in enumerate(lines_of(file), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "event" in row:
                # A stream also says when a case was closed.
                continue
            yield _message(row, f"{file.stem}-{number}", file.stem, reader)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise ModelError(f"{file}, line {number}: is not a labelled message: {what}") from error


def _message(row: dict[str, object], default_id: str, source: str, reader: Reader) -> LabelledMessage:
    label = row["label"]
    if isinstance(label, str):
        label = {"kind": label}
    if not isinstance(label, dict):
        raise ValueError("label must be an object, or the kind alone")
    headers = row.get("headers") or {}
    if not isinstance(headers, dict):
        raise ValueError("headers must be an object")
    one = Row(
        id=str(row.get("id", default_id)),
        sender=str(row["from"] or ""),
        recipient=str(row["to"] or ""),
        subject=_REFERENCE_MARK.sub("CC-2026-000123", str(row.get("subject") or "")),
        body=_REFERENCE_MARK.sub("CC-2026-000123", str(row["body"] or "")),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        # "shared", "officer", or whose: "officer:craig.oldroyd".
        mailbox=MailboxKind.OFFICER if str(row.get("mailbox", "")).startswith("officer") else MailboxKind.SHARED,
    )
    labels, unknown = _labels(label)
    return LabelledMessage(one.id, one.sender_address, reader(one), labels, source, unknown, bool(row.get("hard", False)), one)


def _labels(label: dict[str, object]) -> tuple[Labels, frozenset[str]]:
    """The labels that are given, and the names of those that are not. The kind must be; null is "not given"."""
    kind = Kind(str(label["kind"]))
    names = ("process", "role", "urgent", "outside_scope", "service", "themes")
    process = label.get("process")
    if kind is not Kind.COMPLAINT and process is not None:
        raise ValueError("process must be given for a complaint, and for nothing else")
    # Of what is no complaint, no process is the right answer.
    answered = {"process"} if kind is not Kind.COMPLAINT and "process" in label else set()
    unknown = frozenset(name for name in names if label.get(name) is None) - answered
    themes = label.get("themes") or ()
    if not isinstance(themes, list | tuple):
        raise ValueError("themes must be a list")
    language = label.get("language")
    labels = Labels(
        kind=kind,
        process=Process(str(process)) if process else None,
        role=Role(str(label.get("role") or Role.OTHER.value)),
        urgent=_flag(label, "urgent"),
        outside_scope=_flag(label, "outside_scope"),
        service=Service(str(label.get("service") or Service.OTHER.value)),
        themes=tuple(sorted(Theme(str(theme)) for theme in themes)),
        language=str(language) if language else None,
    )
    return labels, unknown


def _flag(label: dict[str, object], name: str) -> bool:
    value = label.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")
    return value


def address_in(text: str) -> str:
    """The address in a From or To field, in lower case; of several the first."""
    inside = text.rpartition("<")[2].partition(">")[0]
    return inside.split(",")[0].strip().lower()


def digest(path: Path) -> str:
    """Hex digest of every training file's name and content: the model's manifest says which corpus it learnt from."""
    whole = hashlib.sha256()
    for file in sorted(path.glob("*.jsonl")):
        whole.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
