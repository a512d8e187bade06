"""The pipeline with the real model on both databases: what becomes of a message."""

import random
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.conftest import Inbox
from tests.support.database import writing
from tests.support.mail import mail
from triage.domain.case import Outcome
from triage.domain.entities import Entities
from triage.pipeline import Pipeline
from triage.review import close_case
from triage.text.entities import EntityFinder

COMPLAINT = (
    "I want to make a formal complaint. My daughter's social worker has cancelled contact four times since Easter and nobody has "
    "told me why. "
    "I have rung nine times and nobody rings back. I am very unhappy about how we are treated."
)
PRAISE = "Thank you so much to Janet in the fostering team. She has been wonderful with the boys and we could not have done it without her."
CASEWORK = (
    "Hi all, strategy meeting for the sibling group is moved to 2pm on Thursday in room 4. Please bring the chronology and the updated "
    "genogram. Agenda attached. Minutes from last time are on the shared drive."
)


def test_a_complaint_opens_a_case_with_its_author_and_role(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    [row], [case] = inbox.rows, inbox.cases
    assert (row["kind"], row["relation"], row["case"]) == ("complaint", "new", case["reference"])
    assert case["correspondents"] == [{"address": "dawn.pickering@family.example", "name": "Dawn Pickering", "role": row["role"]}]
    assert case["messages"] == [row["sha256"]]
    assert str(case["reference"]).startswith(f"CC-{datetime.now(UTC).year}-000001")


def test_the_same_message_in_two_mailboxes_is_two_rows_on_one_case(inbox: Inbox):
    raw = mail(body=COMPLAINT)
    inbox.take(raw)
    inbox.take(b"Received: by other.ashmere.example; Mon, 1 Jun 2026 09:00:05 +0000\r\n" + raw, mailbox="officer-hale")
    first, second = inbox.rows
    assert first["case"] == second["case"] is not None
    assert [first["relation"], second["relation"]] == ["new", "repeat"]
    assert first["sha256"] != second["sha256"]
    assert len(inbox.cases) == 1


def test_a_banner_that_one_mailbox_adds_does_not_make_another_message(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    inbox.take(mail(body="CAUTION: this e-mail came from outside the council.\n\n" + COMPLAINT), mailbox="officer-hale")
    assert [row["relation"] for row in inbox.rows] == ["new", "repeat"]


def test_a_message_sent_again_under_a_new_message_id_is_a_repeat(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    inbox.take(mail(body=COMPLAINT, message_id="<two@family.example>"), received=datetime(2026, 6, 20, tzinfo=UTC))
    assert [row["relation"] for row in inbox.rows] == ["new", "repeat"]


def test_two_web_forms_under_one_message_id_are_two_cases(inbox: Inbox):
    sender = "Web form <noreply@ashmere.example>"
    inbox.take(
        mail(sender, "Feedback form", "Name: Ann Lowe\nMessage: I want to complain that my son's taxi has been late every day this month."),
        mail(
            sender, "Feedback form", "Name: Bo Carr\nMessage: I complained in May about the review and I am still waiting for any answer."
        ),
    )
    assert len({row["case"] for row in inbox.rows}) == 2


def test_the_same_words_from_another_household_are_another_case(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT), mail("Rita Moss <rita@other.example>", body=COMPLAINT, message_id="<rita@other.example>"))
    assert [row["relation"] for row in inbox.rows] == ["new", "new"]
    assert len(inbox.cases) == 2


def test_a_reply_in_the_thread_by_someone_who_belongs_to_the_case_joins_it(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    inbox.take(
        mail(
            subject="Re: Transport",
            body="Still nothing! Why does nobody answer my complaint?",
            message_id="<b@x.example>",
            In_Reply_To="<one@family.example>",
        )
    )
    assert [row["relation"] for row in inbox.rows] == ["new", "repeat"]
    assert len(inbox.cases) == 1


def test_two_answers_to_one_letter_of_the_council_find_each_other_through_it(inbox: Inbox):
    letter = "<letter@ashmere.example>"
    inbox.take(mail(body=COMPLAINT, In_Reply_To=letter))
    inbox.take(
        mail(
            subject="Re: x",
            body="I am still waiting for an answer to my complaint. Not good enough.",
            message_id="<b@x.example>",
            References=letter,
        )
    )
    assert [row["relation"] for row in inbox.rows] == ["new", "repeat"]


def test_a_case_reference_joins_only_where_the_sender_belongs_to_the_case(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    reference = str(inbox.cases[0]["reference"])
    later = "Why has nobody answered my complaint? It is three weeks now and I am losing patience with all of you."
    inbox.take(mail(subject=f"Re: your {reference.lower()}", body=later, message_id="<c@family.example>"))
    inbox.take(mail("Someone Else <someone@else.example>", f"{reference}", later, message_id="<d@else.example>"))
    _, member, stranger = inbox.rows
    assert (member["case"], member["relation"]) == (reference, "repeat")
    assert stranger["case"] not in (reference, None)
    assert (stranger["relation"], stranger["suggested_case"]) in (("new", None), ("new", reference))
    assert stranger["suggested_case"] is None or stranger["status"] == "review"


def _goes_on_or_is_asked_about(row: dict[str, Any], reference: str) -> bool:
    """Whether a message takes a closed case to its next stage, or a person is asked whether it does: it is never only put on it."""
    escalates = (row["relation"], row["case"], row["suggested_case"]) == ("escalation", reference, None)
    return escalates or (row["relation"], row["suggested_case"], row["status"]) == ("new", reference, "review")


def test_after_a_case_was_closed_a_reply_that_is_unhappy_with_the_answer_is_an_escalation_or_a_person_is_asked(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    reference = str(inbox.cases[0]["reference"])
    close_case(inbox.pipeline.store, "tester", reference, Outcome.NOT_UPHELD, datetime(2026, 6, 20, tzinfo=UTC))
    later = datetime(2026, 6, 25, tzinfo=UTC)
    inbox.take(
        mail(
            subject="Re: Transport",
            body="I am not happy with this answer at all. " + COMPLAINT,
            message_id="<z@family.example>",
            sent=later,
            In_Reply_To="<one@family.example>",
        ),
        received=later,
    )
    assert _goes_on_or_is_asked_about(inbox.rows[-1], reference)


def test_the_same_words_sent_again_after_the_case_was_closed_are_a_new_message(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    reference = str(inbox.cases[0]["reference"])
    close_case(inbox.pipeline.store, "tester", reference, Outcome.UPHELD, datetime(2026, 6, 20, tzinfo=UTC))
    later = datetime(2026, 7, 1, tzinfo=UTC)
    inbox.take(mail(body=COMPLAINT, message_id="<again@family.example>", sent=later), received=later)
    assert inbox.pipeline.store.counts()["messages"] == 2
    assert _goes_on_or_is_asked_about(inbox.rows[-1], reference)


def test_praise_in_the_thread_of_a_grievance_is_a_case_of_its_own(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    inbox.take(mail(subject="Re: Transport", body=PRAISE, message_id="<p@family.example>", In_Reply_To="<one@family.example>"))
    assert [(row["kind"], row["relation"]) for row in inbox.rows] == [("complaint", "new"), ("compliment", "new")]


def test_an_enquiry_that_turns_into_a_complaint_makes_the_case_a_complaint(inbox: Inbox):
    inbox.take(
        mail(
            subject="Places",
            body="Could you tell me please when the in-year application form for September has to be in, and where I send it?",
        )
    )
    assert inbox.cases[0]["kind"] == "enquiry"
    grievance = (
        "I asked you three weeks ago where to send the in-year application form for September and nobody has answered. I want to make a formal "
        "complaint: my daughter may now lose her place because of you."
    )
    inbox.take(mail(subject="Re: Places", body=grievance, message_id="<q@family.example>", In_Reply_To="<one@family.example>"))
    [case] = inbox.cases
    assert (case["kind"], case["process"] is not None, len(list(case["messages"]))) == ("complaint", True, 2)


def test_of_a_forward_by_a_colleague_the_author_inside_is_the_party_and_not_the_colleague(inbox: Inbox):
    """Forwards are unwrapped: until then nobody was made a party, and a person was asked."""
    body = f"Please log this.\n\nFrom: Dawn <dawn@family.example>\nSent: 1 June 2026 09:00\nTo: Hale\nSubject: Contact\n\n{COMPLAINT}"
    inbox.take(mail("Rosa Hale <r.hale@ashmere.example>", "FW: Contact", body))
    [row], [case] = inbox.rows, inbox.cases
    assert (row["forwarded"], row["forwarder"], row["note"]) == (True, "r.hale@ashmere.example", "Please log this.")
    assert (row["original_from_address"], row["original_subject"], row["text"]) == ("dawn@family.example", "Contact", COMPLAINT)
    assert case["correspondents"] == [{"address": "dawn@family.example", "name": "Dawn", "role": row["role"]}]


def test_a_forward_that_gives_a_name_and_no_address_makes_nobody_a_party(inbox: Inbox):
    body = f"Please log this.\n\nFrom: Dawn Pickering\nSent: 1 June 2026 09:00\nTo: Rosa Hale\nSubject: Contact\n\n{COMPLAINT}"
    inbox.take(mail("Rosa Hale <r.hale@ashmere.example>", "FW: Contact", body))
    [row], [case] = inbox.rows, inbox.cases
    assert (row["original_from_name"], row["original_from_address"]) == ("Dawn Pickering", None)
    assert case["correspondents"] == []


def test_the_author_of_a_forward_belongs_to_the_case_that_it_opened(inbox: Inbox):
    body = f"For logging\n\nFrom: Dawn <dawn@family.example>\nSent: 1 June 2026 09:00\nTo: Hale\nSubject: Contact\n\n{COMPLAINT}"
    inbox.take(mail("Rosa Hale <r.hale@ashmere.example>", "FW: Contact", body))
    reference = str(inbox.cases[0]["reference"])
    later = "Still no answer to my complaint about contact. This is not good enough."
    inbox.take(mail("Dawn <dawn@family.example>", f"Re: {reference}", later, message_id="<later@family.example>"))
    assert [(row["case"], row["relation"]) for row in inbox.rows] == [(reference, "new"), (reference, "repeat")]


def test_what_a_family_quotes_is_no_part_of_their_text_but_is_kept(pipeline: Pipeline, inbox: Inbox):
    """The export's `text` is the author's own new words; the whole message is kept beside it."""
    raw = mail(
        body=f"{COMPLAINT}\n\nOn 1 June 2026 at 09:00, Rosa Hale <r.hale@ashmere.example> wrote:\n> We are so pleased with how it goes."
    )
    inbox.take(raw)
    [row] = inbox.rows
    assert row["text"] == COMPLAINT
    assert pipeline.store.raw(str(row["sha256"])) == raw


def test_the_language_of_a_message_is_given_and_one_that_is_not_in_english_waits_for_a_person(inbox: Inbox):
    polish = (
        "Dzień dobry, chciałabym złożyć skargę na pracownika socjalnego. Od trzech miesięcy nikt do mnie nie dzwoni i nie odpowiada na moje "
        "listy, a moja córka czeka na decyzję w sprawie szkoły."
    )
    inbox.take(mail(body=COMPLAINT), mail("Anna <anna@family.example>", "Skarga", polish, message_id="<anna@family.example>"))
    assert [row["language"] for row in inbox.rows] == ["en", "pl"]
    assert inbox.rows[1]["status"] == "review"


def test_messages_and_cases_say_which_of_the_councils_teams_they_are_about(inbox: Inbox):
    inbox.take(
        mail(body=f"{COMPLAINT} The Family Placement team knows all about it."),
        mail("B <b@b.example>", body="The youth club is shut again. I complained in May and nobody answers.", message_id="<b@b.example>"),
    )
    assert [row["team"] for row in inbox.rows] == [case["team"] for case in inbox.cases] == ["Family Placement", None]


def test_an_automatic_reply_is_none_whatever_it_says(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT, Auto_Submitted="auto-replied"))
    [row] = inbox.rows
    assert (row["kind"], row["status"], row["case"]) == ("none", "auto", None)


def test_an_officers_message_that_is_none_leaves_no_word_in_the_store(pipeline: Pipeline, inbox: Inbox, store_url: str, tmp_path: Path):
    inbox.take(
        mail(
            "Quentin Zephyrine <q.zephyrine@ashmere.example>",
            "Bramblewick",
            CASEWORK,
            message_id="<xylophone@ashmere.example>",
            Auto_Submitted="auto-replied",
        ),
        mailbox="officer-hale",
    )
    [row] = inbox.rows
    kept = {key for key, value in row.items() if value not in (None, [], 0)}
    assert kept <= {"sha256", "mailbox", "folder", "uid", "received_at", "logged_at", "kind", "confidence", "status"}
    assert (row["kind"], row["status"]) == ("none", "auto")
    pipeline.store.close()
    if store_url.startswith("sqlite"):
        stored = b"".join(file.read_bytes() for file in tmp_path.glob("triage.db*"))
    else:
        dumped = ["pg_dump", "-d", store_url.replace("+psycopg", "")]
        stored = subprocess.run(dumped, check=True, capture_output=True).stdout
    assert len(stored) > 1000
    for word in (b"zephyrine", b"Bramblewick", b"xylophone", b"genogram"):
        assert word.lower() not in stored.lower()


def test_an_officers_message_that_waits_is_erased_after_the_time_allowed_and_not_before(
    pipeline: Pipeline, inbox: Inbox, store_url: str, tmp_path: Path
):
    inbox.take(mail(subject="hmm", body="Qwertz asdfg yxcvb uiopü", message_id="<w@x.example>"), mailbox="officer-hale")
    inbox.take(mail(subject="hmm", body="Zxcvb lkjhg poiuy mnbvc", message_id="<v@x.example>"), mailbox="complaints")
    assert [row["status"] for row in inbox.rows] == ["review", "review"]
    assert pipeline.forget_expired(timedelta(days=30)) == 0
    with writing(store_url) as connection:
        connection.execute(text("UPDATE delivery SET logged_at = '2020-01-01 00:00:00+00:00'"))
    assert pipeline.forget_expired(timedelta(days=30)) == 1
    by_mailbox = {row["mailbox"]: row for row in inbox.rows}
    assert by_mailbox["officer-hale"]["text"] is by_mailbox["officer-hale"]["subject"] is by_mailbox["officer-hale"]["from"] is None
    assert by_mailbox["complaints"]["text"] == "Zxcvb lkjhg poiuy mnbvc"
    assert pipeline.store.raw(str(by_mailbox["officer-hale"]["sha256"])) is None
    if store_url.startswith("sqlite"):
        # The store is open: what was erased must not stand in its log either.
        stored = b"".join(file.read_bytes() for file in tmp_path.glob("triage.db*"))
        assert b"Qwertz" not in stored
        assert b"Zxcvb" in stored
    assert pipeline.forget_expired(timedelta(days=30)) == 0


def test_a_message_that_the_reader_cannot_take_is_quarantined_and_the_next_goes_on(pipeline: Pipeline, inbox: Inbox):
    def is_own(domain: str) -> bool:
        if domain == "poison.example":
            raise RecursionError("no words of the mail in here")
        return False

    inbox.pipeline.judge = replace(pipeline.judge, is_own=is_own)
    poison = mail("P <p@poison.example>", message_id="<p@poison.example>")
    tally = inbox.take(mail(body=COMPLAINT), poison, mail("B <b@b.example>", body=PRAISE, message_id="<b@b.example>"))
    assert (tally.fetched, tally.logged, tally.quarantined) == (3, 2, 1)
    bad = inbox.rows[1]
    assert (bad["status"], bad["kind"], bad["error"]) == ("quarantined", None, "it could not be read (RecursionError)")
    assert pipeline.store.raw(str(bad["sha256"])) == poison
    assert [case["reference"][-6:] for case in inbox.cases] == ["000001", "000002"]


def test_a_message_that_cannot_be_judged_is_quarantined_and_the_next_goes_on(pipeline: Pipeline, inbox: Inbox):
    class Fragile(EntityFinder):
        def find(self, text: str, names: Sequence[str] = (), *, english: bool = True) -> Entities:
            if "minibus" in text:
                raise IndexError("no words of the mail in here")
            return Entities()

    pipeline.judge = replace(pipeline.judge, finder=Fragile())
    tally = inbox.take(
        mail(body=COMPLAINT), mail(message_id="<poison@x.example>"), mail("B <b@b.example>", body=PRAISE, message_id="<b@b.example>")
    )
    assert (tally.fetched, tally.logged, tally.quarantined) == (3, 2, 1)
    assert [row["status"] == "quarantined" for row in inbox.rows] == [False, True, False]
    assert "IndexError" in str(inbox.rows[1]["error"]) and "no words" not in str(inbox.rows[1]["error"])


def test_a_message_that_the_database_refuses_is_quarantined_and_the_others_are_logged(pipeline: Pipeline, inbox: Inbox, store_url: str):
    with writing(store_url) as connection:
        if store_url.startswith("sqlite"):
            connection.execute(
                text("CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.subject = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END")
            )
        else:
            connection.execute(text("ALTER TABLE message ADD CONSTRAINT poison CHECK (subject <> 'poison')"))
    tally = inbox.take(
        mail(body=COMPLAINT),
        mail("P <p@p.example>", "poison", COMPLAINT, message_id="<p@p.example>"),
        mail("B <b@b.example>", body=PRAISE, message_id="<b@b.example>"),
    )
    assert (tally.logged, tally.quarantined) == (2, 1)
    assert [row["status"] == "quarantined" for row in inbox.rows] == [False, True, False]
    assert [case["reference"][-6:] for case in inbox.cases] == ["000001", "000002"]
    cursor = pipeline.store.cursor("complaints", "INBOX")
    assert cursor is not None and cursor.last_uid == 3


def test_a_quarantined_message_can_be_tried_again(pipeline: Pipeline, inbox: Inbox):
    good = pipeline.judge
    inbox.pipeline.judge = replace(good, is_own=lambda domain: 1 // 0 == 0)
    inbox.take(mail(body=COMPLAINT))
    [waiting] = pipeline.store.quarantined()
    raw = pipeline.store.raw(waiting.sha256)
    assert raw is not None
    arrival = type(waiting.arrival)(waiting.arrival.place, raw, len(raw), waiting.received_at)
    pipeline.retry(waiting.id, arrival, waiting.sha256)
    assert pipeline.store.quarantined()[0].attempts == 2
    inbox.pipeline.judge = good
    pipeline.retry(waiting.id, arrival, waiting.sha256)
    [row] = inbox.rows
    assert (row["kind"], row["relation"], row["uid"]) == ("complaint", "new", 1)
    assert pipeline.store.quarantined() == []
    assert pipeline.store.raw(waiting.sha256) == raw


def test_renumbered_folders_log_nothing_twice_but_what_is_new(inbox: Inbox):
    officer = mail("Roster <roster@ashmere.example>", "Rota", CASEWORK, message_id="<rota@x.example>", Auto_Submitted="auto-replied")
    twice = mail("B <b@b.example>", body=PRAISE, message_id="<b@b.example>")
    inbox.take(mail(body=COMPLAINT), twice, twice, officer, mailbox="officer-hale")
    before = [{k: v for k, v in row.items() if k != "uid"} for row in inbox.rows]
    inbox.renumber("officer-hale")
    new = mail("C <c@c.example>", body=COMPLAINT, message_id="<c@c.example>")
    inbox.take(twice, new, mail(body=COMPLAINT), officer, twice, mailbox="officer-hale", uidvalidity=2, known_below=6)
    rows = inbox.rows
    assert [{k: v for k, v in row.items() if k != "uid"} for row in rows][: len(before)] == before
    assert len(rows) == len(before) + 1
    assert sorted(int(str(row["uid"])) for row in rows) == [1, 2, 3, 4, 5]


def test_a_folder_whose_server_changed_the_bytes_while_it_moved_logs_nothing_twice(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT))
    inbox.renumber()
    inbox.take(b"X-Migrated: yes\r\n" + mail(body=COMPLAINT), uidvalidity=7, known_below=2)
    assert len(inbox.rows) == 1


def test_every_decision_is_in_the_audit_with_the_program_and_its_model(inbox: Inbox, store_url: str, pipeline: Pipeline):
    inbox.take(mail(body=COMPLAINT))
    reference = str(inbox.cases[0]["reference"])
    close_case(pipeline.store, "Ann Officer", reference, Outcome.UPHELD, datetime(2026, 7, 1, tzinfo=UTC))
    with writing(store_url) as connection:
        events = connection.execute(text("SELECT actor, action FROM audit_event ORDER BY id")).all()
    assert [event.action for event in events] == ["opened", "classified", "closed"]
    assert events[0].actor == f"triage 0.1.0, model {pipeline.judge.model.version}"
    assert events[2].actor == "Ann Officer"


_REPLACED = "REPLACE INTO audit_event SELECT id, at, 'nobody', action, message_pk, delivery_id, case_id, detail FROM audit_event"


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'nobody'", "DELETE FROM audit_event", _REPLACED])
def test_the_audit_cannot_be_changed(inbox: Inbox, store_url: str, statement: str):
    inbox.take(mail(body=COMPLAINT))
    if statement is _REPLACED and not store_url.startswith("sqlite"):
        statement = "TRUNCATE audit_event"
    with pytest.raises(Exception, match="case store refused"), writing(store_url) as connection:
        connection.execute(text(statement))


def test_an_absurdly_long_address_keeps_no_other_message_from_being_logged(inbox: Inbox):
    dice = random.Random(4)
    absurd = "".join(dice.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(6000))
    bad = f'From: "X" <{absurd}@x.example>\r\nSubject: {absurd}\r\nMessage-ID: <{absurd}@x.example>\r\n\r\n{COMPLAINT}'.encode()
    tally = inbox.take(mail(body=COMPLAINT), bad, mail("B <b@b.example>", body=PRAISE, message_id="<b@b.example>"))
    assert (tally.logged + tally.quarantined, len(inbox.rows)) == (3, 3)
    assert [row["kind"] for row in inbox.rows][::2] == ["complaint", "compliment"]


def test_what_the_database_refuses_is_no_outage_of_the_database(inbox: Inbox, store_url: str):
    """An index row that is too large, say: the message is at fault and quarantined, and the mailbox goes on."""
    if store_url.startswith("sqlite"):
        refusal = "CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.subject = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END"
    else:
        refusal = "CREATE INDEX poison ON message ((repeat(md5(subject) || subject || text, 1)))"
    with writing(store_url) as connection:
        connection.execute(text(refusal))
    dice = random.Random(5)
    noise = " ".join(dice.randbytes(8).hex() for _ in range(2000))
    tally = inbox.take(
        mail(body=COMPLAINT), mail("P <p@p.example>", "poison", noise, message_id="<p@p.example>"), mail(message_id="<c@c.example>")
    )
    assert (tally.logged, tally.quarantined) == (2, 1)


def test_a_form_that_serves_many_families_makes_none_of_them_a_party_to_anothers_case(inbox: Inbox):
    form = "Web forms <webforms@ashmere.example>"
    inbox.take(mail(form, "Form", "Name: Ann Smith. " + COMPLAINT, message_id="<a@f.example>"))
    reference = str(inbox.cases[0]["reference"])
    before = inbox.cases[0]
    inbox.take(mail(form, f"Form {reference}", "Name: Bob Jones. " + COMPLAINT, message_id="<b@f.example>"))
    row = inbox.rows[-1]
    assert row["relation"] == "new" and row["case"] not in (reference, None)
    assert row["suggested_case"] in (None, reference)
    assert inbox.cases[0] == before


def test_the_author_of_a_web_form_is_whom_it_says_to_answer(inbox: Inbox):
    form = "Web forms <webforms@ashmere.example>"
    inbox.take(mail(form, "Form", COMPLAINT, message_id="<a@f.example>", Reply_To="Ann Smith <ann@family.example>"))
    inbox.take(mail(form, "Form", COMPLAINT, message_id="<b@f.example>", Reply_To="Bob Jones <bob@family.example>"))
    ann, bob = inbox.rows
    assert (ann["original_from_address"], ann["original_from_name"], ann["forwarded"]) == ("ann@family.example", "Ann Smith", False)
    assert (ann["relation"], bob["relation"]) == ("new", "new")
    reference = str(ann["case"])
    later = "Still no answer to my complaint about contact. This is not good enough."
    inbox.take(mail("Ann <ann@family.example>", f"Re: {reference}", later, message_id="<c@f.example>"))
    assert (inbox.rows[-1]["case"], inbox.rows[-1]["relation"]) == (reference, "repeat")


def test_a_complaint_with_the_bounce_attached_is_a_complaint(inbox: Inbox):
    whole = EmailMessage()
    whole["From"], whole["To"], whole["Subject"] = "Dawn <dawn@family.example>", "r.hale@ashmere.example", "My letter came back"
    whole["Message-ID"] = "<back@family.example>"
    whole.set_content(COMPLAINT)
    report = EmailMessage()
    report.set_content("Action: failed")
    whole.add_attachment(report)
    raw = whole.as_bytes().replace(b"message/rfc822", b"message/delivery-status")
    inbox.take(raw, mailbox="officer-hale")
    [row] = inbox.rows
    assert row["kind"] == "complaint"
    assert row["case"] is not None


def test_each_delivery_has_the_message_id_that_the_server_gave(inbox: Inbox):
    inbox.take(mail(body=COMPLAINT), mail(body=COMPLAINT, message_id="<two@family.example>"))
    assert [row["message_id"] for row in inbox.rows] == ["<one@family.example>", "<two@family.example>"]


def test_officers_mail_in_quarantine_keeps_its_bytes_for_the_time_allowed(pipeline: Pipeline, inbox: Inbox, store_url: str):
    inbox.pipeline.judge = replace(pipeline.judge, is_own=lambda domain: 1 // 0 == 0)
    inbox.take(mail(body=COMPLAINT), mailbox="officer-hale")
    inbox.take(mail(body=COMPLAINT, message_id="<s@x.example>"), mailbox="complaints")
    officers, shared = (pipeline.store.raw(one.sha256) for one in pipeline.store.quarantined())
    assert officers and shared
    assert pipeline.forget_expired(timedelta(days=30)) == 0
    with writing(store_url) as connection:
        connection.execute(text("UPDATE delivery SET logged_at = '2020-01-01 00:00:00+00:00'"))
    assert pipeline.forget_expired(timedelta(days=30)) == 1
    assert [pipeline.store.raw(one.sha256) is None for one in pipeline.store.quarantined()] == [True, False]


def test_an_urgent_message_of_a_team_is_not_put_aside_without_a_person(inbox: Inbox):
    body = "Hi, strategy meeting moved to 2pm. The boy is missing since last night and said he wants to kill himself, police are looking for him."
    inbox.take(mail("Duty <duty@ashmere.example>", "RE: strategy meeting", body))
    [row] = inbox.rows
    assert row["urgent"] is True
    assert row["status"] == "review" or row["case"] is not None
