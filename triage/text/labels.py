"""The words that programs and people write before the fields of a header ("From:", "Gesendet:", "Pwnc:"), and lines that hold one."""

import re

from triage.text.patterns import one_of

_WORDS = {
    "from": (
        "from", "von", "de", "van", "da", "från", "fra", "od", "oddi wrth", "expéditeur", "remitente", "lähettäjä", "feladó",
        "from name", "sender",
        "de la", "sent by", "gan", "kimden", "gönderen", "от", "від", "nuo", "nga", "από",
        "من", "از", "发件人", "寄件者", "差出人", "oddiwrth",
    ),
    "sent": (
        "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "date d'envoi", "inviato", "data", "enviado", "enviado el",
        "enviada", "enviada em",
        "fecha", "verzonden", "skickat", "sendt", "wysłano", "data wysłania", "anfonwyd", "dyddiad", "sent at", "sent on", "date sent",
        "received",
        "received on", "date received", "time", "trimis", "trimis la", "dato", "when", "date/time", "gönderildi", "gönderme tarihi",
        "tarih",
        "отправлено", "дата", "надіслано", "изпратено", "išsiųsta", "dërguar", "στάλθηκε", "ημερομηνία", "lähetetty", "päivämäärä",
        "elküldve",
        "dátum", "odesláno", "odoslané", "poslano", "تاريخ الإرسال", "تاريخ", "发送时间", "日期",
        "送信日時", "inviato il", "data invio", "sendt den",
    ),
    "to": (
        "to", "an", "à", "a", "aan", "para", "per", "till", "til", "do", "at", "către", "destinataire", "destinataires", "i", "sent to",
        "recipient",
        "catre", "kime", "alıcı", "кому", "kam", "për", "προς", "vastaanottaja", "címzett", "komu", "pro", "za", "إلى", "به", "收件人",
        "宛先", "до",
    ),
    "copy": ("cc", "bcc", "kopie", "copie", "kopi", "dw", "copi", "c.c.", "cci", "copia", "copie à", "copy", "kopia", "bilgi", "копия",
        "копія", "udw"),
    "subject": (
        "subject", "betreff", "objet", "oggetto", "asunto", "assunto", "onderwerp", "ämne", "emne", "temat", "pwnc", "testun", "title",
        "subj",
        "subiect", "re", "tytuł", "tema", "sujet", "heading", "konu", "тема", "относно", "subjekti", "θέμα", "aihe", "tárgy", "předmět",
        "predmet",
        "الموضوع", "موضوع", "主题", "主旨", "件名",
    ),
    "attached": ("attachments", "attachment", "anlagen", "anlage", "pièces jointes", "atodiadau", "załączniki", "adjuntos", "allegati",
        "anexos", "bijlagen"),
    "answer": ("reply-to", "reply to", "antwort an", "répondre à", "ateb i", "responder a", "odpowiedz do"),
    "other": (
        "importance", "priority", "sensitivity", "categories", "organisation", "message-id", "wichtigkeit",
        "pwysigrwydd",
        "on behalf of", "x-mailer", "mailed-by", "signed-by", "security", "list-id", "in-reply-to", "return-path", "flag status",
        "follow up flag",
        "classification", "resent-from", "resent-to", "mobile", "ważność", "user-agent", "importancia", "please respond to", "importanza",
        "organization", "content-type", "mime-version", "references", "x-priority", "delivered-to", "resent-date",
    ),
}  # fmt: skip
FIELDS = {word: field for field in ("other", "answer", "attached", "copy", "to", "subject", "sent", "from") for word in _WORDS[field]}
# Words that only a hand writes before the parts of a header; what they mean is plain only beside each other.
_TYPED = {"name": "name", "email": "address", "e-mail": "address", "email address": "address", "e-mail address": "address"}
_LABEL = re.compile(r"[\s|*_]*([^\W\d_][\w'’./ -]{0,28}?)[\s*_|]{0,4}(?:\s-\s|[:：])")
_LONGEST = 2000

# The label of one field at the beginning of a line without a colon, as eM Client writes it.
_COLONLESS = re.compile(r"(From|To|Cc|Date|Sent|Subject|Von|An|Datum|Betreff|De|À|Objet|Od|Do|Data|Temat)\s+(?=\S)")


def labelled(content: str) -> tuple[str, str] | None:
    """The field that a line states, and its value."""
    match = _LABEL.match(content[:_LONGEST]) if ":" in content[:64] or "：" in content[:64] or " - " in content[:64] else None
    if match is None:
        return None
    field = _field(match[1])
    return None if field is None else (field, content[match.end() : _LONGEST].strip(" *_\t|"))


def typed(content: str) -> tuple[str, str] | None:
    """The same for a line that a person typed over a message that they pasted in."""
    match = _LABEL.match(content[:_LONGEST])
    if match is None:
        return None
    word = match[1].strip(" *_").lower()
    field = _TYPED.get(word) or _field(word)
    return None if field is None else (field, content[match.end() : _LONGEST].strip(" *_\t|"))


def colonless(content: str) -> tuple[str, str] | None:
    """The same for a line without a colon."""
    match = _COLONLESS.match(content[:_LONGEST])
    return None if match is None else (FIELDS[match[1].lower()], content[match.end() : _LONGEST].strip())


def _field(word: str) -> str | None:
    """What a label means. Where mail is written in two languages, so are the labels: "Oddi wrth/From"."""
    word = word.strip(" *_").lower().replace("’", "'")
    found = FIELDS.get(word)
    if found is None and "/" in word:
        found = next((field for part in word.split("/") if (field := FIELDS.get(part.strip())) is not None), None)
    return found


# A header that was run together on one line: its labels, as programs write them, with or without a space before them.
_SENDERS = ("From", "Von", "De", "Od", "Da", "Fra", "Från", "Van", "Oddi wrth")
_OTHERS = (
    "To", "Cc", "CC", "Sent", "Date", "Subject", "Reply-To", "Importance", "Attachments", "An", "Gesendet", "Betreff", "Datum", "À",
    "Envoyé", "Objet",
    "Do", "Wysłano", "Temat", "Para", "Enviado", "Asunto", "Inviato", "Oggetto", "Aan", "Verzonden", "Onderwerp", "Anfonwyd", "Pwnc",
    "Til", "Emne",
)  # fmt: skip
_MARK = one_of(r"[-–—]{2,40}[^\n:<>@–—-][^\n:<>@]{2,40}?[-–—]{2,40}", r"Begin forwarded message:")
_RUN_TOGETHER = re.compile(rf"^([ >]{{0,12}})(?:({_MARK})\s*)?(\**{one_of(*_SENDERS)}\s?:\**\s[^\n]{{10,1500}})$", re.MULTILINE)
_NEXT_LABEL = re.compile(
    rf"(?<![A-Za-z-])(?:\*\*?)?(?:{one_of(*_OTHERS)})\s?:(?:\*\*?)?(?=\s)|"
    rf"(?<=[\w>])(?:{one_of('To', 'Cc', 'Sent', 'Date', 'Subject')}):(?=\s)"
)


def on_lines_of_their_own(text: str) -> str:
    """The text with each field of a header that was run together on a line of its own."""
    return _RUN_TOGETHER.sub(_apart, text)


def _apart(match: re.Match[str]) -> str:
    signs, mark, header = match[1], match[2], match[3]
    pieces: list[str] = []
    begin, seen = 0, {"from"}
    for label in _NEXT_LABEL.finditer(header):
        field = FIELDS[label[0].strip(" *:").lower()]
        if field in seen:
            continue
        seen.add(field)
        pieces.append(header[begin : label.start()])
        begin = label.start()
        if field == "subject":
            break
    # One further field may be prose ("From: Monday To: Friday"); two, one of them the day or the subject, are a header.
    if len(seen) < 3 or not seen & {"sent", "subject"}:
        return match[0]
    pieces.append(header[begin:])
    return "\n".join(signs + piece.strip() for piece in ([mark] if mark else []) + pieces)
