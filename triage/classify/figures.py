"""How good answers are: macro-F1, calibration, what is decided without a person, per label and per group of authors."""

from collections.abc import Callable, Sequence
from typing import Any

from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Judgement
from triage.domain.labels import Kind, Role, Theme

# Words: a short message has at most so many, a long one at least.
SHORT, LONG = 25, 200


def measure(messages: Sequence[LabelledMessage], judgements: Sequence[Judgement]) -> dict[str, Any]:
    """All figures. Labels that are not given for a message are left out of theirs, and those that are given for none altogether.

    `process` is measured on true complaints; `silently_lost` counts true complaints that were decided, without a person, to be
    something else. Raises ValueError where there is nothing to measure.
    """
    if not messages:
        raise ValueError("there is nothing to measure")
    both = list(zip(messages, judgements, strict=True))
    result: dict[str, Any] = {"messages": len(messages), "kind": _kind_figures(messages, judgements)}
    process = [(m.labels.process, j.process) for m, j in both if m.labels.process is not None]
    if process:
        result["process"] = _classes(process)
    for name in ("role", "service", "urgent", "outside_scope"):
        pairs = [(getattr(m.labels, name), getattr(j.labels, name)) for m, j in both if name not in m.unknown]
        if pairs:
            result[name] = _classes(pairs) if name in ("role", "service") else _flag(pairs)
    about = [(m, j) for m, j in both if "themes" not in m.unknown and m.labels.kind in (Kind.COMPLAINT, Kind.ENQUIRY)]
    for theme in Theme if about else ():
        result[f"theme {theme.value}"] = _flag([(theme in m.labels.themes, theme in j.labels.themes) for m, j in about])
    return result


# Groups of authors, for whom a model may be worse than for others.
GROUPS: dict[str, Callable[[LabelledMessage], bool]] = {
    "young people": lambda m: m.labels.role is Role.YOUNG_PERSON,
    "parents and carers": lambda m: m.labels.role in (Role.PARENT_CARER, Role.FOSTER_CARER),
    "professionals, schools, officers": lambda m: m.labels.role in (Role.PROFESSIONAL, Role.SCHOOL, Role.OFFICER),
    "members and advocates": lambda m: m.labels.role in (Role.MP, Role.COUNCILLOR, Role.ADVOCATE),
    f"short (up to {SHORT} words)": lambda m: len(m.sample.text.split()) <= SHORT,
    f"long ({LONG} words and more)": lambda m: len(m.sample.text.split()) >= LONG,
    "marked hard by their writer": lambda m: m.hard,
}


def by_group(
    messages: Sequence[LabelledMessage], judgements: Sequence[Judgement], more: dict[str, set[str]] | None = None
) -> dict[str, Any]:
    """The kind's figures for each group of authors. `more` names further groups by message ids."""
    groups: dict[str, Callable[[LabelledMessage], bool]] = dict(GROUPS)
    for name, ids in (more or {}).items():
        groups[name] = lambda m, ids=ids: m.id in ids  # type: ignore[misc]
    found = {}
    for name, belongs in groups.items():
        chosen = [i for i, message in enumerate(messages) if belongs(message)]
        if chosen:
            found[name] = {"messages": len(chosen), **_kind_figures([messages[i] for i in chosen], [judgements[i] for i in chosen])}
    return found


def confusion(messages: Sequence[LabelledMessage], judgements: Sequence[Judgement]) -> dict[str, dict[str, int]]:
    """How often each true kind was taken for each: {true: {found: count}}."""
    table = {true.value: {found.value: 0 for found in Kind} for true in Kind}
    for message, judgement in zip(messages, judgements, strict=True):
        table[message.labels.kind.value][judgement.labels.kind.value] += 1
    return table


def calibration(messages: Sequence[LabelledMessage], judgements: Sequence[Judgement]) -> list[dict[str, float]]:
    """For each tenth of confidence: from, to, how many, mean confidence, share right. Empty tenths are left out."""
    table = []
    for low in range(10):
        inside = [
            (j.confidence, j.labels.kind is m.labels.kind)
            for m, j in zip(messages, judgements, strict=True)
            if low / 10 < j.confidence <= (low + 1) / 10
        ]
        if inside:
            mean, right = sum(c for c, _ in inside) / len(inside), sum(ok for _, ok in inside) / len(inside)
            table.append(
                {"from": low / 10, "to": (low + 1) / 10, "messages": len(inside), "confidence": _round(mean), "right": _round(right)}
            )
    return table


def worst(messages: Sequence[LabelledMessage], judgements: Sequence[Judgement], count: int = 20) -> list[tuple[LabelledMessage, Judgement]]:
    """The mistakes about the kind that were made most surely, those decided without a person first."""
    wrong = [(m, j) for m, j in zip(messages, judgements, strict=True) if m.labels.kind is not j.labels.kind]
    return sorted(wrong, key=lambda pair: (not pair[1].sure, -pair[1].confidence))[:count]


def _kind_figures(messages: Sequence[LabelledMessage], judgements: Sequence[Judgement]) -> dict[str, Any]:
    pairs = [(m.labels.kind, j.labels.kind) for m, j in zip(messages, judgements, strict=True)]
    right = [true is found for true, found in pairs]
    decided = [i for i, judgement in enumerate(judgements) if judgement.sure]
    return {
        **_classes(pairs),
        "calibration_error": _round(_calibration_error([j.confidence for j in judgements], right)),
        "decided_without_a_person": _round(len(decided) / len(pairs)),
        "of_those_right": _round(sum(right[i] for i in decided) / len(decided)) if decided else None,
        "silently_lost": sum(pairs[i][0] is Kind.COMPLAINT and pairs[i][1] is not Kind.COMPLAINT for i in decided),
    }


def _classes(pairs: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Macro-F1 over the values that occur, and precision, recall, F1 and count of each."""
    each = {}
    for value in sorted({true for true, _ in pairs}):
        hits = sum(true == value and found == value for true, found in pairs)
        each[value.value] = _scores(hits, sum(found == value for _, found in pairs), sum(true == value for true, _ in pairs))
    mean = sum(one["f1"] for one in each.values()) / len(each) if each else None
    return {"macro_f1": None if mean is None else _round(mean), "messages": len(pairs), "each": each}


def _flag(pairs: Sequence[tuple[bool, bool]]) -> dict[str, Any]:
    return _scores(sum(t and f for t, f in pairs), sum(f for _, f in pairs), sum(t for t, _ in pairs))


def _scores(hits: int, found: int, true: int) -> dict[str, Any]:
    precision, recall = hits / found if found else 0.0, hits / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": _round(precision), "recall": _round(recall), "f1": _round(f1), "messages": true}


def _calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten bins: how far confidence and the share that is right lie apart, on average."""
    total = 0.0
    for low in range(10):
        inside = [i for i, c in enumerate(confidences) if low / 10 < c <= (low + 1) / 10]
        if inside:
            total += abs(sum(right[i] for i in inside) - sum(confidences[i] for i in inside))
    return total / len(confidences)


def _round(value: float) -> float:
    return round(float(value), 4)
