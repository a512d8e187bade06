"""What a message holds: every body that is there, every attachment by the name its sender saw."""

from base64 import b64encode

import pytest

from tests.unit.making import mail, parts
from triage.mailbox.parsing import parse

PLAIN = "Content-Type: text/plain\r\n\r\nThe taxi did not come."


def _attached(name_parameter: str) -> str:
    return f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {name_parameter}\r\n\r\n%PDF"


def _plain(raw: bytes) -> str:
    return "\n".join((body.plain or "").strip() for body in parse(raw).bodies)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("7bit", b"Zoe waits"),
        ("8bit", b"Zoe waits"),
        ("quoted-printable", b"Zoe=20wai=\r\nts"),
        ("quoted-printable", b"Zoe wai= \r\nts"),
        ("base64", b64encode(b"Zoe waits")),
        ("BASE64 (comment)", b64encode(b"Zoe waits")),
        ("base-64", b64encode(b"Zoe waits")),
        ("base64", b64encode(b"Zoe waits").rstrip(b"=")),
        ("no-such-encoding", b"Zoe waits"),
    ],
)
def test_a_body_is_read_in_whatever_transfer_encoding(encoding: str, content: bytes) -> None:
    assert _plain(mail(content, "Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}")) == "Zoe waits"


def test_a_letter_that_is_wrongly_called_base64_is_still_read() -> None:
    raw = mail(b"The taxi didn't come. Zoe waited, again.", "Content-Transfer-Encoding: base64")
    assert _plain(raw) == "The taxi didn't come. Zoe waited, again."


def test_a_footer_that_a_list_wrote_behind_base64_is_not_lost() -> None:
    raw = mail(b64encode(b"Zoe waits") + b"\r\n\r\nThis e-mail has been scanned", "Content-Transfer-Encoding: base64")
    assert "Zoe waits" in _plain(raw)
    assert "has been scanned" in _plain(raw)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="letter.pdf"', "letter.pdf"),
        ("filename=letter.pdf", "letter.pdf"),
        ("filename*=utf-8''Zo%C3%AB.pdf", "Zoë.pdf"),
        ("filename*0=let; filename*1=ter.pdf", "letter.pdf"),
        ('filename="=?utf-8?q?Zo=C3=AB=2Epdf?="', "Zoë.pdf"),
        ('filename="C:\\\\Users\\\\joan\\\\letter.pdf"', "letter.pdf"),
        ('filename="../../etc/letter.pdf"', "letter.pdf"),
    ],
)
def test_an_attachment_has_the_name_its_sender_saw_and_no_path(parameter: str, name: str) -> None:
    assert [one.name for one in parse(parts(PLAIN, _attached(parameter))).attachments] == [name]


def test_an_attachment_is_not_read_as_the_letter() -> None:
    attached = "Content-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment; filename=notes.txt\r\n\r\nOld notes"
    message = parse(parts(PLAIN, attached))
    assert [body.plain for body in message.bodies] == ["The taxi did not come."]
    assert [one.name for one in message.attachments] == ["notes.txt"]


def test_an_attached_text_is_read_where_there_is_nothing_else() -> None:
    assert "The taxi did not come" in _plain(parts('Content-Type: text/plain; name="letter.txt"\r\n\r\nThe taxi did not come.'))


def test_the_size_of_an_attachment_is_that_of_its_content() -> None:
    content = b64encode(b"x" * 1000).decode()
    attached = (
        f"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.jpg\r\n\r\n{content}"
    )
    assert [one.size for one in parse(parts(PLAIN, attached)).attachments] == [1000]


def test_both_forms_of_one_body_are_kept_as_one_body() -> None:
    message = parse(parts(PLAIN, "Content-Type: text/html\r\n\r\n<p>The taxi did not come.</p>", kind="alternative"))
    [body] = message.bodies
    assert body.plain == "The taxi did not come."
    assert "<p>" in (body.html or "")


def test_a_text_behind_an_attachment_is_read_too() -> None:
    message = parse(parts(PLAIN, _attached("filename=a.pdf"), "Content-Type: text/plain\r\n\r\nPlease ring me."))
    assert [body.plain for body in message.bodies] == ["The taxi did not come.", "Please ring me."]


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_an_attached_message_is_read_with_its_own_sender(encoding: str) -> None:
    inner = b"From: joan@family.example\r\nSubject: School taxi\r\n\r\nThe taxi did not come.\r\n"
    content = b64encode(inner) if encoding == "base64" else inner
    [nested] = parse(
        parts(PLAIN, f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content.decode()}")
    ).nested
    assert nested.sender.address == "joan@family.example"
    assert (nested.bodies[0].plain or "").strip() == "The taxi did not come."


def test_lines_that_a_mail_program_broke_are_whole_again() -> None:
    raw = mail(b"The taxi did \r\nnot come.\r\n\r\n> Dear Joan, \r\n> we are sorry.", "Content-Type: text/plain; format=flowed")
    assert "The taxi did not come." in _plain(raw)
    assert "> Dear Joan, we are sorry." in _plain(raw)


def test_a_page_that_is_called_plain_text_is_read_as_a_page() -> None:
    [body] = parse(mail(b"<html><body><p>The taxi did not come.</p></body></html>", "Content-Type: text/plain")).bodies
    assert body.html is not None


def test_an_encrypted_message_goes_to_a_person() -> None:
    message = parse(mail(b"MIAGCSqGSIb3", 'Content-Type: application/pkcs7-mime; name="smime.p7m"', "Content-Transfer-Encoding: base64"))
    assert message.cut
    assert any("encrypted" in note for note in message.notes)


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\0", b"no header at all", b"Subject", b":", b"\xff\xfe"])
def test_what_is_hardly_a_message_is_no_reason_to_fail(raw: bytes) -> None:
    assert parse(raw).sender.address == ""


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; name*=utf-8''a; name*0=b",
        "text/plain; charset*=a\0b''utf-8",
        "text/plain; charset*0=utf; charset*=utf-8''x",
        "text/plain; charset",
        "text/plain; format*0=f; format*=utf-8''x",
        "; ; ;",
        "text",
    ],
)
def test_odd_parameters_lose_no_body(content_type: str) -> None:
    assert "The taxi did not come" in _plain(mail(b"The taxi did not come.", f"Content-Type: {content_type}"))


def test_odd_parameters_of_a_container_lose_no_body() -> None:
    raw = mail(b"--b\r\n\r\nThe taxi did not come.\r\n--b--\r\n", "Content-Type: multipart/mixed; boundary*=utf-8''a; boundary*0=b")
    assert "The taxi did not come" in _plain(raw)


def test_the_type_of_an_attachment_can_be_stored() -> None:
    """PostgreSQL refuses a NUL in text, and the whole message with it."""
    message = parse(mail(b"%PDF", "Content-Type: application/x\0y"))
    assert [one.media_type for one in message.attachments if "\0" in one.media_type] == []


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(b"X-Note: a\x0cDate: b", id="form feed"),
        pytest.param(b"X-Note: a\x1cDate: b", id="separator"),
        pytest.param(b"Content-Type: multipart/mixed\r\xe9", id="carriage return and 8 bits"),
        pytest.param(b"Subject: a\rb\0c", id="carriage return and NUL"),
        pytest.param(b"Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: 8bit", id="unknown charset"),
    ],
)
def test_an_attached_message_with_an_odd_header_is_read(field: bytes) -> None:
    attached = (
        b"--edge\r\nContent-Type: message/rfc822\r\n\r\nFrom: joan@family.example\r\n" + field + b"\r\n\r\nThe taxi did not come.\r\n"
    )
    raw = mail(b"--edge\r\n\r\nPlease log.\r\n" + attached + b"--edge--\r\n", 'Content-Type: multipart/mixed; boundary="edge"')
    message = parse(raw)
    assert (message.bodies[0].plain or "").strip() == "Please log."
    assert "The taxi did not come." in (message.nested[0].bodies[0].plain or "")
