"""Texts that are too much alike: a message in a training set and its near-copy in an evaluation set would make figures too good."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

# Words in a row that count as shared; a shorter run is idiom.
_RUN = 5
# Texts of fewer runs than this say too little to be copies: "thanks, got it".
_FEWEST_RUNS = 6
# A run that so many texts share is a form's or a letter's wording and points at nobody.
_COMMON = 12


def near_duplicates(texts: Mapping[str, str], at_least: float) -> Iterator[tuple[str, str, float]]:
    """Pairs of names whose texts share at least this part (0 to 1) of the shorter one's runs of five words, with the part."""
    runs = {name: _runs(text) for name, text in texts.items()}
    holders: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, found in runs.items():
        for run in found:
            holders[run].append(name)
    shared: defaultdict[tuple[str, str], int] = defaultdict(int)
    for names in holders.values():
        if 1 < len(names) <= _COMMON:
            for i, one in enumerate(names):
                for other in names[i + 1 :]:
                    shared[one, other] += 1
    for (one, other), count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
        fewer = min(len(runs[one]), len(runs[other]))
        if fewer >= _FEWEST_RUNS and count / fewer >= at_least:
            yield one, other, count / fewer


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
