"""From probabilities to labels: which value is likeliest, from where a flag is set, and how sure is sure enough."""

from dataclasses import dataclass
from typing import Any

from triage.classify.readers import Regressions
from triage.domain.labels import Kind, Labels, Process, Role, Service, Theme


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the model must be of the kind to decide without a person, a probability, and from where each flag is set.

    Whatever else a message is taken for, it is not decided so while it is a complaint with more than `complaint_at_most`.
    """

    kind: float
    complaint_at_most: float
    urgent: float
    outside_scope: float
    themes: dict[Theme, float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of one message: its labels, how surely, and whether it needs no person."""

    labels: Labels
    confidence: float
    sure: bool
    process: Process
    """The process that it would have as a complaint: `labels.process` is None of anything else."""


def likeliest(probabilities: dict[Any, float]) -> Any:
    """The value with the highest probability."""
    return max(probabilities, key=probabilities.__getitem__)


def judged(answer: dict[str, Any], thresholds: Thresholds) -> Judgement:
    """The labels that probabilities give, under these thresholds."""
    kind: Kind = likeliest(answer["kind"])
    confidence = answer["kind"][kind]
    process: Process = likeliest(answer["process"])
    role: Role = likeliest(answer["role"])
    service: Service = likeliest(answer["service"])
    about = kind in (Kind.COMPLAINT, Kind.ENQUIRY)
    labels = Labels(
        kind=kind,
        process=process if kind is Kind.COMPLAINT else None,
        role=role,
        urgent=answer["urgent"] >= thresholds.urgent,
        outside_scope=answer["outside_scope"] >= thresholds.outside_scope and kind is not Kind.NONE,
        service=service,
        themes=tuple(sorted(theme for theme in Theme if about and answer["themes"][theme] >= thresholds.themes[theme])),
    )
    could_be_complaint = kind is not Kind.COMPLAINT and answer["kind"][Kind.COMPLAINT] > thresholds.complaint_at_most
    return Judgement(labels, confidence, confidence >= thresholds.kind and not could_be_complaint, process)


def answers(heads: Regressions, features: Any) -> list[dict[str, Any]]:
    """For each row the probabilities of every label: {"kind": {Kind: p}, "process": {...}, ..., "urgent": p, "themes": {Theme: p}}."""
    found = {name: Regressions.probabilities(decisions) for name, decisions in heads.decisions(features).items()}
    rows = []
    for i in range(len(features)):
        row: dict[str, Any] = {}
        for name, enumeration in (("kind", Kind), ("process", Process), ("role", Role), ("service", Service)):
            row[name] = {enumeration(value): float(p) for value, p in zip(heads.classes[name], found[name][i], strict=True)}
        for name in ("urgent", "outside_scope"):
            row[name] = float(found[name][i][heads.classes[name].index(True)])
        row["themes"] = {theme: float(found[theme.value][i][heads.classes[theme.value].index(True)]) for theme in Theme}
        rows.append(row)
    return rows
