"""The commands of the contract, as other programs call them."""

import csv
import io
import json
import mailbox
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.dovecot import Dovecot
from tests.support.mail import ROOT, mail
from tests.support.program import Program, one_line, write_config

FIELDS = {
    "sha256", "message_id", "mailbox", "folder", "uid", "received_at", "logged_at", "from", "subject", "kind", "process", "role",
    "urgent", "outside_scope", "service", "themes", "language", "confidence", "status", "forwarded", "forwarder",
    "original_from_address", "original_from_name", "original_date", "original_subject", "text", "attachments", "case", "relation",
    "suggested_case", "part", "team", "note",
}  # fmt: skip
CASE_FIELDS = {
    "reference", "kind", "process", "status", "stage", "opened_at", "due_at", "closed_at", "outcome", "correspondents", "messages",
    "related", "service", "team", "themes", "urgent",
}  # fmt: skip


@pytest.fixture
def program(dovecot: Dovecot, new_user: Callable[[str], str], tmp_path: Path) -> Program:
    """The program on one shared and one officer's mailbox with four messages."""
    shared, officer = new_user("complaints"), new_user("officer")
    dovecot.append(
        shared,
        [
            mail(),
            mail("Ivo Lang <ivo@family.example>", "Thanks", "Thank you Jill, you have been a star for us.", message_id="<i@x.example>"),
        ],
    )
    notice = mail(
        "Payroll <pay@ashmere.example>",
        "Claims",
        "Mileage claims for June close on the 24th.",
        message_id="<p@x.example>",
        Auto_Submitted="auto-replied",
    )
    dovecot.append(officer, [mail(), notice])
    return Program.on(dovecot, tmp_path, {shared: "shared", officer: "officer"})


def test_check_says_that_everything_answers(program: Program):
    done = program("check")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [line.partition(":")[0].split()[0] for line in done.stdout.splitlines()] == [
        "configuration",
        "model",
        "store",
        "mailbox",
        "mailbox",
    ]


def test_poll_logs_and_export_gives_every_field_of_the_contract(program: Program):
    done = program("poll", "--json")
    assert done.returncode == 0, done.stderr
    tallies = json.loads(done.stdout)["mailboxes"]
    assert [(t["fetched"], t["logged"], t["none"], t["quarantined"], t["error"]) for t in tallies] == [
        (2, 2, 0, 0, None),
        (2, 2, 1, 0, None),
    ]
    rows, cases = program.export("messages"), program.export("cases")
    assert len(rows) == 4
    assert all(set(row) >= FIELDS for row in rows)
    assert all(set(case) >= CASE_FIELDS for case in cases)
    assert len(cases) == 2
    assert all(t["fetched"] == 0 for t in program.poll().values())


def test_export_as_csv_has_the_same_rows_and_runs_no_formula(program: Program, tmp_path: Path):
    formula = tmp_path / "formula.eml"
    formula.write_bytes(
        mail("F <f@x.example>", '=HYPERLINK("http://x.example")', "I am very unhappy with how we were treated.", message_id="<f@x.example>")
    )
    program("import", "--mailbox", program.config.read_text().split('name = "')[2].split('"')[0], str(formula))
    program.poll()
    done = program("export", "messages", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == len(program.export("messages")) == 5
    assert sum(row["subject"].startswith("'=HYPERLINK") for row in rows) == 1


def test_a_case_is_closed_once_with_an_outcome_and_a_day(program: Program):
    program.poll()
    reference = program.export("cases")[0]["reference"]
    done = program("case", "close", reference, "--outcome", "upheld", "--on", "2026-07-01")
    assert (done.returncode, done.stdout) == (0, f"{reference} is closed: upheld, 1 July 2026 at 23:59\n")
    case = program.export("cases")[0]
    assert (case["status"], case["outcome"], case["closed_at"][:10]) == ("closed", "upheld", "2026-07-01")
    again = program("case", "close", reference, "--outcome", "upheld")
    assert again.returncode == 1 and again.stderr.startswith(f"Error: {reference} is closed already: ")
    assert "at the command line closed this at" in again.stderr and one_line(again.stderr)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["case", "close", "CC-2026-000999", "--outcome", "upheld"], "there is no case CC-2026-000999"),
        (["case", "close", "CC-2026-000001", "--outcome", "sideways"], "partially_upheld"),
        (["case", "close", "12", "--outcome", "upheld"], "CC-2026-000123"),
        (["case", "close", "CC-2026-000001", "--outcome", "upheld", "--on", "yesterday"], "2026-11-03"),
        (["import", "--mailbox", "nowhere", "x.eml"], 'no mailbox "nowhere"'),
        (["export", "everything"], "messages"),
        (["quarantine", "retry", "77"], "not in quarantine: 77"),
        (["quarantine", "retry"], "--all"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(program: Program, command: list[str], says: str):
    done = program(*command)
    assert done.returncode == 2
    assert one_line(done.stderr), done.stderr
    assert says in done.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("\n[nonsense]\nx = 1\n", "nonsense: there is no such key"),
        ("\n[limits]\nparts = 3\n", "limits.parts"),
        ("\n[limits\n", "not valid TOML"),
        ('\n[[mailbox]]\nname = "x"\n', "is missing"),
    ],
)
def test_a_wrong_configuration_is_one_line_that_names_the_key_and_status_2(program: Program, change: str, says: str):
    program.config.write_text(program.config.read_text() + change)
    for command in (["check"], ["poll", "--json"], ["run"], ["export", "cases"]):
        done = program(*command)
        assert done.returncode == 2
        assert one_line(done.stderr) and says in done.stderr, done.stderr


def test_a_missing_secret_is_refused_at_start_by_its_name(program: Program):
    del program.environment["TRIAGE_TEST_PASSWORD"]
    done = program("poll")
    assert done.returncode == 2
    assert one_line(done.stderr) and "TRIAGE_TEST_PASSWORD is not set" in done.stderr


def test_a_missing_configuration_says_how_to_name_one(tmp_path: Path):
    done = Program(tmp_path / "none.toml")("check")
    assert done.returncode == 2 and one_line(done.stderr) and "--config" in done.stderr


def test_a_store_that_cannot_be_reached_is_one_line_and_status_1(tmp_path: Path):
    config = write_config(tmp_path, {"complaints": "shared"}, port=1, store="postgresql+psycopg://nobody@127.0.0.1:1/none")
    for command in (["poll"], ["export", "messages"], ["check"]):
        done = Program(config)(*command)
        assert done.returncode == 1
        assert "the case store cannot be reached" in done.stderr and "Traceback" not in done.stderr


def test_a_store_in_a_place_that_cannot_be_written_is_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    config = write_config(tmp_path, {"complaints": "shared"}, port=1, store=f"sqlite:///{tmp_path}/file/triage.db")
    done = Program(config)("export", "cases")
    assert done.returncode == 1 and one_line(done.stderr) and "store.url" in done.stderr


def test_a_store_that_is_no_database_is_one_line(tmp_path: Path):
    (tmp_path / "triage.db").write_text("this is a shopping list, not a database, and it is long enough to be read as one " * 20)
    config = write_config(tmp_path, {"complaints": "shared"}, port=1)
    done = Program(config)("export", "cases")
    assert done.returncode == 1 and one_line(done.stderr)


def test_check_names_each_thing_that_is_wrong_and_goes_on(dovecot: Dovecot, new_user: Callable[[str], str], tmp_path: Path):
    good = new_user("good")
    config = write_config(tmp_path, {good: "shared", "down": "officer"}, port=dovecot.port)
    text = config.read_text()
    config.write_text(text[: text.rfind("port =")] + "port = 1\n" + text[text.rfind("tls ") :])
    done = Program(config)("check")
    assert done.returncode == 1
    assert one_line(done.stderr) and "down: 127.0.0.1 port 1: refused the connection" in done.stderr
    assert f"mailbox {good}: signed in; INBOX (0 messages)" in done.stdout


def test_classify_prints_a_line_for_each_message_and_stores_nothing(program: Program, tmp_path: Path):
    one, two, empty = tmp_path / "one.eml", tmp_path / "two.eml", tmp_path / "empty.eml"
    one.write_bytes(mail())
    two.write_bytes(mail(body="Thank you so much, Jill was wonderful and the boys have never felt so settled.", Cc="x@y.example"))
    empty.write_bytes(b"")
    done = program("classify", str(one), str(empty), str(two), str(tmp_path / "none.eml"))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["kind"] for row in found] == ["complaint", "compliment"]
    assert all(0 < row["confidence"] <= 1 and row["reasons"] for row in found)
    assert [(row["file"], row["part"], row["language"]) for row in found] == [("one.eml", 0, "en"), ("two.eml", 0, "en")]
    assert done.returncode == 1
    assert done.stderr.count("Error:") == 2 and "Traceback" not in done.stderr
    assert not (tmp_path / "triage.db").exists()


def test_import_takes_files_folders_maildirs_and_mbox_once_each(program: Program, tmp_path: Path):
    name = program.config.read_text().split('name = "')[2].split('"')[0]
    messages = [mail(f"P{n} <p{n}@x.example>", f"Matter {n}", message_id=f"<{n}@x.example>") for n in range(8)]
    folder = tmp_path / "letters" / "2025"
    folder.mkdir(parents=True)
    (folder / "a.eml").write_bytes(messages[0])
    (folder.parent / "b.eml").write_bytes(messages[1])
    (folder.parent / "notes.txt").write_text("not mail")
    maildir = mailbox.Maildir(tmp_path / "maildir", create=True)
    for raw in messages[2:5]:
        maildir.add(raw)
    mbox = mailbox.mbox(tmp_path / "old.mbox", create=True)
    for raw in messages[5:]:
        mbox.add(raw)
    mbox.close()
    paths = [str(tmp_path / "letters"), str(tmp_path / "maildir"), str(tmp_path / "old.mbox")]
    first, second = program("import", "--mailbox", name, *paths), program("import", "--mailbox", name, *paths)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "8 messages, 0 there already; 8 logged" in first.stdout
    assert "1 file in the folders passed over" in first.stdout
    assert "8 messages, 8 there already; 0 logged" in second.stdout
    rows = program.export("messages")
    assert len(rows) == 8
    assert {row["folder"] for row in rows} == {"import"} and {row["uid"] for row in rows} == {None}
    assert {row["received_at"][:10] for row in rows} == {"2026-06-01"}


def test_import_passes_over_what_was_polled_whatever_its_line_ends(program: Program, tmp_path: Path):
    program.poll()
    name = program.config.read_text().split('name = "')[2].split('"')[0]
    (tmp_path / "same.eml").write_bytes(mail().replace(b"\r\n", b"\n"))
    done = program("import", "--mailbox", name, str(tmp_path / "same.eml"))
    assert "1 message, 1 there already; 0 logged" in done.stdout
    assert len(program.export("messages")) == 4


def test_import_names_a_file_that_is_no_mail_and_takes_the_others(program: Program, tmp_path: Path):
    name = program.config.read_text().split('name = "')[2].split('"')[0]
    (tmp_path / "good.eml").write_bytes(mail())
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0 not mail")
    done = program("import", "--mailbox", name, str(tmp_path / "picture.jpg"), str(tmp_path / "good.eml"))
    assert done.returncode == 1
    assert one_line(done.stderr) and "picture.jpg: is not an e-mail" in done.stderr
    assert len(program.export("messages")) == 1


def test_the_demo_logs_its_sample_mail_and_ends(tmp_path: Path):
    config = tmp_path / "demo.toml"
    config.write_text((ROOT / "config/demo.toml").read_text().replace("var/demo", f"{tmp_path}/demo"))
    done = Program(config)("demo", "--once")
    assert done.returncode == 0, done.stderr
    assert "75 sample messages wait in 3 mailboxes" in done.stdout
    assert done.stdout.count("CC-") >= 40
    assert "copies of others" in done.stdout
    logged = Program(write_config(tmp_path, {"complaints": "shared"}, port=1, store=f"sqlite:///{tmp_path}/demo/triage.db")).export(
        "messages"
    )
    assert len(logged) == 75
    assert {row["kind"] for row in logged} == {"complaint", "enquiry", "compliment", "none"}
