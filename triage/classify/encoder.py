"""The sentence encoder: MiniLM, fine-tuned on the corpus, run by onnxruntime. The only importer of onnxruntime and tokenizers.

Its weights are 8-bit integers in `models/encoder/encoder.onnx`; `experiments/finetune.py` makes them and needs PyTorch, which
the program does not. It is asked for the author's own words only, and answers with a score for every label.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triage.classify.features import Sample
from triage.domain.labels import Kind, Process, Role, Service, Theme
from triage.errors import ModelError

ENCODER_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
HELD_OUT_FILE = "held-out.npz"

# What the encoder answers, in this order: a score for each value of a label.
OUTPUTS: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "process": tuple(Process),
    "role": tuple(Role),
    "service": tuple(Service),
    "flags": ("urgent", "outside_scope"),
    "themes": tuple(Theme),
}
WIDTH = sum(len(values) for values in OUTPUTS.values())

# Tokens: of the origin, and of the whole. Longer mail is read by its beginning and its end, where the point is as often.
ORIGIN_TOKENS = 24
TOKENS = 224
_CLS, _SEP = 101, 102


def tokens_of(tokenizer: Any, sample: Sample) -> list[int]:
    """The token numbers of a sample: [CLS] origin [SEP] subject and text [SEP], at most TOKENS."""
    origin = tokenizer.encode(sample.origin(), add_special_tokens=False).ids[:ORIGIN_TOKENS]
    words = tokenizer.encode(sample.words(), add_special_tokens=False).ids
    room = TOKENS - len(origin) - 3
    if len(words) > room:
        head = room * 3 // 5
        words = words[:head] + words[head - room :]
    return [_CLS, *origin, _SEP, *words, _SEP]


class Encoder:
    """A loaded encoder. Thread-safe: onnxruntime's sessions are."""

    def __init__(self, session: Any, tokenizer: Any, version: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.version = version

    def scores(self, samples: Sequence[Sample]) -> Any:
        """Scores (logits) of every label's values: shape (samples, WIDTH), float32, columns in the order of OUTPUTS."""
        import numpy

        found = numpy.zeros((len(samples), WIDTH), dtype=numpy.float32)
        for row, sample in enumerate(samples):
            # One at a time: together they would be padded to the longest, which on one core costs time and memory.
            ids = numpy.array([tokens_of(self._tokenizer, sample)], dtype=numpy.int64)
            found[row] = self._session.run(None, {"input_ids": ids, "attention_mask": numpy.ones_like(ids)})[0][0]
        return found


def load(folder: Path) -> Encoder:
    """The encoder in `folder`. Raises ModelError where it is missing, damaged or not what its manifest says."""
    again = "get the folder again as it was released, or build it with experiments/finetune.py"
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        content = (folder / ENCODER_FILE).read_bytes()
        tokenizer_text = (folder / TOKENIZER_FILE).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: the encoder cannot be read; {again}") from error
    if not isinstance(manifest, dict) or "version" not in manifest:
        raise ModelError(f"{folder / MANIFEST_FILE}: is not an encoder's manifest; {again}")
    if hashlib.sha256(content).hexdigest() != manifest.get("encoder_sha256"):
        raise ModelError(f"{folder / ENCODER_FILE}: is not the file that its manifest describes; {again}")
    if manifest.get("outputs") != {name: list(values) for name, values in OUTPUTS.items()}:
        raise ModelError(f"{folder}: the encoder answers other labels than this version of the program knows; {again}")
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    # One thread a mailbox is what the service has; more would fight over the machine's two cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_str(tokenizer_text)
    except Exception as error:
        # Both libraries raise types of their own, made in C++ and Rust, for a damaged file.
        raise ModelError(f"{folder}: the encoder cannot be used with the installed libraries; {again}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Encoder(session, tokenizer, str(manifest["version"]))


def held_out_scores(folder: Path) -> dict[str, Any]:
    """Scores for the messages that the encoder was fine-tuned on, each by an encoder that had not met its sender, by message id.

    Empty where the folder has none. Learning from the encoder's own scores of what it learnt would trust it too much.
    """
    import numpy

    path = folder / HELD_OUT_FILE
    if not path.exists():
        return {}
    with numpy.load(path, allow_pickle=False) as stored:
        return dict(zip(stored["ids"].tolist(), stored["scores"].astype(numpy.float32), strict=True))
