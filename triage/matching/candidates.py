"""The nearest cases: those that share the most telling keys with a message, a dozen at most, however large the store is."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from triage.matching.keys import Key, Sort, word_key

# Of a key that tells much, the newest messages that bear it are looked at. One that tells little is passed over where more than
# twenty bear it: it tells nothing then.
MOST_STRONG = 40
MOST_WEAK = 21
_WEAK = frozenset({Sort.WORD, Sort.SUBJECT, Sort.COPY})
MOST_CASES = 12
# A reference that the message quotes is worth a look, wherever it leads.
_QUOTED = 9.0


def is_weak(key: Key) -> bool:
    """Whether a key alone tells little."""
    return key.sort in _WEAK


def nearest(cases_by_key: Mapping[int, Sequence[int]], keys: Mapping[int, Key], quoted: Iterable[int] = ()) -> list[int]:
    """The cases to compare a message with, the nearest first.

    `cases_by_key` gives for each key the cases of the messages that bear it, the newest first; `quoted` are the cases whose
    references it quotes.
    """
    worth: defaultdict[int, float] = defaultdict(float)
    for case_id in quoted:
        worth[case_id] += _QUOTED
    for value, key in keys.items():
        bearers = cases_by_key.get(value, ())
        if not bearers or (is_weak(key) and len(bearers) >= MOST_WEAK):
            continue
        cases = dict.fromkeys(bearers[:MOST_STRONG])
        for case_id in cases:
            worth[case_id] += key.worth / (1 + math.log(len(cases)))
    return sorted(worth, key=lambda case_id: (-worth[case_id], -case_id))[:MOST_CASES]


def sharing(cases_by_key: Mapping[int, Sequence[int]], words: Iterable[str]) -> dict[str, int]:
    """For each word how many cases have it, as far as was looked; words by which no message is found are left out."""
    found = {word: cases_by_key.get(word_key(word)) for word in words}
    return {word: len(set(cases)) for word, cases in found.items() if cases is not None}
