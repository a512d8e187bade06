"""Learning from the corpus and from people: builds a candidate, and lets it take the model's place only where it is no worse.

A council's corrections teach the model, and its own text never leaves its store for that: the words that the model knows are the
corpus's, so a council's are in no file. A model that has learnt from corrections is the council's own and lies beside its store.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.classify import corpus, encoder, figures, training
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Judgement
from triage.classify.encoder import Encoder
from triage.classify.model import Model, load, read_manifest
from triage.errors import ModelError
from triage.rehearsal import IsOwn, as_sample, as_served, nobodys

Progress = Callable[[str], None]

# Figures of a candidate may be lower by so much and still count as no worse: less than one message of the evaluation set.
_NO_WORSE = 0.002


@dataclass(frozen=True, slots=True)
class Trained:
    """What `train` did. `kept` is why the candidate did not take the model's place, or None where it did."""

    manifest: dict[str, Any]
    candidate: dict[str, Any]
    current: dict[str, Any] | None
    kept: str | None
    corrections: int


def read_labelled(path: Path, is_own: IsOwn = nobodys) -> list[LabelledMessage]:
    """Labelled mail from a file or folder, as the classifier sees it. Raises ModelError where it is not as the guide says.

    The council's own domains are those of `is_own`, and that which a message was sent to.
    """
    messages = corpus.read(path, lambda row: as_sample(row, is_own))
    if not messages:
        raise ModelError(f"{path}: there is no labelled mail here")
    return messages


def read_streams(folder: Path) -> list[LabelledMessage]:
    """The messages of the streams of one issue, of which kind, process and role are labelled. Raises ModelError."""
    return corpus.read(folder, as_sample)


def train(
    corpus_folder: Path, encoder_folder: Path, model_folder: Path, progress: Progress = lambda step: None, *,
    corrections: Sequence[LabelledMessage] = (), in_use: Sequence[Path] = (), replace: bool = False,
) -> Trained:  # fmt: skip
    """Build a candidate from the corpus and a council's corrections, and write it to `model_folder` if it is no worse.

    It is measured on the evaluation set beside the model in use: the first folder of `in_use` (and then `model_folder`) that holds
    one that can be used. With `replace` it is written even where it is worse. Raises ModelError.
    """
    progress("reading the corpus")
    learned = read_labelled(corpus_folder / "training")
    messages = [*learned, *corrections]
    reader = encoder.load(encoder_folder)
    learnt = training.build(
        messages, encoder_scores(reader, encoder_folder, messages), vocabulary_from=len(learned),
        corpus_sha256=corpus.digest(corpus_folder / "training"), encoder_version=reader.version, progress=progress,
    )  # fmt: skip
    learnt.manifest["corrections"] = len(corrections)
    if corrections:
        learnt.manifest["version"] += f"+{len(corrections)}"
    progress("measuring on the evaluation set")
    evaluation = read_labelled(corpus_folder / "evaluation")
    candidate_folder = model_folder.with_name(f"{model_folder.name}.candidate")
    training.write(candidate_folder, learnt)
    candidate = _measured(load(candidate_folder, reader), evaluation)
    before = _current_figures([*in_use, model_folder], reader, evaluation)
    kept = _why_worse(candidate, before) if before is not None and not replace else None
    manifest = read_manifest(candidate_folder)
    if kept is None:
        _take_the_place(candidate_folder, model_folder)
    else:
        for file in candidate_folder.iterdir():
            file.unlink()
        candidate_folder.rmdir()
    return Trained(manifest, candidate, before, kept, len(corrections))


def encoder_scores(reader: Encoder, folder: Path, messages: Sequence[LabelledMessage]) -> Any:
    """The encoder's scores of every message: those kept from training where it learnt from the message, otherwise its own."""
    import numpy

    held_out = encoder.held_out_scores(folder)
    fresh = [i for i, message in enumerate(messages) if message.id not in held_out]
    scores = numpy.zeros((len(messages), encoder.WIDTH), dtype=numpy.float32)
    for i, message in enumerate(messages):
        if message.id in held_out:
            scores[i] = held_out[message.id]
    if fresh:
        scores[fresh] = reader.scores([messages[i].sample for i in fresh])
    return scores


def evaluate(model: Model, messages: Sequence[LabelledMessage], is_own: IsOwn = nobodys) -> tuple[dict[str, Any], list[Judgement]]:
    """Figures of the program on labelled messages, and what it said of each.

    Each goes the way that mail goes: rules, its language, and doubt about whose words it holds count as they do in service. A
    message that is not written down in a file, but comes from review, is judged by the model alone.
    """
    judgements = model.judge([message.sample for message in messages])
    judgements = [
        judgement if message.row is None else as_served(message.row, judgement, is_own)
        for message, judgement in zip(messages, judgements, strict=True)
    ]
    return figures.measure(messages, judgements), judgements


def _measured(model: Model, messages: Sequence[LabelledMessage]) -> dict[str, Any]:
    return evaluate(model, messages)[0]


def _current_figures(folders: Sequence[Path], reader: Encoder, evaluation: Sequence[LabelledMessage]) -> dict[str, Any] | None:
    """Figures of the first model that can be used; None where there is none yet, and so nothing to be worse than."""
    for folder in folders:
        try:
            return _measured(load(folder, reader), evaluation)
        except ModelError:
            # It is missing, or of another version of the program or encoder.
            continue
    return None


def _why_worse(candidate: dict[str, Any], current: dict[str, Any]) -> str | None:
    """Why the candidate is worse than the current model on the evaluation set, in one sentence; None where it is not."""
    new, old = candidate["kind"], current["kind"]
    if new["macro_f1"] < old["macro_f1"] - _NO_WORSE:
        return f"it tells the kind less well (macro-F1 {new['macro_f1']:.3f} instead of {old['macro_f1']:.3f})"
    if new["silently_lost"] > old["silently_lost"]:
        lost, before = new["silently_lost"], old["silently_lost"]
        return f"of true complaints it would decide {lost}, without a person, to be something else; the current model {before}"
    if candidate["urgent"]["recall"] < current["urgent"]["recall"] - _NO_WORSE:
        return f"it finds fewer urgent messages (recall {candidate['urgent']['recall']:.3f} instead of {current['urgent']['recall']:.3f})"
    return None


def _take_the_place(candidate: Path, folder: Path) -> None:
    """Move the candidate's files over the model's, the manifest last."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(candidate.iterdir(), key=lambda one: one.name == "manifest.json"):
        file.replace(folder / file.name)
    candidate.rmdir()
