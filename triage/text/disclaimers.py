"""Legal notices, secure-mail lines and the like that an organisation's server writes under every message.

Two weights: a `SURE` sentence is a notice by itself, a `LIKELY` one beside another. People quote such words and complain of them,
which is why a sentence with a person in it is never one, and why only what stands below the author's words is taken away
(`own_words`).
"""

import re
from enum import IntEnum

from triage.text.patterns import matching
from triage.text.personal import is_personal


class Weight(IntEnum):
    """How surely a sentence is boilerplate."""

    NONE = 0
    LIKELY = 1
    SURE = 2


_MAIL = r"(?:e-?mails?|messages?|communications?|transmissions?|correspondence)"
_TELLS = r"(?:see|visit|read|at|go to|click|find|found|www|http)"
# Each speaks of the message itself, of who may read it, or of what a firm must print on its letters. None of them may be a sentence
# that a family would write: "the company no longer comes" and "he is a registered offender" are not to be found here.
_SURE = matching(
    # Whom it is for, and what others must not do with it.
    (
        rf"\bthis {_MAIL}\b.{{0,60}}\b(?:and any|including any|\(and any|together with any)\b.{{0,40}}\b(?:attach\w*|files?|"
        rf"enclosures|response)\b"
    ),
    (
        rf"\bthis {_MAIL}\b.{{0,30}}\b(?:and its|and all|its) (?:attachments?|contents|enclosures)\b.{{0,60}}\b(?:confidential|"
        rf"intended|for the|privileged|subject to)\b"
    ),
    (
        r"\bintended (?:solely |only |exclusively |purely )*(?:for|to be read by)\b.{0,30}\b(?:addressee|recipient|named|"
        r"individual or|individual to|person to|entity|whom)"
    ),
    rf"\b{_MAIL}\b.{{0,60}}\bintended (?:solely |only |exclusively |purely )*for\b",
    r"\bfor the (?:sole |exclusive )?(?:use|attention) of (?:the )?(?:intended|addressee|recipient|named|individual\(?s?\)? )",
    r"\bfor the addressee(?:\(s\))? only\b|\baddressees? only\b",
    r"\bmeant (?:only |solely )?for the (?:person|individual|addressee|recipient)",
    r"\bnot the (?:intended|named|original|correct) (?:recipient|addressee)",
    r"\b(?:aren['’]t|isn['’]t|are not|is not|other than) the (?:intended |named )?(?:recipient|addressee)",
    r"\blegally privileged\b|\b(?:confidential|may be|and|or)\b.{0,20}\bprivileged\b|\blegal professional privilege\b",
    r"\bconfidentiality (?:notice|statement|note)\b|^\W{0,6}confidential(?:ity)?\s?:",
    rf"\bunauthori[sz]ed\b.{{0,80}}\b(?:use|disclosure|copying|distribution)\b.{{0,80}}\b{_MAIL}\b",
    r"\b(?:disclosure|distribution|dissemination|copying|forwarding)\b.{0,100}\b(?:strictly prohibited|is prohibited|not permitted)",
    r"\bmay contain (?:information|data|material)\b.{0,6}\b(?:which|that) (?:is|may be)\b.{0,40}\b(?:confidential|privileged|sensitive)",
    r"\b(?:e-?mails|messages|communications|calls|traffic)\b.{0,80}\bsubject to (?:\w{2,12} ){0,2}(?:recording|monitoring|interception)\b",
    r"\bmay contain\b.{0,60}\b(?:confidential|privileged|official-?sensitive|sensitive)\b.{0,30}\b(?:information|data|material)",
    # Whose views, whose liability.
    (
        r"\b(?:views|opinions|statements)\b.{0,60}\b(?:expressed|given|in this)\b.{0,80}\b(?:the (?:author|sender)|necessarily|"
        r"those of|individual)"
    ),
    r"\b(?:views|opinions)\b.{0,60}\b(?:necessarily|the (?:author|sender)['’]?s?)\b",
    (
        r"\baccepts? no (?:liability|responsibility)\b.{0,80}\b(?:virus\w*|content|e-?mail|message|arising|for them|"
        r"damage caused|loss or damage)"
    ),
    r"\bno (?:liability|responsibility) (?:is|can be|will be) accepted\b",
    r"\bliab(?:le|ility)\b.{0,60}\b(?:virus\w*|errors or omissions|this e-?mail|this message)",
    r"\b(?:scanned|swept|checked|screened|tested)\b.{0,60}\b(?:virus\w*|malware|malicious|mimecast|symantec|mcafee|sophos)\b",
    r"\bvirus(?:es)?[- ](?:free|checked|scanned|software|protection)",
    r"\bno virus(?:es)? (?:found|detected|in this)",
    r"\bfree (?:of|from) (?:any |all |computer )?virus",
    r"\bavast antivirus\b|\bwww\.avast\b|\bavg\.com\b",
    rf"\b{_MAIL}\b.{{0,60}}\bmay be (?:monitored|recorded|intercepted|inspected|scanned|read by)\b|\bmay monitor\b.{{0,40}}\b{_MAIL}",
    rf"\bmonitors? the contents? of (?:its |all |the |any )?{_MAIL}",
    rf"\bthis {_MAIL} (?:is|are|does) not (?:intended to )?(?:create|form|constitute)\b.{{0,40}}\b(?:contract|agreement)\b",
    r"\breserves? the right to (?:monitor|intercept|inspect|read)",
    rf"\bmonitors? (?:its |all |the )?(?:{_MAIL}|network|e-?mail traffic|communications)",
    rf"\b{_MAIL}\b.{{0,80}}\b(?:may|might|could|can) (?:have to |need to |be required to )?be (?:disclosed|released|made public)\b",
    r"\bsubject to (?:the )?(?:requirements of |disclosure under )?the (?:freedom of information|data protection) act\b.{0,60}$",
    r"\bUK parliament disclaimer\b|\bparliamentary disclaimer\b|^\W{0,6}(?:e-?mail |legal |council )?disclaimer\W*$",
    r"\bcarries (?:a|the|our|an?) (?:[\w-]{2,14} )?(?:disclaimer|legal notice|confidentiality)\b",
    r"\b(?:disclaimer|legal notice)\b.{0,60}\b(?:may|can) be (?:read|found|viewed|seen|accessed)\b",
    (
        r"^\W{0,6}(?:please )?(?:click here|visit|see|read)\b.{0,40}\b(?:e-?mail|full|legal|our) disclaimer(?:\W{0,3}$|\W{1,3}(?:at|on|"
        r"here|"
        r"www|http)\b.{0,100}$)"
    ),
    (
        r"\b(?:routinely|regularly|automatically|lawfully) (?:monitors?|records?|intercepts?|inspects?|scans?|archives?)"
        r"(?: (?:all|its|the|any))?(?: (?:electronic|internet|incoming|outgoing|e-?mail)(?:,| and| or)?){1,3}"
        r" (?:communications?|traffic|messages|systems?|correspondence)(?:\W{0,3}$| (?:for|to|in (?:line|accordance))\b)"
    ),
    (
        rf"\ball (?:incoming|inbound|internal) (?:and|or|&) (?:outgoing|outbound|external) {_MAIL}\b.{{0,20}}\b(?:is|are|may be|will be)\b"
        r".{0,20}\b(?:monitored|recorded|scanned|logged|archived|retained|intercepted)\b"
    ),
    # A site that passes on requests for information, and publishes the answers.
    r"\buse this e-?mail address for all (?:replies|correspondence|responses) to this request\b",
    r"\bis \S{1,64}@\S{1,190} the wrong address for\b.{0,40}\brequests\b",
    (
        r"\bthis (?:message|request|correspondence) and any (?:reply|response|answer)s?\b.{0,30}\b(?:will|may) be (?:automatically )?"
        r"(?:published|made public)\b"
    ),
    r"\bour privacy and copyright polic(?:y|ies)\b",
    r"\bpublication of requests and responses\b.{0,20}\bdelayed\b|\bask your web ?(?:manager|master|team) to link to us\b",
    # Personal data.
    rf"^\W{{0,6}}(?:for|to) .{{0,80}}\bpersonal (?:data|information)\b.{{0,60}}\b{_TELLS}\b",
    (
        rf"^\W{{0,6}}(?:how )?(?:we|this office|the council|the firm|the trust)\b.{{0,20}}\b(?:handles?|uses?|process(?:es)?|"
        rf"holds?|stores?)\b.{{0,30}}\b(?:data|information)\b.{{0,80}}\b(?:{_TELLS}|privacy)\b"
    ),
    rf"\bprocess(?:es)? (?:all |any |your )?personal (?:data|information)\b.{{0,80}}\b(?:accordance|line with|gdpr|{_TELLS})\b",
    r"\bsee our (?:privacy|data protection)\b",
    r"\b(?:line|accordance) with our (?:privacy|data protection)",
    r"^\W{0,6}(?:our )?(?:privacy|data protection) (?:notice|policy|statement)\b.{0,100}$",
    # What a firm prints on its letters.
    r"\bregistered (?:in (?:england|scotland|wales|the uk|northern ireland)|office|charity|address)\b",
    r"\bregistered (?:no|number|company no)\b\.?\s?:?\s?\w{0,3}\d",
    (
        r"\b(?:company|charity|vat|sra|fca|ico)\b ?(?:registration |reg(?:istered)?\.? ?|reference )?(?:number|no|reg|"
        r"id)\b\.?\s?:?\s?(?:is )?\w{0,3}\d"
    ),
    r"\bvat reg",
    r"\b(?:a |charitable )?company limited by guarantee\b",
    r"\btrading (?:name|style) of\b",
    r"\bis a (?:registered charity|limited company|community benefit society)\b",
    r"\bauthori[sz]ed and regulated\b",
    r"\bregulated by the (?:solicitors|bar|law|financial|sra)",
    r"\blist of (?:its |the |our |all )?(?:members|partners|directors)\b.{0,60}\b(?:inspection|available)\b",
    r"\bservice of (?:documents|proceedings|court)\b.{0,40}\b(?:e-?mail|fax)|\baccept service\b.{0,20}\bby e-?mail",
    (
        r"^\W{0,6}service(?: of \w{2,20}(?: \w{2,20})?)? by (?:e-?mail|fax)(?: or (?:e-?mail|fax))? (?:is|"
        r"will) (?:not |only )?(?:be )?accepted\W{0,3}$"
    ),
    r"\bbank (?:account )?details\b.{0,40}\b(?:will (?:not|never)|won['’]t|never)\b",
    r"\b(?:accept|notify)\b.{0,30}\bbank (?:account )?details\b.{0,30}\be-?mail",
    r"\b(?:accept|notify) changes (?:of|to) bank\b|^\W{0,6}(?:beware of fraud|cyber ?(?:fraud|crime)(?: warning| alert)?)\b",
    # Paper.
    r"\b(?:consider|think of) the (?:environment|planet|trees)\b.{0,10}(?:\bbefore|\bprint|$)",
    r"\bthink (?:twice |carefully )?before (?:you )?print",
    r"\b(?:really )?need to print\b",
    r"\bbefore printing\b",
    # Lists and automatic mail.
    r"^\W{0,6}unsubscribe\b.{0,60}$|\b(?:to|or|can|may) unsubscribe\b|\bunsubscribe (?:here|below|at any|link)|\| ?unsubscribe",
    (
        r"\b(?:manage|update|change) (?:your )?(?:e-?mail |communication |mailing )?(?:preferences|subscriptions?|details)\b"
        r"(?:\W|$)(?! (?:for|of|at|on|with|to)\b)"
    ),
    r"\bhow you receive these (?:e-?mails|messages)|\bmailing address is\b|\ball rights reserved\b|^\W{0,6}(?:copyright )?©.{0,90}$",
    (
        r"\byou(?:['’]re| are| have)? ?(?:are |have )?(?:receiv\w+|get\w*|been sent|were sent|sent) this (?:e-?mail |message |"
        r"newsletter |notification |bulletin |update )?(?:because|since|as)\b"
    ),
    (
        r"\bthis (?:mail)?(?:box|inbox|account|e-?mail address)\b.{0,30}\b(?:is|are) (?:not |un|only )(?:monitored|checked|"
        r"attended|read|manned)"
    ),
    r"\bunmonitored (?:address|inbox|mailbox|account|e-?mail)|\bas it is not monitored\b",
    r"\bthis is an (?:automated|automatic|auto-?generated|system[- ]generated)\b|^\W{0,6}(?:automatically |auto-?)?generated by\b.{0,80}$",
    (
        rf"^\W{{0,6}}this {_MAIL} (?:was|has been|is) sent (?:from|via|through|by|using) (?:an?|the|our|your) (?:[\w-]{{2,20}} ){{0,2}}"
        rf"form (?:on|at|of)\b.{{0,160}}$"
    ),
    r"^\W{0,6}(?:forward|send|pass) (?:this |it )?(?:e-?mail |newsletter |bulletin )?(?:on )?to a (?:friend|colleague)\W{0,3}(?:$|\|)",
    # Secure mail.
    (
        r"^\W{0,6}(?:click|press|tap) (?:here|the (?:button|link)(?: \w+)?) to (?:reply|respond|read|open|view)\b"
        r".{0,30}\b(?:securely|secure|encrypted)\b"
    ),
    r"\b(?:was|is|has been) encrypted\b",
    r"\b(?:was|has been|is) sent (?:securely|encrypted)\b",
    r"^\W{0,6}sent securely\b.{0,50}$",
    r"^\W{0,6}(?:secured?|protected|encrypted) (?:by|with|using) [\w ]{2,40}$",
    r"^\W{0,6}to (?:read|open|reply|view|access)\b.{0,40}\b(?:secure|securely|encrypted|protected|in confidence)\b",
    # "... is used by the school to send sensitive information".
    r"\b(?:is|are) used by\b.{0,80}\bto (?:send|share|exchange|protect|transfer)\b.{0,20}\b(?:sensitive|confidential|secure|encrypted)\b",
    r"\breplies by ordinary e-?mail\b",
    r"\b(?:accredited|approved|compliant)\b.{0,60}\bsecure e-?mail\b|\bpatient data\b.{0,40}\baccredited\b|\bDCB ?1596\b",
    # Wales.
    r"\b(?:welcome|accept)s? (?:correspondence|communications?|calls?|contact|e-?mails?|letters)\b.{0,30}\bwelsh\b",
    r"\bwelcome to (?:contact|write|correspond|phone)\b.{0,40}\bwelsh\b",
    r"\b(?:corresponding|writing|contacting|communicating)\b.{0,20}\bin welsh\b.{0,40}\bdelay\b",
    r"\bcroesaw\w* (?:gohebiaeth|ohebiaeth|galwadau)",
    r"\bcroeso i chi (?:gysylltu|ysgrifennu|gyfathrebu)",
    r"\bg?ohebu (?:yn|â ni yn) (?:y )?gymraeg",
    r"\bg?ohebiaeth (?:ei thrin|yn (?:y )?gymraeg)|\bpolisi preifatrwydd\b|\bystyriwch yr amgylchedd\b",
    (
        r"\b(?:yr|mae['’]r|gall(?:ai)?['’]?r?|y|gall y) (?:e-?bost|neges) (?:hwn|hon)\b.{0,100}\b(?:cyfrinachol|gyfrinachol|"
        r"bwriad\w*|fwriad\w*|gynnwys|ffeiliau|atodiadau)"
    ),
    # Other languages.
    r"\bdiese (?:e-?mail|nachricht)\b.{0,100}\b(?:vertraulich\w*|bestimmt|rechtlich|enthält)",
    r"\bnicht der (?:richtige|beabsichtigte|vorgesehene) (?:adressat|empfänger)",
    r"\bsind sie nicht der\b.{0,40}\b(?:adressat|empfänger)",
    r"\bce (?:message|courriel|mail)\b.{0,80}\b(?:confidentiel\w*|destin\w+|exclusiv\w+)",
    r"\bpar erreur\b.{0,80}\b(?:expéditeur|détruire|supprimer|avertir)",
    r"\bwiadomość\b.{0,80}\b(?:poufn\w+|przeznaczon\w+|adresat\w*)",
    r"\b(?:este|esta) (?:mensaje|mensagem|correo|e-?mail)\b.{0,100}\b(?:confiden\w+|destinatari\w+|exclusiv\w+)",
    r"\bquesto messaggio\b.{0,100}\b(?:riservat\w+|confidenzial\w+|destinatari\w+)",
    r"\bdit (?:bericht|e-?mail\w*)\b.{0,80}\b(?:vertrouwelijk|bestemd|uitsluitend)",
    r"\bacest (?:mesaj|e-?mail)\b.{0,80}\b(?:confiden\w+|destinat\w*)",
)
_LIKELY = matching(
    r"\breceived (?:this|it|the)\b.{0,40}\b(?:in error|by mistake|incorrectly)\b|\breached you (?:in error|by mistake)\b",
    r"\b(?:delete|destroy|erase)\b.{0,60}\b(?:e-?mail|message|it|cop(?:y|ies)|system|computer|attachments?)\b",
    (
        r"\b(?:notify|inform|contact|advise|alert|tell)\b.{0,30}\b(?:the sender|sender|us immediately|postmaster|"
        r"it administrator|originator)\b"
    ),
    rf"\b(?:{_MAIL}|information)\b.{{0,50}}\b(?:is|are|be|contains?|may contain)\b.{{0,20}}\bconfidential\b",
    r"\bdo not (?:disclose|copy|distribute|forward|rely)\b|\bmust not (?:copy|disclose|use|read|distribute|take any)\b",
    r"\bunauthori[sz]ed\b.{0,80}\b(?:disclos\w+|cop\w+|use|access|distribut\w+)\b|\bunlawful disclosure\b",
    r"\b(?:virus\w*|malware)\b|\be-?mail traffic\b|\b(?:training|quality) purposes\b|\bcalls (?:may be|are) (?:recorded|monitored)",
    r"\baccepts? no (?:liability|responsibility)\b",
    r"\b(?:does|do) not (?:accept|create|constitute|form|intend)\b.{0,60}\b(?:liab\w*|contract\w*|legal\w*|binding)\b",
    r"\bfreedom of information\b.{0,60}\bact\b|\b(?:uk )?gdpr\b|\bdata protection (?:act|law)\b|\bprivacy (?:notice|policy|statement)\b",
    r"\bpersonal (?:data|information)\b.{0,60}\b(?:accordance|processed)\b",
    r"www\.\S+/(?:privacy|disclaimer|legal|email)",
    r"/(?:privacy|preifatrwydd|disclaimer)\b",
    r"\bcompany (?:number|registration)\b",
    r"\btrading as\b",
    r"\b(?:licensed|ofsted registered)\b.{0,30}\b(?:operator|provider|private hire|childcare)\b",
    r"\bpart of the .{0,40}\b(?:group|trust|federation)\b",
    r"\bnothing in this (?:e-?mail|message)\b",
    r"\be-?mail and any\b",
    r"\bthis (?:e-?mail|message|communication)\b",
    r"^\W{0,6}(?:please )?do not reply (?:to|directly|by|from)\b",
    r"\breplies are not read\b",
    r"\bcannot receive replies\b",
    r"\bsent (?:by|on behalf of) .{2,60}\b(?:through|via|using)\b",
    r"\bsecure (?:message|portal|e-?mail)\b",
    r"\bopen the portal\b",
    r"^\W{0,6}(?:please )?(?:donate|give|make a donation|support us)\b.{0,20}(?:www\.|https?://)\S{3,120}\W{0,3}$",
    r"\bview this\b.{0,20}\bbrowser\b",
    r"\bview in browser\b",
    r"\bbank (?:account )?details\b",
    r"\bany (?:reply|response|answer)s? (?:that )?you (?:make|send|give) (?:will|may) be (?:made public|published)\b",
    r"^\W{0,6}(?:our )?copyright (?:policy|notice|statement)\b.{0,80}$",
    rf"\bmonitors? (?:(?:electronic|incoming|outgoing|inbound|outbound|internal|external|business)(?:,| and| or)? ){{1,3}}{_MAIL}\b",
    r"\bcontact us using (?:this|the|our) form\b|\bread the latest advice from the (?:ico|information commissioner)\b",
    r"^\W{0,6}if you find this service useful\b",
    r"^\W{0,6}by (?:replying|responding|e-?mailing|contacting)\b.{0,40}\byou (?:agree|consent|accept)\b",
    r"^\W{0,6}new users (?:can |may |must |should |please )?register\b.{0,40}$",
    r"\bpoufn\w+\b|\bvertraulich\w*\b|\bconfidentiel\w*\b|\bgyfrinachol\b|\bcyfrinachol\b|\briservat\w+\b|\bhelping \w+ \w+ to \w+\b",
)
# One of these is in every such sentence; most sentences have none, and need no further look.
_HINTS = re.compile(
    r"mail|message|communicat|transmission|correspond|information|recipient|addressee|intended|privileg|confiden|unauthor|"
    r"disclos|distribut|dissemin|copying|"
    r"forwarding|view|opinion|statement|reflect|represent|liab|responsib|virus|malware|scan|swept|checked|screened|monitor|"
    r"record|intercept|inspect|released|act\b|"
    r"personal|privacy|data|registered|company|charity|vat|sra|fca|ico|dx|regist|authori|regulat|partners|directors|members|"
    r"environment|print|paper|trees|"
    r"contract|service|documents|bank|fraud|crime|scam|unsubscribe|preferences|subscription|receiv|getting|sent|copyright|©|"
    r"mailing|inbox|mailbox|account|address|"
    r"reply|replies|automat|generated|secure|encrypt|protected|delivered|welsh|croes|ohebiaeth|gohebu|ohebu|gymraeg|e-bost|"
    r"neges|preifat|amgylchedd|nachricht|adressat|empfänger|"
    r"courriel|erreur|wiadomo|poufn|mensa|correo|messaggio|bericht|mesaj|disclaimer|contain|guarantee|errors|calls|"
    r"for the (?:sole|exclusive)|delete|destroy|erase|notify|sender|"
    r"gdpr|forward|rely|must not|trading|licensed|operator|provider|group|accordance|in line|portal|browser|helping|vertraulich|"
    r"riservat|gyfrinachol|cyfrinachol|training|network|"
    r"you get|part of the|avast|avg|\d{4}|society|subsidiary|member|limited|guarantee|patient|nothing in|"
    r"accredited|publi|link to us|service|using|users|open |donat|give |support us|used by"
)
# The longest sentence that is looked at: a notice is long, a letter without a full stop is longer.
_LONGEST = 1500


def weight_of(text: str) -> Weight:
    """How surely a sentence is part of a notice. One that speaks of its writer or of a family never is."""
    if len(text) > _LONGEST or not _HINTS.search(text.lower()) or is_personal(text):
        return Weight.NONE
    if _SURE.search(text):
        return Weight.SURE
    return Weight.LIKELY if _LIKELY.search(text) else Weight.NONE


_FRAME = re.compile(r"[*_=#~\-–—]{8,}")


def is_frame(text: str) -> bool:
    """Whether a line is one of those that some servers draw above and below a notice."""
    return _FRAME.fullmatch(text) is not None
