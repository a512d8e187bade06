"""Who filled in a form: a council's web forms arrive from the council's own address, with the author in their fields."""

import re

from triage.domain.message import Address
from triage.text.people import find_address, who

_MACHINE = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|(?:online|web|e)?[-_.]?forms?|web[-_.]?forms?|website|web|mailer-daemon|"
    r"notifications?|auto(?:mated)?|system)(?:[-_.+]\w+)?@",
    re.IGNORECASE,
)
_NAME_LABEL = re.compile(
    r"(?:your |full |customer |contact |parent(?:['’]s)? )?(?:full )?name|name of (?:complainant|customer|person|parent)|from|"
    r"submitted by|complainant",
    re.IGNORECASE,
)
_FIRST, _LAST = (
    re.compile(r"(?:your )?(?:first|given|fore) ?names?", re.IGNORECASE),
    re.compile(r"(?:your )?(?:last ?name|surname|family name)", re.IGNORECASE),
)
_MAIL_LABEL = re.compile(r"(?:your |contact |customer )?(?:e-?mail)(?: address)?|reply to", re.IGNORECASE)
_FIELD = re.compile(r"\s*([^\W\d_][\w'’ -]{1,40}?)\s*(?::|\t|\s{3,}|\?)\s*(\S.{0,198})")
_LOOKED_AT = 60


def is_machine(address: str) -> bool:
    """Whether mail from this address is written by a program."""
    return _MACHINE.match(address) is not None


def filled_in_by(text: str) -> Address:
    """The person whom the fields of a form name. An address alone is enough; a name alone is not."""
    name, first, last, address = "", "", "", ""
    for line in text.split("\n")[:_LOOKED_AT]:
        match = _FIELD.match(line[:260])
        if match is None:
            continue
        label, value = match[1].strip(), match[2].strip()
        if _MAIL_LABEL.fullmatch(label):
            address = address or find_address(value)
        elif _NAME_LABEL.fullmatch(label):
            name = name or who(value)[0].name
        elif _FIRST.fullmatch(label):
            first = first or value
        elif _LAST.fullmatch(label):
            last = last or value
    return Address(address, name or f"{first} {last}".strip()) if address else Address()
