"""How much a word tells: counted in the training corpus, where "school" stands in every third message and "Zakariya" in none."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from triage.errors import ModelError
from triage.matching.common_names import COMMON_NAMES

# A word in more than this share of messages tells nothing about which matter it is.
_COMMON = 0.06
# Of a hundred messages to a council at least one has any given one of the commonest names.
_MOST_OF_A_COMMON_NAME = 4.5


@dataclass(frozen=True)
class Rarity:
    """In how many of `messages` each word was met, and of those how often it was written with a capital inside a sentence."""

    messages: int
    met: dict[str, int]
    named: dict[str, int] = field(default_factory=dict)

    def weight(self, word: str) -> float:
        """What sharing the word tells, in nats: the inverse document frequency, 0 for words in every message."""
        found = math.log((self.messages + 1) / (self.met.get(word, 0) + 1))
        return min(found, _MOST_OF_A_COMMON_NAME) if word in COMMON_NAMES else found

    def is_common(self, word: str) -> bool:
        """Whether the word stands in so many messages that it tells nothing."""
        return self.met.get(word, 0) > _COMMON * self.messages or len(word) < 2

    def is_name(self, word: str) -> bool:
        """Whether the word, written with a capital, names something rather than begins a sentence."""
        met = self.met.get(word, 0)
        return met == 0 or 2 * self.named.get(word, 0) > met


def load(path: Path) -> Rarity:
    """The counts in a file. Raises ModelError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Rarity(int(found["messages"]), dict(found["met"]), dict(found["named"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: cannot be read; build it again with: python run_triage.py train --cases") from error
