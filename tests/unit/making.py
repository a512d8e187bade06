"""What several unit tests make: mail, cases, labels. Every person and address in it is invented."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from triage.domain.case import CaseStatus, CaseView
from triage.domain.labels import Classification, Kind, Labels, Process, Role, Service, Theme
from triage.domain.message import Address, Attachment, Authorship, Body, ParsedMessage, Structure

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OWN = "ashmere.example"
JOAN = Address("joan.whitlow@family.example", "Joan Whitlow")


def is_own(domain: str) -> bool:
    """The council of these tests."""
    return domain == OWN


def mail(body: bytes = b"The taxi did not come again.", *fields: str, subject: str = "School taxi") -> bytes:
    """A message with the usual header, `fields` behind it, and `body`."""
    head = ["From: Joan Whitlow <joan.whitlow@family.example>", "To: complaints@ashmere.example", f"Subject: {subject}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def parts(*contents: str, kind: str = "mixed") -> bytes:
    """A multipart of `contents`, each with its own header."""
    inside = "".join(f"--edge\r\n{content}\r\n" for content in contents)
    return mail(f"{inside}--edge--\r\n".encode(), "MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="edge"')


def parsed(
    *bodies: Body,
    sender: Address = JOAN,
    subject: str = "School taxi",
    message_id: str | None = "<1@family.example>",
    structure: Structure = Structure.ORDINARY,
    nested: tuple[ParsedMessage, ...] = (),
    attachments: tuple[Attachment, ...] = (),
) -> ParsedMessage:
    """A message taken apart."""
    return ParsedMessage(
        message_id=message_id,
        in_reply_to=(),
        references=(),
        sender=sender,
        reply_to=Address(),
        recipients=(),
        subject=subject,
        sent_at=NOON,
        received_at=NOON,
        bodies=bodies,
        attachments=attachments,
        nested=nested,
        structure=structure,
        automatic=False,
    )


def case(
    number: int = 1,
    kind: Kind = Kind.COMPLAINT,
    status: CaseStatus = CaseStatus.OPEN,
    members: tuple[str, ...] = ("joan.whitlow@family.example",),
) -> CaseView:
    """A case of Joan Whitlow's, where nothing else is said."""
    closed_at = NOON if status is CaseStatus.CLOSED else None
    return CaseView(number, f"CC-2026-{number:06d}", kind, status, frozenset(members), NOON, closed_at)


def written_by(address: str, *, forwarded: bool = False) -> Authorship:
    """A message whose words are those of `address`; of nobody known where it is empty."""
    return Authorship(Address(address), "School taxi", NOON, "The taxi did not come.", forwarded, None, ())


def words(text: str, *, author: Address = JOAN, subject: str | None = "School taxi", sent_at: datetime | None = NOON) -> Authorship:
    """A message whose author's own words are `text`."""
    return Authorship(author, subject, sent_at, text, False, None, ())


def labels(
    kind: Kind = Kind.COMPLAINT,
    *,
    process: Process | None = None,
    role: Role = Role.PARENT_CARER,
    urgent: bool = False,
    outside_scope: bool = False,
    service: Service = Service.TRANSPORT,
    themes: tuple[Theme, ...] = (),
) -> Labels:
    """Labels; a complaint is a corporate one, where nothing else is said."""
    return Labels(kind, process or (Process.CORPORATE if kind is Kind.COMPLAINT else None), role, urgent, outside_scope, service, themes)


def classified(kind: Kind = Kind.COMPLAINT, *, urgent: bool = False, outside_scope: bool = False) -> Classification:
    """What a classifier might say of a message about a school taxi."""
    process = Process.CORPORATE if kind is Kind.COMPLAINT else None
    labels = Labels(kind, process, Role.PARENT_CARER, urgent, outside_scope, Service.TRANSPORT, (Theme.DELAY,))
    return Classification(labels, 0.97, True, "model test")


@contextmanager
def within_cpu_seconds(most: float) -> Iterator[None]:
    """Fails where the block takes more processor time than that; time that other programs take does not count."""
    started = time.process_time()
    yield
    spent = time.process_time() - started
    assert spent < most, f"it took {spent:.1f} s of processor time, more than {most} s"
