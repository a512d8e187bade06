"""Lines on their own that announce another message, or say that it ends."""

import re

from triage.text.patterns import one_of

_AROUND = r"[-–—_*=~: ]*"
_FORWARDED = one_of(
    r"begin(?:ning of)? forwarded (?:message|e-?mail)", r"forwarded (?:message|e-?mail|by|"
    r"from)", r"fwd? ?:? ?message", r"message transféré",
    r"weitergeleitete nachricht", r"mensaje reenviado", r"messaggio inoltrato", r"doorgestuurd bericht", r"przekazana wiadomość",
    r"wiadomość przekazana dalej", r"wiadomość oryginalna przekazana", r"neges wedi(?:'i| ei) hanfon ymlaen", r"neges a anfonwyd ymlaen",
    r"anfonwyd ymlaen", r"anfang der weitergeleiteten nachricht", r"début du message (?:réexpédié|transféré)",
    r"inicio del mensaje reenviado", r"mensagem encaminhada", r"vidarebefordrat meddelande", r"inizio messaggio inoltrato",
    r"mesaj redirecționat",
    r"iletilen mesaj", r"yönlendirilmiş mesaj", r"пересылаемое сообщение", r"переслане повідомлення", r"persiųstas laiškas",
    r"videresendt (?:besked|melding)",
)  # fmt: skip
_FORWARD = re.compile(rf"[-–—_*=~ ]*\b{_FORWARDED}\b[^\n]{{0,120}}?{_AROUND}", re.IGNORECASE)
_ANSWERED = one_of(
    r"original (?:message|appointment|e-?mail)", r"reply message", r"ursprüngliche nachricht", r"message d['’]origine", r"message original",
    r"mensaje original", r"messaggio originale", r"oorspronkelijk bericht", r"wiadomość oryginalna", r"oryginalna wiadomość",
    r"neges wreiddiol",
    r"mesaj original", r"ursprungligt meddelande", r"mensagem original", r"orijinal mesaj", r"исходное сообщение",
    r"оригінальне повідомлення",
    r"originalnachricht", r"oprindelig meddelelse", r"opprinnelig melding", r"eredeti üzenet", r"původní zpráva",
)  # fmt: skip
_ORIGINAL = re.compile(rf"[-–—_*=~> ]{{2,}}\s*{_ANSWERED}\s*[-–—_*=~ ]*", re.IGNORECASE)
_RULE = re.compile(r"[_\-–—=*]{5,}")
_TYPED = re.compile(
    r"[-–—_*=~ ]{2,}\s*(?:forwarded|fwd|copied|pasted|their|her|his|the|original|email|e-mail|message|start|"
    r"begin)\b[^\n]{0,60}?[-–—_*=~:. ]*",
    re.IGNORECASE,
)
_END_WORDS = one_of(
    r"ends?(?: of (?:forwarded |the |her |his |their |my )?(?:e-?mail|message|forward|forwarded message|text))?",
    r"end forwarded message",
    r"message ends",
)
_TYPED_END = re.compile(rf"[-–—_*=~( ]*\b(?:{_END_WORDS})\b[-–—_*=~ .)]*", re.IGNORECASE)
# Notes breaks its announcement over two lines.
_BROKEN = re.compile(r"^([ >]{0,12}-{5,} ?Forwarded by [^\n]{1,120})\n([^\n]{0,60}?-{5,}) *$", re.MULTILINE)
_LONGEST = 200


def announces(content: str) -> str | None:
    """What a line on its own announces: "forward", "original", "rule", "typed", "end" or nothing."""
    text = content.strip()
    if not text or len(text) > _LONGEST:
        return None
    marked = text[0] in "-–—_*=~("
    if marked and _TYPED_END.fullmatch(text):
        return "end"
    if _FORWARD.fullmatch(text):
        return "forward"
    if not marked:
        return None
    if _ORIGINAL.fullmatch(text):
        return "original"
    if _RULE.fullmatch(text):
        return "rule"
    return "typed" if _TYPED.fullmatch(text) else None


def on_one_line(text: str) -> str:
    """The text with announcements that were broken over two lines on one."""
    return _BROKEN.sub(r"\1 \2", text)
