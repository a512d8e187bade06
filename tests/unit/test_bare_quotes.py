"""Forwarded mail whose text is quoted below a note with nothing that says whose it is: no header, no "Ann Parker wrote:"."""

from dataclasses import replace

import pytest

from tests.unit.making import is_own, parsed, within_cpu_seconds
from triage.domain.message import Address, Attachment, Authorship, Body
from triage.mailbox.parsing import parse
from triage.text.authorship import authorships
from triage.text.bare_quotes import signer

MEMBER = Address("g.orme@ashmere.example", "Councillor Gail Orme")
KEEPER = Address("office@larkfieldhomes.example", "Larkfield Homes")
NEIGHBOUR = Address("ted.marsh@postbag.example", "Ted Marsh")
LETTER = (
    "Dear Gail,\n\nI clean at the home in Larkfield Road and I am not happy with what I see there.\n"
    "Nobody is on at night and the boys go out of the window. I did tell the manager."
)
SIGNED = f"{LETTER}\n\nDonna"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _one(note: str, quoted: str = SIGNED, sender: Address = MEMBER, subject: str = "FW: Larkfield Road", below: str = "") -> Authorship:
    text = f"{note}\n\n{_quoted(quoted)}\n{below}"
    (found,) = authorships(parsed(Body(plain=text), sender=sender, subject=subject), is_own)
    return found


@pytest.mark.parametrize("subject", ["FW: Larkfield Road", "Fwd: Larkfield Road", "WG: Larkfield Road", "[EXT] Fw: Larkfield Road"])
@pytest.mark.parametrize("note", ["Director, below is from a resident who'd like it logged. GO", "Please log", "One for you?\n\nGail Orme"])
def test_what_a_colleague_forwards_quoted_without_a_header_is_the_message_and_a_person_looks(note: str, subject: str) -> None:
    found = _one(note, subject=subject)
    assert (found.author, found.forwarded, found.forwarder) == (Address("", "Donna"), True, MEMBER.address)
    assert (found.text, found.note, found.subject) == (SIGNED, note, "Larkfield Road")
    assert found.sent_at is None
    assert "header of the forwarded message is missing" in found.doubt
    assert any("the name was taken from the end of the quoted text" in words for words in found.evidence)
    assert not found.party


def test_without_a_note_or_a_name_it_is_the_message_all_the_same() -> None:
    found = _one("", LETTER)
    assert (found.author, found.forwarded, found.text, found.note) == (Address(), True, LETTER, "")
    assert found.doubt


def test_a_letter_that_a_program_wrote_in_one_line_is_one_too() -> None:
    words = " ".join(LETTER.split())
    found = _one("Please log this.", f"{words} – Donna")
    assert (found.author.name, found.text) == ("Donna", f"{words} – Donna")


def test_a_lone_line_that_names_the_author_gives_the_name() -> None:
    found = _one("Please log.", f"From: Donna Peel\n{LETTER}")
    assert (found.author, found.forwarded, found.text) == (Address("", "Donna Peel"), True, LETTER)


@pytest.mark.parametrize("below", ["Gail", "Kind regards\nGail Orme", "\nSent from my iPhone"])
def test_the_colleagues_name_and_a_programs_footer_may_stand_below(below: str) -> None:
    found = _one("Please log.", below=below)
    assert (found.forwarded, found.text) == (True, SIGNED)


def test_what_the_author_answers_in_it_is_context() -> None:
    older = "> On 10/2/26 Gail Orme wrote:\n> Thank you for coming to my surgery, please put it in writing for me."
    found = _one("Please log.", f"{SIGNED}\n\n{older}")
    assert (found.author.name, found.text) == ("Donna", SIGNED)


def test_a_message_further_inside_whose_author_is_of_the_public_is_still_found() -> None:
    older = "> From: Ida Quill <ida.quill@family.example>\n> Sent: 3 March 2026 10:00\n> Subject: Taxi\n>\n> My son has no taxi again."
    found = _one("Please log.", f"Could you pass this to the right team for me, it came to our desk by mistake?\nThanks\nBea\n\n{older}")
    assert found.author.address == "ida.quill@family.example"


def test_its_files_are_those_of_a_forward() -> None:
    files = (Attachment("window.jpg", "image/jpeg", 9, "a"), Attachment("image001.png", "image/png", 9, "b"))
    message = parsed(Body(plain=f"Please log.\n\n{_quoted(SIGNED)}"), sender=MEMBER, subject="FW: Larkfield", attachments=files)
    assert [one.name for one in authorships(message, is_own)[0].attachments] == ["window.jpg"]


@pytest.mark.parametrize(
    "tag", ['<blockquote type="cite">', '<blockquote class="gmail_quote">', '<blockquote style="border-left:1px solid">']
)
def test_a_page_that_quotes_it_is_read_so_too(tag: str) -> None:
    lines = "".join(f"<p>{line}</p>" for line in SIGNED.split("\n") if line)
    message = parsed(Body(html=f"<html><body><p>Please log.</p>{tag}{lines}</blockquote></body></html>"), sender=MEMBER, subject="FW: Home")
    (found,) = authorships(message, is_own)
    assert (found.author.name, found.forwarded, found.note) == ("Donna", True, "Please log.")
    assert found.text.split() == SIGNED.split()


def test_mail_as_it_came_is_read_so_too() -> None:
    head = f"From: {MEMBER.name} <{MEMBER.address}>\r\nTo: complaints@ashmere.example\r\nSubject: FW: Larkfield Road\r\n\r\n"
    raw = (head + f"Please log.\n\n{_quoted(SIGNED)}\n".replace("\n", "\r\n")).encode()
    assert authorships(parse(raw), is_own)[0].text == SIGNED


@pytest.mark.parametrize("subject", ["RE: Larkfield Road", "Larkfield Road", "RE: FW: Larkfield Road", "AW: Larkfield Road"])
def test_below_an_answer_or_new_mail_the_quotation_is_context(subject: str) -> None:
    found = _one("Thanks for this, I will look into it and come back to you.", subject=subject)
    assert (found.author, found.forwarded) == (MEMBER, False)
    if subject != "Larkfield Road":
        assert "window" not in found.text


@pytest.mark.parametrize(
    "quoted",
    [
        "I did tell the manager.",
        "The home is visited each month.\nThe report is on file.\nStaff work to a rota.",
        f"{LETTER}\n\nRegards\nGail Orme",
        f"{LETTER}\n\nGail",
        f"{LETTER}\n\nSam Reid\ns.reid@ashmere.example",
        f"{LETTER}\n\nSam Reid\nComplaints Officer\nAshmere Council",
        "Dear Cllr Orme,\nThank you for your enquiry. I have asked the home and will write again.\nSam Reid",
        "Dear Cllr Orme,\nWe have upheld your complaint and I am sorry for the delay.\nSam Reid",
        "From: Facilities\nI can confirm that the room is booked for all of us.\nPlease bring the key.",
        "From: reports@larkfieldhomes.example\nI can confirm that the room is booked for all of us.\nPlease bring the key.",
    ],
    ids=["line", "nobody", "signed", "first name", "own address", "officer", "acknowledged", "outcome", "unit", "address"],
)
def test_a_line_the_councils_letter_and_the_senders_own_stay_context(quoted: str) -> None:
    found = _one("Please see below.", quoted)
    assert (found.author, found.forwarded, found.text) == (MEMBER, False, "Please see below.")


@pytest.mark.parametrize(
    "note",
    [
        "Below is our reply, are you happy with it?",
        "This is what I sent on Monday.",
        "A draft for you to look at.",
        "I want to complain about how my own daughter was treated there, this is what came back.",
        "The home has had four managers in a year. " * 12,
    ],
)
def test_a_note_that_says_otherwise_or_is_a_letter_is_the_colleagues_own(note: str) -> None:
    found = _one(note)
    assert (found.author, found.forwarded) == (MEMBER, False)


def test_words_between_or_below_the_quoted_lines_are_an_answer() -> None:
    assert not _one("See my answers.", below="I told her that the home has a new manager and that we will visit on Friday.").forwarded
    between = f"{_quoted(LETTER)}\nWe visit on Friday.\n{_quoted(LETTER)}"
    message = parsed(Body(plain=f"Please log.\n\n{between}"), sender=MEMBER, subject="FW: Larkfield")
    assert not authorships(message, is_own)[0].forwarded


@pytest.mark.parametrize("sender", [KEEPER, NEIGHBOUR], ids=["body", "private"])
@pytest.mark.parametrize("note", ["Passing on as asked, her words.", "Donna asked me to send you this.", "Sent on with her permission."])
def test_somebody_outside_who_says_that_they_only_pass_it_on_is_the_forwarder(note: str, sender: Address) -> None:
    found = _one(note, sender=sender)
    assert (found.author, found.forwarded, found.forwarder) == (Address("", "Donna"), True, sender.address)
    assert (found.text, found.note) == (SIGNED, note)
    assert found.doubt


def test_a_body_that_sends_on_a_familys_words_with_a_short_note_is_the_forwarder() -> None:
    family = "Hello all,\nI want to complain about the taxi of my son.\nIt never came.\nDonna"
    assert _one("Dear all, please see below.", family, KEEPER).forwarded
    assert not _one("Dear all, please see below.", sender=KEEPER).forwarded
    assert not _one("Is this right? What do we do on Friday?", family, KEEPER).forwarded


@pytest.mark.parametrize(
    ("note", "quoted"),
    [
        ("Please see below.", SIGNED),
        ("This is what she writes about me. All lies.", SIGNED),
        ("I am still waiting. She asked me to send it.", f"{LETTER}\n\nTed"),
        ("Sent on with her permission.", LETTER),
        ("She asked me to send this.", f"{LETTER}\n\nJan Orr\nDeputy Head, Hill View School"),
        ("She asked me to send this.", "Dear Mr Marsh\nThank you for contacting us. I will ring on Monday.\nJan Orr"),
    ],
    ids=["unsaid", "about me", "own", "nameless", "school", "council"],
)
def test_somebody_outside_who_does_not_say_so_or_sends_their_own_or_a_bodys_is_the_author(note: str, quoted: str) -> None:
    found = _one(note, quoted, NEIGHBOUR)
    assert (found.author, found.forwarded) == (NEIGHBOUR, False)


def test_a_machine_and_a_message_that_is_attached_are_read_as_before() -> None:
    message = parsed(Body(plain=f"Please log.\n\n{_quoted(SIGNED)}"), sender=MEMBER, subject="FW: Larkfield")
    assert not authorships(replace(message, automatic=True), is_own)[0].forwarded
    (found,) = authorships(replace(message, nested=(parsed(Body(plain="The taxi did not come.")),)), is_own)
    assert found.author.address == "joan.whitlow@family.example"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("It is not good.\n\nDonna", "Donna"),
        ("It is not good.\nMany thanks\nDonna Peel\n07700 900123", "Donna Peel"),
        ("It is not good.\nThanks, Donna x", "Donna"),
        ("Can you book it yourself. From Riley", "Riley"),
        ("I did tell Carl. – Sonia", "Sonia"),
        ("It is not good.\n- Mrs Peel", "Mrs Peel"),
        ("It is not good.\nFrom Riley", "Riley"),
        ("It is not good.\nThanks", ""),
        ("It is not good and I told Donna", ""),
        ("I told the manager of it.\nDisgusted", ""),
        ("It is not good.\nLarkfield House", ""),
        ("Dear Gail", ""),
        ("", ""),
    ],
)
def test_the_name_that_signs_a_letter(text: str, name: str) -> None:
    assert signer(text) == name


def test_hostile_quotations_cost_little() -> None:
    with within_cpu_seconds(6):
        for piece in (
            "> Thanks Ann. - \n",
            "> " * 30 + "I\n",
            "> your my complaint thank you for your ",
            "> From: A B\n>> I\n",
            "> Mrs A'",
        ):
            _one("Please log.", piece * (100_000 // len(piece)))
