"""Every control is reached by the tabulator, in the order in which it is read, and whoever has the focus sees where it is."""

from collections.abc import Callable

import pytest

from tests.acceptance.browser.every_page import live_in, unfold
from tests.support.browser import Somebody
from tests.support.queue_server import QueueServer

# How each control looks while it has not the focus; a radio and a box are drawn by their label. Of the radios of a group the
# tabulator reaches the chosen one, or the first.
_BEGIN = """() => {
  const look = (one) => [one, ...(one.labels ?? [])].flatMap((each) => [null, "::before", "::after"].map((part) => {
    const style = getComputedStyle(each, part);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.backgroundColor, style.borderTopWidth,
      style.borderTopColor].join();
  })).join("|");
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((one) => {
    if (one.disabled || one.type === "hidden" || !one.checkVisibility({ visibilityProperty: true })) return false;
    if (one.closest("fieldset:disabled")) return false;
    if (one.type !== "radio") return true;
    const group = [...document.getElementsByName(one.name)].filter((other) => other.form === one.form);
    return one === (group.find((other) => other.checked) ?? group[0]);
  });
  window.held = { look, all, plain: new Map(all.map((one) => [one, look(one)])) };
  return all.length;
}"""
_STARTED = "() => [...document.querySelectorAll('[data-module]')].every((one) => one.hasAttribute(`data-${one.dataset.module}-init`))"
# Of whatever has the focus now: its number in the order of the page, and what is wrong with how that is shown.
_HERE = """() => {
  const { look, all, plain } = window.held, one = document.activeElement;
  if (!one || one === document.body) return null;
  const name = one.outerHTML.slice(0, 120), wrong = [];
  if (!all.includes(one)) return { number: -1, wrong: [`not thought to be reached: ${name}`] };
  if (look(one) === plain.get(one)) wrong.push(`looks as it did without the focus: ${name}`);
  const seen = [...one.getClientRects()].some((box) => [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]].some(([x, y]) => {
    const there = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return there && (one.contains(there) || there.contains(one) && one.matches("[tabindex]") || [...(one.labels ?? [])].some((label) => label.contains(there)));
  }));
  if (!seen) wrong.push(`has the focus out of sight: ${name}`);
  return { number: all.indexOf(one), wrong };
}"""


@pytest.mark.parametrize("size", [(1280, 900), (320, 256)], ids=["wide", "narrow"])
def test_every_control_is_reached_in_order_and_seen(size: tuple[int, int], at_browser: Callable[..., Somebody], server: QueueServer):
    lived = live_in(server)
    asked = server.waiting(asked=True)[0]
    admin, nobody = (at_browser(name, width=size[0], height=size[1]) for name in ("admin", None))
    found = []
    for one, path in (
        (nobody, "/sign-in"),
        (admin, "/"),
        (admin, "/queue?kind=complaint"),
        (admin, f"/messages/{asked}"),
        (admin, f"/cases/{lived.busy}"),
        (admin, "/people"),
        (admin, "/health/quarantine"),
    ):
        one.open(path)
        # GOV.UK Frontend's own script adds controls, such as that which shows a password.
        one.page.wait_for_function(_STARTED)
        unfold(one)
        number = one.page.evaluate(_BEGIN)
        reached: list[int] = []
        for _ in range(2 * number + 10):
            one.press("Tab")
            here = one.page.evaluate(_HERE)
            # Round once: past the last comes the browser's own frame, or the first again.
            if here is None or (reached and here["number"] == 0):
                break
            if here["number"] in reached[-1:]:
                # A date's day, month, year and calendar, which Chromium draws: they are one control.
                continue
            reached.append(here["number"])
            found += [f"{path}: {problem}" for problem in here["wrong"]]
        assert reached == list(range(number)), (path, number, reached)
    assert found == []


@pytest.mark.parametrize("name", ["messages", "cases", "queue"])
def test_axe_finds_nothing_in_a_narrow_window(name: str, at_browser: Callable[..., Somebody], server: QueueServer):
    """That what is pressed is 24 pixels wide and high, too, or has room around it."""
    paths = {"messages": f"/messages/{server.waiting(asked=True)[0]}", "cases": f"/cases/{live_in(server).busy}", "queue": "/queue"}
    one = at_browser("patel", paths[name], width=320, height=256)
    unfold(one)
    assert one.axe() == []


def test_axe_would_find_something(patel: Somebody):
    patel.page.evaluate("document.documentElement.removeAttribute('lang')")
    patel.page.evaluate(
        "document.querySelector('label[for=find]').remove(); document.querySelector('#find').removeAttribute('placeholder')"
    )
    found = " ".join(patel.axe())
    assert "html-has-lang" in found
    assert "label" in found
