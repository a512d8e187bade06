"""Whether somebody outside the council wrote a note of their own, or only passes on what another person wrote.

A neighbour, a ward office or a charity sends on a mother's mail: the mother is the author. A father who sends on the school's letter, or
an advocate who encloses a client's mail with a letter of their own, is the author himself. What tells them apart is the note. Another
private person's mail is taken for passed on unless the note voices a grievance or speaks of a matter of its writer's own; where nothing
else says so, a person is told to look.
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
    r"\b(?:forward(?:ing|ed)?|pass(?:ing|ed)? on) as (?:asked|requested|agreed|promised)\b|\b(?:wrote|written|typed) (?:this|it|"
    r"the)\b[^\n]{0,30}\b(?:herself|himself|themsel(?:ves|f)|own)|"
    r"\bin (?:her|his|their) own words|\bforward(?:ing)? (?:this|her|his|their|the)\b[^\n]{0,40}\b(?:on behalf|for (?:her|him|"
    r"them)|as (?:she|he|they))|"
    r"\b(?:she|he|they)(?:['’]d| would) like (?:you|someone|it) to|\bdoesn['’]t have your (?:e-?mail|address)|\bdidn['’]t know who to|"
    r"\b(?:her|his|their|whose) (?:e-?mail|message|words|letter) (?:is |are )?(?:below|underneath|attached|enclosed)|"
    r"\bthis (?:one )?is for you\b|\bnot (?:one )?for (?:us|me|the \w+)\b",
    re.IGNORECASE,
)
_PERSON_KNOWN = (
    r"(?:(?:my|our|the|an?|one of (?:my|our|the)) (?:\w{2,12} )?(?:neighbours?|friends?|lodgers?|tenants?|members?|parents?|carers?|"
    r"residents?|constituents?|parishioners?|famil(?:y|ies)|volunteers?|clients?|service users?|customers?|young (?:people|person|woman|"
    r"man|carers?)|mums?|dads?|lad(?:y|ies)?|gentlem[ae]n|woman|man|grandmothers?|foster carers?)\b)"
)
_WHOM = rf"(?:her|him|them|{_PERSON_KNOWN}|(?:mr|mrs|ms|miss)\b)"
# Somebody else than the writer, as the subject of a sentence.
_THEY = (
    rf"(?<!\w)(?:she|he|they|who|{_PERSON_KNOWN}(?: [\w'’-]{{2,20}})?|"
    r"(?!(?:i|we|you|it|that|this|there|what|which)\b)(?-i:[A-Z])[a-z'’-]{1,20})"
)
# Whose own mail somebody may send on for them. No "ex", husband or wife: what they wrote is as often the sender's own trouble.
_KIN = (
    r"(?:(?:step|half|grand|foster|twin|big|little|older|younger|eldest|youngest|elderly)[ -]?){0,2}(?:sisters?|brothers?|cousins?|mum|"
    r"mam|mom|mother|dad|father|aunt(?:ie|y)?|uncle|niece|nephew|nan|nana|gran(?:ny|dma|ma|dad|dpa|pa)?|daughter|son)(?:[ -]in[ -]law)?"
)
_MY_KIN = rf"(?:my|our) (?:own |late )?{_KIN}(?: [A-Z][\w'’-]{{1,20}})?"
_SENDING = r"(?:send|forward|pass|shar|e-?mail)(?:e|ing|ed|s)?"
_ANSWER = r"(?:reply|respond|answer|write(?: back)?|get back|speak|talk|contact|ring|call|phone)"
# The same in the many ordinary ways in which people say it: how the mail came to them, why it goes on, and with whose consent.
_HANDED_ON = matching(
    # The author cannot send it, or doesn't know where to.
    r"\b(?:has|have|had)(?: not|n['’]?t) (?:got )?(?:your|the right|an|any|the) (?:e-?mail|address|contact)",
    r"\b(?:does|do|did)(?: not|n['’]?t) (?:have|know) (?:your (?:e-?mail|address)|an e-?mail|the (?:right )?address|"
    r"where to (?:send|write)|whom? to (?:send|write|ask))",
    r"\b(?:does|do)(?: not|n['’]?t) (?:do|use) (?:e-?mails?|computers?|the internet)\b",
    rf"{_THEY} (?:has|have|had|does|do|did)(?: not|n['’]?t| no) (?:(?:got|have|any|an?|the|no|her|his|their|own|access|to) ){{0,4}}"
    r"(?:internet|computer|lap ?top|wi-?fi|broadband|smart ?phone|e-?mail)\b",
    r"\b(?:her|his|their) (?:own )?(?:e-?mails?|phone|mobile|computer|lap ?top|internet|wi-?fi|account)\b "
    r"(?:\w{2,9} )?(?:bounc\w+|won['’]?t|"
    r"wouldn['’]?t|doesn['’]?t|isn['’]?t|cut off|broken|down|blocked|stolen|died|keeps?|kept)\b",
    rf"{_THEY}(?:['’]s| is| was| feels| felt)?(?: (?:a bit|too|very|so|far too|really|quite))? (?:shy|scared|nervous|embarrassed|anxious|"
    r"frightened|afraid|ashamed|proud|poorly|ill|worried)\b ?(?:about |of |to )(?:send|writ|e-?mail|contact|complain)",
    r"\b(?:wasn['’]t|weren['’]t|was not|were not|isn['’]t|not) sure (?:where|who|whom) to (?:send|write)",
    # With whose consent.
    r"\bwith (?:her|his|their|\w{2,20}['’]s) (?:full |written |verbal |express )?(?:consent|permission|agreement|blessing|approval)\b",
    r"\bat (?:her|his|their|\w{2,20}['’]s) (?:own )?request\b",
    r"\b(?:has|have) (?:agreed|consented|given (?:me|us|her|his|their) (?:consent|permission))\b[^\n.]{0,30}\b(?:send|sending|forward|"
    r"forwarding|pass|passing|shar)",
    r"\b(?:is|are|was|were) happy (?:for (?:me|us|it|this) to|that (?:i|we))\b[^\n.]{0,25}\b(?:sen[dt]|forward|pass|share)",
    rf"{_THEY} (?:said|says|say) (?:it is |it['’]?s |that['’]?s )?(?:yes|ok(?:ay)?|fine|all ?right|i (?:can|could|may|might|should))\b"
    rf"[^\n.]{{0,20}}\b{_SENDING}\b",
    # "My sister wrote this to me and said I can send it to whoever deals with these"; not "... to whoever I like".
    rf"(?:{_THEY}|\b{_MY_KIN}\b)[^\n.?!]{{1,60}}?\b(?:and|but|,) (?:(?:she|he|they) )?(?:(?:has|have)(?: also)? )?(?:said|says|told "
    rf"(?:me|us)) (?:that )?(?:i|we|it)(?:['’]s| is)?(?: (?:can|could|may|might|should|fine|ok(?:ay)?|all ?right|to|for me|"
    rf"if i)){{1,4}} {_SENDING}\b"
    r"(?![^\n.]{0,20}\b(?:whoever|anyone|anybody|who) (?:i|we) (?:like|want|please)\b)",
    rf"\b{_MY_KIN} (?:has |have |just |also )?(?:said|says) (?:that )?(?:i|we) (?:can|could|may|might|should) {_SENDING}\b"
    r"(?![^\n.]{0,20}\b(?:whoever|anyone|anybody|who) (?:i|we) (?:like|want|please)\b)",
    rf"\b(?:{_MY_KIN}|she|he|they) (?:does|do|did|would)(?: not|n['’]?t) mind (?:if (?:i|we)|me|us|my|our|it|this)(?: being)? {_SENDING}\b",
    rf"\b(?:{_MY_KIN}|{_PERSON_KNOWN}) (?:knows?|is aware|are aware) (?:that )?(?:i|we)(?:['’]m|['’]re| am| are|['’]ve| have)? "
    rf"{_SENDING}\b",
    rf"\b(?:{_MY_KIN}|she|he|they) (?:has|have|had)(?: not|n['’]?t| no)(?: got)?(?: the)? (?:energy|strength|words|"
    rf"confidence|nerve)(?: left)? to (?:write|complain|do (?:it|this)|{_SENDING})\b",
    rf"{_THEY}(?:['’]s| is|['’]re| are)(?: quite)? (?:fine|ok(?:ay)?|content|all ?right) (?:with|about) (?:me|us|my|our) {_SENDING}\b",
    rf"\b(?:gave|given|have|has|got) (?:me |us )?(?:the |her |his |their )?(?:ok(?:ay)?|go[- ]ahead|say[- "
    rf"]so|consent|permission|blessing)\b"
    rf"[^\n.]{{0,25}}\b{_SENDING}\b",
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
    rf"{_PERSON_KNOWN}(?: [\w'’-]{{2,20}})? (?:has |have |had |just |also ){{0,3}}(?:sent|e-?mailed|texted|written|wrote|typed|gave|given|"
    r"forwarded|showed|handed) (?:to )?(?:me|us|this|the (?:e-?mail|message|below|following))\b",
    rf"\b(?:has|have) been (?:contacted|approached|written to) by (?:(?:her|his|their) constituent|{_PERSON_KNOWN})",
    r"\b(?:sent|gave|e-?mailed|typed|wrote|did|forwarded) (?:it|this) (?:to|for) me (?:to|so)\b",
    r"\b(?:she|he|they) (?:did|wrote|typed) (?:this|it) (?:at|from|in) (?:the|a|her|his|their|our) (?:local )?(?:library|hospital|hub|"
    r"centre|refuge|college)\b",
    # Why it goes on.
    rf"\b(?:send|sent|sending|forward|forwarded|forwarding|pass|passed|passing|share|shared|sharing)\b (?:this|it|these|the below)?"
    rf"(?: \w{{2,6}}){{0,2}} ?(?:for|on behalf of|from) {_WHOM}",
    rf"\b{_SENDING} (?:this|it|these|the below)? ?on (?:her|his|their) behalf\b",
    r"\b(?:resolved|agreed|decided|promised|offered) (?:to|that (?:i|we) (?:would|should)) (?:send|forward|pass)\b",
    r"\b(?:i|we) (?:said|told (?:her|him|them)|promised(?: (?:her|him|them))?) (?:that )?(?:i|we)(?:['’]d| would) (?:send|forward|pass|get|"
    r"do (?:it|this|that))\b",
    r"\b(?:i['’]m|i am|we['’]re|we are) (?:only|just|merely) the (?:messenger|post(?:man|woman|ie)|go-between)\b",
    r"\b(?:meant|intended|one|this is|is) for (?:you|yourselves|your (?:team|department|office))\b(?! to\b)",
    r"\bshould (?:really )?(?:have )?(?:gone|go|come|been sent) to you\b",
    rf"\b(?:an? )?{_ANSWER}\b(?: to)?(?: (?:her|him|them))? direct(?:ly)?\b",
    rf"\b(?:please|kindly|could you|can you) {_ANSWER}(?: to| with)? (?:her|him|them)\b|"
    rf"\b{_ANSWER}(?: to| with)? (?:her|him|them)\b[^\n.]{{0,60}}\bnot (?:to )?(?:me|us)\b",
)
# A grievance in the sender's own voice: then what lies below is their evidence.
_SO = (
    r"(?: (?:am|are|was|were|would|do|also|both|just|really|still|now|have|had|must|been|wish to|want to|like to|not|so|very|quite|"
    r"most)){0,4}"
)
_UNHAPPY = (
    r"(?:complain\w*|disput\w+|disagree\w*|object\w*|appeal\w*|refus\w+|demand\w*|insist\w*|(?:un)?happy (?:with|about|at)|unhappy|"
    r"accept(?:ing)?|(?:dis|un)?satisfied|angry|cross|furious|livid|disgusted|appalled|shocked|disappointed|dismayed|frustrated|scared|frightened|terrified|"
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
# What concerns the sender themselves; a cue outweighs it.
_OWN_MATTER = matching(
    r"\b(?:my|our) (?:own |ex[- ]?|late |eldest |youngest |little |foster |step-?|grand-?){0,2}(?:sons?|daughters?|child(?:ren)?|kids?|"
    r"boys?|girls?|lads?|bab(?:y|ies)|husband|wife|partner|ex|mum|dad|mother|father|brother|sister|nephew|niece|family(?! (?:support|"
    r"worker|hub|centre))|solicitor|case|application|appeal)\b",
    # Who worries for the other person has no matter of their own.
    rf"\b(?:i|we)(?:['’](?:m|re))?{_SO} (?:worried|concerned|upset|afraid)\b(?! (?:for|about) (?:her|him|them)\b)",
    r"\b(?:another|again|yet)\b[^\n]{0,40}\b(?:from|by) (?:him|her|them)\b",
    r"\b(?:evidence|proof|exhibit|screenshots?)\b|\bmy (?:file|records?|stage|claim|matter)\b",
    r"\b(?:i|we) (?:told|sent|showed|promised) you\b",
    r"\bthis is what (?:i|we)\b|\b(?:look|see|read) (?:at )?what\b",
)
# Who wrote what lies below is then its author, and no matter of the sender's own.
_WRITTEN_BY_KIN = re.compile(
    rf"\b{_MY_KIN}(?: has| had|['’]s)?(?: just| also)? (?:wrote|written|typed|put)\b[^\n.?!]{{0,12}}\b(?:this|it|the (?:below|"
    rf"following|e-?mail|message|letter))\b|\b(?:this|it|(?:the )?below)(?: (?:one|e-?mail|message|letter))?"
    rf"(?: is|['’]s| was| comes?| came)?"
    rf"(?: (?:written|typed))? (?:from|by) {_MY_KIN}\b",
    re.IGNORECASE,
)
# A question of their own; a member asks what to answer, and who asks that somebody ring the author asks for the author.
_OWN_QUESTION = re.compile(
    r"\b(?:what|why|who|when|where|how|is|are|am|do|does|did|should|has|have|was|were)\b"
    rf"(?![^\n?.!]{{0,120}}\b(?:{_ANSWER}|help|visit|see|look after|support)(?: to| with)? (?:her|him|them)\b)[^\n?.!]{{0,120}}\?",
    re.IGNORECASE,
)
# Mail that reached them from somebody of whom they say nothing else: an "ex" is not always called so.
_SENT_BY_SOMEBODY = re.compile(
    r"\b(?:he|she|they)(?: has| have|['’]s|['’]ve)?(?: just| now| also| only)? (?:sent|wrote|e-?mailed|"
    r"texted|messaged) (?:to )?(?:me|us)\b|"
    r"\b(?:i|we)(?: have|['’]ve)?(?: just| also)? (?:got|received|had) (?:this|these|the below)\b",
    re.IGNORECASE,
)
_SOMEBODY_KNOWN = re.compile(rf"\b(?!the\b){_PERSON_KNOWN}", re.IGNORECASE)
_ROLE = words(
    r"cllr, councillor, alderman, member of parliament, member of the senedd, clerk, office manager, head ?teacher, head of school, "
    r"school office, secretary, chair, vice[- ]chair, trustee, co-?ordinator, case ?worker, advocate, volunteer, charity, citizens advice, "
    r"vicar, receptionist, practice manager, senior caseworker, office of, ward office, constituency office, youth worker"
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
# Fewer say hardly anything.
_HARDLY_A_NOTE = 25
# A longer one is a letter of its writer's own, whatever else was sent with it.
_LONGEST_NOTE = 180
_LOOKED_AT = 4_000
_BROKEN_LINE = re.compile(r"(?<=[^\s.?!:])\n(?=[a-z\d])")
_SIGNED_WITHIN = 6


class Handing(Enum):
    """How surely a note only passes on what lies below it."""

    NO = "no"
    BRIEF = "brief"
    """Nothing but its shortness says so."""
    UNSAID = "unsaid"
    """It says nothing against it: no grievance, no matter of its writer's own."""
    SAID = "said"
    """It says so, or its writer writes for others."""


def only_passes_on(note: str) -> bool:
    """Whether a note is so short, or speaks so of the message below it, that its writer only passes it on."""
    count = len(note.split())
    return count <= _SHORT_NOTE or (count <= _LONGEST_NOTE and PASSES_ON.search(note) is not None)


def is_short(note: str) -> bool:
    """Whether a note is no letter of its writer's own, by its length."""
    return len(note.split()) <= _LONGEST_NOTE


def handing_on(note: str, *, for_others: bool, by_a_private_person: bool) -> Handing:
    """Whether somebody outside the council only passes on what another person wrote.

    `for_others` says that the sender writes for a body or for residents, `by_a_private_person` that no body wrote what lies below.
    What a body wrote is passed on only by another one, and where the note says so: a family that sends it on is the author.
    """
    # A program may have broken the lines of a sentence.
    note = _BROKEN_LINE.sub(" ", note[:_LOOKED_AT])
    if not by_a_private_person and not for_others:
        return Handing.NO
    if PASSES_ON.search(note):
        return Handing.SAID
    if not by_a_private_person or _OWN_VOICE.search(note):
        return Handing.NO
    if _HANDED_ON.search(note):
        return Handing.SAID
    if _OWN_MATTER.search(_WRITTEN_BY_KIN.sub(" ", note)) or (not for_others and _asks_or_shows(note)):
        return Handing.NO
    count = len(note.split())
    if for_others and count <= _SHORT_NOTE:
        return Handing.SAID
    if count <= _HARDLY_A_NOTE:
        return Handing.BRIEF
    return Handing.UNSAID if count <= _LONGEST_NOTE else Handing.NO


def _asks_or_shows(note: str) -> bool:
    """Whether a private person asks something of their own, or shows what somebody sent them."""
    return _OWN_QUESTION.search(note) is not None or (_SENT_BY_SOMEBODY.search(note) is not None and not _SOMEBODY_KNOWN.search(note))


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
