"""Lists messages of the corpus that are too much alike, within and between the sets.

    python -m experiments.near_duplicates [--at-least 0.5]

Two messages are alike where they share that part of their runs of five words (the smaller one's runs counted). Quotes, banners and
signatures are taken away first, as for the classifier. Resends in the streams are meant to be alike and are left out.
"""

import argparse
import sys
from pathlib import Path

from triage.classify.alike import near_duplicates
from triage.learning import read_labelled

SETS = ("training", "evaluation", "evaluation-hard", "streams", "evaluation-streams")


def main() -> int:
    """Print the pairs; exit status 1 where there is one."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--at-least", type=float, default=0.5)
    arguments.add_argument("--corpus", type=Path, default=Path("models/corpus"))
    given = arguments.parse_args()
    texts: dict[str, str] = {}
    for name in SETS:
        for message in read_labelled(given.corpus / name):
            texts[f"{name}/{message.id}"] = message.sample.text
    found = [
        (one, other, share)
        for one, other, share in near_duplicates(texts, given.at_least)
        if not (one.split("/")[0] == other.split("/")[0] and "streams" in one)
    ]
    for one, other, share in found:
        print(f"{share:.0%}  {one}  {other}")
    print(f"{len(texts):,} messages, {len(found)} pairs that share at least {given.at_least:.0%}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
