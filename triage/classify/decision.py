"""From probabilities to labels: which value is likeliest, from where a flag is set, and how sure is sure enough."""

from collections.abc import Iterable
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


# Who does not complain for a child, a parent or a carer. Advocates and MPs write for them (labelling guide, section 2).
_ON_THEIR_OWN_ACCOUNT = (Role.OTHER, Role.PROFESSIONAL, Role.SCHOOL, Role.COUNCILLOR, Role.OFFICER)
# Complaints of each sort that are taken to have been seen before any were: a rare sort proves little.
_BEFOREHAND = 3.0


@dataclass(frozen=True, slots=True)
class Procedures:
    """How often a complaint about a service belongs to the statutory procedure: {service: (from a family, from anybody else)}.

    The procedure follows from what a complaint is about and from who makes it (SI 2006/1738, regulation 3; Children Act 1989,
    section 26), which the words alone tell less surely than both together.
    """

    statutory: dict[Service, tuple[float, float]]

    @classmethod
    def of(cls, labels: Iterable[Labels]) -> "Procedures":
        """Counted from labelled complaints."""
        counts = {service: ([_BEFOREHAND, _BEFOREHAND], [_BEFOREHAND, _BEFOREHAND]) for service in Service}
        for one in labels:
            if one.process is not None:
                counts[one.service][one.role in _ON_THEIR_OWN_ACCOUNT][one.process is Process.STATUTORY] += 1
        return cls({service: (a[1] / sum(a), b[1] / sum(b)) for service, (a, b) in counts.items()})

    def weigh(self, answer: dict[str, Any]) -> None:
        """Let a message's likely services and roles have their say about its process."""
        others = sum(answer["role"][role] for role in _ON_THEIR_OWN_ACCOUNT)
        expected = sum(p * ((1 - others) * self.statutory[s][0] + others * self.statutory[s][1]) for s, p in answer["service"].items())
        statutory = answer["process"][Process.STATUTORY] * expected
        corporate = answer["process"][Process.CORPORATE] * (1 - expected)
        whole = statutory + corporate
        answer["process"] = {Process.STATUTORY: statutory / whole, Process.CORPORATE: corporate / whole}


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


def answers(heads: Regressions, features: Any, procedures: Procedures) -> list[dict[str, Any]]:
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
        procedures.weigh(row)
        rows.append(row)
    return rows


def topics(answer: dict[str, Any]) -> bytes:
    """What a message is about: the probabilities of every service, theme and process, in that order, in steps of 1/255."""
    found = [
        *(answer["service"][one] for one in Service),
        *(answer["themes"][one] for one in Theme),
        *(answer["process"][one] for one in Process),
    ]
    return bytes(round(255 * min(1.0, max(0.0, probability))) for probability in found)
