"""What the council's own sign-in may say or send that signs nobody in, and a provider that is down, slow or another."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, UNA, IdentityProvider
from tests.support.logged import audit
from tests.support.network import silent_server
from tests.support.openid import (
    BACK,
    Make,
    come_back,
    is_in,
    kinds,
    maker,
    path_of,
    provider_up,
    refused,
    sent_off,
    sign_in,
    words_of,
)
from tests.support.web import Web
from triage import accounts


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with provider_up() as one:
        yield one


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """Whether a token is genuine is the same whatever the store is."""
    return f"sqlite:///{tmp_path}/triage.db"


@pytest.fixture
def make(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    with maker(store_url, tmp_path, monkeypatch) as one:
        yield one


@pytest.fixture
def web(make: Make, provider: IdentityProvider) -> Web:
    return make(provider)


# Tokens that are not to be believed


def _expired(claims: dict[str, Any]) -> None:
    claims.update(iat=time.time() - 7_200, nbf=time.time() - 7_200, exp=time.time() - 3_600)


BAD_CLAIMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another nonce": lambda claims: claims.update(nonce="of another sign-in"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "another audience": lambda claims: claims.update(aud="another-application"),
    "another audience, we as party": lambda claims: claims.update(aud="another-application", azp=CLIENT_ID),
    "many audiences, another party": lambda claims: claims.update(aud=[CLIENT_ID, "another"], azp="another"),
    "no audience": lambda claims: claims.pop("aud"),
    "another issuer": lambda claims: claims.update(iss="http://127.0.0.1:1/tenant/v2.0"),
    "an issuer with a slash more": lambda claims: claims.update(iss=claims["iss"] + "/"),
    "no issuer": lambda claims: claims.pop("iss"),
    "expired": _expired,
    "no end": lambda claims: claims.pop("exp"),
    "not yet": lambda claims: claims.update(nbf=time.time() + 3_600),
    "nobody": lambda claims: claims.pop("sub"),
    "somebody who is a number": lambda claims: claims.update(sub=7),
}


def test_a_token_that_is_not_for_us_now_signs_nobody_in(web: Web, provider: IdentityProvider, caplog: pytest.LogCaptureFixture):
    seen = {}
    for bad, change in BAD_CLAIMS.items():
        provider.change = change
        browser = web.browser()
        refused(sign_in(browser), browser, 502, "Try again in a minute")
        [seen[bad]] = kinds(caplog)
    assert seen == {
        "another nonce": "invalid_claim nonce",
        "no nonce": "missing_claim nonce",
        "another audience": "invalid_claim aud",
        "another audience, we as party": "invalid_claim aud",
        "many audiences, another party": "invalid_claim azp",
        "no audience": "missing_claim aud",
        "another issuer": "invalid_claim iss",
        "an issuer with a slash more": "invalid_claim iss",
        "no issuer": "missing_claim iss",
        "expired": "expired_token exp",
        "no end": "missing_claim exp",
        "not yet": "invalid_claim nbf",
        "nobody": "missing_claim sub",
        "somebody who is a number": "invalid_claim sub",
    }
    assert accounts.users(web.store) == []


def test_a_subject_that_cannot_be_kept_signs_nobody_in(web: Web, provider: IdentityProvider, store_url: str):
    for subject in ("", "a\0b", "\u202eb", "s" * 2_000):
        for groups in (["g-review"], []):
            provider.person, provider.groups = {**UNA, "sub": subject}, groups
            browser = web.browser()
            answer = sign_in(browser)
            assert answer.status_code in (403, 502) and not is_in(browser)
    assert accounts.users(web.store) == []


def _changed(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims[:-4]}{'AAAA' if claims[-4:] != 'AAAA' else 'BBBB'}.{signature}"


def _of_another(kind: str = "RSA") -> IdentityProvider:
    other = IdentityProvider()
    other.rotate("key-1", kind)
    return other


def _with_its_own_key(provider: IdentityProvider) -> Callable[[dict[str, Any]], str]:
    """RFC 7515 4.1.3: a token may bring a key, and nobody may believe it."""
    provider.rotate("key-1", "EC")
    other = _of_another("EC")
    return lambda claims: other.token(claims, head={"jwk": other.key.as_dict(private=False)})


BAD_SIGNATURES: dict[str, Callable[[IdentityProvider], Callable[[dict[str, Any]], str]]] = {
    "none": lambda provider: provider.unsigned,
    "HS256 with the public key": lambda provider: provider.signed_with_the_public_key,
    "another algorithm": lambda provider: lambda claims: provider.token(claims, "PS256"),
    "another's key": lambda provider: _of_another().token,
    "a changed word": lambda provider: lambda claims: _changed(provider.token(claims)),
    "no signature": lambda provider: lambda claims: provider.token(claims).rpartition(".")[0] + ".",
    "no token": lambda provider: lambda claims: "",
    "no token at all": lambda provider: lambda claims: "words",
    "an unknown key": lambda provider: lambda claims: provider.token(claims, head={"kid": "unknown"}),
    "its own key": _with_its_own_key,
}


def test_a_token_that_is_not_genuine_signs_nobody_in(web: Web, provider: IdentityProvider, caplog: pytest.LogCaptureFixture):
    seen = {}
    for bad, sign in BAD_SIGNATURES.items():
        provider.sign = sign(provider)
        browser = web.browser()
        refused(sign_in(browser), browser, 502, "Try again in a minute")
        [seen[bad]] = kinds(caplog)
    assert seen == {
        "none": "unsupported_algorithm",
        "HS256 with the public key": "unsupported_algorithm",
        "another algorithm": "unsupported_algorithm",
        "another's key": "bad_signature",
        "a changed word": "bad_signature",
        "no signature": "bad_signature",
        "no token": "no token",
        "no token at all": "decode_error",
        "an unknown key": "invalid_key_id",
        "its own key": "bad_signature",
    }
    assert accounts.users(web.store) == []


# States and codes


def test_coming_back_twice_with_the_same_address_signs_nobody_in(web: Web, provider: IdentityProvider):
    browser = web.browser()
    there = requests.get(sent_off(browser), allow_redirects=False, timeout=10)
    back = path_of(there.headers["Location"])
    kept = browser.cookie
    assert browser.get(back).status_code == 302
    asked = len(provider.asked)
    assert browser.get(back).status_code == 403
    assert len(provider.asked) == asked, "the provider is not troubled with it"
    # Whoever has kept the cookie from before fails at the provider: the code is spent.
    thief = web.browser()
    assert kept is not None
    thief.client.set_cookie("triage", kept)
    refused(thief.get(back), thief, 502, "does not work at the moment")


def test_what_another_began_cannot_be_finished_here(web: Web, provider: IdentityProvider):
    attacker, victim = web.browser(), web.browser()
    there = requests.get(sent_off(attacker), allow_redirects=False, timeout=10)
    sent_off(victim)
    refused(victim.get(path_of(there.headers["Location"])), victim, 403, "begun in another window")


@pytest.mark.parametrize("query", ["", "?state=", "?code=x", "?state=x&code=y", "?state=%ff%fe&code=y", "?error=access_denied", "?state=é"])
def test_who_comes_back_without_having_been_sent_off_is_told_to_begin(web: Web, provider: IdentityProvider, query: str):
    browser = web.browser()
    refused(browser.get(BACK + query), browser, 403, "begun in another window")
    assert provider.asked == []


def test_a_code_of_another_sign_in_is_no_good(web: Web):
    """PKCE: a code that was taken from somebody else's way back."""
    victim, attacker = web.browser(), web.browser()
    stolen = parse_qs(urlsplit(requests.get(sent_off(victim), allow_redirects=False, timeout=10).headers["Location"]).query)["code"][0]
    state = parse_qs(urlsplit(sent_off(attacker)).query)["state"][0]
    refused(attacker.get(f"{BACK}?code={stolen}&state={state}"), attacker, 502, "does not work at the moment")


def test_sign_ins_are_begun_in_several_windows_and_the_cookie_stays_small(web: Web):
    browser = web.browser()
    begun = [sent_off(browser, "/search?words=" + "x" * 400) for _ in range(8)]
    assert browser.cookie is not None and len(browser.cookie) < 3_500
    assert come_back(browser, begun[0]).status_code == 403
    assert come_back(browser, begun[6]).status_code == 302
    assert is_in(browser)


def test_a_sign_in_that_was_begun_long_ago_is_begun_anew(web: Web, monkeypatch: pytest.MonkeyPatch):
    browser = web.browser()
    where = sent_off(browser)
    now = time.time
    monkeypatch.setattr("triage.web.openid.time.time", lambda: now() + 3_700)
    refused(come_back(browser, where), browser, 403, "too long ago")


@pytest.mark.parametrize(
    ("said", "status", "kind"),
    [
        ("error=access_denied&error_description=una.marsh+went+back", 403, "access_denied"),
        ("error=access_denied&error_description=AADSTS65004:+una.marsh", 403, "access_denied AADSTS65004"),
        ("error=server_error", 502, "server_error"),
        ("error=una.marsh%0ainfo+signed+in", 502, "another error"),
        ("", 502, "no code"),
    ],
)
def test_what_the_provider_refuses_is_said_plainly_and_logged_by_its_kind(
    web: Web, caplog: pytest.LogCaptureFixture, said: str, status: int, kind: str
):
    browser = web.browser()
    state = parse_qs(urlsplit(sent_off(browser, "/health")).query)["state"][0]
    answer = browser.get(f"{BACK}?{said}&state={state}")
    refused(answer, browser, status, "Microsoft")
    assert 'href="/sign-in?to=/health"' in answer.get_data(as_text=True)
    assert "una.marsh" not in answer.get_data(as_text=True)
    assert [record.getMessage() for record in caplog.records] == [f"sign-in by the council's own failed kind={kind}"]


# A provider that is down, slow, or changes


def test_triage_starts_while_the_provider_is_down_and_people_sign_in_once_it_is_up(make: Make, caplog: pytest.LogCaptureFixture):
    provider = IdentityProvider(groups=["g-review"], redirects={f"http://localhost{BACK}"})
    with provider.up():
        pass
    web = make(provider)
    web.person("rita")
    browser = web.browser()
    answer = browser.post("/sign-in/openid")
    refused(answer, browser, 502, "does not work at the moment")
    assert is_in(web.signed_in("rita")), "with an account of Triage's own"
    assert [record.getMessage() for record in caplog.records] == ["sign-in by the council's own failed kind=no connection"]
    with provider.up():
        assert provider.asked == []
        where = sent_off(browser)
        assert come_back(browser, where).status_code == 302
        assert is_in(browser)


def test_a_provider_that_goes_down_on_the_way_is_said_plainly(web: Web, make: Make):
    provider = IdentityProvider(groups=["g-review"], redirects={f"http://localhost{BACK}"})
    with provider.up():
        web = make(provider)
        browser = web.browser()
        there = requests.get(sent_off(browser), allow_redirects=False, timeout=10)
    refused(browser.get(path_of(there.headers["Location"])), browser, 502, "does not work at the moment")


def test_a_provider_that_hangs_holds_up_nobody_who_is_signed_in(make: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("triage.web.provider.SECONDS", 1)
    monkeypatch.setattr("triage.web.openid._WAIT_FOR_A_TURN", 0.2)
    with silent_server() as port:
        web = make(IdentityProvider(), issuer=f"http://127.0.0.1:{port}/tenant/v2.0")
        browsers = [web.browser() for _ in range(6)]
        for one in browsers:
            assert one.token
        began, answers = time.monotonic(), []
        threads = [Thread(target=lambda one=one: answers.append(one.post("/sign-in/openid").status_code)) for one in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert answers == [502] * 6
        # Asked once, and not by one after the other.
        assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("kid", ["key-2", "key-1"])
@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_keys_may_be_changed_at_any_time(web: Web, provider: IdentityProvider, kid: str, kind: str):
    assert sign_in(web.browser()).status_code == 302
    provider.rotate(kid, kind)
    assert sign_in(web.browser()).status_code == 302
    before = len(provider.asked)
    assert sign_in(web.browser()).status_code == 302
    assert provider.asked[before:] == ["/tenant/authorize", "/tenant/token"], "what is known is not asked for again"


def test_an_odd_answer_signs_nobody_in_and_says_nothing_of_anybody(
    web: Web, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
):  # fmt: skip
    odd: list[tuple[int, Any, str]] = [
        (200, {"access_token": "x", "token_type": "Bearer"}, "no token"),
        (200, ["una.marsh"], "answer not understood ValueError"),
        (400, {"error": ["una.marsh"], "error_description": {"una": "marsh"}}, "another error"),
        (429, [], "HTTPError"),
        (500, {}, "HTTPError"),
        (307, {}, "TooManyRedirects"),
        (400, {"error": "temporarily_unavailable"}, "temporarily_unavailable"),
    ]
    for status, answer, kind in odd:
        provider.answer = (status, answer)
        browser = web.browser()
        page = sign_in(browser)
        refused(page, browser, 502, "does not work at the moment")
        assert "marsh" not in caplog.text.lower() and "marsh" not in words_of(page).lower()
        assert kinds(caplog) == [kind]
    assert "/elsewhere" not in provider.asked, "the secret goes nowhere else"


def test_nothing_of_tokens_secrets_or_people_is_logged_however_much_is_asked_for(
    web: Web, provider: IdentityProvider, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    caplog.set_level(logging.DEBUG)
    browser = web.browser()
    there = requests.get(sent_off(browser), allow_redirects=False, timeout=10)
    back = path_of(there.headers["Location"])
    browser.get(back)
    provider.groups = []
    sign_in(web.browser())
    provider.answer = (401, {"error": "invalid_client", "error_description": "AADSTS7000222: the secret of una.marsh has expired"})
    failed = sign_in(web.browser())
    assert "una" not in failed.get_data(as_text=True).lower()
    said = caplog.text.lower()
    for secret in ("una", "p4irw1se", parse_qs(urlsplit(back).query)["code"][0].lower(), CLIENT_SECRET, "eyj", "verifier", "g-review"):
        assert secret not in said
    assert [record.getMessage() for record in caplog.records if record.name == "triage.web"] == [
        "sign-in by the council's own refused kind=in no group",
        "sign-in by the council's own failed kind=invalid_client AADSTS7000222",
    ]


def test_the_audit_names_nobody_but_by_their_account(web: Web, provider: IdentityProvider, store_url: str):
    sign_in(web.browser())
    provider.groups = []
    sign_in(web.browser())
    details = [str(event.detail).lower() for event in audit(store_url)]
    assert details and not any(word in detail for detail in details for word in ("una", "marsh", "p4irw1se", "g-"))


# What the provider says of itself


def test_a_provider_that_is_not_the_one_that_is_meant_is_not_used(web: Web, provider: IdentityProvider, caplog: pytest.LogCaptureFixture):
    odd: list[tuple[dict[str, Any], str]] = [
        ({"issuer": "https://elsewhere.example/tenant/v2.0"}, "another issuer"),
        ({"issuer": "https://login.example/{tenantid}/v2.0"}, "another issuer"),
        ({"issuer": None}, "another issuer"),
        ({"token_endpoint": "http://elsewhere.example/token"}, "no address"),
        ({"token_endpoint": None}, "no address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no address"),
        ({"authorization_endpoint": "http://[broken"}, "no address"),
        ({"jwks_uri": ["https://elsewhere.example"]}, "no address"),
    ]
    for said, kind in odd:
        provider.description = said
        browser = web.browser()
        refused(browser.post("/sign-in/openid"), browser, 502, "does not work at the moment")
        assert kinds(caplog) == [kind]
    provider.description = {}
    assert sign_in(web.browser()).status_code == 302


def test_a_provider_may_write_its_name_with_a_slash_at_the_end(web: Web, provider: IdentityProvider):
    provider.description = {"issuer": provider.issuer + "/"}
    provider.change = lambda claims: claims.update(iss=claims["iss"] + "/")
    assert sign_in(web.browser()).status_code == 302
    provider.change = lambda claims: None
    browser = web.browser()
    refused(sign_in(browser), browser, 502, "does not work at the moment")


def test_the_provider_cannot_change_how_it_is_asked(web: Web, provider: IdentityProvider):
    """Authlib takes what a description says as settings of its client."""
    provider.description = {"verify": False, "proxies": {"http": "http://127.0.0.1:1"}, "scope": "everything", "client_secret": "x"}
    browser = web.browser()
    assert "openid" in parse_qs(urlsplit(where := sent_off(browser)).query)["scope"][0]
    assert come_back(browser, where).status_code == 302


def test_where_people_are_sent_to_another_host_a_page_leads_there(web: Web, provider: IdentityProvider):
    provider.description = {"authorization_endpoint": f"http://localhost:{provider.port}/tenant/authorize"}
    browser = web.browser()
    answer = browser.post("/sign-in/openid")
    assert answer.status_code == 200 and "Go there" in words_of(answer)
    assert come_back(browser, answer.headers["Refresh"].partition("url=")[2]).status_code == 302
    assert is_in(browser)
