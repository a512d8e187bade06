"""Servers that do not answer what they were asked: nothing is passed over, nothing is made up."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from imapclient import IMAPClient

from triage.domain.message import MailboxKind
from triage.errors import FetchError
from triage.mailbox.imap import ImapSession
from triage.ports import Cursor
from triage.settings import LimitSettings, MailboxSettings

WHEN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class Server(IMAPClient):  # type: ignore[misc]
    """A server with messages 1 to `count`. `silent` UIDs are left out of its answers; of `deleted` ones nothing is there any more."""

    def __init__(self, count: int, uidvalidity: int = 7, silent: Sequence[int] = (), deleted: Sequence[int] = ()) -> None:
        self.count, self.uidvalidity, self.silent, self.deleted = count, uidvalidity, set(silent), set(deleted)
        self.bodies: list[list[int]] = []

    def select_folder(self, folder: str, readonly: bool = False) -> dict[bytes, Any]:
        assert readonly
        return {b"UIDVALIDITY": self.uidvalidity, b"UIDNEXT": self.count + 1}

    def search(self, criteria: Any = "ALL", charset: Any = None) -> list[int]:
        there = [uid for uid in range(1, self.count + 1) if uid not in self.deleted]
        asked = str(criteria[1])
        if asked.endswith(":*"):
            return [uid for uid in there if uid >= int(asked[:-2])] or there[-1:]
        return [uid for uid in there if uid in {int(number) for number in asked.split(",")}]

    size = 30

    def fetch(self, messages: Any, data: Any, modifiers: Any = None) -> dict[int, dict[bytes, Any]]:
        if data == ["BODY.PEEK[]"]:
            self.bodies.append(list(messages))
            there = [uid for uid in messages if uid not in self.deleted | self.silent]
            return {uid: {b"BODY[]": b"Subject: %d\r\n\r\nHello" % uid} for uid in there}
        return {uid: {b"RFC822.SIZE": self.size, b"INTERNALDATE": WHEN} for uid in messages}


def session(server: Server) -> ImapSession:
    settings = {"name": "box", "kind": MailboxKind.SHARED, "host": "localhost", "username": "u", "password_env": "X"}
    return ImapSession(server, MailboxSettings.model_validate(settings), LimitSettings(batch_messages=4))


def uids(server: Server, cursor: Cursor | None = None) -> list[tuple[int | None, bool]]:
    return [(arrival.place.uid, arrival.raw is not None) for batch in session(server).batches("INBOX", cursor) for arrival in batch]


def test_a_message_that_the_server_withholds_is_named_and_not_passed_over():
    assert uids(Server(5, silent=[3])) == [(1, True), (2, True), (3, False), (4, True), (5, True)]


def test_a_message_deleted_between_listing_and_fetching_is_left_out():
    assert uids(Server(5, deleted=[3])) == [(1, True), (2, True), (4, True), (5, True)]


def test_only_what_lies_behind_the_cursor_is_read():
    assert uids(Server(5), Cursor(7, 3)) == [(4, True), (5, True)]
    assert uids(Server(5), Cursor(7, 5)) == []


@pytest.mark.parametrize("cursor", [Cursor(6, 5), Cursor(7, 9)], ids=["another numbering", "restored from a backup"])
def test_a_folder_numbered_anew_is_read_whole_and_may_be_known(cursor: Cursor):
    arrivals = [arrival for batch in session(Server(5)).batches("INBOX", cursor) for arrival in batch]
    assert [arrival.place.uid for arrival in arrivals] == [1, 2, 3, 4, 5]
    assert all(arrival.maybe_known for arrival in arrivals)


def test_what_came_after_a_folder_was_numbered_anew_is_new():
    arrivals = [arrival for batch in session(Server(7)).batches("INBOX", Cursor(7, 5, known_below=6)) for arrival in batch]
    assert [(arrival.place.uid, arrival.maybe_known) for arrival in arrivals] == [(6, False), (7, False)]


def test_where_a_batch_broke_off_messages_are_asked_for_one_by_one():
    server = Server(8)
    uids(server, Cursor(7, 0, one_by_one_until=3))
    assert server.bodies == [[1], [2], [3], [4, 5, 6, 7], [8]]


def test_a_message_that_broke_off_three_times_is_given_up_and_the_others_are_not():
    assert uids(Server(4), Cursor(7, 1, stuck_uid=2, stuck_count=3)) == [(2, False), (3, True), (4, True)]
    assert uids(Server(4), Cursor(7, 1, stuck_uid=2, stuck_count=2)) == [(2, True), (3, True), (4, True)]


def test_a_listing_that_fails_says_which_messages_were_in_hand():
    class Broken(Server):
        def fetch(self, messages: Any, data: Any, modifiers: Any = None) -> dict[int, dict[bytes, Any]]:
            raise OSError("the wire is cut")

    with pytest.raises(FetchError) as caught:
        uids(Broken(9), Cursor(7, 2))
    assert (caught.value.uid, caught.value.last_uid, caught.value.uidvalidity) == (3, 9, 7)


def test_large_messages_of_several_mailboxes_are_in_memory_one_at_a_time():
    first, second = Server(2), Server(1)
    first.size = second.size = 20_000_000
    one = session(first).batches("INBOX", None)
    assert len(next(iter(one))) == 1
    got: list[int] = []
    other = threading.Thread(target=lambda: got.extend(len(batch) for batch in session(second).batches("INBOX", None)))
    other.start()
    other.join(0.3)
    assert got == []
    assert second.bodies == []
    assert [len(batch) for batch in one] == [1]
    other.join(10)
    assert got == [1]
