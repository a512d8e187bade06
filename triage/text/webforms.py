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
# What a form's program states around the author's words. Other fields may hold words of theirs.
_STATED = re.compile(
    r"(?:(?:web ?)?form(?: name| title| id)?|(?:case |form |our |submission |enquiry |unique |ticket |transaction |confirmation |"
    r"tracking |receipt |feedback |web |online |request )?(?:ref(?:erence)?|id)(?: number| no\.?)?|"
    r"submi(?:tted|ssion)(?: (?:on|at|date|time|from|id))?|date(?: submitted| received| and time)?|"
    r"time(?: submitted)?|received(?: on| at)?|"
    r"consent\b[\w ]{0,40}|are you (?:an? )?(?:professional|adult|resident|member of staff)[\w ]{0,30}|(?:happy|ok|okay) to be contacted|"
    r"ip(?: address)?|browser|page(?: url)?|source|channel|captcha|privacy (?:notice|policy|statement)[\w ]{0,20})",
    re.IGNORECASE,
)
# What the form had them tick.
_AGREED = re.compile(
    r"(?:(?:yes,? )?i (?:have read|agree|consent|accept|understand|confirm|give (?:my )?(?:consent|permission)|am happy)\b.{0,100}|"
    r"(?:do you |please )?(?:agree|consent|accept)\b.{0,100}|(?:read |seen )?(?:our |the )?(?:terms(?: and conditions| of use)?|"
    r"(?:privacy|data protection|gdpr|cookie)[\w ]{0,40}|declaration|marketing[\w ]{0,30}|(?:e-?)?newsletter[\w ]{0,30}|"
    r"(?:keep|contact) me (?:informed|updated|about (?:news|events))[\w ]{0,20}|(?:i am not a robot|re?captcha)))",
    re.IGNORECASE,
)
_TICKED = re.compile(r"(?:yes|no|y|n|true|false|on|off|ticked|checked|agreed?|accepted|confirmed|1|0|x|✓|✔)\W{0,3}", re.IGNORECASE)
_ANSWER = re.compile(r"\s*([^\W\d_][^\n:?]{1,110}?)\s*(?::|\?:?|\t|\s{2,})\s*(\S.{0,60})?\s*")
_MOST_STATED = 20
_LONGEST_STATED = 130


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


def without_stated(text: str) -> str:
    """A form's text without the lines at its beginning and end that state nothing of the author's: its number, when it was sent.

    Lines with other labels stay, and end the search: a field may hold the author's words.
    """
    lines = text.split("\n")
    head = [number for number in _run(lines, range(min(len(lines), _MOST_STATED))) if _is_stated(lines[number])]
    tail = [
        number for number in _run(lines, range(len(lines) - 1, max(-1, len(lines) - 1 - _MOST_STATED), -1)) if _is_stated(lines[number])
    ]
    kept = "\n".join(line for number, line in enumerate(lines) if number not in {*head, *tail}).strip()
    return re.sub(r"\n{3,}", "\n\n", kept) or text


def _run(lines: list[str], numbers: range) -> list[int]:
    """The numbers of the fields that follow each other; one without a value ends them, because the author's words stand below it."""
    found: list[int] = []
    for number in numbers:
        line = lines[number].strip()
        match = _ANSWER.fullmatch(line) if len(line) <= _LONGEST_STATED else None
        if (line or found) and (match is None or match[2] is None):
            break
        found.append(number)
    return found


def _is_stated(line: str) -> bool:
    match = _ANSWER.fullmatch(line.strip()) if len(line) <= _LONGEST_STATED else None
    if match is None or match[2] is None:
        return False
    label, value = match[1].strip(), match[2].strip()
    return _STATED.fullmatch(label) is not None or (_TICKED.fullmatch(value) is not None and _AGREED.fullmatch(label) is not None)
