"""What the classifier sees of a message: its words, its sender's, and a few marks of where it came from.

Training and service build it by the same functions, so that the model never meets a feature that it did not learn.
"""

import re
from dataclasses import dataclass

# Longer mail is judged by its beginning: beyond this, words repeat and cost time.
_JUDGED_CHARACTERS = 20_000
_NOT_WORDS = frozenset({"example", "gov", "co", "org", "uk", "com", "net", "mail", "email", "www", ""})


@dataclass(frozen=True, slots=True)
class Sample:
    """A message as the classifier sees it. `text` is its author's own new words.

    `internal` is true where its writer is at one of the council's own domains; `listed` where a mailing list sent it; `relayed`
    where a colleague relays in their own words what somebody said. `sender` is the author's name and the words of their address
    ("Cllr", "primary", "nhs" tell who is writing). That a machine sent it is no mark: web forms hold families' complaints, and
    automatic replies are decided by rule.
    """

    subject: str
    text: str
    internal: bool
    listed: bool
    sender: str = ""
    relayed: bool = False

    def words(self) -> str:
        """Subject and text."""
        return f"{self.subject}\n{self.text[:_JUDGED_CHARACTERS]}"

    def marks(self) -> str:
        """The marks as words."""
        return " ".join(["internal" if self.internal else "external"] + ["listed"] * self.listed + ["relayed"] * self.relayed)

    def origin(self) -> str:
        """Marks and sender as the encoder reads them, before the words."""
        return f"{'council' if self.internal else 'outside'}{' list' * self.listed}{' relayed' * self.relayed} {self.sender}"


def sender_words(name: str, address: str) -> str:
    """A sender's name and the words in their address, without those that every address has."""
    local, _, domain = address.lower().partition("@")
    words = [word for word in re.split(r"[^a-z0-9]+", f"{local} {domain}") if word not in _NOT_WORDS and not word.isdigit()]
    return " ".join(dict.fromkeys([*name.split(), *(word for word in words if word not in name.lower())]))
