"""The language of a message. One that is not in English goes to a person, and says which language it is in.

The author's own text is judged; its subject only where there is next to no text, for people answer an English letter under its
English subject. What is mainly in another script is never English. Latin text is weighed by the little words of English and of
the languages that British families write; where they leave it open, lingua is asked, which knows Welsh, Somali, Albanian and
the others. A text that is plainly English by its little words never reaches it: that saves its time on nearly all mail, and keeps
four English words from a phone from being taken for Dutch.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Any

ENGLISH = "en"
UNKNOWN = "und"

# The languages of British families and of those who write to them, by lingua's names.
_LANGUAGES = (
    "ENGLISH WELSH POLISH ROMANIAN PORTUGUESE SPANISH FRENCH GERMAN ITALIAN DUTCH LITHUANIAN LATVIAN ESTONIAN FINNISH SWEDISH DANISH "
    "UKRAINIAN RUSSIAN BELARUSIAN BULGARIAN MACEDONIAN HUNGARIAN SLOVAK CZECH SLOVENE ALBANIAN TURKISH SOMALI SWAHILI YORUBA SHONA "
    "URDU PUNJABI GUJARATI HINDI MARATHI BENGALI TAMIL TELUGU ARABIC PERSIAN HEBREW CHINESE JAPANESE KOREAN VIETNAMESE THAI TAGALOG "
    "GREEK IRISH CROATIAN SERBIAN GEORGIAN ARMENIAN"
).split()

# Every language that can be given, as a person calls it.
_NAMES = dict(
    pair.split("=")
    for pair in (
        "en=English|cy=Welsh|pl=Polish|ro=Romanian|pt=Portuguese|es=Spanish|fr=French|de=German|it=Italian|nl=Dutch|lt=Lithuanian|"
        "lv=Latvian|et=Estonian|fi=Finnish|sv=Swedish|da=Danish|uk=Ukrainian|ru=Russian|be=Belarusian|bg=Bulgarian|mk=Macedonian|"
        "hu=Hungarian|sk=Slovak|cs=Czech|sl=Slovene|sq=Albanian|tr=Turkish|so=Somali|sw=Swahili|yo=Yoruba|sn=Shona|ur=Urdu|pa=Punjabi|"
        "gu=Gujarati|hi=Hindi|mr=Marathi|bn=Bengali|ta=Tamil|te=Telugu|ar=Arabic|fa=Persian|he=Hebrew|zh=Chinese|ja=Japanese|ko=Korean|"
        "vi=Vietnamese|th=Thai|tl=Tagalog|el=Greek|ga=Irish|hr=Croatian|sr=Serbian|ka=Georgian|hy=Armenian|am=Amharic|ti=Tigrinya|"
        "ml=Malayalam|kn=Kannada|or=Odia|as=Assamese|ne=Nepali|si=Sinhala|my=Burmese|lo=Lao|km=Khmer|bo=Tibetan|dv=Dhivehi|ps=Pashto|"
        "ku=Kurdish|sd=Sindhi|ug=Uyghur|yi=Yiddish|kk=Kazakh|tg=Tajik|mn=Mongolian|ff=Fula|jv=Javanese|ii=Yi|ha=Hausa|ak=Twi|"
        "und=another language"
    ).split("|")
)

# Without those that are words of Welsh, Polish or Somali too ("a", "i", "am", "do", "so").
_ENGLISH_WORDS = frozenset(
    (
        "the an and or but of to in on at for from with by is are was were be been you he she it we they him her us them my your "
        "his our their this that these those not yes does did have has had will would can could should what when where who why "
        "how there here if as about up out just all any some get got please thank thanks hi hello dear re ok know need want said "
        "told im ive dont cant its thats "
        # As people talk and type in Glasgow, Lagos, Peckham and on a phone.
        "dinnae didnae cannae wasnae isnae doesnae willnae havnae wi tae ye yer aye naw wean weans bairn wee gonnae ower frae whit "
        "pls plz thx cos coz gonna wanna innit bruv fam dem wagwan wot wen wat wiv dnt cnt shud wud cud hav skool ppl tbh idk aint yeah "
        "nah yh dat dis abeg dey wetin pikin pickney"
    ).split()
)
# What tells short texts apart: no little words, but English. Not counted in long ones, where a foreign writer borrows some of them.
_ENGLISH_TALK = frozenset(
    "see tomorrow today yesterday monday tuesday wednesday thursday friday saturday sunday news update regards kind met call ring rang "
    "sorry cheers bye ta great brilliant help school child children kids kid go going gone come back still again now never always more "
    "much very good morning afternoon evening one two day week year time new old late home think make take".split()
)

# The commonest words of what families here write, as typed with and without their marks. None is a word or a name that
# English mail holds; a word may stand under several languages.
_WORDS_OF = {
    "pl": "dzień dzien dobry proszę prosze prosić dziękuję dziekuje bardzo nie jest są się sie że mój moja moje mojego mojej moim "
    "mąż maz żona zona syn syna synem córka corka córki corki córkę dzieci dziecko dziecka dziecku szkoła szkole szkoły "
    "szkoly szkołę pomoc pomóc pomoce pomocy nikt dlaczego kiedy gdzie tylko jak ale bo od dla przez przed już juz jeszcze "
    "tak mnie mam ma mamy chcę chce chciałabym chciałbym boję boje bije pani panu państwa panstwa nam nas oraz lub jestem "
    "piszę pisze skarga skargę na pilną pilne odpowiedź odpowiedz czy czekam nadal taksówki taksówka szanowni poważaniem "
    "pozdrawiam złożyłam złożyłem wniosek trochę po",
    "ro": "bună ziua buna vreau aș dori să sunt este nu și si fiul fiica meu mea mei mele copil copilul copiii copii copilului "
    "școala scoala școală scoală pentru din cu că mulțumesc multumesc vă va rog ajutor ajutați ajutati ajuta nimeni când "
    "cand cum unde fără fara dar foarte mai trebuie avem sotul soțul soția sotia lui ei iar fost asta acest doamna domnule "
    "mă bate frumos doua două de",
    "es": "mi mis hijo hija hijos hijas tiene tengo necesito ayuda favor por para con sin que qué está esta están estoy es el los "
    "las del una uno pero muy nadie escuela colegio niño niña niños ninos gracias hola buenos días dias tardes señor señora "
    "cuando cuándo donde quiero queja marido esposo esposa le les su sus ya más mucho muchas desde porque como ayúdenme "
    "ayudeme pega estimado estimados estimada saludo de tres veces horas en cada se lo contesta",
    "pt": "meu minha meus minhas filho filha filhos tem tenho não nao preciso ajuda favor por para com sem que está esta estou é "
    "uma um mas muito ninguém ninguem escola criança crianças crianca obrigado obrigada bom boa dia tarde senhor senhora "
    "quando onde quero queixa marido esposa os da das dos na nas ele ela eu você já mais desde porque como bate noite "
    "querida agradecida de em",
    "it": "mio miei figlio figlia figli bambino bambina bambini scuola ho bisogno aiuto favore con senza che è sono siamo il gli "
    "della del dei una uno ma molto nessuno grazie buongiorno signore signora quando dove voglio vorrei reclamo marito "
    "moglie perché perche come anche ancora sua suo loro più ha nella di prego mi mai",
    "fr": "mon bat ma mes fils fille filles enfant enfants école ecole je tu il elle nous vous ils suis est sont avons avez "
    "besoin aide aider aidez pour avec sans que qui pas ne une le les des du mais très tres personne merci beaucoup bonjour "
    "monsieur madame quand où veux voudrais plainte mari femme votre notre dans depuis parce comme aussi encore ce cette "
    "svp de en cordialement fera",
    "de": "mein meine meinen meiner meinem sohn tochter kind kinder schule ich wir ihr sie es brauche hilfe bitte für fur mit "
    "ohne dass ist sind habe haben nicht kein keine der das den dem ein eine einen und oder aber sehr niemand danke guten "
    "morgen herr frau wann warum möchte beschwerde mann seit auch noch unser zu von wie über schlägt helfen mir mich kommt "
    "nie",
    "lt": "mano sūnus sunus sūnui dukra dukros vaikas vaikai vaikų vaiko vaikams mokykla mokyklos mokykloje prašau prasau pagalba "
    "pagalbos reikia nėra nera yra ir kad bet labai niekas ačiū aciu laba diena labas sveiki kada kur noriu skundas vyras "
    "žmona mūsų mes jis ji nuo su be dėl del už kaip dar jau muša negavau turi ne neatsako",
    "lv": "mans mana dēls meita bērns bērni bērnu skola skolā lūdzu ludzu palīdziet palīdzība paldies nav ir un bet ļoti labdien "
    "sveiki kad kur es mēs par ar no uz vēl jau nevar vīrs kāpēc",
    "hu": "fiam fia lányom lanyom gyerek gyermek gyermekem gyerekem gyerekek iskola iskolában iskolaban kérem kerem segítség "
    "segitseg segítsenek segítséget köszönöm koszonom nem vagyok és az egy hogy de nagyon senki jó napot kívánok mikor hol "
    "miért miert szeretnék panasz férjem feleségem nekem mert már még meg ez csak volt kell veri nincs üdvözlettel gyereket",
    "tr": "oğlum oglum kızım kizim çocuk cocuk çocuklar çocuğum cocugum çocuklarım okul okula okulda lütfen lutfen yardım yardim "
    "edin teşekkürler tesekkurler teşekkür ederim var yok ve bir bu için icin ile çok cok ama kimse merhaba iyi günler "
    "gunler ne zaman nerede istiyorum şikayet sikayet kocam eşim esim benim bizim değil degil neden daha gibi dövüyor "
    "ihtiyacım",
    "so": "wiilkayga wiilkeyga wiilkeygu wiilkaygu gabadhayda gabadhayga gabadhaydu carruurta carruurtayda caruurta caruurtayda "
    "ilmaha ilmahayga dugsiga dugsi iskuulka fadlan caawi caawimaad caawimo mahadsanid waxaan waan waxay waa ma maya iyo oo "
    "ku ka ayaa baan iga uu ay aan aad ee inaan laakiin qofna salaan haye sidee goorma xaggee rabaa ninkayga walaal helay "
    "haysto haysano jirto gaari tagin asc ahay maanta soo ii baska cidna iima",
    "sq": "djali djalin vajza vajzën fëmija fëmijët femijet fëmijë femija shkolla shkollën shkolles ju lutem ndihmë ndihme "
    "ndihmoni faleminderit nuk është eshte jam kam ka dhe një nje për por shumë shume askush përshëndetje pershendetje "
    "tungjatjeta kur ku dua ankesë burri gruaja im ime time sime që më nga edhe sepse te të së kemi rreh",
    "cy": "fy mab merch plentyn plant os gwelwch yn dda diolch fawr iawn bore prynhawn mae nid oes dydy dw rwy rwyn rydw rydym "
    "hoffwn eisiau angen cymorth help i'r a'r o'r ei gan wedi neb pryd ble cwyn gŵr gwraig ond achos hefyd ac ar am gyda "
    "ein eich wnewch allwch chi ni fi dim bydd annwyl cofion tacsi gywir hwyl bws hwyr mae'r",
    "cs": "můj muj moje mého syn syna dcera dceru dcery dítě dite děti deti dětí škola skola škole školy prosím prosim pomoc "
    "pomozte pomoct děkuji dekuji není neni je jsem jsme jsou že ale velmi nikdo dobrý dobry den kdy kde proč proc chci "
    "stížnost manžel manželka mám máme nemá nemáme pro se na od bez nám mi už ještě jeste jak který bije",
    "sk": "môj moj moja môjho syn syna dcéra dcéru dcera dieťa dieta deti detí škola skola škole školy prosím prosim pomoc "
    "pomôžte ďakujem dakujem nie je som sme sú že ale veľmi velmi nikto dobrý dobry deň den kedy kde prečo preco chcem "
    "sťažnosť manžel manželka mám máme nemá nemáme sa na od bez nám mi už ešte este ako ktorý bije",
    "bg": "moya moyat moia moqt sin sina dashterya dashteria dete deteto deca decata uchilishte uchilishteto molya molia molq "
    "pomosht pomognete blagodarya blagodaria blagodarq ne sme ima nyama niama nqma che mnogo nikoi zdraveite koga kade kude "
    "zashto iskam oplakvane mazh za bez ni mi sas kakvo oshte veche taksi vi dobar",
    "nl": "mijn zoon dochter kind kinderen alstublieft dank bedankt ik wij jullie het een de niet geen en maar zeer niemand "
    "goedendag wanneer waar waarom wil klacht voor met zonder dat zijn heb heeft hebben ook nog naar ons onze om te",
    "et": "minu poeg poja tütar laps lapse lapsele kool kooli koolis palun aidake aitäh tänan ei ole ja et aga väga keegi tere "
    "päevast millal kus miks tahan kaebus mees naine mul meie ta oma kas see või ning kui saa sai vajan on",
    "fi": "minun poikani tyttäreni lapsi lapseni lapset lapsen koulu koulun koulussa koulusta pyydän apua auttakaa kiitos ei ole "
    "ja että mutta hyvin kukaan hei hyvää päivää milloin missä miksi haluan valitus mieheni vaimoni meidän hän on mitä joka "
    "olen kun vielä tarvitsen",
    "ur": "mujhe mujhay meri mera mere beti beta bete bachay bachon bacha bachi hai hain nahi nahin nai ke ki ka ko se aur kya "
    "kyun raha rahi rahe shukriya madad meherbani karein kar gaya gayi liye hum hamari hamara aap ap yeh woh koi kisi bohat "
    "bahut janab bhai sahab walaikum kab kahan thi tha aik baat",
    "ku": "kurê keça zarokên zarok zarokê dibistanê dibistan alîkarî alikarî ji bo ku li nîne heye min ez û spas silav tune "
    "hevjînê ye kengî",
    "hr": "moj moja moje sin sina sinu kći kćer kćerka dijete djeca djece deca dete škola škole školu školi molim pomoć pomozite "
    "hvala nije je smo su da jako nitko niko dobar kada gdje gde zašto želim žalba muž žena imam nema za od bez nam mi još "
    "jos kako tuče",
    "sw": "mtoto watoto wangu yangu langu shule tafadhali msaada nisaidie sana hapana na ya wa kwa ni lakini mtu habari lini wapi "
    "nataka malalamiko mume mke hakuna yake mwanangu kuhusu bado",
    "yo": "ọmọ omo mi mo ile ìwé iwe jọwọ jowo ẹ ṣe ko kò ni ti wa wọn",
    "tl": "anak ko ang mga ng sa po ay hindi wala tulong tulungan salamat paaralan eskwela kami ako siya magandang umaga "
    "kailangan namin lang na ninyo aking walang pakiusap",
    "sv": "min mitt mina dotter barn barnen skola skolan har inte ingen vi och är på för med snälla hjälp hjälpa tack jag vill "
    "hej när varför",
    "da": "min mit mine datter barn børn skole skolen har ikke ingen vi og er på for med hjælp venligst tak jeg vil hej når hvorfor søn",
    "vi": "con tôi trai gái không trường giúp xin cảm ơn chào của và có là được cho chồng vợ làm nhưng các cháu",
}
_LANGUAGES_WITH: dict[str, list[str]] = {}
for _code_of_words, _words in _WORDS_OF.items():
    for _one in set(_words.split()) - _ENGLISH_WORDS - _ENGLISH_TALK:
        _LANGUAGES_WITH.setdefault(_one, []).append(_code_of_words)
# Words of English that keep a foreign mark.
_BORROWED = frozenset(
    "café cafés crèche crèches fiancé fiancée naïve résumé cliché clichés décor entrée première protégé déjà née matinée exposé blasé "
    "risqué purée mâché fête fêtes rôle façade élite régime débris château crêpe crêpes über piñata jalapeño vis-à-vis à séance".split()
)
# What may stand before an English message without making it foreign.
_GREETING = re.compile(
    r"\A\s*(?:dzień dobry|dzien dobry|witam|cześć|bună ziua|buna ziua|buenos d[ií]as|buenas tardes|hola|bonjour|bonsoir|ciao|"
    r"buongiorno|bom dia|boa tarde|ol[áa]|guten (?:tag|morgen)|labas|laba diena|labdien|merhaba|selam|bore da|prynhawn da|shwmae|"
    r"haye|salaan|përshëndetje|tungjatjeta|dobrý de[nň]|ahoj|jó napot(?: kívánok)?|szia|zdraveite|tere|habari|namast[ae]y?|"
    r"sat sri akal|(?:ass?|a)?sall?aa?m[uo]? ?(?:u )?['’]?(?:w?alai?ku?m|alaykum)|salaa?m)\b[\s,.!:-]*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]{1,200}[\"”“»]")
# Addresses, and the blessings that Unicode has as one sign.
_NO_WORDS = re.compile(r"[\uFDF0-\uFDFF]|(?:https?://|www\.)\S{1,300}|\b[\w.+-]{1,64}@[\w.-]{1,100}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# English prose has a third and more of such words; another language has next to none.
_PLAINLY_ENGLISH = 0.2
_NO_ENGLISH = 0.1
_FEW_WORDS = 6
# Below that lingua takes text-speak and place names for Yoruba and Welsh, unless it is very sure.
_SHORT = 12
_TOO_LITTLE = 3
# That many words of another language, or words with its letters, and more of them than of English.
_SEVERAL = 2
_SURE = 0.8
_VERY_SURE = 0.95
_CERTAIN = 0.995
_LIKELY = 0.4
_NOT_ENGLISH = 0.02
# A list of people, not prose. German, which writes its nouns so, has fewer.
_NAMES_MOSTLY = 0.6
_LONGEST = 2000
# A few lines in another script above an English address and signature: that much, of a third of our letters, where ours are no prose.
_SOME_LINES = 12
_PROSE = 3
# One of these letters says as much as so many of an alphabet.
_WEIGHT = {"CJK": 2, "HIRAGANA": 2, "KATAKANA": 2, "HANGUL": 2, "ETHIOPIC": 2}

# The language of a script; where it has several, the likeliest in a British inbox, if nothing tells which.
_LANGUAGE_OF_SCRIPT = {
    "ARABIC": "ar", "ARMENIAN": "hy", "BENGALI": "bn", "BOPOMOFO": "zh", "CJK": "zh", "CYRILLIC": "ru", "DEVANAGARI": "hi",
    "ETHIOPIC": "am", "GEORGIAN": "ka", "GREEK": "el", "GUJARATI": "gu", "GURMUKHI": "pa", "HANGUL": "ko", "HEBREW": "he",
    "HIRAGANA": "ja", "KATAKANA": "ja", "KANNADA": "kn", "KHMER": "km", "LAO": "lo", "MALAYALAM": "ml", "MONGOLIAN": "mn",
    "MYANMAR": "my", "ORIYA": "or", "SINHALA": "si", "TAMIL": "ta", "TELUGU": "te", "THAANA": "dv", "THAI": "th", "TIBETAN": "bo",
    "YI": "ii", "ADLAM": "ff", "JAVANESE": "jv",
}  # fmt: skip
_LINGUA_TELLS = {
    "ARABIC": frozenset(("ar", "fa", "ur")),
    "CYRILLIC": frozenset(("ru", "uk", "be", "bg", "mk", "sr")),
    "DEVANAGARI": frozenset(("hi", "mr")),
}
_LATIN_LETTERS = re.compile("[A-Za-z]+")
# Letters and words that tell the languages of one script apart; the first that is found decides, so the surest stand first.
_TELLING = {
    "ETHIOPIC": (("ti", re.compile(r"[ኣቐ-ቝኸ-ኾዀ-ዅ]|\b(?:እዩ|ናይ|ካብ|ድማ|ምስ|ወደይ|ጓለይ|የለን|ብጣዕሚ)")),),
    "ARABIC": (
        ("ku", re.compile("[ۆێڵڕە]")),
        ("ps", re.compile("[ټډړږښځڅېۍڼ]")),
        ("sd", re.compile("[ڄڃٿڀڳڱڻڏڊ]")),
        ("ug", re.compile("[ۇۈې]")),
        ("ur", re.compile("[ٹڈڑںےہھ]")),
        # None of the letters that Persian and Urdu have beside the Arabic ones, or write otherwise.
        ("ar", re.compile(r"\A[^پچژگکی]*\Z")),
    ),
    "BENGALI": (("as", re.compile("[ৰৱ]")),),
    "CYRILLIC": (
        ("uk", re.compile("[їєґ]")),
        ("be", re.compile("ў")),
        ("mk", re.compile("[ѓќѕ]")),
        ("sr", re.compile("[љњђћџј]")),
        ("tg", re.compile("[ҷҳӣӯ]")),
        ("kk", re.compile("[әұқңғһ]")),
        ("mn", re.compile("[өү]")),
        ("uk", re.compile("і")),
    ),
    "DEVANAGARI": (("ne", re.compile(r"छ|हुन्|\b(?:मेरो|पनि|गर्न)")), ("mr", re.compile(r"ळ|आहे|\bनाही|\bमाझ"))),
    "HEBREW": (("yi", re.compile("[װױײ]")),),
    "CJK": (("ja", re.compile("[ぁ-ヿ]")),),
}
# Languages of West Africa that lingua does not know, by letters of their own.
_TELLING_LATIN = (("ha", re.compile("[ɓɗƙ]")), ("ak", re.compile("[ɛɔ]")))
# Written here in Latin letters too, in which lingua does not know them.
_ONLY_LISTED = frozenset(("bg", "ku", "ur"))


def language_of(text: str, subject: str = "") -> str:
    """The language of `text`, ISO 639-1; "und" where it is another than English and nothing says which.

    The subject counts only where the text has fewer than three words. English where there is too little to tell.
    """
    text = _plain(text)
    found = _of_own_words(text)
    if found == ENGLISH and subject and len(_WORD.findall(text)) < _TOO_LITTLE:
        return _of_own_words(_plain(f"{subject[:_LONGEST]}\n{text}"))
    return found


def language_name(code: str) -> str:
    """The English name of a language, such as "Polish"; "another language" where it is not known."""
    return _NAMES.get(code, code)


def _plain(text: str) -> str:
    """The part that is judged: with addresses, a greeting and quoted words taken out, where more than them is left."""
    text = unicodedata.normalize("NFKC", _NO_WORDS.sub(" ", text[:_LONGEST]))[:_LONGEST]
    for aside in (_GREETING, _QUOTED):
        shorter = aside.sub(" ", text)
        if len(_WORD.findall(shorter)) > 1:
            text = shorter
    return text


def _of_own_words(text: str) -> str:
    script = _script_of(text)
    if script is None:
        return ENGLISH
    return _of_latin(text) if script == "LATIN" else _of_script(script, text)


def _script_of(text: str) -> str | None:
    """The script of the text; ours where most letters are of it, unless they only make up names and an address."""
    if text.isascii():
        return "LATIN" if _WORD.search(text) else None
    scripts: Counter[str] = Counter()
    different: Counter[str] = Counter()
    for letter, times in Counter(text).items():
        if letter.isalpha():
            script = unicodedata.name(letter, "UNKNOWN").split(maxsplit=1)[0]
            scripts[script] += times * _WEIGHT.get(script, 1)
            different[script] += 1
    latin = scripts.pop("LATIN", 0)
    # One letter of an alphabet, however often, is a drawn face.
    faces = {script for script, many in different.items() if many == 1 and script != "CJK"} | {"MODIFIER"}
    others = Counter({script: count for script, count in scripts.items() if script not in faces})
    if not others:
        return "LATIN" if latin else None
    if others.total() <= latin:
        prose = sum(word.lower() in _ENGLISH_WORDS for word in _WORD.findall(text)) >= _PROSE
        if prose or others.total() < max(_SOME_LINES, latin // 3):
            return "LATIN"
    return others.most_common(1)[0][0]


def _of_script(script: str, text: str) -> str:
    """The language of a text in another script than ours, as well as its script, its letters and lingua can tell."""
    if script in ("HIRAGANA", "KATAKANA", "CJK"):
        script = "CJK"
    for code, letters in _TELLING.get(script, ()):
        if letters.search(text.lower()):
            return code
    if script in _LINGUA_TELLS:
        best = _detector().compute_language_confidence_values(_LATIN_LETTERS.sub(" ", text))[0]
        if best.value >= _LIKELY and _code(best.language) in _LINGUA_TELLS[script]:
            return _code(best.language)
    return _LANGUAGE_OF_SCRIPT.get(script, UNKNOWN)


def _of_latin(text: str) -> str:
    """The language of a text in our script: English unless words, letters or lingua speak against it."""
    shown = _WORD.findall(text)
    words = [word.lower().replace("’", "'") for word in shown]
    few = sum(len(word) > 1 for word in words) < _FEW_WORDS
    english = sum(word.replace("'", "") in _ENGLISH_WORDS or (few and word in _ENGLISH_TALK) for word in words)
    shouted = text.isupper()
    # A capital is a name's, but for the first word of a sentence.
    prose = shown if shouted else [word for word in shown if word[0].islower()] + shown[: int(len(shown) > 1 and shown[1][0].islower())]
    marked = {word.lower() for word in prose if _has_a_foreign_letter(word)}
    known = _LANGUAGES_WITH.keys() & set(words)
    # Sorted, so that of two languages with as many words it is always the same.
    ranked = Counter(sorted(code for word in known for code in _LANGUAGES_WITH[word])).most_common(2)
    code, listed = ranked[0] if ranked else ("", 0)
    foreign = marked | {word for word in known if code in _LANGUAGES_WITH[word]}
    short = len(words) < _SHORT
    names = not shouted and sum(word[0].isupper() for word in shown) > len(shown) * _NAMES_MOSTLY
    if len(foreign) >= _SEVERAL and sum(word in foreign for word in words) > english and not (names and listed <= _SEVERAL and few):
        clearly = short and listed > _SEVERAL and (len(ranked) == 1 or listed > ranked[1][1])
        return code if clearly or (code in _ONLY_LISTED and listed >= _SEVERAL) else _named(text, code if listed >= _SEVERAL else None)
    share = english / len(words)
    # A few words of which only one is of another language: lingua must be certain, and of that language.
    unsaid = few and (english or not foreign or len(words) < _TOO_LITTLE)
    if names or unsaid or share >= (_NO_ENGLISH if short else _PLAINLY_ENGLISH):
        return ENGLISH
    values = _detector().compute_language_confidence_values(text)
    in_english = next(one.value for one in values if _code(one.language) == ENGLISH)
    best, sure = _code(values[0].language), values[0].value
    if few:
        return best if sure >= _CERTAIN and any(best in _LANGUAGES_WITH[word] for word in known) else ENGLISH
    if sure >= (_SURE if not short else _VERY_SURE if foreign else _CERTAIN):
        return best
    return ENGLISH if short or share >= _NO_ENGLISH or in_english > _NOT_ENGLISH else _named(text, None)


def _has_a_foreign_letter(word: str) -> bool:
    return word.lower() not in _BORROWED and any(letter.isalpha() and not letter.isascii() for letter in word)


def _named(text: str, listed: str | None) -> str:
    """The language of a Latin text that is not English. `listed` is what its words say."""
    for code, letters in _TELLING_LATIN:
        if letters.search(text.lower()):
            return code
    best = next(one for one in _detector().compute_language_confidence_values(text) if _code(one.language) != ENGLISH)
    if best.value >= (_SURE if listed else _LIKELY):
        return _code(best.language)
    return listed or UNKNOWN


def _code(language: Any) -> str:
    return str(language.iso_code_639_1.name).lower()


@lru_cache(maxsize=1)
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    known = [getattr(Language, name) for name in _LANGUAGES]
    # Single letters to triples: as right on a mail's length as the full models, at a tenth of their memory.
    return LanguageDetectorBuilder.from_languages(*known).with_low_accuracy_mode().build()
