"""The first half of the way of a message, which needs no store: bytes -> parsed -> whose words? -> classified.

One message may hold several: a manager forwards two families' mails in one. Each is a part of its own, judged on its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from triage.classify import rules
from triage.classify.features import Sample, sender_words
from triage.classify.model import Model
from triage.classify.teams import team_of
from triage.domain.case import Clues
from triage.domain.entities import NOTHING_NAMED, Entities
from triage.domain.labels import Classification, Kind, Labels, Role, Service, Status
from triage.domain.message import Arrival, Authorship, MailboxKind, ParsedMessage, Structure, fingerprint
from triage.domain.team import Team
from triage.errors import MessageError
from triage.mailbox.parsing import ParseLimits, parse
from triage.matching.particulars import Particulars, particulars_of
from triage.matching.rarity import Rarity
from triage.text.authorship import authorships
from triage.text.entities import EntityFinder
from triage.text.language import ENGLISH, UNKNOWN, language_name, language_of
from triage.text.reading import read

# A message cannot be from the future; a clock that runs a little ahead can.
_FUTURE_ALLOWED = timedelta(days=1)
# A thread and the case references that a message quotes are looked up this far: the database takes a bounded number of values in one
# question.
_NEAREST_OF_A_THREAD = 30
# What is quoted is looked at this far: people quote whole threads.
_LONGEST_BESIDE = 30_000
# Until the classifier has spoken.
_UNDECIDED = Classification(Labels(Kind.NONE, None, Role.OTHER, False, False, Service.OTHER, ()), 0.0, False, "")


@dataclass(frozen=True)
class Understood:
    """A message, or one part of it, with everything that can be known of it without the store.

    Parts are numbered from 0; `alone` is false where there are several.
    """

    arrival: Arrival
    received_at: datetime
    parsed: ParsedMessage
    authorship: Authorship
    classification: Classification
    number: int = 0
    alone: bool = True
    entities: Entities = NOTHING_NAMED
    team: str | None = None
    particulars: Particulars | None = None
    """What is compared with other messages; None where it is surely nothing for the case store."""

    @cached_property
    def clues(self) -> Clues:
        """What it can be recognised by, and by what it points at others."""
        parsed, whose = self.parsed, self.authorship
        own = (parsed.message_id,) if parsed.message_id else ()
        return Clues(
            fingerprint=fingerprint(parsed.sender, whose.author, parsed.subject, whose.text, parsed.attachments),
            message_id=parsed.message_id,
            # Several families' messages in one mail share its thread, and nothing else.
            thread=tuple(dict.fromkeys((*parsed.thread[:_NEAREST_OF_A_THREAD], *own))) if self.alone else (),
            references=self.particulars.references[:_NEAREST_OF_A_THREAD] if self.particulars is not None else (),
        )

    @property
    def sure(self) -> bool:
        """Whether it needs no person: the classifier is sure, it was read to its end, and whose words it holds is not in doubt.

        Where a child may be at risk, a team's message is not put aside as `none` before somebody has looked. (An officer's own
        mailbox has its reader.)
        """
        return self.classification.sure and not self.parsed.cut and not self.authorship.doubt and not self._put_aside

    @property
    def _put_aside(self) -> bool:
        labels = self.classification.labels
        shared = self.arrival.place.mailbox_kind is MailboxKind.SHARED
        return labels.urgent and labels.kind is Kind.NONE and shared and not self.classification.by_rule

    @property
    def reasons(self) -> list[str]:
        """Why it was decided, or why a person is asked, in plain English."""
        reasons = [*self.classification.reasons, *self.authorship.evidence]
        if self.authorship.doubt:
            reasons.append(f"{self.authorship.doubt} A person should confirm whose words it holds.")
        if self.classification.sure and self._put_aside:
            reasons.append("Someone may be at risk, so a person should look at it.")
        return reasons + [f"It was not read to its end: {note}." for note in self.parsed.notes if self.parsed.cut]


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that was read: what it holds, part by part; never without one."""

    arrival: Arrival
    parts: tuple[Understood, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that could not be processed, and why in one line."""

    arrival: Arrival
    error: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Says of mail whose words it holds and what it is. Safe to use from several threads."""

    model: Model
    is_own: Callable[[str], bool]
    clock: Callable[[], datetime]
    limits: ParseLimits
    finder: EntityFinder
    rarity: Rarity
    teams: Sequence[Team] = ()

    def read(self, arrival: Arrival) -> Opened | Failed:
        """Bytes -> parsed -> whose words? A message edge of the loop: whatever goes wrong is this message's alone."""
        try:
            if arrival.raw is None:
                raise MessageError(arrival.problem or "its bytes could not be fetched")
            parsed = parse(arrival.raw, self.limits)
            received_at = arrival.received_at or parsed.received_at or parsed.sent_at or self.clock()
            # By UTC: the clock of a server's own making is in the way of copying and keeping it.
            received_at = min(received_at, self.clock() + _FUTURE_ALLOWED).astimezone(UTC)
            found = authorships(parsed, self.is_own, self.limits.text_characters)
            alone = len(found) == 1
            parts = tuple(Understood(arrival, received_at, parsed, whose, _UNDECIDED, number, alone) for number, whose in enumerate(found))
            return Opened(arrival, parts)
        except MessageError as error:
            return Failed(arrival, str(error))
        except Exception as error:
            return Failed(arrival, f"it could not be read ({type(error).__name__})")

    def classify(self, items: Sequence[Opened | Failed]) -> list[Opened | Failed]:
        """One call of the model for all of them; rules where structure alone decides.

        Where that fails they are taken one by one, so that the failure is one message's alone.
        """
        try:
            return self._classified(items)
        except Exception as error:
            if len(items) == 1:
                return [Failed(items[0].arrival, f"it could not be judged ({type(error).__name__})")]
            return [judged for item in items for judged in self.classify([item])]

    def _classified(self, items: Sequence[Opened | Failed]) -> list[Opened | Failed]:
        parts = [part for item in items if isinstance(item, Opened) for part in item.parts]
        found = iter(self.model.classify([self._sample(part) for part in parts]))
        judged = iter([self._judged(part, next(found)) for part in parts])
        return [item if isinstance(item, Failed) else Opened(item.arrival, tuple(next(judged) for _ in item.parts)) for item in items]

    def _sample(self, part: Understood) -> Sample:
        return sample_of(part.parsed, part.authorship, self.is_own)

    def _judged(self, part: Understood, classification: Classification) -> Understood:
        whose = part.authorship
        classification = ruled(part, classification, self.is_own)
        labels = classification.labels
        if labels.kind is Kind.NONE and classification.sure:
            return replace(part, classification=classification)
        team = team_of(self.teams, labels.service, f"{whose.subject or ''}\n{whose.text}", [one.address for one in part.parsed.recipients])
        return self._compared(replace(part, classification=classification, team=team))

    def as_decided(self, part: Understood, labels: Labels) -> Understood:
        """A part with the labels that were decided before, whatever the model says today, and what is compared of it with those."""
        if part.particulars is not None and part.classification.labels == labels:
            return part
        return self._compared(replace(part, classification=replace(part.classification, labels=labels, confidence=1.0)))

    def _compared(self, part: Understood) -> Understood:
        """With what it names, and with what is compared of it."""
        whose, classification = part.authorship, part.classification
        entities = self._entities(whose, classification.labels.language or UNKNOWN)
        particulars = particulars_of(
            part.parsed, whose, classification, entities,
            # What stands beside one of several families' messages in one mail is another's.
            thread=part.clues.thread, quoted=_beside(part.parsed, whose) if part.alone else "",
            received_at=part.received_at, rarity=self.rarity,
        )  # fmt: skip
        return replace(part, entities=entities, particulars=particulars)

    def _entities(self, whose: Authorship, language: str) -> Entities:
        text = f"{whose.subject or ''}.\n{whose.text}" if whose.subject else whose.text
        return self.finder.find(text, names=(whose.author.name,) if whose.author.name else (), english=language == ENGLISH)


def _beside(parsed: ParsedMessage, whose: Authorship) -> str:
    """What a message holds beside its author's own words: what it quotes, and signatures."""
    own = {line.strip() for line in whose.text.split("\n")}
    lines = (line.lstrip("> ").strip() for line in read(parsed)[:_LONGEST_BESIDE].split("\n"))
    return "\n".join(line for line in lines if line and line not in own)


def ruled(part: Understood, classification: Classification, is_own: Callable[[str], bool]) -> Classification:
    """What the model says of a message, after what structure alone decides and what its language asks for."""
    whose = part.authorship
    rule = rules.decide(part.parsed, whose, is_own(part.parsed.sender.domain))
    if rule is not None:
        classification = rules.apply(classification, rule)
    language = language_of(whose.text, whose.subject or "")
    if language != ENGLISH and not classification.by_rule:
        foreign = f"It is written in {language_name(language)}, so a person should read it."
        classification = replace(classification, sure=False, reasons=(*classification.reasons, foreign))
    # ISO 639-1 has no code for what cannot be told.
    return replace(classification, labels=replace(classification.labels, language=None if language == UNKNOWN else language))


def sample_of(parsed: ParsedMessage, whose: Authorship, is_own: Callable[[str], bool]) -> Sample:
    """What the classifier sees of a message whose words are known. Training and service build it by this one function."""
    relayed = not whose.author.address and not whose.forwarded
    writer = parsed.sender if relayed else whose.author
    return Sample(
        subject=whose.subject if whose.subject is not None else parsed.subject,
        text=whose.text,
        internal=is_own(writer.domain),
        listed=parsed.structure is Structure.LIST,
        sender=sender_words(whose.author.name, writer.address),
        relayed=relayed,
    )


def described(item: Understood) -> dict[str, Any]:
    """The fields of the export that need no store."""
    labels, whose = item.classification.labels, item.authorship
    return {
        "sha256": item.arrival.sha256,
        "message_id": item.parsed.message_id,
        "from": item.parsed.sender.address or None,
        "subject": item.parsed.subject,
        "kind": labels.kind,
        "process": labels.process,
        "role": labels.role,
        "urgent": labels.urgent,
        "outside_scope": labels.outside_scope,
        "service": labels.service,
        "team": item.team,
        "themes": list(labels.themes),
        "language": labels.language,
        "confidence": item.classification.confidence,
        "status": Status.AUTO if item.sure else Status.REVIEW,
        "forwarded": whose.forwarded,
        "forwarder": whose.forwarder,
        "original_from_address": whose.author.address or None,
        "original_from_name": whose.author.name or None,
        "original_date": whose.sent_at.isoformat() if whose.sent_at else None,
        "original_subject": whose.subject,
        "text": whose.text,
        "note": whose.note or None,
        "attachments": [attachment.name for attachment in whose.attachments],
        "part": item.number,
        "reasons": item.reasons,
        "entities": item.entities.listed(),
    }
