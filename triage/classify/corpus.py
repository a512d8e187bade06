"""The corpus: labelled messages, one JSON object a line, as the labelling guide defines the labels."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from triage.classify.features import Sample
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme
from triage.errors import ModelError

_LIST_HEADERS = ("list-unsubscribe", "list-id", "precedence")


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """One message of the corpus. `sender` is the address, in lower case: the sets are kept apart by it."""

    id: str
    sender: str
    sample: Sample
    labels: Labels
    headers: tuple[tuple[str, str], ...]


def read(path: Path) -> list[LabelledMessage]:
    """Every message of a .jsonl file, or of all such files in a folder, in the order of their names.

    Raises ModelError with the file and line where a message is not as the guide says.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise ModelError(f"{path}: there is no labelled mail (*.jsonl) here")
    return [message for file in files for message in _read_file(file)]


def _read_file(file: Path) -> Iterable[LabelledMessage]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{file}: cannot be read as UTF-8 text") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _message(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else str(error)
            raise ModelError(f"{file}, line {number}: is not a labelled message: {what}") from error


def _message(row: dict[str, object]) -> LabelledMessage:
    label = row["label"]
    if not isinstance(label, dict):
        raise ValueError("label must be an object")
    headers = row.get("headers") or {}
    if not isinstance(headers, dict):
        raise ValueError("headers must be an object")
    names = {str(name).lower() for name in headers}
    if (label["kind"] == Kind.COMPLAINT) != (label["process"] is not None):
        raise ValueError("process must be given for a complaint, and for nothing else")
    sender, recipient = _address(str(row["from"])), _address(str(row["to"]))
    return LabelledMessage(
        id=str(row["id"]),
        sender=sender,
        sample=Sample(
            subject=str(row["subject"]),
            text=str(row["body"]),
            internal=sender.rpartition("@")[2] == recipient.rpartition("@")[2],
            listed=any(name in names for name in _LIST_HEADERS),
        ),
        labels=Labels(
            kind=Kind(label["kind"]),
            process=Process(label["process"]) if label["process"] else None,
            role=Role(label["role"]),
            urgent=_flag(label, "urgent"),
            outside_scope=_flag(label, "outside_scope"),
            service=Service(label["service"]),
            themes=tuple(sorted(Theme(theme) for theme in label["themes"])),
            language=label.get("language"),
        ),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
    )


def _flag(label: dict[str, object], name: str) -> bool:
    value = label[name]
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")
    return value


def _address(text: str) -> str:
    inside = text.rpartition("<")[2].partition(">")[0]
    return inside.split(",")[0].strip().lower()


def digest(path: Path) -> str:
    """Hex digest of every training file's name and content: the model's manifest says which corpus it learnt from."""
    whole = hashlib.sha256()
    for file in sorted(path.glob("*.jsonl")):
        whole.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
