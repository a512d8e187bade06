"""One evaluation, gathered for printing or as a page with plots drawn as SVG, each with its table beside it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any, Self

from triage.classify import figures
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Judgement
from triage.domain.labels import Kind
from triage.matching.figures import Figures, Row, missed_merges, wrong_merges
from triage.replay import Order, Placed, Replay

# Mistakes shown, and how much of each message.
_WORST, _EXCERPT = 20, 160
# How much of each message of a wrong merge is shown: as much as it takes to see whether the two are about one matter.
_QUOTED = 300


@dataclass(frozen=True, slots=True)
class Mistake:
    """A message that was taken for something else. `decided` is true where no person would have looked."""

    id: str
    true: Kind
    found: Kind
    confidence: float
    decided: bool
    excerpt: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a model on a set of labelled messages (see `triage.classify.figures`)."""

    name: str
    model: str
    figures: dict[str, Any]
    groups: dict[str, Any]
    confusion: dict[str, dict[str, int]]
    calibration: list[dict[str, float]]
    mistakes: list[Mistake]

    @classmethod
    def of(cls, name: str, model: str, found: dict[str, Any], messages: Sequence[LabelledMessage], judgements: Sequence[Judgement]) -> Self:
        """Gather everything from what was said of each message."""
        mistakes = [
            Mistake(
                m.id,
                m.labels.kind,
                j.labels.kind,
                j.confidence,
                j.sure,
                " ".join(f"{m.sample.subject}: {m.sample.text}".split())[:_EXCERPT],
            )
            for m, j in figures.worst(messages, judgements, _WORST)
        ]
        return cls(
            name, model, found, figures.by_group(messages, judgements), figures.confusion(messages, judgements),
            figures.calibration(messages, judgements), mistakes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quoted:
    """A message of a stream, as far as it is shown."""

    id: str
    date: str
    sender: str
    subject: str
    text: str

    @classmethod
    def of(cls, placed: Placed) -> Self:
        """The beginning of a message, in one line."""
        one = placed.message
        subject, text = (" ".join(words.split())[:_QUOTED] for words in (one.subject, one.body))
        return cls(one.id, one.date.isoformat(), one.sender, subject, text)


@dataclass(frozen=True, slots=True)
class Merge:
    """A message that was put on a case where it does not belong, or that is not with an `earlier` one with which it belongs.

    `case` is the one that it was put on, or None. `asked`: whether a person is asked about the case that it belongs to. `reason` is
    the program's.
    """

    stream: str
    case: str | None
    earlier: Quoted
    message: Quoted
    asked: bool
    reason: str


@dataclass(frozen=True, slots=True)
class StreamEvaluation:
    """What became of streams (see `triage.replay`): the figures of each and of all together, and the mistakes.

    `closed` closings of cases were done, `not_closed` could not be; `failed` says how many messages could not be processed, by why.
    """

    name: str
    model: str
    order: Order
    streams: dict[str, Figures]
    total: Figures
    wrong: list[Merge]
    missed: list[Merge]
    closed: int
    not_closed: int
    failed: dict[str, int]

    @classmethod
    def of(cls, name: str, model: str, order: Order, replays: Sequence[Replay]) -> Self:
        """Gather everything from what became of each stream."""
        streams = {one.stream: one.figures for one in replays}
        return cls(
            name, model, order, streams, sum(streams.values(), Figures()),
            [merge for one in replays for merge in _merges(one, wrong_merges(one.rows))],
            [merge for one in replays for merge in _merges(one, missed_merges(one.rows))],
            sum(one.closed for one in replays), sum(one.not_closed for one in replays),
            dict(Counter(placed.reason for one in replays for placed in one.placed if placed.kind is None)),
        )  # fmt: skip

    @property
    def asked(self) -> int:
        """About how many of the messages that are not where they belong a person is asked."""
        return sum(merge.asked for merge in self.missed)

    def as_dict(self, *, missed: bool) -> dict[str, Any]:
        """For JSON; with `missed` the messages too that are not where they belong."""
        found: dict[str, Any] = {
            "name": self.name, "model": self.model, "order": self.order.value, "total": self.total.as_dict(),
            "streams": {name: figures.as_dict() for name, figures in self.streams.items()},
            "cases_closed": self.closed, "cases_not_closed": self.not_closed, "failed": self.failed,
            "missed_merges": {"messages": len(self.missed), "asked": self.asked},
            "wrong_merges": [asdict(merge) for merge in self.wrong],
        }  # fmt: skip
        if missed:
            found["missed_merges"]["each"] = [asdict(merge) for merge in self.missed]
        return found


def _merges(replay: Replay, pairs: Sequence[tuple[int, int]]) -> list[Merge]:
    rows = replay.rows
    found = []
    for earlier, number in pairs:
        first, placed = replay.placed[earlier], replay.placed[number]
        asked = _is_asked(rows[:number], rows[number])
        found.append(Merge(replay.stream, placed.case, Quoted.of(first), Quoted.of(placed), asked, placed.reason))
    return found


def _is_asked(earlier: Sequence[Row], row: Row) -> bool:
    return row.suggested is not None and any(one.true == row.true and one.found == row.suggested for one in earlier)


def figures_table(streams: dict[str, Figures], total: Figures) -> tuple[list[str], list[list[str]]]:
    """The figures of streams as a table: its heading, a line for each figure, a column for each stream and one for all of several."""
    columns = {**streams, "all": total} if len(streams) > 1 else dict(streams)
    described = {name: one.as_dict() for name, one in columns.items()}
    lines = [[label, *(say(one) for one in described.values())] for label, say in _FIGURES]
    names = list(dict.fromkeys(name for one in described.values() for name in one["relation"]["each"]))
    for name in names:
        each = (one["relation"]["each"].get(name, {"right": 0, "of": 0}) for one in described.values())
        lines.append([f"  of the truly {name}", *(f"{one['right']} of {one['of']}" for one in each)])
    return ["", *columns], lines


def _share_of(group: str, name: str) -> Callable[[dict[str, Any]], str]:
    return lambda one: f"{one[group][name]:.3f}"


_FIGURES: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
    ("messages that belong to a case", lambda one: f"{one['messages']:,}"),
    ("pairs joined without a person: precision", _share_of("pairwise", "precision")),
    ("pairs joined without a person: recall", _share_of("pairwise", "recall")),
    ("pairs joined without a person: F1", _share_of("pairwise", "f1")),
    ("recall with what a person is asked about", _share_of("pairwise", "recall_with_suggestions")),
    ("pairs joined, of them wrong", lambda one: f"{one['pairwise']['joined']:,}, {one['pairwise']['wrong']:,}"),
    ("pairs that belong together", lambda one: f"{one['pairwise']['pairs']:,}"),
    ("B-cubed precision", _share_of("bcubed", "precision")),
    ("B-cubed recall", _share_of("bcubed", "recall")),
    ("B-cubed F1", _share_of("bcubed", "f1")),
    ("cases that hold more than one true case", lambda one: str(one["mixed_cases"])),
    ("on no case, but belong to one", lambda one: str(one["belong_to_a_case_and_are_on_none"])),
    ("on a case, but belong to none", lambda one: str(one["belong_to_none_and_are_on_a_case"])),
    ("cases suggested, of them right", lambda one: f"{one['suggestions']['made']}, {one['suggestions']['right']}"),
    ("related cases: precision", _share_of("related", "precision")),
    ("related cases: recall", _share_of("related", "recall")),
    ("related cases found, of them right, true", lambda one: "{found}, {right}, {true}".format(**one["related"])),
    ("relation right", lambda one: f"{one['relation']['right']} of {one['relation']['of']}"),
]


def write_streams_page(result: StreamEvaluation, path: Path, *, missed: bool) -> None:
    """Write what became of streams as one HTML page without anything from elsewhere. It quotes the mail: keep it where the mail may be."""
    heads, lines = figures_table(result.streams, result.total)
    body = [
        f"<h1>Which case each message of {escape(result.name)} came to</h1>"
        f"<p>Model {escape(result.model)}; order of the mail: {escape(result.order.value)}.</p>",
        _table(["Figure", *heads[1:]], lines, "Where there was nothing to join, or nothing was, recall or precision is 1"),
        f"<p>{escape(beside_the_figures(result))}</p>",
        "<h2>Wrong merges</h2>", _merges_table(result.wrong, "Messages that were put on a case where they do not belong"),
        "<h2>Missed merges</h2>",
        _merges_table(result.missed, "Messages that are not where they belong") if missed else f"<p>{len(result.missed)}</p>",
    ]  # fmt: skip
    _write(path, f"Evaluation: {result.name}", body)


def beside_the_figures(result: StreamEvaluation) -> str:
    """In a sentence or two: what was missed, and which cases could not be closed."""
    said = [f"Not on the case that they belong to: {len(result.missed):,} messages; about {result.asked:,} of them a person is asked."]
    if result.closed or result.not_closed:
        said.append(f"Cases closed: {result.closed:,}; not there, or closed already: {result.not_closed:,}.")
    return " ".join(said)


def _merges_table(merges: Sequence[Merge], caption: str) -> str:
    rows = [
        (one.stream, one.case or "none", _cell(one.earlier), _cell(one.message), "yes" if one.asked else "no", one.reason) for one in merges
    ]
    return _table(["Stream", "Case", "Earlier message", "Message", "A person is asked", "The program's reason"], rows, caption)


def _cell(one: Quoted) -> str:
    return f"{one.id}, {one.date}, {one.sender}: {one.subject}: {one.text}"


def write_page(result: Evaluation, path: Path) -> None:
    """Write the evaluation as one HTML page without anything from elsewhere. It quotes the mail: keep it where the mail may be."""
    kind = result.figures["kind"]
    summary = [
        ("Messages", f"{result.figures['messages']:,}"),
        ("Kind, macro-F1", f"{kind['macro_f1']:.3f}"),
        ("Calibration error", f"{kind['calibration_error']:.3f}"),
        ("Decided without a person", f"{kind['decided_without_a_person']:.0%}"),
        ("Of those right", "none decided" if kind["of_those_right"] is None else f"{kind['of_those_right']:.1%}"),
        ("Complaints decided to be something else", str(kind["silently_lost"])),
    ]
    body = [
        f"<h1>How well the model does on {escape(result.name)}</h1><p>Model {escape(result.model)}.</p>",
        _table(["Figure", "Value"], summary, "Summary"),
        "<h2>Each kind</h2>", _bars(kind["each"]), _scores_table(kind["each"], "Kind"),
        "<h2>What was taken for what</h2>", _grid(result.confusion), _confusion_table(result.confusion),
        "<h2>Is it as sure as it is right?</h2>", _reliability(result.calibration), _calibration_table(result.calibration),
        "<h2>Other labels</h2>", _other_table(result.figures),
        "<h2>Groups of authors</h2>", _groups_table(result.groups),
        "<h2>The worst mistakes</h2>", _mistakes_table(result.mistakes),
    ]  # fmt: skip
    _write(path, f"Evaluation: {result.name}", body)


def _write(path: Path, title: str, body: Sequence[str]) -> None:
    page = (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )
    path.write_text(page, encoding="utf-8")


_STYLE = (
    "body{font:1rem/1.5 Arial,sans-serif;color:#0b0c0c;background:#fff;margin:0}main{max-width:60rem;margin:0 auto;padding:1rem}"
    "table{border-collapse:collapse;margin:1rem 0 2rem;width:100%}caption{text-align:left;font-weight:bold;padding:.25rem 0}"
    "th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #b1b4b6;vertical-align:top}td.n,th.n{text-align:right}"
    "svg{max-width:100%;height:auto}text{font:14px Arial,sans-serif;fill:#0b0c0c}.scroll{overflow-x:auto}"
)
_BLUE, _GREY, _ORANGE = "#1d70b8", "#b1b4b6", "#b45309"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]], caption: str) -> str:
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _scores_table(each: dict[str, Any], what: str) -> str:
    rows = [(name, f"{one['precision']:.2f}", f"{one['recall']:.2f}", f"{one['f1']:.2f}", one["messages"]) for name, one in each.items()]
    return _table(
        [what, "Precision", "Recall", "F1", "Messages"],
        rows,
        f"{what}: of those called so, how many are; of those that are, how many were found",
    )


def _confusion_table(table: dict[str, dict[str, int]]) -> str:
    names = list(table)
    return _table(
        ["Truly", *(f"taken for {name}" for name in names)], [(true, *(table[true][name] for name in names)) for true in names], "Messages"
    )


def _calibration_table(table: Sequence[dict[str, float]]) -> str:
    rows = [
        (f"{one['from']:.0%} to {one['to']:.0%}", int(one["messages"]), f"{one['confidence']:.0%}", f"{one['right']:.0%}") for one in table
    ]
    return _table(["Confidence", "Messages", "Mean confidence", "Right"], rows, "Of all decisions at 90%, nine in ten should be right")


def _other_table(found: dict[str, Any]) -> str:
    rows: list[tuple[str, ...]] = []
    for name in ("process", "role", "service"):
        if name in found:
            rows.append((name, f"{found[name]['macro_f1']:.2f}", "", "", str(found[name]["messages"])))
    for name, one in found.items():
        if name in ("urgent", "outside_scope") or name.startswith("theme "):
            rows.append(
                (name.replace("_", " "), f"{one['f1']:.2f}", f"{one['precision']:.2f}", f"{one['recall']:.2f}", str(one["messages"]))
            )
    return _table(["Label", "F1 (macro-F1 of several values)", "Precision", "Recall", "Messages"], rows, "The labels beside the kind")


def _groups_table(groups: dict[str, Any]) -> str:
    rows = [
        (name, one["messages"], f"{one['macro_f1']:.2f}", f"{one['decided_without_a_person']:.0%}",
         "" if one["of_those_right"] is None else f"{one['of_those_right']:.1%}", one["silently_lost"])
        for name, one in groups.items()
    ]  # fmt: skip
    return _table(
        ["Group", "Messages", "Kind, macro-F1", "Decided", "Of those right", "Complaints lost"],
        rows,
        "The kind, by who writes and how much",
    )


def _mistakes_table(mistakes: Sequence[Mistake]) -> str:
    rows = [
        (one.id, one.true.value, one.found.value, f"{one.confidence:.0%}", "decided" if one.decided else "asked a person", one.excerpt)
        for one in mistakes
    ]
    return _table(
        ["Message", "Truly", "Taken for", "Confidence", "How", "It begins"], rows, "Those decided without a person first, then the surest"
    )


def _bars(each: dict[str, Any]) -> str:
    """F1 of each kind as bars."""
    rows = []
    for number, (name, one) in enumerate(each.items()):
        y = 10 + number * 34
        rows.append(
            f'<text x="0" y="{y + 17}">{escape(name)}</text>'
            f'<rect x="110" y="{y}" width="{one["f1"] * 400:.0f}" height="24" fill="{_BLUE}"/>'
            f'<text x="{118 + one["f1"] * 400:.0f}" y="{y + 17}">{one["f1"]:.2f}</text>'
        )
    return _svg(600, 20 + 34 * len(each), "F1 of each kind; the table below gives the same figures", "".join(rows))


def _grid(table: dict[str, dict[str, int]]) -> str:
    """The confusion as a grid: the darker, the larger the share of the true kind."""
    names, cells = list(table), []
    for row, true in enumerate(names):
        total = max(1, sum(table[true].values()))
        cells.append(f'<text x="0" y="{58 + row * 50}">{escape(true)}</text>')
        for column, found in enumerate(names):
            share = table[true][found] / total
            colour = _BLUE if true == found else _ORANGE
            dark = share > 0.55
            cells.append(
                f'<rect x="{110 + column * 110}" y="{28 + row * 50}" width="106" height="46" fill="{colour}" '
                f'fill-opacity="{0.06 + 0.9 * share:.2f}"/>'
                f'<text x="{163 + column * 110}" y="{56 + row * 50}" text-anchor="middle"{_WHITE if dark else ""}>'
                f"{table[true][found]}</text>"
            )
    heads = "".join(f'<text x="{163 + i * 110}" y="18" text-anchor="middle">{escape(name)}</text>' for i, name in enumerate(names))
    return _svg(
        560,
        40 + 50 * len(names),
        "Rows are true kinds, columns what they were taken for; the table below gives the same figures",
        heads + "".join(cells),
    )


_WHITE = ' style="fill:#fff"'


def _reliability(table: Sequence[dict[str, float]]) -> str:
    """Confidence against the share that is right; on the line it is as sure as it is right."""
    points = "".join(
        f'<circle cx="{50 + one["confidence"] * 300:.0f}" cy="{330 - one["right"] * 300:.0f}" '
        f'r="{4 + min(12, one["messages"] ** 0.5 / 1.5):.1f}" fill="{_BLUE}" fill-opacity="0.8"/>'
        for one in table
    )
    axes = (
        f'<line x1="50" y1="330" x2="350" y2="30" stroke="{_GREY}" stroke-dasharray="6 4"/>'
        '<line x1="50" y1="330" x2="350" y2="330" stroke="#0b0c0c"/><line x1="50" y1="330" x2="50" y2="30" stroke="#0b0c0c"/>'
        '<text x="50" y="350">0%</text><text x="320" y="350">100%</text>'
        '<text x="150" y="370">confidence</text><text x="0" y="36">right</text>'
    )
    return _svg(420, 380, "Confidence against the share that is right; the table below gives the same figures", axes + points)


def _svg(width: int, height: int, label: str, content: str) -> str:
    return f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{content}</svg>'
