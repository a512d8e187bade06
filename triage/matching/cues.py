"""What a message says of itself: that it goes on about something, that it is another matter, that an answer does not satisfy."""

import re
from itertools import islice

# As much of a message is looked through, and each cue is counted so far.
_LONGEST, _MOST = 6000, 3
# Who begins by saying that it is another matter means the whole message.
_BEGINS = 160
# Each cue by what it says, a line of alternatives each; the words are a council officer's common experience, found in the training
# streams.
_CUES: dict[str, tuple[str, ...]] = {
    "goes on": (
        r"that makes|makes it|it'?s me again|me again",
        r"(?:\d|two|three|four|five|six|seven|eight|nine|ten|several|another) (?:more )?"
        r"(?:days|weeks|months|fridays|mondays|tuesdays|wednesdays|thursdays) (?:since|now|gone|on|later|and|have|ago)",
        r"\b(?:week|day) \d+",
        r"no(?:body|[- ]?one)(?:'s| has| have)? (?:has |ever )?(?:rang|rung|called|come|came|been|replied|answered|rings|phoned)",
        r"still (?:no|not|nothing|waiting|haven|hasn|isn|don|doesn|short|in|at|hav|aint|got|xbox|on|hear)|\bagain\b",
        r"any (?:news|update|joy|luck|word|outcome|progress)",
        r"no(?:t had (?:a|any)| one has|body has|body'?s| reply| answer| response)|nothing (?:yet|since|back|has|from)",
        r"(?:haven'?t|not|never) (?:heard|had (?:a |any )?(?:reply|answer|response))|chas(?:e|ing|ed|er)|follow(?:ing)? up",
        r"further to|(?:second|third|fourth|2nd|3rd|4th|5th) (?:e-?mail|time|message|letter)",
        r"since (?:i|we|my|our) (?:last |first )?(?:wrote|write|e-?mail|complain|contact|rang|messag|letter)",
        r"(?:as i|like i|i've|i have) (?:said|already|told|wrote|mention|explain)",
        r"(?:my|our) (?:e-?mail|letter|complaint|message|form|earlier|last|previous|first)",
        r"(?:i|we) (?:e-?mailed|wrote|complained|sent (?:you )?(?:a|an|my))",
        r"(?:hus(?:band)?|wife|partner|mum|dad|mother|father|sister|brother|son|daughter)(?: has| have|'?s)? "
        r"(?:already )?(?:e-?mailed|wrote|written|complained|sent|contacted|been in touch)",
        r"as (?:promised|requested|discussed|advised|you asked)|you (?:said|told|promised|asked|wrote)",
        r"weeks? (?:since|on|now|later|and)|reminder|what'?s happening|where (?:are we|things)|an update",
    ),
    "another matter": (
        r"different (?:thing|matter|issue|child|one|subject|complaint|problem)",
        r"separate (?:thing|matter|issue|complaint|thread|e-?mail|one|from)",
        r"another (?:thing|matter|issue|complaint|problem|one|subject)|something (?:else|different)",
        r"not (?:about|to do with|related|the same)|nothing to do with",
        r"(?:this|that) (?:one )?is (?:about|a (?:new|different|separate))|new (?:complaint|matter|issue|problem|one)",
        r"\bnot (?:[\w']+ ){1,2}this time|\bnew one\b|while (?:i've|i have|ive) got you|(?:an)?other thing|se?p[ae]r[ae]te(?:ly)?\b",
        r"\bdifferent [\w-]+[,.]|(?:this|it) is(?:n't| not) (?:about|for)|(?:nothing|no) more to say on",
        r"(?:for|from) me\b(?=[^\w]*(?:not|this|and|$))|i(?:'m| am) back|now i do have|not \w+'s\b|one more thing|by the way",
        r"unrelated|(?:his|her) (?:brother|sister|twin)'?s? (?:turn|too)|(?:now|also) (?:it's|about)",
        r"other (?:child|son|daughter|matter|issue)|on (?:a|an)other|replying to (?:this|an old)|only e-?mail",
        r"old (?:e-?mail|thread|number|reference)|(?:apart|aside) from|while i'?m|separately (?:from|to)|(?:a|another) new question",
        r"fresh (?:complaint|matter|issue|problem)|(?:this|that) one'?s (?:about|for|not)|on top of (?:that|the|what)",
    ),
    "the answer": (
        r"your (?:letter|response|reply|answer|decision|finding|e-?mail of|report|outcome|investigation)",
        r"the (?:letter|response|outcome|reply|answer|finding|remedy|investigation|manager'?s letter)",
        r"stage (?:1|2|3|one|two|three)|next (?:stage|step)",
        r"(?:take|taken|go|escalate|move) (?:it |this |things )?(?:further|higher|up)|escalat|ombudsman|lgsco|upheld|uphold",
        r"(?:not|don'?t|doesn'?t|cannot|can'?t) (?:accept|agree|satisf|happy)|review panel|independent (?:person|investig)",
        r"look(?:ed)? at again|somebody (?:else|higher)|appeal|reconsider|goes? nowhere|closed",
    ),
    "put right": (
        r"(?:all |been |now |has been |is |was )(?:sorted|fixed|resolved|put right|fine|ok)\b|came? (?:through|on|back)",
        r"thank(?:s| you) for (?:sorting|putting)|(?:it|that) (?:ended|worked)|did sort (?:it|that|this)|got (?:it|that|them) sorted",
        r"\b(?:is|are|was|were|'s) (?:all )?(?:ok(?:ay)?|fine|good|better|sorted) now|settled (?:in|well)",
        r"(?:that|it|which) is (?:now )?done",
    ),
    "a relative": (
        r"\bmy (?:husband|wife|partner|hubby|missus|fella|boyfriend|girlfriend|ex|mum|mam|mother|dad|father|sister|brother|son|"
        r"daughter|nan|gran|grandson|granddaughter|niece|nephew|in-laws?)\b",
        r"\b(?:i am|i'?m) (?:\w+'s|his|her|their|the) (?:\w+ )?(?:mum|mam|mother|dad|father|nan|gran|grandmother|grandfather|aunt|"
        r"uncle|sister|brother|wife|husband|partner|step\w+|carer|boy'?s|girl'?s)\b",
        r"one half of",
    ),
    "the other parent": (
        r"\bmy ex\b|\bex-?(?:husband|wife|partner|missus)",
        r"\b(?:her|his|their|the kids'?|the boys'?|the girls'?|the children'?s?|\w+'s|\w{3,}s) (?:mum|mam|dad|mother|father)\b",
        r"\bother parent\b",
        r"\b(?:separated|divorced|split up|contact order|child arrangements)\b",
        r"lives? with (?:his|her|their) (?:mum|dad|mother|father)",
    ),
    "at odds": (
        r"\bmy ex\b|\bex-?(?:husband|wife|partner|missus)|\b(?:we(?:'re| are)?|parents|i(?:'m| am)) (?:now )?separated\b",
        r"\b(?:divorced?|divorcing|custody|(?:we|since) (?:\w+ )?split up)\b|non-?mol(?:estation)?\b|family court|\bcafcass\b",
        r"lives? with (?:his|her|their|the|its) (?:mum|mam|dad|mother|father)|(?:her|his|my) side of",
        r"(?:only|just) (?:got|had|heard) (?:her|his) side|behind my back|(?:he|she|they) does(?:n'?t| not) (?:speak|write) for me",
        r"\b(?:lies|lying|untrue|false allegations?)\b|without (?:asking|telling) me\b|estranged",
        r"(?:his|her) father's house|at (?:his|her) (?:dad|mum|father|mother)'?s",
    ),
    "a spouse": (
        r"\bmy (?:husband|wife|partner|hubby|missus|fella|other half)\b|\b(?:we|our|us) both\b|one half of|\bhusband and i\b",
        r"\bwife and i\b|\bpartner and i\b|\w'?s (?:husband|wife|partner)\b",
    ),
    "a relative wrote": (
        r"\bmy (?:husband|wife|partner|hubby|missus|fella|mum|mam|mother|dad|father|sister|brother|son|daughter|other half|nan|"
        r"gran)\w*(?: \w+)? (?:has |have |had |did |already |also )*"
        r"(?:e-?mail|wrote|written|sent|contact|complain|report|rang|ring|spoke|told|put in|been in touch|asked)",
        r"(?:following on from|same as|adding to|add(?:ing)? my name to) my",
        r"(?:wrote|written|wrote in|e-?mailed|sent) (?:to )?(?:\w+ )?(?:a complaint )?(?:for|on behalf of) (?:me|us)",
        r"\b(?:as|like|what) (?:my|her|his) \w+ (?:said|told|wrote|sent)",
        r"(?:her|his|their|my \w+'s) (?:account|e-?mail|letter|complaint|message)",
    ),
    "for somebody else": (
        r"different (?:lady|man|mum|mother|family|person|resident|young person|parent|pupil|child|student|constituent)",
        r"another (?:lady|mum|mother|family|resident|young person|parent|pupil|student|constituent|client)",
        r"(?:student|pupil|child|case) (?:2|two|3)|reply to me\b|borrowing|using (?:my|the|her|his|there|their)|computer",
    ),
    "on behalf": (
        r"on behalf|behalf of|constituent|resident|represent(?:s|ing)|instructed|acting for|act for",
        r"support(?:ing)? (?:mr|ms|mrs|miss|[A-Z])|advocate for|my client|our client|helping (?:my|a|mr|ms|mrs)",
        r"for (?:my|a) (?:friend|neighbour|brother|sister|mum|daughter|son)|surgery",
        r"asked me to (?:write|e-?mail|send|get|put|do|let|chase|ask|help)|(?:writing|write|doing|typing) (?:this |it )?for",
    ),
    "evidence": (r"attach|enclos|photo|screenshot|proof|certificate|see (?:below|above)|pictures?|copy of|here'?s|here (?:is|are)",),
    "praise": (
        r"\bthank(?:s|ful| ?you)?\b[^.\n?]{0,80}\b(?:to|for|from)\b|\bthank you (?:so|very) much",
        r"\b(?:grateful|gratitude|appreciat\w+|credit|star|gem|godsend|kindness|kindest)\b",
        r"\b(?:wonderful|brilliant|fantastic|amazing|lovely|excellent|superb|marvellous)\b|\bwent (?:above|out of)",
        r"could(?: not|n'?t) have (?:done|asked|got)|\bmade (?:such )?a difference|\bso (?:kind|good|helpful|patient)\b",
    ),
    "new address": (
        r"new (?:e-?mail|address|account)|old (?:account|e-?mail|address)|use this|changed my e-?mail|lost my password|hacked",
        r"different e-?mail|from my (?:husband|wife|work|mum|partner|son|daughter|other)",
    ),
}
_PATTERNS = {name: re.compile(rf"(?:{'|'.join(lines)})", re.IGNORECASE) for name, lines in _CUES.items()}
CUES = (*_PATTERNS, "begins apart")


def cues_of(text: str) -> dict[str, int]:
    """How often each cue is found in a text, up to 3; those that are not are left out."""
    text = text[:_LONGEST].replace("’", "'")
    found: dict[str, int] = {}
    for name, pattern in _PATTERNS.items():
        count = sum(1 for _ in islice(pattern.finditer(text), _MOST))
        if count:
            found[name] = count
    if _PATTERNS["another matter"].search(text, 0, _BEGINS):
        found["begins apart"] = 1
    return found
