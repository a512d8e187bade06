"""The real things that tests run against: a Dovecot, a PostgreSQL, the program as a process."""

import os

import pytest


def missing(program: str, package: str) -> None:
    """A program that the machine lacks: the test is skipped, and on CI, where `.ci/run` installs it, fails."""
    text = f"{program} is not installed (Debian: apt-get install {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)
