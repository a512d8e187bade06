"""What a large store is about: which message is on which case, from which household, and how that household would have written it.

The texts are stories (`bench.stories`): every household puts its own names, addresses, numbers and dates in their place, and words that
are in no word list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from bench.invented import OFFICES, WEB_FORM, coined, dice, forename, household, mixed, office, place, ranked, share, street, surname, word
from bench.stories import Scene, Story
from triage.domain.message import Address
from triage.matching.keys import keys_of
from triage.matching.particulars import Particulars, day_of, digest
from triage.matching.rarity import Rarity

Numbers = NDArray[np.int64]
END = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
_SPAN = timedelta(days=6 * 365)
_BY_FORM, _SAME_ID, _BY_LETTER, _LETTERS = 0.05, 0.3, 0.02, 60
_BARE_SUBJECT, _MORE_IN_SUBJECT = 0.08, 0.25


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message stands: the `turn`-th of its case from 0, from a household, at a moment."""

    case: int
    turn: int
    family: int
    at: datetime


class Plan:
    """Which message of a store is on which case, from which household, and when: in the order in which they came.

    Most cases have a few messages, some dozens, a handful thousands; of the longest every second one was merged by people from what many
    households wrote.
    """

    def __init__(self, messages: int, seed: int) -> None:
        chance = np.random.default_rng([seed, messages])
        self.seed, self.messages, self.cases = seed, messages, max(1, messages // 5)
        self.families = max(1, self.cases * 7 // 10)
        sizes, long = _sizes(chance, messages, self.cases)
        case = np.repeat(np.arange(self.cases), sizes)
        first = np.cumsum(sizes) - sizes
        turn = np.arange(messages) - first[case]
        starts = np.sort(chance.random(self.cases))
        gaps = np.where(turn == 0, 0.0, chance.exponential(25 / _SPAN.days, messages))
        since = np.cumsum(gaps)
        since -= since[first][case]
        lasted = np.maximum.reduceat(since, first)
        left = 1 - starts
        # What is long goes on until the end; what would go on beyond the end is quicker.
        pace = np.where(long | (lasted > left), left / np.maximum(lasted, 1e-9), 1.0)
        moments = starts[case] + since * pace[case]
        own = chance.integers(0, self.families, self.cases)
        many = np.flatnonzero(long)[1::2]
        family = np.where(np.isin(case, many), chance.integers(0, self.families, messages), own[case])
        order = np.argsort(moments, kind="stable")
        self.case, self.turn, self.family = case[order], turn[order], family[order]
        self.moment = (moments[order] * _SPAN.total_seconds()).astype(np.int64)
        self.sizes, self.own = sizes, own
        self.long = np.flatnonzero(long)
        self.last = ((starts + lasted * pace) * _SPAN.total_seconds()).astype(np.int64)
        opened = (starts * _SPAN.total_seconds()).astype(np.int64)
        self.year = np.array([moment_of(int(one)).year for one in opened])
        self.number = np.arange(self.cases) - np.searchsorted(self.year, self.year) + 1

    @property
    def counters(self) -> dict[int, int]:
        """The last number given in each year."""
        return {int(year): int(count) for year, count in zip(*np.unique(self.year, return_counts=True), strict=True)}


def _sizes(chance: np.random.Generator, messages: int, cases: int) -> tuple[Numbers, NDArray[np.bool_]]:
    """How many messages each case has, and which cases are the long ones."""
    sizes = chance.geometric(np.where(chance.random(cases) < 0.85, 0.45, 0.05))
    longest = [messages // 200 >> halved for halved in range(8) if messages // 200 >> halved > 40]
    where = chance.choice(cases // 3, len(longest), replace=False) if longest else np.array([], dtype=np.int64)
    sizes[where] = longest
    long = np.zeros(cases, dtype=bool)
    long[where] = True
    while surplus := int(sizes.sum()) - messages:
        can = np.flatnonzero(~long & (sizes > 1)) if surplus > 0 else np.flatnonzero(~long)
        changed = chance.choice(can, min(abs(surplus), len(can)), replace=False)
        sizes[changed] -= np.sign(surplus)
    return sizes, long


def moment_of(seconds: int) -> datetime:
    """A moment of a plan."""
    return END - _SPAN + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it would have been understood."""

    particulars: Particulars
    author: Address
    subject: str
    text: str
    message_id: str
    scene: Scene


class World:
    """Writes the message of any spot, always the same for the same spot."""

    def __init__(self, seed: int, stories: Sequence[Story], rarity: Rarity) -> None:
        self.seed, self.stories, self.rarity = seed, stories, rarity
        self._names = lru_cache(maxsize=20_000)(self._names_in)

    def write(self, spot: Spot) -> Written:
        """The message of a spot."""
        story, scene = self._story(spot)
        one, family = scene.particulars, household(self.seed, spot.family)
        chance = dice(self.seed, 6, spot.case, spot.turn)
        author, shared = self.author(spot)
        names = self._names(spot.case, spot.family)
        words = {names.get(each, each): count for each, count in one.words.items()}
        for rare in scene.rare:
            if chance.random() < 0.5:
                words[word(chance)] = words.pop(rare, 1)
        message_id = f"<{spot.case}.{spot.turn}.{self.seed}@mail.example>"
        if author.address == WEB_FORM and share(self.seed, 11, spot.case, spot.turn) < _SAME_ID:
            # There are forms that put one Message-ID on everything.
            message_id = "<form@forms.ashmere.example>"
        thread = {digest(f"thread:{message_id}")}
        if spot.turn and (len(one.thread) > 1 or chance.random() < 0.15):
            thread.add(digest(f"thread:<{spot.case}.{spot.turn - 1}.{self.seed}@mail.example>"))
        writers = _named(one.writers, names)
        salt = self._salt(spot, len(story.scenes))
        made = replace(
            one,
            address=author.address, party=one.party and not shared, go_between=shared,
            writers=(tuple(author.name.lower().split()), *writers[1:]) if writers else (), signers=_named(one.signers, names),
            spoken_for=_renamed(one.spoken_for, names), addressed=_renamed(one.addressed, names), children=_renamed(one.children, names),
            people=frozenset(" ".join(names.get(part, part) for part in person.split()) for person in one.people),
            telephones=frozenset({family.telephone}) if one.telephones else frozenset(),
            postcodes=frozenset({family.postcode}) if one.postcodes else frozenset(),
            houses=frozenset({family.house}) if one.houses else frozenset(),
            numbers=frozenset(f"{coined(spot.case, '')}/{nth}" for nth in range(len(one.numbers))),
            schools=frozenset({family.school}) if one.schools else frozenset(),
            references=(), thread=frozenset(thread), subject=_subject(one.subject, names, chance), words=words,
            proper=_renamed(one.proper, names), runs=frozenset(run ^ salt for run in one.runs),
            quotes=frozenset(run ^ salt for run in one.quotes),
            quoted_addresses=frozenset(family.address_of(0) if each in story.own_addresses else each for each in one.quoted_addresses),
            days=frozenset((1 + chance.randrange(12), 1 + chance.randrange(28)) for _ in one.days),
            told=frozenset({day_of(spot.at - timedelta(days=chance.randrange(1, 30)))}) if one.told else frozenset(),
            received_at=spot.at, sent_at=spot.at,
        )  # fmt: skip
        return Written(made, author, made.subject or scene.subject, scene.text, message_id, scene)

    def author(self, spot: Spot) -> tuple[Address, bool]:
        """Who writes, and whether from an address at which several families write."""
        scene, family = self._story(spot)[1], household(self.seed, spot.family)
        adult = scene.adult or 0
        name = f"{family.adults[adult]} {family.surname_of(adult)}".title()
        if share(self.seed, 4, spot.case, spot.turn) < _BY_FORM:
            return Address(WEB_FORM, name), True
        if scene.adult is not None:
            return Address(family.address_of(adult), name), False
        if not scene.particulars.address:
            return Address("", name), True
        sort = scene.particulars.role.value if scene.particulars.role.value in OFFICES else "officer"
        there = office(self.seed, sort, ranked(dice(self.seed, 5, spot.case), OFFICES[sort], 4))
        return Address(there.address, " ".join(there.people[spot.case % len(there.people)]).title()), True

    def keys(self, one: Particulars) -> list[int]:
        """The keys of a message, as the program makes them."""
        return list(keys_of(one, self.rarity))

    def _letter(self, case: int) -> int | None:
        """Of the letters that many households send word for word, the one that this case is about."""
        return mixed(self.seed, 3, case) % _LETTERS if share(self.seed, 8, case) < _BY_LETTER else None

    def _story(self, spot: Spot) -> tuple[Story, Scene]:
        letter = self._letter(spot.case)
        story = self.stories[(mixed(self.seed, 3, spot.case) if letter is None else letter) % len(self.stories)]
        return story, story.scenes[spot.turn % len(story.scenes)]

    def _salt(self, spot: Spot, scenes: int) -> int:
        """What makes the words of one case others than those of the next. Each time a case begins its story anew it changes."""
        letter = self._letter(spot.case)
        return mixed(self.seed, 7, spot.case if letter is None else -1 - letter, spot.turn // scenes) >> 1

    def _names_in(self, case: int, number: int) -> dict[str, str]:
        """What the names of a case's story are in the household that lives through it."""
        story, family = self._story(Spot(case, 0, number, END))[0], household(self.seed, number)
        chance = dice(self.seed, 9, case)
        found: dict[str, str] = {}
        for name, part, which in story.parts:
            if part == "forename":
                found[name] = family.adults[which]
            elif part == "surname":
                found[name] = family.surname_of(which)
            elif part == "child":
                found[name] = family.children[which]
            else:
                found[name] = (surname, forename, place, street)[chance.randrange(4)](chance)
        return found


def _renamed(words: frozenset[str], names: dict[str, str]) -> frozenset[str]:
    return frozenset(names.get(each, each) for each in words)


def _named(people: Sequence[tuple[str, ...]], names: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(names.get(part, part) for part in name) for name in people)


def _subject(subject: str, names: dict[str, str], chance: Random) -> str:
    what = chance.random()
    if what < _BARE_SUBJECT:
        return "complaint"
    own = " ".join(names.get(each, each) for each in subject.split())
    return f"{own} {word(chance)}".strip() if what < _BARE_SUBJECT + _MORE_IN_SUBJECT else own
