"""Does the author of a message belong to a case's household, or write for it? More than a common name must say so.

A wrong merge may show one family another's matter, so this is asked beside whatever the scorer says of the whole: without a bond no
message joins a case by itself. A reference, which anybody can type, is none.
"""

from collections.abc import Mapping
from enum import IntEnum

# How well a name must fit to be the same person's: forename and surname, or an initial and the surname; and to be perhaps theirs.
_SAME_PERSON, _PERHAPS_THE_SAME = 0.8, 0.4
# Of what is shared, so much (in eighths of a nat) is rare enough to tell a household: a name that one message in 400 has; and so much
# where something else says it too.
_RARE, _RATHER_RARE, _UNCOMMON = 0.75, 0.6, 0.45
# How much of two texts must be the same for one to be a copy of the other.
_COPY = 0.8
# So much do both name: one rare name, or two that are not.
_NAMES = 1.5


class Bond(IntEnum):
    """What binds the author to a case's household. `LIKELY`: they seem to belong to it, and more is asked of all other evidence."""

    NONE = 0
    LIKELY = 1
    SHOWN = 2


def bond(found: Mapping[str, float]) -> Bond:
    """What the evidence of a message beside a case shows of it."""
    if found["address, other name"] or found["other room"] or found["writer is the other parent"]:
        return Bond.NONE
    if _is_shown(found):
        return Bond.SHOWN
    return Bond.LIKELY if _is_likely(found) else Bond.NONE


def _is_shown(found: Mapping[str, float]) -> bool:
    by_name = found["same name"] >= _SAME_PERSON
    # An advocate whom two clients name binds them no more than the office that both write to.
    names_them = 0.0 if found["only go-betweens wrote"] else found["names its writer"]
    rare_link = found["same child"] >= _RARE or names_them >= _RARE or found["named by it"] >= _RARE
    for_them = bool(found["on behalf"] or found["go-between wrote"]) and bool(found["same client"] or rare_link)
    # A surname that is rare in what was learnt from may be a common one in the next street: alone it shows nothing.
    kin = bool(found["a relative writes"] or found["a relative wrote"] or found["a spouse writes"]) and not found["at odds"]
    surname = found["same surname"] >= _RARE
    named = names_them >= _RATHER_RARE
    return bool(
        found["same address"]
        or found["same telephone"]
        or (found["same home"] and not found["strangers"] and not found["go-between writes"])
        or (found["same go-between"] and (found["same client"] or rare_link or found["same initials"] or found["reference numbers shared"]))
        or (found["same go-between"] and named and not found["other client"] and not found["other child"])
        or (by_name and (rare_link or found["names shared"] or found["in thread"]))
        or (kin and (rare_link or surname))
        or (surname and rare_link and not found["at odds"])
        or for_them
    )


def _is_likely(found: Mapping[str, float]) -> bool:
    if found["other client"] or found["at odds"]:
        return False
    alike = found["same child"] >= _UNCOMMON or found["names shared"] >= _NAMES
    kin = found["a relative writes"] or found["a relative wrote"] or found["a spouse writes"]
    if found["opposed"] and not kin:
        return False
    names = max(found["names its writer"], found["named by it"])
    named = max(names, found["same surname"]) >= _UNCOMMON
    return bool(
        names >= _RARE
        or (kin and (alike or named))
        or (found["same name"] >= _PERHAPS_THE_SAME and (found["name in address"] or alike))
        or (named and alike)
        or found["same home"]
        # A school writes about many pupils, and answers old mail with new matters.
        or (found["same go-between"] and not found["other child"] and (alike or found["cases of the go-between"] <= 1))
        or (found["go-between writes"] and not found["passed on"] and (alike or found["same initials"]))
        or (found["passed on"] and found["near copy"] >= _COPY)
    )
