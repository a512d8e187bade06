"""The author's own new words: without banners, signatures, mobile footers, disclaimers and what mail systems do to links.

The rule when in doubt is to keep: a sentence of a family that is lost costs more than a disclaimer that stays. So a thing is taken
away by its place as well as by its words: notes of mail systems above the author's words, everything else below them. What is
taken away here is taken away for judging only; the message itself is kept as it came.
"""

import re

from triage.domain.message import Address
from triage.text.banners import goes_with_a_banner, is_banner, is_form_heading, is_wrapper
from triage.text.layers import BREAK
from triage.text.links import plain_links
from triage.text.notices import footers_between, notices_at_the_end
from triage.text.personal import is_prose
from triage.text.signing import Signing
from triage.text.units import RULE, Unit, units_of, without

# A writer of whom nothing is known.
NOBODY = Address()

# What is looked at above and below the author's words: more than any banner or signature, less than a text made to cost time.
_HEAD, _TAIL = 4_000, 12_000
_HEAD_UNITS, _TAIL_UNITS = 30, 90
_PIECES = 25
_MANY_PIECES, _PIECE_UNITS = 8, 20
# A greeting may stand above a mail system's note.
_GREETING_WORDS = 8
# "Your name: ...", or a table's row.
_FIELD = re.compile(r"\s*[^\W\d_][^\n:]{1,60}(?::|\t|\s{3,})")


def own_words(text: str, writer: Address = NOBODY, organisation: bool = True) -> str:
    """`text`, one message without what it quotes, reduced to what its author wrote. `BREAK` stands where something quoted stood.

    `organisation` is true where the author writes for one: lines of title and telephone under the name are then a signature. A
    family's own address or number under their name stays, because it may be the point of their message.
    """
    pieces = plain_links(text).split(BREAK)
    # Somebody who answers point by point writes a few dozen pieces. Of more, those in the middle stay as they are.
    for number, piece in enumerate(pieces):
        if min(number, len(pieces) - number) <= _PIECES:
            pieces[number] = _reduced(piece, writer, organisation, _TAIL_UNITS if len(pieces) <= _MANY_PIECES else _PIECE_UNITS)
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(piece for piece in pieces if piece)).strip()


def _reduced(piece: str, writer: Address, organisation: bool, most: int) -> str:
    """A stretch of the author's text with nothing quoted in it, without what stands above and below their words."""
    text = _without_head(piece) if piece.strip() else ""
    return _without_tail(text, writer, organisation, most).strip("\n") if text.strip() else ""


def _without_head(text: str) -> str:
    """The text without the notes above the first words of the author."""
    taken: list[Unit] = []
    inside = False
    units = units_of(text[:_HEAD])[:_HEAD_UNITS]
    for number, unit in enumerate(units):
        rule = RULE.fullmatch(unit.text) is not None
        if (
            is_banner(unit.text)
            or is_wrapper(unit.text)
            or (is_form_heading(unit.text) and _is_field(text, units[number + 1 : number + 2]))
        ):
            inside = True
        elif not rule and not (inside and not unit.apart and goes_with_a_banner(unit.text)):
            # A note may stand below a greeting, or a second one below the first; not below a letter.
            if is_prose(unit.text) or unit.words > _GREETING_WORDS:
                break
            inside = False
        if inside or rule:
            taken.append(unit)
    return without(text, taken) if any(not RULE.fullmatch(unit.text) for unit in taken) else text


def _is_field(text: str, units: list[Unit]) -> bool:
    """Whether the first of `units`, if there is one, is a form's field."""
    return any(_FIELD.match(text, unit.start, unit.end) for unit in units[:1])


def _without_tail(text: str, writer: Address, organisation: bool, most: int) -> str:
    """The text without what stands below the last words of the author: footers, notices, and a signature.

    The last `most` units are looked at.
    """
    begin = max(0, len(text) - _TAIL)
    if begin:
        begin = text.find("\n", begin) + 1 or len(text)
    units = units_of(text, begin)[-most:]
    numbers = notices_at_the_end(units)
    taken = [units[number] for number in numbers]
    rest = [unit for number, unit in enumerate(units) if number not in numbers]
    signed = Signing(rest, writer, organisation).signature()
    if signed:
        # Notices may stand above a signature, too.
        above = [unit for unit in rest if unit.start < signed[0].start]
        below = any(unit.start > signed[-1].start for unit in rest)
        taken += signed + ([] if below else [above[number] for number in notices_at_the_end(above)])
    taken += [unit for unit in footers_between(rest) if unit not in taken]
    return without(text, sorted(taken, key=lambda unit: unit.start))
