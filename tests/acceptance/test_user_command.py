"""The commands for people who sign in to the queue, as they are called."""

import os
import re
from pathlib import Path

import pytest

from tests.support.program import Program, one_line, write_config
from triage.cli import main


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program with the store's password only: no mailbox is signed in to, so none is needed."""
    made = Program(write_config(tmp_path, {"complaints": "shared"}, port=1))
    made.environment = {key: value for key, value in os.environ.items() if key != "TRIAGE_TEST_PASSWORD"}
    return made


def test_a_name_and_a_role_are_enough_and_the_password_for_once_is_printed(program: Program):
    assert program("user", "list").stdout == "nobody can sign in yet: user add NAME --role administrator adds the first\n"
    done = program("user", "add", "Rita.Patel", "--role", "reviewer")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first == "rita.patel can sign in: reviewer"
    assert re.fullmatch(r"their password, for the first time only: ([a-z2-9]{4}-){3}[a-z2-9]{4}", second)
    assert third == "it is not shown again, and must be changed when they sign in"
    assert program("user", "list").stdout == "rita.patel  Rita.Patel: reviewer, must choose a password\n"


def test_people_are_added_changed_disabled_and_listed(program: Program, tmp_path: Path):
    password = tmp_path / "password"
    password.write_text("otter violin harbour\n", encoding="utf-8")
    done = program(
        "user", "add", "tom", "--role", "manager", "--full-name", "Tom Harper", "--address", "Tom.Harper@ashmere.example",
        "--service", "transport", "--service", "send", "--password-file", str(password),
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "tom can sign in: manager\n", "")
    assert program("user", "add", "ada", "--role", "administrator", "--password-file", str(password)).returncode == 0
    assert program("user", "list").stdout.splitlines() == [
        "ada  ada: administrator",
        "tom  Tom Harper: manager, send, transport, tom.harper@ashmere.example",
    ]

    done = program("user", "change", "tom", "--full-name", "Tom Lane", "--no-services", "--address", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "tom is changed\n", "")
    assert program("user", "disable", "TOM").stdout == "tom cannot sign in any more\n"
    assert re.fullmatch(r"tom  Tom Lane: manager, disabled on \d+ \w+ \d{4} at \d\d:\d\d", program("user", "list").stdout.splitlines()[1])
    assert program("user", "enable", "tom").stdout == "tom can sign in again\n"
    assert program("user", "unlock", "tom").stdout == "tom is not locked\n"
    done = program("user", "reset-password", "tom")
    assert done.returncode == 0
    assert done.stdout.startswith("tom has a new password\ntheir password, for the first time only: ")
    assert program("user", "list").stdout.splitlines()[1] == "tom  Tom Lane: manager, must choose a password"
    done = program("user", "disable", "ada")
    assert (done.returncode, done.stdout) == (2, "") and one_line(done.stderr) and "last administrator" in done.stderr


_WRONG_CALLS = [
    (["add", "tom"], "--role"),
    (["add", "tom", "--role", "boss"], "administrator"),
    (["add", "--role", "auditor"], "NAME"),
    (["add", "ada", "--role", "auditor"], "choose another name"),
    (["add", "tom harper", "--role", "auditor"], "letters from a to z"),
    (["add", "tom", "--role", "auditor", "--service", "send"], "only a manager"),
    (["add", "tom", "--role", "manager", "--service", "trains"], "transport"),
    (["add", "tom", "--role", "manager", "--address", "tom"], "address is none"),
    (["add", "tom", "--role", "manager", "--full-name", ""], "full name is empty"),
    (["add", "tom", "--role", "manager", "--password-file", "{}/none"], "there is no file"),
    (["add", "tom", "--role", "manager", "--password-file", "{}"], "cannot be read"),
    (["add", "tom", "--role", "manager", "--password-file", "{}/binary"], "cannot be read"),
    (["add", "tom", "--role", "manager", "--password-file", "{}/empty"], "in one line"),
    (["add", "tom", "--role", "manager", "--password-file", "{}/lines"], "in one line"),
    (["add", "tom", "--role", "manager", "--password-file", "{}/short"], "too short"),
    (["change", "ada"], "say what to change"),
    (["change", "ada", "--service", "send", "--no-services"], "not both"),
    (["change", "ada", "--role", "auditor"], "last administrator"),
    (["change", "tom", "--role", "auditor"], "no account of that name"),
    (["reset-password", "tom"], "no account of that name"),
    (["reset-password", "ada", "--remove-code"], "no code"),
    (["disable", "tom"], "no account of that name"),
    (["enable", "tom"], "no account of that name"),
    (["unlock", "tom"], "no account of that name"),
]  # fmt: skip


def test_a_wrong_call_says_in_a_line_what_is_wrong_and_changes_nothing(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name, content in (("binary", b"\xff\xfe\0"), ("empty", b"\n"), ("lines", b"one\ntwo\n"), ("short", b"short\n")):
        (tmp_path / name).write_bytes(content)
    assert program("user", "add", "ada", "--role", "administrator").returncode == 0
    before = program("user", "list").stdout
    for call, says in _WRONG_CALLS:
        # A process for each takes a minute; what they share is seen above.
        status = main(["user", *(word.replace("{}", str(tmp_path)) for word in call), "--config", str(program.config)])
        said = capsys.readouterr()
        assert (status, said.out) == (2, ""), call
        assert one_line(said.err) and says in said.err, (call, said.err)
    assert program("user", "list").stdout == before
