"""Signature blocks: what an organisation's program writes under a name, line by line.

A line alone says little ("Riverside Clinic" may be where the child was seen). What counts is a run of such lines under the closing
words or the author's name, and what they say together (`own_words`).
"""

import re
from enum import Enum

from triage.domain.message import Address
from triage.text.imprint import is_appeal, is_awards, without_following
from triage.text.patterns import matching, words
from triage.text.personal import is_of_the_matter, is_personal, is_prose

CLOSING = re.compile(
    r"\W*(?:(?:with |and |my |our )?(?:many |kind(?:est)? |best |warm(?:est)? |very |yours |all |much |so |"
    r"a lot of )*(?:regards|wishes|thanks|love)\b(?: so much| very much| again| a lot| in advance| for (?:your|all|any|"
    r"the)\b.{0,30}| and .{0,25}| to .{0,20}| x+)?|"
    r"(?:thank you|thankyou|thx|thanx|ta|cheers|tia)(?: so much| very much| again| in advance| for (?:your|all|any|the|reading|"
    r"listening)\b.{0,30}| all| x+)?|"
    r"yours(?: (?:sincerely|faithfully|truly|ever|respectfully|in .{2,20}))?|(?:yours )?(?:sincerely|faithfully|respectfully|"
    r"warmly|gratefully)(?: yours)?|rgds|kr|bw|bws|br|k\.? ?r\.?|best|all the best|take care|speak soon|god bless|"
    r"diolch(?: yn fawr| o galon)?|cofion(?: cynnes| gorau)?|yn gywir|yr eiddoch yn gywir|hwyl|mit freundlichen grüßen|mfg|"
    r"viele grüße|(?:beste|liebe|herzliche|freundliche) grüße|pozdrawiam(?: serdecznie)?|z poważaniem|dziękuję|"
    r"cordialement|bien cordialement|bien à vous|merci|saludos(?: cordiales)?|un saludo|atentamente|gracias|cordiali saluti|"
    r"distinti saluti|grazie|met vriendelijke groet(?:en)?|groeten|cu stimă|mulțumesc|com os melhores cumprimentos|obrigad[oa]|"
    r"med vänlig hälsning|venlig hilsen)"
    r"(?!\w)\W*",
    re.IGNORECASE,
)
# "PS 4471 Ann Body" is a police sergeant.
PS = re.compile(
    r"\W*(?:p\.?\s?){1,3}s\b\.?(?!\w)(?!\s\d{2,6}\s(?-i:[A-Z])[\w'’-]{1,30}(?:\s(?-i:[A-Z])[\w'’-]{1,30})?\s{0,3}$)", re.IGNORECASE
)

_TELEPHONE = r"(?:\+\d{1,3}|\(?0\d)[\d\s().-]{7,18}\d"
_CONTACT = re.compile(
    rf"(?:\b(?:tel(?:ephone)?|tél|t|m|mob(?:ile)?|cell|phone|ph|ffôn|symudol|direct(?: dial| line)?|dd|ddi|switchboard|"
    rf"ext(?:ension)?|fax|ffacs|f|e|e-?mail|ebost|e-bost|w|web|www|website|gwefan|teams|office|out of hours|24 ?hr?s?)\b\s?[:.|"
    rf"]?\s?(?:{_TELEPHONE}|\(0|www|http|\S{{1,60}}@|\d{{3,6}}\b)|"
    rf"{_TELEPHONE}|\bwww\.\S+|https?://\S+|\S{{1,64}}@\S{{1,190}}\.\w+|\b[\w-]{{2,60}}\.(?:com|org|net|co\.uk|org\.uk|gov\.uk|"
    rf"ac\.uk|nhs\.uk|sch\.uk|police\.uk|gov\.wales|llyw\.cymru|cymru|wales|scot|uk)\b)",
    re.IGNORECASE,
)
_TITLE = re.compile(
    words(
        r"manager, officer, worker, director, head ?teacher, head ?master, head ?mistress, deputy head, assistant head, "
        r"head of, lead(?:er)?, co-?ordinator, administrator, administration, assistant, secretary, solicitor, partner, "
        r"paralegal, barrister, legal executive, clerk, advis[eo]r, consultant, practitioner, specialist, nurse, midwife, "
        r"visitor, paediatrician, doctor, gp, councillor, cllr, "
        r"member (?:of (?:parliament|the senedd|the scottish parliament)|for), mp(?: for)?, ms for, aelod, case ?worker, pa to, "
        r"office of, senco, sendco, teacher, tutor, psychologist, psychiatrist, therapist, inspector, sergeant, constable, "
        r"pc \d+, detective, chair(?:person|man|woman)?, chief, executive, analyst, engineer, technician, guardian ad litem, "
        r"children['’]s guardian, advocate, trainee, apprentice, supervisor, business support, receptionist, bursar, principal, "
        r"associate, trustee, founder, owner, proprietor, minister, vicar, chaplain, governor, ombudsman, swyddog, rheolwr, "
        r"rheolwraig, cynghorydd, cyfarwyddwr, pennaeth, gweithiwr, leiter(?:in)?, directeur, directrice, kierownik, rgn, rhv, "
        r"rscn, qtvi, h?cpc, aistd"
    ),
    re.IGNORECASE,
)
_BODY = re.compile(
    words(
        r"council, borough, county, directorate, department, dept, services?, team, unit, division, section, nhs, trust, "
        r"foundation, hospital, surgery, clinic, practice, school, academy, primary, college, nursery, pre-?school, university, "
        r"police, constabulary, llp, ltd, limited, plc, cic, inc, solicitors, chambers, charity, association, parliament, "
        r"senedd, house of commons, constituency, ward, directorate, partnership, court, tribunal, cafcass, hub, family centre, "
        r"children['’]?s centre, cyngor, ysgol, gwasanaeth(?:au)?, adran, e\.v\., gmbh, consulate, embassy, safeguarding, "
        r"independent reviewing, forum, swyddfa, church, federation, group, for and on behalf of, housing, fostering, adoption agency, "
        r"hospice, infirmary, fire (?:and|&) rescue, ambulance, diocese, consortium, multi-academy"
    ),
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:floor|building|house|street|st|road|rd|avenue|ave|lane|centre|suite|po box|dx \d+|civic|town hall|county hall|"
    r"offices?|quay|parade|square|park|way|close|drive|crescent|freepost)\b|^(?:unit|suite|\d{1,4}[a-z]?)\b.{0,60}\b(?:mews|row|"
    r"terrace|gardens|yard|wharf|mill|court|place|walk|gate|approach|estate|grove|hill|green)\b|\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b",
    re.IGNORECASE,
)
# Set phrases of signatures, which may be whole sentences.
_SET_PHRASES = matching(
    r"\b(?:she|he|they|hi|ef|nhw)\s?/\s?(?:her|him|them|hers|his|they|ei|nhw)\b",
    r"^\W{0,6}(?:my )?pronouns?\b",
    r"^\W{0,6}(?:follow|find|like|join|connect with) (?:us|me)\b.{0,40}\b(?:on|at|facebook|twitter|x|instagram|linkedin)\b",
    r"^\W{0,6}(?:visit|see) (?:us|our (?:web|site|page))\b.{0,100}",
    r"\bmy (?:normal |usual |core |contracted )?(?:working|office|non-?working) (?:days?|hours?|pattern|week)\b",
    r"^\W{0,6}(?:please note (?:that )?)?i (?:work|am (?:usually |normally )?(?:in the office|available))\b.{0,40}\b(?:mon|tue|"
    r"wed|thu|fri|part[- ]?time|term|flexib|compressed)",
    r"\bi (?:do not|don['’]t) (?:normally |usually )?(?:work|check e-?mails?|expect)\b.{0,60}\b(?:reply|response|mon|tue|wed|"
    r"thu|fri|weekends?|outside|hours)",
    r"\bi (?:may|might|sometimes) (?:send|be sending|work)\b.{0,60}\b(?:times|hours|e-?mails?)",
    r"^\W{0,6}i(?: am|['’]m) sending this\b.{0,40}\b(?:outside|at a time|when)\b",
    r"\bplease note\b.{0,40}\b(?:inbox|mailbox|working|office|my hours|my days|paperless|i (?:do not|don['’]t) work)\b",
    r"^\W{0,6}if you are (?:worried|concerned)\b.{0,60}\b(?:child|adult|someone)\b.{0,80}\b(?:call|contact|ring|phone|report|tell)\b",
    r"^\W{0,6}(?:all |any )?(?:views|opinions)(?: expressed)?(?: here)?(?: are)?(?: all)? (?:my own|mine)\b.{0,60}$",
    r"^\W{0,6}(?:rated|judged) (?:good|outstanding)\b.{0,40}\b(?:by ofsted|our last (?:ofsted )?inspection)\b(?!.{0,80}[.?!]$)",
    r"^\W{0,6}please (?:support|donate|consider (?:supporting|donating)|like|follow|visit)\b.{0,100}",
    r"^\W{0,6}report (?:it|crime|a crime|a repair|an issue|a problem) online\b.{0,80}$",
    r"^\W{0,6}(?:(?:want|need|looking) to\b.{0,60}\?\W{0,3})?(?:use|download|get|try) (?:the|our)(?: [\w-]{1,30}){0,3} app\b.{0,40}$",
    r"^\W{0,6}(?:report\b.{0,40}\bonline\b.{0,60})?(?:in an )?emergency\b.{0,60}\b(?:999|call|dial)\b",
)
# The same for lines that are no sentences.
_SET_LINES = matching(
    r"\bpronounced\b.{0,40}$",
    r"^\W{0,6}(?:facebook|twitter|x|instagram|linkedin|youtube|tiktok|bluesky|threads)\b.{0,60}$",
    r"\b(?:facebook|twitter|instagram|linkedin|youtube)\b\W+(?:facebook|twitter|instagram|linkedin|youtube)\b",
    r"^\W{0,6}(?:normal |usual |core )?(?:working|office|opening) (?:days?|hours?|times?|pattern)\b",
    r"^\W{0,6}(?:usual )?hours\s?:",
    r"\bnon[- ]working days?\b",
    r"^\W{0,6}open\b.{0,20}\b\d{1,2}(?:[.:]\d\d)?\s?(?:am|pm)?\s?(?:-|–|to|until|till)\s?\d",
    r"\b(?:mon(?:day)?|tues?(?:day)?|term time)\s?(?:-|–|to|and|,)\s?(?:\w+(?:,| and| &)? ){0,3}(?:fri(?:day)?|thurs?(?:day)?|"
    r"wed(?:nesday)?|only)\b.{0,60}$",
    r"^\W{0,6}surger(?:y|ies)\b.{0,8}[:–-]",
    r"\b(?:winner|finalist|awards?|accredited|ofsted|investors? in people|disability confident|stonewall|good employer)\b",
    r"^\W{0,6}(?:proud to be|working together|making a difference|putting children first|one team|building a better|a great place to)\b",
    r"\bpaperless\b",
    r"^\W{0,6}for and on behalf of\b",
    r"^\W{0,6}(?:book|order|buy|find out more|read more|learn more|download|donate|sign up)\b.{0,80}(?:\bat\b|\bhere\b|"
    r"\bonline\b|www|http)",
    r"^\W{0,6}\[?(?:image|logo|icon|facebook icon|instagram icon|linkedin icon|twitter icon|x icon|signature)[^\w]*$",
    r"\b(?:since|established|est\.?) (?:in )?(?:1[89]|20)\d\d\b",
    r"^\W{0,6}(?:advice|enquir(?:y|ies)|general enquiries|main office|reception|switchboard|control room)\b.{0,6}[:|]",
)
# What makes a sentence out of such a line.
_GIVES_A_REASON = re.compile(r"\b(?:so|but|because)\b|\bplease (?:ring|call|phone|text)\b", re.IGNORECASE)
_HOW_TO_REACH = matching(
    r"^\W{0,3}(?:call|ring|phone|text|contact)\b",
    r"\bany ?time\b",
    r"\bday or night\b",
    r"\b(?:after|before|until|till) \d",
    r"\btext first\b",
    r"\bnot before\b",
    r"\bleave a\b",
)
_SCHOOL_CLASS = re.compile(r"\byear \d|\by\d{1,2}\b|['’]s class\b|\breception class\b", re.IGNORECASE)
_ABBREVIATED_END = re.compile(r"\b(?:Ltd|Co|Inc|plc|Rd|St|Ave|No|etc|Hons|Dip|Cert|Dr|[A-Z])\.$")
_DAY = re.compile(
    r"\b(?:\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|\d{1,2}/\d{1,2}(?:/\d{2,4})?)\b|£\s?\d",
    re.IGNORECASE,
)
_LONGEST = 160
_NAME = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Rev|Cllr|Prof|Sir|Dame|Lady|Lord|PC|Sgt|DC|DS)\.? )?[^\W\d_]['’\w.-]*(?: (?:&|and|\+|de|van|"
    r"von|al|bin|ap|y)(?= ))?(?: [^\W\d_]['’\w.-]*){0,4}"
)
_WORD = re.compile(r"[^\W\d_]+")


class Sort(Enum):
    """What a line under the author's name may be."""

    CONTACT = "contact"
    TITLE = "title"
    BODY = "body"
    PLACE = "place"
    EXTRA = "extra"
    WEAK = "weak"
    """Short, and nothing of these: a name, a motto."""
    PROSE = "prose"
    """The author's."""


def sort_of(text: str, writer: Address) -> Sort:
    """What a line would be in a signature of `writer`."""
    if len(text) > _LONGEST or PS.match(text) or is_of_the_matter(text):
        return Sort.PROSE
    if (_SET_PHRASES.search(text) or is_appeal(text) or is_awards(text)) and not _GIVES_A_REASON.search(text):
        return Sort.EXTRA
    own_site = len(writer.domain) > 3 and writer.domain in text.lower()
    if is_prose(without_following(text)) or is_personal(text) or _is_sentence(text) or (_DAY.search(text) and not own_site):
        return Sort.PROSE
    words = len(text.split())
    if _SET_LINES.search(text):
        return Sort.EXTRA
    if words <= 18 and (own_site or _CONTACT.search(text)):
        return Sort.PROSE if _HOW_TO_REACH.search(text) else Sort.CONTACT
    if words <= 16 and _TITLE.search(text):
        return Sort.TITLE
    if _SCHOOL_CLASS.search(text):
        return Sort.PROSE
    if words <= 16 and _BODY.search(text):
        return Sort.BODY
    if words <= 14 and _PLACE.search(text):
        return Sort.PLACE
    return Sort.WEAK if words <= 8 else Sort.PROSE


def _is_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does, and is more than an abbreviation or a place with a full stop behind it."""
    if not text.endswith((".", "!")) or _ABBREVIATED_END.search(text):
        return False
    words = len(text.split())
    return words >= 3 or (words == 1 and _TITLE.search(text) is None and _BODY.search(text) is None)


def names_own_site(text: str, writer: Address) -> bool:
    """Whether a line names the domain that its author writes from: people with a provider's address don't."""
    return len(writer.domain) > 3 and re.search(rf"(?<![@\w]){re.escape(writer.domain)}", text.lower()) is not None


def is_closing(text: str) -> bool:
    """Whether a line is closing words: "Kind regards", "Diolch"."""
    return len(text) < 60 and CLOSING.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a line can be a name: up to five words, each with a capital, or one short word."""
    if len(text) > 60 or _NAME.fullmatch(text.strip(" .,x*-–—_")) is None or _TITLE.search(text) or _BODY.search(text):
        return False
    words = [word for word in text.split() if word[0].isalpha() and word.lower() not in ("and", "de", "van", "von", "al", "bin", "ap", "y")]
    return len(words) == 1 or all(word[0].isupper() for word in words)


def names_writer(text: str, writer: Address) -> bool:
    """Whether a line begins with the author's name, part of it or its initials, as their mail states it."""
    first = re.split(r"[,|(–]|\s-\s", text, maxsplit=1)[0]
    here = [word.lower() for word in _WORD.findall(first)]
    if not here or len(here) > 5:
        return False
    named = re.split(r"[,(|]|\s-\s", writer.name, maxsplit=1)[0]
    if _BODY.search(named):
        return False
    known = [word.lower() for word in _WORD.findall(named or writer.address.split("@", 1)[0])]
    long = [word for word in known if len(word) > 2]
    if any(word in known or (len(word) > 2 and any(name.startswith(word) for name in long)) for word in here if len(word) > 1):
        return True
    initials = "".join(word[0] for word in known)
    return len(here) <= 2 and "".join(here) in (initials, initials[:1]) and bool(initials)


def bears_name(text: str, writer: Address) -> bool:
    """Whether a line is a name, or begins with one: "Phil Gledhill, Head of Year", "Alun Roderick MP", "Mo | Listing Section"."""
    if len(text) > _LONGEST:
        return False
    first = re.split(r"[,|(–:\d]|\s-\s|\sMPs?\b", text, maxsplit=1)[0].strip()
    return bool(first) and (is_name(first) or (bool(writer.name) and names_writer(text, writer) and not _BODY.search(first)))


def is_sign_off(text: str) -> bool:
    """Whether a line is closing words with a name behind them: "Thanks, Roshni", "Kind regards Mo"."""
    match = CLOSING.match(text) if len(text) < 60 else None
    return match is not None and is_name(text[match.end() :].strip(" ,.-–"))
