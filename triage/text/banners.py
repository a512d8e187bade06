"""Notes that mail systems write above a message, and markings: "CAUTION: this e-mail came from outside the council", "OFFICIAL".

A note is known by what it warns of (a sender, a link, an attachment) and not by the word "caution": people have dogs.
"""

import re

from triage.text.patterns import matching
from triage.text.personal import is_personal

_MAIL = r"(?:e-?mail|message|mail|communication|sender)"
_OURS = r"(?:council|organi[sz]ation|company|authority|borough|county|network|trust|university|\w+ (?:council|borough|county))"
_BANNER = matching(
    (
        rf"\b{_MAIL}\b.{{0,40}}\b(?:originat(?:ed|es|ing)|came|comes|coming|sent|received|is|was)\b.{{0,20}}\bfrom (?:an? )?"
        rf"(?:outside|external|unverified|unknown|new|someone outside)\b"
    ),
    rf"\b{_MAIL}\b.{{0,20}}\b(?:originat(?:ed|es|ing)|came|comes|sent|received)\b.{{0,12}}\boutside\b",
    rf"\boriginat(?:ed|es|ing) (?:from )?outside(?: of)?\b.{{0,40}}\b{_OURS}",
    r"\b(?:do not|don['’]t|never|avoid) click\w*\b.{0,30}\b(?:links?|attachments?)\b",
    r"\bdo not (?:click|open|follow)\w*\b.{0,20}\b(?:any )?links?\b",
    (
        r"\b(?:do not|don['’]t|never) open\b.{0,40}\battachments?\b.{0,20}\b(?:unless|if you|until you|or (?:click|links?|"
        r"reply)|from unknown)\b"
    ),
    (
        r"\b(?:links?|attachments?)\b.{0,40}\b(?:unless|if) you (?:recogni[sz]e|know|trust|are sure|were expecting|"
        r"are expecting|['’]re expecting)\b"
    ),
    r"\bbe (?:careful|cautious|wary|vigilant)\b.{0,60}\b(?:links?|click\w*)\b",
    r"\b(?:take|use|exercise) (?:extra |particular )?(?:care|caution)\b.{0,60}\b(?:links?|click\w*|when (?:opening|responding|replying))\b",
    r"\bthink before you click\b|\blearn why this (?:is important|matters)\b|\bstop - think\b",
    r"\byou don['’]t often get e-?mail from\b",
    r"\bsome people who received this message don['’]t often\b",
    r"\bthis is the first time you(?:['’]ve| have) received\b",
    r"\byou have not (?:previously |recently )?(?:corresponded|received (?:e-?)?mail)\b.{0,20}\b(?:sender|from this)",
    r"\bunless you (?:recogni[sz]e|know|trust|are sure|were expecting|are expecting)\b.{0,60}\b(?:sender|content is safe|genuine)",
    r"\breport (?:it|this|any|anything|suspicious)\b.{0,60}\b(?:phish\w*|spam|button|suspicious)\b",
    r"\bfirst[- ]time sender\b",
    r"\bsender (?:is )?not (?:known|verified)\b",
    r"\bthis sender (?:is|has|might|could)\b.{0,60}\b(?:verified|identi\w+|blocked|imperson\w+|before|known|your organi[sz]ation)\b",
    (
        r"^\W{0,6}(?:caution|warning|note)?\W{0,6}(?:external|e-?bost allanol|rhybudd|externe? e-?mail)\W{0,6}(?:e-?mail|sender|"
        r"message|mail|allanol)?\W{0,6}$"
    ),
    r"^\W{0,6}(?:caution|warning|external|external e-?mail|external sender)\W{0,6}$",
    r"^\W{0,6}(?:(?:caution|warning)\W{1,6})?external (?:e-?mail|sender|message|source)\b\W",
    r"\bnever (?:ask|give)\b.{0,20}\b(?:your |for )(?:password|bank|log-?in)|\b(?:verify|check) the sender['’]?s?\b",
    r"peidiwch â chlicio",
    r"anfonwyd yr e-?bost hwn o['’]r tu allan",
    r"o['’]r tu allan i['’]r (?:cyngor|sefydliad)",
    r"\bda(?:w|eth)(?:['’]?r)? (?:yr |y )?(?:e-?bost|neges) (?:hwn|hon|yma) o['’]r tu allan",
    r"\bo['’]r tu allan i (?:g?gyngor|cyngor|sefydliad|rwydwaith|brifysgol|ymddiriedolaeth) ",
    (
        r"\b(?:mimecast|egress|proofpoint|barracuda|trustwave|sophos|forcepoint|symantec|mailguard|mailshield)\b.{0,60}\b"
        r"(?:checked|scanned|decrypted|protect(?:ed)?|verified|screened|quarantin\w+)"
    ),
    r"\bhas been decrypted (?:by|with|using)\b",
    r"\bsender not on your safe list\b",
    r"^\W{0,6}\[?(?:suspected |possible )?(?:spam|phishing|junk)\]?\W{0,6}$",
    r"\bimages? in this (?:e-?mail|message) (?:were|was|have been) (?:blocked|not downloaded)",
    r"\bto protect your privacy\b.{0,60}\b(?:images?|pictures?|download)",
)
# Sentences that only go with a note: they are taken where one stands beside them.
_BESIDE = matching(
    r"\b(?:senders?|links?|attachments?|phish\w*|service ?desk|suspicious|genuine|content is safe|unsure|unsafe|cyber|"
    r"it ?security|password|recogni[sz]e|learn more|expecting|in doubt|helpdesk|help desk|ict)\b",
)
_PERSONAL_NOTE = matching(r"often get e-?mail from", r"\bour (?:organi[sz]ation|council|network|systems?)\b")
_MARKING = re.compile(
    r"\W*(?:(?:classification|sensitivity|security|marking|protective marking|gsc|"
    r"dosbarthiad)\s*[:\-]\s*)?(?:official(?:\s*[-–:]?\s*sensitive)?(?:\s*[-–:]?\s*(?:personal|commercial))?|"
    r"official\W{1,3}police(?: and partners)?(?: only)?|not protectively marked|unclassified|nhs confidential|restricted|"
    r"protect(?:\s*-\s*personal)?|swyddogol(?:\s*[-–:]?\s*sensitif)?)\W*|"
    # What is too plain a word by itself is a marking behind its label.
    r"\W*(?:(?:data |document |information |security |e-?mail |message |nhs )?classification|sensitivity(?: label)?|"
    r"(?:protective|privacy|security|government) marking|confidentiality(?: level)?|dosbarthiad)\s?[:=–-]\s?"
    r"(?:(?:highly |strictly |company |council |business |commercial(?:ly)? |private (?:and|&) |trust |staff )?(?:confidential|"
    r"internal|public|private|general|secret|sensitive|controlled|unrestricted|in confidence|"
    r"cyfrinachol|mewnol)(?: use| only| information| data| personal data| internal| external){0,3})\W*|"
    r"\W*(?:this|the) (?:e-?mail|message|document) (?:is|was|has been) (?:classified|(?:protectively )?marked|labelled|graded)"
    r"(?: as)?\W{1,4}"
    r"(?:official|confidential|internal|restricted|public|nhs|private|not protectively)\b[\w –:-]{0,40}\W*|"
    r"\W*tlp\s?[:-]\s?(?:red|amber(?:\+strict)?|green|clear|white)\W*",
    re.IGNORECASE,
)
_FILLED = (
    r"(?: ?\b(?:online|web|web ?site|contact|form|feedback|enquiry|enquiries|inquiry|submission|response|message|complaint|compliment|"
    r"comment|referral|request|report|entry|notification)\b)"
)
_NO_STORY = r"(?!.*\b(?:and|but|not|nobody|no one|again|since|because|yet|still|ago|last|weeks?|days?|months?|who|which|that|we|they)\b)"
# What a service for secure mail, a web form or a newsletter writes above the words it carries.
_WRAPPER = matching(
    r"^\W{0,6}you(?:['’]ve| have) (?:received|been sent|got) (?:a|an|this|one) (?:new )?(?:secure|encrypted|protected) (?:e-?mail|message)",
    (
        r"^\W{0,6}(?:this|the) (?:e-?mail|message) (?:was|has been|is) (?:sent|delivered|encrypted|protected|secured) "
        r"(?:securely|encrypted|with|using)\b.{0,60}$"
    ),
    r"^\W{0,6}(?:(?:this|the) (?:e-?mail|message) (?:was|has been|is) (?:sent|delivered) (?:securely|"
    r"encrypted)\W{1,3})?to (?:reply|respond|"
    r"read|open|view)\b.{0,30}\bsecurely\b.{0,20}\b(?:sign|log|click|visit|go|use|follow)\b.{0,120}$",
    r"^\W{0,6}it was sent (?:securely |encrypted )?(?:with|using) [A-Z]\w+\b",
    r"\bcan be (?:read|opened|viewed) until\b",
    r"^\W{0,6}(?:this|the) secure (?:message|e-?mail|link) (?:will )?expires?\b",
    (
        r"^\W{0,6}(?:view|read|open|see|display|trouble viewing|having trouble|problems? viewing|can['’]t (?:see|read|view))\b"
        r".{0,40}\b(?:e-?mail|message|newsletter|it)\b.{0,30}\b(?:in (?:your|a|the) (?:web )?browser|on the web)\b.{0,40}$"
    ),
    (
        r"^\W{0,6}(?:a|an) (?:new )?(?:online |web )?(?:form|enquiry|submission|response)\b.{0,30}\bhas been (?:submitted|"
        r"received|completed)\b.{0,80}\b(?:website|web ?site|online|portal|web|site)\b"
    ),
    r"^\W{0,6}(?:(?:new|online|web|website|contact|feedback|complaints?) ){0,3}form submission\W{0,6}$",
)
# Headings of what was typed into a form. One that tells a story ("... and nobody answered") is a person's.
_FORM_HEADING = matching(
    (
        rf"^\W{{0,6}}(?:a new|new|an online|a web ?site|you have (?:received )?an?(?: new)?) {_FILLED}{{1,3}}\b(?:(?: \S{{1,30}}){{0,4}} )?"
        rf"(?:has been|have been|was|were)? ?(?:submitted|received|completed|lodged|made)\b{_NO_STORY}.{{0,120}}$"
    ),
    (
        rf"^\W{{0,6}}(?:you have (?:received )?)?(?:an? )?(?:new )?{_FILLED}{{1,3}} (?:from|via|through|on) (?:the|your|our)"
        rf"(?: [\w'’-]{{2,20}}){{0,3}} (?:web ?site|web ?page|site|portal|(?:contact |online |web )?form)\b{_NO_STORY}.{{0,60}}$"
    ),
    (
        r"^\W{0,6}the (?:following|details|information)\b.{0,40}\b(?:was|were|has been|have been) (?:submitted|entered|received|"
        rf"sent|provided)\b.{{0,20}}\b(?:from|via|through|using|on|by|in)\b.{{0,40}}\b(?:form|web ?site|portal)\b{_NO_STORY}.{{0,60}}$"
    ),
    (
        r"^\W{0,6}(?:someone|somebody|a (?:visitor|user|customer|resident)) has (?:just )?(?:filled in|filled out|submitted|completed)"
        rf" (?:the|your|our|an?)\b.{{0,40}}\bform\b{_NO_STORY}.{{0,60}}$"
    ),
)

# One of these is in every such sentence; most sentences have none, and need no further look.
_HINTS = re.compile(
    r"mail|sender|message|communication|outside|click|link|attachment|external|caution|warning|password|bank|report|phish|spam|junk|"
    r"stop - think|secur|"
    r"peidiwch|allan|rhybudd|e-bost|mimecast|egress|proofpoint|barracuda|trustwave|sophos|forcepoint|symantec|images?|privacy|official|protect|"
    r"classif|sensitiv|marking|marked|tlp|handling|feedback|website|enquir|restricted|confidential|swyddogol|"
    r"often|learn why|form |form$|browser|submi|received|until|expire|"
    r"on the web"
)
# Sentences of mail systems are shorter.
_LONGEST = 600


def is_banner(text: str) -> bool:
    """Whether a sentence is a note that a mail system wrote, or a protective marking."""
    if len(text) > _LONGEST or not _HINTS.search(text.lower()):
        return False
    if _MARKING.fullmatch(text):
        return True
    if _BANNER.search(text) is None:
        return False
    return _PERSONAL_NOTE.search(text) is not None or not is_personal(text)


def goes_with_a_banner(text: str) -> bool:
    """Whether a sentence beside such a note is part of it."""
    return not is_personal(text) and len(text) < 180 and (_BESIDE.search(text) is not None or not any(letter.isalnum() for letter in text))


def is_wrapper(text: str) -> bool:
    """Whether a sentence was written around the message by a service that carried it."""
    return len(text) <= _LONGEST and _HINTS.search(text.lower()) is not None and _WRAPPER.search(text) is not None and not is_personal(text)


def is_form_heading(text: str) -> bool:
    """Whether a line may announce what was typed into a form. A person may say the same: its fields must follow."""
    return len(text) <= _LONGEST and _FORM_HEADING.search(text) is not None and not is_personal(text)
