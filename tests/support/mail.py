"""Small messages for tests, and the hand-written corpus as messages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def mail(
    sender: str = "Dawn Pickering <dawn.pickering@family.example>",
    subject: str = "Transport",
    body: str = "The minibus did not come again today and nobody picks up the phone. I want to complain about this.",
    *,
    message_id: str | None = "<one@family.example>",
    sent: datetime = datetime(2026, 6, 1, 9, 0, tzinfo=UTC),
    **headers: str,
) -> bytes:
    """One message; `headers` by name with underscores for dashes."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "complaints@ashmere.example", subject
    message["Date"] = format_datetime(sent)
    if message_id is not None:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


def forward_of(*inside: bytes, subject: str = "FW: for logging", message_id: str = "<forward@ashmere.example>") -> bytes:
    """A colleague's mail with these messages attached to it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "Rosa Hale <r.hale@ashmere.example>", "complaints@ashmere.example", subject
    message["Date"] = format_datetime(datetime(2026, 6, 2, 9, 0, tzinfo=UTC))
    message["Message-ID"] = message_id
    message.set_content("Please log these.")
    for raw in inside:
        message.add_attachment(message_from_bytes(raw, _class=EmailMessage, policy=SMTP))
    return message.as_bytes()


def corpus_mail(limit: int | None = None) -> Iterator[bytes]:
    """Messages of the training corpus as mail, each with a Message-ID of its own."""
    count = 0
    for file in sorted((ROOT / "models/corpus/training").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            message = EmailMessage(policy=SMTP)
            message["From"], message["To"] = row["from"].replace("\n", " "), row["to"]
            message["Subject"] = row["subject"]
            message["Date"] = format_datetime(datetime.fromisoformat(row["date"]))
            message["Message-ID"] = f"<{row['id']}@corpus.example>"
            for name, value in (row.get("headers") or {}).items():
                if name.lower() not in ("content-type", "message-id", "method", "content-class"):
                    message[name] = value
            message.set_content(row["body"])
            yield message.as_bytes()
            count += 1
            if limit is not None and count == limit:
                return


def big_mail(megabytes: int, number: int = 0) -> bytes:
    """A complaint with an attachment that makes the message about so large."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = f"Owen Marsh <owen{number}@family.example>", "complaints@ashmere.example"
    message["Subject"], message["Message-ID"] = f"Photographs of the flat {number}", f"<big-{number}@family.example>"
    message["Date"] = format_datetime(datetime(2026, 6, 1, 9, 0, tzinfo=UTC))
    message.set_content("I complained about the damp in March and nobody has answered. Here are the photographs again.")
    content = bytes(range(256)) * (megabytes * 1_000_000 * 3 // 4 // 256)
    message.add_attachment(content, maintype="image", subtype="jpeg", filename="damp.jpg")
    return message.as_bytes()
