"""Whose words are these? Managers forward mail so that it gets logged: the author is the family, not the manager.

A message is taken apart into a chain (`triage.text.chain`). Of a forwarded one the author is the deepest member of the public,
by their latest message in the thread; the forwarder and their note are kept apart. Where nothing was forwarded, the author is
the sender, and what they quote is context. What cannot be told is left open and said, so that a person looks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from triage.domain.message import Address, Authorship, ParsedMessage, Structure
from triage.text import bare_quotes
from triage.text import chain as chains
from triage.text.chain import (
    Inner,
    IsOwn,
    Reader,
    Taken,
    has_words,
    is_forward_subject,
    mentions,
    of_the_original,
    same_name,
    same_person,
    topic,
    without_forward_prefix,
)
from triage.text.colours import in_colour, letters
from triage.text.introductions import seems_handed_on
from triage.text.layers import Layer
from triage.text.lines import Line
from triage.text.own_words import own_words
from triage.text.passed_on import PASSES_ON, Handing, handing_on, is_a_body, is_short, only_passes_on, writes_for_residents
from triage.text.pasted import above_a_letter, introduced, led_in
from triage.text.relayed import person_quoted
from triage.text.signatures import names_writer
from triage.text.webforms import filled_in_by, is_machine, without_stated

# Who answers inside the quoted text, and says so: the quoted text is then theirs too.
_ANSWERS_INSIDE = re.compile(
    r"\b(?:answers?|comments?|repl(?:y|ies)|responses?|notes?|amendments)\b[^\n.]{0,40}\b(?:in (?:red|blue|green|bold|capitals|"
    r"caps|italics|purple|colou?r)|in[- ]?line|in the (?:body|text)|interspersed|under each|against each)\b|"
    r"\b(?:in (?:red|blue|green|capitals|bold))\b[^\n.]{0,20}\b(?:below|underneath)\b|\bsee (?:my )?(?:answers|comments|replies|"
    r"responses) (?:below|underneath)\b",
    re.IGNORECASE,
)
_RELAYED = "A colleague relays what somebody said."
_NAME_TAKEN = "No address is given; the name was taken from the note."
_ADDRESS_LEFT = "The name was taken from the note; whether an address in it belongs to that person was not told."
_COLLEAGUE_UNKNOWN = "The colleague's address is not given: only the council's own directory knows it."
_MAY_HOLD = "It names somebody outside the council, and somebody speaks below: it may hold a message that they wrote."
_REDIRECTED = "A colleague redirected it; the author is the original sender."
_READ_FROM_HEADER = "A colleague forwarded it; the author is read from the header of the message inside."
_PASSED_ON = "Somebody outside the council passed on another person's own words."
_SENDER_UNKNOWN = "Who passed it on has no address: it cannot be told whether that was a colleague."
_QUOTED = "A colleague forwarded it, quoted and without its header."
_NAME_SIGNED = "No address is given; the name was taken from the end of the quoted text."
_NO_HEADER = "The header of the forwarded message is missing: nothing says from which address it came, or when."
_DOUBTS = {
    Handing.BRIEF: "Somebody outside the council sent it on with hardly a word of their own.",
    Handing.UNSAID: "Somebody outside the council sent it on and does not say why: a person should look whose matter it is.",
}
# One coloured line may be a letter's own heading.
_FEWEST_ANSWERS = 2
# "Any news on the below please? Joy" is no message of its own.
_FEWEST_NEW_WORDS = 10
_PLAIN = (Structure.ORDINARY, Structure.LIST)


def authorships(message: ParsedMessage, is_own: IsOwn, text_limit: int | None = None) -> list[Authorship]:
    """Whose words `message` holds: one authorship for each separate message in it, and one where nothing was forwarded.

    `is_own` says whether a domain is the council's. Of each message, `text_limit` characters are looked at.
    """
    reader = _Authors(Reader(is_own, text_limit))
    if message.structure not in _PLAIN:
        return [reader.whole(message)]
    if message.resent_from.address and is_own(message.resent_from.domain) and not is_own(message.sender.domain):
        whose = reader.sent_by_its_author(message)
        return [replace(whose, forwarded=True, forwarder=message.resent_from.address, evidence=(_REDIRECTED, *whose.evidence))]
    if is_own(message.sender.domain):
        return reader.sent_by_a_colleague(message)
    if message.sender_in_directory:
        found = reader.sent_by_a_colleague(message)
        return [replace(one, evidence=(*one.evidence, _COLLEAGUE_UNKNOWN)) if one.forwarded else one for one in found]
    taken = reader.reader.taken(message)
    passed_on = reader.passed_on_from_outside(message, taken) or reader.without_header(message, taken)
    return [passed_on or reader.sent_by_its_author(message, taken)]


@dataclass(frozen=True, slots=True)
class _Authors:
    reader: Reader

    def _is_own(self, author: Address) -> bool:
        return self.reader.is_own(author.domain)

    # Where nothing was forwarded

    def whole(self, message: ParsedMessage) -> Authorship:
        """A machine's report: read as it stands, with what is attached."""
        texts = [self.reader.text(message), *(self.reader.text(nested) for nested in message.nested)]
        return _of_sender(message, message.sender, "\n\n".join(text for text in texts if text), party=False)

    def sent_by_its_author(self, message: ParsedMessage, taken: Taken | None = None) -> Authorship:
        """The sender, or whom a council's form or list says that it wrote for."""
        relayed = self._is_own(message.sender) or message.automatic or is_machine(message.sender.address)
        for other in (message.original_sender, message.reply_to) if relayed else ():
            if other.address and not self._is_own(other) and other.address != message.sender.address:
                return _of_sender(message, other, self._words_of_sender(message, other, taken), party=True)
        if self._is_own(message.sender) and is_machine(message.sender.address):
            form = self._form(message)
            if form is not None:
                return form
        words = self._words_of_sender(message, message.sender, taken)
        if self._is_own(message.sender) and is_machine(message.sender.address):
            words = without_stated(words)
        return _of_sender(message, message.sender, words, party=not relayed)

    def _form(self, message: ParsedMessage) -> Authorship | None:
        """The words of whom a form's fields name, where they name somebody."""
        text = self.reader.text(message)
        author = filled_in_by(text)
        if not author.address or self._is_own(author):
            return None
        return _of_sender(message, author, without_stated(own_words(text, message.sender)), party=True)

    def _words_of_sender(self, message: ParsedMessage, author: Address, taken: Taken | None) -> str:
        layers = taken.layers if taken is not None else self.reader.layers(message)
        outer, answers = layers[0], chains.answers(message)
        if author == message.sender and not (self._is_own(author) or message.automatic or outer.interleaved()):
            above = above_a_letter(outer.words(keep_quotes=True), author)
            if above is not None:
                return own_words(above, author, self.reader.for_an_organisation(author))
        if taken is not None and author == message.sender and not taken.note:
            words = taken.own.words
        else:
            words = self.reader.words(outer, author, keep_quotes=not answers and len(layers) == 1 and not outer.interleaved())
        if not has_words(words) and len(layers) == 1:
            # Somebody who writes nothing but what looks like boilerplate means it.
            return self.reader.words(outer, author, keep_quotes=True) or outer.words(keep_quotes=True).strip()
        if len(layers) == 1:
            return words
        if not has_words(words):
            return self._resent_words(layers, author) or words
        if self._signed_below(layers, author):
            return self.reader.words(self.reader.layers(message, own=True)[0], author)
        if not answers and self._wrote_on_below(layers, author):
            return own_words(self.reader.text(message), author, self.reader.for_an_organisation(author))
        # Answers between quoted questions were found already.
        inside = _ANSWERS_INSIDE.search(words) and not outer.interleaved()
        coloured = self._in_colour(layers[1], message, words) if inside else None
        if coloured is not None:
            return f"{words}\n\n{self.reader.words(coloured, author)}"
        if inside or self._is_letterhead(layers[1], author, answers):
            return f"{words}\n\n{self.reader.words(layers[1], author, keep_quotes=True)}"
        return words

    def _in_colour(self, layer: Layer, message: ParsedMessage, words: str) -> Layer | None:
        """The lines of a quoted message in the colour of which the author says that their answers are in it; None where few are."""
        answered = in_colour([body.html for body in message.bodies if body.html], words)
        lines = [line for line in layer.lines if any(one in letters(line.content) for one in answered)]
        return (
            Layer(None, lines=[Line(0, text) for line in lines for text in (line.content, "")]) if len(lines) >= _FEWEST_ANSWERS else None
        )

    def _signed_below(self, layers: Sequence[Layer], author: Address) -> bool:
        """Whether the author signs below a line like "On 3 March, Mr Stott wrote:" and not above it: then they wrote that line.

        A program that quotes without a sign writes the address with the name.
        """
        above, below = layers[0], layers[1]
        if len(layers) > 2 or below.block is None or not below.block.attribution or below.base or below.block.author.address:
            return False
        return _signs(below.words(), author) and not _signs(above.words(), author)

    def _wrote_on_below(self, layers: Sequence[Layer], author: Address) -> bool:
        """Whether the author signs only below a header that they typed over a letter: then nobody can tell where the letter ends."""
        block = layers[1].block
        if len(layers) > 2 or block is None or block.author.address or block.forwards or same_person(block.author, author):
            return False
        return _signs(layers[1].words(), author) and not _signs(layers[0].words(), author)

    def _is_letterhead(self, layer: Layer, author: Address, answers: bool) -> bool:
        """Whether a header inside a new message is what its own author typed over a letter, and not that of an earlier mail of theirs."""
        block = layer.block
        if block is None or answers or block.forwards or not same_person(block.author, author):
            return False
        return block.typed or not (block.author.address and block.sent and block.subject)

    def _resent_words(self, layers: Sequence[Layer], author: Address) -> str:
        """Of a mail without a word of its own: what its sender had written before, otherwise all that it passes on."""
        mine = next((one for one in layers[1:] if one.block and one.block.author.address == author.address), None)
        return self.reader.words(mine or layers[1], author)

    # Forwarded from within

    def sent_by_a_colleague(self, message: ParsedMessage) -> list[Authorship]:
        """Whose words a colleague's mail holds: those of whom they forwarded, of whom they speak for, or their own."""
        taken = self.reader.taken(message)
        chain = taken.all
        if is_machine(message.sender.address) and not message.nested and not is_forward_subject(message.subject):
            form = self._form(message)
            if form is not None:
                return [form]
        parts = self._the_public_first(self._parts(message, chain))
        if any(one.author.address == message.sender.address for one in parts) and _is_news(taken.own.words):
            # Who writes something new above an earlier mail of their own forwards nothing.
            parts = []
        quoted = self.without_header(message, taken)
        # A colleague's own line may say whose message it is that lost its header.
        pasted = self._pasted_in(message, taken) if all(one.headless for one in parts) else None
        if parts and quoted is None and pasted is None:
            return [self._forwarded(one, message, taken.own.words) for one in parts]
        return [pasted or quoted or self._colleagues_own(message, taken)]

    def _pasted_in(self, message: ParsedMessage, taken: Taken) -> Authorship | None:
        """A message that the colleague pasted in by hand, behind a sentence or a line of theirs."""
        is_own, files = self.reader.is_own, taken.own.attachments
        found = introduced(self.reader.text(message), message, files, is_own)
        if found or is_machine(message.sender.address) or message.automatic:
            return found
        return led_in(taken.layers[0].words(keep_quotes=True), message, files, is_own)

    def _parts(self, message: ParsedMessage, chain: Sequence[Inner]) -> list[Inner]:
        """The separate messages that a colleague's mail passes on, in its text and attached to it."""
        marked = is_forward_subject(message.subject) or any(one.forwards for one in chain)
        answered = bool(chains.REPLY_SUBJECT.match(message.subject)) and not any(one.forwards for one in chain)
        headed = any(one.header for one in chain[1:])
        inside: list[Inner] = []
        if len(chain) > 1 and (marked or (headed and not answered)):
            inside = [self._latest(group, message.sender) for group in self._separate(chain[1:], message.sender)]
        attached = [self._attached(one, message.sender) for one in message.nested if one.structure in (*_PLAIN, Structure.AUTO_REPLY)]
        # Of a message that is there twice, the attached form has the exact day and its own files.
        kept = chains.each_once([*attached, *inside])
        return [one for one in (*inside, *attached) if any(one is other for other in kept)]

    def _the_public_first(self, parts: list[Inner]) -> list[Inner]:
        """Without officers' mail, where a member of the public's lies beside it."""
        public = [part for part in parts if not self._is_own(part.author)]
        return public or parts[:1]

    def _attached(self, nested: ParsedMessage, forwarder: Address) -> Inner:
        """The author's message in one that is attached, which may itself be a forward or hold another."""
        chain = self.reader.taken(nested).all
        for deeper in nested.nested:
            chain += self.reader.taken(deeper).all
        if nested.sender_in_directory and len(chain) > 1:
            # A colleague, too, who passed on what lies below.
            return self._latest(chain[1:], forwarder)
        if not self._is_own(chain[0].author):
            inside = [one for one in chain[1:] if self._is_public(one, chain, forwarder)]
            passed_on = is_forward_subject(nested.subject) or bool(nested.nested) or any(one.forwards for one in chain[1:])
            if not (inside and passed_on and only_passes_on(chain[0].words)):
                return chain[0]
        return self._latest(chain, forwarder)

    def _separate(self, chain: Sequence[Inner], forwarder: Address) -> list[list[Inner]]:
        """The chain, apart where it is several messages that have nothing to do with each other."""
        groups: list[list[Inner]] = [[chain[0]]]
        for one in chain[1:]:
            group = groups[-1]
            head = next((other for other in group if self._is_public(other, chain, forwarder)), None)
            if head is not None and self._are_apart(one, head, chain, forwarder):
                groups.append([one])
            else:
                group.append(one)
        return groups

    def _are_apart(self, one: Inner, head: Inner, chain: Sequence[Inner], forwarder: Address) -> bool:
        if not (one.header and head.header and self._is_public(one, chain, forwarder)) or same_person(one.author, head.author):
            return False
        return bool(topic(one.subject)) and topic(one.subject) != topic(head.subject) and not mentions(one.recipients, head.author)

    def _latest(self, chain: Sequence[Inner], forwarder: Address) -> Inner:
        """The author's message in a chain: of the deepest member of the public, the latest."""
        public = [one for one in chain if self._is_public(one, chain, forwarder)]
        if not public:
            return chain[-1]
        author = self._deepest(public)
        theirs = [one for one in public if one is author or same_person(one.author, author.author)]
        with_words = [one for one in theirs if has_words(one.words)] or theirs
        days = [one.sent_at for one in with_words if one.sent_at is not None]
        if len(days) == len(with_words):
            return with_words[days.index(max(days))]
        return with_words[0]

    def _deepest(self, public: Sequence[Inner]) -> Inner:
        """The member of the public whose own words it is about: the first, unless they only pass on the next."""
        author = public[0]
        for number, one in enumerate(public[1:], 1):
            if same_person(one.author, author.author):
                continue
            above = public[number - 1]
            passes_on = is_forward_subject(above.subject) or one.forwards or bool(PASSES_ON.search(above.words))
            if not (passes_on and only_passes_on(above.words)) or is_machine(one.author.address):
                break
            author = one
        return author

    def _is_public(self, one: Inner, chain: Sequence[Inner], forwarder: Address) -> bool:
        """Whether a member of the public wrote it. Without an address, a colleague is known by having been written to."""
        if one.author.address or one.headless:
            return one.headless or not self._is_own(one.author)
        if not one.author.name or same_name(one.author.name, forwarder.name):
            return False
        number = next((at for at, other in enumerate(chain) if other is one), len(chain))
        return not any(self._wrote_to(deeper, one.author, forwarder) for deeper in chain[number + 1 :])

    def _wrote_to(self, deeper: Inner, person: Address, forwarder: Address) -> bool:
        """Whether a member of the public wrote the deeper message to that person."""
        if same_person(deeper.author, person) or same_name(deeper.author.name, forwarder.name) or self._is_own(deeper.author):
            return False
        return mentions(deeper.recipients, person)

    def _forwarded(self, one: Inner, message: ParsedMessage, note: str) -> Authorship:
        evidence, doubt, author = [_READ_FROM_HEADER], "", one.author
        if self._is_own(one.author):
            evidence = ["A colleague forwarded a colleague's message."]
            name = person_quoted(one.words, one.subject or "", one.author)
            if name:
                author = Address("", name)
                evidence += [_RELAYED, _NAME_TAKEN]
        elif one.headless:
            author = Address("", bare_quotes.signed_name(one.words, message.sender))
            doubt, evidence = _NO_HEADER, ["A colleague forwarded it without its header.", *((_NAME_SIGNED,) if author.name else ())]
        elif not one.author.address and one.author.name and self._by_hand(one, message):
            doubt = "The header of the message inside was typed or pasted by hand, and gives a name and no address."
        elif not one.author.address and one.author.name:
            evidence.append("The header gives no address; the author's name was taken from it.")
        elif not one.author.address:
            doubt = "The forwarded message does not say who wrote it."
        if one.sent_at is None and not one.headless:
            evidence.append("The forwarded message does not say when it was written.")
        return Authorship(
            author=author,
            subject=one.subject,
            sent_at=one.sent_at,
            text=one.words,
            forwarded=True,
            forwarder=message.sender.address or None,
            attachments=one.attachments,
            party=bool(one.author.address) and not self._is_own(one.author),
            note=note,
            evidence=tuple(evidence),
            doubt=doubt,
        )

    def _by_hand(self, one: Inner, message: ParsedMessage) -> bool:
        """Whether a header was typed, or pasted with the text, as far as no program says that it forwarded anything."""
        return one.typed or not (one.forwards or is_forward_subject(message.subject) or message.nested)

    def _colleagues_own(self, message: ParsedMessage, taken: Taken) -> Authorship:
        """A colleague's own words: a form's, a note that relays feedback, or plainly theirs."""
        one = self.sent_by_its_author(message, taken)
        if one.author.address != message.sender.address:
            return one
        chain = taken.all
        if any(self._is_public(other, chain, message.sender) and other.author.address for other in chain[1:]):
            return replace(one, doubt="It quotes a message from outside the council: a person should look whether that was to be logged.")
        name = person_quoted(one.text, message.subject, message.sender)
        if name is None:
            by_a_person = not (message.automatic or is_machine(message.sender.address) or message.sender.address.startswith("postmaster@"))
            unclear = by_a_person and not chains.answers(message) and seems_handed_on(one.text, message.sender, self.reader.is_own)
            return replace(one, doubt=_MAY_HOLD) if unclear else one
        return replace(
            one,
            author=Address("", name),
            forwarder=message.sender.address or None,
            evidence=("A colleague's own note, which relays what somebody said.", _ADDRESS_LEFT if "@" in one.text else _NAME_TAKEN),
        )

    # Passed on from outside

    def passed_on_from_outside(self, message: ParsedMessage, taken: Taken) -> Authorship | None:
        """The author, where somebody outside only passes on another person's own words; None where the sender is the author."""
        inner = list(taken.inner)
        for nested in message.nested:
            if nested.structure is Structure.ORDINARY:
                inner += self.reader.taken(nested).all
        marked = is_forward_subject(message.subject) or bool(message.nested) or any(one.forwards for one in inner)
        if not inner or not marked or self._is_own(inner[0].author):
            return None
        others = [one for one in inner if self._is_somebody_else(one.author, message.sender)]
        if not others:
            return None
        one = self._latest(others, message.sender)
        handing = handing_on(
            taken.own.words,
            for_others=self.reader.for_an_organisation(message.sender) or writes_for_residents(message.sender, taken.layers[0].words()),
            by_a_private_person=self._is_private(one.author),
        )
        if handing is Handing.NO or not has_words(one.words):
            return None
        return Authorship(
            author=one.author,
            subject=one.subject,
            sent_at=one.sent_at,
            text=one.words,
            forwarded=True,
            forwarder=message.sender.address or None,
            attachments=one.attachments,
            note=taken.own.words,
            evidence=(_PASSED_ON,) if message.sender.address else (),
            doubt=_DOUBTS.get(handing, "") if message.sender.address else _SENDER_UNKNOWN,
        )

    # Passed on without a header

    def without_header(self, message: ParsedMessage, taken: Taken) -> Authorship | None:
        """The message that is quoted below the note of a forwarded mail with nothing that says whose it is, or None."""
        sender = message.sender
        if not is_forward_subject(message.subject) or message.nested or message.automatic or is_machine(sender.address):
            return None
        if any(self._may_be_public(one.author, message) for one in taken.inner):
            return None
        depths = [layer.block.depth for layer in taken.layers[1:] if layer.block]
        quote = bare_quotes.bare_quote(taken.layers[0], depths, sender, self.reader.is_own)
        if quote is None or not self._only_signs(quote.below, sender) or not self._hands_on(quote, message, taken):
            return None
        author = Address("", quote.name)
        colleague = self._is_own(sender) or message.sender_in_directory
        return Authorship(
            author=author,
            subject=without_forward_prefix(message.subject) or None,
            sent_at=None,
            text=own_words(quote.text, author, organisation=False),
            forwarded=True,
            forwarder=sender.address or None,
            attachments=of_the_original(taken.own.attachments, ()),
            party=False,
            note=taken.own.words,
            evidence=(_QUOTED if colleague else _PASSED_ON, *((_NAME_SIGNED,) if quote.name else ())),
            doubt=_NO_HEADER,
        )

    def _may_be_public(self, author: Address, message: ParsedMessage) -> bool:
        """Whether the author of a message further inside may be a member of the public, and not one of those who write to each other."""
        known = (message.sender, *message.recipients)
        return not self._is_own(author) and not any(same_person(author, one) or same_name(author.name, one.name) for one in known)

    def _only_signs(self, below: str, sender: Address) -> bool:
        """Whether a mail's sender wrote nothing more below what they quote than their name, and what a program adds."""
        rest = own_words(below, sender) if below else ""
        return not has_words(rest) or bare_quotes.ends_with_a_name_only(rest, sender)

    def _hands_on(self, quote: bare_quotes.BareQuote, message: ParsedMessage, taken: Taken) -> bool:
        """Whether a note only passes on what is quoted below it. Outside the council it must say so, or be that of a body for a family."""
        note, sender = taken.own.words, message.sender
        if bare_quotes.shows_own_answer(note):
            return False
        by_a_body = bare_quotes.is_signed_by_a_body(quote.text)
        said = handing_on(note, for_others=False, by_a_private_person=True) is Handing.SAID
        if self._is_own(sender) or message.sender_in_directory:
            return (said and is_short(note)) or (only_passes_on(note) and not bare_quotes.speaks_as_family(note))
        for_others = self.reader.for_an_organisation(sender) or writes_for_residents(sender, taken.layers[0].words())
        if by_a_body or not (quote.name or for_others):
            return False
        if said:
            return is_short(note)
        handing = handing_on(note, for_others=for_others, by_a_private_person=True)
        return for_others and handing is Handing.SAID and "?" not in note and bare_quotes.speaks_as_family(quote.text)

    def _is_private(self, author: Address) -> bool:
        """Whether no body, and no program, is known to have written from this address."""
        return not (self.reader.for_an_organisation(author) or is_machine(author.address) or is_a_body(author.name))

    def _is_somebody_else(self, author: Address, sender: Address) -> bool:
        """Whether an author inside is neither the council nor the sender, by another address of theirs either."""
        if not author.address or self._is_own(author):
            return False
        return not same_person(author, sender) and not same_name(author.name, sender.name)


def _of_sender(message: ParsedMessage, author: Address, words: str, party: bool) -> Authorship:
    return Authorship(
        author=author,
        subject=message.subject,
        sent_at=message.sent_at,
        text=words,
        forwarded=False,
        forwarder=None,
        attachments=message.attachments,
        party=party,
    )


def _is_news(words: str) -> bool:
    """Whether somebody who writes above an earlier mail of their own says more than that it lies below."""
    return len(words.split()) >= _FEWEST_NEW_WORDS and not PASSES_ON.search(words)


def _signs(text: str, author: Address) -> bool:
    """Whether one of the last lines of a text is its author's name."""
    last = [line.strip() for line in text.split("\n") if line.strip()][-4:]
    return any(len(line.split()) <= 5 and names_writer(line, author) for line in last)
