"""A message beside a case: the evidence that both are about one issue of one household, as numbers.

Nothing here decides. Each number says one thing that a careful reader would look at; `scorer.py` weighs them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from triage.domain.case import same_strand
from triage.domain.labels import Kind, Role, Service, Theme
from triage.matching.household import bond
from triage.matching.names import Name, same_person, same_surname, words_of_address
from triage.matching.particulars import Particulars, day_of
from triage.matching.rarity import Rarity

Weight = Callable[[str], float]

_DAY = 86_400.0
_ENOUGH_WORDS = 12
# From this probability on a message is taken for praise, or for none, when praise is kept from a grievance.
_RATHER_SURE = 0.7
# Where services, themes and processes stand among a message's topics.
_SERVICES = slice(0, len(Service))
_THEMES = slice(len(Service), len(Service) + len(Theme))
_PROCESSES = slice(len(Service) + len(Theme), None)


@dataclass(frozen=True)
class CaseFile:
    """A case as matching sees it: its messages' particulars, the oldest first (of very many some), and whether it is closed."""

    id: int
    reference: str
    kind: Kind
    opened_at: datetime
    closed_at: datetime | None
    messages: tuple[Particulars, ...]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of its messages and their writers' names."""
        return frozenset(word for one in self.messages for word in (*one.words, *(part for name in one.writers for part in name)))

    @cached_property
    def proper(self) -> frozenset[str]:
        """The words among them that name somebody or something."""
        return frozenset(word for one in self.messages for word in one.proper)

    @cached_property
    def writers(self) -> frozenset[Name]:
        """The names under which its messages were written."""
        return frozenset(name for one in self.messages for name in one.writers)

    @cached_property
    def family_writers(self) -> frozenset[Name]:
        """Those of its writers who are no go-betweens."""
        return frozenset(name for one in self.messages if not one.go_between for name in one.writers)

    @cached_property
    def children(self) -> frozenset[str]:
        """The children that its messages speak of."""
        return frozenset(child for one in self.messages for child in one.children)


def _alike(one: bytes, other: bytes, part: slice) -> float:
    """How alike two distributions are, 0 to 1 (Bhattacharyya coefficient)."""
    if not one or not other:
        return 0.0
    return sum(math.sqrt(a * b) for a, b in zip(one[part], other[part], strict=True)) / 255


@dataclass(frozen=True)
class _Pair:
    """A message beside a case, and what more than one piece of evidence asks about the two."""

    one: Particulars
    case: CaseFile
    rarity: Rarity
    sharing: Mapping[str, int]

    def weight(self, word: str) -> float:
        """What sharing the word tells."""
        return self.rarity.weight(word)

    @cached_property
    def own_names(self) -> set[str]:
        """Every word of the names under which the message was written."""
        return {part for name in self.one.writers for part in name}

    @cached_property
    def case_names(self) -> set[str]:
        """Every word of the names under which the case's messages were written."""
        return {part for name in self.case.writers for part in name}

    @cached_property
    def told(self) -> frozenset[str]:
        """The names of those to whom both were written."""
        return self.one.addressed | frozenset(word for other in self.case.messages for word in other.addressed)

    @cached_property
    def same_address(self) -> bool:
        """Whether the case has a message from the message's address."""
        return bool(self.one.address) and any(self.one.address == other.address for other in self.case.messages)

    @cached_property
    def best_name(self) -> float:
        """How well the nearest two names of both writers fit one person."""
        return max((same_person(name, other) for name in self.one.writers for other in self.case.writers), default=0.0)

    @cached_property
    def surname(self) -> float:
        """How rare a surname is that both writers bear."""
        return _surname_weight(self.one.writers, self.case.writers, self.weight)

    @cached_property
    def alias(self) -> bool:
        """Whether the address of one holds a name of the other."""
        one, own_names = self.one, self.own_names
        return not self.same_address and bool(
            _address_words(one, own_names) & self.case_names or any(_address_words(o, set()) & own_names for o in self.case.messages)
        )

    @cached_property
    def named(self) -> list[str]:
        """The names of the case's writers that the message has among its words."""
        case, words = self.case, self.one.words
        return [word for word in _names_of_note(case.family_writers or case.writers) if word in words and word not in self.own_names]

    @cached_property
    def named_back(self) -> list[str]:
        """The names of the message's writers that the case has among its words."""
        return [word for word in _names_of_note(self.one.writers) if word in self.case.words and word not in self.case_names]

    @cached_property
    def shared(self) -> list[str]:
        """The words that both have; the names of the message's writers and of those addressed tell nothing here."""
        return [word for word in self.one.words if word in self.case.words and word not in self.own_names and word not in self.told]


def compare(one: Particulars, case: CaseFile, rarity: Rarity, sharing: Mapping[str, int]) -> dict[str, float]:
    """The evidence for `one` being on `case`. `sharing` says of words how many cases of the store have them, as far as looked."""
    pair = _Pair(one, case, rarity, sharing)
    return {
        **_who(pair),
        **_named_and_reached(pair),
        **_for_whom(pair),
        **_strangers(pair),
        **_for_which_child(pair),
        **_what_words(pair),
        **_what_about(pair),
        **_what_copied(pair),
        **_what_subject(pair),
        **_thread_and_itself(pair),
        **_when(pair),
        **_of_what_sort(pair),
    }


def _who(pair: _Pair) -> dict[str, float]:
    """By address and name: is the writer one of the case's?"""
    one, messages, same_address = pair.one, pair.case.messages, pair.same_address
    from_it = [other for other in messages if other.address == one.address] if same_address else []
    family_address = same_address and not one.go_between and any(not other.go_between for other in from_it)
    said = {name[0] for name in one.signers if len(name[0]) > 1}
    return {
        "same address": float(family_address),
        "same go-between": float(same_address and not family_address),
        "address, other name": float(bool(from_it) and _is_somebody_else(one, from_it)),
        "address, same name signed": float(same_address and bool(said & {name[0] for other in messages for name in other.signers})),
        "other room": float(
            bool(one.rooms) and any(other.rooms for other in messages) and not any(one.rooms & other.rooms for other in messages)
        ),
        "same name": pair.best_name if not same_address else 0.0,
        "same surname": 0.0 if same_address else pair.surname,
        "name in address": float(pair.alias),
    }


def _named_and_reached(pair: _Pair) -> dict[str, float]:
    """Does either name the other's writer, and are both reached at one telephone or home?"""
    one, messages = pair.one, pair.case.messages
    return {
        "names its writer": max((pair.weight(word) for word in pair.named), default=0.0) / 8,
        "named by it": max((pair.weight(word) for word in pair.named_back), default=0.0) / 8,
        "same telephone": float(any(one.telephones & other.telephones for other in messages)),
        "same home": float(any(one.postcodes & other.postcodes or one.houses & other.houses for other in messages)),
        "a relative writes": float("a relative" in one.cues),
        "a relative wrote": float("a relative wrote" in one.cues),
        "for somebody else": float("for somebody else" in one.cues),
    }


def _for_whom(pair: _Pair) -> dict[str, float]:
    """For whom a go-between writes, and whether the writers stand against each other."""
    one, case, messages = pair.one, pair.case, pair.case.messages
    told_of = {word for other in messages for word in (*other.spoken_for, *(name[-1] for name in other.writers if not other.go_between))}
    mine_told = one.spoken_for | (frozenset() if one.go_between else frozenset(name[-1] for name in one.writers))
    theirs_opposed = any("the other parent" in other.cues for other in messages)
    opposed = "the other parent" in one.cues or theirs_opposed
    spouses = "a spouse" in one.cues or any("a spouse" in other.cues for other in messages)
    return {
        "same client": float(bool(mine_told & told_of)) if one.go_between or any(o.go_between for o in messages) else 0.0,
        "other client": float(one.go_between and bool(one.spoken_for) and bool(told_of) and not one.spoken_for & case.words),
        "writer is the other parent": float(bool(pair.named_back) and theirs_opposed and not spouses and not pair.same_address),
        "on behalf": float("on behalf" in one.cues or one.go_between),
        "a spouse writes": float("a spouse" in one.cues),
        "opposed": float(opposed and not pair.same_address and not pair.best_name),
        "at odds": float(not pair.same_address and ("at odds" in one.cues or any("at odds" in other.cues for other in messages))),
        "new address": float("new address" in one.cues),
    }


def _strangers(pair: _Pair) -> dict[str, float]:
    """Is the writer somebody of whom the case knows nothing?"""
    writers, others = pair.one.writers, pair.case.writers
    known = pair.best_name or pair.surname or pair.same_address or pair.named or pair.named_back or pair.alias
    one_forename = bool({name[0] for name in writers} & {name[0] for name in others})
    return {
        "strangers": float(bool(writers) and bool(others) and not known),
        "shared forename only": float(not pair.same_address and pair.best_name == 0 and one_forename),
    }


def _for_which_child(pair: _Pair) -> dict[str, float]:
    """Is it the same child?"""
    one, case, messages = pair.one, pair.case, pair.case.messages
    one_children, case_children = one.children - pair.own_names, case.children - pair.case_names
    same_child = ((one_children & case.words) | (case_children & one.words.keys())) - pair.told
    initials = {initial for other in messages for initial in other.initials}
    return {
        "same child": max((pair.weight(word) for word in same_child), default=0.0) / 8,
        "child unique": float(any(pair.sharing.get(word, 9) <= 1 for word in same_child)),
        "other child": float(bool(one_children) and bool(case_children) and not same_child),
        "new child": float(bool(one_children - case.words) and not same_child),
        "son, daughter": _against(one, messages),
        "same initials": float(bool(one.initials & initials)),
        "other initials": float(bool(one.initials) and bool(initials) and not one.initials & initials),
    }


def _what_words(pair: _Pair) -> dict[str, float]:
    """Which words, names and numbers do both have, and which are new?"""
    one, case, messages, weight, shared = pair.one, pair.case, pair.case.messages, pair.weight, pair.shared
    mass = sum(min(weight(word), 8.0) for word in one.words if word not in pair.own_names) or 1.0
    shared_mass = sum(min(weight(word), 8.0) for word in shared)
    names = [word for word in shared if (word in one.proper or word in case.proper) and word not in pair.case_names]
    fresh = [word for word in one.proper if word not in case.words and word not in pair.own_names and word not in pair.told]
    return {
        "words shared": shared_mass / mass,
        "words shared, absolute": math.log1p(shared_mass),
        "rarest shared": sum(sorted((weight(word) for word in shared), reverse=True)[:3]) / 24,
        "names shared": math.log1p(sum(weight(word) / (1 + math.log(max(1, pair.sharing.get(word, 1)))) for word in names)),
        "new names": math.log1p(sum(weight(word) for word in fresh)),
        "numbers shared": float(sum(1 for word in shared if word[0].isdigit() and len(word) > 2)),
        "reference numbers shared": float(any(one.numbers & other.numbers for other in messages)),
        "best message": max(_tfidf_cosine(one, other, weight) for other in messages),
        "first message": _tfidf_cosine(one, messages[0], weight),
    }


def _what_about(pair: _Pair) -> dict[str, float]:
    """Are both about the same service, themes, process and school?"""
    one, messages = pair.one, pair.case.messages
    services = [_alike(one.topics, other.topics, _SERVICES) for other in messages]
    processes = {other.process for other in messages if other.process}
    return {
        "topic": max(services),
        "topic of the first": services[0],
        "themes": max(_alike(one.topics, other.topics, _THEMES) for other in messages),
        "process": max(_alike(one.topics, other.topics, _PROCESSES) for other in messages),
        "same service": float(any(one.service == other.service for other in messages)),
        "service of the first": float(one.service == messages[0].service),
        "other process": float(bool(one.process) and bool(processes) and one.process not in processes),
        "same school": float(any(one.schools & other.schools for other in messages)),
    }


def _what_copied(pair: _Pair) -> dict[str, float]:
    """How much of either is word for word in the other?"""
    one, messages = pair.one, pair.case.messages
    runs = frozenset().union(*(other.runs for other in messages))
    return {
        "near copy": max(len(one.runs & o.runs) / max(1, min(len(one.runs), len(o.runs))) for o in messages) if one.runs else 0.0,
        "quotes it": len(one.quotes & runs) / len(one.quotes) if one.quotes else 0.0,
        "quoted by it": max((len(one.runs & o.quotes) / len(one.runs) for o in messages), default=0.0) if one.runs else 0.0,
    }


def _what_subject(pair: _Pair) -> dict[str, float]:
    """Does the subject line name the same thing?"""
    one, case, weight = pair.one, pair.case, pair.weight
    topic = {word for word in one.subject.split() if weight(word) > 3.0}
    return {
        "same subject": _same_subject(one, case.messages, pair.rarity),
        "subject shared": sum(weight(word) for word in topic if word in case.words) / 12,
        "subject new": sum(weight(word) for word in topic if word not in case.words) / 12,
    }


def _thread_and_itself(pair: _Pair) -> dict[str, float]:
    """The thread, the reference and the days that it names, and what it says of itself."""
    one, case, messages = pair.one, pair.case, pair.case.messages
    written = {day_of(other.sent_at) for other in messages}
    said = ("goes on", "another matter", "begins apart", "the answer", "put right", "evidence")
    return {
        "in thread": float(any(one.thread & other.thread for other in messages)),
        "names its day": float(bool(one.told & written)),
        "same days": float(len(one.days & {day for other in messages for day in other.days})),
        "reference": float(case.reference in one.references[:1]) if one.references else 0.0,
        "reference among": float(case.reference in one.references),
        "other reference": float(bool(one.references) and case.reference not in one.references),
        **{f"says: {cue}": float(min(2, one.cues.get(cue, 0))) for cue in said},
        "few words": 1.0 / (1.0 + one.length / _ENOUGH_WORDS),
        "words": math.log1p(one.length),
    }


def _when(pair: _Pair) -> dict[str, float]:
    """When it was written, and in what state the case was then."""
    one, case, messages = pair.one, pair.case, pair.case.messages
    last = max(other.sent_at for other in messages)
    first = min(other.sent_at for other in messages)
    closed = case.closed_at is not None and one.sent_at > case.closed_at
    return {
        "days since last": math.log1p(abs((one.sent_at - last).total_seconds()) / _DAY),
        "days since first": math.log1p(abs((one.sent_at - first).total_seconds()) / _DAY),
        "earlier": float(one.sent_at < first),
        "closed": float(closed),
        "closed, the answer": float(closed and "the answer" in one.cues),
        "closed, put right": float(closed and "put right" in one.cues),
        "days since closed": math.log1p((one.sent_at - case.closed_at).total_seconds() / _DAY) if closed and case.closed_at else 0.0,
        "messages": math.log1p(len(messages)),
    }


def _of_what_sort(pair: _Pair) -> dict[str, float]:
    """Praise, a question or a grievance, and by whom."""
    one, case = pair.one, pair.case
    # "First day back and it's still pipping at the bottom": what only seems to be praise does not keep a chaser from its case.
    apart = not same_strand(case.kind, one.kind)
    theirs = [other for other in case.messages if other.kind is case.kind]
    praised = any("praise" in other.cues for other in ([one] if one.kind is Kind.COMPLIMENT else theirs))
    sure = praised or min(one.kind_confidence, max((other.kind_confidence for other in theirs), default=1.0)) >= _RATHER_SURE
    return {
        "other strand": float(apart and sure),
        "perhaps other strand": float(apart and not sure),
        "praise": float(one.kind is Kind.COMPLIMENT),
        "grievance turned question": float(one.kind is Kind.ENQUIRY and case.kind is Kind.COMPLAINT),
        "question turned grievance": float(one.kind is Kind.COMPLAINT and case.kind is Kind.ENQUIRY),
        "go-between writes": float(one.go_between),
        "go-between wrote": float(any(other.go_between for other in case.messages)),
        "only go-betweens wrote": float(all(other.go_between for other in case.messages)),
        "passed on": float(not one.party or not one.address),
        "member asks": float(one.role in (Role.MP, Role.COUNCILLOR)),
    }


def _is_somebody_else(one: Particulars, from_it: Sequence[Particulars]) -> bool:
    """Whether a message is signed by another person than those who have written from its address.

    A nickname under one's own address is no other person, nor is the other half of a couple who share one.
    """
    known = {name for other in from_it for name in other.writers}
    if not one.signers or not known or any(same_person(mine, other) for mine in one.signers for other in known):
        return False
    shown = [name for name in one.writers if name not in one.signers]
    whole = {name[0] for name in one.signers if len(name) > 1}
    for mine in one.signers:
        if len(mine) == 1 and mine[0] in whole:
            continue
        if any(mine[0] == other[0] or same_surname(mine, other) or (len(mine) > 1 and mine[-1] in other) for other in known):
            return False
        if len(mine) == 1 and (len(shown) == 1 or any(mine[0][:3] == other[0][:3] for other in known)):
            # Only a forename, under a display name that is one person's: what they are called.
            return False
    return True


def _surname_weight(mine: Sequence[Name], theirs: frozenset[Name], weight: Weight) -> float:
    return max((weight(name[-1]) for name in mine for other in theirs if same_surname(name, other)), default=0.0) / 8


def _address_words(one: Particulars, without: set[str]) -> frozenset[str]:
    return frozenset(word for word in words_of_address(one.address) if len(word) > 3) - without if one.party else frozenset()


def _names_of_note(names: frozenset[Name] | Sequence[Name]) -> set[str]:
    """Surnames, and forenames of those of whom nothing else is known."""
    return {name[-1] for name in names if len(name[-1]) > 2} | {name[0] for name in names if len(name[0]) > 2}


def _against(one: Particulars, messages: Sequence[Particulars]) -> float:
    """How much one speaks of a boy and the other of a girl, 0 to 1."""
    mine = (one.boys - one.girls) / max(1, one.boys + one.girls)
    boys, girls = sum(o.boys for o in messages), sum(o.girls for o in messages)
    theirs = (boys - girls) / max(1, boys + girls)
    return max(0.0, -mine * theirs)


def _tfidf_cosine(one: Particulars, other: Particulars, weight: Weight) -> float:
    shared = one.words.keys() & other.words.keys()
    if not shared:
        return 0.0
    dot = sum(weight(word) ** 2 for word in shared)
    return dot / math.sqrt(sum(weight(w) ** 2 for w in one.words) * sum(weight(w) ** 2 for w in other.words))


def _same_subject(one: Particulars, messages: Sequence[Particulars], rarity: Rarity) -> float:
    """How much an equal subject tells: "complaint" little, "BF117 passenger assistant" much."""
    if not one.subject or all(one.subject != other.subject for other in messages):
        return 0.0
    return min(1.0, sum(rarity.weight(word) for word in one.subject.split()) / 12)


# Of these, how far a case is ahead of the writer's other cases is evidence too: somebody with two open matters means the nearer.
_RIVALLED = (
    "best message", "words shared", "topic", "names shared", "rarest shared", "subject shared", "in thread", "same child", "same subject",
    "reference among", "names its day",
)  # fmt: skip
_KNOWN_BY_NAME = 0.8


def beside_rivals(compared: Sequence[dict[str, float]]) -> None:
    """Add to the evidence for each candidate what the others say: how far it is ahead of the writer's other cases; and the bond."""
    known = [_is_the_writers(found) for found in compared]
    for i, found in enumerate(compared):
        rivals = [other for j, other in enumerate(compared) if j != i and known[j]]
        found["cases of the writer"] = float(sum(known))
        found["writes on another"] = float(not _from_its_address(found) and any(_from_its_address(other) for other in compared))
        for name in _RIVALLED:
            found[f"ahead: {name}"] = found[name] - max((other[name] for other in rivals), default=0.0) if rivals else 0.0
        others = [other for j, other in enumerate(compared) if j != i]
        found["ahead of all: names shared"] = found["names shared"] - max((other["names shared"] for other in others), default=0.0)
        found["latest of the writer"] = float(all(found["days since last"] <= other["days since last"] for other in rivals))
        found["cases of the go-between"] = float(sum(1 for other in compared if other["same go-between"]))
        found["bond"] = float(bond(found))


def _from_its_address(found: Mapping[str, float]) -> bool:
    return bool(found["same address"] or found["same go-between"])


def _is_the_writers(found: Mapping[str, float]) -> bool:
    return bool(found["same address"]) or found["same name"] >= _KNOWN_BY_NAME
