"""The commands by which people decide about messages, measure the model and teach it, as they are called."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.support.corpora import rows, small_corpus, write_rows
from tests.support.mail import ROOT, forward_of, mail
from tests.support.program import Program, one_line, write_config

TEAMS = """
[[team]]
name = "Family Placement"
services = ["fostering_adoption"]
words = ["family placement"]

[[team]]
name = "SEND"
services = ["send"]
words = ["send team", "ehcp team"]
"""
# Of these, the program can be sure of none: hardly a word is known to it.
UNSURE = "Qwortle zimbrant flooble nark vendrix. Oplim strowd jellick prontash the {}!"
CONTACT = "I want to make a formal complaint. My son's contact was cancelled four times and nobody has told me why."


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def _imported(program: Program, folder: Path, *messages: bytes) -> None:
    folder.mkdir(exist_ok=True)
    for number, raw in enumerate(messages):
        (folder / f"{number}.eml").write_bytes(raw)
    done = program("import", "--mailbox", "complaints", str(folder))
    assert done.returncode == 0, done.stderr


def _unsure(number: int) -> bytes:
    return mail(f"P{number} <p{number}@family.example>", f"Matter {number}", UNSURE.format(number), message_id=f"<{number}@family.example>")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(write_config(tmp_path, {"complaints": "shared"}, port=1, extra=TEAMS))


def test_where_nothing_waits_the_list_says_so(program: Program):
    done = program("message", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing waits for a person\n", "")


_WRONG_CALLS = [
    (["correct", "1"], "say what is wrong"),
    (["correct", "1", "--kind", "grumble"], "compliment"),
    (["correct", "1", "--kind", "none", "--process", "corporate"], "only a complaint has a process"),
    (["correct", "1", "--theme", "delay", "--no-themes"], "not both"),
    (["correct", "99", "--kind", "none"], "there is no message 99"),
    (["correct"], "NUMBER"),
    (["confirm"], "NUMBERS"),
]


def test_messages_that_wait_are_listed_and_decided_about_and_the_export_says_so(program: Program, tmp_path: Path):
    _imported(
        program, tmp_path / "mail", _unsure(1), _unsure(2), mail(body=f"{CONTACT} Family Placement say that they know nothing of it.")
    )
    lines = program("message", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")][:2] == ["1", "2"]
    assert "complaints, 1 June 2026 at 10:00: " in lines[0]
    assert any("Many of its words are unknown to the classifier" in line for line in lines)

    before = program.export("messages")
    assert (before[2]["team"], program.export("cases")[-1]["team"]) == ("Family Placement", "Family Placement")
    for command, says in _WRONG_CALLS:
        done = program("message", *command)
        assert done.returncode == 2, command
        assert one_line(done.stderr) and says in done.stderr, done.stderr
    assert program.export("messages") == before

    confirmed = program("message", "confirm", "7", "1")
    assert (confirmed.returncode, confirmed.stderr) == (1, "Error: there is no message 7\n")
    assert confirmed.stdout.startswith("message 1: confirmed"), "those that can be confirmed are"
    corrected = program(
        "message",
        "correct",
        "2",
        "--kind",
        "complaint",
        "--process",
        "statutory",
        "--theme",
        "delay",
        "--theme",
        "conduct",
        "--urgent",
        "--service",
        "send",
    )
    assert (corrected.returncode, corrected.stderr) == (0, "")
    nothing = program("message", "correct", "3", "--kind", "none")
    assert (nothing.returncode, nothing.stdout) == (0, "message 3: corrected, on no case; `case undo 3` takes it back\n")
    first, second, third = program.export("messages")
    assert corrected.stdout == f"message 2: corrected, on {second['case']}; `case undo 2` takes it back\n"
    assert [row["status"] for row in (first, second, third)] == ["confirmed", "corrected", "corrected"]
    assert (second["kind"], second["process"], second["themes"], second["urgent"]) == ("complaint", "statutory", ["conduct", "delay"], True)
    assert (third["kind"], third["case"], third["relation"]) == ("none", None, None)
    assert [case["team"] for case in program.export("cases") if case["reference"] == second["case"]] == [second["team"]] == ["SEND"]
    assert program("message", "list").stdout == "nothing waits for a person\n"


def test_classify_prints_a_line_for_each_message_that_a_forward_carries(program: Program, tmp_path: Path):
    """Before forwards were unwrapped, there was one line a file."""
    both = tmp_path / "both.eml"
    both.write_bytes(
        forward_of(mail("Ann <ann@family.example>", body=CONTACT), mail("Bob <bob@x.example>", body="When does the club meet?"))
    )
    done = program("classify", str(both))
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["part"], row["original_from_address"]) for row in found] == [
        ("both.eml", 0, "ann@family.example"),
        ("both.eml", 1, "bob@x.example"),
    ]


def test_evaluate_measures_a_councils_own_file_and_writes_a_page(program: Program, tmp_path: Path):
    row = {"from": "Ann <ann@family.example>", "to": "complaints@ashmere.example"}
    lines = [
        {**row, "subject": "Contact", "body": CONTACT, "label": "complaint"},
        {
            **row,
            "subject": "Thanks",
            "body": "Thank you so much, Jill was wonderful with the boys.",
            "label": {"kind": "compliment", "urgent": False},
        },
        {**row, "subject": "<script>", "body": "Zephyrine <b>Bramblewick</b> & co", "label": "compliment"},
    ]
    own = tmp_path / "own.jsonl"
    own.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    done = program("evaluate", str(own), "--html", str(tmp_path / "page.html"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "on own.jsonl\n3 messages: kind macro-F1" in done.stdout
    assert done.stdout.endswith(f"written: {tmp_path / 'page.html'}\n")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and page.count("<svg") == 3
    assert "<script" not in page and "<b>" not in page
    assert not (tmp_path / "triage.db").exists()


@pytest.mark.parametrize(("content", "status", "says"), [(None, 2, "there is no such file"), ("{}\n", 1, "own.jsonl, line 1: is not")])
def test_a_file_that_cannot_be_measured_by_is_named(program: Program, tmp_path: Path, content: str | None, status: int, says: str):
    own = tmp_path / "own.jsonl"
    if content is not None:
        own.write_text(content, encoding="utf-8")
    done = program("evaluate", str(own))
    assert done.returncode == status
    assert one_line(done.stderr) and says in done.stderr


def test_train_learns_from_what_people_decided_and_leaves_the_model_that_came_with_the_program_alone(tmp_path: Path):
    corpus = small_corpus(tmp_path / "corpus", 10)
    # Plain mail to measure by: one message more that it gets wrong would keep the new model out.
    write_rows(corpus / "evaluation", [row for row in rows("evaluation") if not row["hard"]][::4])
    model, own = tmp_path / "model", tmp_path / "own-model"
    extra = f'[classifier]\nmodel = "{model}"\nown_model = "{own}"\ncorpus = "{corpus}"'
    program = Program(write_config(tmp_path, {"complaints": "shared"}, port=1, extra=extra))
    released = _digests(ROOT / "models" / "kind-and-labels"), _digests(ROOT / "models" / "encoder")

    done = program("train")
    assert done.returncode == 0, done.stderr
    assert "messages of the corpus\n" in done.stdout and "that people" not in done.stdout
    assert not own.exists() and not (tmp_path / "triage.db").exists()
    before = _digests(model)

    _imported(program, tmp_path / "mail", *(_unsure(number) for number in range(5)))
    for number in re.findall(r"`message keep ([123])`", program("message", "list").stdout):
        refused = program("message", "confirm", number)
        assert refused.returncode == 1 and "answer that first" in refused.stderr and f"`message keep {number}`" in refused.stderr
        assert program("message", "keep", number).returncode == 0
    assert program("message", "confirm", "1", "2", "3").returncode == 0
    assert program("message", "correct", "4", "--role", "advocate").returncode == 0
    assert program("message", "correct", "5", "--kind", "enquiry", "--no-themes").returncode == 0
    done = program("train")
    assert done.returncode == 0, done.stderr
    assert "of the corpus and 5 messages that people confirmed or corrected" in done.stdout
    assert f"it lies in {own}. Restart the service to use it." in done.stdout
    assert _digests(model) == before
    version = json.loads((own / "manifest.json").read_text(encoding="utf-8"))["version"]
    assert version.endswith("+5")
    content = b"".join(file.read_bytes() for file in own.iterdir()).lower()
    assert [word for word in (b"qwortle", b"zimbrant", b"p1@family") if word in content] == []
    assert f"model: version {version} can be used" in program("check").stdout
    assert (_digests(ROOT / "models" / "kind-and-labels"), _digests(ROOT / "models" / "encoder")) == released
