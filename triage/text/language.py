"""The language of a message. One that is not in English goes to a person, and says which language it is in.

lingua tells it from short texts better than n-gram libraries of its size, and knows Welsh, Somali, Urdu, Bengali and the other
languages that English councils' families write. A text that is plainly English by its little words never reaches it: that
saves its time on nearly all mail, and keeps four English words from a phone from being taken for Dutch.
"""

import re
from functools import lru_cache
from typing import Any

ENGLISH = "en"

# The languages of British families and of those who write to them, by lingua's names.
_LANGUAGES = (
    "ENGLISH WELSH POLISH ROMANIAN PORTUGUESE SPANISH FRENCH GERMAN ITALIAN DUTCH LITHUANIAN LATVIAN UKRAINIAN RUSSIAN BULGARIAN "
    "HUNGARIAN SLOVAK CZECH ALBANIAN TURKISH SOMALI SWAHILI YORUBA SHONA URDU PUNJABI GUJARATI HINDI BENGALI TAMIL ARABIC PERSIAN "
    "CHINESE JAPANESE KOREAN VIETNAMESE THAI TAGALOG GREEK IRISH CROATIAN SERBIAN GEORGIAN ARMENIAN"
).split()
_LITTLE = (
    "the an and or but of to in on at for from with by is are was were be been you he she it we they him her us them my your "
    "his our their this that these those not yes does did have has had will would can could should what when where who why "
    "how there here if as about up out just all any some get got please thank thanks hi hello dear re ok know need want said "
    "told im ive dont cant its thats"
)
# Without those that are words of Welsh, Polish or Somali too ("a", "i", "am", "do", "so").
_LITTLE_WORDS = frozenset(_LITTLE.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# English prose has a third and more of such words; another language has next to none.
_PLAINLY_ENGLISH = 0.2
_FEW_WORDS = 6
_SURE = 0.8
_LONGEST = 2000


def language_of(text: str) -> str:
    """The language of `text`, ISO 639-1. English where there is too little to tell, or nothing is sure."""
    words = [word.lower().replace("’", "").replace("'", "") for word in _WORD.findall(text[:_LONGEST])]
    if not words:
        return ENGLISH
    little = sum(word in _LITTLE_WORDS for word in words) / len(words)
    latin = all(ord(letter) < 0x250 for word in words for letter in word)
    if little >= _PLAINLY_ENGLISH or (latin and len(words) < _FEW_WORDS):
        return ENGLISH
    best = _detector().compute_language_confidence_values(text[:_LONGEST])[0]
    if best.value < _SURE:
        return ENGLISH
    return str(best.language.iso_code_639_1.name).lower()


def language_name(code: str) -> str:
    """The English name of a language, such as "Polish"."""
    if code == ENGLISH:
        return "English"
    return next((one.name.capitalize() for one in _known() if one.iso_code_639_1.name.lower() == code), code)


@lru_cache(maxsize=1)
def _known() -> tuple[Any, ...]:
    from lingua import Language

    return tuple(getattr(Language, name) for name in _LANGUAGES)


@lru_cache(maxsize=1)
def _detector() -> Any:
    from lingua import LanguageDetectorBuilder

    # Single letters to triples: as right on a mail's length as the full models, at a tenth of their memory.
    return LanguageDetectorBuilder.from_languages(*_known()).with_low_accuracy_mode().build()
