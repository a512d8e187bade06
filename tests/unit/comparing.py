"""Messages as matching sees them, and cases of them: made from words by the program's own code. Everybody in them is invented."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from tests.unit.making import NOON, OWN, labels, parsed
from triage.casefinder import CaseFinder
from triage.domain.case import combined_kind
from triage.domain.entities import NOTHING_NAMED
from triage.domain.labels import Classification, Kind, Process, Role, Service, Theme
from triage.domain.message import Address, Authorship, Body
from triage.matching.candidates import sharing
from triage.matching.cases import Asked, CaseMatch, match_case
from triage.matching.comparison import CaseFile, beside_rivals, compare
from triage.matching.keys import keys_of
from triage.matching.particulars import Particulars, particulars_of
from triage.matching.rarity import Rarity
from triage.text.entities import EntityFinder

DESK = Address(f"complaints@{OWN}", "Complaints")
# Common words of the tests' mail; "Ottilie" and "Larkspur" are in none of a thousand messages.
SMALL_RARITY = Rarity(
    1000,
    {
        "the": 980, "and": 970, "to": 960, "my": 900, "not": 700, "school": 330, "taxi": 40, "bus": 60, "son": 150, "daughter": 140,
        "again": 200, "week": 180, "smith": 30, "letter": 80, "complaint": 150, "late": 90, "jack": 12, "will": 300, "dear": 600,
    },
    {"smith": 30, "jack": 12, "will": 10},
)  # fmt: skip
_numbers = count(1)


def topics(service: Service, themes: Sequence[Theme], process: Process | None) -> bytes:
    """What a classifier that is fairly sure would say: most of its belief is in what is given."""
    services = [216 if one is service else 3 for one in Service]
    told = [180 if one in themes else 20 for one in Theme]
    belief = {Process.STATUTORY: 30, Process.CORPORATE: 30} | ({process: 220} if process else {})
    return bytes([*services, *told, *(belief[one] for one in Process)])


def classification(kind: Kind, role: Role, service: Service, themes: Sequence[Theme]) -> Classification:
    """What is said of a message."""
    found = labels(kind, role=role, service=service, themes=tuple(themes))
    return Classification(found, 0.97, True, "a test", topics=topics(service, themes, found.process))


def particulars(
    text: str,
    name: str = "Ottilie Brackenbury",
    address: str = "ottilie.b@larkmail.example",
    *,
    subject: str = "School taxi",
    at: datetime = NOON,
    kind: Kind = Kind.COMPLAINT,
    role: Role = Role.PARENT_CARER,
    service: Service = Service.TRANSPORT,
    themes: Sequence[Theme] = (Theme.DELAY,),
    message_id: str = "",
    answers: Sequence[str] = (),
    quoted: str = "",
    recipient: Address = DESK,
    party: bool = True,
    rarity: Rarity = SMALL_RARITY,
    finder: EntityFinder | None = None,
) -> Particulars:
    """A message's particulars. Without `finder` nothing is named in it but by its own words."""
    whose = replace(Authorship(Address(address, name), subject, at, text, False, None, ()), party=party)
    found = parsed(Body(plain=text), sender=Address(address, name), subject=subject)
    named = finder.find(f"{subject}.\n{text}", english=False) if finder else NOTHING_NAMED
    return particulars_of(
        replace(found, recipients=(recipient,)), whose, classification(kind, role, service, themes), named,
        thread=(*answers, message_id or f"<{next(_numbers)}@larkmail.example>"), quoted=quoted, received_at=at, rarity=rarity,
    )  # fmt: skip


def case_file(number: int, *messages: Particulars, closed_at: datetime | None = None) -> CaseFile:
    """A case of these messages."""
    kind = messages[0].kind
    for one in messages[1:]:
        kind = combined_kind(kind, one.kind)
    return CaseFile(number, f"CC-2026-{number:06d}", kind, messages[0].received_at, closed_at, tuple(messages))


def days(number: float) -> datetime:
    """So many days after the first message of a test."""
    return NOON + timedelta(days=number)


def shared_by(cases: Sequence[CaseFile], one: Particulars, rarity: Rarity) -> dict[str, int]:
    """How many of these cases have each word of a message, found as the store finds it."""
    by_key: defaultdict[int, list[int]] = defaultdict(list)
    for case in cases:
        for message in case.messages:
            for value in keys_of(message, rarity):
                by_key[value].insert(0, case.id)
    return sharing(by_key, one.words)


def evidence(one: Particulars, *cases: CaseFile, rarity: Rarity = SMALL_RARITY) -> dict[str, float]:
    """The evidence for a message being on the first of these cases, beside the others."""
    compared = [compare(one, case, rarity, shared_by(cases, one, rarity)) for case in cases]
    beside_rivals(compared)
    return compared[0]


class Desk:
    """Writes messages and looks for their cases with what comes with the program."""

    def __init__(self, case_finder: CaseFinder) -> None:
        self.scorer = case_finder.scorer
        self._finder = EntityFinder()

    def write(self, text: str, name: str, address: str, **other: object) -> Particulars:
        """A message, with the telephones, postcodes and numbers that it names."""
        return particulars(text, name, address, rarity=self.scorer.rarity, finder=self._finder, **other)  # type: ignore[arg-type]

    def evidence(self, one: Particulars, *cases: CaseFile) -> dict[str, float]:
        """The evidence for the first case."""
        return evidence(one, *cases, rarity=self.scorer.rarity)

    def match(self, one: Particulars, *cases: CaseFile, author_known: bool = True) -> CaseMatch:
        """The case of a message among these."""
        return match_case(Asked(one, author_known), cases, shared_by(cases, one, self.scorer.rarity), self.scorer)
