"""People's names as they stand in headers, under letters and in sentences, made comparable.

A name is a tuple of words in lower case, the surname last; a forename alone is a tuple of one.
"""

import re
import unicodedata

Name = tuple[str, ...]

_TITLES = frozenset("mr mrs ms miss mx dr prof rev revd sir dame cllr councillor lord lady sgt pc dc father sister master".split())
_NOT_IN_NAMES = frozenset(
    (
        "the and of for office team council complaints centre center contact admin school primary nursery academy college mp "
        "services service support parents group house court family families info enquiries reception advocacy caseworker "
        "casework solicitors law llp ltd trust charity club society association mailbox no reply noreply website web form forms "
        "agent mum mam mom dad mummy daddy nan nana gran granny grandma grandad kids boys girls all us regards thanks thank you "
        "cheers best kind many yours sincerely faithfully sent from my iphone ipad hi hello dear please help love xx xxx x ta "
        "bye bless"
    ).split()
)
_PARTICLES = frozenset("de da do dos di del della van von der den la le el al bin ibn ap ab mac mc o st".split())
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-](?=[^\W\d_]))*\.?")
# A display name is read this far, and a line that may close a letter; spaces and brackets are followed no further in either.
_LONGEST, _LONGEST_LINE = 80, 200
_AND = re.compile(r"\s{1,80}(?:and|&|\+)\s{1,80}", re.IGNORECASE)
_ASIDE = re.compile(r"\([^)]{0,80}\)|\[[^\]]{0,80}\]|<[^>]{0,80}>|[\"“”]")
# A closing name: one to four words on a line of their own, perhaps behind closing words or before a kiss.
_LINE = re.compile(r"[^\W\d_][\w'’.-]*+(?:[ \t]++(?:&|[^\W\d_][\w'’.-]*+)){0,5}[ \t,.!x]*", re.IGNORECASE)
# Punctuation and kisses behind a name, and where a name ends.
_KISSES = re.compile(r"(?<![\s,.!])[\s,.!]+$|(?<=\w)\s+x+$")
_CUT = re.compile(r"[,(|–]|\s-\s")
_CLOSING = re.compile(
    r"^(?:kind(?:est)? regards|best(?: wishes| regards)?|regards|many thanks|thanks?(?: you| again)?|cheers|"
    r"yours(?: sincerely| faithfully| truly)?|love|sincerely|from|ta|diolch|"
    r"respectfully|with thanks|in hope|in anger|yours in hope)\b[ ,.-]*",
    re.IGNORECASE,
)
# "... the result. Alan Tull": a name behind the last full stop.
_BEHIND_THE_LAST = re.compile(
    r"[.!?…]\s+((?:(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? )?[A-ZÀ-ÝŁŚŻ][\w'’-]*+\.?+(?: (?:[A-ZÀ-ÝŁŚŻ][\w'’-]*+\.?+|and|&)){0,4})[ x.!]*\Z"
)
_OPENING = re.compile(
    r"\b(?:my name is|my names|i am called|i['’]?m called|(?:it'?s|its|this is) me,?|hi,? its|hello,? its|it['’]?s|its|"
    r"this is|i am|i['’]?m)\s+"
    r"((?:(?:mr|mrs|ms|miss|mx|dr)\.? )?[^\W\d_][\w'’-]{1,20}(?: [^\W\d_][\w'’-]{1,20}){0,2})",
    re.IGNORECASE,
)
# "Rosie Aldous here, borrowing my sister's laptop", "Hi, Shona Petrie flat 4": how people begin from an address that is not theirs.
_HERE = re.compile(
    r"(?:^|[\n.!,] ?)((?:[A-Z][\w'’-]{1,20} )?[A-Z][\w'’-]{1,20})"
    r"(?: here\b| ?\((?:flat|room)|,? (?:flat|room|from flat|from room) \d)"
)
# "I'm Jaxons mum", "It's June on Monday", "I am Deaf": who or what stands there is not the writer's name.
_KIN = frozenset(
    (
        "mum mums mam mom dad dads mother father nan nana nani gran grandma grandad grandmother grandfather aunt aunty auntie uncle sister "
        "brother wife husband partner stepmum stepdad stepmother stepfather carer ex"
    ).split()
)
_NO_WRITERS = frozenset(
    (
        "january february march april may june july august september october november december monday tuesday wednesday thursday friday "
        "saturday sunday easter christmas deaf polish lies called nobody everybody everyone someone somebody anybody staff people woman "
        "replying credit still back writing not now while me again its im"
    ).split()
)
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx)\.? (?:(?:and|&) (?:Mr|Mrs|Ms|Miss|Mx)\.? )?((?:[A-Z][\w'’-]*\.? ){0,2}[A-Z][\w'’-]+)")
_CLIENT = re.compile(
    r"(?:\b(?:on behalf of|act(?:ing)? for|client:?|constituents?:?|support(?:ing)?|advocate for|instructed by|representing|re:?|"
    r"resident:?|parents? of|mother of|father of|carer of)\s+(?:my |our |a |the )?"
    r"(?:constituent,? |client,? |clients,? |resident,? )?)"
    r"((?:(?:Mr|Mrs|Ms|Miss|Mx)\.? )?[A-Z][\w'’-]*\.?(?: [A-Z][\w'’-]*\.?){0,3})"
)
_ONLY_INITIALS = re.compile(r"[A-Z](?:[ .-]{0,2}[A-Z]){0,4}\.?")
_MAIL_WORDS = re.compile(r"[a-z]{2,}")


def plain(text: str) -> str:
    """Lower case, without accents and with straight apostrophes."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).casefold()


def names_in(display: str) -> list[Name]:
    """The people that a display name or a signature names: "Keith and Sue Bramall" are two, an office or a team is none."""
    display = _ASIDE.sub(" ", display[:_LONGEST])
    if display.count(",") == 1 and len(display.split(",")[0].split()) == 1:
        display = " ".join(reversed(display.split(",")))
    parts = [_words(part) for part in _AND.split(display)]
    if any(part is None for part in parts):
        return []
    found = [part for part in parts if part]
    if len(found) > 1 and len(found[-1]) > 1:
        found = [(*one, found[-1][-1]) if len(one) == 1 else one for one in found]
    # "NB" and "T M-N" are initials, not forenames.
    if _ONLY_INITIALS.fullmatch(display.strip()):
        return []
    alone = len(found) == 1 and len(found[0]) == 1 and re.sub(r"[\s.]", "", display).isupper() and len(found[0][0]) <= 3
    return [] if alone else [tuple(one) for one in found if any(len(word) > 1 for word in one)]


def _words(part: str) -> Name | None:
    """The words of one person's name; None where it names a body."""
    words = [plain(match[0]).strip(".") for match in _WORD.finditer(part)]
    if words and words[0] == "the":
        # "The Okonkwos"
        return (words[1].removesuffix("s"),) if len(words) == 2 and words[1] not in _NOT_IN_NAMES else None
    words = [word for word in words if word not in _TITLES]
    if any(word in _NOT_IN_NAMES for word in words) or len(words) > 5 or any(letter.isdigit() for letter in part):
        return None
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _PARTICLES:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return tuple(joined)


def signed(text: str) -> list[Name]:
    """Under which names a letter is closed: the last lines that are a name, or the name behind its last full stop."""
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()][-4:]
    for line in reversed(lines):
        bare = _CLOSING.sub("", line[:_LONGEST_LINE])
        bare = _KISSES.sub("", _CUT.split(bare, maxsplit=1)[0].strip())
        if _ONLY_INITIALS.fullmatch(bare):
            return []
        if bare and len(bare.split()) <= 5 and _LINE.fullmatch(bare) and (bare[0].isupper() or line is lines[-1]):
            found = names_in(bare)
            if found and len(lines) + len(text.split("\n")) > 2:
                return found
    behind = _BEHIND_THE_LAST.search(text.strip()[-120:])
    return names_in(behind[1]) if behind else []


def introduced(text: str) -> list[Name]:
    """Names by which writers introduce themselves: "my name is Zainab", "it's tyrese"."""
    found: list[Name] = []
    for match in _OPENING.finditer(text[:600]):
        words = match[1].split()
        # Only "my name is" needs no capital: "its broken" is no name.
        sure = "name" in plain(match[0][: match.start(1) - match.start()]) or "called" in plain(match[0])
        kept = words if sure else [word for word in words if word[0].isupper()]
        if kept and kept[0] == words[0] and _is_the_writers([*kept, *words[1:2]]):
            found += names_in(" ".join(kept[:3]))
    for match in _HERE.finditer(text[:200]):
        if _is_the_writers(match[1].split()):
            found += names_in(match[1])
    return found


def _is_the_writers(words: list[str]) -> bool:
    known = [plain(word).strip(".") for word in words]
    return not any(word.endswith("'s") or word in _KIN or word in _NO_WRITERS for word in known)


def spoken_for(text: str) -> frozenset[str]:
    """Surnames, or the only name, of those for whom or of whom a go-between writes: "our client Miss Rochelle Amadi", "Mrs Anwen Pugh"."""
    found: set[str] = set()
    for match in (*_TITLED.finditer(text[:4000]), *_CLIENT.finditer(text[:4000])):
        words = [plain(one[0]).strip(".").removesuffix("'s") for one in _WORD.finditer(match[1])]
        words = [word for word in words if word not in _TITLES and word not in _NOT_IN_NAMES]
        if words and len(words[-1]) > 1:
            found.add(words[-1])
    return frozenset(found)


def words_of_address(address: str) -> frozenset[str]:
    """The words of an address's local part: "becks.thornley" names its owner as a signature does."""
    return frozenset(_MAIL_WORDS.findall(plain(address.partition("@")[0])))


def same_person(one: Name, other: Name) -> float:
    """How well two names fit one person, 0 to 1: the same forename and surname 1, an initial and the surname 0.8; a forename alone 0.4."""
    if len(one) == 1 or len(other) == 1:
        return 0.4 if one[0] == other[0] and len(one[0]) > 1 else 0.0
    if one[-1] != other[-1] and not (set(one[-1].split("-")) & set(other[-1].split("-"))):
        return 0.0
    if one[0] == other[0]:
        return 1.0 if len(one[0]) > 1 else 0.8
    if one[0][0] == other[0][0] and (len(one[0]) == 1 or len(other[0]) == 1 or one[0].startswith(other[0]) or other[0].startswith(one[0])):
        return 0.8
    return 0.0


def same_surname(one: Name, other: Name) -> bool:
    """Whether two names of forename and surname share a surname, or a half of a double one."""
    return len(one) > 1 and len(other) > 1 and bool(set(one[-1].split("-")) & set(other[-1].split("-")))
