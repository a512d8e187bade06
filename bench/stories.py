"""The texts that a large store is made of: the shipped streams, each message understood once by the real judge.

A story is the messages of one case of a stream, in their order. The names in it are known by the part they play (the writer's
surname, a child), so that every household that lives through it can put its own in their place.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bench.invented import ADULTS, CHILDREN
from triage.domain.labels import Classification, Kind
from triage.domain.message import Arrival, Place
from triage.judge import Judge, Opened, Understood
from triage.matching.particulars import Particulars
from triage.matching.rarity import Rarity
from triage.rehearsal import also_own
from triage.replay import Stream, StreamMessage

# A word that so few messages of the training corpus have is one that another writer would not have used.
_FEW = 2
_AT_A_TIME = 50
_LONGEST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Scene:
    """One message of a story. `adult` is which of the family writes; None where an office does. `rare` are words that few use."""

    particulars: Particulars
    classification: Classification
    reasons: tuple[str, ...]
    entities: dict[str, list[str]]
    subject: str
    text: str
    adult: int | None
    rare: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What one case was about. `parts` says of each name in it whose it is: "forename", "surname" or "child" with a number, or "other"."""

    scenes: tuple[Scene, ...]
    parts: tuple[tuple[str, str, int], ...]
    own_addresses: frozenset[str]


def understood(judge: Judge, streams: Iterable[Stream]) -> list[Story]:
    """The stories of these streams: cases of which a message can be matched."""
    found: defaultdict[tuple[str, str], list[Understood]] = defaultdict(list)
    for stream in streams:
        own = replace(judge, is_own=also_own(judge.is_own, stream.council))
        messages = [one for one in stream.messages if one.case is not None]
        for start in range(0, len(messages), _AT_A_TIME):
            some = messages[start : start + _AT_A_TIME]
            for message, item in zip(some, own.classify([own.read(_arrival(one)) for one in some]), strict=True):
                if isinstance(item, Opened):
                    found[(stream.name, message.case or "")] += [part for part in item.parts if _is_matched(part)]
    # What came to several mailboxes is one message.
    once = [list({part.clues.fingerprint: part for part in reversed(parts)}.values())[::-1] for parts in found.values()]
    return [_story(parts, judge.rarity) for parts in once if parts]


def _arrival(message: StreamMessage) -> Arrival:
    raw = message.as_mail({})
    return Arrival(Place(message.mailbox, message.mailbox_kind, "INBOX"), raw, len(raw), message.date)


def _is_matched(part: Understood) -> bool:
    return part.particulars is not None and part.classification.labels.kind is not Kind.NONE


def _story(parts: Sequence[Understood], rarity: Rarity) -> Story:
    all_of_it = [part.particulars for part in parts if part.particulars is not None]
    addresses = list(dict.fromkeys(one.address for one in all_of_it if not one.go_between and one.address))
    names = _parts_played(all_of_it, addresses, rarity)
    scenes = tuple(_scene(part, one, addresses, rarity) for part, one in zip(parts, all_of_it, strict=True))
    return Story(scenes, tuple((word, sort, number) for word, (sort, number) in names.items()), frozenset(addresses))


def _parts_played(story: Sequence[Particulars], addresses: Sequence[str], rarity: Rarity) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for one in story:
        if one.go_between:
            continue
        adult = addresses.index(one.address) % ADULTS if one.address else 0
        for name in one.writers:
            found.setdefault(name[0], ("forename", adult))
            if len(name) > 1:
                found.setdefault(name[-1], ("surname", adult))
    for one in story:
        for child in sorted(one.children):
            found.setdefault(child, ("child", sum(sort == "child" for sort, _ in found.values()) % CHILDREN))
        for name in one.writers:
            for word in name:
                found.setdefault(word, ("other", 0))
        for word in sorted(one.proper | one.spoken_for):
            if rarity.is_name(word):
                found.setdefault(word, ("other", 0))
    return found


def _scene(part: Understood, one: Particulars, addresses: Sequence[str], rarity: Rarity) -> Scene:
    whose = part.authorship
    return Scene(
        particulars=one,
        classification=part.classification,
        reasons=tuple(part.reasons),
        entities=part.entities.listed(),
        subject=part.parsed.subject,
        text=whose.text[:_LONGEST_TEXT],
        adult=None if one.go_between or not one.address else addresses.index(one.address) % ADULTS,
        rare=tuple(sorted(word for word in one.words if rarity.met.get(word, 0) <= _FEW and word not in one.proper and word.isalpha())),
    )
