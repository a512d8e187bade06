"""Whose words a colleague passes on in a note of their own: "a mum rang me today", a typed-up voicemail, a form filled in by telephone.

Such a note is no forward (there is no message in it), yet the feedback in it is the family's. The person is looked for only
where the note says, at its beginning, that somebody told its writer something. A wrong name is worse than none: a single word with a
capital is taken for one only where something else says that it names a person.
"""

import re

from triage.domain.message import Address
from triage.text.patterns import one_of

# A name: one to four capitalised words, with a title where there is one.
_CAPITAL = r"[A-ZÀ-ÝŁŚŻŹĆČŠŽ]"
_TITLE = r"(?:Mrs|Mr|Ms|Miss|Mx|Dr|Rev|Cllr|Councillor|Sister|Auntie|Nan|PC|Sgt|Inspector|Insp|Prof|Sir|Dame|Judge)"
NAME = (
    rf"(?P<name>(?:{_TITLE}\.? )?{_CAPITAL}[\w'’-]{{1,30}}"
    rf"(?: (?:(?:de|da|van|von|al|bin|ap|O'|d')\s?)?{_CAPITAL}[\w'’-]{{0,30}}){{0,3}})"
)
_WHO = one_of(
    "mum", "mother", "dad", "father", "nan", "nana", "gran", "grandma", "grandmother", "granddad", "grandfather", "grandparent", "aunt",
    "auntie",
    "uncle", "carer", "parent", "guardian", "sister", "brother", "stepmum", "stepdad", "neighbour", "head(?: ?teacher)?", "teacher",
    "senco", "gp",
    "doctor", "nurse", "midwife", "health visitor", "manager", "partner", "husband", "wife", "son", "daughter", "young person",
    "care leaver",
    "resident", "tenant", "advocate", "solicitor", "social worker", "officer", "childminder", "driver", "escort", "chair", "councillor",
)  # fmt: skip
RELATION = rf"(?i:(?:the )?(?:birth |foster |step|adoptive |grand)?-?{_WHO})"
_VERBS = one_of(
    "rang", "called", "phoned", "telephoned", "tel", "ring", "rung", "phones", "calls", "said", "says", "told", "tells", "stopped",
    "took me", "caught me",
    "came (?:in|to|up|into|over|round)", "popped in", "approached", "spoke", "asked", "asks", "left (?:a |us a |"
    "me a )?(?:message|voicemail|note|card)",
    "contacted", "wanted", "wants", "would like", "reports", "reported", "texted", "messaged", "complained", "expressed", "visited",
    "attended",
    "wrote", "e-?mailed", "got in touch", "been in touch", "mentioned", "dropped", "handed",
    "is (?:unhappy|not happy|upset|very unhappy|delighted|over the moon|pleased|thrilled|furious|angry)",
)  # fmt: skip
_SAID = rf"(?i:(?:has |have |had |just |also |then |who )*{_VERBS})\b"
_CONTACT = one_of(
    "(?:phone|telephone) ?(?:call|message)", "call", "voicemail", "voice ?mail", "text(?: message)?", "message", "visit", "feedback",
    "complaint",
    "compliment", "spoke", "spoken", "speaking", "chat", "conversation", "chatting", "bumped", "met", "whatsapp",
)  # fmt: skip
_TAKEN = r"(?:took|had|received|taken|got|answered|fielded)\b[^.\n]{0,30}\b(?:call|phone ?call|telephone call|voicemail|message|visit|text)"
_HEARD = rf"(?i:(?:{_TAKEN}|{_CONTACT})\b[^.\n:]{{0,60}}?\b(?:from|with|by|to|into)\b)"

_FIELD = re.compile(
    r"^\W{0,6}(?i:caller(?:['’]s)?(?: name)?|name of (?:caller|complainant|customer|parent|person)|(?:customer |parent['’]?s? |"
    r"full )?name|customer|"
    rf"complainant|from|who|raised by|posted by|person calling|call from|contact(?: name)?)\s*[:\-–]\s*(?:the )?{NAME}",
    re.MULTILINE,
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_HEARD}\s+(?:(?i:a |an |our |the |my |one of (?:our|my) )?{RELATION},?\s)?(?:of [A-Z]\w+,? )?{NAME}",
        rf"\b{NAME}(?:,| \()\s?(?:who is )?(?:the |a |an |our |his |her |their )?[^,.;\n]{{2,50}}(?:,|\))?\s{_SAID}",
        rf"\b{NAME}\s(?:the )?(?:{RELATION}\s)?(?:of [A-Z]\w+(?: [A-Z]\w+)? )?{_SAID}",
        rf"\b(?:[A-Z]\w+['’]s )?{RELATION},?\s{NAME},?\s{_SAID}",
        rf"\b{NAME}(?:,| \()\s?(?:[A-Z]\w+['’]s )?{RELATION}\b",
        rf"\b(?i:just had|have had|['’]ve had|had|took) (?:an? )?{NAME} (?i:on the (?:phone|line)|on (?:for|again)|in (?:reception|"
        rf"tears)|at the (?:desk|counter|door)|off the)\b",
    )
)
# Somebody met, whose praise or grievance the note then repeats and asks to be kept.
_MET = re.compile(
    rf"\b(?i:i (?:was|have been|sat|met|saw|visited|spoke) (?:down )?(?:with |to )?){NAME}\b"
    r"(?=[^\n]{0,300}\b(?:he|she|they|said|told)\b[^\n]{0,40}\b(?:said|told|asked|that)\b)"
)
_TO_BE_KEPT = re.compile(
    r"\b(?:log|logged|register|record(?:ed)?|compliments?|complaints? (?:log|team)|feedback|pass (?:it|this) on|on file)\b", re.IGNORECASE
)
_BY_LETTER = re.compile(r"\bin (?:her|his|their|the) (?:\w+ )?(?:e-?mail|letter|complaint|message|statement|form)\s*$", re.IGNORECASE)
_PASSES_ON = re.compile(
    rf"\b(?:{_HEARD}|{_SAID})|\b(?:voicemail|caller|phone call|telephone call|word for word|copying it out|typed up|passed on|"
    rf"relay|feedback from|verbal)",
    re.IGNORECASE,
)
_NOT_NAMES = re.compile(
    r"(?:hi|hello|dear|just|please|also|she|he|they|we|i|the|this|that|these|mum|dad|nan|gran|thanks|morning|afternoon|evening|"
    r"good|team|all|when|"
    r"then|but|and|so|if|for|following|re|fyi|can|could|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|"
    r"february|march|april|may|june|"
    r"july|august|september|october|november|december|today|yesterday|parents|carers|mums|dads|residents|neighbours?|staff|"
    r"colleagues|everybody|"
    r"everyone|somebody|someone|nobody|people|children|social|council|school|parent|mother|father|note|call|caller|message|"
    r"voicemail|text|complaints?|"
    r"compliment|feedback|she's|he's|it|what|who|who's|my|our|your|you|one|a|an|family|no|yes|ok|as|at|in|on|after|before|got|"
    r"had|took|spoke|met|later|"
    r"last|not|has|is|was|there|says|said|resident|customer|cust|child|young|plan|order|chair|head|director|judge|his|her|"
    r"honour|visitor)\b",
    re.IGNORECASE,
)
# Words of places and bodies, which have capitals too.
PLACE_WORD = re.compile(
    r"\b(?:House|Street|St|Road|Rd|Lane|Avenue|Close|Hill|Bank|End|Court|Park|Green|Ward|Hub|Centre|School|Academy|Infants?|"
    r"Juniors?|Primary|College|"
    r"Nursery|Team|Service|Services|Council|Hospital|Surgery|Clinic|Trust|Hall|Church|Unit|Ombudsman|Panel|Acorns)$"
)
_BEHIND_PREPOSITION = re.compile(r"\b(?:in|at|on|of|near|for|under|behind|outside|to|the)\s+$", re.IGNORECASE)
_TITLES = (
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "cllr",
    "councillor",
    "rev",
    "pc",
    "sgt",
    "prof",
    "insp",
    "inspector",
    "sir",
    "dame",
    "sister",
    "auntie",
    "nan",
    "judge",
)
# Titles that say nothing of a person, and words with which a surname of two begins: "Mr Van Dijk", "Mrs El Amin".
_PLAIN_TITLES = ("mr", "mrs", "ms", "miss", "mx")
_BEGINS_A_SURNAME = (
    "de", "da", "di", "du", "del", "la", "le", "van", "von", "al", "el", "bin", "ben", "bint", "abu", "ap", "st", "mac", "o'", "ter",
)  # fmt: skip
_AGE = re.compile(r"\s?(?:\(\s?\d{1,2}\b|,\s?(?:aged? )?\d{1,2}\b|\((?i:mum|dad|mother|father|nan|gran|carer|aunt|uncle)\b)")
_RELATION_BEFORE = re.compile(rf"\b{RELATION},?\s$")
_RELAYING_SUBJECT = re.compile(r"\b(?:message|msg|call|rang|phoned|voicemail|note|visit|feedback|from|chat|text)\b", re.IGNORECASE)
# The note's beginning, where it says who spoke; behind it names are of those who are spoken of.
_BEGINNING = 450
_GREETING = re.compile(
    r"\W*(?:(?i:hi|hiya|hello|hey|dear|good (?:morning|afternoon|evening)|morning|afternoon|evening|bore da)\b[^\n,.!?:]{0,40}[,.!:\n]|"
    rf"{_CAPITAL}\w+(?: (?:and|&) {_CAPITAL}\w+)?(?:,(?= {_CAPITAL})|\n|! |\s*\n))"
)
_COUNCILLOR = re.compile(r"(?:cllr|councillor)\b|cllr[._]", re.IGNORECASE)


def person_quoted(text: str, subject: str, writer: Address) -> str | None:
    """The name of the person whose words `text` relays, or None. `writer` is the colleague who wrote it.

    A councillor speaks for their residents, and is the author.
    """
    if _COUNCILLOR.match(writer.name) or _COUNCILLOR.match(writer.address):
        return None
    greeting = _GREETING.match(text)
    beginning = text[greeting.end() if greeting else 0 :][:_BEGINNING]
    if not _PASSES_ON.search(f"{subject}\n{beginning}"):
        return None
    field = _FIELD.search(beginning)
    if field is not None and _acceptable(field, subject, writer):
        return untitled(_trimmed(field["name"]))
    patterns = [*_PATTERNS, _MET] if _TO_BE_KEPT.search(f"{subject}\n{beginning[:200]}") else list(_PATTERNS)
    found: list[tuple[int, str]] = []
    for pattern in patterns:
        match = next((one for one in pattern.finditer(beginning) if _acceptable(one, subject, writer)), None)
        if match is not None:
            found.append((match.start("name"), untitled(_trimmed(match["name"]))))
    return min(found)[1] if found else None


def _trimmed(name: str) -> str:
    """A name without what stands before and behind it."""
    words = name.split("\n", maxsplit=1)[0].split()
    while len(words) > 1 and _NOT_NAMES.match(words[0]) and words[0].rstrip(".").lower() not in _TITLES:
        words.pop(0)
    return " ".join(words)


def untitled(name: str) -> str:
    """A name without "Mrs" and the like; with it where nothing but a surname follows, because it is all that is known of the person."""
    title, _, rest = name.partition(" ")
    words = rest.lower().split()
    plain = title.rstrip(".").lower() in _PLAIN_TITLES
    return rest if plain and len(words) > 1 and words[0] not in _BEGINS_A_SURNAME else name


def _acceptable(match: re.Match[str], subject: str, writer: Address) -> bool:
    """Whether what stands where a name could is one, and that of somebody else than the writer."""
    name = _trimmed(match["name"])
    words = name.split()
    if (
        len(name) < 3
        or name.endswith(("'s", "’s"))
        or _NOT_NAMES.match(name)
        or {word.lower() for word in words} & {word.lower() for word in writer.name.split()}
    ):
        return False
    before = match.string[max(0, match.start("name") - 40) : match.start("name")]
    if _BY_LETTER.search(before):
        return False
    if words[0].rstrip(".").lower() in _TITLES:
        return len(words) > 1
    if PLACE_WORD.search(name) or any(word.isupper() and len(word) > 2 for word in words):
        return False
    if len(words) > 1:
        return match.re is _FIELD or match.re in (_PATTERNS[0], _MET) or not _BEHIND_PREPOSITION.search(before)
    named = _RELAYING_SUBJECT.search(subject) is not None and re.search(rf"\b{re.escape(name)}\b", subject) is not None
    return (
        match.re is _FIELD
        or named
        or _AGE.match(match.string, match.end("name")) is not None
        or _RELATION_BEFORE.search(before) is not None
    )
