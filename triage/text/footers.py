"""What a telephone or an app writes under a message: "Sent from my iPhone", "Get Outlook for Android"."""

import re

from triage.text.patterns import matching, words

_SENT = words(
    r"sent, sent securely, envoyé, enviado, gesendet, verzonden, inviato, wysłan[eoa], wysłano, anfonwyd, trimis, "
    r"skickat, отправлено, надіслано, von meinem, lähetetty, odesláno, küldve, išsiųsta, изпратено, dërguar, sendt"
)
_WITH = words(
    r"from, via, using, with, depuis, de, desde, von, vanaf, da, dal, z, ze, o, oddi ar, o['’]r, från, fra, с, з, от, "
    r"din, outlook, através, mit, iz, meinem, de la"
)
_DEVICE = words(
    r"iphone, ipad, ipod, android, galaxy, samsung, outlook, mobile, phone, device, mail, blackberry, huawei, xiaomi, "
    r"redmi, pixel, nokia, e-?mail app, yahoo, gmail, aol, proton ?mail, proton, tablet, handy, móvil, telefon\w*, "
    r"smartphone, smartfon\w*, ffôn, windows, app, btinternet, honor, oneplus, motorola, moto, oppo, workspace, spark, "
    r"tutanota, fastmail, sky, virgin, bt, talktalk, webmail, workplace, kindle, bluemail, aqua ?mail, mailbird, "
    r"superhuman, hotmail, live, icloud, laptop, computer, mac"
)
_SENT_FROM = re.compile(
    rf"\W{{0,6}}{_SENT}\b(?: by \w{{2,12}})? ?{_WITH}\b(?: [\w.'’-]{{1,14}}){{0,4}} {_DEVICE}\b[^,;]{{0,50}}(?:, sorry\b.{{0,40}})?",
    re.IGNORECASE,
)
_APPS = matching(
    (
        r"^\W{0,6}(?:\S+ ){0,6}(?:iphone|ipad|android|handy|gmx|web\.de|outlook|yahoo|mobiltelefon)\S{0,8}(?: \S+){0,4} "
        r"(?:gesendet|gönderildi|küldve|verzonden|skickat)\W{0,3}$"
    ),
    r"^\W{0,6}get (?:the )?\w{2,12}(?: ?mail)?(?: app)? (?:for|on) (?:ios|android|mac|windows|iphone|ipad|mobile)\b.{0,60}$",
    r"^\W{0,6}outlook (?:for|ar gyfer|pour|für|para|per|voor|dla) (?:ios|android|mac)\b.{0,60}$",
    r"^\W{0,6}yahoo mail\s?[:–-].{0,60}$",
    r"^\W{0,6}(?:download|télécharge[zr]|holen sie sich|obtén|obtenir|pobierz|scarica|cael|obtenez) .{0,24}(?:mail|app|outlook)\b.{0,40}$",
    r"^\W{0,6}(?:e-?mail |message )?(?:powered|protected|provided) by \w.{0,40}$",
    r"^\W{0,6}sent with \w.{0,30}\b(?:e-?mail|mail)\b.{0,40}$",
    (
        r"^\W{0,6}(?:sent|delivered|secured|encrypted) (?:securely )?(?:with|by|via|using|through) (?:the )?(?:[\w.-]{2,20} ){1,4}"
        r"(?:secure|encrypted|private)(?: (?:e-?mail|mail|messag(?:ing|e)|messenger|file transfer|service|delivery)){1,3}\W{0,3}$"
    ),
)
_EXCUSES = matching(
    r"^\W{0,6}(?:please )?(?:excuse|forgive|pardon|apologies for|sorry for|ignore)\b.{0,30}\b(?:brevity|typos?|any typ\w+|"
    r"spelling|errors|brief|mistakes|autocorrect|predictive)\b.{0,60}$",
)
# "[Proton Mail](https://...)", as some programs write a link in plain text.
_LINK = re.compile(r"\[([^\[\]\n]{1,60})\]\(https?://[^\s()]{1,300}\)")
_LONGEST = 160
_LONGEST_WITH_LINKS = 600


def is_footer(text: str) -> bool:
    """Whether a line is one that a telephone or an app adds by itself."""
    if "](" in text and len(text) <= _LONGEST_WITH_LINKS:
        text = _LINK.sub(r"\1", text)
    if len(text) > _LONGEST:
        return False
    return _SENT_FROM.fullmatch(text) is not None or _APPS.search(text) is not None or _EXCUSES.search(text) is not None
