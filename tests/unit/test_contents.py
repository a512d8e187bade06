"""Attachments found again in a message's bytes: those that were listed, each with its own content, and what it really is."""

import hashlib
import zipfile
from base64 import encodebytes
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import outlook
from tests.support.mail import big_mail
from tests.unit.making import ROOT, mail, parts, within_cpu_seconds
from triage.domain.message import ParsedMessage
from triage.errors import MessageError
from triage.mailbox.contents import OpenedAttachment, attachment, html_body, list_parts
from triage.mailbox.kinds import safe_name, shown_type, why_misleading
from triage.mailbox.parsing import parse
from triage.mailbox.walk import ParseLimits

FOLDER = ROOT / "tests" / "data" / "hostile_mail"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"
EVERY_MAIL = sorted([*(ROOT / "tests" / "data").rglob("*.eml"), *(ROOT / "examples").rglob("*.eml")])


def _hostile(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def _opened(raw: bytes, which: int | str, name: str | None = None) -> OpenedAttachment:
    found = attachment(raw, which, name=name)
    assert found is not None
    return found


def _only(name: str) -> OpenedAttachment:
    (part,) = list_parts(_hostile(name))
    return _opened(_hostile(name), part.position)


def _zip(*names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def _listed(message: ParsedMessage):
    return [*message.attachments, *(one for nested in message.nested for one in _listed(nested))]


def test_every_attachment_of_every_mail_of_the_tests_is_found_with_its_size() -> None:
    found = 0
    for path in EVERY_MAIL:
        raw = path.read_bytes()
        listed = _listed(parse(raw))
        told = list_parts(raw)
        assert [part.listed for part in told] == listed, path.name
        for part in told:
            content = attachment(raw, part.position)
            assert part.there, path.name
            assert content is not None, path.name
            assert (content.name, content.declared_type, len(content.data)) == (part.listed.name, part.listed.media_type, part.listed.size)
            assert attachment(raw, part.listed.digest, name=part.listed.name) == content
            found += 1
    assert found > 150


@pytest.mark.parametrize(("make", "name"), [(outlook.msg, "letter.msg"), (outlook.tnef, "winmail.dat")])
def test_what_outlook_holds_is_found(make: Callable[[outlook.Mail], bytes], name: str) -> None:
    inner = outlook.Mail(subject="Inner", attached=[outlook.File("inner.pdf", PROGRAM)])
    raw = outlook.with_file(make(outlook.Mail(attached=[outlook.File("plan.pdf"), outlook.File("notes.txt", b"Words"), inner])), name)
    there = {part.listed.name: part.there for part in list_parts(raw)}
    assert there == {
        **({"letter.msg": True} if name == "letter.msg" else {}),
        "plan.pdf": True,
        "notes.txt": True,
        "Inner.msg": False,
        "inner.pdf": True,
    }
    for part in list_parts(raw):
        found = attachment(raw, part.position)
        assert found is None or len(found.data) == part.listed.size
        assert (found is None) == (part.listed.name == "Inner.msg")
    assert _opened(raw, hashlib.sha256(PROGRAM).hexdigest()).misleading


def test_content_is_told_by_bytes_that_match_and_not_by_name() -> None:
    raw = parts(
        *(
            f'Content-Type: text/plain; name="notes.txt"\r\nContent-Disposition: attachment\r\n\r\n{words}'
            for words in ("one", "two", "one")
        )
    )
    assert [_opened(raw, place).data for place in range(3)] == [b"one", b"two", b"one"]
    assert _opened(raw, hashlib.sha256(b"two").hexdigest()).data == b"two"
    assert attachment(raw, "0" * 64) is None
    assert attachment(raw, 3) is None
    assert attachment(raw, -1) is None


def test_equal_files_are_told_apart_by_name() -> None:
    raw = parts(
        *(f'Content-Type: text/plain; name="{name}"\r\nContent-Disposition: attachment\r\n\r\nsame' for name in ("one.txt", "two.exe"))
    )
    digest = hashlib.sha256(b"same").hexdigest()
    assert _opened(raw, digest).name == "one.txt"
    assert _opened(raw, digest, "two.exe").misleading


@pytest.mark.parametrize(
    ("header", "wire"),
    [
        ("base64", encodebytes(b"Zo\xc3\xab \x00\xff" * 40).decode()),
        ("quoted-printable", "=5A=6F=C3=AB\r\n"),
        ("x-uuencode", "begin 644 a.txt\r\n#6F\\K\r\n`\r\nend\r\n"),
    ],
)
def test_a_file_is_decoded_as_it_was_encoded(header: str, wire: str) -> None:
    raw = parts(f'Content-Type: application/octet-stream; name="a.bin"\r\nContent-Transfer-Encoding: {header}\r\n\r\n{wire}')
    (part,) = list_parts(raw)
    assert len(_opened(raw, 0).data) == part.listed.size


def test_a_file_that_was_uuencoded_into_a_text_is_found() -> None:
    raw = mail(b"See below\r\n\r\nbegin 644 notes.txt\r\n#6F]K\r\n`\r\nend\r\n")
    (part,) = list_parts(raw)
    assert (part.there, _opened(raw, 0).name, len(_opened(raw, 0).data)) == (True, "notes.txt", 3)


def test_a_large_attachment_comes_back_whole() -> None:
    raw = big_mail(12)
    with within_cpu_seconds(8):
        found = _opened(raw, 0)
    assert found.data == bytes(range(256)) * (12_000_000 * 3 // 4 // 256)


def test_a_large_attachment_of_an_attached_mail_comes_back_whole() -> None:
    raw = parts("Content-Type: text/plain\r\n\r\nHer photographs.", "Content-Type: message/rfc822\r\n\r\n" + big_mail(6).decode("ascii"))
    mail_part, photograph = list_parts(raw)
    assert (mail_part.inside, photograph.inside) == (0, 1)
    assert _opened(raw, photograph.position).data == bytes(range(256)) * (6_000_000 * 3 // 4 // 256)
    assert b"Omitted" not in _opened(raw, mail_part.position).data


def test_reading_that_takes_too_long_is_an_error_of_the_message() -> None:
    with pytest.raises(MessageError):
        list_parts(_hostile("bidi_file_name"), ParseLimits(seconds=-1))


def test_a_message_with_too_many_parts_is_read_as_far_as_parsing_reads_it() -> None:
    raw = parts(*['Content-Type: text/plain; name="a.txt"\r\nContent-Disposition: attachment\r\n\r\nx'] * 700)
    told = list_parts(raw)
    assert len(told) == len(parse(raw).attachments)
    assert all(part.there for part in told)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*EVERY_MAIL[::40]]), min_size=1, max_size=2), st.integers(0, 3000), st.integers(0, 400))
def test_damaged_mail_is_listed_as_parsing_lists_it(paths: list[Path], start: int, length: int) -> None:
    raw = b"\r\n".join(path.read_bytes() for path in paths)
    raw = raw[:start] + raw[start + length :]
    told = list_parts(raw)
    assert [part.listed for part in told] == _listed(parse(raw))
    for part in told:
        assert part.there == (attachment(raw, part.position) is not None)


def test_the_html_of_a_message_comes_as_it_was_sent_with_the_texts_beside_it() -> None:
    raw = parts("Content-Type: text/html\r\n\r\n<p>One</p>", "Content-Type: text/plain\r\n\r\nTwo <b>")
    page = html_body(raw) or ""
    assert "<p>One</p>" in page
    assert "<pre>Two &lt;b&gt;" in page
    assert html_body(mail(b"Text only")) is None
    assert html_body(b"") is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "inode/x-empty"),
        (PROGRAM, "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\x02\x01", "application/vnd.microsoft.portable-executable"),
        (b"L\0\0\0\x01\x14\x02\0\0", "application/x-ms-shortcut"),
        (b"#!/bin/sh\nrm x", "text/x-script"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "application/x-ole-storage"),
        (b"{\\rtf1\\ansi", "application/rtf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heif"),
        (b"RIFF\x10\0\0\0WEBPVP8 \0\0", "image/webp"),
        (b"#!AMR\n\x3c\x00\x01", "application/octet-stream"),
        (_zip("a.txt"), "application/zip"),
        (_zip("META-INF/MANIFEST.MF", "A.class"), "application/java-archive"),
        (_zip("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>", "text/html"),
        ("\ufeff<html>".encode("utf-16-le"), "text/html"),
        (b"words first <script>alert(1)</script>", "text/html"),
        (b"<?xml version='1.0'?>\n<!-- x --><svg onload=x>", "image/svg+xml"),
        (b"<x:svg xmlns:x='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nWords", "message/rfc822"),
        (b"MZ said that she would come", "text/plain"),
        (b"BMI is 20 < 25 and the PKs", "text/plain"),
        ("Zoë waited".encode(), "text/plain"),
        (b"\x80\x81\x00\x02\x03", "application/octet-stream"),
    ],
)
def test_content_shows_its_type(data: bytes, kind: str) -> None:
    assert shown_type(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 50_000_000,
        b"<!-- " * 10_000_000,
        b"<?xml " + b" " * 5_000_000,
        b"PK\x03\x04" + b"mimetypeapplication/" * 2_000_000,
        b"<" * 9_000_000,
    ],
    ids=["nothing", "comments", "blanks", "archive", "less"],
)
def test_the_type_of_a_large_file_is_told_in_a_moment(data: bytes) -> None:
    with within_cpu_seconds(0.5):
        shown_type(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.pdf", PROGRAM),
        ("photo.jpg", b"<svg onload=alert(1)>"),
        ("photo.jpg", b"Not a photograph"),
        ("notes.txt", b"<html><script>"),
        ("letter", PROGRAM),
        ("letter.dat", b"<!doctype html>"),
        ("invoice.docx", _zip("evil.js")),
        ("notes.TXT . ", b"<html>"),
        ("plan.xlsx", b"#!/bin/sh"),
        ("letter.xml", b"<svg xmlns='http://www.w3.org/2000/svg'>"),
    ],
)
def test_a_name_that_its_content_contradicts_misleads(name: str, data: bytes) -> None:
    assert why_misleading(name, shown_type(data))


@pytest.mark.parametrize(
    "name",
    [
        "setup.exe", "letter.pdf.exe", "LETTER.PDF.SCR", "run.bat ", "x.js.", "form.hta", "macro.docm", "link.lnk", "disk.iso", "letter.pdf.html",
        "photo.jpg.zip", "letter.pdf                .txt", "a\u202efdp.txt", "a\u200b.pdf", "letter.pdf\uff0eexe", "letter.\uff45xe", "p.e\u200dxe",
    ],
)  # fmt: skip
def test_a_name_misleads_by_itself(name: str) -> None:
    assert why_misleading(name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.pdf", b"%PDF-1.4"),
        ("letter.docx.pdf", b"%PDF-1.4"),
        ("IMG_2031.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("photo.png", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
        ("letter.doc", b"{\\rtf1"),
        ("letter.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"),
        ("letter.docx", _zip("[Content_Types].xml", "word/document.xml")),
        ("notes.txt", "Zoë waited".encode("utf-16")),
        ("mail.eml", b"From: a@b.example\r\nTo: c@d.example\r\n\r\n<html>"),
        ("voice.amr", b"#!AMR\n\x3c\x00\x01"),
        ("Dr. Okafor's letter v1.2", b"Words"),
        ("page.html", b"<html>"),
        ("plan.svg", b"<svg>"),
        ("نامه\u200cها.pdf", b"%PDF-1.4"),
        ("attachment", b"Words"),
    ],
)
def test_an_honest_name_does_not_mislead(name: str, data: bytes) -> None:
    assert why_misleading(name, shown_type(data)) == ""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Zoë's Büro café.pdf", "Zoë's Büro café.pdf"),
        ("Zoe\u0308.pdf", "Zoë.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.txt", "a.txt"),
        (".bashrc", "bashrc"),
        ("...", "attachment"),
        ("", "attachment"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ('a";filename="b.exe', "a__filename=_b.exe"),
        ("harmless.\u202efdp.exe", "harmless.fdp.exe"),
        ("a\x00b\x7f.txt", "ab.txt"),
        ("a   b\u00a0c.txt ", "a b c.txt"),
        ("CON.txt", "_CON.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("日" * 300 + ".pdf", "日" * 72 + ".pdf"),
        ("a.pdf. . ", "a.pdf"),
    ],
)
def test_a_file_is_saved_under_a_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 120
    assert len(safe.encode()) <= 255
    assert safe.isprintable()
    assert not safe.startswith(".")
    assert not set(safe) & set('/\\:*?"<>|;%\r\n')
    assert safe_name(safe) == safe


def test_bidi_file_name_misleads_and_is_saved_by_what_it_is() -> None:
    found = _only("bidi_file_name")
    assert found.misleading
    assert safe_name(found.name) == "harmless.fdp.exe"


def test_path_in_file_name_is_left_out() -> None:
    found = _only("path_in_file_name")
    assert (safe_name(found.name), found.content_type, found.misleading) == ("photo.png", "image/png", False)


def test_line_ends_in_file_name_are_left_out() -> None:
    found = _only("line_ends_in_file_name")
    assert safe_name(found.name) == "script_.csv"
    assert found.data.startswith(b"day,time")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("html_called_txt", "Its name ends in “.txt”, but its content is a web page."),
        ("exe_called_pdf", "Its name ends in “.pdf”, but its content is a program."),
        ("double_ending", "It can run as a program: its name ends in “.js”."),
    ],
)
def test_a_file_in_disguise_is_told(name: str, why: str) -> None:
    assert _only(name).why_misleading == why


def test_svg_attachment_is_a_drawing_whatever_it_holds() -> None:
    found = _only("svg_attachment")
    assert (found.content_type, found.misleading) == ("image/svg+xml", False)


def test_attached_mail_with_program_shows_its_file_and_that_it_misleads() -> None:
    raw = _hostile("attached_mail_with_program")
    letter, program = list_parts(raw)
    assert (letter.listed.name, letter.inside, program.listed.name, program.inside) == ("letter.eml", 0, "letter.pdf", 1)
    assert _opened(raw, program.listed.digest).why_misleading == "Its name ends in “.pdf”, but its content is a program."


def test_boundary_tricks_list_what_parsing_lists() -> None:
    raw = _hostile("boundary_tricks")
    assert [part.listed.name for part in list_parts(raw)] == ["second.txt"]
    assert _opened(raw, 0).data.strip() == b"The second file."


def test_every_hostile_mail_is_named_in_a_test_and_in_the_list_of_them() -> None:
    tests = "".join((Path(__file__).parent / name).read_text("utf-8") for name in ("test_cleaned.py", "test_shown.py", "test_contents.py"))
    told = (FOLDER / "README.md").read_text("utf-8")
    names = [path.stem for path in FOLDER.glob("*.eml")]
    assert len(names) >= 30
    assert [name for name in names if f'"{name}"' not in tests or name not in told] == []
