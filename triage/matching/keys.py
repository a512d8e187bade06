"""What a message can be found by: a bounded number of keys, so that nothing is ever looked for by reading the store through.

A key is a signed number of 64 bits, made from its sort and its value; the store keeps no words for it.
"""

from dataclasses import dataclass
from enum import StrEnum

from triage.matching.particulars import Particulars, digest
from triage.matching.rarity import Rarity

# Most words of a message by which it can be found, the rarest first; and digests by which near copies meet.
_MOST_WORDS = 14
_NEAR_COPIES = 4
_LEAST_WEIGHT = 4.0
_LONGEST_SUBJECT = 120


class Sort(StrEnum):
    """What a key stands for. The order is that of how much it tells."""

    THREAD = "thread"
    REFERENCE = "reference"
    ADDRESS = "address"
    TELEPHONE = "telephone"
    NUMBER = "number"
    HOUSE = "house"
    POSTCODE = "postcode"
    NAME = "name"
    SUBJECT = "subject"
    WORD = "word"
    COPY = "copy"


# What a shared key of each sort counts for when the nearest cases are chosen, before any is compared.
WORTH = {
    Sort.THREAD: 9.0, Sort.REFERENCE: 9.0, Sort.ADDRESS: 8.0, Sort.TELEPHONE: 7.0, Sort.NUMBER: 5.0, Sort.HOUSE: 4.0, Sort.POSTCODE: 4.0,
    Sort.NAME: 5.0, Sort.SUBJECT: 1.0, Sort.WORD: 1.0, Sort.COPY: 3.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it stands for, and what sharing it is worth."""

    sort: Sort
    worth: float


def keys_of(one: Particulars, rarity: Rarity) -> dict[int, Key]:
    """The keys of a message by their values."""
    found: dict[int, Key] = {value: Key(Sort.THREAD, WORTH[Sort.THREAD]) for value in sorted(one.thread)}

    def add(sort: Sort, value: str, worth: float | None = None) -> None:
        if value:
            found.setdefault(digest(f"{sort}:{value}"), Key(sort, WORTH[sort] if worth is None else worth))

    if one.address:
        add(Sort.ADDRESS, one.address)
    for address in sorted(one.quoted_addresses):
        add(Sort.ADDRESS, address, 4.0)
    for telephone in sorted(one.telephones):
        add(Sort.TELEPHONE, telephone)
    for number in sorted(one.numbers):
        add(Sort.NUMBER, number)
    for house in sorted(one.houses):
        add(Sort.HOUSE, house)
    for postcode in sorted(one.postcodes):
        add(Sort.POSTCODE, postcode)
    for name in one.writers:
        if len(name) > 1:
            add(Sort.NAME, f"{name[0][0]} {name[-1]}")
    add(Sort.SUBJECT, one.subject[:_LONGEST_SUBJECT])
    for word, weight in rare_words(one, rarity):
        add(Sort.WORD, word, weight / 4)
    for copy in near_copy_digests(one):
        add(Sort.COPY, str(copy))
    return found


def rare_words(one: Particulars, rarity: Rarity) -> list[tuple[str, float]]:
    """The rarest words of a message with their weights: names before others, the writers' own among them."""
    own = {word for name in one.writers for word in name[-1:] if len(name) > 1} | {name[0] for name in one.writers}
    words = {word for word in (*one.words, *own, *one.children) if len(word) > 2}
    # A name tells more than another word that is as rare.
    weighed = [(word, rarity.weight(word) + (1.5 if word in one.proper or word in own else 0.0)) for word in words]
    found = sorted((pair for pair in weighed if pair[1] >= _LEAST_WEIGHT), key=lambda pair: (-pair[1], pair[0]))
    return found[:_MOST_WORDS]


def near_copy_digests(one: Particulars) -> list[int]:
    """Digests that texts with many runs of words in common are likely to share (MinHash)."""
    if len(one.runs) < 12:
        return []
    return [
        seed * 1_000_003 ^ min((run * (2 * seed + 1) + seed * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF for run in one.runs)
        for seed in range(1, _NEAR_COPIES + 1)
    ]


def word_key(word: str) -> int:
    """The key of a word."""
    return digest(f"{Sort.WORD}:{word}")
