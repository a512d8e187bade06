"""Text that was made to cost time costs little: the work grows with the size of a text, not faster."""

import pytest

from tests.unit.making import parsed, within_cpu_seconds
from triage.domain.message import Body
from triage.text.reading import read, tidy

WORDS = "The taxi did not come again and nobody rang us to say why."
SAYS_NOTHING = "This message is in HTML format."


@pytest.mark.parametrize("space", [" ", "\u00a0", "\t"])
def test_a_long_run_of_spaces_costs_little(space: str) -> None:
    """Half a million characters of text are allowed: thirty times as many as here."""
    with within_cpu_seconds(1):
        assert tidy("The taxi" + space * 18_000 + "did not come").startswith("The taxi")


# A piece of markup, and how often: a work that grows faster than the size shows in these sizes.
JUNK = [
    ("<", 60_000),
    ("<br", 45_000),
    ("<a href='", 30_000),
    ("<title", 30_000),
    ("<script", 30_000),
    ("<style>", 30_000),
    ("<!--", 50_000),
    ("</p>", 50_000),
    ("<li>", 30_000),
    ("&", 100_000),
]


@pytest.mark.parametrize(("junk", "count"), JUNK, ids=[junk for junk, _ in JUNK])
def test_broken_markup_costs_little(junk: str, count: int) -> None:
    with within_cpu_seconds(1.5):
        assert WORDS in read(parsed(Body(plain=SAYS_NOTHING, html=f"<p>{WORDS}</p>" + junk * count)))
