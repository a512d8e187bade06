"""Signing in by the council's own sign-in: the real pages, and a real provider that answers over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.accounts import ADA, events
from tests.support.dovecot import free_port
from tests.support.identity_provider import CLIENT_SECRET, UNA, IdentityProvider
from tests.support.openid import (
    BACK,
    SECRET,
    Make,
    come_back,
    is_in,
    maker,
    provider_up,
    refused,
    sent_off,
    sign_in,
    table,
    words_of,
)
from tests.support.program import Program, write_config
from tests.support.web import Web
from triage import accounts
from triage.domain.labels import Service
from triage.domain.user import UserRole
from triage.errors import ConfigurationError


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with provider_up() as one:
        yield one


@pytest.fixture
def make(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    with maker(store_url, tmp_path, monkeypatch) as one:
        yield one


@pytest.fixture
def web(make: Make, provider: IdentityProvider) -> Web:
    return make(provider)


# Who comes in, and as what


def test_somebody_signs_in_with_the_council_and_goes_on_to_where_they_wanted(web: Web, provider: IdentityProvider, store_url: str):
    browser = web.browser()
    assert "Sign in with Microsoft" in words_of(browser.get("/sign-in"))
    where = sent_off(browser, "/queue?in=logged")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
    assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code" and len(asked["nonce"]) >= 20
    assert CLIENT_SECRET not in where
    answer = come_back(browser, where)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/queue?in=logged")
    assert is_in(browser)
    una = web.user("una.marsh")
    assert (una.full_name, una.address, una.role) == ("Una Marsh", "una.marsh@ashmere.example", UserRole.REVIEWER)
    assert [event[:2] for event in events(store_url)] == [("una.marsh", "user added"), ("una.marsh", "signed in")]


def test_the_button_needs_the_token_of_the_page(web: Web):
    assert web.browser().post("/sign-in/openid", token="of somebody else").status_code == 400


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/" + "x" * 5_000])
def test_nobody_is_led_elsewhere_afterwards(web: Web, to: str):
    assert sign_in(web.browser(), to).headers["Location"] == "/"


def test_what_somebody_may_follows_their_groups_at_each_sign_in(web: Web, provider: IdentityProvider):
    everything = ["g-audit", "g-send", "g-admin", "g-review", "a group of something else"]
    seen = []
    for groups in (everything, everything[:2] + everything[3:], everything[:2], everything[1:2], ["g-cars", "g-send"]):
        provider.groups = groups
        assert sign_in(web.browser()).status_code == 302
        una = web.user("una.marsh")
        seen.append((una.role, una.services))
    assert seen == [
        (UserRole.ADMINISTRATOR, frozenset()),
        (UserRole.REVIEWER, frozenset()),
        (UserRole.AUDITOR, frozenset()),
        (UserRole.MANAGER, frozenset({Service.SEND})),
        (UserRole.MANAGER, frozenset({Service.SEND, Service.TRANSPORT})),
    ]


def test_groups_may_stand_in_another_claim_and_as_one_word(make: Make, provider: IdentityProvider):
    provider.groups = ["g-admin"]
    provider.change = lambda claims: claims.update(roles="g-audit")
    web = make(provider, claim="roles")
    assert sign_in(web.browser()).status_code == 302
    assert web.user("una.marsh").role is UserRole.AUDITOR


def test_who_is_in_no_group_is_told_so_and_it_is_in_the_audit(
    web: Web, provider: IdentityProvider, store_url: str, caplog: pytest.LogCaptureFixture
):
    for groups in (["a group of something else"], [], None):
        provider.groups = groups
        browser = web.browser()
        refused(sign_in(browser), browser, 403, "in none of the groups that may use Triage")
    assert accounts.users(web.store) == []
    whys = ["in no group", "in no group", "no groups in the token"]
    assert events(store_url) == [("somebody unknown", "sign-in refused", why) for why in whys]
    assert [record.getMessage().rpartition("kind=")[2] for record in caplog.records] == whys


def test_who_was_taken_out_of_the_groups_is_put_out_when_they_sign_in_again(web: Web, provider: IdentityProvider, store_url: str):
    here = web.browser()
    sign_in(here)
    provider.groups = []
    assert is_in(here)
    again = web.browser()
    refused(sign_in(again), again, 403, "in none of the groups")
    assert not is_in(here)
    assert events(store_url)[-1] == ("una.marsh", "sign-in refused", "in no group")


@pytest.mark.parametrize(
    "said", [{"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example"}}}, {"hasgroups": True}]
)
def test_too_many_groups_to_list_is_said_with_what_helps(web: Web, provider: IdentityProvider, store_url: str, said: dict[str, Any]):
    here = web.browser()
    sign_in(here)
    provider.groups = None
    provider.change = lambda claims: claims.update(said)
    browser = web.browser()
    refused(sign_in(browser), browser, 403, "only groups assigned to the application")
    assert events(store_url)[-1] == ("una.marsh", "sign-in refused", "too many groups")
    assert is_in(here), "nobody said that they may not"


@pytest.mark.parametrize(
    ("said", "name", "full_name", "address"),
    [
        ({"preferred_username": "U1234"}, "u1234", "Una Marsh", None),
        ({"preferred_username": "U1234", "email_verified": True}, "u1234", "Una Marsh", "una.marsh@ashmere.example"),
        ({"preferred_username": "una@elsewhere.example"}, "una", "Una Marsh", None),
        ({"email": None}, "una.marsh", "Una Marsh", "una.marsh@ashmere.example"),
        ({"email": "boss@ashmere.example", "email_verified": False}, "una.marsh", "Una Marsh", "una.marsh@ashmere.example"),
        ({"preferred_username": None, "name": 7, "email_verified": True}, "una.marsh", "una.marsh", "una.marsh@ashmere.example"),
        ({"preferred_username": "Zoë Å <script>@x", "email": "x", "name": "Zoë\u202e\n Å"}, "zoe-a-script", "Zoë Å", None),
        ({"preferred_username": ["una"], "email": {}, "name": None}, "somebody", "somebody", None),
    ],
)  # fmt: skip
def test_whatever_the_council_calls_somebody_fits(
    web: Web, provider: IdentityProvider, said: dict[str, Any], name: str, full_name: str, address: str | None
):  # fmt: skip
    provider.person = {**UNA, **said}
    assert sign_in(web.browser()).status_code == 302
    [one] = accounts.users(web.store)
    assert (one.user.name, one.user.full_name, one.user.address) == (name, full_name, address)


def test_as_many_groups_as_microsoft_lists_are_read(web: Web, provider: IdentityProvider):
    provider.groups = [*(f"{number:08x}-1111-4222-8333-444444444444" for number in range(199)), "g-audit"]
    assert sign_in(web.browser()).status_code == 302
    assert web.user("una.marsh").role is UserRole.AUDITOR


def test_a_local_account_of_the_same_name_is_left_alone(web: Web, provider: IdentityProvider):
    web.person("una.marsh", UserRole.ADMINISTRATOR)
    for _ in range(2):
        assert sign_in(web.browser()).status_code == 302
    assert [(one.user.name, one.user.role, one.by_openid) for one in accounts.users(web.store)] == [
        ("una.marsh", UserRole.ADMINISTRATOR, False),
        ("una.marsh-2", UserRole.REVIEWER, True),
    ]
    assert is_in(web.signed_in("una.marsh")), "with their password, as before"


def test_who_is_disabled_here_stays_out(web: Web, provider: IdentityProvider, store_url: str):
    sign_in(web.browser())
    accounts.disable(web.store, ADA, "una.marsh")
    browser = web.browser()
    refused(sign_in(browser), browser, 403, "Your account has been switched off here")
    assert events(store_url)[-1] == ("una.marsh", "sign-in refused", "disabled")


def test_where_local_accounts_are_off_only_the_button_is_there(make: Make, provider: IdentityProvider):
    web = make(provider, before="[sign_in]\nlocal = false\n")
    browser = web.browser()
    page = browser.get("/sign-in").get_data(as_text=True)
    assert "Sign in with Microsoft" in page and 'name="password"' not in page
    assert sign_in(browser).status_code == 302 and is_in(browser)


def test_behind_a_proxy_people_come_back_to_the_address_that_they_type(make: Make, provider: IdentityProvider):
    web = make(provider, address=True)
    provider.redirects = {f"{web.address}{BACK}"}
    browser = web.browser()
    assert sign_in(browser).status_code == 302 and is_in(browser)


@pytest.mark.parametrize("ways", [None, ["client_secret_basic"], ["client_secret_post"]])
def test_the_secret_is_given_in_the_way_that_the_provider_takes(web: Web, provider: IdentityProvider, ways: list[str] | None):
    provider.description = {"token_endpoint_auth_methods_supported": ways}
    assert sign_in(web.browser()).status_code == 302


# Settings


def test_without_its_secret_triage_does_not_start(make: Make, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch):
    web = make(provider)
    monkeypatch.delenv(SECRET)
    with pytest.raises(ConfigurationError, match=f"client_secret_env.*{SECRET}"):
        _ = web.app


def test_it_cannot_be_begun_more_often_than_people_would(make: Make, provider: IdentityProvider):
    web = make(provider, limits=True)
    browser = web.browser()
    statuses = [browser.post("/sign-in/openid").status_code for _ in range(32)]
    assert statuses[:30] == [302] * 30 and statuses[30:] == [429] * 2


def test_check_asks_the_provider_too(provider: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def check(issuer: str) -> tuple[int, str]:
        extra = table(issuer)
        done = Program(write_config(tmp_path, {"complaints": "shared"}, port=free_port(), extra=extra))("check")
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    status, said = check(provider.issuer)
    assert status == 2 and f"client_secret_env: the environment variable {SECRET} is not set" in said
    monkeypatch.setenv(SECRET, CLIENT_SECRET)
    assert f"sign-in: Microsoft answers; people are sent to 127.0.0.1:{provider.port}\n" in check(provider.issuer)[1]
    status, said = check(f"http://127.0.0.1:{provider.port}/common/v2.0")
    assert status == 1 and "answered with status 404 when asked for its description: is sign_in.openid.issuer right?\n" in said
