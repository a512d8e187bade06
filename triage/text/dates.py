"""The date in the header block of a forwarded message, as mail programs and people write it.

python-dateutil reads the forms; before it, months of other languages become English and what programs add is taken off. Where
day and month can be exchanged, the reading is taken that lies next before the day on which the message was passed on.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil

from triage.text.patterns import listed

LONDON = ZoneInfo("Europe/London")

_ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTHS = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "cy": "ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
}
_TO_ENGLISH = {name: _ENGLISH[i] for names in _MONTHS.values() for i, name in enumerate(names.split()) if name not in _ENGLISH}
# Days of the week, in full and short, which say nothing that the date does not.
WEEKDAYS = listed(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun montag dienstag "
    "mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so lundi mardi mercredi jeudi vendredi samedi dimanche lun "
    "mer jeu ven sam dim lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom lunedì martedì mercoledì "
    "giovedì venerdì sabato domenica gio maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo poniedziałek "
    "wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob ndz niedz llun mawrth mercher iau gwener sul gwe "
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira seg ter qua qui sex luni marți miercuri joi vineri sâmbătă "
    "duminică måndag tisdag onsdag torsdag fredag lördag söndag mån tis ons tors lör sön mandag tirsdag lørdag søndag man tir "
    "tor lør søn"
)
_ABBREVIATED = listed(
    "jän 1 ene 1 janv 1 gen 1 sty 1 ion 1 ian 1 févr 2 fév 2 feb 2 lut 2 chwe 2 chwef 2 fev 2 mär 3 mrz 3 märz 3 mars 3 maw 3 "
    "mrt 3 avr 4 abr 4 apr 4 kwi 4 ebr 4 mai 5 may 5 mag 5 maj 5 mei 5 juin 6 jun 6 giu 6 cze 6 meh 6 iun 6 juil 7 jul 7 lug 7 "
    "lip 7 gorff 7 gor 7 iul 7 août 8 ago 8 aug 8 sie 8 aws 8 sept 9 set 9 wrz 9 medi 9 okt 10 oct 10 ott 10 out 10 paź 10 hyd "
    "10 nov 11 lis 11 tach 11 noi 11 dez 12 déc 12 dic 12 gru 12 rhag 12 dec 12"
)
_TO_ENGLISH |= {
    name: _ENGLISH[int(number) - 1]
    for name, number in zip(_ABBREVIATED[::2], _ABBREVIATED[1::2], strict=True)
    if name not in _ENGLISH and name[:3] != _ENGLISH[int(number) - 1][:3]
}
_MONTH_WORDS = frozenset((*_ENGLISH, *(name[:3] for name in _ENGLISH), "sept"))
_WORD = re.compile(r"[^\W\d_]+")
_OFFSET = re.compile(r"\(?(?:GMT|UTC)\s?([+-]\d{1,2}):?(\d{2})?\)?", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMERIC = re.compile(r"^\D{0,12}?(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2,4})\b")
# Mawrth is Tuesday and March.
_WELSH_DAY = re.compile(r"\b(dydd|nos) \w+,?", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_DOTTED_TIME = re.compile(r"\b([01]?\d|2[0-3])\.([0-5]\d)(?=\s*(?:am|pm|hrs|h)?\b(?![./]\d))(?<!\d\.\d\d\.)", re.IGNORECASE)
_FILLER = re.compile(r"\b(at|um|à|kl|klo|godz|om|alle|ore|las|às|uhr|am|den|le|el|il|op|on|hrs|at about|approx|de|o)\b\.?", re.IGNORECASE)
_TIME_BEHIND_DOTTED_DAY = re.compile(r"(\d{1,2}\.\d{1,2}\.\d{2,4}),? (\d{1,2})\.(\d\d)\b")
_YEAR_FIRST = re.compile(r"\D{0,12}?\d{4}[/.\-]\d")
_NEEDS = re.compile(r"\d")
_TZ = {"BST": 3600, "GMT": 0, "UTC": 0, "Z": 0, "CET": 3600, "CEST": 7200, "EET": 7200, "EEST": 10800, "IST": 3600}
_PASSED_ON_AFTER = timedelta(days=1)


def parse_date(text: str, passed_on: datetime | None = None) -> datetime | None:
    """The moment that `text` states, with an offset (London's where it states none); None where it states no day.

    `passed_on` is when the message around it was sent.
    """
    text = text.strip()
    if not _NEEDS.search(text) or len(text) > 120:
        return None
    text = _OFFSET.sub(lambda m: f" {m[1][0]}{int(m[1][1:]):02}{m[2] or '00'}", text)
    text = _WELSH_DAY.sub(" ", _BRACKETS.sub(" ", text))
    text = _WORD.sub(lambda m: _TO_ENGLISH.get(m[0].lower(), m[0]), text)
    text = _ORDINAL.sub(r"\1", text)
    if re.search(r"[a-z]{3}|/|-", text, re.IGNORECASE):
        text = _DOTTED_TIME.sub(r"\1:\2", text)
    text = _TIME_BEHIND_DOTTED_DAY.sub(r"\1 \2:\3", text)
    am_pm = re.search(r"\b([ap])\.?m\b\.?", text, re.IGNORECASE)
    text = re.sub(r"\b([ap])\.m\.", r"\1m", text, flags=re.IGNORECASE)
    cleaned = " ".join(_without_filler(text, am_pm is not None).replace(",", " ").replace("|", " ").split())
    first = _read(cleaned, day_first=not _YEAR_FIRST.match(cleaned))
    if first is not None and not _NUMERIC.match(cleaned):
        return first
    other = _read(cleaned, day_first=False)
    if first is None or other is None or other == first or passed_on is None:
        return first or other
    before = [one for one in (first, other) if one <= passed_on + _PASSED_ON_AFTER]
    return max(before) if before else first


def _without_filler(text: str, am_pm: bool) -> str:
    """Without the little words between day and time. "am" is German for "on" and English for "before noon"."""

    def kept(match: re.Match[str]) -> str:
        word = match[1].lower()
        if word == "am" and am_pm and re.search(r"\d\s*$", text[: match.start()]):
            return match[0]
        return " "

    return _FILLER.sub(kept, text)


def _read(text: str, day_first: bool) -> datetime | None:
    """What dateutil reads in a text, as it stands or without the words that it does not know."""
    found = _parsed(text, day_first)
    if found is None:
        known = _known_words_of(text)
        found = _parsed(known, day_first) if known and known != text else None
    return found


def _parsed(text: str, day_first: bool) -> datetime | None:
    # A date without its day, month or year is none: dateutil would fill it in from the default.
    try:
        one: datetime = dateutil.parse(text, dayfirst=day_first, tzinfos=_TZ, default=datetime(2001, 1, 1), fuzzy=False)
        other: datetime = dateutil.parse(text, dayfirst=day_first, tzinfos=_TZ, default=datetime(2002, 2, 2), fuzzy=False)
        if one.date() != other.date() or not 1990 <= one.year <= 2100:
            return None
        one.utcoffset()
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
        return None
    return one if one.tzinfo is not None else one.replace(tzinfo=LONDON)


def _known_words_of(text: str) -> str:
    """The text with its numbers and its month, and without a weekday in another language or a zone that nobody knows.

    The last month counts: "mar. 3 mars" is a Tuesday in March.
    """
    months = [match for match in _WORD.finditer(text) if match[0].lower() in _MONTH_WORDS]
    kept = months[-1].start() if months else -1
    rest = _WORD.sub(lambda m: m[0] if m.start() == kept or m[0].lower() in ("am", "pm") else " ", text)
    rest = rest.replace(".", ". ") if re.search(r"\d\. ", rest) else rest.replace(" . ", " ")
    return " ".join(rest.split())


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC, for comparing."""
    return moment.astimezone(UTC)
