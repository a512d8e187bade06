"""Header fields as a person reads them: who wrote, about what, when, in answer to what."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.making import mail
from triage.domain.message import Address
from triage.mailbox.headers import date_of, decoded
from triage.mailbox.parsing import parse


def _from(value: bytes) -> Address:
    return parse(b"From: " + value + b"\r\nSubject: School taxi\r\n\r\nHello\r\n").sender


def _subject(value: bytes) -> str:
    return parse(b"From: joan@family.example\r\nSubject: " + value + b"\r\n\r\nHello\r\n").subject


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b"Joan Whitlow <Joan.Whitlow@Family.Example>", "joan.whitlow@family.example", "Joan Whitlow"),
        (b"joan@family.example", "joan@family.example", ""),
        (b"<joan@family.example>", "joan@family.example", ""),
        (b'"Whitlow, Joan" <joan@family.example>', "joan@family.example", "Whitlow, Joan"),
        (b"Whitlow, Joan <joan@family.example>", "joan@family.example", "Whitlow, Joan"),
        (b"joan@family.example (Joan Whitlow)", "joan@family.example", "Joan Whitlow"),
        (b"=?utf-8?q?Si=C3=A2n_Pryce?= <sian@family.example>", "sian@family.example", "Siân Pryce"),
        (b"=?utf-8?B?U2nDom4gUHJ5Y2U=?= <sian@family.example>", "sian@family.example", "Siân Pryce"),
        ("Siân Pryce <sian@family.example>".encode(), "sian@family.example", "Siân Pryce"),
        ("Siân Pryce <sian@family.example>".encode("latin-1"), "sian@family.example", "Siân Pryce"),
        (b"'Joan' <joan@family.example>", "joan@family.example", "Joan"),
        (b"Joan Whitlow\r\n <joan@family.example>", "joan@family.example", "Joan Whitlow"),
        (b'"mum@home.example" <joan@family.example>', "joan@family.example", "mum@home.example"),
        (b"Joan Whitlow", "", "Joan Whitlow"),
        (b"<>", "", ""),
        (b"", "", ""),
    ],
)
def test_a_sender_is_read_with_name_and_address(value: bytes, address: str, name: str) -> None:
    assert _from(value) == Address(address, name)


def test_a_message_without_a_from_field_has_its_sender_field_as_sender() -> None:
    assert parse(b"Sender: joan@family.example\r\n\r\nHello").sender.address == "joan@family.example"


def test_a_message_without_any_sender_has_none() -> None:
    assert parse(b"Subject: School taxi\r\n\r\nHello").sender == Address()


def test_everyone_a_message_went_to_is_read() -> None:
    message = parse(mail(b"Hello", "Cc: Ann <ann@school.example>, bob@health.example"))
    assert [one.address for one in message.recipients] == ["complaints@ashmere.example", "ann@school.example", "bob@health.example"]


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (b"School taxi", "School taxi"),
        (b"  School \t taxi  ", "School taxi"),
        (b"School\r\n taxi", "School taxi"),
        (b"=?utf-8?q?Zo=C3=AB=27s_taxi?=", "Zoë's taxi"),
        (b"=?UTF-8?B?Wm/DqydzIHRheGk=?=", "Zoë's taxi"),
        (b"=?UTF-8?B?Wm/DqydzIHRheGk?=", "Zoë's taxi"),
        (b"Re: =?utf-8?q?Zo=C3=AB?= and =?utf-8?q?Si=C3=A2n?=", "Re: Zoë and Siân"),
        (b"=?utf-8?q?Zo=C3?= =?utf-8?q?=AB?=", "Zoë"),
        (b"=?utf-8?q?Zo?=\r\n =?utf-8?q?e?=", "Zoe"),
        (b"=?iso-8859-1?q?=A340_=96_taxi?=", "£40 – taxi"),
        (b"=?utf-8*en?q?Zo=C3=AB?=", "Zoë"),
        ("Zoë's taxi".encode(), "Zoë's taxi"),
        ("Zoë's taxi".encode("cp1252"), "Zoë's taxi"),
        (b"=?no-such-charset?q?Zo=C3=AB?=", "Zoë"),
        (b"is 2 =? 3", "is 2 =? 3"),
        (b"taxi\0", "taxi"),
    ],
)
def test_a_subject_is_read_as_it_was_meant(value: bytes, subject: str) -> None:
    assert _subject(value) == subject


def test_what_is_no_encoded_word_stays_as_it_is() -> None:
    assert decoded("plan_review = done?") == "plan_review = done?"


def test_a_very_long_subject_is_cut_and_keeps_its_beginning() -> None:
    subject = _subject(b"taxi " * 100_000)
    assert subject.startswith("taxi taxi")
    assert len(subject) <= 2000


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Mon, 2 Mar 2026 13:30:00 +0100", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 12:30:00 GMT", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("2 Mar 2026 12:30 +0000", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 12:30:00 +0000 (UTC)", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 12:30:00 -0000", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 18:00:00 +0530", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_with_its_offset(written: str, meant: datetime) -> None:
    assert date_of(written) == meant


def test_a_date_keeps_the_offset_that_was_written() -> None:
    found = date_of("Mon, 2 Mar 2026 18:00:00 +0530")
    assert found is not None
    assert found.utcoffset() == timezone(timedelta(hours=5, minutes=30)).utcoffset(None)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "Mon, 31 Feb 2026 12:00:00 +0000",
        "Mon, 2 Mar 2026 25:61:00 +0000",
        "Mon, 2 Mar 99999999999999 12:00:00 +0000",
        "\0",
        "9" * 5000,
    ],
)
def test_a_date_that_cannot_be_told_is_none(written: str) -> None:
    assert date_of(written) is None


@pytest.mark.parametrize("offset", ["+9900", "-9900", "+2500", "+99999999999"])
def test_an_impossible_offset_is_no_reason_to_lose_a_message(offset: str) -> None:
    message = parse(mail(b"Hello", f"Date: Mon, 2 Mar 2026 12:00:00 {offset}"))
    assert message.bodies[0].plain == "Hello"


def test_the_time_of_arrival_is_the_topmost_received_field() -> None:
    message = parse(
        mail(
            b"Hello",
            "Received: from mx.ashmere.example by store.ashmere.example; Mon, 2 Mar 2026 12:00:00 +0000",
            "Received: from home.family.example by mx.ashmere.example; Mon, 2 Mar 2026 11:00:00 +0000",
        )
    )
    assert message.received_at == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_message_knows_what_it_answers_the_nearest_first() -> None:
    message = parse(
        mail(b"Hello", "Message-ID: <3@x.example>", "In-Reply-To: <2@x.example>", "References: <1@x.example>\r\n <2@x.example>")
    )
    assert message.message_id == "<3@x.example>"
    assert message.thread == ("<2@x.example>", "<1@x.example>")


def test_a_message_without_an_id_has_none() -> None:
    assert parse(mail()).message_id is None


def test_a_line_that_is_no_field_does_not_end_the_header() -> None:
    message = parse(
        b"From: joan@family.example\r\nthis line has no business here\r\nSubject: School taxi\r\nTo: a@b.example\r\n\r\nHello\r\n"
    )
    assert message.subject == "School taxi"
    assert (message.bodies[0].plain or "").strip() == "Hello"


def test_an_mbox_line_before_the_header_is_passed_over() -> None:
    assert parse(b"From joan@family.example Mon Mar  2 12:00:00 2026\n" + mail()).subject == "School taxi"
