"""What finding a message's case and writing it costs with few and with very many messages in the store: the table of docs/matching-cost.md.

The large store is kept (`bench.databases`), so that only the first run fills it. Both stores of a database are measured in one run, turn by
turn, on the real pipeline, with what is understood of each message known beforehand. What a busy machine takes is taken from both; the
verdict is the ratio.
"""

import argparse
import gc
import hashlib
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from threadpoolctl import threadpool_limits

from bench.arrivals import MAILBOX, Prepared, Sort, mail, understood
from bench.databases import Server, has_postgres, servers
from bench.large_store import STREAMS, blocks, fill_stores, progress
from bench.stories import Story
from bench.stories import understood as stories_of
from bench.world import END, Plan, World
from tests.support.mail import ROOT
from triage import casefinder, replay, settings
from triage.bootstrap import load_judge
from triage.casefinder import CaseFinder
from triage.domain.message import Arrival
from triage.judge import Judge, Understood
from triage.matching.particulars import Particulars
from triage.pipeline import Pipeline, Tally
from triage.store.casestore import CaseStore

_MESSAGES = 1_000_000
_SEED = 1
_BATCH = 50
_WARM = 20
# Messages by which it is told whether a kept store is what would be filled today.
_SAMPLE = 500
# How many times as much a message may cost in the large store.
_LIMIT = 2.0
_SINGLE, _BATCHES = "one a transaction", f"in batches of {_BATCH}"
STEPS = ("found and matched", "written", "together")


@dataclass
class Times:
    """Milliseconds a message: by step, one a transaction, in batches, and in batches that find nothing in memory; by sort of message."""

    single: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    batch: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cold: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
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


def measure_cold(large: Bed, times: Times, cool: Callable[[], None], *, batches: int, batch: int = _BATCH) -> None:
    """So many batches with nothing of the store in memory."""
    for _ in range(batches):
        arrivals = [arrival for _, arrival in large.next(batch)]
        # A connection keeps pages of its own; the next question opens another.
        large.pipeline.store.close()
        cool()
        for step, milliseconds in large.log(arrivals).items():
            times.cold[step].append(milliseconds)


def made_of(plan: Plan, stories: Sequence[Story], judge: Judge) -> str:
    """What a store is filled with, as a digest: another where other messages or keys would be made. Its tables are brought up to date."""
    world = World(plan.seed, stories, judge.rarity)
    whole = hashlib.sha256(f"{plan.messages} {plan.seed} {[one.name for one in fields(Particulars)]}".encode())
    for spot in next(blocks(plan)).spots[:_SAMPLE]:
        written = world.write(spot)
        whole.update(f"{written.message_id} {sorted(world.keys(written.particulars))} {written.text}".encode())
    return whole.hexdigest()


# The table


def table(found: dict[str, tuple[Times, Times]], sizes: tuple[int, int]) -> str:
    """The times and their ratios, in Markdown."""
    small, large = (f"{size:,}" for size in sizes)
    lines = [
        f"| database | | step | {small}: median | 95 of 100 under | {large}: median | 95 of 100 under | ratio of medians | of the 95 |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (few, many) in found.items():
        for how, fewer, more in ((_SINGLE, few.single, many.single), (_BATCHES, few.batch, many.batch)):
            for step in STEPS:
                small_ones, large_ones = _summed(fewer[step]), _summed(more[step])
                cells = [f"{value:.1f} ms" for value in (*small_ones, *large_ones)]
                ratios = f"**{large_ones[0] / small_ones[0]:.2f}** | {large_ones[1] / small_ones[1]:.2f}"
                lines.append(f"| {name} | {how} | {step} | {' | '.join(cells)} | {ratios} |")
    return "\n".join(lines)


def cold(found: dict[str, tuple[Times, Times]]) -> str:
    """What batches cost that found nothing of the large store in memory, in Markdown."""
    lines = [f"| {_BATCHES}, together | median | beside the small store |", "| --- | ---: | ---: |"]
    for name, (few, many) in found.items():
        if many.cold:
            median = statistics.median(many.cold["together"])
            lines.append(f"| {name} | {median:.1f} ms | {median / statistics.median(few.batch['together']):.2f} |")
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
    """Fill the stores where they are not kept, measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--messages", type=int, default=_MESSAGES, help="in the large store")
    parser.add_argument("--few", type=int, default=1000, help="messages in the small one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--singles", type=int, default=60, help="messages of a round that are logged one by one")
    parser.add_argument("--batches", type=int, default=6, help="batches of a round")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), help="processes that make messages")
    parser.add_argument("--kept", type=Path, default=ROOT / "build/bench", help="where the large stores are kept")
    parser.add_argument(
        "--page", type=Path, help=f"where the table is written; docs/matching-cost.md where it is of {_MESSAGES:,} messages"
    )
    asked = parser.parse_args()
    # One core: the linear algebra library would take every one.
    with threadpool_limits(1):
        page = _made(asked)
    where = asked.page or (ROOT / "docs/matching-cost.md" if asked.messages == _MESSAGES else None)
    if where is not None:
        where.write_text(page, encoding="utf-8")
    print(page)


def _made(asked: argparse.Namespace) -> str:
    """The page of what is asked."""
    configured = settings.load(ROOT / "config/demo.toml", store_secret=False, mailbox_secrets=False)
    judge, finder = load_judge(configured), casefinder.load(configured.matching.model)
    stories = stories_of(judge, replay.read(STREAMS))
    plan = Plan(asked.messages, _SEED)
    with servers(["SQLite", *(["PostgreSQL"] if has_postgres() else [])], asked.kept.resolve() / str(asked.messages)) as databases:
        _fill(databases, plan, stories, judge, asked.workers)
        # What the benchmark itself holds in memory is nothing that the program would look through for garbage.
        gc.collect()
        gc.freeze()
        found = {server.name: _measured(server, plan, stories, judge, finder, asked) for server in databases}
        about = [f"{server.version()} ({server.size() / 1e9:.1f} GB)" for server in databases]
    return _page(found, about, plan, asked)


def _fill(databases: Sequence[Server], plan: Plan, stories: Sequence[Story], judge: Judge, workers: int) -> None:
    """Fill the large stores that are not there, or are not what they would be today."""
    what = made_of(plan, stories, judge)
    if empty := [server for server in databases if not server.is_filled(what)]:
        urls = [server.begin() for server in empty]
        fill_stores(urls, plan, stories, judge.rarity, workers=workers, told=progress(plan.messages))
        for server in empty:
            server.filled(what)


def _measured(
    server: Server, plan: Plan, stories: Sequence[Story], judge: Judge, finder: CaseFinder, asked: argparse.Namespace
) -> tuple[Times, Times]:
    """The times of a database's small stores, one a round, and of its large one."""
    found = (Times(), Times())
    for done in range(1, asked.rounds + 1):
        round_ = server.next_round()
        fewer = Plan(asked.few, _SEED + round_)
        with server.small() as there:
            fill_stores([there], fewer, stories, judge.rarity)
            server.warm()
            small, large = (Bed.at(*one, stories, judge, finder, round_) for one in ((there, fewer), (server.large, plan)))
            measure(small, large, found, singles=asked.singles, batches=asked.batches)
            measure_cold(large, found[1], server.cool, batches=1)
            for bed in (small, large):
                bed.pipeline.store.close()
        print(f"{server.name}: round {done} of {asked.rounds}", file=sys.stderr, flush=True)
    return found


def _page(found: dict[str, tuple[Times, Times]], about: Sequence[str], plan: Plan, asked: argparse.Namespace) -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    measured = asked.rounds * (asked.singles + asked.batches * _BATCH)
    compared = [kept for few, many in found.values() for kept in ((few.single, many.single), (few.batch, many.batch))]
    worst = max(statistics.median(many["together"]) / statistics.median(few["together"]) for few, many in compared)
    coldest = max(statistics.median(many.cold["together"]) / statistics.median(few.batch["together"]) for few, many in found.values())
    return _PAGE.format(
        date=f"{datetime.now(UTC):%-d %B %Y}", cores=os.cpu_count(), memory=f"{gigabytes:.0f}", databases=" and ".join(about),
        messages=f"{plan.messages:,}", cases=f"{plan.cases:,}", few=f"{asked.few:,}", measured=f"{measured:,}",
        worst=f"{worst:.2f}", coldest=f"{coldest:.1f}",
        said="no more than" if worst <= _LIMIT else "MORE than", limit=f"{_LIMIT:.1f}", longest=f"{plan.sizes.max():,}",
        table=table(found, (asked.few, plan.messages)), cold=cold(found), sorts=by_sort(found),
    )  # fmt: skip


_PAGE = """# What matching costs when the store is large

`make bench` measures this and writes this page: change what it says in `bench/matching_cost.py`.

A message costs at most **{worst}** times as much in a store of {messages} messages on {cases} cases as in one of {few} messages, on
each database, one by one and in batches of 50: {said} the {limit} times that we allow ourselves. That is so where the store lies in
memory, as one that is in use does; the first batch after the machine was started costs {coldest} times as much.

{table}

Milliseconds a message. *Found and matched* is everything that is asked of the store about a message, and the comparison with the cases
that are nearest; *written* is everything else up to the commit, which is on the disk when it returns. What is understood of a message
before that needs no store, and is left out. {measured} messages came to each store, by turns, so that what else the machine does
weighs on both; ratios on a shared machine are good to a fifth or so.

Why it grows at all: nothing that is asked grows with the store, but in a small store few bounds are reached. A common name, an office's
address or a word has 21 or 40 messages that bear it and are looked at, and not three; and the dozen nearest cases of each message of a
batch are not those of the message before, as they are where there are only a few. How much dearer a message is in the large store, by
what it is:

{sorts}

The large store was read through before each round, and lies in memory as far as that goes, as one that is in use does. With nothing of
it in memory, as on the first poll after the machine was started, a batch waits for the disk:

{cold}

Messages, households and cases are invented (`bench/large_store.py`): surnames, forenames, streets, schools and words as unevenly spread
as they are; a web form, four MPs and 25 advocates with thousands of messages each; cases of up to {longest} messages. A third of what
comes goes on with its case; the rest is new families, known families' new matters, members' mail, busy addresses, the longest cases.

{date}; {cores} cores, {memory} GiB of memory, shared with other work; {databases}.
"""

if __name__ == "__main__":
    main()
