"""Which language a message is in: told for whole messages, never guessed from four English words."""

import pytest

from triage.text.language import language_name, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dzień dobry, piszę w sprawie mojego syna. Od trzech tygodni nikt nie odpowiada na moje telefony.", "pl"),
        ("Rwy'n ysgrifennu i ddiolch i'r tîm am yr holl gymorth a gafodd fy merch eleni.", "cy"),
        ("Bună ziua, aș vrea să știu când începe programul pentru copii la biblioteca din cartier.", "ro"),
        ("Добрий день, я хотіла б дізнатися, коли моя дочка зможе піти до школи.", "uk"),
        ("আমার ছেলের স্কুলের ট্যাক্সি তিন দিন ধরে আসছে না।", "bn"),
        ("میری بیٹی کا سکول میں داخلہ ابھی تک نہیں ہوا", "ur"),
        ("Waxaan rabaa inaan ogaado goorta wiilkeygu bilaabi karo dugsiga cusub.", "so"),
    ],
)
def test_a_message_in_another_language_says_which(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ta",
        "Collected, cheers.",
        "in my boot, car park level 2, silver corsa",
        "paid in july its november",
        "My son he is in Year 2 and he has no taxi from the half term. The school say me ask council. Council say me ask school.",
        "can i use my 15 hours at 2 different nurserys?? one does fri",
        "👍",
        "Kushaliyev Mbeki-Oyelaran Przybylski",
    ],
)
def test_english_is_not_taken_for_another_language(text: str) -> None:
    assert language_of(text) == "en"


def test_a_language_is_named_in_english() -> None:
    assert [language_name(code) for code in ("pl", "cy", "en")] == ["Polish", "Welsh", "English"]
