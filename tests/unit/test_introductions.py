"""Messages that a colleague pasted in by hand, below a line of theirs that says from whom they came."""

import pytest

from tests.unit.making import is_own, parsed, within_cpu_seconds
from triage.domain.message import Address, Authorship, Body
from triage.text.authorship import authorships
from triage.text.introductions import introduction, seems_handed_on

OFFICER = Address("l.moss@ashmere.example", "Lena Moss")
IDA = "ida.quill@family.example"
WORDS = "I want to complain. My daughter has waited since Easter for her plan and nobody rings me back."


def _one(text: str, subject: str = "One to log") -> Authorship:
    (found,) = authorships(parsed(Body(plain=text), sender=OFFICER, subject=subject), is_own)
    return found


@pytest.mark.parametrize(
    ("line", "name", "address"),
    [
        (f"Morning\nThis came in from Ida Quill, {IDA}, on 3 March:\n", "Ida Quill", IDA),
        ("From: Ida Quill", "Ida Quill", ""),
        ("From: Ida Quill (mum of Bess)\n", "Ida Quill", ""),
        (f"Email received from {IDA}:\n", "", IDA),
        (f"Please log the below complaint from Mrs Ida Quill <{IDA}>.\n", "Ida Quill", IDA),
        (f"Please log the below complaint from Mrs Ida\nQuill <{IDA}>.\n", "Ida Quill", IDA),
        (f"FYI - email from Ida Quill ({IDA}) below.\n", "Ida Quill", IDA),
        (f"Below is an e-mail from Bess's mum, Ida Quill ({IDA}, 07700 900318)\n", "Ida Quill", IDA),
        (f"The following was emailed to me by Ida Quill ({IDA}).\n", "Ida Quill", IDA),
        (f"{IDA} wrote:\n", "", IDA),
        (f"Got this from {IDA} (Ida Quill):\n", "Ida Quill", IDA),
        ("Email from Ida Quill:\n", "Ida Quill", ""),
        (f"From: Ida Quill <{IDA}>", "Ida Quill", IDA),
    ],
)
@pytest.mark.parametrize("below", ["", "\n\nLena Moss", "\n\nMany thanks\nLena"])
def test_what_a_colleague_pasted_below_a_line_that_names_its_author_is_a_forward(line: str, name: str, address: str, below: str) -> None:
    found = _one(f"{line}\n{WORDS}{below}")
    assert (found.author, found.forwarded, found.forwarder) == (Address(address, name), True, OFFICER.address)
    assert found.text == WORDS
    assert line.strip() in found.note
    assert found.doubt
    assert found.party == bool(address)
    assert any("No address is given" in words for words in found.evidence) == (not address)


def test_the_day_and_the_fields_typed_below_the_line_are_read() -> None:
    found = _one(f"From: Ida Quill\nDate: 3 March 2026\nSubject: No plan\n\n{WORDS}")
    assert (found.subject, found.text) == ("No plan", WORDS)
    assert found.sent_at is not None
    assert found.sent_at.date().isoformat() == "2026-03-03"


def test_the_familys_own_name_stays_where_the_colleagues_goes() -> None:
    found = _one(f"Email received from {IDA}:\n\n-----\n{WORDS}\n\nKind regards\nIda Quill\n-----\n\nThanks\nLena Moss\nTransport Officer")
    assert found.text == f"{WORDS}\n\nKind regards\nIda Quill"
    assert "Lena Moss" in found.note


def test_a_message_that_is_quoted_below_the_line_is_read_without_the_signs() -> None:
    found = _one(f"Email received from {IDA}:\n\n> I want to complain.\n> My son has no taxi.\n\nLena Moss")
    assert (found.forwarded, found.text) == (True, "I want to complain.\nMy son has no taxi.")


@pytest.mark.parametrize(
    "text",
    [
        f"Please send the minutes to {IDA}. I am on leave from Friday.\n\nI will be back on Monday.\n\nLena",
        f"I emailed {IDA} on Monday and she is fine with it.\n\nWe can go ahead with the taxi for her son.\n\nLena",
        f"I had an email from {IDA} on Monday and she is fine with it.\n\nI will update our plan.",
        f"As per the below email from {IDA}, I have changed the taxi.\n\nI will confirm our times.",
        f"Rota\n\nMon: Ida Quill {IDA} 9-5\nTues: me\nWed: our bank staff",
        f"Panel members:\nIda Quill {IDA}\nSam Reid sam@school.example\n\nI have booked the room for us.",
        "Minutes are on our drive.\n\nLena Moss\nSENCo\nHill School\nl.moss@hillschool.example\n\nWe value your privacy.",
        "I work in Transport and write as a mum. My son has had no taxi. My own address is lena@family.example.\n\nI want to complain.",
        "My own email is lm77@home.example\n\nMy son has had no taxi and I want to complain.\n\nLena",
        "From: Monday 3 March\nTo: Friday 7 March\n\nI will be covering our desk.",
        "From: Ashmere Station\nTo: Hill School\n\nOur driver picks me up at 8.",
        f"Draft reply to the email from Ida Quill ({IDA}) below:\n\nDear Ida, I am sorry that we did not ring you.",
        f"Documents received from {IDA}:\n\n- birth certificate\n- tenancy agreement",
        f"Can you ring Ida Quill ({IDA}, 07700 900318) about the panel?\n\nI said that we would.\n\nLena",
    ],
)
def test_an_address_that_is_merely_mentioned_makes_neither_a_forward_nor_a_doubt(text: str) -> None:
    found = _one(text)
    assert (found.author, found.forwarded, found.doubt) == (OFFICER, False, "")


@pytest.mark.parametrize(
    "text",
    [
        f"Ida Quill\n{IDA}\n\n{WORDS}",
        f"From: Ida\n{WORDS}",
        f"Complaint rec'd, {IDA}, 3/3\n\n{WORDS}",
        f"I had this in from Ida Quill, {IDA}, and I have acknowledged it.\n\n{WORDS}",
    ],
)
def test_where_nobody_is_found_and_somebody_may_speak_below_a_person_looks(text: str) -> None:
    found = _one(text)
    assert (found.author, found.forwarded) == (OFFICER, False)
    assert found.doubt


def test_a_name_over_a_telephone_note_is_relayed_and_no_forward() -> None:
    found = _one("From: Ida Quill\nShe rang this morning. She wants to complain that nobody calls her back.", "Call")
    assert (found.author, found.forwarded) == (Address("", "Ida Quill"), False)


def test_the_reason_does_not_deny_an_address_that_stands_in_the_note() -> None:
    found = _one(f"Mrs Quill rang me today, {IDA}. She was delighted with the new taxi.", "Call")
    assert (found.author.name, found.author.address) == ("Mrs Quill", "")
    assert not any("No address is given" in words for words in found.evidence)


def test_a_name_in_a_quoted_thread_is_no_introduction() -> None:
    text = f"Sandra, it is on our log already, no need to send it again.\n\nLena\n\nFrom: Ida Quill\nSubject: plan\n{WORDS}"
    found = _one(text, "RE: plan")
    assert (found.author, found.forwarded) == (OFFICER, False)


@pytest.mark.parametrize(
    "hostile",
    [
        "From: Ida Quill\n" * 40_000,
        f"from Ida {IDA} " * 20_000,
        "Ann Bo " * 50_000 + "\nx",
        f"{IDA}\n" * 20_000,
        "\n" * 500_000 + "-----\n" * 1_000,
        "from " * 100_000 + "@x.example:\n" + "a" * 100_000,
    ],
)
def test_text_made_to_cost_time_costs_little(hostile: str) -> None:
    with within_cpu_seconds(3):
        introduction(hostile, OFFICER, is_own)
        seems_handed_on(hostile, OFFICER, is_own)
        _one(f"Email received from {IDA}:\n\nI say\n{hostile}"[:500_000])
