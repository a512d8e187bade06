"""A row of the corpus taken the way that mail goes: written as mail, parsed, unwrapped, decided.

So the model learns from what it will see in service, and is measured by what the service would do.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from triage.classify.corpus import Row, address_in
from triage.classify.decision import Judgement
from triage.classify.features import Sample
from triage.domain.labels import Classification
from triage.domain.message import Arrival, ParsedMessage, Place
from triage.judge import Understood, ruled, sample_of
from triage.mailbox.parsing import parse
from triage.text.authorship import authorships

IsOwn = Callable[[str], bool]

_BOUNDARY = "=_one-part"
# Nothing that is measured depends on when it came.
_RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)


def as_mail(row: Row) -> bytes:
    """The row as mail (RFC 5322), its header fields in UTF-8 (RFC 6532). Its own Content-Type, where it has one, is kept."""
    given = {name.lower(): value for name, value in row.headers}
    media_type = given.get("content-type", "")
    fields = [("From", row.sender), ("To", row.recipient), ("Subject", row.subject), ("MIME-Version", "1.0")]
    fields += [(name, value) for name, value in row.headers if name.lower() != "content-type"]
    body = row.body
    if media_type.lower().startswith("multipart/"):
        fields.append(("Content-Type", f'{media_type}; boundary="{_BOUNDARY}"'))
        body = f"--{_BOUNDARY}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n--{_BOUNDARY}--\n"
    else:
        fields += [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
    head = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields)
    return f"{head}\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")


def nobodys(_domain: str) -> bool:
    """No domain is the council's, beside that which a row was sent to."""
    return False


def as_sample(row: Row, is_own: IsOwn = nobodys) -> Sample:
    """What the classifier would see of a row. The council's are `is_own`'s domains, and that which the row was sent to."""
    is_own = _council_of(row, is_own)
    parsed = parse(as_mail(row))
    return sample_of(parsed, authorships(parsed, is_own)[0], is_own)


def as_served(row: Row, judgement: Judgement, is_own: IsOwn = nobodys) -> Judgement:
    """What the service would make of a row of which the model says `judgement`: rules, language and doubt have their say."""
    is_own = _council_of(row, is_own)
    raw = as_mail(row)
    parsed: ParsedMessage = parse(raw)
    said = Classification(judgement.labels, judgement.confidence, judgement.sure, "model")
    arrival = Arrival(Place("", row.mailbox, ""), raw, len(raw), None)
    part = Understood(arrival, _RECEIVED, parsed, authorships(parsed, is_own)[0], said)
    part = replace(part, classification=ruled(part, said, is_own))
    found = part.classification
    return Judgement(found.labels, found.confidence, part.sure, judgement.process)


def _council_of(row: Row, is_own: IsOwn) -> IsOwn:
    sent_to = address_in(row.recipient).rpartition("@")[2]
    return lambda domain: is_own(domain) or (bool(sent_to) and (domain == sent_to or domain.endswith(f".{sent_to}")))
