"""Where a message inside a text begins, and what its header says. A wrong address is the worst mistake."""

from datetime import UTC, datetime

import pytest

from triage.domain.message import Address
from triage.text.headerblocks import Around, HeaderBlock, find_blocks, prepared
from triage.text.lines import split_lines
from triage.text.marks import announces
from triage.text.people import find_address, who

JOAN = Address("joan@family.example", "Joan Whitlow")
WORDS = "The taxi did not come."


def _blocks(text: str, *, answers: bool = True) -> list[HeaderBlock]:
    return find_blocks(split_lines(prepared(text)), Around(datetime(2026, 3, 9, tzinfo=UTC), answers))


OUTLOOK = "From: Joan Whitlow <joan@family.example>\nSent: 03 March 2026 10:15\nTo: Ann Body <ann@own.example>\nSubject: School taxi\n\n"
HEADERS = {
    "Outlook": OUTLOOK,
    "Outlook, quoted": "".join(f"> {line}\n" for line in OUTLOOK.rstrip("\n").split("\n")) + ">\n",
    "Outlook, old": "-----Original Message-----\nFrom: Joan Whitlow [mailto:joan@family.example]\nSent: 03 March 2026 10:15\nTo: Ann Body\nSubject: School taxi\n\n",
    "Outlook, bold in plain text": "*From:* Joan Whitlow <joan@family.example>\n*Sent:* 03 March 2026 10:15\n*To:* Ann\n*Subject:* School taxi\n\n",
    "Gmail": "---------- Forwarded message ---------\nFrom: Joan Whitlow <joan@family.example>\nDate: Tue, 3 Mar 2026 at 10:15\nSubject: School taxi\nTo: <t@own.example>\n\n\n",
    "Apple": "Begin forwarded message:\n\nFrom: Joan Whitlow <joan@family.example>\nSubject: School taxi\nDate: 3 March 2026 at 10:15:22 GMT\nTo: t@own.example\n\n",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: \tSchool taxi\nDate: \tTue, 3 Mar 2026 10:15:22 +0000\nFrom: \tJoan Whitlow <joan@family.example>\nTo: \tt@own.example\n\n",
    "Yahoo, run together": "   ----- Forwarded message ----- From: Joan Whitlow <joan@family.example>To: t@own.exampleSent: Tuesday 3 March 2026 at 10:15:31 GMTSubject: School taxi\n ",
    "one line": "From: Joan Whitlow <joan@family.example> Sent: 03 March 2026 10:15 To: Ann Body Subject: School taxi\n",
    "Notes": '---------------------- Forwarded by Ann Body/CYP/Own on\n09/03/2026 08:51 ---------------------------\n\n\n"Joan Whitlow" <joan@family.example> on 03/03/2026 10:15:22\n\nPlease respond to "Joan Whitlow" <joan@family.example>\n\nTo:   Ann Body/CYP/Own\ncc:\nSubject:  School taxi\n\n\n',
    "eM Client": '------ Forwarded Message ------\nFrom "Joan Whitlow" <joan@family.example>\nTo t@own.example\nDate 03/03/2026 10:15:15\nSubject School taxi\n\n',
    "German": "Von: Joan Whitlow <joan@family.example>\nGesendet: Dienstag, 3. März 2026 10:15\nAn: t@own.example\nBetreff: School taxi\n\n",
    "French": "De : Joan Whitlow <joan@family.example>\nEnvoyé : mardi 3 mars 2026 10:15\nÀ : t@own.example\nObjet : School taxi\n\n",
    "Welsh and English": "Oddi wrth/From: Joan Whitlow <joan@family.example>\nAnfonwyd/Sent: 3 Mawrth 2026 10:15\nAt/To: Ann\nPwnc/Subject: School taxi\n\n",
    "Turkish": "Gönderen: Joan Whitlow <joan@family.example>\nGönderildi: 03.03.2026 10:15\nKime: Ann\nKonu: School taxi\n\n",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_programs_header_says_who_wrote_when_and_about_what(header: str) -> None:
    (block,) = _blocks(f"Please log this.\n\n{header}{WORDS}")
    assert block.author == JOAN
    assert block.sent is not None
    assert block.sent.date().isoformat() == "2026-03-03"
    assert block.subject == "School taxi"


PASTED = {
    "a reading pane": "Joan Whitlow<joan@family.example>\n\nTue 03/03/2026 08:47\nTo: Ann Body\n\n",
    "one typed line": "From Joan Whitlow, joan@family.example, 3/3/26, no subject\n*******************\n",
    "typed labels": "Name: Joan Whitlow\nE-mail: joan@family.example\nReceived: 03/03/2026\n\nHer message:\n\n",
    "GroupWise": '>>> "Joan Whitlow" <joan@family.example> 03/03/2026 20:14 >>>\n',
}


@pytest.mark.parametrize("header", PASTED.values(), ids=PASTED)
def test_a_header_without_labels_is_read_too(header: str) -> None:
    (block,) = _blocks(f"Please log this.\n\n{header}{WORDS}")
    assert block.author == JOAN
    assert block.sent is not None
    assert block.sent.date().isoformat() == "2026-03-03"


ATTRIBUTIONS = [
    "On Tue, 3 Mar 2026 at 10:15, Joan Whitlow <joan@family.example> wrote:",
    "On Tue, 3 Mar 2026 at 10:15, Joan Whitlow\n<joan@family.example>\nwrote:",
    "Am 03.03.2026 um 10:15 schrieb Joan Whitlow <joan@family.example>:",
    "Le mar. 3 mars 2026 à 10:15, Joan Whitlow <joan@family.example> a écrit :",
    "W dniu wt., 3 mar 2026 o 10:15 Joan Whitlow <joan@family.example> napisał(a):",
    "El mar, 3 mar 2026 a las 10:15, Joan Whitlow (<joan@family.example>) escribió:",
    "Den tis 3 mars 2026 kl 10:15 skrev Joan Whitlow <joan@family.example>:",
    "вт, 3 мар. 2026 г. в 10:15, Joan Whitlow <joan@family.example>:",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_a_line_that_introduces_what_is_quoted_names_the_author(line: str) -> None:
    (block,) = _blocks(f"I disagree.\n\n{line}\n\n> {WORDS}")
    assert block.attribution
    assert block.author.address == "joan@family.example"


def test_an_attribution_does_not_swallow_the_name_above_it() -> None:
    (block,) = _blocks(
        "I disagree.\n\nWinston Clarke\nOn Tuesday, 3 March 2026 at 14:02:11 GMT, Joan Whitlow <joan@family.example> wrote:\n\n> x"
    )
    assert block.author == JOAN
    assert block.start == 3


PROSE = [
    'On Tuesday 14 April 2026, at 9.15, Mr Stott wrote:\n\n"Danny will benefit from some time away."',
    "On Thu, 5 Nov 2026 at 08:25 he wrote:\nI will go if I can wear my hood",
    "From: Monday\nTo: Friday\nTime: 8.15\nSubject: Maths",
    "From: Highfold\nTo: Station Road\nDate: 9 March 2026",
    "From now on: nobody rings me.\nTo: be clear, nobody.",
    "Date: Monday\nSubject: taxi",
    "Name: Ben\nTo: the taxi firm",
    "she said: I never wrote:",
]


@pytest.mark.parametrize("text", PROSE)
def test_a_family_that_writes_such_words_is_not_quoting(text: str) -> None:
    assert _blocks(f"Dear Sir\n\n{text}\n\nJoan", answers=False) == []


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ('"Whitlow, Joan (Mrs)" <joan@family.example>', "joan@family.example", "Whitlow, Joan (Mrs)"),
        ("joan@family.example <mailto:joan@family.example>", "joan@family.example", ""),
        ("Joan O'Neil <j.o'neil@family.example>", "j.o'neil@family.example", "Joan O'Neil"),
        ("'joan@family.example'", "joan@family.example", ""),
        ("Joan Whitlow (joan@family.example)", "joan@family.example", "Joan Whitlow"),
        ("JOAN@FAMILY.EXAMPLE", "joan@family.example", ""),
        ("*Joan* <*joan@family.example*>", "joan@family.example", "Joan"),
        ("Joan Whitlow joan@family.example.", "joan@family.example", "Joan Whitlow"),
        ("Joan Whitlow", "", "Joan Whitlow"),
    ],
)
def test_a_person_is_read_however_they_are_written(value: str, address: str, name: str) -> None:
    assert who(value)[0] == Address(address, name)


def test_who_sent_it_for_somebody_is_kept_apart() -> None:
    author, delegate = who("Post Room <post@own.example> on behalf of Joan Whitlow <joan@family.example>")
    assert author == JOAN
    assert delegate == Address("post@own.example", "Post Room")


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "no address", "a @ b", "<@>"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert find_address(text) == ""


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("---------- Forwarded message ---------", "forward"),
        ("Begin forwarded message:", "forward"),
        ("----- Weitergeleitete Nachricht -----", "forward"),
        ("-----Original Message-----", "original"),
        ("-------- Original message --------", "original"),
        ("________________________________", "rule"),
        ("----- End forwarded message -----", "end"),
        ("(end of message)", "end"),
        ("--- her message ---", "typed"),
        ("The end of the message was rude.", None),
        ("--", None),
        ("", None),
    ],
)
def test_a_line_on_its_own_announces_what_it_says(line: str, what: str | None) -> None:
    assert announces(line) == what


def test_files_and_where_to_answer_are_read_from_the_header() -> None:
    (block,) = _blocks(
        "From: Forms <noreply@own.example>\nReply-To: Joan Whitlow <joan@family.example>\nSent: 03 March 2026 10:15\nTo: t@own.example\n"
        f"Subject: School taxi\nAttachments: letter.pdf; photo.jpg\n\n{WORDS}"
    )
    assert block.answer_to == JOAN
    assert block.attached == ("letter.pdf", "photo.jpg")
