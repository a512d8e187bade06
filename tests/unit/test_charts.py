"""Charts: well-formed, said in words too, nothing that the policy refuses, and no label that acts."""

import re
from xml.etree import ElementTree

import pytest

from triage.charts import PARTS, Chart, bars, shortened, stacked
from triage.settings import contrast_with_white

SVG = "{http://www.w3.org/2000/svg}"
KINDS = ("Complaint", "Enquiry", "Compliment", "Not a case")


def drawn(chart: Chart) -> ElementTree.Element:
    """The picture, read as XML."""
    return ElementTree.fromstring(chart.svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def said(chart: Chart) -> str:
    """What a screen reader says of it."""
    root = drawn(chart)
    ids = str(root.get("aria-labelledby")).split()
    texts = {one.get("id"): one.text or "" for one in root.iter()}
    return " ".join(texts[one] for one in ids)


def widths(chart: Chart, sort: str) -> list[float]:
    return [
        float(str(one.get("width")).rstrip("%"))
        for one in drawn(chart).iter(f"{SVG}rect")
        if one.get("class") == sort and "%" in str(one.get("width"))
    ]


def test_a_chart_has_a_role_a_title_and_its_figures_in_words() -> None:
    chart = bars("Today by kind", "What came today.", [("Complaint", 12), ("Enquiry", 1500)], name="kinds")
    assert drawn(chart).get("role") == "img"
    assert said(chart) == "Today by kind What came today. Complaint: 12. Enquiry: 1,500."


def test_the_table_has_every_figure_whole() -> None:
    label = "A team whose name is a great deal longer than any chart is wide"
    chart = bars("Teams", "", [(label, 1500), ("SEND", 2)], name="teams", headings=("Team", "Cases"))
    assert chart.headings == ("Team", "Cases")
    assert chart.rows == ((label, "1,500"), ("SEND", "2"))
    assert label not in [one.text for one in drawn(chart).iter(f"{SVG}text")]
    assert shortened(label) in [one.text for one in drawn(chart).iter(f"{SVG}text")]


def test_a_stacked_chart_says_and_tabulates_every_part() -> None:
    chart = stacked("By mailbox", "", KINDS, [("complaints", (3, 2, 0, 1)), ("send", (0, 0, 0, 0))], name="boxes", heading="Mailbox")
    assert chart.headings == ("Mailbox", *KINDS, "All")
    assert chart.rows == (("complaints", "3", "2", "0", "1", "6"), ("send", "0", "0", "0", "0", "0"))
    assert "complaints: Complaint 3, Enquiry 2, Compliment 0, Not a case 1." in said(chart)


def test_bars_are_as_long_as_their_figures_say() -> None:
    longest, half, none = widths(bars("a", "", [("x", 200), ("y", 100), ("z", 50)], name="a"), "tq-chart__bar")
    assert longest < 80 and half == pytest.approx(longest / 2) and none == pytest.approx(longest / 4)


def test_a_small_figure_can_be_seen_and_nought_has_no_bar() -> None:
    assert min(widths(bars("a", "", [("x", 100_000), ("y", 1)], name="a"), "tq-chart__bar")) >= 1
    assert len(widths(bars("a", "", [("x", 5), ("y", 0)], name="a"), "tq-chart__bar")) == 1


def test_the_parts_of_a_bar_stand_one_after_another() -> None:
    chart = stacked("a", "", KINDS, [("one", (1, 2, 0, 5))], name="a")
    found = [one for one in drawn(chart).iter(f"{SVG}rect") if one.get("class") == "tq-chart__part" and "%" in str(one.get("x"))]
    ends = 0.0
    for one in found:
        assert float(str(one.get("x")).rstrip("%")) == pytest.approx(ends, abs=0.02)
        ends += float(str(one.get("width")).rstrip("%"))
    assert len(found) == 3 and ends < 80


def test_nothing_to_show_is_said() -> None:
    assert "nothing to show" in said(bars("a", "", [], name="a"))
    zero = bars("a", "", [("Complaint", 0)], name="a")
    assert zero.empty and widths(zero, "tq-chart__bar") == []
    assert bars("a", "", [], name="a").empty and stacked("a", "", KINDS, [], name="a").empty
    assert not bars("a", "", [("Complaint", 1)], name="a").empty


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '" onload="alert(1)', "</text></svg><img src=x>", "&amp;<!--", "]]>", "{{ 7*7 }}"]
)
def test_a_label_is_only_ever_text(hostile: str) -> None:
    for chart in (bars(hostile, hostile, [(hostile, 1)], name="a"), stacked(hostile, hostile, [hostile], [(hostile, [1])], name="a")):
        root = drawn(chart)
        assert {one.tag for one in root.iter()} <= {
            f"{SVG}{tag}" for tag in ("svg", "title", "desc", "text", "rect", "line", "defs", "pattern", "path", "circle")
        }
        assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]
        assert chart.rows[0][0] == hostile


def test_what_cannot_be_seen_in_a_label_is_left_out() -> None:
    chart = bars("a", "", [("har\u202emless\x00\n name\u200b", 1)], name="a")
    assert chart.rows == (("har mless name", "1"),)


def test_no_chart_holds_a_style_a_script_or_an_address() -> None:
    for chart in (bars("a", "b", [("Complaint", 3)], name="a"), stacked("a", "b", KINDS, [("x", (1, 2, 3, 4))], name="a")):
        assert "style" not in chart.svg and "script" not in chart.svg and "href" not in chart.svg
        assert re.findall(r"url\(([^)]*)\)", chart.svg) == re.findall(r"url\((#a-part-\d)\)", chart.svg)


def test_two_charts_of_one_page_share_no_identifier() -> None:
    rows = [("x", (1, 2, 3, 4))]
    ids = [
        str(one.get("id"))
        for name in ("today", "week")
        for one in drawn(stacked("a", "", KINDS, rows, name=name)).iter()
        if one.get("id") is not None
    ]
    assert len(ids) == len(set(ids)) and len(ids) > 6


def test_words_keep_their_size_for_nothing_is_scaled() -> None:
    chart = bars("a", "", [("Complaint", 3)], name="a")
    assert "viewBox" not in chart.svg and drawn(chart).get("width") == "100%"
    assert {one.get("font-size") for one in drawn(chart).iter(f"{SVG}text")} == {"16"}


def test_each_part_can_be_told_from_white_by_three_to_one_and_by_its_pattern() -> None:
    assert [colour for colour, _ in PARTS if contrast_with_white(colour) < 3] == []
    assert len({pattern for _, pattern in PARTS}) == len(PARTS)


def test_a_white_line_stands_between_neighbours() -> None:
    chart = stacked("a", "", KINDS, [("x", (1, 2, 3, 4))], name="a")
    found = [one for one in drawn(chart).iter(f"{SVG}rect") if one.get("class") == "tq-chart__part" and "%" in str(one.get("width"))]
    assert {one.get("stroke") for one in found} == {"#ffffff"}


def test_long_labels_are_cut_and_short_ones_are_not() -> None:
    assert shortened("a" * 30) == "a" * 30
    assert shortened("a" * 31) == "a" * 29 + "…"


@pytest.mark.parametrize(
    "call",
    [
        lambda: bars("a", "", [("x", -1)], name="a"),
        lambda: bars("a", "", [("x", 1)], name='a" onload="'),
        lambda: bars("a", "", [("x", 1)], name=""),
        lambda: stacked("a", "", KINDS, [("x", (1, 2))], name="a"),
        lambda: stacked("a", "", ["x"] * 7, [], name="a"),
        lambda: stacked("a", "", [], [], name="a"),
    ],
)
def test_a_chart_that_makes_no_sense_is_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
