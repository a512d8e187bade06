"""The messages that lie in one mail, the outermost first: its own, those in its text, and who wrote each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.domain.message import Address, Attachment, ParsedMessage, normalised
from triage.text import bottomnotes
from triage.text.bodies import names_its_body
from triage.text.dates import in_utc
from triage.text.headerblocks import NOBODY, Around, HeaderBlock
from triage.text.layers import Layer, layers_of
from triage.text.own_words import own_words
from triage.text.reading import readable
from triage.text.webforms import filled_in_by, is_machine

# Prefixes of a forwarded and of an answered subject, in the languages of the programs; a gateway may put a marking before them.
_FORWARDED = r"(?:fw|fwd|wg|tr|rv|i|vs|vl|doorst|enc|ml|yml|pd|vb|továbbítás|ilt|πρθ|fwd?\s?\(\d+\))\s?(?:\[\d+\])?\s?:"
_ANSWERED = r"(?:re|aw|sv|odp|antw|ynt|rif|atb|ateb|r|res|vá|απ)\s?(?:\[\d+\])?\s?:"
_TAGS = r"\s*(?:\[[^\[\]]{1,30}\]\s*){0,5}"
FORWARD_SUBJECT = re.compile(_TAGS + _FORWARDED, re.IGNORECASE)
REPLY_SUBJECT = re.compile(_TAGS + _ANSWERED, re.IGNORECASE)
# "[a@family.example: School taxi]" is mutt's.
_MUTT_SUBJECT = re.compile(r"\s*\[[^\s\[\]@:]{1,64}@[^\s\[\]@:]{1,190}: .{0,200}\]\s*")
_ANY_PREFIXES = re.compile(rf"{_TAGS}(?:(?:{_FORWARDED}|{_ANSWERED})\s*){{1,9}}", re.IGNORECASE)
# Pictures of a signature that a mail program attaches by itself.
_SIGNATURE_PICTURE = re.compile(r"^(?:image\d{3}|outlook-[\w-]+|logo\w*|signature\w*|~wrd\d+)\.(?:png|jpe?g|gif|bmp)$", re.IGNORECASE)
# Parts of a domain that say that who writes from it writes for a body. Short ones stand alone or at the end of a part.
_BODY_PART = re.compile(
    r"(?:llp|ltd|nhs|gov|mp|org|ac|sch|police|llyw)|.*(?:law|legal|llp|nhs|care|court|trust|parl|council|gov)|"
    r".*(?:school|academy|academies|primary|infants|juniors|college|police|cyngor|solicitor|charity|parliament|senedd|support|"
    r"advoca|church|"
    r"surgery|clinic|hospital|consul|embassy|centre|office|courts|foundation|university|nursery|housing|chambers|union|"
    r"association|forum|council|health|probation|services?|project|alliance|society|agency|federation|partnership|constabulary|"
    r"playgroup|preschool).*"
)
_TITLES_OF_NAMES = frozenset({"mr", "mrs", "ms", "miss", "mx"})
_PROVIDER_PART = re.compile(r".*(?:mail|post|inbox|box)")
_SHARED_MAILBOX = re.compile(
    r"(?:info|office|admin|enquir\w+|reception|contact|hello|mail|safeguarding\w*|casework\w*|bookings?|listings?|secretary|"
    r"head|senco|support|team|swyddfa|"
    r"clerk|manager|chair|cllr[\w.-]*|mp)@"
)
# Headers in a text name no zone, and a mail may lie in a queue.
_ONE_DAY = timedelta(days=1, hours=12)
# Fewer words stand in another message by chance.
_FEWEST_SHARED = 4
# So many nobody writes twice.
_MANY_SHARED = 12
_COMPARED = 10_000


@dataclass(slots=True)
class Inner:
    """One message in the chain: its header, and its own words.

    `header` is false where only an attribution line tells of it; `forwards` is true where its program says that it was passed on, and
    `typed` where a person typed or pasted the header. `headless` is true where the header was lost.
    """

    author: Address
    subject: str | None
    sent_at: datetime | None
    recipients: str
    words: str
    attachments: tuple[Attachment, ...]
    forwards: bool = False
    header: bool = True
    typed: bool = False
    headless: bool = False


IsOwn = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail taken apart: `own` is what its sender wrote, `inner` the messages in its text, `note` what stood below those.

    `layers` are the raw layers, the sender's first.
    """

    own: Inner
    inner: tuple[Inner, ...]
    layers: tuple[Layer, ...]
    note: str = ""

    @property
    def all(self) -> list[Inner]:
        """The chain, the outermost first."""
        return [self.own, *self.inner]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads mail as chains. `is_own` says whether a domain is the council's; of each mail's text, `text_limit` characters are read."""

    is_own: IsOwn
    text_limit: int | None = None

    def text(self, message: ParsedMessage) -> str:
        """The readable text of a message without what is attached to it."""
        texts = [readable(body) for body in message.bodies]
        return "\n\n".join(text for text in texts if text)[: self.text_limit]

    def layers(self, message: ParsedMessage, *, own: bool = False) -> list[Layer]:
        """The layers of a message's text; with `own`, lines like an attribution are its author's where nothing else marks them."""
        return layers_of(self.text(message), Around(message.sent_at, answers(message) and not own))

    def words(self, layer: Layer, author: Address, *, keep_quotes: bool = False) -> str:
        """What the author of a layer wrote in it."""
        text = layer.words(keep_quotes)
        return own_words(text, author, self.for_an_organisation(author, text))

    def for_an_organisation(self, author: Address, text: str = "") -> bool:
        """Whether the address is that of a body and not of a person's provider, as far as its own words and the last of `text` tell."""
        if not author.domain or self.is_own(author.domain):
            return True
        parts = re.split(r"[.-]", author.domain)[:8]
        of_a_body = any(_BODY_PART.fullmatch(part) and not _PROVIDER_PART.fullmatch(part) for part in parts)
        return of_a_body or _SHARED_MAILBOX.match(author.address) is not None or names_its_body(text, author)

    def taken(self, message: ParsedMessage) -> Taken:
        """A message's own words and the messages in its text."""
        layers = self.layers(message)
        files = tuple(one for one in message.attachments if not is_message(one, message))
        whole = not answers(message) and len(layers) == 1 and not layers[0].interleaved()
        own = Inner(
            message.sender,
            message.subject,
            message.sent_at,
            "",
            self.words(layers[0], message.sender, keep_quotes=whole),
            files,
            forwards=False,
        )
        subject = without_forward_prefix(message.subject) or None
        inner, notes = [], []
        if is_forward_subject(message.subject) and (message.sender_in_directory or self.is_own(message.sender.domain)):
            inner += self._headless(layers[0], subject, files)
        for number, layer in enumerate(layers[1:], 2):
            one, note = self._inner(layer, message.sender, files, layers[number] if number < len(layers) else None)
            # An attribution line states no subject: it is that of the message which answers.
            one.subject = subject = one.subject if one.header else subject
            inner.append(one)
            notes.append(note)
            if is_forward_subject(message.subject) and self.is_own(one.author.domain):
                inner += self._headless(layer, without_forward_prefix(subject or "") or None, files)
        note = "\n\n".join(words for words in notes if words)
        own.words = "\n\n".join(words for words in (own.words, note) if words)
        return Taken(own, tuple(inner), tuple(layers), note)

    def _headless(self, layer: Layer, subject: str | None, files: tuple[Attachment, ...]) -> list[Inner]:
        """The message below a line "Original Message" of a colleague's forward, which lost its header; none where there is none."""
        text = own_words("\n".join(line.content for line in layer.quoted_rest).strip(), NOBODY, organisation=False)
        return [Inner(NOBODY, subject, None, "", text, of_the_original(files, ()), headless=True)] if has_words(text) else []

    def _inner(self, layer: Layer, forwarder: Address, files: tuple[Attachment, ...], below: Layer | None) -> tuple[Inner, str]:
        """The message of a layer, and what the forwarder wrote below it: a note, or a heading over the next message, that of `below`."""
        block = layer.block
        assert block is not None
        author = self._behind_machine(block, layer)
        text, heading = layer.words(), ""
        if below is not None and self._are_side_by_side(layer, below):
            text, heading = bottomnotes.without_heading(text)
        text, note = bottomnotes.apart(text, author, forwarder)
        note = f"{note}\n\n{heading}".strip()
        one = Inner(
            author=author,
            subject=block.subject,
            sent_at=block.sent,
            recipients=block.recipients,
            words=own_words(text, author, self.for_an_organisation(author, text)),
            attachments=of_the_original(files, block.attached),
            forwards=block.forwards,
            header=not block.attribution,
            typed=block.typed,
        )
        return one, own_words(note, forwarder) if note else ""

    def _are_side_by_side(self, layer: Layer, below: Layer) -> bool:
        """Whether two messages may have been put one below the other: neither is the council's, nor quotes its writer the other."""
        one, other = layer.block, below.block
        if one is None or other is None or other.depth > one.depth or other.attribution or same_person(one.author, other.author):
            return False
        return not (self.is_own(one.author.domain) or self.is_own(other.author.domain))

    def _behind_machine(self, block: HeaderBlock, layer: Layer) -> Address:
        """The author of a message; of one that a form's program wrote, whom its Reply-To or its fields name."""
        if not is_machine(block.author.address):
            return block.author
        for person in (block.answer_to, filled_in_by(layer.words(keep_quotes=True))):
            if person.address and not self.is_own(person.domain):
                return person
        return block.author


def of_the_original(files: tuple[Attachment, ...], named: tuple[str, ...]) -> tuple[Attachment, ...]:
    """Which attachments came with the original: those that its header names, where it names any that are there."""
    theirs = tuple(one for one in files if one.name in named)
    return theirs or tuple(one for one in files if not _SIGNATURE_PICTURE.match(one.name))


def is_message(attachment: Attachment, message: ParsedMessage) -> bool:
    """Whether an attachment is one of the messages that were read out of it."""
    if not message.nested:
        return False
    name = attachment.name.lower()
    return attachment.media_type.startswith("message/") or name.endswith((".eml", ".msg")) or name == "winmail.dat"


def answers(message: ParsedMessage) -> bool:
    """Whether a message answers or forwards another, by its header."""
    return bool(message.in_reply_to or message.references or REPLY_SUBJECT.match(message.subject) or is_forward_subject(message.subject))


def is_forward_subject(subject: str | None) -> bool:
    """Whether a subject is that of a forwarded message."""
    return FORWARD_SUBJECT.match(subject or "") is not None or _MUTT_SUBJECT.fullmatch(subject or "") is not None


def without_forward_prefix(subject: str) -> str:
    """A subject without the first prefix of forwarding."""
    return FORWARD_SUBJECT.sub("", subject, count=1).strip()


def topic(subject: str | None) -> str:
    """What a subject is about, for comparing: without prefixes, in small letters."""
    return " ".join(_ANY_PREFIXES.sub("", subject or "").lower().split())


def same_person(one: Address, other: Address) -> bool:
    """Whether two people are one: by address where both have one, otherwise by name."""
    if one.address and other.address:
        return one.address == other.address
    return same_name(one.name, other.name)


def same_name(one: str, other: str) -> bool:
    """Whether two names have the same words, in any order; "Mrs" and the like don't count."""

    def words(name: str) -> frozenset[str]:
        return frozenset(re.findall(r"[^\W\d_]+", re.sub(r"\([^()]*\)", "", name).lower())) - _TITLES_OF_NAMES

    return bool(words(one)) and words(one) == words(other)


def each_once(messages: Sequence[Inner]) -> list[Inner]:
    """The messages without those that an earlier one is: of the same author, with the same words.

    A program may have cut off the end of one of them, or added to it. A short message from another day is a message of its own, also
    where its words stand in a longer one.
    """
    kept: list[tuple[Inner, str]] = []
    for one in messages:
        words = normalised(one.words[:_COMPARED])
        if not any(_is_the_same(one, words, *other) for other in kept):
            kept.append((one, words))
    return [one for one, _ in kept]


def _is_the_same(one: Inner, here: str, other: Inner, there: str) -> bool:
    if not same_person(one.author, other.author):
        return False
    shorter, longer = sorted((here, there), key=len)
    count = len(shorter.split(maxsplit=_MANY_SHARED))
    if here == there and count >= _MANY_SHARED:
        return True
    if one.sent_at is not None and other.sent_at is not None and abs(in_utc(one.sent_at) - in_utc(other.sent_at)) > _ONE_DAY:
        return False
    if here == there:
        # "Please see attached", twice, may be two letters.
        files = [{file.digest for file in message.attachments} for message in (one, other)]
        return not all(files) or bool(files[0] & files[1])
    return count >= _FEWEST_SHARED and shorter in longer


def mentions(recipients: str, person: Address) -> bool:
    """Whether a line of recipients names a person."""
    if person.address:
        return person.address in recipients.lower()
    return bool(person.name) and person.name.lower() in recipients.lower()


def has_words(text: str) -> bool:
    """Whether there is anything to read."""
    return re.search(r"\w{2}", text) is not None
