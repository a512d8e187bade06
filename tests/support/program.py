"""The program as a process, driven by its configuration and commands only."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.mail import ROOT


def write_config(
    folder: Path, mailboxes: Mapping[str, str], *, port: int, store: str | None = None, extra: str = "", box: str = ""
) -> Path:
    """A configuration file: `mailboxes` maps names to shared or officer; each signs in by its name. `box`: more keys of each.

    A model that the council has taught would lie in the folder `own-model` beside the file.
    """
    classifier = "" if "[classifier]" in extra else f'[classifier]\nown_model = "{folder}/own-model"'
    lines = [
        "[council]", 'name = "Ashmere Council"', 'own_domains = ["ashmere.example"]',
        "[store]", f'url = "{store or f"sqlite:///{folder}/triage.db"}"', classifier, extra,
    ]  # fmt: skip
    for name, kind in mailboxes.items():
        lines += [
            "[[mailbox]]", f'name = "{name}"', f'kind = "{kind}"', 'host = "127.0.0.1"', f"port = {port}", 'tls = "none"',
            f'username = "{name}"', 'password_env = "TRIAGE_TEST_PASSWORD"', box,
        ]  # fmt: skip
    path = folder / "triage.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


class Program:
    def __init__(self, config: Path) -> None:
        self.config = config
        self.environment = {**os.environ, "TRIAGE_TEST_PASSWORD": PASSWORD}

    @classmethod
    def on(cls, dovecot: Dovecot, folder: Path, mailboxes: Mapping[str, str], **more: Any) -> "Program":
        return cls(write_config(folder, mailboxes, port=dovecot.port, **more))

    def arguments(self, *command: str) -> list[str]:
        return [sys.executable, str(ROOT / "run_triage.py"), *command, "--config", str(self.config)]

    @contextmanager
    def started(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """The program running; killed at the end, where it has not ended by itself."""
        process = subprocess.Popen(
            self.arguments(*command), cwd=ROOT, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def __call__(self, *command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.arguments(*command), cwd=ROOT, env=self.environment, text=True, capture_output=True, timeout=timeout, check=False
        )

    def poll(self) -> dict[str, dict[str, Any]]:
        """The tallies of one poll, by mailbox."""
        done = self("poll", "--json")
        return {tally["name"]: tally for tally in json.loads(done.stdout)["mailboxes"]}

    def export(self, what: str) -> list[dict[str, Any]]:
        done = self("export", what)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def one_line(text: str) -> bool:
    """Whether an error is one line and no traceback."""
    return text.strip().count("\n") == 0 and "Traceback" not in text and bool(text.strip())


def references(cases: Sequence[Mapping[str, Any]]) -> list[int]:
    """The running numbers of cases."""
    return [int(case["reference"].rpartition("-")[2]) for case in cases]
