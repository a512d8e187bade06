"""The page of an evaluation: whole HTML, nothing from elsewhere, a table beside each plot, and no word of a mail that runs."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.judging import judgement, labelled_message
from tests.unit.making import labels
from triage.classify import figures
from triage.classify.corpus import LabelledMessage
from triage.classify.decision import Judgement
from triage.domain.labels import Kind, Role
from triage.evaluation import Evaluation, write_page

C, E, P, N = Kind.COMPLAINT, Kind.ENQUIRY, Kind.COMPLIMENT, Kind.NONE
SCRIPT = "<script>alert(\"taxi\")</script> & 'so' </td></table>"
_VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "rect", "circle", "line"})


class _Page(HTMLParser):
    """Reads a page as strictly as a validator: what is opened is closed, in its order. Keeps what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.order: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of {tag} stands twice"
        self.order.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _VOID, f"{tag} ends itself"
        self.order.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> inside {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.said.append(data)


MESSAGES: list[LabelledMessage] = [
    labelled_message("a", C, "Nobody rang me back. " * 60),
    labelled_message("b", C, SCRIPT),
    labelled_message("c", labels(E, role=Role.YOUNG_PERSON), "When is the panel?"),
    labelled_message("<d>", N, "Minutes."),
]
JUDGEMENTS: list[Judgement] = [judgement(C, 0.95, sure=True), judgement(N, 0.9, sure=True), judgement(E, 0.7), judgement(C, 0.4)]


def _evaluation(messages: list[LabelledMessage] = MESSAGES, said: list[Judgement] = JUDGEMENTS, name: str = "own mail") -> Evaluation:
    return Evaluation.of(name, "2026-11-22-abc", figures.measure(messages, said), messages, said)


@pytest.fixture
def text(tmp_path: Path) -> str:
    write_page(_evaluation(), tmp_path / "page.html")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_page_is_whole_html_and_says_its_language(text: str) -> None:
    page = _Page(text)
    assert text.startswith("<!doctype html>")
    assert page.order.count("h1") == page.order.count("title") == page.order.count("main") == 1
    assert page.attributes[0] == ("html", {"lang": "en-GB"})
    assert ("meta", {"charset": "utf-8"}) in page.attributes


def test_every_table_has_a_caption_and_headings(text: str) -> None:
    page = _Page(text)
    assert page.order.count("table") == page.order.count("caption") >= 7
    headings = [attributes for tag, attributes in page.attributes if tag == "th"]
    assert headings and all(one == {"scope": "col"} for one in headings)
    assert '<th scope="col"></th>' not in text


def test_every_row_of_a_table_is_as_long_as_its_heading(text: str) -> None:
    for table in text.split("<table>")[1:]:
        head, _, body = table.partition("</thead>")
        widths = {row.count("<td>") for row in body.partition("</table>")[0].split("<tr>")[1:]}
        assert widths <= {head.count("<th ")}


def test_beside_each_plot_stands_a_table_that_says_the_same(text: str) -> None:
    page = _Page(text)
    landmarks = [tag for tag in page.order if tag in ("svg", "table")]
    plots = [number for number, tag in enumerate(landmarks) if tag == "svg"]
    assert len(plots) == 3
    assert all(landmarks[number + 1] == "table" for number in plots)


def test_every_plot_says_in_words_what_it_shows(text: str) -> None:
    plots = [attributes for tag, attributes in _Page(text).attributes if tag == "svg"]
    assert all(one["role"] == "img" and "table below gives the same figures" in str(one["aria-label"]) for one in plots)


def test_nothing_is_fetched_from_elsewhere(text: str) -> None:
    assert [word for word in ("http", "src=", "url(", "@import", "<link", "<script") if word in text.lower()] == []


def test_a_mail_that_is_shown_cannot_run_or_break_the_page(text: str) -> None:
    page = _Page(text)
    assert "<script" not in text
    assert any(SCRIPT.split(" &", maxsplit=1)[0] in said for said in page.said), "it is shown as it was written"
    assert "<d>" in page.said


def test_the_name_of_a_file_cannot_either(tmp_path: Path) -> None:
    write_page(_evaluation(name='<b onload="x">.jsonl'), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    _Page(text)
    assert "<b " not in text


def test_the_mistakes_are_listed_the_worst_first_and_cut_short(text: str) -> None:
    result = _evaluation()
    assert [(one.id, one.true, one.found, one.decided) for one in result.mistakes] == [("b", C, N, True), ("<d>", N, C, False)]
    assert all(len(one.excerpt) <= 160 for one in result.mistakes)
    assert text.index("<td>decided</td>") < text.index("<td>asked a person</td>")


def test_what_nothing_was_decided_of_is_a_page_too(tmp_path: Path) -> None:
    messages = [labelled_message("a", C, unknown=["process", "role", "urgent", "outside_scope", "service", "themes"])]
    write_page(_evaluation(messages, [judgement(C, 0.5)]), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    _Page(text)
    assert "none decided" in text


def test_the_figures_of_the_page_are_those_of_the_measure(text: str) -> None:
    kind = figures.measure(MESSAGES, JUDGEMENTS)["kind"]
    assert f"<td>{kind['macro_f1']:.3f}</td>" in text
    assert f"<td>{kind['silently_lost']}</td>" in text
    assert "<td>young people</td><td>1</td>" in text
