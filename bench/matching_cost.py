"""What finding a message's case and writing it costs with few and with very many messages in the store: the table of docs/matching-cost.md.

Both stores of a database are measured in one run, turn by turn, on the real pipeline, with what is understood of each message known
beforehand. What a busy machine takes is taken from both; the verdict is the ratio.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench.arrivals import MAILBOX, Prepared, Sort, mail, understood
from bench.large_store import STREAMS, fill_stores, progress
from bench.stories import Story
from bench.stories import understood as stories_of
from bench.world import END, Plan, World
from tests.support.mail import ROOT
from tests.support.postgres import Postgres
from triage import casefinder, replay, settings
from triage.bootstrap import load_judge
from triage.casefinder import CaseFinder
from triage.domain.message import Arrival
from triage.judge import Judge, Understood
from triage.pipeline import Pipeline, Tally
from triage.store import engine as database
from triage.store.casestore import CaseStore

_SEED = 1
_BATCH = 50
_WARM = 20
STEPS = ("found and matched", "written", "together")


@dataclass
class Times:
    """Milliseconds a message: by step, one message a transaction and in batches; and by sort of message."""

    single: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    batch: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    by_sort: defaultdict[Sort, list[float]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Bed:
    """A store that is measured: its pipeline, what comes next, and the times so far."""

    pipeline: Pipeline
    ready: dict[str, Understood]
    mail: Iterator[tuple[Sort, Understood]]

    @classmethod
    def at(cls, url: str, plan: Plan, stories: Sequence[Story], judge: Judge, finder: CaseFinder, round_: int) -> "Bed":
        """The store at a URL that was filled by this plan."""
        world = World(plan.seed, stories, judge.rarity)
        spots = mail(plan, world, round_)
        # Every round has UIDs of its own.
        coming = ((sort, understood(world.write(spot), spot, uid)) for uid, (sort, spot) in enumerate(spots, 1 + 100_000 * round_))
        ready: dict[str, Understood] = {}
        store = CaseStore.open(url, None, lambda: END + timedelta(days=1))
        return cls(Pipeline(store, Prepared.by(judge, ready), finder), ready, coming)

    def next(self, count: int) -> list[tuple[Sort, Arrival]]:
        """So many messages, understood."""
        some = [next(self.mail) for _ in range(count)]
        self.ready.clear()
        self.ready.update({one.arrival.sha256: one for _, one in some})
        return [(sort, one.arrival) for sort, one in some]

    def log(self, arrivals: Sequence[Arrival]) -> dict[str, float]:
        """Milliseconds a message by step."""
        before = dict(self.pipeline.spent)
        tally = Tally(MAILBOX)
        self.pipeline.log(arrivals, tally)
        if tally.logged != len(arrivals):
            raise SystemExit(f"{tally.logged} of {len(arrivals)} logged")
        matched, written = ((self.pipeline.spent[step] - before.get(step, 0.0)) * 1000 / len(arrivals) for step in ("match", "commit"))
        return dict(zip(STEPS, (matched, written, matched + written), strict=True))


def measure(small: Bed, large: Bed, times: tuple[Times, Times], *, singles: int, batches: int, batch: int = _BATCH) -> None:
    """One round: so many messages one by one, then so many batches, the two stores taking turns."""
    pairs = tuple(zip((small, large), times, strict=True))
    for bed, _ in pairs:
        for _, arrival in bed.next(_WARM):
            bed.log([arrival])
    for _ in range(singles):
        for bed, found in pairs:
            [(sort, arrival)] = bed.next(1)
            taken = bed.log([arrival])
            found.by_sort[sort].append(taken["together"])
            for step, milliseconds in taken.items():
                found.single[step].append(milliseconds)
    for _ in range(batches):
        for bed, found in pairs:
            for step, milliseconds in bed.log([arrival for _, arrival in bed.next(batch)]).items():
                found.batch[step].append(milliseconds)


# Databases


@dataclass
class Server:
    """A database that stores can be made in. `durable` makes it keep what it commits, as a council's does."""

    name: str
    folder: Path
    postgres: Postgres | None = None
    made: int = 0

    def new(self) -> str:
        """The URL of an empty store."""
        if self.postgres is not None:
            return self.postgres.new_database()
        self.made += 1
        return f"sqlite:///{self.folder}/{self.made}.db"

    def durable(self, url: str) -> None:
        """From here on a commit that was reported is on the disk. (SQLite's always is; what a test's server leaves out is turned on.)"""
        if self.postgres is not None:
            engine = database.connect(url).execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                for statement in ("CHECKPOINT", "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()"):
                    connection.execute(text(statement))
            engine.dispose()

    def size(self, url: str) -> int:
        """Bytes of a store on disk."""
        if self.postgres is None:
            return Path(url.removeprefix("sqlite:///")).stat().st_size
        return int(self._asked(url, "SELECT pg_database_size(current_database())"))

    def version(self, url: str) -> str:
        """Which database it is."""
        if self.postgres is None:
            return f"SQLite {sqlite3.sqlite_version}"
        return f"PostgreSQL {self._asked(url, 'SHOW server_version').split()[0]}"

    def _asked(self, url: str, question: str) -> str:
        engine = database.connect(url)
        with database.reading(engine) as connection:
            answer = str(connection.execute(text(question)).scalar_one())
        engine.dispose()
        return answer


@contextmanager
def servers(names: Sequence[str]) -> Iterator[list[Server]]:
    """The databases of these names, in folders that are gone afterwards."""
    with ExitStack() as stack:
        found = []
        for name in names:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-bench-")))
            found.append(Server(name, folder, stack.enter_context(Postgres()) if name == "PostgreSQL" else None))
        yield found


# The table


def table(found: dict[str, tuple[Times, Times]], sizes: tuple[int, int]) -> str:
    """The times and their ratios, in Markdown."""
    small, large = (f"{size:,}" for size in sizes)
    lines = [
        f"| database | | step | {small}: median | 95 of 100 under | {large}: median | 95 of 100 under | ratio of medians | of the 95 |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, pair in found.items():
        for how, kept in (("one a transaction", "single"), (f"in batches of {_BATCH}", "batch")):
            for step in STEPS:
                few, many = (_summed(getattr(times, kept)[step]) for times in pair)
                cells = [f"{value:.1f} ms" for value in (*few, *many)] + [f"**{many[0] / few[0]:.2f}**", f"{many[1] / few[1]:.2f}"]
                lines.append(f"| {name} | {how} | {step} | {' | '.join(cells)} |")
    return "\n".join(lines)


def by_sort(found: dict[str, tuple[Times, Times]]) -> str:
    """The ratios of each sort of message, in Markdown."""
    lines = [f"| one a transaction, together | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for sort in Sort:
        ratios = [statistics.median(many.by_sort[sort]) / statistics.median(few.by_sort[sort]) for few, many in found.values()]
        lines.append(f"| {sort} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |")
    return "\n".join(lines)


def _summed(values: Sequence[float]) -> tuple[float, float]:
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1]


def main() -> None:
    """Fill the stores, measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the large store")
    parser.add_argument("--few", type=int, default=1000, help="messages in the small one")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--singles", type=int, default=50, help="messages of a round that are logged one by one")
    parser.add_argument("--batches", type=int, default=2, help="batches of a round")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--page", type=Path, default=ROOT / "docs/matching-cost.md", help="where the table is written")
    asked = parser.parse_args()
    # One core: the linear algebra library would take every one.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    configured = settings.load(ROOT / "config/demo.toml", store_secret=False, mailbox_secrets=False)
    judge, finder = load_judge(configured), casefinder.load(configured.matching.model)
    stories = stories_of(judge, replay.read(STREAMS))
    names = ["SQLite", *(["PostgreSQL"] if Path("/usr/lib/postgresql").exists() or shutil.which("initdb") else [])]
    with servers(names) as databases:
        plan = Plan(asked.messages, _SEED)
        urls = [server.new() for server in databases]
        fill_stores(urls, plan, stories, judge.rarity, workers=asked.workers, told=progress(asked.messages))
        found = {server.name: (Times(), Times()) for server in databases}
        about = []
        for server, url in zip(databases, urls, strict=True):
            about.append(f"{server.version(url)} ({server.size(url) / 1e9:.1f} GB)")
            server.durable(url)
            for round_ in range(asked.rounds):
                fewer, there = Plan(asked.few, _SEED + round_), server.new()
                fill_stores([there], fewer, stories, judge.rarity)
                measure(
                    Bed.at(there, fewer, stories, judge, finder, round_), Bed.at(url, plan, stories, judge, finder, round_),
                    found[server.name], singles=asked.singles, batches=asked.batches,
                )  # fmt: skip
    page = _page(found, about, plan, asked)
    asked.page.write_text(page, encoding="utf-8")
    print(page)


def _page(found: dict[str, tuple[Times, Times]], about: Sequence[str], plan: Plan, asked: argparse.Namespace) -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    measured = asked.rounds * (asked.singles + asked.batches * _BATCH)
    return _PAGE.format(
        date=f"{datetime.now(UTC):%-d %B %Y}", cores=os.cpu_count(), memory=f"{gigabytes:.0f}", databases=" and ".join(about),
        messages=f"{plan.messages:,}", cases=f"{plan.cases:,}", few=f"{asked.few:,}", measured=f"{measured:,}",
        table=table(found, (asked.few, plan.messages)), sorts=by_sort(found),
    )  # fmt: skip


_PAGE = """# What matching costs when the store is large

`make bench-large` measures this and writes this page.

{table}

With {messages} messages on {cases} cases, against {few} messages. Milliseconds a message. {date}; {cores} cores,
{memory} GiB of memory, shared with other work; {databases}.
"""

if __name__ == "__main__":
    main()
