"""Invented people and places, as unevenly spread as real ones: a few surnames are borne by very many, most by hardly anybody.

Everything follows from numbers: the same seed and number give the same household, whoever asks and in whatever order.
"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_FORENAMES = _listed(
    "olivia amelia isla ava ivy freya lily florence mia willow rosie sophia isabella grace daisy sienna poppy elsie emily ella evelyn "
    "phoebe evie charlotte harper millie matilda maya sophie alice emma isabelle maisie aisha fatima zainab maryam hannah chloe jessica "
    "lucy eliza layla ada molly orla thea robyn zara eleanor erin bonnie nancy leah noah muhammad george oliver leo arthur oscar theodore "
    "freddie henry archie alfie theo charlie jack luca harry jude tommy finley albie teddy roman isaac alexander thomas jacob lucas joshua "
    "edward adam ethan max mason logan reuben sebastian elijah daniel joseph william james jaxon hugo toby caleb kai zachary ryan dylan "
    "jamie kayleigh tracey donna sharon michelle joanne karen julie lisa nicola claire samantha rebecca gemma stacey kelly leanne natasha "
    "shanice chantelle priya anjali farah sana nadia samira blessing chidi ngozi abena kwame ade tunde dele agnieszka kasia marek piotr "
    "ioana andrei mihai craig darren wayne lee gary mark paul stephen andrew kevin dean shane kyle liam connor callum jordan reece tyler "
    "bradley imran tariq yusuf hassan ibrahim omar bilal hamza rhys gareth dilwyn anwen carys hamish morag iain fiona siobhan niamh aoife "
    "declan ronan "
)
_SURNAMES = _listed(
    "smith jones taylor brown williams wilson johnson davies patel robinson wright thompson evans walker white roberts green hall thomas "
    "clarke jackson wood harris edwards turner martin cooper hill ward hughes moore clark king harrison lewis baker lee allen morris khan "
    "scott watson davis parker james bennett young phillips richardson mitchell bailey carter cook singh shaw bell collins morgan kelly "
    "begum miller cox hussain marshall simpson price anderson adams wilkinson foster ellis murphy chapman mason gray richards webb rogers "
    "hunt mills holmes palmer matthews gibson fisher barnes knight lloyd butler russell stevens barker jenkins dixon fletcher hamilton "
    "ahmed ali mahmood akhtar kaur sharma shah rahman islam miah chowdhury nowak kowalski popescu ionescu okafor adeyemi mensah owusu "
    "campbell stewart fraser reid "
)
_COLOURS = _listed(
    "orchard meadow park hill river church station castle abbey mill forest spring bridge high market garden valley moor field beech "
)
_ONSETS = ("b", "br", "c", "ch", "d", "dr", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "th", "v", "w", "wr")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "oo")
_SYLLABLES = tuple(f"{onset}{vowel}" for onset in _ONSETS for vowel in _VOWELS)
_PROVIDERS = ("postbox.example", "quickmail.example", "pocketmail.example", "larkmail.example", "inbox.example")
_MANY_SURNAMES, _MANY_STREETS, _MANY_PLACES, _MANY_WORDS = 40_000, 4_000, 2_500, 400_000


def ranked(random: Random, count: int, shift: float) -> int:
    """A rank from 0 to `count` - 1, the first the likeliest: about one over the rank (Zipf), levelled among the first `shift`."""
    chance = random.random()
    return min(count - 1, int((count + shift) ** chance * shift ** (1 - chance) - shift))


def coined(number: int, ending: str) -> str:
    """A word that nobody has used, one of its own for each number."""
    word = ""
    number += len(_SYLLABLES)
    while number:
        number, digit = divmod(number, len(_SYLLABLES))
        word = _SYLLABLES[digit] + word
    return word + ending


def forename(random: Random) -> str:
    """A forename."""
    return _FORENAMES[ranked(random, len(_FORENAMES), 12)]


def surname(random: Random) -> str:
    """A surname: a hundredth of all people share the first, and most surnames are rare."""
    rank = ranked(random, _MANY_SURNAMES, 14)
    return _SURNAMES[rank] if rank < len(_SURNAMES) else coined(rank, ("ton", "ley", "well", "by", "ford", "ski", "ova", "wick")[rank % 8])


def street(random: Random) -> str:
    """The name of a street, in one word."""
    return coined(ranked(random, _MANY_STREETS, 60), "gate")


def place(random: Random) -> str:
    """A place, a building or a route that people name, in one word."""
    return coined(ranked(random, _MANY_PLACES, 10), "ham")


def word(random: Random) -> str:
    """A word that is in no word list: of dialect, of a trade, or mistyped. Some are met often, most once."""
    return coined(ranked(random, _MANY_WORDS, 25), ("ing", "er", "ed", "le", "et")[random.randrange(5)])


def school(number: int) -> str:
    """The name of a school by its number."""
    return f"{_COLOURS[number % len(_COLOURS)]} {coined(number, 'mere')}"


_WHOLE = (1 << 64) - 1


def mixed(*numbers: int) -> int:
    """A number of 64 bits that looks like chance, the same for the same numbers (splitmix64)."""
    found = 0
    for number in numbers:
        found = (found ^ number & _WHOLE) + 0x9E3779B97F4A7C15 & _WHOLE
        found = (found ^ found >> 30) * 0xBF58476D1CE4E5B9 & _WHOLE
        found = (found ^ found >> 27) * 0x94D049BB133111EB & _WHOLE
        found ^= found >> 31
    return found


def share(*numbers: int) -> float:
    """The same from 0 to 1."""
    return mixed(*numbers) / (_WHOLE + 1)


def dice(*numbers: int) -> Random:
    """The same for many draws."""
    return Random(mixed(*numbers))


# How many there are of each sort that writes for families, whatever the size of the store: their messages grow with it.
OFFICES = {"mp": 4, "councillor": 40, "advocate": 25, "school": 150, "professional": 120, "officer": 80}
WEB_FORM = "noreply@forms.ashmere.example"
ADULTS = CHILDREN = 4


@dataclass(frozen=True, slots=True)
class Household:
    """A family by its number. `surnames` are that of most of them and that of the other parent."""

    number: int
    surnames: tuple[str, str]
    adults: tuple[str, ...]
    children: tuple[str, ...]
    house: str
    school: str

    @property
    def postcode(self) -> str:
        """Some fifteen households share one."""
        return f"zz{self.number // 15}"

    @property
    def telephone(self) -> str:
        """A number of its own, which no network gives."""
        return f"0000{self.number:07d}"

    def surname_of(self, adult: int) -> str:
        """The surname of one of the adults."""
        return self.surnames[adult == 1]

    def address_of(self, adult: int) -> str:
        """Where one of the adults writes from: nobody else does."""
        return f"{self.adults[adult]}.{self.surname_of(adult)}.{self.number}@{_PROVIDERS[(self.number + adult) % len(_PROVIDERS)]}"


@lru_cache(maxsize=20_000)
def household(seed: int, number: int) -> Household:
    """The family of a number."""
    chance = dice(seed, 1, number)
    most = surname(chance)
    return Household(
        number,
        (most, most if chance.random() < 0.6 else surname(chance)),
        tuple(forename(chance) for _ in range(ADULTS)),
        tuple(forename(chance) for _ in range(CHILDREN)),
        f"{chance.randrange(1, 120)} {street(chance)}",
        f"{school(ranked(chance, OFFICES['school'], 20))} school",
    )


@dataclass(frozen=True, slots=True)
class Office:
    """Somebody who writes for many families: an address with the people behind it."""

    address: str
    people: tuple[tuple[str, str], ...]


@lru_cache(maxsize=2000)
def office(seed: int, sort: str, number: int) -> Office:
    """One of those who write for families."""
    chance = dice(seed, 2, *sort.encode(), number)
    people = tuple((forename(chance), surname(chance)) for _ in range(3 if sort in ("mp", "advocate") else 1))
    own = f"office.{coined(number, '')}" if sort == "mp" else f"{people[0][0]}.{people[0][1]}.{number}"
    return Office(f"{own}@{sort}.example", people)
