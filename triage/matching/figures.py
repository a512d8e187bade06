"""How well messages are put on cases: pairwise and B-cubed precision and recall, suggestions, relations, related cases.

Rows are given in the order in which the program met them. Four rules decide what counts, and how:

- A row that truly belongs to a case counts. A row that is on no case stands alone.
- A row that truly belongs to none is no row to be found: it is in no recall, and no average is taken over it. But where it was
  put on a case with rows that count, it speaks against precision: each pair of it and one of those rows is a wrong pair, and in
  B-cubed it is one more wrong companion of each of those rows. Two such rows on one case count neither for nor against: they
  hide nobody's complaint, and that they are on a case at all is the classifier's mistake.
- Where nothing was joined, precision is 1, and where there is nothing to join, recall is 1: no mistake was made.
- Two halves of one true case that were linked as related count neither for nor against the links.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import comb
from typing import Any

from triage.domain.case import Relation

# Two cases, by name.
Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One message: the case that it truly belongs to, and what the program did with it. Cases go by name, None where there is none.

    `true_relation` is None where it is not labelled: the row is then left out of how often the relation was right.
    """

    true: str | None
    found: str | None
    suggested: str | None = None
    true_relation: Relation | None = None
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted. Figures of several streams add up, and so every message and every pair weighs the same.

    `pairs` are pairs of rows of one true case; `pairs_asked` those of them that were not joined, but one of the two rows is suggested
    the case that the other is on. `joined` are pairs on one found case, at least one of them truly on a case. The two of B-cubed are
    sums over `rows`. `mixed_cases` are found cases with rows of more than one true case. `unplaced` are rows that belong to a case and
    are on none, `misplaced` rows that belong to none and are on one. `relations` is, for each true relation, how often it was found
    and how often it is.
    """

    rows: int = 0
    pairs: int = 0
    pairs_joined: int = 0
    pairs_asked: int = 0
    joined: int = 0
    bcubed_precision_sum: float = 0.0
    bcubed_recall_sum: float = 0.0
    suggestions: int = 0
    suggestions_right: int = 0
    mixed_cases: int = 0
    unplaced: int = 0
    misplaced: int = 0
    links: int = 0
    links_found: int = 0
    links_right: int = 0
    relations: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __add__(self, other: "Figures") -> "Figures":
        counts = {one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self) if one.name != "relations"}
        names = dict.fromkeys((*self.relations, *other.relations))
        both = {name: (self.relations.get(name, (0, 0)), other.relations.get(name, (0, 0))) for name in names}
        return Figures(**counts, relations={name: (a[0] + b[0], a[1] + b[1]) for name, (a, b) in both.items()})

    @property
    def wrong(self) -> int:
        """How many joined pairs are wrong."""
        return self.joined - self.pairs_joined

    @property
    def precision(self) -> float:
        """Of the pairs that were joined without a person, the share that is right."""
        return _share(self.pairs_joined, self.joined)

    @property
    def recall(self) -> float:
        """Of the pairs that belong together, the share that was joined without a person."""
        return _share(self.pairs_joined, self.pairs)

    @property
    def recall_with_suggestions(self) -> float:
        """Of the pairs that belong together, the share that was joined, or that a person is asked about."""
        return _share(self.pairs_joined + self.pairs_asked, self.pairs)

    @property
    def bcubed_precision(self) -> float:
        """The mean, over rows, of the share of a row's companions that belong with it; it is its own companion."""
        return _share(self.bcubed_precision_sum, self.rows)

    @property
    def bcubed_recall(self) -> float:
        """The mean, over rows, of the share of what belongs with a row that is with it."""
        return _share(self.bcubed_recall_sum, self.rows)

    @property
    def relations_right(self) -> tuple[int, int]:
        """How often the relation was found, of how many."""
        return sum(right for right, _ in self.relations.values()), sum(count for _, count in self.relations.values())

    def as_dict(self) -> dict[str, Any]:
        """For JSON and for tables."""
        right, count = self.relations_right
        return {
            "messages": self.rows,
            "pairwise": {
                "precision": _round(self.precision), "recall": _round(self.recall), "f1": _round(f1(self.precision, self.recall)),
                "recall_with_suggestions": _round(self.recall_with_suggestions),
                "pairs": self.pairs, "joined": self.joined, "wrong": self.wrong,
            },
            "bcubed": {
                "precision": _round(self.bcubed_precision), "recall": _round(self.bcubed_recall),
                "f1": _round(f1(self.bcubed_precision, self.bcubed_recall)),
            },
            "suggestions": {"made": self.suggestions, "right": self.suggestions_right},
            "relation": {
                "right": right, "of": count,
                "each": {name: {"right": one[0], "of": one[1]} for name, one in sorted(self.relations.items())},
            },
            "related": {
                "precision": _round(_share(self.links_right, self.links_found)), "recall": _round(_share(self.links_right, self.links)),
                "found": self.links_found, "right": self.links_right, "true": self.links,
            },
            "mixed_cases": self.mixed_cases,
            "belong_to_a_case_and_are_on_none": self.unplaced,
            "belong_to_none_and_are_on_a_case": self.misplaced,
        }  # fmt: skip


def measure(rows: Sequence[Row], true_links: Iterable[Link] = (), found_links: Iterable[Link] = ()) -> Figures:
    """The figures of one stream. `true_links` are pairs of related true cases, `found_links` of found ones, in any order.

    A found case stands for the true case of the row that opened it, the first one on it. A link from one that a row without a true case
    had opened is wrong.
    """
    counted = [row for row in rows if row.true is not None]
    of_true: Counter[str | None] = Counter(row.true for row in counted)
    of_found: Counter[str | None] = Counter(row.found for row in rows if row.found is not None)
    of_both: Counter[tuple[str | None, str | None]] = Counter((row.true, row.found) for row in counted if row.found is not None)
    strangers: Counter[str | None] = Counter(row.found for row in rows if row.true is None and row.found is not None)
    each = Counter(found for _, found in of_both)
    suggested = [row for row in rows if row.suggested is not None]
    # A row on the case that it is suggested for is no evidence that the suggestion is right.
    right = [row for row in suggested if of_both[(row.true, row.suggested)] > (row.found == row.suggested)]
    # Of each row: how many belong together with it, how many of them are with it, and how many rows are with it. It is one of each.
    company = [(of_true[row.true], *_beside(row, of_both, of_found)) for row in counted]
    known_links = {frozenset[object](link) for link in true_links if link[0] != link[1]}
    links = _links_as_true(rows, found_links)
    return Figures(
        rows=len(counted),
        pairs=sum(comb(count, 2) for count in of_true.values()),
        pairs_joined=sum(comb(count, 2) for count in of_both.values()),
        pairs_asked=_pairs_asked(counted),
        joined=sum(comb(count, 2) - comb(strangers[found], 2) for found, count in of_found.items()),
        bcubed_precision_sum=sum(together / beside for _, together, beside in company),
        bcubed_recall_sum=sum(together / belong for belong, together, _ in company),
        suggestions=len(suggested),
        suggestions_right=len(right),
        mixed_cases=sum(count > 1 for count in each.values()),
        unplaced=sum(row.found is None for row in counted),
        misplaced=sum(strangers.values()),
        links=len(known_links),
        links_found=len(links),
        links_right=len(known_links & links),
        relations=_relations(counted),
    )  # fmt: skip


def _beside(row: Row, of_both: Counter[tuple[str | None, str | None]], of_found: Counter[str | None]) -> tuple[int, int]:
    return (1, 1) if row.found is None else (of_both[(row.true, row.found)], of_found[row.found])


def wrong_pairs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Every two rows, by number, that were joined and do not belong together."""
    return [(i, j) for on_it in _numbers(rows, "found") for n, j in enumerate(on_it) for i in on_it[:n] if _wrong(rows[i], rows[j])]


def wrong_merges(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Every row that was put on a case where none of the earlier rows belongs with it, after the first of those that it is wrong with.

    So each mistake is named once, however many wrong pairs follow from it.
    """
    found = []
    for on_it in _numbers(rows, "found"):
        for n, j in enumerate(on_it):
            wrong = [i for i in on_it[:n] if _wrong(rows[i], rows[j])]
            if wrong and (rows[j].true is None or all(rows[i].true != rows[j].true for i in on_it[:n])):
                found.append((wrong[0], j))
    return sorted(found, key=lambda pair: pair[1])


def missed_merges(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Every row of which earlier rows of its true case are known and which is with none of them, after the first of them."""
    found = []
    for of_it in _numbers(rows, "true"):
        for n, j in enumerate(of_it):
            together = rows[j].found is not None and any(rows[i].found == rows[j].found for i in of_it[:n])
            if n and not together:
                found.append((of_it[0], j))
    return sorted(found, key=lambda pair: pair[1])


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of the two."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _wrong(one: Row, other: Row) -> bool:
    """Whether two rows on one found case do not belong together, and at least one of them counts."""
    return one.true != other.true


def _numbers(rows: Sequence[Row], name: str) -> list[list[int]]:
    """The numbers of the rows on each case, `name` saying which case is meant."""
    on: defaultdict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        case = getattr(row, name)
        if case is not None:
            on[case].append(number)
    return list(on.values())


def _pairs_asked(rows: Sequence[Row]) -> int:
    return sum(
        _is_asked(rows[i], rows[j])
        for of_it in _numbers(rows, "true")
        for n, j in enumerate(of_it)
        for i in of_it[:n]
    )  # fmt: skip


def _is_asked(one: Row, other: Row) -> bool:
    if one.found is not None and one.found == other.found:
        return False
    return (one.found is not None and one.found == other.suggested) or (other.found is not None and other.found == one.suggested)


def _links_as_true(rows: Sequence[Row], links: Iterable[Link]) -> set[frozenset[object]]:
    """Found links between the true cases that they stand for; one that stands for none keeps a name that no true case has."""
    opened_by: dict[str, str | None] = {}
    for row in rows:
        if row.found is not None:
            opened_by.setdefault(row.found, row.true)

    def stands_for(case: str) -> object:
        true = opened_by.get(case)
        return (case,) if true is None else true

    pairs = [(stands_for(one), stands_for(other)) for one, other in links]
    return {frozenset(pair) for pair in pairs if pair[0] != pair[1]}


def _relations(rows: Sequence[Row]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.true_relation is not None:
            right, count = found.get(row.true_relation.value, (0, 0))
            found[row.true_relation.value] = (right + (row.relation is row.true_relation), count + 1)
    return found


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _round(value: float) -> float:
    return round(float(value), 4)
