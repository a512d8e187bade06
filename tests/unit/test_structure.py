"""What a message is by its headers and MIME structure alone. A family's mail must never be taken for a machine's."""

import pytest

from tests.unit.making import mail, parts
from triage.domain.message import Structure
from triage.mailbox.parsing import parse

INVITATION = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Review meeting\r\nLOCATION:Room 2\r\nEND:VEVENT\r\nEND:VCALENDAR"
PLAIN = "Content-Type: text/plain\r\n\r\nThe taxi did not come."


def _report(kind: str) -> bytes:
    fields = "Reporting-MTA: dns; mx.family.example\r\n\r\nFinal-Recipient: rfc822; x@family.example\r\nStatus: 5.1.1"
    leaf = f"Content-Type: message/{kind}\r\n\r\n{fields}"
    return parts("Content-Type: text/plain\r\n\r\nIt could not be delivered.", leaf, kind=f"report; report-type={kind}")


def test_a_message_from_a_person_is_ordinary() -> None:
    message = parse(mail())
    assert message.structure is Structure.ORDINARY
    assert not message.automatic


@pytest.mark.parametrize(
    ("raw", "structure"),
    [
        (_report("delivery-status"), Structure.BOUNCE),
        (_report("disposition-notification"), Structure.RECEIPT),
        (mail(b"I am away.", "Auto-Submitted: auto-replied"), Structure.AUTO_REPLY),
        (mail(b"I am away.", "Auto-Submitted: auto-replied (vacation)"), Structure.AUTO_REPLY),
        (mail(b"I am away.", "AUTO-SUBMITTED: Auto-Replied; owner-email=x"), Structure.AUTO_REPLY),
        (mail(b"I am away.", "Precedence: auto_reply"), Structure.AUTO_REPLY),
        (mail(b"I am away.", "X-Autoreply: yes"), Structure.AUTO_REPLY),
    ],
)
def test_what_a_machine_answered_is_automatic(raw: bytes, structure: Structure) -> None:
    message = parse(raw)
    assert message.structure is structure
    assert message.automatic


def test_a_bounce_of_an_old_server_is_recognised_by_its_headers() -> None:
    raw = b"From: MAILER-DAEMON@mx.family.example\r\nX-Failed-Recipients: x@family.example\r\nSubject: Undelivered\r\n\r\nSorry."
    assert parse(raw).structure is Structure.BOUNCE


@pytest.mark.parametrize("field", ["List-Id: <news.network.example>", "List-Unsubscribe: <https://network.example/u>", "Precedence: bulk"])
def test_list_mail_is_recognised(field: str) -> None:
    assert parse(mail(b"News of the month", field)).structure is Structure.LIST


@pytest.mark.parametrize("method", ["; method=REQUEST", ""])
def test_an_invitation_is_recognised_and_says_what_it_is_about(method: str) -> None:
    message = parse(parts(PLAIN, f"Content-Type: text/calendar{method}\r\n\r\n{INVITATION}", kind="alternative"))
    assert message.structure is Structure.CALENDAR


def test_an_invitation_without_words_can_still_be_read() -> None:
    message = parse(mail(INVITATION.encode(), "Content-Type: text/calendar; method=REQUEST"))
    assert "Review meeting" in (message.bodies[0].plain or "")
    assert "Room 2" in (message.bodies[0].plain or "")


def test_a_calendar_file_attached_to_a_letter_makes_it_no_invitation() -> None:
    attached = f"Content-Type: text/calendar; name=a.ics\r\nContent-Disposition: attachment; filename=a.ics\r\n\r\n{INVITATION}"
    message = parse(parts(PLAIN, attached))
    assert message.structure is Structure.ORDINARY
    assert [one.name for one in message.attachments] == ["a.ics"]


@pytest.mark.parametrize(
    "subject", ["Delivery delayed: RE: taxi", "Undeliverable: taxi", "Mail delivery failed", "Returned mail: see transcript"]
)
def test_a_report_in_plain_words_is_a_bounce_where_a_mail_server_sent_it(subject: str) -> None:
    raw = mail(b"This is a warning only. Your message has been queued for four hours.", subject=subject)
    sent_by_a_server = raw.replace(b"From: Joan Whitlow <joan.whitlow@", b"From: Mail System <MAILER-DAEMON@")
    assert parse(sent_by_a_server).structure is Structure.BOUNCE
    assert parse(raw).structure is Structure.ORDINARY, "a person may forward such a subject"
    other = mail(b"Nobody replies.", subject="No reply").replace(b"joan.whitlow@", b"postmaster@")
    assert parse(other).structure is Structure.ORDINARY, "a village's postmaster may write a letter"


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: no",
        "Precedence: first-class",
        "X-Priority: 1",
        "Importance: high",
    ],
)
def test_a_mark_that_people_send_too_makes_no_machine(field: str) -> None:
    message = parse(mail(b"The taxi did not come.", field))
    assert message.structure is Structure.ORDINARY
    assert not message.automatic


def test_a_web_form_is_ordinary_mail_that_a_machine_sent() -> None:
    message = parse(mail(b"Name: Joan\r\nThe taxi did not come.", "Auto-Submitted: auto-generated"))
    assert message.structure is Structure.ORDINARY
    assert message.automatic


def test_a_letter_with_a_bounce_attached_is_a_letter() -> None:
    inner = _report("delivery-status").decode().replace("edge", "inner")
    message = parse(parts(PLAIN, f"Content-Type: message/rfc822\r\n\r\n{inner}"))
    assert message.structure is Structure.ORDINARY
    assert message.nested[0].structure is Structure.BOUNCE


def test_a_bounce_that_says_nothing_else_shows_its_report() -> None:
    leaf = "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.family.example\r\n\r\nStatus: 5.1.1"
    message = parse(parts(leaf, kind="report; report-type=delivery-status"))
    assert "5.1.1" in (message.bodies[0].plain or "")
