"""Text that was made to cost time costs little. The bound is generous: what grows too fast takes minutes, not seconds."""

import pytest

from tests.unit.making import is_own, parsed, within_cpu_seconds
from triage.domain.message import Address, Body
from triage.text.authorship import authorships

SIZE = 200_000
OFFICER = Address("r.hale@ashmere.example", "Ruth Hale")
PIECES = [
    "> > > ",
    ">",
    "From: ",
    "From: a@b.example\n",
    "From: \n",
    "From: a To: b Sent: c Subject: d ",
    " ",
    " \n",
    "\t",
    "&nbsp;",
    "a@",
    "@",
    "<a@b.example> ",
    "x",
    "word ",
    "A b. ",
    "On x wrote: ",
    "On x wrote:\n",
    "On 3 March 2026 at 10:15, A <a@b.example> wrote: ",
    "On 3 March 2026 at 10:15, A <a@b.example> wrote:\n> ",
    "http://",
    "https://a.example/?url=http ",
    "<http://",
    "[",
    "[cid:",
    "-",
    "-----\n",
    "--\n",
    "*****\n",
    "...",
    "a:\n",
    "| x\n",
    "Regards\n",
    "Ann Body\n",
    "Manager, Council, Tel 01234 567890\n",
    "This email is confidential and intended only for the recipient. ",
    "CAUTION: external email. ",
    "Sent from my iPhone\n",
    "Sent from ",
    "---------- Forwarded message ---------\n",
    '>>> "A" <a@b.example> 16/06/2026 20:14 >>>\n',
    "".join(">" * depth + " x\n" for depth in range(1, 60)),
    "Name: x\nEmail: y\n",
    "Ann said ",
    "call from Mrs A ",
    "0123 456 789 ",
    "3/3/2026 ",
    "<div>",
    "</div><div>",
]


@pytest.mark.parametrize("piece", PIECES, ids=[piece[:24].strip().replace("\n", " ") or "space" for piece in PIECES])
def test_a_piece_repeated_without_end_costs_little(piece: str) -> None:
    junk = (piece * (SIZE // len(piece) + 1))[:SIZE]
    with within_cpu_seconds(10):
        authorships(parsed(Body(plain=junk), subject="Fw: x"), is_own)
        authorships(parsed(Body(plain=f"Please log this.\n{junk}\n\nRuth Hale"), sender=OFFICER, subject="x"), is_own)


@pytest.mark.parametrize(
    "piece",
    [
        '<blockquote type="cite">',
        "<blockquote>x</blockquote>",
        '<div class="yahoo_quoted">x</div>',
        '<div id="Signature">x</div>',
        "<p>On x wrote:</p><blockquote>",
    ],
)
def test_quoting_markup_without_end_costs_little(piece: str) -> None:
    with within_cpu_seconds(10):
        authorships(parsed(Body(html="<p>The taxi did not come.</p>" + piece * (60_000 // len(piece)))), is_own)
