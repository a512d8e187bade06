"""Words by which a sentence is plainly a person's own, whatever else stands in it.

They protect it: boilerplate speaks of "the sender", "we" and "this message", and a person of "I", "my son" and "please ring".
"""

import re

from triage.text.patterns import listed, matching

_FIRST_PERSON = re.compile(
    # A small "i" is a word of Welsh, Polish and Italian, unless an English verb follows.
    r"\b(?:(?-i:I)|i(?= (?:am|was|have|had|would|will|can|could|do|did|think|want|need|know|feel|felt|just|don|didn|never|also|"
    r"rang|asked|called|got|said|told|wrote|went|live|hope|wish)\b)|i['’](?:m|ve|d|ll)|im|ive|my|me|mine|myself|mum|mam|dad|nan|son|daughter|grandson|"
    r"granddaughter|grandchild(?:ren)?|brother|sister|nephew|niece|husband|wife)\b",
    re.IGNORECASE,
)
# Whom a person speaks of, and who spoke: no boilerplate says "she told nobody".
_THIRD_PERSON = re.compile(r"\b(?:he|him|his|she|her|said|says|told|nobody|noone|no one)\b", re.IGNORECASE)
# What boilerplate says in the first person, or of people.
_SET_PHRASES = matching(
    r"if i (?:do not|don['’]t) (?:reply|respond)",
    r"i (?:do not|don['’]t|may not) (?:expect|work|check|read|send|access|respond|reply)\b",
    r"\bi work\b",
    r"\bi am sending this\b",
    r"\bmy (?:working|office|normal|usual|core|contracted|non-working) (?:days?|hours?|pattern|week)\b",
    r"\bi may send\b",
    r"sent from my\b",
    r"\bfrom my (?:i?phone|ipad|mobile|samsung|galaxy|huawei|tablet|android)",
    r"to unsubscribe.{0,40}\bme\b",
    r"please excuse my\b",
    r"my (?:pronouns|name is pronounced)",
    r"\bi am (?:usually |normally )?(?:in the office|available|part[- ]time)\b",
    r"\bi(?:['’]| a)m paperless\b",
    r"\bmy (?:e-?mail|inbox) is not (?:monitored|secure)",
    r"\bi (?:accept|serve)\b.{0,30}\bservice\b",
    r"add me to your (?:contacts|safe)",
    r"\bhe or she\b|\bhim or her\b|\bhis or her\b",
    r"\b(?:he|she|they)\s?/\s?(?:him|her|them|his|hers|she|they)(?:\s?/\s?\w{3,6})?",
    r"\b(?:her|his) honour\b",
)
_LITTLE = frozenset(
    listed(
        "i'm im i've ive i'd i'll you your you're youre we we're us our he she they them him her his their it its it's this "
        "that these those is are was were be been am have has had do does did don't dont can can't cant could would will won't "
        "wont should not no never nobody but because if when while what why how who please me my so as there here just only "
        "very too then than about said told ask asked want wanted need needed know think"
    )
)
_PROSE_END = re.compile(r"[?!]$|[^.]\.$")
_WORD = re.compile(r"\b[^\W\d_]+(?:['’][^\W\d_]+)?")
_KIN = (
    r"(?:mum|mam|mom|dad|mother|father|parents?|nan|gran(?:ny|ma|dad|dma|dpa|dfather|dmother|dparents?)?|auntie?|uncle|carers?|"
    r"guardian|sister|brother)"
)
# What a family writes under its name because it matters to their message.
_OF_THE_MATTER = matching(
    rf"\b{_KIN}\s+(?:of|to|for)\b",
    r"\b(?:foster carer|kinship carer|special guardian)\b",
    # A children's guardian is an officer of the court.
    rf"['’]s (?!guardian){_KIN}\b|(?<!children)['’]s guardian\b",
    r"\bd\.?o\.?b\b|\bdate of birth\b|\bborn\b",
    r"\b(?:your|case|case ref|complaint|ehcp|ehc|pupil|application|file|claim)(?: ref(?:erence)?| no| number|)\s?[:.#]",
    r"\b(?:cc|enc|encs|encl|attached|enclosed|attachments?|copy to)\b\s?[:.]",
)


def is_personal(text: str) -> bool:
    """Whether a sentence speaks of its writer or of the writer's family."""
    rest = _SET_PHRASES.sub(" ", text)
    return _FIRST_PERSON.search(rest) is not None or _THIRD_PERSON.search(rest) is not None


def is_of_the_matter(text: str) -> bool:
    """Whether a short line says what the message is about: whose mother writes, a date of birth, a reference."""
    return _OF_THE_MATTER.search(text) is not None


def is_prose(text: str) -> bool:
    """Whether a line is part of a letter and not of a list of names, titles and numbers."""
    words = _WORD.findall(text)
    capitals = text.isupper()
    little = sum(word == "I" or ((capitals or not word.isupper()) and word.lower().replace("’", "'") in _LITTLE) for word in words)
    if (little >= 2 and len(words) >= 3) or (little and (len(words) > 6 or text.endswith(("?", "!")))):
        return True
    return (len(words) >= 9 and _PROSE_END.search(text) is not None) or len(words) > 22 or (len(words) >= 3 and text.endswith("?"))
