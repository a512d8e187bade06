"""The application over an empty store, with a clock that a test sets."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.accounts import Clock, hash_quickly
from tests.support.web import Web


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_quickly(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(store_url: str, tmp_path: Path, clock: Clock) -> Iterator[Web]:
    """Runs on both databases."""
    made = Web(store_url, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def make_web(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Web]]:
    """For what has nothing to do with which database it is: on SQLite, configured as a test says."""
    made: list[Web] = []

    def make(**configured: Any) -> Web:
        made.append(Web(f"sqlite:///{tmp_path}/web-{len(made)}.db", tmp_path, clock, **configured))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def quick(make_web: Callable[..., Web]) -> Web:
    """On SQLite alone."""
    return make_web()
