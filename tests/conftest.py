"""The servers and the models that tests share, each started or loaded when the first test asks for it, and once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.mail import ROOT
from tests.support.postgres import Postgres
from tests.support.program import write_config
from triage import casefinder, settings
from triage.bootstrap import load_model
from triage.casefinder import CaseFinder
from triage.classify import encoder as encoders
from triage.classify.encoder import Encoder
from triage.classify.model import Model
from triage.store.casestore import CaseStore
from triage.text.entities import EntityFinder

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
def case_finder() -> CaseFinder:
    """What comes with the program: learnt from the streams."""
    return casefinder.load(ROOT / "models/cases")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The built model of the repository, with its encoder, as the program loads them."""
    config = write_config(tmp_path_factory.mktemp("model"), {"complaints": "shared"}, port=1)
    return load_model(settings.load(config, store_secret=False, mailbox_secrets=False))


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The encoder of the repository."""
    return encoders.load(ROOT / "models/encoder")


@pytest.fixture(scope="session")
def finder() -> EntityFinder:
    """It loads spaCy when it is first asked, and once for all tests."""
    return EntityFinder()


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_TEST_PASSWORD", PASSWORD)
