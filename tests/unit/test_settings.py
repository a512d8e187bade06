"""The configuration: what is accepted, and how it is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.making import ROOT
from triage.domain.labels import Service
from triage.domain.message import MailboxKind
from triage.errors import ConfigurationError
from triage.settings import CouncilSettings, Settings, load

# The contract's example, word for word where it matters.
EXAMPLE = """
[council]
name = "Ashmere Council"
own_domains = ["ashmere.example"]        # senders here are officers, not the public

[store]
url = "sqlite:///var/triage.db"          # or postgresql+psycopg://...

[web]
listen = "127.0.0.1:8080"

[[mailbox]]
name = "complaints"
kind = "shared"                          # shared | officer
host = "127.0.0.1"
port = 10143
tls = "none"                             # implicit (default) | starttls | none (refused unless the host is loopback)
username = "complaints"
auth = "password"                        # password | oauth2
password_env = "TRIAGE_COMPLAINTS_PASSWORD"
folders = ["INBOX"]
poll_every = "60s"
"""
ENV = "TRIAGE_COMPLAINTS_PASSWORD"
TEAM = '[[team]]\nname = "SEND"\nservices = ["send"]\n'


def _write(folder: Path, text: str) -> Path:
    path = folder / "triage.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _changed(old: str, new: str) -> str:
    assert EXAMPLE.count(old) == 1, f"{old!r} must stand once in the example"
    return EXAMPLE.replace(old, new)


def _with_section(text: str) -> str:
    return EXAMPLE.replace("[[mailbox]]", f"{text}\n\n[[mailbox]]")


def _accepted(folder: Path, text: str) -> Settings:
    return load(_write(folder, text), store_secret=False, mailbox_secrets=False)


def _refusal(folder: Path, text: str, *, secrets: bool = False) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(_write(folder, text), store_secret=secrets, mailbox_secrets=secrets)
    return str(caught.value)


def test_the_example_of_the_contract_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, "an invented secret")
    settings = load(_write(tmp_path, EXAMPLE))
    [box] = settings.mailbox
    assert settings.council.name == "Ashmere Council"
    assert settings.store.url == f"sqlite:///{ROOT}/var/triage.db"
    assert settings.web.listen == "127.0.0.1:8080"
    assert (box.name, box.kind, box.host, box.port_number) == ("complaints", MailboxKind.SHARED, "127.0.0.1", 10143)
    assert box.folders == ("INBOX",)
    assert box.poll_every == timedelta(seconds=60)
    assert box.password() == "an invented secret"


@pytest.mark.parametrize("name", ["triage.toml", "demo.toml"])
def test_the_configurations_that_come_with_the_program_are_accepted(name: str) -> None:
    assert load(ROOT / "config" / name, store_secret=False, mailbox_secrets=False).mailbox


def test_encryption_is_the_default_and_brings_its_port(tmp_path: Path) -> None:
    text = _changed("port = 10143\n", "").replace('tls = "none" ', "# ")
    [box] = _accepted(tmp_path, text).mailbox
    assert (box.tls, box.port_number) == ("implicit", 993)


def test_starttls_brings_its_port(tmp_path: Path) -> None:
    text = _changed("port = 10143\n", "").replace('tls = "none"', 'tls = "starttls"')
    assert _accepted(tmp_path, text).mailbox[0].port_number == 143


def test_a_team_has_its_services_its_words_and_its_addresses(tmp_path: Path) -> None:
    more = 'words = ["send team", "ehcp team"]\naddresses = ["Send.Team@Ashmere.example"]'
    [team] = _accepted(tmp_path, _with_section(TEAM + more)).team
    known = team.as_team()
    assert (known.name, known.services, known.words) == ("SEND", frozenset({Service.SEND}), ("send team", "ehcp team"))
    assert known.addresses == {"send.team@ashmere.example"}, "addresses are compared in lower case"


def test_teams_may_be_left_out_and_a_team_needs_no_more_than_its_services(tmp_path: Path) -> None:
    assert _accepted(tmp_path, EXAMPLE).team == ()
    [team] = _accepted(tmp_path, _with_section(TEAM)).team
    assert (team.words, team.addresses) == ((), ())


def test_the_models_lie_in_the_programs_folders_unless_the_configuration_says_where(tmp_path: Path) -> None:
    chosen = _accepted(tmp_path, EXAMPLE).classifier
    assert (chosen.model, chosen.encoder) == (ROOT / "models/kind-and-labels", ROOT / "models/encoder")
    assert (chosen.own_model, chosen.corpus) == (ROOT / "var/model", ROOT / "models/corpus")
    moved = _accepted(tmp_path, _with_section('[classifier]\nown_model = "/srv/triage/model"\nencoder = "models/other"')).classifier
    assert (moved.own_model, moved.encoder) == (Path("/srv/triage/model"), ROOT / "models/other")


WRONG = [
    pytest.param(_changed("poll_every", "pol_every"), ["mailbox.1.pol_every", "no such key"], id="unknown key of a mailbox"),
    pytest.param(_with_section("[webb]\nlisten = '127.0.0.1:80'"), ["webb", "no such key"], id="unknown section"),
    pytest.param(_changed('listen = "127.0.0.1:8080"', "port = 8080"), ["web.port", "no such key"], id="unknown key of a section"),
    pytest.param(_changed('username = "complaints"\n', ""), ["mailbox.1.username", "missing"], id="missing key"),
    pytest.param(EXAMPLE.replace("[council]", "[log]").split("[store]")[0] + "level = 'INFO'", ["council", "missing"], id="no council"),
    pytest.param(EXAMPLE.split("[[mailbox]]", maxsplit=1)[0], ["mailbox", "missing"], id="no mailbox"),
    pytest.param(_changed('"shared"', '"team"'), ["mailbox.1.kind", "shared", "officer"], id="kind"),
    pytest.param(_changed("10143", "0"), ["mailbox.1.port", "1"], id="port below"),
    pytest.param(_changed("10143", "65536"), ["mailbox.1.port", "65535"], id="port above"),
    pytest.param(_changed('tls = "none"', 'tls = "ssl"'), ["mailbox.1.tls", "implicit", "starttls", "none"], id="tls"),
    pytest.param(
        _changed('host = "127.0.0.1"', 'host = "imap.ashmere.example"'), ["mailbox.1", "tls", "implicit", "starttls"], id="tls none"
    ),
    pytest.param(_changed('auth = "password"', 'auth = "oauth2"'), ["mailbox.1.auth", "oauth2", "password"], id="oauth2"),
    pytest.param(_changed('auth = "password"', 'auth = "kerberos"'), ["mailbox.1.auth", "password"], id="auth"),
    pytest.param(_changed(f'password_env = "{ENV}"\n', ""), ["mailbox.1", "password_env", "password_file"], id="no secret named"),
    pytest.param(_changed("folders =", 'password_file = "x"\nfolders ='), ["mailbox.1", "password_env", "password_file"], id="two secrets"),
    pytest.param(_changed('["INBOX"]', "[]"), ["mailbox.1.folders"], id="no folder"),
    pytest.param(_changed('["INBOX"]', '["INBOX", "INBOX"]'), ["mailbox.1.folders", "once"], id="folder twice"),
    pytest.param(_changed('"60s"', "60"), ["mailbox.1.poll_every", '"60s"'], id="duration without a unit"),
    pytest.param(_changed('"60s"', '"1 week"'), ["mailbox.1.poll_every", '"60s"'], id="unit unknown"),
    pytest.param(_changed('"60s"', '"0.2s"'), ["mailbox.1.poll_every", "one second"], id="pace too short"),
    pytest.param(_changed('name = "complaints"\nkind', 'name = "com plaints"\nkind'), ["mailbox.1.name", "letters"], id="mailbox name"),
    pytest.param(_changed('["ashmere.example"]', '["it@ashmere.example"]'), ["council.own_domains", "domain"], id="own address"),
    pytest.param(_changed('["ashmere.example"]', "[]"), ["council.own_domains"], id="no own domain"),
    pytest.param(_changed("sqlite:///var/triage.db", "mysql://db"), ["store.url", "sqlite:///", "postgresql+psycopg://"], id="store"),
    pytest.param(_changed('"127.0.0.1:8080"', '"8080"'), ["web.listen", "HOST:PORT"], id="listen"),
    pytest.param(_changed('"127.0.0.1:8080"', '"127.0.0.1:70000"'), ["web.listen", "HOST:PORT"], id="listen port"),
    pytest.param(_with_section("[limits]\nmessage_size = 50"), ["limits.message_size", '"25MB"'], id="size without a unit"),
    pytest.param(_with_section("[limits]\nparts = 5"), ["limits.parts", "10"], id="parts"),
    pytest.param(_with_section("[classifier]\nreview_below = 95"), ["classifier.review_below", "1"], id="review_below"),
    pytest.param(_with_section("[log]\nlevel = 'LOUD'"), ["log.level", "DEBUG", "INFO", "WARNING", "ERROR"], id="log level"),
    pytest.param(EXAMPLE + EXAMPLE[EXAMPLE.index("[[mailbox]]") :], ["mailbox", "complaints"], id="two mailboxes of one name"),
    pytest.param(_with_section(f"{TEAM}words = 'send team'"), ["team.1.words", "must be a list"], id="a team's words are no list"),
    pytest.param(_with_section(TEAM.replace("send", "parks")), ["team.1.services.1", "transport"], id="no such service"),
    pytest.param(_with_section(TEAM.replace('["send"]', "[]")), ["team.1.services"], id="a team without a service"),
    pytest.param(_with_section(TEAM.replace('"SEND"', '" "')), ["team.1.name"], id="a team without a name"),
    pytest.param(_with_section(f"{TEAM}adresses = []"), ["team.1.adresses", "no such key", "addresses"], id="unknown key of a team"),
    pytest.param(_with_section(f"{TEAM}\n{TEAM}"), ["team", "SEND", "name of its own"], id="two teams of one name"),
    pytest.param(
        _with_section("[classifier]\nencodr = 'x'"), ["classifier.encodr", "did you mean encoder"], id="unknown key of the classifier"
    ),
    pytest.param("[council\n", ["triage.toml", "TOML", "line 1"], id="not TOML"),
]


@pytest.mark.parametrize(("text", "named"), WRONG)
def test_a_wrong_configuration_is_refused_in_one_line_that_names_the_key(tmp_path: Path, text: str, named: list[str]) -> None:
    refusal = _refusal(tmp_path, text)
    assert "\n" not in refusal
    assert [word for word in named if word not in refusal] == []


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    refusal = _refusal(tmp_path, _changed("10143", "0").replace('"127.0.0.1:8080"', '"here"'))
    assert "mailbox.1.port" in refusal
    assert "web.listen" in refusal


def test_a_mistake_in_the_only_mailbox_is_not_called_a_lack_of_mailboxes(tmp_path: Path) -> None:
    assert "at least 1 item" not in _refusal(tmp_path, _changed("10143", "0"))


def test_the_second_mailbox_is_named_by_its_place(tmp_path: Path) -> None:
    second = EXAMPLE[EXAMPLE.index("[[mailbox]]") :].replace('name = "complaints"\nkind', 'name = "hale"\nkind').replace("10143", "0")
    assert "mailbox.2.port" in _refusal(tmp_path, EXAMPLE + second)


def test_a_list_that_is_no_list_is_refused_in_words_of_toml(tmp_path: Path) -> None:
    refusal = _refusal(tmp_path, _changed('["INBOX"]', '"INBOX"'))
    assert "mailbox.1.folders" in refusal
    assert "tuple" not in refusal


def test_a_missing_file_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^[^\n]*nowhere\.toml[^\n]*--config[^\n]*$"):
        load(tmp_path / "nowhere.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "triage.toml"
    path.write_bytes(b"\xff\xfe\x00[council]")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load(path)


def test_a_wrong_configuration_ends_the_program_with_status_2(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "nowhere.toml")
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("written", "seconds"), [("60s", 60), ("5m", 300), ("2h", 7200), ("30d", 30 * 86400), ("1.5h", 5400), (" 60 s ", 60)]
)
def test_a_length_of_time_is_read_with_its_unit(tmp_path: Path, written: str, seconds: int) -> None:
    assert _accepted(tmp_path, _changed('"60s"', f'"{written}"')).mailbox[0].poll_every == timedelta(seconds=seconds)


@pytest.mark.parametrize(("written", "size"), [("500kB", 500_000), ("25MB", 25_000_000), ("1GB", 1_000_000_000), ("2.5MB", 2_500_000)])
def test_a_size_is_read_with_its_unit(tmp_path: Path, written: str, size: int) -> None:
    assert _accepted(tmp_path, _with_section(f'[limits]\nmessage_size = "{written}"')).limits.message_size == size


def test_a_length_of_time_that_no_clock_can_count_is_refused(tmp_path: Path) -> None:
    assert "privacy.keep_waiting" in _refusal(tmp_path, _with_section('[privacy]\nkeep_waiting = "9999999999d"'))


@pytest.mark.parametrize(
    ("section", "key", "nothing"), [("limits", "parse_time", "0s"), ("limits", "message_size", "0B"), ("privacy", "keep_waiting", "0d")]
)
def test_a_bound_of_nothing_is_refused(tmp_path: Path, section: str, key: str, nothing: str) -> None:
    """It would quarantine every message, or erase waiting mail before anyone can see it."""
    assert f"{section}.{key}" in _refusal(tmp_path, _with_section(f'[{section}]\n{key} = "{nothing}"'))


@pytest.mark.parametrize("domain", ["ashmere.example", "schools.ashmere.example", "a.b.ashmere.example"])
def test_the_council_owns_its_domain_and_what_is_below_it(domain: str) -> None:
    assert CouncilSettings(name="Ashmere Council", own_domains=("Ashmere.Example",)).is_own(domain)


@pytest.mark.parametrize("domain", ["notashmere.example", "ashmere.example.attacker.example", "example", "", "ashmere", ".example"])
def test_a_domain_that_only_looks_like_the_councils_is_not_its_own(domain: str) -> None:
    assert not CouncilSettings(name="Ashmere Council", own_domains=("ashmere.example",)).is_own(domain)


@pytest.mark.parametrize("domain", ["*.ashmere.example", "https://ashmere.example", "ashmere council.example"])
def test_what_can_never_be_a_sender_domain_is_refused(tmp_path: Path, domain: str) -> None:
    """It would match nobody, and every officer would count as the public."""
    assert "council.own_domains" in _refusal(tmp_path, _changed('["ashmere.example"]', f'["{domain}"]'))
