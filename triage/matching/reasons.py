"""Why a message was joined to a case, or why a person is asked about one: the evidence in words that an officer may read.

No reason quotes the mail, because reasons outlive it: they name what was found, never the name, number or word itself.
"""

from collections.abc import Mapping

from triage.matching.comparison import CaseFile
from triage.matching.particulars import Particulars

_MOST = 6
_RARE = 0.75


def why(one: Particulars, case: CaseFile, found: Mapping[str, float], *, joined: bool) -> tuple[str, ...]:
    """The reasons, the decision first, then the evidence for it and against it."""
    said = _for(one, found)
    against = _against(found)
    if joined and found["closed"]:
        head = f"It was put on {case.reference}, which was closed: it seems to be unhappy with the outcome."
    elif joined:
        head = f"It was put on {case.reference}: it seems to be about the same matter, from the same household."
    elif found["closed"]:
        head = f"It may belong to {case.reference}, which is closed: is it unhappiness with the outcome, or a new matter?"
    else:
        head = f"It may belong to {case.reference}: a person should say."
    evidence = []
    if said:
        evidence.append(f"For {case.reference}: {'; '.join(said[:_MOST])}.")
    if against:
        evidence.append(f"Against it: {'; '.join(against[:_MOST])}.")
    return (head, *evidence)


def _for(one: Particulars, found: Mapping[str, float]) -> list[str]:
    said: list[tuple[bool, str]] = [
        (bool(found["same address"] and not one.go_between), "the author has written from this address before"),
        (bool(found["same go-between"]), "the same person or office has written on this case"),
        (found["same name"] >= 0.8, "the author bears the name of one of its correspondents"),
        (bool(found["same telephone"]), "the same telephone number"),
        (bool(found["same home"]), "the same home address or postcode"),
        (bool(found["same client"]), "it is written for the same person"),
        (found["same surname"] >= _RARE, "the same uncommon surname"),
        (found["names its writer"] >= _RARE, "it names one of the case's correspondents"),
        (found["named by it"] >= _RARE, "the case's mail names its author"),
        (found["same child"] >= 0.5, "the same child is named"),
        (bool(found["a relative wrote"]), "it says that a relative has written already"),
        (bool(found["in thread"]), "it answers a message of this case"),
        (bool(found["reference among"]), "it quotes this case's reference"),
        (bool(found["reference numbers shared"]), "it gives the same reference number"),
        (bool(found["names its day"]), "it names the day on which a message of this case was written"),
        (found["near copy"] >= 0.5, "much of it is word for word the same"),
        (found["quotes it"] >= 0.3, "it quotes a message of this case"),
        (bool(found["same subject"]), "the same subject line"),
        (found["names shared"] > 2.0, "the same names occur in both"),
        (found["words shared"] >= 0.35, "most of what it speaks of is in this case already"),
        (found["topic"] >= 0.9, "both are about the same service"),
        (bool(found["says: goes on"]), "it says that it goes on about something"),
        (bool(found["closed, the answer"]), "it speaks of the council's answer"),
    ]
    return [words for holds, words in said if holds]


def _against(found: Mapping[str, float]) -> list[str]:
    said: list[tuple[bool, str]] = [
        (bool(found["address, other name"]), "somebody else signs it, from the same address"),
        (bool(found["other room"]), "it comes from another flat or room"),
        (bool(found["writer is the other parent"]) or bool(found["opposed"]), "the parents may be on opposite sides"),
        (bool(found["other child"]), "another child is named"),
        (bool(found["new child"] and not found["other child"]), "it names a child of whom the case does not speak"),
        (bool(found["other client"]), "it is written for somebody else"),
        (bool(found["says: another matter"]), "it says that it is about something else"),
        (bool(found["other strand"]), "one is praise and the other is not"),
        (bool(found["perhaps other strand"]), "one may be praise, and the other is not"),
        (bool(found["closed"]), "the case was closed before it was written"),
        (bool(found["strangers"]), "its author is not known to this case"),
        (found["topic"] < 0.4, "they are about different services"),
        (found["cases of the writer"] > 1, "the author has several cases"),
        (bool(found["other reference"]), "it quotes another case's reference"),
    ]
    return [words for holds, words in said if holds]
