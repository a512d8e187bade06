"""What is learnt from is what the service sees: quotes and signatures taken off, forwards unwrapped, by the same code."""

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from tests.support.corpora import rows, small_corpus, write_rows
from triage.classify.corpus import Row, address_in
from triage.classify.features import Sample
from triage.errors import ModelError
from triage.judge import sample_of
from triage.learning import read_labelled, read_streams
from triage.mailbox.parsing import parse
from triage.rehearsal import as_sample
from triage.text.authorship import authorships


def _row(body: str, **changes: Any) -> Row:
    whole = {
        "id": "r-1", "sender": "Joan Whitlow <joan@family.example>", "recipient": "complaints@ashmere.example", "subject": "School taxi",
        "body": body, "headers": (),
    }  # fmt: skip
    return Row(**{**whole, **changes})


def test_a_family_is_outside_and_a_colleague_within() -> None:
    assert not as_sample(_row("The taxi did not come.")).internal
    assert as_sample(_row("The rota is attached.", sender="Ruth Hale <r.hale@ashmere.example>")).internal


def test_the_council_is_the_domain_that_was_written_to() -> None:
    officer = "Ruth Hale <r.hale@ashmere.example>"
    assert not as_sample(_row("Dear colleague, please see below.", sender=officer, recipient="send@calder.example")).internal


def test_the_name_and_the_words_of_the_address_are_seen() -> None:
    assert as_sample(_row("Hello.", sender='"Cllr Ann Moss" <ann@calder.example>')).sender == "Cllr Ann Moss calder"


def test_what_is_quoted_is_not_learnt() -> None:
    body = "Still nobody. Three weeks now.\n\nOn Tue, 24 Feb 2026 at 15:10, Ruth Hale <r.hale@ashmere.example> wrote:\n> We are so pleased.\n> Ruth"
    assert as_sample(_row(body)).text == "Still nobody. Three weeks now."


def test_a_signature_and_a_disclaimer_are_not_learnt() -> None:
    body = (
        "Please send me the minutes of the meeting, which I have asked for twice.\n\nJ Whitlow\nHead of Year\nMoor Lane School\nTel 01632 960123\n\n"
        "This email and any attachments are confidential and intended solely for the addressee. If you have received it in error please delete it."
    )
    text = as_sample(_row(body)).text
    assert text.startswith("Please send me the minutes")
    assert "confidential" not in text


def test_of_a_forward_the_familys_words_are_learnt_as_the_familys() -> None:
    body = (
        "One for you.\n\nFrom: Dawn Pickering <dawn@family.example>\nSent: 1 June 2026 09:00\nTo: Ruth Hale <r.hale@ashmere.example>\n"
        "Subject: Contact\n\nContact was cancelled again and nobody has told me why."
    )
    found = as_sample(_row(body, sender="Ruth Hale <r.hale@ashmere.example>", subject="FW: Contact"))
    assert (found.subject, found.text) == ("Contact", "Contact was cancelled again and nobody has told me why.")
    assert (found.internal, found.sender) == (False, "Dawn Pickering family")


@pytest.mark.parametrize(("headers", "listed"), [((), False), ((("List-Unsubscribe", "<x>"),), True), ((("list-id", "news"),), True)])
def test_a_mailing_list_is_known_by_its_headers(headers: tuple[tuple[str, str], ...], listed: bool) -> None:
    assert as_sample(_row("News of the month.", headers=headers)).listed is listed


def _as_mail(row: dict[str, Any]) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = row["from"], row["to"], row["subject"]
    message.set_content(row["body"])
    return message.as_bytes()


@pytest.mark.parametrize("row", [row for row in list(rows("training"))[::60] if not row.get("headers")], ids=lambda row: str(row["id"]))
def test_training_and_service_see_the_same_of_a_message(row: dict[str, Any]) -> None:
    own = address_in(row["to"]).rpartition("@")[2]

    def is_own(domain: str) -> bool:
        return bool(domain) and domain == own

    parsed = parse(_as_mail(row))
    served = sample_of(parsed, authorships(parsed, is_own)[0], is_own)
    learnt = as_sample(Row(row["id"], row["from"], row["to"], row["subject"], row["body"], ()))
    assert _comparable(served) == _comparable(learnt)


def _comparable(one: Sample) -> tuple[object, ...]:
    return " ".join(one.subject.split()), one.text.split(), one.internal, one.listed, one.sender, one.relayed


def test_a_folder_without_labelled_mail_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no labelled mail"):
        read_labelled(tmp_path)
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(ModelError, match="there is no labelled mail here"):
        read_labelled(tmp_path)


def test_of_a_stream_what_is_not_labelled_is_unknown(tmp_path: Path) -> None:
    some = read_streams(write_rows(tmp_path, list(rows("streams"))[:40]))
    assert some
    assert all({"urgent", "outside_scope", "service", "themes"} <= message.unknown for message in some)
    assert all("role" not in message.unknown for message in some)


def test_a_small_corpus_of_the_projects_reads(tmp_path: Path) -> None:
    folder = small_corpus(tmp_path, 100)
    assert len(read_labelled(folder / "training")) > 25
    assert read_labelled(folder / "evaluation")
