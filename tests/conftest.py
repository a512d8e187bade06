"""The servers that tests share, each started when the first test asks for it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.mail import ROOT
from tests.support.postgres import Postgres
from triage.classify.model import Model, load
from triage.store.casestore import CaseStore

_numbers = count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def new_user() -> Callable[[str], str]:
    """A user of Dovecot that no other test has."""
    return lambda name: f"{name}-{next(_numbers)}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: every test that asks for it runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/triage.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def store(store_url: str) -> Iterator[CaseStore]:
    opened = CaseStore.open(store_url, None, lambda: datetime.now(UTC))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def model() -> Model:
    """The built model of the repository."""
    return load(ROOT / "models/kind-and-labels")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_TEST_PASSWORD", PASSWORD)
