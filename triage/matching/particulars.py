"""What of a message is compared with others: who wrote it and for whom, what it names, what it says of itself.

Made once, when the message comes, and kept with it in the store; erased with its words.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

from triage.domain.case import references_in
from triage.domain.entities import Entities
from triage.domain.labels import Classification, Kind, Role
from triage.domain.message import Authorship, ParsedMessage
from triage.matching.cues import cues_of
from triage.matching.days import days_in
from triage.matching.names import Name, introduced, names_in, plain, signed, spoken_for, words_of_address
from triage.matching.rarity import Rarity

# Beyond these, words repeat and cost time and room.
_LONGEST, _LONGEST_QUOTE = 8_000, 6_000
_MOST_WORDS, _MOST_RUNS = 220, 160
_RUN = 5
_TOKEN = re.compile(r"[^\W\d_](?:[^\W_]|['’-](?=\w))*|\d[\d.,:/£%-]*\d|\d")
# Whether a word begins a sentence is told by the characters before it.
_BEFORE = 4
_START = re.compile(r"(?:^|[.!?:…\n>\"“(]\s{0,4}|\n\s{0,4})\Z")
_CHILD = re.compile(
    r"\b(?:my|our|her|his|their|the|foster|years? old|older|younger|little|eldest|youngest|oldest|adopted)\s+(?:\w+ )?(?:step)?"
    r"(?:son|daughter|boy|girl|lad|lass|child|grandson|granddaughter|niece|nephew|baby|twins?|brother|sister)s?,?\s+"
    r"(?:is (?:called )?|called |named )?"
    r"([A-Z][\w'’-]{1,20})(?:,? (?:and|&) ([A-Z][\w'’-]{1,20}))?"
)
_WHOSE_PARENT = re.compile(r"\b([A-Z][\w’-]{1,20})(?:'s|’s|s) (?:mum|mam|mom|dad|mother|father|nan|gran|parents?|carer|guardian)\b")
_CHILD_AGED = re.compile(
    r"\b([A-Z][\w'’-]{1,20}),? (?:\((?:aged )?\d{1,2}\)|(?:is|aged|who is|who's) (?:\d{1,2}|in year)|,? ?\(?year (?:\d{1,2}|r)\b)",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"\b([A-Z]\.?[A-Z]\.?)(?=[\s,.'’)]|\Z)")
_HOUSE = re.compile(r"\b((?:flat |no\.? ?)?\d{1,4}[a-d]?),? ((?:[A-Z][\w'’-]+ ){0,2}[A-Z][\w'’-]+)")
_ROOM = re.compile(r"\b((?:flat|room|unit|apartment|bed) \d{1,3}[a-d]?)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\W*(?:(?:dear|hi|hello|hiya|hey|good (?:morning|afternoon|evening)|fao|to)[ ,]+)?"
    r"((?:(?:mr|mrs|ms|miss|dr|cllr)\.? )?[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)\s*[,\n–-]",
    re.IGNORECASE,
)
_MONTHS_AND_DAYS = frozenset(
    (
        "january february march april may june july august september october november december monday tuesday wednesday "
        "thursday friday saturday sunday jan feb mar apr jun jul aug sept sep oct nov dec easter christmas year"
    ).split()
)
_SUBJECT_PREFIX = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg|automatic reply)\s*(?:\[\d+\]\s*)?:\s*)+", re.IGNORECASE)
_ABOUT_BOYS = re.compile(r"\bmy (?:\w+ )?(?:son|boy|lad|grandson|nephew|brother)\b|\b(?:he|him|his)\b", re.IGNORECASE)
_ABOUT_GIRLS = re.compile(r"\bmy (?:\w+ )?(?:daughter|girl|lass|granddaughter|niece|sister)\b|\b(?:she|her|hers)\b", re.IGNORECASE)
_GO_BETWEENS = frozenset({Role.MP, Role.COUNCILLOR, Role.ADVOCATE, Role.SCHOOL, Role.PROFESSIONAL, Role.OFFICER})


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is compared of one message.

    `writers` are the names under which it was written (display name, signature, introduction); `children` the children that it says are
    somebody's; `words` count its words, `proper` are those among them that name; `quotes` and `runs` are digests of runs of five words,
    of what it quotes and of what it says. `days` are the days that it names, as (month, day), `told` those on which it says that
    something was written. `kind_confidence` is the probability, 0 to 1, that `kind` is right. `topics` is what the classifier says that
    it is about (`triage.domain.labels.Classification`).
    """

    address: str
    party: bool
    go_between: bool
    forwarder: str
    writers: tuple[Name, ...]
    signers: tuple[Name, ...]
    spoken_for: frozenset[str]
    addressed: frozenset[str]
    people: frozenset[str]
    children: frozenset[str]
    initials: frozenset[str]
    telephones: frozenset[str]
    postcodes: frozenset[str]
    houses: frozenset[str]
    rooms: frozenset[str]
    numbers: frozenset[str]
    schools: frozenset[str]
    references: tuple[str, ...]
    thread: frozenset[int]
    subject: str
    words: dict[str, int]
    proper: frozenset[str]
    runs: frozenset[int]
    quotes: frozenset[int]
    quoted_addresses: frozenset[str]
    days: frozenset[tuple[int, int]]
    told: frozenset[tuple[int, int]]
    cues: dict[str, int]
    boys: int
    girls: int
    kind: Kind
    kind_confidence: float
    process: str
    service: str
    role: Role
    urgent: bool
    length: int
    received_at: datetime
    sent_at: datetime
    topics: bytes

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        # Not `asdict`, which copies every word.
        found: dict[str, Any] = {}
        for name in _FIELDS:
            value = getattr(self, name)
            if isinstance(value, frozenset):
                value = sorted(value)
            elif isinstance(value, datetime):
                value = value.isoformat()
            elif isinstance(value, bytes):
                value = value.hex()
            found[name] = value
        return found

    @classmethod
    def restored(cls, found: dict[str, Any]) -> "Particulars":
        """From what `stored` gave."""
        values = {"kind_confidence": 1.0, **found}
        for name in _SETS:
            values[name] = frozenset(values[name])
        for name in ("days", "told"):
            values[name] = frozenset((month, day) for month, day in values[name])
        for name in ("writers", "signers"):
            values[name] = tuple(tuple(words) for words in values[name])
        values["references"] = tuple(values["references"])
        values["kind"], values["role"] = Kind(values["kind"]), Role(values["role"])
        values["received_at"] = datetime.fromisoformat(values["received_at"])
        values["sent_at"] = datetime.fromisoformat(values["sent_at"])
        values["topics"] = bytes.fromhex(values["topics"])
        return cls(**values)


_FIELDS = tuple(one.name for one in fields(Particulars))
_SETS = (
    "thread", "spoken_for", "addressed", "rooms", "people", "children", "initials", "telephones", "postcodes", "houses", "numbers",
    "schools", "proper", "runs", "quotes", "quoted_addresses",
)  # fmt: skip


def particulars_of(
    parsed: ParsedMessage, whose: Authorship, classification: Classification, entities: Entities, *,
    thread: Iterable[str], quoted: str, received_at: datetime, rarity: Rarity,
) -> Particulars:  # fmt: skip
    """The particulars of a message.

    `thread` are the Message-IDs that it bears and answers, `quoted` is what it holds beside its author's own words.
    """
    labels = classification.labels
    text = whose.text[:_LONGEST]
    subject = whose.subject or ""
    headed = f"{subject}.\n{text}"
    signers = list(dict.fromkeys([*signed(text), *introduced(text)]))
    writers = list(dict.fromkeys([*names_in(whose.author.name), *signers]))
    words, proper = _words(headed, rarity)
    children = {
        plain(name)
        for pattern in (_CHILD, _WHOSE_PARENT, _CHILD_AGED)
        for match in pattern.finditer(headed)
        for name in match.groups()
        if name
    }
    children = {child.removesuffix("'s") for child in children if rarity.is_name(child)}
    days, told = days_in(headed, whose.sent_at or received_at)
    go_between = labels.role in _GO_BETWEENS or not whose.party
    return Particulars(
        address=whose.author.address,
        party=whose.party,
        go_between=go_between,
        forwarder=whose.forwarder or "",
        writers=tuple(writers[:6]),
        signers=tuple(signers[:5]),
        spoken_for=frozenset(sorted(spoken_for(headed) - {part for name in names_in(whose.author.name) for part in name})[:10]),
        addressed=_addressed(parsed, text),
        people=frozenset(plain(one) for one in entities.people[:20]),
        children=frozenset(children),
        initials=frozenset(
            match[1].replace(".", "").lower()
            for match in _INITIALS.finditer(headed[:3000])
            if match[1].replace(".", "").lower() not in _ABBREVIATIONS
        ),
        telephones=frozenset(entities.telephones[:6]),
        postcodes=frozenset(entities.postcodes[:6]),
        houses=frozenset(_houses(headed)),
        rooms=frozenset(plain(match[1]) for match in _ROOM.finditer(headed[:2000])),
        numbers=frozenset(one for one in entities.references[:12] if not references_in(one)),
        schools=frozenset(plain(one) for one in entities.schools[:6]),
        references=references_in(f"{parsed.subject}\n{text}\n{quoted[:_LONGEST_QUOTE]}"),
        thread=frozenset(digest(f"thread:{value}") for value in thread),
        subject=bare_subject(subject),
        words=words,
        proper=frozenset(proper),
        runs=frozenset(_runs(text)[:_MOST_RUNS]),
        quotes=frozenset(_runs(quoted[:_LONGEST_QUOTE])[: 2 * _MOST_RUNS]),
        quoted_addresses=frozenset(re.findall(r"[\w.+'-]{1,64}@[\w.-]{1,190}", quoted[:_LONGEST_QUOTE].lower())[:12]),
        days=frozenset(days),
        told=frozenset(told),
        cues=cues_of(headed),
        boys=min(9, len(_ABOUT_BOYS.findall(headed))),
        girls=min(9, len(_ABOUT_GIRLS.findall(headed))),
        kind=labels.kind,
        kind_confidence=classification.confidence,
        process=labels.process.value if labels.process else "",
        service=labels.service.value,
        role=labels.role,
        urgent=labels.urgent,
        length=sum(words.values()),
        received_at=received_at,
        sent_at=_sent(whose.sent_at, received_at),
        topics=classification.topics,
    )


_ABBREVIATIONS = frozenset(
    "re fw ok tv ps mp gp ta pa sw dr mr ms st id la ea ep ot uk pm am it us no hi so my we he is im cc ss sa ht pe".split()
)


def _addressed(parsed: ParsedMessage, text: str) -> frozenset[str]:
    """The names of those to whom it was written: every family of one office names them, so they tell nothing."""
    found = {word for one in parsed.recipients[:20] for word in words_of_address(one.address)}
    greeting = _GREETING.match(text[:80])
    if greeting is not None:
        found |= {plain(word) for word in greeting[1].split()}
    return frozenset(sorted(word for word in found if len(word) > 2)[:30])


def _sent(sent_at: datetime | None, received_at: datetime) -> datetime:
    """When it was written: never after it came, and not where a clock was plainly wrong."""
    if sent_at is None or sent_at > received_at or (received_at - sent_at).days > 60:
        return received_at
    return sent_at


def bare_subject(subject: str) -> str:
    """A subject without the marks of answers and forwards, and without case references."""
    bare = _SUBJECT_PREFIX.sub("", re.sub(r"[\[(]?\bCC-\d{4}-\d{6}\b[\])]?", "", subject, flags=re.IGNORECASE))
    return " ".join(plain(bare).split()).strip(" -:.,")


def _words(text: str, rarity: Rarity) -> tuple[dict[str, int], set[str]]:
    """How often each word that tells something occurs, and which of them name somebody or something."""
    counts: Counter[str] = Counter()
    proper: set[str] = set()
    for match in _TOKEN.finditer(text):
        word = plain(match[0]).removesuffix("'s").strip(".,:/-")
        if not word or rarity.is_common(word) or word in _MONTHS_AND_DAYS:
            continue
        counts[word] += 1
        if (
            match[0][0].isupper()
            and not word.isdigit()
            and (not _START.search(text[max(0, match.start() - _BEFORE) : match.start()]) or rarity.is_name(word))
        ):
            proper.add(word)
    kept = sorted(counts, key=lambda word: -rarity.weight(word))[:_MOST_WORDS]
    return {word: counts[word] for word in kept}, proper & set(kept)


def counted_words(text: str) -> tuple[set[str], set[str]]:
    """The words of a text, and those of them that are always written with a capital where they begin no sentence: to count rarity."""
    words: set[str] = set()
    capital: dict[str, bool] = {}
    for match in _TOKEN.finditer(text):
        word = plain(match[0]).removesuffix("'s").strip(".,:/-")
        if word:
            words.add(word)
            if not _START.search(text[max(0, match.start() - _BEFORE) : match.start()]):
                capital[word] = capital.get(word, True) and match[0][0].isupper()
    return words, {word for word, always in capital.items() if always}


def _runs(text: str) -> list[int]:
    """Digests of the runs of five words of a text, in order, without repeats."""
    words = re.findall(r"\w+", plain(text))
    found = dict.fromkeys(digest(" ".join(words[i : i + _RUN])) for i in range(len(words) - _RUN + 1))
    return list(found)


def digest(text: str) -> int:
    """A signed number of 64 bits for a text, the same everywhere and always."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _houses(text: str) -> list[str]:
    found = []
    for match in _HOUSE.finditer(text):
        number, place = plain(match[1]), plain(match[2]).split()
        if place[-1] not in _MONTHS_AND_DAYS and place[0] not in _MONTHS_AND_DAYS:
            found.append(f"{number} {place[0]}")
    return found[:8]


def day_of(moment: datetime) -> tuple[int, int]:
    """A moment's month and day."""
    return moment.month, moment.day
