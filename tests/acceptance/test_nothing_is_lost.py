"""Crashes, signals, broken mailboxes, large mail: every message is logged once, and nothing else is touched."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.dovecot import Dovecot
from tests.support.mail import big_mail, corpus_mail, mail
from tests.support.postgres import Postgres
from tests.support.program import Program, references

NewUser = Callable[[str], str]
KILLS = 20
MEGABYTE = 1_000_000


def assert_all_logged_once(program: Program, expected: dict[str, int]) -> None:
    rows, cases = program.export("messages"), program.export("cases")
    assert {name: sum(row["mailbox"] == name for row in rows) for name in expected} == expected
    places = [(row["mailbox"], row["folder"], row["uid"]) for row in rows]
    assert len(set(places)) == len(places)
    numbers = references(cases)
    assert numbers == list(range(1, len(numbers) + 1))
    opened = [row["case"] for row in rows if row["relation"] == "new"]
    assert sorted(opened) == sorted(case["reference"] for case in cases)


def _killed_again_and_again(program: Program, seed: int) -> None:
    """Start the service and kill it: while it starts, while it reads its first messages, in the middle of a backlog."""
    dice = random.Random(seed)
    ready = 3.0
    for kill in range(KILLS):
        started = time.monotonic()
        with program.started("run") as process:
            assert process.stderr is not None
            if kill % 4 == 3:
                time.sleep(dice.uniform(0, ready))
            else:
                # "started" is its first line: what follows are polls, the first of which loads what names people.
                process.stderr.readline()
                ready = time.monotonic() - started
                time.sleep(dice.uniform(0, 3))
            process.kill()
            process.communicate()


def test_killed_twenty_times_at_random_every_message_is_logged_exactly_once(
    dovecot: Dovecot, new_user: NewUser, tmp_path: Path, postgres: Postgres
):
    """On both databases side by side, because starting takes most of the time."""
    users = {new_user("complaints"): "shared", new_user("officer-a"): "officer", new_user("officer-b"): "officer"}
    messages = list(corpus_mail(300))
    for number, user in enumerate(users):
        dovecot.append(user, messages[number * 100 : number * 100 + 100])
    programs = []
    for name, store in (("sqlite", None), ("postgresql", postgres.new_database())):
        (tmp_path / name).mkdir()
        # Small batches make many commits, and so many moments between them.
        programs.append(Program.on(dovecot, tmp_path / name, users, store=store, extra="[limits]\nbatch_messages = 2"))
    with ThreadPoolExecutor(2) as side_by_side:
        list(side_by_side.map(_killed_again_and_again, programs, (20_261_121, 20_261_122)))
    for program in programs:
        before = len(program.export("messages"))
        assert before > 0, "it was never killed in the middle of its work"
        tallies = program.poll()
        assert all(tally["error"] is None for tally in tallies.values())
        assert sum(tally["fetched"] for tally in tallies.values()) <= 300 - before
        assert_all_logged_once(program, dict.fromkeys(users, 100))


def test_the_service_polls_until_sigterm_then_finishes_and_exits_0(dovecot: Dovecot, new_user: NewUser, tmp_path: Path):
    user = new_user("complaints")
    dovecot.append(user, corpus_mail(200))
    program = Program.on(dovecot, tmp_path, {user: "shared"}, box='poll_every = "1s"', extra="[limits]\nbatch_messages = 5")
    with program.started("run") as process:
        assert process.stderr is not None
        assert "started" in process.stderr.readline()
        # It loads what names people, and is in the middle of the mailbox.
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
        assert process.returncode == 0
    assert "stopped" in log and "Traceback" not in log
    rest = program.poll()[user]
    assert rest["error"] is None
    assert_all_logged_once(program, {user: 200})


def test_new_mail_is_logged_while_the_service_runs_and_the_log_holds_no_words(dovecot: Dovecot, new_user: NewUser, tmp_path: Path):
    user = new_user("complaints")
    program = Program.on(dovecot, tmp_path, {user: "shared", "down": "officer"}, box='poll_every = "1s"', extra='[log]\nlevel = "DEBUG"')
    config = program.config.read_text()
    program.config.write_text(config[: config.rfind("port =")] + "port = 1\n" + config[config.rfind("tls ") :])
    with program.started("run") as process:
        dovecot.append(user, [mail()])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not program.export("messages"):
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert len(program.export("messages")) == 1
    assert "poll failed mailbox=down" in log
    for word in ("Pickering", "family.example", "minibus", "Transport", "correct-horse"):
        assert word not in log


def test_one_mailbox_down_one_with_a_poison_message_one_healthy(dovecot: Dovecot, new_user: NewUser, tmp_path: Path):
    healthy, poisoned = new_user("healthy"), new_user("poisoned")
    dovecot.append(healthy, corpus_mail(40))
    dovecot.append(poisoned, [*corpus_mail(10), big_mail(3), mail(message_id="<last@x.example>")])
    boxes = {poisoned: "shared", healthy: "officer", "down": "officer"}
    program = Program.on(dovecot, tmp_path, boxes, extra='[limits]\nmessage_size = "2MB"')
    config = program.config.read_text()
    program.config.write_text(config[: config.rfind("port =")] + "port = 1\n" + config[config.rfind("tls ") :])
    done = program("poll", "--json")
    assert done.returncode == 1
    assert "down: 127.0.0.1 port 1: refused the connection" in done.stderr
    tallies = program.poll()
    assert "refused the connection" in tallies["down"]["error"]
    rows = program.export("messages")
    assert sum(row["mailbox"] == healthy for row in rows) == 40
    assert [row["status"] for row in rows if row["mailbox"] == poisoned].count("quarantined") == 1
    assert sum(row["mailbox"] == poisoned for row in rows) == 12
    assert "1 message could not be processed" in program("check").stdout
    assert "it is larger than 2 MB" in program("quarantine", "list").stdout
    assert program("quarantine", "retry", "--all").returncode == 1
    assert "tried 2 times" in program("quarantine", "list").stdout
    program.config.write_text(program.config.read_text().replace("2MB", "9MB"))
    again = program("quarantine", "retry", "--all")
    assert again.returncode == 0 and "logged on CC-" in again.stdout


def test_messages_of_25_megabytes_are_logged_in_under_700_megabytes_of_memory(dovecot: Dovecot, new_user: NewUser, tmp_path: Path):
    user = new_user("large")
    dovecot.append(user, [big_mail(25, number) for number in range(4)])
    program = Program.on(dovecot, tmp_path, {user: "shared"})
    measured = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
        "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    arguments = [sys.executable, "-c", measured, *program.arguments("poll")]
    done = subprocess.run(arguments, env=program.environment, capture_output=True, text=True, timeout=300, check=True)
    status, peak = map(int, done.stdout.split())
    assert status == 0, done.stderr
    rows = program.export("messages")
    assert [row["attachments"] for row in rows] == [["damp.jpg"]] * 4
    # Linux gives the peak in kibibytes.
    assert peak * 1024 < 700 * MEGABYTE, f"{peak // 1024} MiB"


def test_the_store_can_be_read_by_its_owner_only(dovecot: Dovecot, new_user: NewUser, tmp_path: Path):
    user = new_user("modes")
    dovecot.append(user, [mail()])
    program = Program.on(dovecot, tmp_path, {user: "shared"}, store=f"sqlite:///{tmp_path}/var/triage.db")
    program.poll()
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "var").iterdir()} == {0}
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0
