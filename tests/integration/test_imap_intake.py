"""Mail out of a real Dovecot, over wires that work and wires that do not."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.mail import corpus_mail, mail
from tests.support.network import BreakingWire, silent_server
from triage.bootstrap import Parts
from triage.domain.message import MailboxKind
from triage.errors import MailboxError
from triage.mailbox.imap import ImapMailbox
from triage.pipeline import Tally
from triage.settings import LimitSettings, MailboxSettings

MakeParts = Callable[..., Parts]
NewUser = Callable[[str], str]


def poll(parts: Parts) -> list[Tally]:
    return [parts.pipeline.poll(source) for source in parts.mailboxes]


def numbered(count: int, prefix: str) -> list[bytes]:
    return [mail(f"P{n} <p{n}@{prefix}.example>", f"Matter {n}", message_id=f"<{n}@{prefix}.example>") for n in range(count)]


def test_three_hundred_messages_in_three_mailboxes_are_logged_once_each_and_no_flag_is_changed(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts
):
    shared, first, second = new_user("complaints"), new_user("officer-a"), new_user("officer-b")
    messages = list(corpus_mail(300))
    dovecot.append(shared, messages[:100], flags=["\\Seen"])
    dovecot.append(first, messages[100:150])
    dovecot.append(first, messages[150:200], flags=["\\Seen", "\\Flagged"])
    dovecot.append(second, messages[200:], flags=["\\Answered"])
    before = {user: dovecot.flags(user) for user in (shared, first, second)}
    parts = parts_for({shared: "shared", first: "officer", second: "officer"})

    tallies = poll(parts)

    assert [(tally.fetched, tally.logged, tally.quarantined, tally.error) for tally in tallies] == [(100, 100, 0, None)] * 3
    assert {user: dovecot.flags(user) for user in (shared, first, second)} == before
    rows = list(parts.store.export_messages())
    assert len(rows) == 300
    assert len({(row["mailbox"], row["uid"]) for row in rows}) == 300
    assert [tally.fetched for tally in poll(parts)] == [0, 0, 0]
    numbers = [int(case["reference"][-6:]) for case in parts.store.export_cases()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_mail_that_an_officer_has_read_already_is_logged(dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts):
    user = new_user("officer-read")
    dovecot.append(user, [mail()], flags=["\\Seen"])
    assert poll(parts_for({user: "officer"}))[0].logged == 1


def test_the_whole_gap_after_an_outage_is_fetched_however_old(dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts):
    user = new_user("gap")
    parts = parts_for({user: "shared"})
    dovecot.append(user, numbered(2, "before"))
    poll(parts)
    dovecot.append(user, numbered(130, "gap"), when=datetime(2024, 1, 5, tzinfo=UTC))
    assert poll(parts)[0].logged == 130


def test_messages_deleted_between_polls_leave_no_hole_that_stops_it(dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts):
    user = new_user("holes")
    parts = parts_for({user: "shared"})
    dovecot.append(user, numbered(5, "holes"))
    dovecot.delete(user, 2)
    assert poll(parts)[0].logged == 4
    dovecot.delete(user, 5)
    dovecot.append(user, [mail(message_id="<late@x.example>")])
    assert poll(parts)[0].logged == 1


def test_several_folders_are_read_and_one_that_does_not_exist_is_named(dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts):
    user = new_user("folders")
    dovecot.append(user, [mail()])
    dovecot.append(user, [mail(message_id="<two@x.example>", subject="Other", body="Thank you for all the help.")], folder="Café letters")
    parts = parts_for({user: "shared"}, box='folders = ["INBOX", "No such", "Café letters"]')
    [tally] = poll(parts)
    assert tally.logged == 2
    assert tally.error is not None and 'the folder "No such" does not exist' in tally.error and user in tally.error
    assert {row["folder"] for row in parts.store.export_messages()} == {"INBOX", "Café letters"}


def test_a_new_uidvalidity_logs_nothing_twice(dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts):
    user = new_user("renumbered")
    parts = parts_for({user: "shared"})
    dovecot.append(user, numbered(30, "renumbered"))
    poll(parts)
    rows = {row["sha256"] for row in parts.store.export_messages()}
    dovecot.renumber(user, 424_242)
    dovecot.append(user, [mail(message_id="<after@x.example>")])
    assert poll(parts)[0].logged == 1
    cursor = parts.store.cursor(user, "INBOX")
    assert cursor is not None and cursor.uidvalidity == 424_242
    exported = list(parts.store.export_messages())
    assert len(exported) == 31
    assert rows < {row["sha256"] for row in exported}
    assert poll(parts)[0].fetched == 0


def test_after_a_new_uidvalidity_mail_sent_again_is_logged_even_where_the_first_was_deleted(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts
):
    user = new_user("again")
    parts = parts_for({user: "shared"})
    dovecot.append(user, numbered(2, "again"))
    poll(parts)
    dovecot.delete(user, 1)
    dovecot.renumber(user, 515_151)
    poll(parts)
    dovecot.append(user, [mail("P0 <p0@again.example>", "Matter 0", message_id="<second@again.example>")])
    assert poll(parts)[0].logged == 1
    rows = list(parts.store.export_messages())
    assert len(rows) == 3
    assert {row["message_id"] for row in rows} >= {"<0@again.example>", "<second@again.example>"}


def test_a_mailbox_restored_from_a_backup_loses_nothing_that_came_after(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts, tmp_path: Path
):
    user = new_user("restored")
    parts = parts_for({user: "shared"})
    folder = dovecot.folder / "mail" / user
    dovecot.append(user, numbered(1, "restored"))
    subprocess.run(["cp", "-a", str(folder), str(tmp_path / "backup")], check=True)
    dovecot.append(user, numbered(3, "restored")[1:])
    assert poll(parts)[0].logged == 3
    shutil.rmtree(folder)
    subprocess.run(["cp", "-a", str(tmp_path / "backup"), str(folder)], check=True)
    dovecot.append(user, [mail("New <new@x.example>", "A new matter", message_id="<new@x.example>")])
    assert poll(parts)[0].logged == 1
    rows = list(parts.store.export_messages())
    assert sorted(str(row["message_id"]) for row in rows) == [
        "<0@restored.example>",
        "<1@restored.example>",
        "<2@restored.example>",
        "<new@x.example>",
    ]
    assert poll(parts)[0].fetched == 0


def test_a_message_that_the_server_cannot_even_list_is_quarantined_and_the_others_are_logged(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts
):
    user = new_user("corrupt")
    dovecot.append(user, numbered(2, "corrupt"))
    corrupt = dovecot.folder / "mail" / user / "new" / "1780000000.corrupt.host"
    corrupt.write_bytes(mail(message_id="<corrupt@x.example>"))
    corrupt.chmod(0)
    dovecot.append(user, [mail("Z <z@x.example>", "After it", message_id="<after@x.example>")])
    parts = parts_for({user: "shared"})
    tallies = [poll(parts)[0] for _ in range(8)]
    assert sum(tally.logged for tally in tallies) == 3
    assert sum(tally.quarantined for tally in tallies) == 1
    assert tallies[-1].error is None


def test_a_wrong_password_is_said_with_the_variable_that_holds_it(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts, monkeypatch: pytest.MonkeyPatch
):
    user = new_user("locked-out")
    parts = parts_for({user: "shared"})
    monkeypatch.setenv("TRIAGE_TEST_PASSWORD", "wrong")
    [tally] = poll(parts)
    assert tally.error == f"{user}: 127.0.0.1 refused the sign-in: check the username and the password in TRIAGE_TEST_PASSWORD"
    assert "wrong" not in tally.error


def test_a_server_that_hangs_costs_its_time_out_and_is_named(parts_for: MakeParts):
    with silent_server() as port:
        parts = parts_for({"hangs": "shared"}, port=port, box='timeout = "1s"')
        started = time.monotonic()
        [tally] = poll(parts)
    assert tally.error is not None and "hangs: 127.0.0.1" in tally.error and "did not answer within 1 seconds" in tally.error
    assert time.monotonic() - started < 15


def test_a_server_that_is_not_there_is_named(parts_for: MakeParts):
    parts = parts_for({"down": "shared"}, port=1)
    [tally] = poll(parts)
    assert tally.error is not None and "down: 127.0.0.1 port 1: refused the connection" in tally.error
    assert parts.store.health()["down"].failures == 1


def test_a_connection_cut_in_the_middle_of_a_message_fails_by_name_and_the_next_poll_goes_on(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts
):
    user = new_user("cut")
    dovecot.append(user, numbered(120, "cut"))
    wire = BreakingWire(dovecot.port)
    with wire.open() as port:
        parts = parts_for({user: "shared"}, port=port)
        wire.cut_after = 45_000
        [cut] = poll(parts)
        assert cut.error is not None and f"{user}: 127.0.0.1" in cut.error and "cut" in cut.error
        assert wire.cuts == 1
        assert 0 < cut.logged < 120
        wire.cut_after = None
        [rest] = poll(parts)
    assert (rest.error, rest.logged) == (None, 120 - cut.logged)
    assert len(list(parts.store.export_messages())) == 120
    assert parts.store.health()[user].failures == 0


def test_a_message_that_breaks_the_connection_each_time_is_quarantined_and_can_be_tried_again(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts
):
    user = new_user("breaks")
    messages = numbered(7, "breaks")
    messages[3] = mail(
        "K <k@k.example>", "Keyword", "This one breaks the wire: xyzzy-plugh. I am complaining about it.", message_id="<k@k.example>"
    )
    dovecot.append(user, messages)
    wire = BreakingWire(dovecot.port)
    wire.cut_at = b"xyzzy-plugh"
    with wire.open() as port:
        parts = parts_for({user: "shared"}, port=port)
        tallies = [poll(parts)[0] for _ in range(6)]
        assert sum(tally.logged for tally in tallies) == 6
        assert sum(tally.quarantined for tally in tallies) == 1
        assert tallies[-1].error is None
        [waiting] = parts.store.quarantined()
        assert waiting.arrival.place.uid == 4
        wire.cut_at = None
        parts.retry(waiting)
    assert parts.store.quarantined() == []
    rows = list(parts.store.export_messages())
    assert sorted(row["uid"] for row in rows) == [1, 2, 3, 4, 5, 6, 7]


def test_a_message_over_the_size_limit_is_left_named_and_logged_when_the_limit_is_raised(
    dovecot: Dovecot, new_user: NewUser, parts_for: MakeParts
):
    user = new_user("large")
    large = mail(body="I am complaining. " + "All of it matters. " * 3000, message_id="<large@x.example>")
    dovecot.append(user, [mail(), large, mail(message_id="<c@x.example>", subject="Other", body="Thank you all for the kind visit.")])
    parts = parts_for({user: "shared"}, extra='[limits]\nmessage_size = "20kB"')
    [tally] = poll(parts)
    assert (tally.logged, tally.quarantined, tally.error) == (2, 1, None)
    row = list(parts.store.export_messages())[1]
    assert row["status"] == "quarantined" and "raise limits.message_size" in row["error"]
    larger = parts_for({user: "shared"}, extra='[limits]\nmessage_size = "2MB"')
    [waiting] = larger.store.quarantined()
    assert larger.retry(waiting).case is not None
    assert larger.store.quarantined() == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_dovecot(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dovecot, Path]]:
    folder = tmp_path_factory.mktemp("tls")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    with Dovecot(certificate=folder / "server.pem") as server:
        server.append("anna", [mail()])
        yield server, folder / "ca.pem"


def box(port: int, **keys: object) -> ImapMailbox:
    settings = {"name": "anna", "kind": MailboxKind.SHARED, "username": "anna", "password_env": "TRIAGE_TEST_PASSWORD", "host": "localhost"}
    return ImapMailbox(MailboxSettings.model_validate({**settings, "port": port, **keys}), LimitSettings())


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mail_is_read_over_tls_with_the_councils_own_authority(tls_dovecot: tuple[Dovecot, Path], tls: str):
    server, ca_file = tls_dovecot
    source = box(server.tls_port if tls == "implicit" else server.port, tls=tls, ca_file=ca_file)
    with source.open() as mailbox:
        [[arrival]] = list(mailbox.batches("INBOX", None))
    assert arrival.raw is not None and b"Dawn Pickering" in arrival.raw


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_that_is_not_trusted_is_refused(tls_dovecot: tuple[Dovecot, Path], tls: str):
    server, _ = tls_dovecot
    source = box(server.tls_port if tls == "implicit" else server.port, tls=tls)
    with pytest.raises(MailboxError, match="its certificate is not trusted"), source.open():
        pass


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_for_another_host_is_refused(tls_dovecot: tuple[Dovecot, Path], tls: str):
    server, ca_file = tls_dovecot
    source = box(server.tls_port if tls == "implicit" else server.port, tls=tls, ca_file=ca_file, host="127.0.0.1")
    with pytest.raises(MailboxError, match="its certificate is not trusted"), source.open():
        pass


def test_starttls_on_a_server_that_does_not_offer_it_is_refused_before_the_password_is_sent(dovecot: Dovecot):
    with pytest.raises(MailboxError, match="does not offer what is needed"), box(dovecot.port, tls="starttls").open():
        pass


def test_the_password_never_reaches_the_logs(dovecot: Dovecot, caplog: pytest.LogCaptureFixture):
    dovecot.append("anna-logs", [mail()])
    with caplog.at_level("DEBUG"), box(dovecot.port, tls="none", host="127.0.0.1", username="anna-logs").open() as mailbox:
        list(mailbox.batches("INBOX", None))
    assert PASSWORD not in caplog.text
    assert "Dawn Pickering" not in caplog.text
