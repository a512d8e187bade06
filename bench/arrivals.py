"""Mail for a store that `bench.large_store` filled, as it would come next: understood beforehand, so that only the rest is measured."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum

import numpy as np

from bench.invented import WEB_FORM, dice
from bench.world import END, Plan, Spot, World, Written
from triage.domain.entities import Entities
from triage.domain.message import Address, Arrival, Authorship, Body, MailboxKind, ParsedMessage, Place, Structure
from triage.judge import Failed, Judge, Opened, Understood

MAILBOX = "measured"


class Sort(StrEnum):
    """What a message is to the store."""

    GOES_ON = "goes on with its case"
    NEW_FAMILY = "from a new family"
    NEW_MATTER = "a known family's new matter"
    MEMBER = "from an MP or a councillor"
    BUSY = "from a web form or an advocate"
    LONG = "on one of the longest cases"


# Of twenty messages. How many of each sort a council has, nobody knows; what is dear is there often enough to be seen.
_OF_TWENTY = {Sort.GOES_ON: 7, Sort.NEW_FAMILY: 4, Sort.NEW_MATTER: 3, Sort.MEMBER: 2, Sort.BUSY: 3, Sort.LONG: 1}
_LONGEST = 10
_MOST_TRIES = 100_000


def mail(plan: Plan, world: World, round_: int) -> Iterator[tuple[Sort, Spot]]:
    """What comes next, without end. No two rounds give one message."""
    chance = dice(plan.seed, 20, plan.messages, round_)
    longest = np.argsort(plan.sizes, kind="stable")[-_LONGEST:]
    more: Counter[int] = Counter()
    fresh = 1_000_000 * (1 + round_)

    def goes_on(case: int) -> Spot:
        more[case] += 1
        return _at(case, int(plan.sizes[case]) + 500 * round_ + more[case], int(plan.own[case]))

    def opens(family: int) -> Spot:
        nonlocal fresh
        fresh += 1
        return _at(plan.cases + fresh, 0, family)

    def _at(case: int, turn: int, family: int) -> Spot:
        return Spot(case, turn, family, END + timedelta(hours=1 + round_, minutes=len(given)))

    def of(sort: Sort) -> Spot:
        if sort is Sort.NEW_FAMILY:
            return opens(plan.families + fresh)
        if sort is Sort.NEW_MATTER:
            return opens(chance.randrange(plan.families))
        return goes_on(int(chance.choice(longest)) if sort is Sort.LONG else chance.randrange(plan.cases))

    def from_whom(sort: Sort, domains: Sequence[str]) -> Spot:
        for _ in range(_MOST_TRIES):
            spot = of(Sort.GOES_ON if chance.random() < 0.5 else Sort.NEW_MATTER)
            if world.author(spot)[0].address.endswith(tuple(domains)):
                return spot
        raise LookupError(f"no message {sort} was found")

    given: list[Sort] = []
    while True:
        turn = [sort for sort, count in _OF_TWENTY.items() for _ in range(count)]
        chance.shuffle(turn)
        for sort in turn:
            given.append(sort)
            if sort is Sort.MEMBER:
                yield sort, from_whom(sort, ("@mp.example", "@councillor.example"))
            elif sort is Sort.BUSY:
                yield sort, from_whom(sort, (WEB_FORM, "@advocate.example"))
            else:
                yield sort, of(sort)


def understood(written: Written, spot: Spot, uid: int) -> Understood:
    """A written message as the judge would have understood it."""
    author, subject = written.author, written.subject
    raw = f"From: {author.address}\nSubject: {subject}\nMessage-ID: {written.message_id}\n\n{written.text}\n".encode()
    arrival = Arrival(Place(MAILBOX, MailboxKind.SHARED, "INBOX", 1, uid), raw, len(raw), spot.at)
    parsed = ParsedMessage(
        message_id=written.message_id, in_reply_to=(), references=(), sender=author, reply_to=Address(), recipients=(), subject=subject,
        sent_at=spot.at, received_at=spot.at, bodies=(Body(written.text),), attachments=(), nested=(), structure=Structure.ORDINARY,
        automatic=False,
    )  # fmt: skip
    whose = Authorship(author, subject, spot.at, written.text, False, None, (), party=written.particulars.party)
    entities = Entities(**{name: tuple(found) for name, found in written.scene.entities.items()})
    one = Understood(arrival, spot.at, parsed, whose, written.scene.classification, entities=entities, particulars=written.particulars)
    # Made once for each message, whatever store it comes to.
    _ = one.clues, arrival.sha256
    return one


@dataclass(frozen=True, slots=True)
class Prepared(Judge):
    """A judge that has judged already. `ready` is by digest."""

    ready: Mapping[str, Understood] = field(default_factory=dict)

    @classmethod
    def by(cls, judge: Judge, ready: Mapping[str, Understood]) -> "Prepared":
        """What `judge` would say is known."""
        return cls(**{one.name: getattr(judge, one.name) for one in fields(Judge)}, ready=ready)

    def read(self, arrival: Arrival) -> Opened | Failed:
        """The message, with everything known of it."""
        return Opened(arrival, (self.ready[arrival.sha256],))

    def classify(self, items: Sequence[Opened | Failed]) -> list[Opened | Failed]:
        """As they are."""
        return list(items)
