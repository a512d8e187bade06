"""Which language a message is in: told for whole messages, never guessed from four English words."""

import unicodedata

import pytest

from tests.support.corpora import rows
from triage.text import language as languages
from triage.text.language import language_name, language_of

ENGLISH_SUBJECT = "Complaint about the social worker visit to my home and my children"
SETS = ("training", "evaluation", "evaluation-hard", "streams", "evaluation-streams")


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
    named = [language_name(code) for code in ("pl", "cy", "en", "ti", "am", "he", "und")]
    assert named == ["Polish", "Welsh", "English", "Tigrinya", "Amharic", "Hebrew", "another language"]


def test_every_language_that_can_be_given_has_a_name() -> None:
    from lingua import Language

    of_lingua = {getattr(Language, name).iso_code_639_1.name.lower() for name in languages._LANGUAGES}
    of_letters = {code for telling in languages._TELLING.values() for code, _ in telling} | {code for code, _ in languages._TELLING_LATIN}
    every = of_lingua | of_letters | {*languages._WORDS_OF, *languages._LANGUAGE_OF_SCRIPT.values(), languages.UNKNOWN}
    assert {code for code in every if language_name(code) == code} == set()


@pytest.mark.parametrize("subject", ["", ENGLISH_SUBJECT])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ሰላም ወደይ ኣብ ቤት ትምህርቲ", "ti"),
        ("ሰላም ልጄ በትምህርት ቤት ቦታ የለውም እባክዎ ይርዱኝ።", "am"),
        ("എന്റെ മകന് സ്കൂളിൽ സ്ഥലമില്ല", "ml"),
        ("السلام علیکم، میرے بیٹے کو اسکول", "ur"),
        ("ابني ليس لديه مكان في المدرسة", "ar"),
        ("پسرم مدرسه ندارد، لطفا کمک کنید", "fa"),
        ("زما زوی ښوونځی نه لري، مهرباني وکړئ", "ps"),
        ("کوڕەکەم قوتابخانەی نییە، تکایە یارمەتیم بدەن", "ku"),
        ("මගේ පුතාට පාසලක් නැත", "si"),
        ("לבן שלי אין מקום בבית הספר", "he"),
        ("ลูกชายของฉันไม่มีที่เรียน", "th"),
        ("ကျွန်မသားကျောင်းနေရာမရှိပါ", "my"),
        ("ჩემს შვილს სკოლა არ აქვს", "ka"),
        ("Իմ որդին դպրոց չունի", "hy"),
        ("谢谢", "zh"),
        ("我儿子没有校车，请帮忙。\nKind regards, Wei Chen", "zh"),
        ("У моего сына нет места в школе, помогите", "ru"),
        ("Мій син не має місця у школі", "uk"),
        ("मेरो छोराले विद्यालय पाएको छैन", "ne"),
        ("میرے بیٹے کو اسکول نہیں ملا، مدد کریں\nKind regards\nMohammed Iqbal\n14 Hill Street, Ashmere", "ur"),
        ("ⵜⴰⵎⴰⵣⵉⵖⵜ ⴰⵡⴰⵍ", "und"),
    ],
)
def test_a_text_in_another_script_is_never_english(text: str, language: str, subject: str) -> None:
    assert language_of(text, subject) == language


@pytest.mark.parametrize("subject", ["", ENGLISH_SUBJECT])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mój mąż bije syna, proszę", "pl"),
        ("Proszę o pilną pomoc", "pl"),
        ("PROSZĘ O PILNĄ POMOC", "pl"),
        ("Mąż bije dzieci, boję się", "pl"),
        ("Maz bije dzieci, prosze o pomoc", "pl"),
        ("Mi hijo no tiene taxi", "es"),
        ("Mi marido pega a los niños", "es"),
        ("Soțul meu mă bate", "ro"),
        ("Não aguento mais, por favor ajudem", "pt"),
        ("Mio figlio non ha scuola", "it"),
        ("Mon mari me bat", "fr"),
        ("Mein Mann schlägt die Kinder", "de"),
        ("Vyras muša vaikus", "lt"),
        ("A férjem veri a gyereket", "hu"),
        ("Kocam çocukları dövüyor", "tr"),
        ("Fadlan i caawi, gaari ma jiro", "so"),
        ("Burri im rreh fëmijët", "sq"),
        ("Does dim tacsi i fy mab", "cy"),
        ("Můj syn nemá školu, prosím", "cs"),
        ("Môj syn nemá školu, prosím", "sk"),
        ("Moya sin nyama uchilishte, molya pomosht", "bg"),
        ("Mere bete ka taxi nahi aaya", "ur"),
        ("Minu pojal ei ole kohta koolis, palun aidake", "et"),
        ("Pojallani ei ole koulupaikkaa, auttakaa minua", "fi"),
        ("Hello, my name is Anna. Proszę o pomoc, mój syn nie ma taksówki i nikt nie odbiera telefonu.", "pl"),
    ],
)
def test_a_few_words_of_another_language_are_no_english(text: str, language: str, subject: str) -> None:
    assert language_of(text, subject) == language


def test_accents_that_are_typed_as_letters_of_their_own_count_too() -> None:
    assert language_of(unicodedata.normalize("NFD", "Proszę o pilną pomoc")) == "pl"


@pytest.mark.parametrize(
    "text",
    [
        "Dzień dobry, my son has no taxi again. Please ring me. Dziękuję, Wioletta Jabłońska",
        "Dzień dobry, any news?",
        "Hola, still no taxi for Mateo",
        "Assalamu alaikum, taxi didn't come again",
        "Diolch, see you tomorrow",
        "Wioletta Jabłońska",
        "met with łukasz about taxi",
        "Attendees: Anna Kowalska, Piotr Nowak, Ewa Zielińska, Jan Wójcik",
        "Ali Hassan Min Ji",
        'He said "Mój syn nie ma taksówki i nikt nie odpowiada" to me',
        "The letter says: Mój syn nie ma taksówki. What does it mean? Please tell me what I should do about it.",
        "Please see what my mum wrote: میرے بیٹے کو اسکول. She needs an answer to this please.",
        "my son is called 王小明 and he has no taxi",
        "wen is mi sun gona get his bus to scool ples tell me",
        "plz hlp taxi nt cum agen",
        "Ah dinnae ken whit tae dae wi ma wean, he's aye greetin efter the schuil",
        "Ye cannae dae that tae a bairn",
        "wagwan man dem took my yute, social worker is bare wasteman innit",
        "My pikin no dey go school, una no dey answer phone, abeg",
        "fiancé shouted at crèche staff",
        "LA mtg Mon",
        "Café at Aberystwyth family hub closed",
        "Ysgol y Garnedd uniform grant",
        "𝓗𝓮𝓵𝓵𝓸 my son has no taxi",
        "¯\\_(ツ)_/¯",
    ],
)
def test_english_with_foreign_names_greetings_or_quotations_stays_english(text: str) -> None:
    assert language_of(text) == "en"


def test_the_subject_counts_only_where_there_is_next_to_no_text() -> None:
    assert language_of("", "Skarga na szkołę mojego syna") == "pl"
    assert language_of("ok", "Skarga na szkołę mojego syna") == "pl"
    assert language_of("My son has no taxi again", "Skarga na szkołę mojego syna") == "en"
    assert language_of("Gracias", ENGLISH_SUBJECT) == "en"


def test_of_the_labelled_mail_at_most_two_are_in_another_language_than_is_said() -> None:
    wrong = [
        row["id"]
        for name in SETS
        for row in rows(name)
        if "label" in row and language_of(row["body"], row.get("subject") or "") != (row["label"].get("language") or "en")
    ]
    assert len(wrong) <= 2, wrong
