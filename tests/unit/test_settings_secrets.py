"""Secrets come from the environment or a file, never from the TOML."""

from pathlib import Path

import pytest

from triage.errors import ConfigurationError
from triage.settings import Settings, load

ENV = "TRIAGE_UNIT_TEST_PASSWORD"
SECRET = "an invented secret"


def _config(folder: Path, *, mailbox: str = f'password_env = "{ENV}"', store: str = 'url = "sqlite:///var/triage.db"') -> Path:
    path = folder / "triage.toml"
    path.write_text(
        '[council]\nname = "Ashmere Council"\nown_domains = ["ashmere.example"]\n'
        f"[store]\n{store}\n"
        f'[[mailbox]]\nname = "complaints"\nkind = "shared"\nhost = "127.0.0.1"\nusername = "complaints"\n{mailbox}\n',
        encoding="utf-8",
    )
    return path


def _refusal(path: Path, *, secrets: bool = True) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(path, store_secret=secrets, mailbox_secrets=secrets)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def _loaded(path: Path) -> Settings:
    return load(path)


def test_a_secret_is_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, SECRET)
    assert _loaded(_config(tmp_path)).mailbox[0].password() == SECRET


def test_a_secret_is_read_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    path = _config(tmp_path, mailbox=f'password_file = "{tmp_path / "secret"}"')
    assert _loaded(path).mailbox[0].password() == SECRET


def test_a_secret_that_is_not_set_is_refused_with_the_name_of_the_variable(tmp_path: Path) -> None:
    refusal = _refusal(_config(tmp_path, mailbox='password_env = "TRIAGE_NOBODY_SETS_THIS"'))
    assert "complaints" in refusal
    assert "password_env" in refusal
    assert "TRIAGE_NOBODY_SETS_THIS" in refusal


def test_an_empty_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, "")
    assert "password_env" in _refusal(_config(tmp_path))


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n", encoding="utf-8")
    assert "password_file" in _refusal(_config(tmp_path, mailbox=f'password_file = "{tmp_path / "secret"}"'))


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    refusal = _refusal(_config(tmp_path, mailbox=f'password_file = "{tmp_path / "absent"}"'))
    assert "password_file" in refusal
    assert "absent" in refusal


def test_help_and_checks_of_the_file_alone_need_no_secret(tmp_path: Path) -> None:
    assert load(
        _config(tmp_path, mailbox='password_env = "TRIAGE_NOBODY_SETS_THIS"'), store_secret=False, mailbox_secrets=False
    ).find_mailbox("complaints")


def test_a_password_in_the_toml_is_refused_and_not_repeated(tmp_path: Path) -> None:
    refusal = _refusal(_config(tmp_path, mailbox='password = "hunter2"'))
    assert "password" in refusal
    assert "hunter2" not in refusal


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://triage:hunter2@db.ashmere.example/triage",
        "postgresql+psycopg://triage@db.ashmere.example/triage?password=hunter2",
    ],
)
def test_a_password_in_the_url_of_the_store_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    refusal = _refusal(_config(tmp_path, store=f'url = "{url}"'), secrets=False)
    assert "store.url" in refusal
    assert "store.password_env" in refusal
    assert "hunter2" not in refusal


def test_the_password_of_the_store_is_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, SECRET)
    store = f'url = "postgresql+psycopg://triage@db.ashmere.example/triage"\npassword_env = "{ENV}"'
    assert _loaded(_config(tmp_path, store=store)).store.password() == SECRET


def test_a_missing_password_of_the_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, SECRET)
    store = 'url = "postgresql+psycopg://triage@db.ashmere.example/triage"\npassword_env = "TRIAGE_NOBODY_SETS_THIS"'
    assert "store.password_env" in _refusal(_config(tmp_path, store=store))


def test_two_places_for_the_password_of_the_store_are_refused(tmp_path: Path) -> None:
    """As with a mailbox: one of the two would be passed over without a word."""
    store = f'url = "postgresql+psycopg://triage@db.ashmere.example/triage"\npassword_env = "{ENV}"\npassword_file = "secret"'
    refusal = _refusal(_config(tmp_path, store=store), secrets=False)
    assert "password_env" in refusal
    assert "password_file" in refusal


def test_a_store_without_a_password_has_none(tmp_path: Path) -> None:
    assert load(_config(tmp_path), store_secret=False, mailbox_secrets=False).store.password() is None
