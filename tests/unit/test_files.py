"""A backlog: .eml files, folders of them, Maildirs and mbox files, as mail of one mailbox."""

import mailbox
from pathlib import Path

import pytest

from tests.unit.making import mail
from triage.domain.message import Arrival, MailboxKind
from triage.errors import CallError, FileError
from triage.mailbox.files import IMPORT_FOLDER, FileMailbox, read_mail
from triage.mailbox.parsing import parse

POSTMARK = b"From joan@family.example Mon Mar  2 12:00:00 2026\n"


def _mail(text: str) -> bytes:
    """A message with the line ends of a file."""
    return mail(text.encode()).replace(b"\r\n", b"\n")


def _write(path: Path, raw: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def _source(*paths: Path, batch_messages: int = 50, batch_size: int = 8_000_000) -> FileMailbox:
    return FileMailbox("complaints", MailboxKind.SHARED, paths, batch_messages, batch_size)


def _taken(source: FileMailbox) -> list[Arrival]:
    with source.open() as opened:
        return [arrival for batch in opened.batches(IMPORT_FOLDER, None) for arrival in batch]


def _texts(source: FileMailbox) -> list[str]:
    bodies = [parse(arrival.raw or b"").bodies for arrival in _taken(source)]
    return ["".join(body.plain or "" for body in found).strip() for found in bodies]


def test_an_eml_file_is_taken_byte_for_byte(tmp_path: Path) -> None:
    raw = mail("Zoë waits".encode())
    [arrival] = _taken(_source(_write(tmp_path / "a.eml", raw)))
    assert arrival.raw == raw
    assert arrival.size == len(raw)
    assert (arrival.place.mailbox, arrival.place.mailbox_kind, arrival.place.folder) == ("complaints", MailboxKind.SHARED, IMPORT_FOLDER)
    assert (arrival.place.uidvalidity, arrival.place.uid, arrival.place.occurrence) == (None, None, 1)
    assert (arrival.received_at, arrival.problem) == (None, None)


def test_a_folder_is_read_with_the_folders_in_it_in_the_order_of_their_names(tmp_path: Path) -> None:
    _write(tmp_path / "b.eml", _mail("two"))
    _write(tmp_path / "a.EML", _mail("one"))
    _write(tmp_path / "c" / "d.eml", _mail("three"))
    _write(tmp_path / "notes.txt", b"not mail")
    source = _source(tmp_path)
    assert _texts(source) == ["one", "two", "three"]
    assert source.problems == []


def test_files_are_taken_in_the_order_in_which_they_were_named(tmp_path: Path) -> None:
    assert _texts(_source(_write(tmp_path / "b.eml", _mail("one")), _write(tmp_path / "a.eml", _mail("two")))) == ["one", "two"]


def test_a_message_without_the_ending_eml_is_taken(tmp_path: Path) -> None:
    assert _texts(_source(_write(tmp_path / "letter", _mail("one")))) == ["one"]


def test_a_maildir_is_read_new_and_seen(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(_mail("one"))
    seen = mailbox.MaildirMessage(_mail("two"))
    seen.set_subdir("cur")
    seen.set_flags("S")
    box.add(seen)
    source = _source(tmp_path / "box")
    assert sorted(_texts(source)) == ["one", "two"]
    assert source.count_new(IMPORT_FOLDER, None) == 2


def test_a_maildir_is_left_as_it_was(tmp_path: Path) -> None:
    mailbox.Maildir(tmp_path / "box").add(_mail("one"))
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert len(_taken(_source(tmp_path / "box"))) == 1
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["backlog.mbox", "backlog.mbx", "backlog"])
def test_an_mbox_file_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name, POSTMARK + _mail("one") + b"\n\n" + POSTMARK + _mail("two") + b"\n")
    source = _source(path)
    assert _texts(source) == ["one", "two"]
    assert source.count_new(IMPORT_FOLDER, None) == 2


@pytest.mark.parametrize(
    ("quoted", "meant"),
    [
        (">From here on it got worse.", "From here on it got worse."),
        (">>From a reply", ">From a reply"),
        ("> From a reply", "> From a reply"),
    ],
)
def test_a_line_that_mbox_had_to_quote_reads_as_it_was_written(tmp_path: Path, quoted: str, meant: str) -> None:
    path = _write(tmp_path / "a.mbox", POSTMARK + _mail(f"Dear team,\n{quoted}\nJoan") + b"\n")
    assert _texts(_source(path)) == [f"Dear team,\n{meant}\nJoan"]


def test_a_line_that_begins_with_from_does_not_cut_a_letter_in_two(tmp_path: Path) -> None:
    """Not every program quotes it; a postmark follows an empty line and ends with a date."""
    path = _write(tmp_path / "a.mbox", POSTMARK + _mail("Dear team,\nFrom the start nobody listened.\nJoan") + b"\n")
    assert _texts(_source(path)) == ["Dear team,\nFrom the start nobody listened.\nJoan"]


def test_the_postmark_of_an_mbox_is_not_part_of_the_message(tmp_path: Path) -> None:
    [arrival] = _taken(_source(_write(tmp_path / "a.mbox", POSTMARK + _mail("one") + b"\n")))
    assert (arrival.raw or b"").startswith(b"From: ")


def test_byte_identical_copies_are_told_apart_by_their_count(tmp_path: Path) -> None:
    _write(tmp_path / "a.eml", _mail("one"))
    _write(tmp_path / "b.eml", _mail("two"))
    _write(tmp_path / "c.eml", _mail("one"))
    found = _taken(_source(tmp_path))
    assert [arrival.place.occurrence for arrival in found] == [1, 1, 2]
    assert found[0].sha256 == found[2].sha256 != found[1].sha256


def test_copies_are_counted_over_every_path(tmp_path: Path) -> None:
    loose = _write(tmp_path / "a.eml", _mail("one"))
    folder = _write(tmp_path / "more" / "b.eml", _mail("one")).parent
    assert [arrival.place.occurrence for arrival in _taken(_source(loose, folder))] == [1, 2]


@pytest.mark.parametrize("content", [b"", b"\r\n \n"])
def test_an_empty_file_is_named_and_the_others_go_on(tmp_path: Path, content: bytes) -> None:
    _write(tmp_path / "a.eml", content)
    _write(tmp_path / "b.eml", _mail("one"))
    source = _source(tmp_path)
    assert _texts(source) == ["one"]
    [problem] = source.problems
    assert "a.eml" in problem
    assert "empty" in problem


@pytest.mark.parametrize("content", [b"Shopping list\nbread\n", b"%PDF-1.4\n", b"PK\x03\x04", bytes(range(256))])
def test_a_file_that_is_no_mail_is_named_and_the_others_go_on(tmp_path: Path, content: bytes) -> None:
    source = _source(_write(tmp_path / "list.txt", content), _write(tmp_path / "b.eml", _mail("one")))
    assert _texts(source) == ["one"]
    [problem] = source.problems
    assert "list.txt" in problem
    assert "not an e-mail" in problem
    assert "\n" not in problem


def test_an_empty_mbox_file_is_named(tmp_path: Path) -> None:
    source = _source(_write(tmp_path / "a.mbox", b""))
    assert _taken(source) == []
    assert ["a.mbox" in problem for problem in source.problems] == [True]


def test_a_folder_without_mail_is_named(tmp_path: Path) -> None:
    source = _source(_write(tmp_path / "photos" / "a.jpg", b"x").parent)
    assert _taken(source) == []
    assert ["photos" in problem for problem in source.problems] == [True]


def test_a_path_that_does_not_exist_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"nowhere\.eml") as caught:
        _taken(_source(tmp_path / "nowhere.eml"))
    assert caught.value.exit_status == 2


def test_one_file_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nowhere\.eml"):
        read_mail(tmp_path / "nowhere.eml")


def test_batches_hold_no_more_messages_than_was_set(tmp_path: Path) -> None:
    for number in range(5):
        _write(tmp_path / f"{number}.eml", _mail(f"number {number}"))
    with _source(tmp_path, batch_messages=2).open() as opened:
        assert [len(batch) for batch in opened.batches(IMPORT_FOLDER, None)] == [2, 2, 1]


def test_batches_hold_no_more_bytes_than_was_set_but_at_least_one_message(tmp_path: Path) -> None:
    for number in range(3):
        _write(tmp_path / f"{number}.eml", _mail(f"number {number} " + "x" * 1000))
    with _source(tmp_path, batch_size=500).open() as opened:
        assert [len(batch) for batch in opened.batches(IMPORT_FOLDER, None)] == [1, 1, 1]


def test_what_is_counted_is_what_is_taken(tmp_path: Path) -> None:
    _write(tmp_path / "a.eml", _mail("one"))
    _write(tmp_path / "b.mbox", POSTMARK + _mail("two") + b"\n\n" + POSTMARK + _mail("three") + b"\n")
    source = _source(tmp_path)
    assert source.count_new(IMPORT_FOLDER, None) == len(_taken(source)) == 3


def test_a_backlog_with_odd_corners_is_taken_once_and_whole(tmp_path: Path) -> None:
    """Thunderbird's mbox has no ending, Maildir++ keeps subfolders beside, a link may lead in a circle or nowhere."""
    letter = b"From: a@x.example\nSubject: %d\n\nHello\n"
    (tmp_path / "Inbox").write_bytes(
        b"From - Mon Jun 01 09:00:00 2026\n" + letter % 1 + b"\nFrom - Mon Jun 01 09:01:00 2026\n" + letter % 2
    )
    (tmp_path / "a.eml").write_bytes(letter % 3)
    (tmp_path / "outlook.msg").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "circle").symlink_to(tmp_path)
    for folder in ("box", "box/.Archive"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / folder / part).mkdir(parents=True)
    (tmp_path / "box/cur/1").write_bytes(letter % 4)
    (tmp_path / "box/cur/2").symlink_to(tmp_path / "nowhere")
    (tmp_path / "box/.Archive/new/3").write_bytes(letter % 5)
    source = FileMailbox("complaints", MailboxKind.SHARED, [tmp_path], 50, 8_000_000)
    taken = [arrival.raw for batch in source.batches("import", None) for arrival in batch]
    assert sorted(str(raw).count("Subject") for raw in taken) == [1] * 5
    assert len(set(taken)) == 5
    assert source.passed_over == 1
    assert [problem.split(":")[1] for problem in source.problems] == [" cannot be read (No such file or directory)"]
