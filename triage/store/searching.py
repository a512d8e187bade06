"""Finds messages by their words, and cases by their references. How words are kept: `triage.store.findable`.

Every word must occur, as it stands or in another of its forms, in what the author or a forwarder wrote, in their names and addresses, in
subjects or in the names of attachments. Where fewer than a page have all the words, the last may be a beginning. What belongs together
without a space (an address, O'Neill) must stand together. The newest are found first.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from triage.domain.case import REFERENCE, format_reference
from triage.domain.user import User, UserRole
from triage.domain.wording import COUNCIL_TIME
from triage.errors import CallError
from triage.store.findable import BLOCK
from triage.store.paging import MOST_ROWS, Spot, Stretch, among
from triage.store.queue import first_deliveries
from triage.store.references import case_of
from triage.store.schema import Case, Message
from triage.store.sight import may_see_case, sees_message

# Of what somebody types or pastes: more words than these tell nothing more.
_MOST_WORDS, _MOST_CHARACTERS, _LONGEST_WORD = 12, 400, 60
_SHORTEST_BEGINNING = 4
# Messages that bear the words and are looked at for one page: who sees only some of them may find few among so many.
_MOST_LOOKED_AT = 2_500
_AT_A_TIME = 500
# The newest messages among which common words are looked for first, in blocks: what is not there often enough is rare enough to be
# looked for everywhere.
_NEWEST_BLOCKS = (4, 32)
_SNIPPET, _BEFORE, _READ_FOR_SNIPPET = 240, 60, 50_000

# A cursor says too whether the last word was taken for a beginning.
_WHOLE_WORDS, _BEGINNINGS = 0, 1
_ORDERS = (Stretch((Message.id,), descending=True),) * 2
_LETTERS = re.compile(r"[^\W_]+")
_SHORT_REFERENCE = re.compile(r"(?:(?:CC-)?(\d{4})-)?(\d{1,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some of a message's words; `hits` are where in them a word stands that was looked for, from and to."""

    text: str
    hits: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A message that was found. `case` is the reference of the case that it is on."""

    id: int
    case: str | None
    subject: str
    author: str
    received_at: datetime
    kind: str
    status: str
    mailbox: str
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Found:
    """Messages that bear the words, the newest first, and the case of which they are the reference. `next` is the next page's cursor."""

    rows: tuple[Row, ...]
    next: str | None
    case: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words: each as the letters and digits that stand together in it. Whether the last is a beginning."""

    words: tuple[tuple[str, ...], ...]
    begins: bool


def search(connection: Connection, viewer: User, now: datetime, words: str, after: str | None = None, *, size: int = 25) -> Found:
    """What is found by these words that the viewer may see. Raises CallError where `after` is no cursor of a search."""
    spot = None if after is None else Spot.read(after, "found", _ORDERS)
    below = None if spot is None else int(spot.values[0])
    case = _reference(connection, viewer, now, words) if after is None else None
    asked = _read(words)
    if not asked.words:
        return Found((), None, case)
    size = max(1, min(size, MOST_ROWS))
    # Whole words are asked for first: all that begins like a common word takes long to gather, and few want it.
    whole = replace(asked, begins=asked.begins and spot is not None and spot.stretch == _BEGINNINGS)
    keys, go_on = _keys(connection, viewer, whole, below, size)
    if spot is None and asked.begins and len(keys) < size:
        whole = asked
        keys, go_on = _keys(connection, viewer, asked, below, size)
    rows = _rows(connection, keys, whole)
    which = _BEGINNINGS if whole.begins else _WHOLE_WORDS
    return Found(tuple(rows), None if go_on is None else Spot(which, (go_on,)).cursor("found"), case)


def _read(words: str) -> _Asked:
    found: list[tuple[str, ...]] = []
    for word in unicodedata.normalize("NFC", words[:_MOST_CHARACTERS]).split():
        parts = tuple(part[:_LONGEST_WORD] for part in _LETTERS.findall(word))
        if parts:
            found.append(parts)
    found = found[:_MOST_WORDS]
    # Whoever has typed a whole address, or something behind the word, means no beginning.
    begins = bool(found) and len(found[-1][-1]) >= _SHORTEST_BEGINNING and "@" not in words and words[-1:].isalnum()
    return _Asked(tuple(found), begins)


# The case


def _reference(connection: Connection, viewer: User, now: datetime, words: str) -> str | None:
    """The reference of the case to which the words lead as a reference, where the viewer may see it."""
    whole = words.strip()
    if len(whole) > 20 or not whole.isascii():
        return None
    match = _SHORT_REFERENCE.fullmatch(whole)
    if REFERENCE.fullmatch(whole):
        reference = whole.upper()
    elif match:
        reference = format_reference(int(match[1] or now.astimezone(COUNCIL_TIME).year), int(match[2]))
    else:
        return None
    try:
        row = case_of(connection, reference)
    except CallError:
        return None
    return str(row.reference) if may_see_case(connection, viewer, row.id) else None


# The messages


def _keys(connection: Connection, viewer: User, asked: _Asked, below: int | None, size: int) -> tuple[list[int], int | None]:
    """The keys of the next messages that bear the words and are seen, and of the one after which to go on."""
    found: list[int] = []
    looked_at = 0
    # Nearly all of what they bear is seen by all but managers.
    at_a_time = _AT_A_TIME if viewer.role is UserRole.MANAGER else size + size // 4 + 1
    while looked_at < _MOST_LOOKED_AT:
        some = _bearing(connection, asked, below, at_a_time)
        seen = set(
            connection.execute(
                select(Message.id)
                .outerjoin(Case, Case.id == Message.case_id)
                .where(among(some), Message.erased_at.is_(None), sees_message(viewer))
            ).scalars()
        )
        found += [key for key in some if key in seen]
        if len(found) > size:
            return found[:size], found[size - 1]
        if len(some) < at_a_time:
            return found, None
        looked_at += len(some)
        below, at_a_time = some[-1], _AT_A_TIME
    return found, below


def _bearing(connection: Connection, asked: _Asked, below: int | None, most: int) -> list[int]:
    """The newest messages before one that bear the words, whoever sees them."""
    before = _NEWEST if below is None else below
    if connection.dialect.name == "sqlite":
        values = {"words": _for_fts5(asked), "below": before, "most": most}
        some = {key for statement in _IN_FTS5 for key in connection.execute(statement, values).scalars()}
        return sorted(some, reverse=True)[:most]
    newest = connection.execute(select(func.max(Message.id))).scalar() or 0
    top = min(before, newest + 1)
    for blocks in _NEWEST_BLOCKS:
        last = (top - 1) // BLOCK
        values = {"words": _for_tsquery(asked), "below": before, "most": most, "blocks": list(range(max(0, last - blocks + 1), last + 1))}
        some_newest = list(connection.execute(_IN_BLOCKS, values).scalars())
        if len(some_newest) == most:
            return some_newest
    return list(connection.execute(_EVERYWHERE, {"words": _for_tsquery(asked), "below": before, "most": most}).scalars())


# Above any key.
_NEWEST = 2**62
_IN_FTS5 = tuple(
    text(f"SELECT rowid FROM {table} WHERE {table} MATCH :words AND rowid < :below ORDER BY rowid DESC LIMIT :most")  # noqa: S608
    for table in ("search_waiting", "search_kept")
)
# Sorted by what is no column: the index of keys would be gone through until enough are found, and that may be to its end.
_TSQUERY = "words @@ to_tsquery('triage_words', :words)"
_EVERYWHERE = text(
    f"SELECT message_pk FROM search_entry WHERE {_TSQUERY} AND message_pk < :below ORDER BY message_pk + 0 DESC LIMIT :most"  # noqa: S608
)
_IN_BLOCKS = text(
    f"SELECT message_pk FROM search_entry WHERE blocks && CAST(:blocks AS integer[]) AND {_TSQUERY} AND message_pk < :below "  # noqa: S608
    "ORDER BY message_pk + 0 DESC LIMIT :most"
)


def _for_fts5(asked: _Asked) -> str:
    """Each word in quotes: within them nothing but a quote, which no word has, means anything."""
    return " AND ".join(f'"{" ".join(parts)}"' for parts in asked.words) + (" *" if asked.begins else "")


def _for_tsquery(asked: _Asked) -> str:
    """Each word in quotes, folded as what is looked in is; what it is folded to holds no quote either."""
    words = [" <-> ".join(f"'{folded(part)}'" for part in parts) for parts in asked.words]
    return (
        " & ".join(f"({word})" for word in words[:-1]) + (" & " if len(words) > 1 else "") + f"({words[-1]}{':*' if asked.begins else ''})"
    )


def folded(word: str) -> str:
    """Letters in lower case without accents."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(one for one in apart if not unicodedata.combining(one))


# What is shown of them


def _rows(connection: Connection, keys: Sequence[int], asked: _Asked) -> list[Row]:
    if not keys:
        return []
    columns = (
        Message.id, Message.subject, Message.original_subject, Message.original_name, Message.original_address, Message.role,
        Message.received_at, Message.kind, Message.status, func.substr(Message.text, 1, _READ_FOR_SNIPPET).label("text"),
        func.substr(Message.note, 1, _READ_FOR_SNIPPET).label("note"), Message.sender_name, Message.sender_address, Message.attachments,
        Case.reference,
    )  # fmt: skip
    query = select(*columns).outerjoin(Case, Case.id == Message.case_id).where(Message.id.in_(keys))
    found = {row.id: row for row in connection.execute(query)}
    boxes = first_deliveries(connection, keys)
    return [
        Row(
            id=row.id,
            case=row.reference,
            subject=row.original_subject or row.subject or "",
            author=row.original_name or row.original_address or row.role or "",
            received_at=row.received_at,
            kind=row.kind,
            status=row.status,
            mailbox=boxes.get(row.id, ("", ""))[0],
            snippet=snippet(_places(row), asked),
        )
        for row in (found[key] for key in keys)
    ]


def _places(row: Any) -> Iterator[str]:
    """Where words may stand, what says most first."""
    yield row.text or ""
    yield row.note or ""
    yield row.original_subject or row.subject or ""
    yield " ".join(filter(None, (row.original_name, row.original_address, row.sender_name, row.sender_address)))
    yield " ".join(one.get("name") or "" for one in row.attachments)


def snippet(places: Iterator[str], asked: _Asked) -> Snippet:
    """What stands round the first word that was looked for, on one line; the beginning of the text where only other forms of it stand."""
    wanted = [folded(part) for parts in asked.words for part in parts]
    beginning = wanted[-1] if asked.begins else None
    first = ""
    for place in places:
        line = " ".join(place.split())
        first = first or line
        for match in _LETTERS.finditer(line):
            if _is_hit(folded(match[0]), wanted, beginning):
                start = max(0, match.start() - _BEFORE)
                # No word is cut at its beginning.
                start = line.rfind(" ", 0, start) + 1 if start else 0
                shown = line[start : start + _SNIPPET]
                hits = tuple(one.span() for one in _LETTERS.finditer(shown) if _is_hit(folded(one[0]), wanted, beginning))
                return Snippet(shown, hits)
    return Snippet(first[:_SNIPPET], ())


_ENDINGS = re.compile(r"(?:ations?|ating|ated|ings?|ed|es|ies|ly|s|y|e|'s)$")


def _is_hit(word: str, wanted: Sequence[str], beginning: str | None) -> bool:
    """Whether a word is one that was looked for, or near enough another form of it to be marked."""
    if word in wanted or (beginning is not None and word.startswith(beginning)):
        return True
    stem = _ENDINGS.sub("", word)
    return len(stem) >= 3 and any(stem == _ENDINGS.sub("", one) for one in wanted)
