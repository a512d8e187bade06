"""What organisations print below a signature of themselves: awards, appeals, where to follow them, how to get their newsletter.

Such a line is only looked at where a signature may stand (`signing`), and never says anything of a person.
"""

import re

from triage.text.patterns import matching
from triage.text.personal import is_personal

_AWARD = (
    r"(?:investors? in (?:people|volunteers|diversity|children|families|carers)|disability confident|mindful employer|stonewall|"
    r"(?:real )?living wage|armed forces(?: covenant)?|employer recognition scheme|cyber essentials(?: plus)?|"
    r"iso(?:/iec)? ?\d{4,5}(?::\d{4})?|lexcel|(?:the )?legal 500|chambers (?:uk|(?:and|&) partners)|specialist quality mark|"
    r"conveyancing quality(?: scheme)?|artsmark|rights respecting|"
    r"(?:school )?games mark|quality in careers|navca|trusted charity|pqasso|"
    r"advice quality standard|carers? confident|athena swan|race equality charter|inclusi(?:ve|on) quality mark|"
    r"(?:school|city|library|college|university|council|place) of sanctuary|teaching school(?: hub)?|world class schools?|"
    r"national support school|fundraising regulator|(?:certified )?b[ -]?corp(?:oration)?|planet mark|carbon neutral|"
    r"great place to work|(?:queen|king)['’]s award|veteran (?:aware|friendly)|baby friendly|"
    r"gold standards framework|dementia friendly|autism (?:friendly|accredit(?:ed|ation))|attachment (?:and trauma )?(?:aware|sensitive)|"
    r"trauma informed|menopause friendly|age friendly|fair ?trade|safe ?contractor|constructionline)"
)
# By themselves these may be anything.
_ALSO = (
    r"(?:basic skills|quality mark|healthy schools?|green flag|music mark|matrix|white ribbon|timewise|ukas|best companies|chas|"
    r"eco-?schools?)"
)
_LEVEL = (
    r"(?:gold|silver|bronze|platinum|level|status|accredited|accreditation|awards?|awarded|winners?|finalists?|members?|employers?|"
    r"leaders?|champions?|committed|charter|mark|standard|scheme|certified|certificate|registered|holders?|schools?|firms?|trust|"
    r"charity|leading|top|tier|recommended|status|supporters?|signator(?:y|ies)|partners?|provider|organi[sz]ation|place|"
    r"[1-5]|\d{3}|20\d\d(?:[-–/]\d{2,4})?)"
)
_INSPECTOR = r"(?:ofsted|cqc|estyn|isi|care (?:inspectorate|quality commission)|ciw|hmicfrs)"
_GRADE = r"(?:good|outstanding|excellent|requires improvement|inadequate|excellence)"
_BOAST = r"(?:(?:we(?: are| hold|['’]re)|proud(?:ly)?|an?|the|our|of|to|be|by|with|in|as|and|for|holders?|rated)\s)"
_ONE_AWARD = re.compile(
    rf"{_BOAST}{{0,5}}(?:{_LEVEL}\W{{1,3}}){{0,4}}{_BOAST}{{0,3}}{_AWARD}(?:\W{{1,3}}(?:{_LEVEL}|and|for|an?)){{0,6}}|"
    rf"{_BOAST}{{0,5}}{_ALSO}(?:\W{{1,3}}{_LEVEL}){{1,4}}|"
    rf"{_INSPECTOR}[ -](?:registered|regulated|rated|inspected|accredited)(?:\W{{1,3}}(?:{_GRADE}|provider|childminder|nursery|"
    rf"home|agency|setting|school|in all areas|20\d\d)){{0,4}}|"
    rf"(?:rated |judged |graded )?['\"“‘]?{_GRADE}['\"”’]?(?: in all areas| provider)?\W{{1,3}}(?:by |with |at |in )?"
    r"(?:our (?:last|latest) )?"
    rf"{_INSPECTOR}(?: inspection| report)?(?:\W{{1,3}}20\d\d)?|"
    rf"(?:registered|regulated|inspected|accredited) (?:with|by) {_INSPECTOR}|"
    r"(?:winners?|finalists?|shortlisted|highly commended|runners?[- ]up)(?:(?: of| at| in| for)? (?:the )?|[:,] )(?:[\w&'’-]{2,20} ){0,6}"
    r"(?:awards?|of the year)(?:\W{1,3}20\d\d)?",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"\s*[.|•·;]\s*")
_PARTS = re.compile(r"\s*,\s*|\s[-–—/&]\s|\sand\s")

_NETWORK = (
    r"(?:facebook|fb|twitter|x|instagram|insta|linked ?in|youtube|tik ?tok|bluesky|threads|snapchat|mastodon|pinterest|vimeo|flickr|"
    r"nextdoor|social media|socials)"
)
_FOLLOW = re.compile(
    r"\b(?:please )?(?:(?:find|follow|like|join|see|watch|connect with|tweet|tag)"
    r" (?:and (?:follow|like) )?(?:us|me|our (?:page|school|work|news|story)))"
    rf"(?: (?:on|at|via))?(?:(?:[ ,/|]{{1,3}}|\sand\s|\s?&\s?|: ?)(?:our )?(?:{_NETWORK}\b|@\w{{2,30}}\b)){{1,6}}",
    re.IGNORECASE,
)
_NEWS = (
    r"(?:(?:e-?)?newsletters?|(?:e-?|news)?bulletins?|mailing list|e-?news|news ?letters?|(?:e-?mail |news )?(?:updates|alerts)|blog|"
    r"podcast|magazine)"
)
# Each asks readers in general for something, and is a whole line.
_APPEAL = matching(
    r"^\W{0,6}(?:please )?(?:help|support|join) us (?:to )?(?:reach|support|help|keep|make|protect|build|give|change|raise|fund|end|fight|"
    r"continue|save|transform|improve|be there)\b.{0,80}\b(?:donat\w+|fundrais\w+|gifts?|volunteer\w*|legacy|in your will|just ?giving|"
    r"today|www\.\S+|https?://\S+)\W{0,3}$",
    r"^\W{0,6}(?:please )?(?:donate (?:today|now|here|online|at|to us|via|by)|make a donation|give (?:today|monthly|online)|"
    r"volunteer with us|fundraise for us|"
    r"leave (?:us )?a (?:gift|legacy)|play our lottery|support (?:us|our (?:work|charity|appeal|cause)))\b.{0,80}$",
    r"^\W{0,6}(?:why not )?(?:become|be) an? (?:[\w-]{2,20} )?(?:volunteer|trustee|foster (?:carer|parent)|befriender|mentor|"
    r"governor|supporter|donor|adopter|friend of)\b.{0,80}(?:\btoday\b|www\.\S+|https?://\S+|\bhere\b|\bwith us\b|\?)\W{0,3}$",
    r"^\W{0,6}(?:could|can|would) you (?:foster|adopt|volunteer|be a (?:foster carer|volunteer|trustee|mentor))\b\W{0,3}"
    r"(?:$|(?:call|ring|visit|find|see|contact|talk to|go to|www|http).{0,80}$)",
    r"^\W{0,6}text [A-Z\d]{3,12} (?:£?\d{1,3} )?to \d{5}\b.{0,60}$",
    rf"^\W{{0,6}}(?:please )?(?:(?:sign up|subscribe|click here to (?:subscribe|sign up))(?: (?:to|for|now|here|today)){{0,3}}"
    rf"(?: (?:my|our|the))?|(?:register for|join) (?:my|our))(?: [\w-]{{2,14}}){{0,3}} {_NEWS}\b.{{0,80}}$",
    rf"^\W{{0,6}}(?:to (?:receive|get)|read|get|see|view|download|catch up (?:on|with)) (?:my|our)(?: [\w-]{{2,14}}){{0,3}}"
    rf" {_NEWS}\b.{{0,80}}$",
    r"^\W{0,6}(?:tell us (?:what you think|how we(?: did|['’]re doing| are doing))|how did we do|have your say|rate (?:us|our service)|"
    r"leave us (?:a review|feedback)|give us (?:your )?feedback|(?:take|complete|fill in) our (?:[\w-]{2,14} ){0,2}survey)\b.{0,40}"
    r"(?:\bsurvey\b(?: here| online)?|\breview us\b.{0,20}|\bon (?:google|trustpilot|facebook)|www\.\S+|https?://\S+)\W{0,3}$",
    r"^\W{0,6}(?:we(?: are|['’]re) (?:hiring|recruiting)|(?:join|work (?:for|with)) (?:our team|us))\b.{0,50}(?:www\.\S+|https?://\S+|"
    r"\bcareers?\b|\bvacancies\b|\bjobs\b)\W{0,3}$",
)
_NAMES_A_NEWSLETTER = re.compile(rf"\bmy(?= (?:[\w-]{{2,14}} ){{0,3}}{_NEWS}\b)|\b(?:follow|find|join|like) me\b", re.IGNORECASE)
_LONGEST = 160


def is_awards(text: str) -> bool:
    """Whether a line says nothing but which awards, marks or grades a body holds: "Ofsted registered. Investors in People Gold."."""
    sentences = [one for one in _SENTENCES.split(text.strip(" .*!•·|-–—")) if one] if len(text) <= _LONGEST else []
    return bool(sentences) and all(_is_award(one) or all(_is_award(part) for part in _PARTS.split(one)) for one in sentences)


def _is_award(text: str) -> bool:
    return _ONE_AWARD.fullmatch(text) is not None


def is_appeal(text: str) -> bool:
    """Whether a line asks everybody for support, or to follow, subscribe or apply."""
    if len(text) > _LONGEST or is_personal(_NAMES_A_NEWSLETTER.sub(" ", text)):
        return False
    return _APPEAL.search(text) is not None or not any(letter.isalnum() for letter in without_following(text))


def without_following(text: str) -> str:
    """A line without "find us on Facebook", which makes no sentence of what else stands in it."""
    return _FOLLOW.sub(" ", text).strip() if len(text) <= _LONGEST else text
