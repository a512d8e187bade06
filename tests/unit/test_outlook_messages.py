"""Messages attached in Outlook's own formats, and saved mail attached as a file: what managers' forwards "as attachment" hold."""

import hashlib
import struct
from base64 import b64encode, encodebytes
from binascii import b2a_uu
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from quopri import encodestring

import pytest

from tests.support.outlook import (
    COMPLAINTS,
    DAWN,
    FIRST,
    HTML_IN_RTF,
    MANAGER,
    NOTE,
    UNREAD,
    UNREAD_TNEF,
    File,
    Mail,
    Person,
    all_words,
    assert_only_listed,
    forwarded,
    msg,
    packed,
    plain,
    tnef,
    uncompressed,
    with_file,
)
from tests.unit.making import is_own, mail, parts, within_cpu_seconds
from triage.domain.message import Address, Authorship, MailboxKind, ParsedMessage, Structure
from triage.errors import FileError
from triage.mailbox.files import IMPORT_FOLDER, FileMailbox, read_mail
from triage.mailbox.parsing import parse
from triage.mailbox.rendering import rendered
from triage.text.authorship import authorships


def _nested(outlook: Mail) -> ParsedMessage:
    """The only message in a message that a .msg file was attached to, where nothing was odd."""
    message = forwarded(msg(outlook))
    assert message.notes == ()
    [nested] = message.nested
    return nested


# --- saved mail ---


@pytest.mark.parametrize("media_type", ["application/octet-stream", "text/plain", "application/x-saved", "message/rfc822"])
def test_saved_mail_that_is_attached_as_a_file_is_read_as_a_message(media_type: str) -> None:
    content = mail(FIRST.encode())
    message = parse(with_file(content, "letter.eml", media_type))
    [nested] = message.nested
    assert nested.sender.address == "joan.whitlow@family.example"
    assert plain(nested) == FIRST
    [listed] = message.attachments
    assert (listed.name, listed.media_type) == ("letter.eml", "message/rfc822")
    assert message.notes == ()


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit", "x-uuencode"])
def test_an_attached_message_is_read_in_whatever_transfer_encoding(encoding: str) -> None:
    content = mail(FIRST.encode())
    uuencoded = b"begin 644 letter.eml\n" + b"".join(b2a_uu(content[i : i + 45]) for i in range(0, len(content), 45)) + b"end\n"
    written = {"base64": b64encode(content), "quoted-printable": encodestring(content), "7bit": content, "x-uuencode": uuencoded}[encoding]
    for media_type in ("message/rfc822", "application/octet-stream; name=letter.eml"):
        head = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        [nested] = parse(parts("Content-Type: text/plain\r\n\r\nPlease log.", head + written.decode())).nested
        assert plain(nested) == FIRST, media_type


def test_a_file_that_is_only_called_mail_stays_a_file() -> None:
    message = parse(with_file(b"Notes of a telephone call: she rang twice.", "call.eml"))
    assert message.nested == ()
    assert [one.name for one in message.attachments] == ["call.eml"]
    assert not message.cut


def test_what_stands_behind_a_large_photograph_in_saved_mail_is_read() -> None:
    photograph = f"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n{encodebytes(bytes(4_000_000)).decode()}"
    letter = parts("Content-Type: text/plain\r\n\r\nBefore.", photograph, "Content-Type: text/plain\r\n\r\nBehind.")
    for media_type in ("application/octet-stream", "message/rfc822"):
        [nested] = parse(with_file(letter, "letter.eml", media_type)).nested
        assert plain(nested) == "Before.\nBehind."
        assert [one.size for one in nested.attachments] == [4_000_000]


def test_two_photographs_of_a_megabyte_cost_little() -> None:
    """Both are shorter than what is taken out before a message is parsed, and together they are longer."""
    photograph = f"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n{encodebytes(bytes(1_000_000)).decode()}"
    with within_cpu_seconds(5):
        message = parse(parts("Content-Type: text/plain\r\n\r\nSee these.", photograph, photograph))
    assert [one.size for one in message.attachments] == [1_000_000, 1_000_000]


# --- .msg ---


def test_a_message_of_outlooks_is_read_with_its_sender_and_dates() -> None:
    nested = _nested(Mail(cc=[MANAGER]))
    assert nested.sender == Address("dawn.pickering@family.example", "Dawn Pickering")
    assert nested.subject == "School taxi"
    assert plain(nested) == FIRST
    assert [one.address for one in nested.recipients] == [COMPLAINTS.smtp, MANAGER.smtp]
    assert nested.sent_at == datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    assert nested.received_at == datetime(2026, 6, 1, 9, 0, 7, tzinfo=UTC)
    assert nested.message_id == "<one@family.example>"
    assert nested.structure is Structure.ORDINARY


def test_it_is_listed_as_an_attachment_too() -> None:
    content = msg(Mail())
    [listed] = forwarded(content).attachments
    assert (listed.name, listed.media_type, listed.size) == ("School taxi.msg", "application/vnd.ms-outlook", len(content))
    assert listed.digest == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("name", "media_type"), [("a.MSG", "application/octet-stream"), ("School taxi", "application/vnd.ms-outlook")])
def test_it_is_known_by_its_name_or_its_type(name: str, media_type: str) -> None:
    assert len(parse(with_file(msg(Mail()), name, media_type)).nested) == 1


@pytest.mark.parametrize(
    ("page", "text"), [(None, "Zoë’s taxi, 出租车, Маша"), (1252, "Zoë’s taxi"), (1251, "Маша ждёт"), (932, "タクシー")]
)
def test_its_texts_are_read_in_unicode_and_in_the_code_page_of_its_sender(page: int | None, text: str) -> None:
    nested = _nested(Mail(subject=text, body=text, sender=Person(text, DAWN.smtp), page=page))
    assert (nested.subject, plain(nested), nested.sender.name) == (text, text, text)


@pytest.mark.parametrize(("number", "codec"), [(65001, "utf-8"), (1252, "cp1252"), (28591, "latin-1"), (1251, "cp1251"), (None, "utf-8")])
def test_its_html_is_read_in_its_code_page(number: int | None, codec: str) -> None:
    word = "Маша" if number == 1251 else "Zoë"
    [body] = _nested(Mail(body=None, html=f"<p>{word}</p>".encode(codec), html_page=number)).bodies
    assert body.html == f"<p>{word}</p>"


def test_both_forms_of_its_text_are_one_body() -> None:
    [body] = _nested(Mail(html=b"<p>The taxi did not come again.</p>", html_page=65001)).bodies
    assert body.plain == FIRST
    assert body.html == "<p>The taxi did not come again.</p>"


def test_html_that_lies_in_rtf_is_taken_out_of_it() -> None:
    [body] = _nested(Mail(body=None, rtf=packed(HTML_IN_RTF))).bodies
    assert body.html == "<p>Zoë’s taxi <b>did not</b> come, Маша</p>"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        pytest.param(
            rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator Riched20;}\f0 Dear sir\par Zo\'eb\tab waits\par}", "Dear sir\nZoë\twaits\n"
        ),
        pytest.param(rb"{\rtf1\ansi\fromtext The taxi{\htmlrtf\b more\htmlrtf0} came\line late}", "The taxi came\nlate"),
        pytest.param(rb"{\rtf1\ansi\uc1 \u26085?\u-10179 ?\u-8694 ? \{sic\} a\\b\~c}", "日😊 {sic} a\\b\u00a0c"),
        pytest.param(rb"{\rtf1{\pict\bin4 }}}}Not }shown{\v hidden} here}", "shown here"),
        pytest.param(
            rb'{\rtf1{\field{\*\fldinst HYPERLINK "https://a.example"}{\fldrslt our page}}\emdash\lquote so\rquote}', "our page—‘so’"
        ),
        pytest.param(rb"{\rtf1\ansi unfinished {\b group", "unfinished group"),
        pytest.param(rb"}}}{\rtf1 odd \'zz\q  braces", "odd zz braces"),
    ],
)
def test_rtf_that_is_the_only_text_is_read_as_plain_text(rtf: bytes, text: str) -> None:
    [body] = _nested(Mail(body=None, rtf=packed(rtf))).bodies
    assert (body.plain, body.html) == (text, None)


def test_rtf_that_is_not_compressed_is_read() -> None:
    rtf = b"{\\rtf1 The taxi did not come again.}"
    assert plain(_nested(Mail(body=None, rtf=uncompressed(rtf)))) == FIRST


def test_damaged_rtf_is_read_as_far_as_it_goes_and_a_person_looks() -> None:
    message = forwarded(msg(Mail(body=None, rtf=packed(b"{\\rtf1 The taxi did not come again. Nobody rang.}")[:-12])))
    assert message.cut
    assert message.notes == (UNREAD,)
    assert "The taxi did not" in plain(message.nested[0])
    for nothing in (b"", b"LZFu", bytes(40), struct.pack("<II4sI", 2**32 - 1, 0, b"what", 0)):
        message = forwarded(msg(Mail(body=None, rtf=nothing)))
        assert message.nested[0].bodies == ()
        assert message.cut == bool(nothing)


# --- who wrote it ---


def test_on_whose_behalf_it_was_sent_is_its_author() -> None:
    nested = _nested(Mail(sender=MANAGER, on_behalf_of=COMPLAINTS))
    assert nested.sender == Address("complaints@ashmere.example", "Complaints")


def test_a_path_in_exchanges_directory_is_never_an_address() -> None:
    inside = replace(MANAGER, smtp="")
    for headers in ("", "From: Priya Anand <IMCEAEX-_O=ASHMERE_CN=PANAND@ashmere.example>\r\n"):
        nested = _nested(Mail(sender=inside, to=[replace(COMPLAINTS, smtp="")], headers=headers))
        assert nested.sender == Address("", "Priya Anand")
        assert [(one.address, one.name) for one in nested.recipients] == [("", "Complaints")]


def test_the_address_of_somebody_in_exchanges_directory_is_taken_from_the_header_that_came_with_it() -> None:
    headers = "Microsoft Mail Internet Headers Version 2.0\r\nFrom: Priya Anand\r\n <Priya.Anand@ashmere.example>\r\nTo: x@family.example\r\n\r\nFrom: z"
    nested = _nested(Mail(sender=replace(MANAGER, smtp=""), headers=headers))
    assert nested.sender == Address("priya.anand@ashmere.example", "Priya Anand")


def _whose(raw: bytes) -> Authorship:
    (found,) = authorships(parse(raw), is_own)
    return found


INSIDE = Person("Priya Anand", "", MANAGER.x500)


@pytest.mark.parametrize(
    "saved", [Mail(sender=INSIDE, body=NOTE, attached=(Mail(),)), Mail(sender=INSIDE, body=NOTE, attached=(Mail(), Mail()))]
)
def test_who_is_known_only_by_exchanges_directory_is_a_colleague_in_mail_that_the_council_saved(saved: Mail) -> None:
    found = _whose(rendered(msg(saved)))
    assert (found.author.address, found.forwarded, found.forwarder, found.note) == (DAWN.smtp, True, None, NOTE)
    assert any("colleague forwarded it" in words for words in found.evidence)
    assert any("colleague's address is not given" in words for words in found.evidence)
    assert not any("outside the council" in words for words in found.evidence)


def test_such_a_colleague_between_the_family_and_the_forwarder_is_not_the_author() -> None:
    raw = with_file(msg(Mail(sender=INSIDE, body=NOTE, attached=(Mail(),))), "School taxi.msg")
    found = _whose(raw.replace(b"Joan Whitlow <joan.whitlow@family.example>", b"Rita Hale <r.hale@ashmere.example>"))
    assert (found.author.address, found.forwarder) == (DAWN.smtp, "r.hale@ashmere.example")


def test_a_path_in_another_bodys_directory_makes_no_colleague_of_what_the_public_attaches() -> None:
    found = _whose(with_file(msg(Mail(sender=INSIDE, body=NOTE)), "School taxi.msg", note="I want to complain about this answer."))
    assert (found.author.address, found.forwarded) == ("joan.whitlow@family.example", False)


def test_whether_somebody_with_a_name_alone_is_a_colleague_a_person_decides() -> None:
    found = _whose(rendered(msg(Mail(sender=Person("Priya Anand"), body=NOTE, attached=(Mail(),)))))
    assert (found.author.address, found.forwarder) == (DAWN.smtp, None)
    assert "cannot be told" in found.doubt
    assert found.evidence == ()


def test_a_header_that_came_with_a_message_cannot_say_that_its_sender_is_in_the_directory() -> None:
    headers = "From: Priya Anand\r\nX-Outlook-Sender: exchange directory\r\n"
    assert not _nested(Mail(sender=Person("Priya Anand"), headers=headers)).sender_in_directory
    assert _nested(Mail(sender=INSIDE, headers=headers)).sender_in_directory
    assert not _nested(Mail(sender=MANAGER)).sender_in_directory


def test_a_colleagues_address_is_not_given_to_the_person_on_whose_behalf_it_was_sent() -> None:
    nested = _nested(Mail(sender=MANAGER, on_behalf_of=replace(COMPLAINTS, smtp="")))
    assert nested.sender == Address("", "Complaints")


def test_what_the_header_that_came_with_it_says_is_kept() -> None:
    headers = (
        "Received: from mx.family.example by mail.ashmere.example; Mon, 1 Jun 2026 10:00:05 +0100\r\nDate: Mon, 1 Jun 2026 10:00:01 +0100\r\n"
        "From: Dawn Pickering <dawn.pickering@family.example>\r\nTo: first@ashmere.example\r\nReply-To: dp@family.example\r\n"
        "References: <a@x.example>\r\n <b@x.example>\r\nContent-Type: multipart/mixed; boundary=x\r\nMessage-ID: <head@family.example>\r\n"
    )
    nested = _nested(Mail(headers=headers))
    assert nested.message_id == "<head@family.example>"
    assert nested.references == ("<a@x.example>", "<b@x.example>")
    assert nested.reply_to.address == "dp@family.example"
    assert [one.address for one in nested.recipients] == ["first@ashmere.example"]
    assert str(nested.sent_at) == "2026-06-01 10:00:01+01:00"
    assert str(nested.received_at) == "2026-06-01 10:00:05+01:00"


def test_names_with_quotes_commas_and_line_breaks_stay_names() -> None:
    nested = _nested(Mail(sender=Person('O\'Hara, "Bee"\r\nBcc: x@y.example', DAWN.smtp), subject="One\r\nTo: two@x.example"))
    assert nested.sender == Address(DAWN.smtp, 'O\'Hara, "Bee" Bcc: x@y.example')
    assert nested.subject == "One To: two@x.example"
    assert [one.address for one in nested.recipients] == [COMPLAINTS.smtp]


@pytest.mark.parametrize(
    ("message_class", "structure"),
    [
        ("REPORT.IPM.Note.NDR", Structure.BOUNCE),
        ("REPORT.IPM.Note.IPNRN", Structure.RECEIPT),
        ("IPM.Note.Rules.OofTemplate.Microsoft", Structure.AUTO_REPLY),
        ("IPM.Schedule.Meeting.Request", Structure.CALENDAR),
        ("IPM.Note.SMIME", Structure.ORDINARY),
    ],
)
def test_its_class_says_what_it_is(message_class: str, structure: Structure) -> None:
    assert _nested(Mail(message_class=message_class)).structure is structure


def test_a_contact_is_no_message() -> None:
    message = forwarded(msg(Mail(message_class="IPM.Contact")), "Dawn Pickering.msg")
    assert message.nested == ()
    assert [one.name for one in message.attachments] == ["Dawn Pickering.msg"]
    assert not message.cut


# --- what is attached to it ---


def test_its_attachments_are_named_with_size_and_digest() -> None:
    files = [File("Zoë's letter.pdf", b"x" * 9000, "application/pdf"), File("..\\..\\short.txt", b"words"), File("empty.txt", b"")]
    found = _nested(Mail(attached=files)).attachments
    assert [(one.name, one.size) for one in found] == [("Zoë's letter.pdf", 9000), ("short.txt", 5), ("empty.txt", 0)]
    assert [one.digest for one in found] == [hashlib.sha256(file.content).hexdigest() for file in files]
    assert found[0].media_type == "application/pdf"


def test_a_picture_of_the_page_is_not_listed() -> None:
    logo = File("logo.png", b"PNG", "image/png", content_id="logo@1", flags=4)
    assert [one.name for one in _nested(Mail(attached=[logo, replace(logo, name="photo.png", flags=0)])).attachments] == ["photo.png"]


def test_messages_in_messages_are_read_with_their_own_senders() -> None:
    letter = Mail(attached=[File("photo.jpg", b"JPEG")])
    passed_on = Mail(subject="FW: School taxi", body="See below.", sender=MANAGER, attached=[letter])
    outer = _nested(Mail(subject="FW: FW: School taxi", body="For you.", sender=COMPLAINTS, attached=[passed_on]))
    [middle] = outer.nested
    [inner] = middle.nested
    assert [one.sender.address for one in (outer, middle, inner)] == [COMPLAINTS.smtp, MANAGER.smtp, DAWN.smtp]
    assert plain(inner) == FIRST
    assert [one.name for one in inner.attachments] == ["photo.jpg"]
    assert [one.name for one in middle.attachments] == ["School taxi.msg"]


def test_the_same_message_in_two_messages_has_one_digest() -> None:
    digests = [_nested(Mail(body=body, attached=[Mail()])).attachments[0].digest for body in ("One", "Two")]
    assert digests[0] == digests[1]
    assert digests[0] != _nested(Mail(attached=[Mail(body="Other words")])).attachments[0].digest


@pytest.mark.parametrize(
    "inside", [File("letter.eml", mail(FIRST.encode())), File("letter.msg", msg(Mail())), File("winmail.dat", tnef(Mail()))]
)
def test_a_file_in_it_that_is_a_message_is_opened_too(inside: File) -> None:
    outer = _nested(Mail(body=None, attached=[inside]))
    assert FIRST in all_words(outer)


# --- winmail.dat ---


@pytest.mark.parametrize("old_kind", [False, True])
def test_the_words_in_winmail_dat_are_those_of_the_message_that_carries_it(old_kind: bool) -> None:
    outlook = Mail(body="Zoë’s taxi did not come.", page=1252 if old_kind else None, attached=[File("Zoë.pdf", b"x" * 700)])
    message = parse(with_file(tnef(outlook, old_kind=old_kind), "winmail.dat", "application/ms-tnef", note=""))
    assert plain(message) == "Zoë’s taxi did not come."
    assert [(one.name, one.size) for one in message.attachments] == [("Zoë.pdf", 700)]
    assert message.sender.address == "joan.whitlow@family.example"
    assert message.notes == ()


def test_the_words_in_winmail_dat_are_not_read_where_the_message_has_words() -> None:
    message = parse(with_file(tnef(Mail(attached=[File("a.pdf")])), "WINMAIL.DAT"))
    assert plain(message) == NOTE
    assert [one.name for one in message.attachments] == ["a.pdf"]


def test_html_and_rtf_in_winmail_dat_are_read() -> None:
    for outlook in (Mail(body=None, html=b"<p>Zo\xc3\xab waits</p>", html_page=65001), Mail(body=None, rtf=packed(HTML_IN_RTF))):
        [body] = parse(with_file(tnef(outlook), "winmail.dat", "application/vnd.ms-tnef", note=" ")).bodies
        assert "<p>Zoë" in (body.html or "")


def test_a_message_in_winmail_dat_is_read_with_its_own_sender() -> None:
    for old_kind in (False, True):
        message = parse(
            with_file(tnef(Mail(sender=MANAGER, attached=[Mail(attached=[Mail(sender=COMPLAINTS)])]), old_kind=old_kind), "winmail.dat")
        )
        [nested] = message.nested
        assert (nested.sender.address, nested.subject, plain(nested)) == (DAWN.smtp, "School taxi", FIRST)
        assert nested.nested[0].sender.address == COMPLAINTS.smtp
        assert [one.name for one in message.attachments] == ["School taxi.msg"]


def test_the_sender_and_date_of_an_old_kind_of_winmail_dat_are_those_of_the_message_in_it() -> None:
    inner = Mail(sender=Person("Zoë Marsh", "zoe@family.example"), page=1252)
    [nested] = parse(with_file(tnef(Mail(attached=[inner]), old_kind=True), "winmail.dat")).nested
    assert nested.sender == Address("zoe@family.example", "Zoë Marsh")
    assert nested.sent_at == datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def test_a_winmail_dat_that_breaks_off_is_read_as_far_as_it_goes_and_listed() -> None:
    whole = tnef(Mail(attached=[File("a.pdf", b"x" * 100), File("b.pdf", b"y" * 5000)]))
    message = parse(with_file(whole[:-3000], "winmail.dat", note=""))
    assert plain(message) == FIRST
    assert [one.name for one in message.attachments] == ["a.pdf", "b.pdf", "winmail.dat"]
    assert message.cut
    assert message.notes == (UNREAD_TNEF,)


def test_a_winmail_dat_that_holds_nothing_is_listed() -> None:
    message = parse(with_file(tnef(Mail())[:40], "winmail.dat", "application/ms-tnef"))
    assert [one.name for one in message.attachments] == ["winmail.dat"]
    assert message.notes == ()


@pytest.mark.parametrize("content", [b"", b"\x78\x9f\x3e", b"not of Outlook's", bytes(500)])
def test_a_winmail_dat_that_is_none_is_listed_and_a_person_looks(content: bytes) -> None:
    assert_only_listed(parse(with_file(content, "winmail.dat", "application/ms-tnef")), "winmail.dat", UNREAD_TNEF)


# --- imported from files ---


def _imported(tmp_path: Path, content: bytes) -> bytes:
    path = tmp_path / "School taxi.msg"
    path.write_bytes(content)
    return read_mail(path)


def test_a_file_of_outlooks_is_imported_as_the_mail_it_was(tmp_path: Path) -> None:
    outlook = Mail(
        subject="Zoë’s taxi",
        html="<p>Zoë’s taxi</p>".encode(),
        html_page=65001,
        cc=[MANAGER],
        attached=[
            File("Zoë.pdf", bytes(100_000), "application/pdf"),
            Mail(sender=MANAGER, attached=[Mail(body="Innermost.")]),
            File("a.txt", b"a"),
        ],
    )
    message, nested = parse(_imported(tmp_path, msg(outlook))), _nested(outlook)
    same = replace(message, attachments=(), nested=())
    assert same == replace(nested, attachments=(), nested=())
    assert [(one.name, one.size) for one in message.attachments if not one.media_type.startswith("message/")] == [
        ("Zoë.pdf", 100_000),
        ("a.txt", 1),
    ]
    assert [one.sender.address for one in message.nested] == [MANAGER.smtp]
    assert "Innermost." in all_words(message)


@pytest.mark.parametrize(
    ("message_class", "structure"),
    [("REPORT.IPM.Note.NDR", Structure.BOUNCE), ("IPM.Schedule.Meeting.Request", Structure.CALENDAR), ("IPM.Note", Structure.ORDINARY)],
)
def test_what_it_is_by_its_class_it_is_when_imported(tmp_path: Path, message_class: str, structure: Structure) -> None:
    assert parse(_imported(tmp_path, msg(Mail(message_class=message_class)))).structure is structure


def test_the_same_file_is_always_the_same_mail(tmp_path: Path) -> None:
    content = msg(Mail(attached=[Mail(), File("a.txt")]))
    assert _imported(tmp_path, content) == _imported(tmp_path, content)
    assert _imported(tmp_path, content) != _imported(tmp_path, msg(Mail()))


def test_files_of_outlooks_in_a_folder_are_found_and_damaged_ones_named_and_others_passed_over(tmp_path: Path) -> None:
    for name, content in (("a.msg", msg(Mail())), ("b.MSG", msg(Mail())[:700]), ("c.msg", b"what is this"), ("d.eml", mail())):
        (tmp_path / name).write_bytes(content)
    source = FileMailbox("complaints", MailboxKind.SHARED, [tmp_path], 50, 8_000_000)
    with source.open() as opened:
        taken = [arrival for batch in opened.batches(IMPORT_FOLDER, None) for arrival in batch]
    assert [parse(arrival.raw or b"").sender.address for arrival in taken] == [DAWN.smtp, "joan.whitlow@family.example"]
    assert [Path(problem.split(":")[0]).name for problem in source.problems] == ["b.MSG"]
    assert source.passed_over == 1


@pytest.mark.parametrize("outlook", [Mail(message_class="IPM.Contact"), Mail(body=None, rtf=bytes(40))])
def test_a_file_that_cannot_be_rendered_whole_is_refused_by_name(tmp_path: Path, outlook: Mail) -> None:
    with pytest.raises(FileError, match=r"School taxi\.msg"):
        _imported(tmp_path, msg(outlook))
