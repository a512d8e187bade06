"""How long work is shown: bars by rich on a terminal, plain lines elsewhere. Always on stderr, so that results can be piped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from triage.pipeline import Logged, Observer

# Without a terminal, a line is printed each time that many messages were logged.
_LINE_EVERY = 500


class Progress:
    """Watches a pipeline and shows how far each mailbox is."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, int] = {}
        self._expected: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    @property
    def observer(self) -> Observer:
        """What the pipeline tells."""
        return Observer(expecting=self._expecting, logged=self._logged)

    def _expecting(self, mailbox: str, count: int) -> None:
        self._expected[mailbox] = self._expected.get(mailbox, 0) + count
        if not count or not self._console.is_terminal:
            return
        if mailbox in self._tasks:
            self._bars.update(self._tasks[mailbox], total=self._expected[mailbox])
        else:
            self._tasks[mailbox] = self._bars.add_task(mailbox, total=self._expected[mailbox])

    def _logged(self, logged: Logged) -> None:
        mailbox = logged.mailbox
        self._done[mailbox] = self._done.get(mailbox, 0) + 1
        if mailbox in self._tasks:
            self._bars.advance(self._tasks[mailbox])
        elif not self._console.is_terminal and self._done[mailbox] % _LINE_EVERY == 0:
            self._console.print(f"{mailbox}: {self._done[mailbox]:,} of {self._expected.get(mailbox, 0):,}", highlight=False)


@contextmanager
def steps(name: str) -> Iterator[Callable[[str], None]]:
    """A function that shows which step a long piece of work has come to."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: console.print(f"{name}: {step}", highlight=False)
        return
    with console.status(name) as status:
        yield lambda step: status.update(f"{name}: {step}")
