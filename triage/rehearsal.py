"""A row of the corpus taken the way that mail goes: written as mail, parsed, unwrapped, decided.

So the model learns from what it will see in service, and is measured by what the service would do.
"""

from collections.abc import Callable, Iterable, Sequence
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
    """The row as mail. Its own Content-Type, where it has one, is kept."""
    return written([("From", row.sender), ("To", row.recipient), ("Subject", row.subject)], row.headers, row.body)


def written(fields: Iterable[tuple[str, str]], headers: Sequence[tuple[str, str]], body: str) -> bytes:
    """Mail (RFC 5322) of these header fields, of further `headers` as they were given, and of one text; all in UTF-8 (RFC 6532).

    A Content-Type among `headers` is kept: under one of several parts, the text is the only one.
    """
    given = {name.lower(): value for name, value in headers}
    media_type = given.get("content-type", "")
    lines = [*fields, ("MIME-Version", "1.0"), *((name, value) for name, value in headers if name.lower() != "content-type")]
    if media_type.lower().startswith("multipart/"):
        lines.append(("Content-Type", f'{media_type}; boundary="{_BOUNDARY}"'))
        body = f"--{_BOUNDARY}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n--{_BOUNDARY}--\n"
    else:
        lines += [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
    head = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in lines)
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


def also_own(is_own: IsOwn, council: str) -> IsOwn:
    """The council's domains, and beside them this one with those below it, where it is given."""
    return lambda domain: is_own(domain) or (bool(council) and (domain == council or domain.endswith(f".{council}")))


def _council_of(row: Row, is_own: IsOwn) -> IsOwn:
    return also_own(is_own, address_in(row.recipient).rpartition("@")[2])
