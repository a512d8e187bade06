"""Whether somebody outside the council wrote a note of their own, or only passes on what another person wrote.

A neighbour, a ward office or a charity sends on a mother's mail: the mother is the author. A father who sends on the school's letter, or
an advocate who encloses a client's mail with a letter of their own, is the author himself. What tells them apart is the note: what it
says of the mail below, whether it voices a grievance, how long it is, and whether its writer writes for a body or for residents.
"""

import re
from enum import Enum

from triage.domain.message import Address
from triage.text.patterns import matching, words
from triage.text.personal import is_prose
from triage.text.signatures import Sort, names_writer, sort_of

# What is said who only passes on another person's own words, where the sender says so in as many words.
_ASKED_TO = (
    r"\b(?:has |have )?(?:asked|wants?|wanted|would like|wished|wishes|requested|begged|told)\b[^\n]{0,30}\b(?:me|us)\b[^\n]{0,12}\bto "
    r"(?:send|pass|forward|share|email|get)"
)
PASSES_ON = re.compile(
    rf"{_ASKED_TO}|\bpass(?:ing|ed)? (?:this|it|her|his|their|these|the)\b[^\n]{{0,30}}\bon\b|\bpermission to (?:pass|send|"
    rf"forward|share)\b|"
    r"\bforward(?:ing|ed)? as (?:asked|requested|agreed|promised)\b|\b(?:wrote|written|typed) (?:this|it|"
    r"the)\b[^\n]{0,30}\b(?:herself|himself|themsel(?:ves|f)|own)|"
    r"\bin (?:her|his|their) own words|\bforward(?:ing)? (?:this|her|his|their|the)\b[^\n]{0,40}\b(?:on behalf|for (?:her|him|"
    r"them)|as (?:she|he|they))|"
    r"\b(?:she|he|they)(?:['’]d| would) like (?:you|someone|it) to|\bdoesn['’]t have your (?:e-?mail|address)|\bdidn['’]t know who to|"
    r"\b(?:her|his|their) (?:e-?mail|message|words|letter) (?:is |are )?(?:below|underneath|attached)|"
    r"\bthis (?:one )?is for you\b|\bnot (?:one )?for (?:us|me|the \w+)\b",
    re.IGNORECASE,
)
_WHOM = (
    r"(?:her|him|them|(?:my|our|the|a|one of (?:my|our|the)) (?:neighbours?|friends?|lodger|tenants?|members?|parents?|carers?|residents?|"
    r"constituents?|parishioners?|famil(?:y|ies)|volunteers?|clients?|service users?|customers?|young (?:people|person|woman|man|carers?)|"
    r"mums?|dads?|lad(?:y|ies)?|gentlem[ae]n|woman|man|grandmothers?|foster carers?)\b|(?:mr|mrs|ms|miss)\b)"
)
# The same in the many ordinary ways in which people say it: how the mail came to them, why it goes on, and with whose consent.
_HANDED_ON = matching(
    # The author cannot send it, or doesn't know where to.
    r"\b(?:has|have|had)(?: not|n['’]?t) (?:got )?(?:your|the right|an|any|the) (?:e-?mail|address|contact)",
    r"\b(?:does|do|did)(?: not|n['’]?t) (?:have|know) (?:your (?:e-?mail|address)|an e-?mail|the (?:right )?address|"
    r"where to (?:send|write)|whom? to (?:send|write|ask))",
    r"\b(?:does|do)(?: not|n['’]?t) (?:do|use) (?:e-?mails?|computers?|the internet)\b",
    r"\b(?:wasn['’]t|weren['’]t|was not|were not|isn['’]t|not) sure (?:where|who|whom) to (?:send|write)",
    # With whose consent.
    r"\bwith (?:her|his|their|\w{2,20}['’]s) (?:full |written |verbal |express )?(?:consent|permission|agreement|blessing|approval)\b",
    r"\bat (?:her|his|their|\w{2,20}['’]s) (?:own )?request\b",
    r"\b(?:has|have) (?:agreed|consented|given (?:me|us|her|his|their) (?:consent|permission))\b[^\n.]{0,30}\b(?:send|sending|forward|"
    r"forwarding|pass|passing|shar)",
    r"\b(?:is|are|was|were) happy (?:for (?:me|us|it|this) to|that (?:i|we))\b[^\n.]{0,25}\b(?:sen[dt]|forward|pass|share)",
    # How it came to the sender.
    r"(?<!\bi )(?<!\bwe )(?<!\byou )(?<!\bbeen )"
    r"\b(?:wrote|written|e-?mailed|sent|came|went|gone|addressed|reached|replied)\b[^\n.]{0,40}\b(?:by mistake|in error|to the wrong|"
    r"wrong (?:address|person|place|people|office|inbox|team))\b",
    r"\b(?:this|it|the (?:below|following|e-?mail|message|letter))\b (?:\w{2,9} )?"
    r"(?:came|come|was sent|landed|arrived|reached|turned up)\b ?(?:to|with|in|at|on)? ?"
    r"(?:us|me|our|my|the (?:office|school|surgery|branch|parish|clerk))\b",
    r"\bwe(?:['’]ve| have)? (?:received|had|got|been sent) (?:this|the (?:below|following|enclosed|attached))\b",
    r"\b(?:from|by|for) (?:a|an|one of (?:our|my|the)) (?:member|parent|resident|famil|service user|volunteer|client|tenant|constituent|"
    r"parishioner|carer|young (?:person|carer))",
    # Why it goes on.
    rf"\b(?:send|sent|sending|forward|forwarded|forwarding|pass|passed|passing|share|shared|sharing)\b (?:this|it|these|the below)?"
    rf"(?: \w{{2,6}}){{0,2}} ?(?:for|on behalf of|from) {_WHOM}",
    r"\b(?:resolved|agreed|decided|promised) (?:to|that (?:i|we) (?:would|should)) (?:send|forward|pass)\b",
    r"\b(?:i|we) (?:said|told (?:her|him|them)) (?:that )?(?:i|we)(?:['’]d| would) (?:send|forward|pass|get)\b",
    r"\b(?:meant|intended|one|this is|is) for (?:you|yourselves|your (?:team|department|office))\b(?! to\b)",
    r"\bshould (?:really )?(?:have )?(?:gone|go|come|been sent) to you\b",
    r"\b(?:an? )?(?:answer|reply|respond|write|contact)\b(?: to)?(?: (?:her|him|them))? direct(?:ly)?\b",
)
# A grievance in the sender's own voice: then what lies below is their evidence.
_SO = (
    r"(?: (?:am|are|was|were|would|do|also|both|just|really|still|now|have|had|must|been|wish to|want to|like to|not|so|very|quite|"
    r"most)){0,4}"
)
_UNHAPPY = (
    r"(?:complain\w*|disput\w+|disagree\w*|object\w*|appeal\w*|refus\w+|demand\w*|insist\w*|(?:un)?happy (?:with|about|at)|unhappy|"
    r"accept(?:ing)?|(?:dis|un)?satisfied|angry|cross|furious|livid|disgusted|appalled|shocked|disappointed|dismayed|frustrated|"
    r"fed up|sick of|tired of|had enough)"
)
_OWN_VOICE = matching(
    rf"\b(?:i|we)(?:['’](?:m|re|d|ve))?{_SO} {_UNHAPPY}\b",
    r"\b(?:i|we) (?:also |just |really |still )?(?:want|expect|need|would like|deserve) (?:my|our|to know|somebody|someone|whoever|him|"
    r"her|them|an? (?:\w{2,15} ){0,2}(?:apology|answer|explanation|investigation|reply|response|meeting))\b",
    r"\b(?:about|against|of|accus\w+|blam\w+|threaten\w*|treat\w*|ignor\w+|insult\w*|harass\w*) (?:me|us)\b",
    r"\b(?:is|are|it['’]?s|was|['’]s|all)(?: (?:all|a|an|just|such|simply|complete|total|absolute|pure)){0,3} (?:lies?|joke|disgrace\w*|"
    r"outrage\w*|unacceptable|untrue|nonsense|rubbish|ridiculous|scandal\w*|slander\w*)\b",
    r"\blies\b|\bhow dare\b|\b(?:my|our) complaint\b|\bnot true\b|\bisn['’]t true\b",
    r"\b(?:i|we)(?:['’](?:m|re)| am| are)? still waiting\b|\b(?:can(?:no|['’])t|don['’]t) believe\b",
    r"\byou (?:have |had |never |also )?(?:told|promised|sent|wrote to|wrote|ignored|gave|offered) (?:me|us)\b",
    # Who acts for somebody writes a letter of their own, and encloses what that person wrote.
    r"\b(?:i|we)(?:['’](?:m|re)| am| are)? (?:also )?(?:act(?:ing)?|represent(?:ing)?|instructed|support(?:ing)?) (?:for|by|in|mrs?|ms|"
    r"miss|the|this|her|him|them)\b",
    r"\b(?:i|we)(?:['’](?:m|re)| am| are)? writ(?:e|ing) (?:to you )?(?:for|on behalf)\b|\bwe (?:require|request)\b|\bour client\b",
)
# What concerns the sender themselves, or is a question of theirs; a cue outweighs it, the mere shortness of a note does not.
_OWN_MATTER = matching(
    r"\b(?:my|our) (?:own |ex[- ]?|late |eldest |youngest |little |foster |step-?|grand-?){0,2}(?:sons?|daughters?|child(?:ren)?|kids?|"
    r"boys?|girls?|lads?|bab(?:y|ies)|husband|wife|partner|ex|mum|dad|mother|father|brother|sister|nephew|niece|family|solicitor|case|"
    r"application|appeal)\b",
    rf"\b(?:i|we)(?:['’](?:m|re))?{_SO} (?:worried|concerned|upset|scared|afraid)\b",
    r"\b(?:what|why|who|when|where|how|is|are|am|do|does|did|should|has|have|was|were)\b[^\n?.!]{0,120}\?",
    r"\b(?:another|again|yet)\b[^\n]{0,40}\b(?:from|by) (?:him|her|them)\b",
    r"\b(?:evidence|proof|exhibit|screenshots?)\b|\bmy (?:file|records?|stage|claim|matter)\b",
    r"\b(?:i|we) (?:told|sent|showed|promised) you\b",
    r"\bthis is what (?:i|we)\b|\b(?:look|see|read) (?:at )?what\b",
)
_ROLE = words(
    r"cllr, councillor, alderman, member of parliament, member of the senedd, clerk, office manager, head ?teacher, head of school, "
    r"school office, secretary, chair, vice[- ]chair, trustee, co-?ordinator, case ?worker, advocate, volunteer, charity, citizens advice, "
    r"vicar, receptionist, practice manager, ward office, constituency office, youth worker"
)
_A_ROLE = re.compile(rf"{_ROLE}(?!['’])|(?-i:\bMS?P\b|\bMS$)", re.IGNORECASE)
_BEGINS_WITH_ROLE = re.compile(rf"\W{{0,3}}{_ROLE}(?!['’])", re.IGNORECASE)
_BOX_OF_A_ROLE = re.compile(
    r"(?:cllr|councillor|(?:(?:parish|town|community)[._-]?)?clerk|secretary|office|chair|co-?ordinator|caseworker|trustees?)"
    r"(?:[._-][\w.-]{1,30})?@|[\w.-]{1,40}[._-](?:mp|co-?ordinator|clerk|secretary)@",
    re.IGNORECASE,
)
# A note of this many words or fewer only passes on what lies below it, where its writer writes for others.
_SHORT_NOTE = 60
# Between private people even fewer.
_HARDLY_A_NOTE = 25
_LOOKED_AT = 4_000
_SIGNED_WITHIN = 6


class Handing(Enum):
    """How surely a note only passes on what lies below it."""

    NO = "no"
    LIKELY = "likely"
    """Nothing but its shortness says so."""
    SAID = "said"
    """It says so, or its writer writes for others."""


def only_passes_on(note: str) -> bool:
    """Whether a note is so short, or speaks so of the message below it, that its writer only passes it on."""
    count = len(note.split())
    return count <= _SHORT_NOTE or (count <= 3 * _SHORT_NOTE and PASSES_ON.search(note) is not None)


def handing_on(note: str, *, for_others: bool, by_a_private_person: bool) -> Handing:
    """Whether somebody outside the council only passes on what another person wrote.

    `for_others` says that the sender writes for a body or for residents, `by_a_private_person` that no body wrote what lies below.
    What a body wrote is passed on only by another one, and where the note says so: a family that sends it on is the author.
    """
    note = note[:_LOOKED_AT]
    if not by_a_private_person and not for_others:
        return Handing.NO
    if PASSES_ON.search(note):
        return Handing.SAID
    if not by_a_private_person or _OWN_VOICE.search(note):
        return Handing.NO
    if _HANDED_ON.search(note):
        return Handing.SAID
    if _OWN_MATTER.search(note):
        return Handing.NO
    count = len(note.split())
    if for_others and count <= _SHORT_NOTE:
        return Handing.SAID
    return Handing.LIKELY if count <= _HARDLY_A_NOTE else Handing.NO


def writes_for_residents(sender: Address, text: str) -> bool:
    """Whether a sender from outside is a member, a clerk or the like, by their name, their mailbox, or the last lines of `text`."""
    if _BOX_OF_A_ROLE.match(sender.address) or _A_ROLE.search(sender.name):
        return True
    last = [line.strip() for line in text.split("\n") if line.strip()][-_SIGNED_WITHIN:]
    return any(_is_role_of(sender, line) for line in last if len(line) <= 100)


def _is_role_of(sender: Address, line: str) -> bool:
    """Whether a line of a signature states a role: it begins with one, or with the sender's name, and is no sentence."""
    if len(line.split()) > 8 or line.endswith((".", "?", "!")) or is_prose(line):
        return False
    return _BEGINS_WITH_ROLE.match(line) is not None or (names_writer(line, sender) and _A_ROLE.search(line) is not None)


def is_a_body(name: str) -> bool:
    """Whether a display name is that of a body or a post: "SENCo, Hill School", "The Coach Company Ltd"."""
    sort = sort_of(name, Address())
    return sort is Sort.TITLE or (sort is Sort.BODY and len(name.split()) > 2)
