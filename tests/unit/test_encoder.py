"""The sentence encoder: what of a message it reads, and which folders are refused."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy
import pytest
from tokenizers import Tokenizer

from tests.unit.judging import sample
from tests.unit.making import ROOT
from triage.classify import encoder as encoders
from triage.classify.encoder import (
    ENCODER_FILE,
    HELD_OUT_FILE,
    MANIFEST_FILE,
    ORIGIN_TOKENS,
    TOKENIZER_FILE,
    TOKENS,
    WIDTH,
    Encoder,
    tokens_of,
)
from triage.errors import ModelError

FOLDER = ROOT / "models" / "encoder"
CLS, SEP = 101, 102


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    found = Tokenizer.from_file(str(FOLDER / TOKENIZER_FILE))
    found.no_padding()
    found.no_truncation()
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "encoder", ignore=shutil.ignore_patterns(HELD_OUT_FILE)))


def _plain(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def _change(folder: Path, **changes: Any) -> None:
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    (folder / MANIFEST_FILE).write_text(json.dumps({**manifest, **changes}), encoding="utf-8")


def test_origin_subject_and_text_are_read_in_this_order(tokenizer: Any) -> None:
    one = sample("It did not come.", "School taxi", sender="Joan Whitlow")
    found = tokens_of(tokenizer, one)
    origin, words = _plain(tokenizer, "outside Joan Whitlow"), _plain(tokenizer, "School taxi\nIt did not come.")
    assert found == [CLS, *origin, SEP, *words, SEP]


@pytest.mark.parametrize("length", [0, 1, 150, 218, 219, 220, 400, 5_000])
def test_never_more_tokens_are_read_than_the_encoder_takes(tokenizer: Any, length: int) -> None:
    found = tokens_of(tokenizer, sample("taxi " * length))
    assert len(found) <= TOKENS
    assert (found[0], found[-1], found.count(SEP)) == (CLS, SEP, 2)


def test_of_longer_mail_the_beginning_and_the_end_are_kept(tokenizer: Any) -> None:
    text = " ".join(f"{n}" for n in range(1000, 1600))
    found = tokens_of(tokenizer, sample(text))
    words = _plain(tokenizer, f"\n{text}")
    inside = found[found.index(SEP) + 1 : -1]
    head = len(inside) * 3 // 5
    assert len(found) == TOKENS
    assert inside[:head] == words[:head]
    assert inside[head:] == words[head - len(inside) :]


def test_a_message_that_just_fits_is_kept_whole(tokenizer: Any) -> None:
    room = TOKENS - 3 - len(_plain(tokenizer, "outside "))
    text = "taxi " * room
    assert len(_plain(tokenizer, f"\n{text}")) == room
    assert tokens_of(tokenizer, sample(text)).count(_plain(tokenizer, "taxi")[0]) == room


def test_a_senders_name_without_an_end_leaves_room_for_the_words(tokenizer: Any) -> None:
    found = tokens_of(tokenizer, sample("It did not come.", sender="Maximilian " * 500))
    assert found.index(SEP) == ORIGIN_TOKENS + 1
    assert found[-len(_plain(tokenizer, "It did not come.")) - 1 : -1] == _plain(tokenizer, "It did not come.")


def test_every_message_gets_a_score_for_every_value_of_every_label(encoder: Encoder) -> None:
    found = encoder.scores([sample("The taxi did not come again."), sample("Thank you so much.", "Jill")])
    assert (found.shape, found.dtype) == ((2, WIDTH), numpy.float32)
    assert bool(numpy.isfinite(found).all())


def test_a_message_is_scored_the_same_alone_and_beside_others(encoder: Encoder) -> None:
    one, other = sample("The taxi did not come again."), sample("Thank you so much. " * 60)
    together = encoder.scores([other, one])
    assert numpy.array_equal(encoder.scores([one])[0], together[1])


def test_no_messages_have_no_scores(encoder: Encoder) -> None:
    assert encoder.scores([]).shape == (0, WIDTH)


@pytest.mark.parametrize("text", ["", " \n ", "🙂🙂🙂", "投诉", "a" * 50_000])
def test_whatever_a_message_holds_it_is_scored(encoder: Encoder, text: str) -> None:
    assert bool(numpy.isfinite(encoder.scores([sample(text)])).all())


def test_a_folder_without_an_encoder_is_refused_and_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^[^\n]*cannot be read; get the folder again as it was released[^\n]*experiments/finetune\.py$"):
        encoders.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [ENCODER_FILE, TOKENIZER_FILE, MANIFEST_FILE])
def test_a_folder_that_lacks_a_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        encoders.load(copy)


@pytest.mark.parametrize("manifest", ["", "{", "[]", "{}", '"encoder"', '{"outputs": {}}'])
def test_a_manifest_of_something_else_is_refused(copy: Path, manifest: str) -> None:
    (copy / MANIFEST_FILE).write_text(manifest, encoding="utf-8")
    with pytest.raises(ModelError, match=r"^[^\n]+finetune\.py$"):
        encoders.load(copy)


def test_an_encoder_that_was_damaged_is_refused(copy: Path) -> None:
    content = bytearray((copy / ENCODER_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / ENCODER_FILE).write_bytes(content)
    with pytest.raises(ModelError, match="is not the file that its manifest describes"):
        encoders.load(copy)


def test_an_encoder_that_answers_other_labels_is_refused(copy: Path) -> None:
    outputs = json.loads((copy / MANIFEST_FILE).read_text(encoding="utf-8"))["outputs"]
    _change(copy, outputs={**outputs, "kind": [*outputs["kind"][1:], outputs["kind"][0]]})
    with pytest.raises(ModelError, match="answers other labels than this version"):
        encoders.load(copy)


def test_a_file_that_is_no_network_is_refused_even_where_its_manifest_fits(copy: Path) -> None:
    (copy / ENCODER_FILE).write_bytes(b"not a network")
    _change(copy, encoder_sha256=hashlib.sha256(b"not a network").hexdigest())
    with pytest.raises(ModelError, match="cannot be used with the installed libraries"):
        encoders.load(copy)


def test_a_damaged_tokenizer_is_refused(copy: Path) -> None:
    (copy / TOKENIZER_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be used with the installed libraries"):
        encoders.load(copy)


def test_without_kept_scores_there_are_none(tmp_path: Path) -> None:
    assert encoders.held_out_scores(tmp_path) == {}


def test_kept_scores_are_found_by_the_message(tmp_path: Path) -> None:
    scores = numpy.arange(2 * WIDTH, dtype=numpy.float16).reshape(2, WIDTH)
    numpy.savez(tmp_path / HELD_OUT_FILE, ids=numpy.array(["t1-001", "t1-002"]), scores=scores)
    found = encoders.held_out_scores(tmp_path)
    assert list(found) == ["t1-001", "t1-002"]
    assert found["t1-002"].dtype == numpy.float32
    assert numpy.array_equal(found["t1-002"], scores[1])
