"""The queue's styles: made of what the lock file names, with nothing of GOV.UK's that a council may not use, and no class forgotten."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask

from tests.support import missing
from tests.unit.making import ROOT
from triage.web import assets

STYLES = ROOT / "triage/web/styles"
LOCK = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
_OWN_CLASS = re.compile(r"\btq-[a-z][a-z0-9_-]*[a-z0-9]")
# Where a page fills in the end of a name: with these.
_ENDINGS = {
    "tq-meter__bar": [f"tq-meter__bar--{share}" for share in range(0, 101, 5)],
    "tq-entry": [f"tq-entry--{sort}" for sort in ("mail", "person", "program", "note", "undone")],
}


def _made() -> str:
    """The compiled style sheet. It cannot be made without a network; on CI it is there."""
    path = assets.MADE / assets.STYLES
    if not path.is_file():
        missing("what 'make install' makes of GOV.UK Frontend", "npm, then call 'make install'")
    return path.read_text(encoding="utf-8")


def _used() -> set[str]:
    """Every class of our own that a page or a chart bears."""
    pages = [*(ROOT / "triage/web/templates").glob("*.html"), *(ROOT / "triage/web").glob("*.py"), ROOT / "triage/charts.py"]
    found = {name for page in pages for name in _OWN_CLASS.findall(page.read_text(encoding="utf-8"))}
    return found.union(*(names for beginning, names in _ENDINGS.items() if beginning in found))


def test_the_lock_file_names_versions_and_hashes_and_no_registry() -> None:
    packages = {path: one for path, one in LOCK["packages"].items() if path}
    assert packages["node_modules/govuk-frontend"]["version"] == "6.3.0"
    assert [path for path, one in packages.items() if not one.get("integrity", "").startswith("sha512-")] == []
    assert [path for path, one in packages.items() if "resolved" in one] == []


def test_no_file_of_the_set_up_names_a_host_to_fetch_from() -> None:
    for name in ("package.json", "Makefile", "requirements/node.in", "requirements/node.lock", "triage/web/styles/make.sh", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name


def test_nothing_of_the_crown_or_its_typeface_is_in_the_styles() -> None:
    made = _made()
    assert "url(" not in made and "@font-face" not in made and "@import" not in made
    assert not re.search("transport|crown|crest", made, re.IGNORECASE)


def test_every_class_that_a_page_uses_has_a_rule() -> None:
    ruled = set(re.findall(r"\.(tq-[a-z0-9_-]+)", _made()))
    assert sorted(_used() - ruled) == []


def test_every_rule_of_our_own_is_used() -> None:
    ruled = set(re.findall(r"\.(tq-[a-z0-9_-]+)", _made()))
    assert sorted(ruled - _used()) == []


def test_every_component_that_a_page_uses_has_its_styles() -> None:
    named = set(re.findall(r"govuk/components/([a-z-]+)", (STYLES / "queue.scss").read_text(encoding="utf-8")))
    for page in (ROOT / "triage/web/templates").glob("*.html"):
        words = page.read_text(encoding="utf-8")
        assert set(re.findall(r"components/([a-z-]+)/macro\.html", words)) <= named, page.name


def test_what_moves_stops_for_those_whom_movement_makes_ill() -> None:
    assert "prefers-reduced-motion" in _made()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application that serves what lies in a folder of the test's own."""
    monkeypatch.setattr(assets, "MADE", tmp_path)
    app = Flask("styles")
    app.add_url_rule("/made/<path:name>", "made", assets.send)
    return app


@pytest.mark.usefixtures("app")
def test_without_styles_the_pages_are_told_what_is_missing(tmp_path: Path) -> None:
    assert assets.missing() == [assets.STYLES, assets.SCRIPT]
    (tmp_path / assets.STYLES).write_text("a", encoding="utf-8")
    assert assets.missing() == [assets.SCRIPT]
    (tmp_path / assets.SCRIPT).write_text("a", encoding="utf-8")
    assert assets.missing() == []


def test_styles_that_come_later_are_seen_without_a_new_start(app: Flask, tmp_path: Path) -> None:
    with app.test_request_context():
        assert not assets.styled()
        for name in assets.FILES:
            (tmp_path / name).write_text("a", encoding="utf-8")
        assert assets.styled()


def test_an_address_changes_with_the_content(app: Flask, tmp_path: Path) -> None:
    with app.test_request_context():
        (tmp_path / assets.STYLES).write_text("a{}", encoding="utf-8")
        first = assets.url(assets.STYLES)
        assert first == assets.url(assets.STYLES)
        (tmp_path / assets.STYLES).write_text("b{color:red}", encoding="utf-8")
        assert assets.url(assets.STYLES) != first


def test_a_browser_keeps_for_ever_only_what_its_address_names(app: Flask, tmp_path: Path) -> None:
    (tmp_path / assets.STYLES).write_text("a{}", encoding="utf-8")
    with app.test_request_context():
        address = assets.url(assets.STYLES)
    client = app.test_client()
    with client.get(address) as kept:
        assert kept.status_code == 200 and kept.mimetype == "text/css" and "immutable" in kept.headers["Cache-Control"]
    for other in ("/made/queue.css", "/made/queue.css?v=0123456789abcdef"):
        with client.get(other) as asked:
            assert asked.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["secret.txt", "../secret.txt", "%2e%2e/secret.txt", ".made", "queue.css/", "Queue.css", ""])
def test_nothing_else_in_the_folder_or_outside_it_is_served(app: Flask, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("a", encoding="utf-8")
    (tmp_path / ".made").write_text("a", encoding="utf-8")
    (tmp_path.parent / "secret.txt").write_text("a", encoding="utf-8")
    assert app.test_client().get(f"/made/{name}").status_code == 404
