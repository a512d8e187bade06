"""The words of messages, kept so that they can be found (`triage.store.searching`): written with the message, gone when it is erased.

On SQLite they stand in two indexes of FTS5, which keep no text, only which word is in which message. What is deleted from such an index
stands in its old segments until they are merged into one ('optimize'), which takes as long as the index is large. `search_waiting`
is small: it has the messages that only officers' mailboxes hold and that wait, and it is merged whenever one of them is erased.
`search_kept` has all others. A message moves over when a person decides to keep it, and does not move back; one that a shared mailbox
has too from then on only moves when it is decided about. Should one of `search_kept` be erased after all (a person finds later that it
is nothing), that is merged too: it is rare, and takes seconds where there are hundreds of thousands of messages.

PostgreSQL has one table, and clears away what is deleted by itself. `blocks` holds the number of the thousands of messages that a
message stands among: by it the newest that bear a word are found without looking at all that do.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, TextClause, bindparam, text

# Messages to a block.
BLOCK = 4096
# On SQLite what is deleted from an index is named as it was put in: whoever changes this makes both indexes anew in a migration.
_WORDS = """
    coalesce(original_name, '') || ' ' || coalesce(original_address, '') || ' ' || coalesce(sender_name, '') || ' ' ||
    coalesce(sender_address, '') || ' ' || coalesce(forwarder, '') || ' ' || coalesce(substr(original_subject, 1, 1000), '') || ' ' ||
    coalesce(substr(subject, 1, 1000), '') || ' ' || coalesce(substr(note, 1, 20000), '') || ' ' ||
    coalesce(substr(({attachments}), 1, 5000), '') || ' ' || coalesce(substr(text, 1, 100000), '')
"""
_SQLITE_WORDS = _WORDS.format(
    attachments="SELECT group_concat(json_extract(value, '$.name'), ' ') FROM json_each(message.attachments)",
)
_POSTGRESQL_WORDS = _WORDS.format(attachments="SELECT string_agg(one ->> 'name', ' ') FROM json_array_elements(message.attachments) AS one")
_THESE = "FROM message WHERE id IN :keys AND erased_at IS NULL"
_MAY_BE_ERASED = (
    "status = 'review' AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.message_pk = message.id AND delivery.mailbox_kind = 'shared')"
)


def _of_keys(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("keys", expanding=True))


_WAITING, _KEPT = "search_waiting", "search_kept"
_PUT = {
    table: _of_keys(f"INSERT INTO {table} (rowid, words) SELECT id, {_SQLITE_WORDS} {_THESE} AND {condition} ORDER BY id")
    for table, condition in ((_WAITING, _MAY_BE_ERASED), (_KEPT, f"NOT ({_MAY_BE_ERASED})"))
}
_PUT_AWAY = _of_keys(f"INSERT INTO {_KEPT} (rowid, words) SELECT id, {_SQLITE_WORDS} {_THESE}")
_TAKE = {
    table: _of_keys(f"INSERT INTO {table} ({table}, rowid, words) SELECT 'delete', id, {_SQLITE_WORDS} {_THESE}")
    for table in (_WAITING, _KEPT)
}
_HAS = {table: text(f"SELECT 1 FROM {table} WHERE rowid = :key") for table in (_WAITING, _KEPT)}  # noqa: S608
_MERGE = {table: text(f"INSERT INTO {table} ({table}) VALUES ('optimize')") for table in (_WAITING, _KEPT)}  # noqa: S608
_PUT_POSTGRESQL = _of_keys(
    "INSERT INTO search_entry (message_pk, blocks, words) "
    f"SELECT id, ARRAY[(id / {BLOCK})::integer], to_tsvector('triage_words', triage_folded({_POSTGRESQL_WORDS})) {_THESE}"
)
_TAKE_POSTGRESQL = text("DELETE FROM search_entry WHERE message_pk = :key")


class Findable:
    """What one transaction does to the words that are found: written, and cleared away, once at its end."""

    def __init__(self) -> None:
        self._added: list[int] = []
        self._touched: set[str] = set()

    def add(self, key: int) -> None:
        """Have a message's words written with `write`, when it is known which mailboxes hold it."""
        self._added.append(key)

    def write(self, connection: Connection) -> None:
        """Write the words of what was added, and merge the indexes from which something was erased."""
        if self._added:
            index(connection, self._added)
            self._added.clear()
        for table in sorted(self._touched):
            connection.execute(_MERGE[table])
        self._touched.clear()

    def forget(self, connection: Connection, key: int) -> None:
        """Take a message's words away, while its row still has them."""
        if key in self._added:
            self._added.remove(key)
            return
        if connection.dialect.name != "sqlite":
            connection.execute(_TAKE_POSTGRESQL, {"key": key})
            return
        # It may have waited before it was kept.
        self._touched.add(_WAITING)
        for table in (_WAITING, _KEPT):
            if connection.execute(_HAS[table], {"key": key}).first() is not None:
                connection.execute(_TAKE[table], {"keys": [key]})
                self._touched.add(table)


def index(connection: Connection, keys: Sequence[int]) -> None:
    """Write the words of messages. None of them is written yet; those of which no words are kept are left out."""
    for statement in _PUT.values() if connection.dialect.name == "sqlite" else (_PUT_POSTGRESQL,):
        connection.execute(statement, {"keys": list(keys)})


def keep(connection: Connection, key: int) -> None:
    """A person decided that a message is kept: its words are moved from among those that may be erased."""
    if connection.dialect.name == "sqlite" and connection.execute(_HAS[_WAITING], {"key": key}).first() is not None:
        connection.execute(_TAKE[_WAITING], {"keys": [key]})
        connection.execute(_PUT_AWAY, {"keys": [key]})
