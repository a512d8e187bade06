"""What people who sign in may be called: names to sign in with, full names, addresses."""

import re
import unicodedata

from triage.errors import CallError

# Plain enough for the audit and for every keyboard; no two look alike, as letters of other alphabets do.
NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
# The program itself acts as "triage 1.2, model ..." in the audit.
RESERVED = frozenset({"triage"})
_ADDRESS = re.compile(r"[^\s@<>,;\x00-\x1f]{1,64}@[^\s@<>,;\x00-\x1f]{1,189}")
_LONGEST_FULL_NAME = 120


def tidy(text: str) -> str:
    """One line of what can be seen."""
    seen = "".join(one if not unicodedata.category(one).startswith("C") else " " for one in text)
    return " ".join(seen.split())[:_LONGEST_FULL_NAME]


def some_full_name(text: str) -> str:
    """A full name that can be shown. Raises CallError where nothing is left of it."""
    full_name = tidy(text)
    if not full_name:
        raise CallError("the full name is empty: give the name that others know")
    return full_name


def some_address(text: str | None) -> str | None:
    """An address in lower case, or None where there is none. Raises CallError where it is no address."""
    address = (text or "").strip().lower()
    if address and not is_address(address):
        raise CallError("the address is none: write it as rita.patel@ashmere.example")
    return address or None


def is_address(text: str) -> bool:
    """Whether this is written as an address is."""
    return _ADDRESS.fullmatch(text.strip()) is not None and text.isprintable()


def fitting(name: str) -> str:
    """The name that the council's own sign-in gives, as one to sign in with here, with room for an ending."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9._@+-]+", "-", plain).strip("._@+-")[:58] or "somebody"
