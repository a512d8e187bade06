"""What the queue's pages cost with few and with very many cases in the store: `python -m bench.queue_cost --help`.

Each page is asked for as the queue asks, on one core, by turns in a small and in a large store. The large one is kept
(`bench.databases`) unless it is asked to be thrown away. What it is filled with is load, as in `bench.large_store`; a tenth of its
messages wait, which is far more than anybody would let wait.
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from threadpoolctl import threadpool_limits

from bench import queue_pages
from bench.databases import Server, has_postgres, servers
from bench.large_store import STREAMS, fill_stores, progress
from bench.stories import Story, understood
from bench.world import END, Plan
from tests.support.mail import ROOT
from triage import replay, settings
from triage.bootstrap import load_judge
from triage.domain.case import CaseStatus
from triage.domain.labels import Kind, Process, Service
from triage.domain.user import User, UserRole
from triage.judge import Judge
from triage.store import casefile, caselist, findable, queue, searching
from triage.store import engine as database
from triage.store.casestore import CaseStore
from triage.store.queue import Section, Sort

_LIMIT_MS = 60.0
_MANY, _FEW = 200_000, 2_000
PAGE = ROOT / "docs/queue-cost.md"
_ABOVE = """# What the queue costs in a large store

Made by `make bench`: {many:,} cases with five messages each, a tenth of which wait for a person, beside {few:,} cases, by turns, on one
core. Each line is what the queue asks of the store, as it is when it has been asked for before; a "page" is a whole one, from the request
to the last byte. Marked are those that take more than 60 ms. The longest case of the large store is longer than that of the small one.

"""
_NOW = END + timedelta(days=1)
_TODAY = _NOW.date()
_AT_A_TIME = 5000
Step = Callable[[Connection], Any]

REVIEWER = User(1, "rita", "Rita Shaw", UserRole.REVIEWER)
MANAGER = User(2, "tom", "Tom Hale", UserRole.MANAGER, "tom.hale@ashmere.example", frozenset({Service.SEND, Service.TRANSPORT}))
ALONE = User(3, "mo", "Mo Dean", UserRole.MANAGER, "mo.dean@ashmere.example")

# What a store of mail lacks that people have worked with: teams, due dates, who deals with what, suggestions, restricted cases.
_WORKED_WITH: tuple[str, ...] = (
    "INSERT INTO account (id, name, full_name, role, services, must_change, failures, created_at) VALUES "
    "(1, 'rita', 'Rita Shaw', 'reviewer', '[]', FALSE, 0, :now), (2, 'tom', 'Tom Hale', 'manager', '[]', FALSE, 0, :now), "
    "(3, 'mo', 'Mo Dean', 'manager', '[]', FALSE, 0, :now)",
    "UPDATE complaint_case SET team = 'Team ' || (id % 12), assigned_to_id = CASE WHEN id % 499 = 0 THEN 1 END, "
    "due_on = CASE WHEN id % 30 = 0 THEN CAST(:soon AS date) WHEN id % 40 = 1 THEN CAST(:past AS date) END",
    "UPDATE complaint_case SET team = 'Rare' WHERE id % 9973 = 7",
    "UPDATE message SET status = 'confirmed' WHERE id % 7 = 0 AND status = 'auto'",
    "UPDATE message SET team = 'Team ' || (id % 12), suggested_case_id = CASE WHEN id % 30 = 0 THEN 1 + id % 100 END, "
    "assigned_to_id = CASE WHEN id % 4990 = 0 THEN 1 END WHERE status = 'review'",
    "UPDATE message SET team = 'Rare' WHERE id % 9970 = 0",
    "UPDATE message SET forwarder = 'mo.dean@ashmere.example' WHERE id % 4999 = 3",
    "UPDATE delivery SET mailbox = 'rare' WHERE id % 9970 = 20",
    "UPDATE delivery SET mailbox = 'officer-hale', mailbox_kind = 'officer' WHERE id % 11 = 0",
    "INSERT INTO case_restriction (case_id, made_by, made_at) SELECT id, 'x', opened_at FROM complaint_case WHERE id % 1999 = 5",
)


def work_with(url: str) -> None:
    """Have people work with a store that was filled, and its words found."""
    engine = database.connect(url)
    sqlite = engine.dialect.name == "sqlite"
    values = {"now": _NOW.isoformat(" "), "soon": str(_TODAY + timedelta(days=3)), "past": str(_TODAY - timedelta(days=30))}
    with database.writing(engine) as connection:
        for statement in _WORKED_WITH:
            # SQLite knows no dates: CAST would make a number of one.
            made = statement.replace("CAST(:soon AS date)", ":soon").replace("CAST(:past AS date)", ":past") if sqlite else statement
            connection.execute(text(made), {name: value for name, value in values.items() if f":{name}" in made})
        entries = "SELECT count(*) FROM search_kept_docsize" if sqlite else "SELECT count(*) FROM search_entry"
        if connection.execute(text(entries)).scalar_one() == 0:
            last = connection.execute(text("SELECT max(id) FROM message")).scalar_one()
            for low in range(0, last, _AT_A_TIME):
                findable.index(connection, range(low + 1, min(low + _AT_A_TIME, last) + 1))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE" if sqlite else "VACUUM (ANALYZE)"))
    engine.dispose()


@dataclass(frozen=True)
class Words:
    """What is searched for in a store: a name that few bear, an address, a reference, and the longest case."""

    rare: str
    address: str
    reference: str
    longest: str

    @classmethod
    def of(cls, connection: Connection) -> "Words":
        """Those of a store."""
        names = connection.execute(text("SELECT original_name FROM message WHERE id < 100 AND original_name IS NOT NULL")).scalars()
        count: dict[str, int] = {}
        for name in names:
            surname = name.split()[-1]
            if surname not in count and len(surname) > 3:
                count[surname] = len(_found(connection, surname + " ", 100).rows)
        rare = min(count, key=lambda one: count[one])
        address = connection.execute(text("SELECT original_address FROM message WHERE original_address IS NOT NULL ORDER BY id LIMIT 1"))
        longest = text("SELECT case_id FROM message WHERE case_id IS NOT NULL GROUP BY case_id ORDER BY count(*) DESC LIMIT 1")
        reference = "SELECT reference FROM complaint_case WHERE id = :key"
        key = connection.execute(longest).scalar_one()
        return cls(
            rare,
            str(address.scalar_one()),
            str(connection.execute(text(reference), {"key": 100}).scalar_one()),
            str(connection.execute(text(reference), {"key": key}).scalar_one()),
        )


def _found(connection: Connection, words: str, size: int = 25, viewer: User = REVIEWER) -> searching.Found:
    return searching.search(connection, viewer, _NOW, words, size=size)


def _queue(viewer: User = REVIEWER, **asked: Any) -> Step:
    return lambda connection: queue.page(connection, viewer, _NOW, queue.Filter(**asked))


def _cases(viewer: User = REVIEWER, **asked: Any) -> Step:
    return lambda connection: caselist.page(connection, viewer, _NOW, caselist.Filter(**asked))


def steps(words: Words) -> dict[str, Step]:
    """What is measured, by name."""
    found: dict[str, Step] = {f"queue: {section}": _queue(section=section) for section in Section}
    found |= {f"queue: {sort} first": _queue(sort=sort) for sort in (Sort.OLDEST, Sort.NEWEST, Sort.LEAST_SURE)}
    found |= {
        "queue: a kind": _queue(kind=Kind.ENQUIRY),
        "queue: a kind that none has": _queue(kind=Kind.NONE, sort=Sort.NEWEST),
        "queue: a process, a service": _queue(process=Process.STATUTORY, service=Service.LEAVING_CARE),
        "queue: a rare team": _queue(team="Rare"),
        "queue: a mailbox": _queue(mailbox="send"),
        "queue: a rare mailbox": _queue(mailbox="rare"),
        "queue: a mailbox that is none": _queue(mailbox="nowhere", sort=Sort.OLDEST),
        "queue: logged, a rare mailbox": _queue(section=Section.LOGGED, mailbox="rare"),
        "queue: mine": _queue(mine=True),
        "queue: like a message": _queue(like=1000),
        "queue: a manager's": _queue(MANAGER),
        "queue: counts": lambda connection: queue.counts(connection, REVIEWER, _NOW),
        "queue: following": lambda connection: queue.following(connection, REVIEWER, _NOW, queue.Filter(), 1000),
        "queue: following, a rare team": lambda connection: queue.following(connection, REVIEWER, _NOW, queue.Filter(team="Rare"), 1000),
        "queue: choices": lambda connection: queue.choices(connection, REVIEWER),
        "cases": _cases(),
        "cases: open": _cases(status=CaseStatus.OPEN),
        "cases: open, due first": _cases(status=CaseStatus.OPEN, sort=caselist.Sort.DUE),
        "cases: overdue": _cases(due=caselist.Due.OVERDUE, sort=caselist.Sort.DUE),
        "cases: due soon, newest first": _cases(due=caselist.Due.WEEK),
        "cases: mine": _cases(mine=True),
        "cases: a rare team": _cases(team="Rare"),
        "cases: a team, urgent, closed": _cases(status=CaseStatus.CLOSED, team="Team 3", urgent=True),
        "cases: what none is": _cases(kind=Kind.COMPLIMENT, process=Process.STATUTORY),
        "cases: restricted": _cases(restricted=True),
        "cases: a manager's": _cases(MANAGER),
        "cases: what a manager forwarded": _cases(ALONE),
        "cases: counted": lambda connection: caselist.counted(connection, REVIEWER, _NOW, caselist.Filter(CaseStatus.OPEN)),
        "cases: counted, rare": lambda connection: caselist.counted(connection, REVIEWER, _NOW, caselist.Filter(team="Rare", urgent=True)),
        "search: a rare name": lambda connection: _found(connection, words.rare + " "),
        "search: a common word": lambda connection: _found(connection, "school "),
        "search: two common words": lambda connection: _found(connection, "school transport "),
        "search: a common and a rare word": lambda connection: _found(connection, f"school {words.rare} "),
        "search: the commonest word": lambda connection: _found(connection, "the "),
        "search: a beginning": lambda connection: _found(connection, "transpo"),
        "search: a common beginning": lambda connection: _found(connection, "comp"),
        "search: an address": lambda connection: _found(connection, words.address),
        "search: what nobody wrote": lambda connection: _found(connection, "qqxyzzy"),
        "search: a reference": lambda connection: _found(connection, words.reference),
        "search: a manager's": lambda connection: _found(connection, "school ", viewer=MANAGER),
        "search: of whom few may be seen": lambda connection: _found(connection, "school ", viewer=ALONE),
        "a case": lambda connection: casefile.show(connection, words.reference),
        "the longest case": lambda connection: casefile.show(connection, words.longest),
    }
    return found


def measure(engines: Sequence[Engine], times: int) -> dict[str, tuple[float, ...]]:
    """Median milliseconds of each step in each store, by turns, as they are when it has been asked for before."""
    every: list[dict[str, Step]] = []
    for engine in engines:
        with database.reading(engine) as connection:
            every.append(steps(Words.of(connection)))
    found: dict[str, tuple[float, ...]] = {}
    for name in every[0]:
        taken: list[list[float]] = [[] for _ in engines]
        for turn in range(times + 1):
            for engine, mine, into in zip(engines, every, taken, strict=True):
                with database.reading(engine) as connection:
                    started = time.perf_counter()
                    mine[name](connection)
                    if turn:
                        into.append((time.perf_counter() - started) * 1000)
        found[name] = tuple(statistics.median(some) for some in taken)
    return found


def measure_pages(urls: Sequence[str], times: int) -> dict[str, tuple[float, ...]]:
    """The same of whole pages, from the request to the last byte."""
    pages = []
    for url in urls:
        engine = database.connect(url)
        with database.reading(engine) as connection:
            words = Words.of(connection)
            waits = connection.execute(text("SELECT id FROM message WHERE status = 'review' ORDER BY id LIMIT 1")).scalar_one()
        engine.dispose()
        pages.append(queue_pages.addresses(words.rare, words.reference, words.longest, waits))
    return queue_pages.measure(queue_pages.clients(ROOT, urls, _NOW), pages, times)


def table(name: str, found: dict[str, tuple[float, ...]]) -> str:
    """The times in Markdown: of the small store, of the large one, their ratio."""
    lines = [f"| {name} | small | large | ratio |", "| --- | ---: | ---: | ---: |"]
    for step, (small, large) in found.items():
        shown = f"**{large:.1f} ms**" if large > _LIMIT_MS else f"{large:.1f} ms"
        lines.append(f"| {step} | {small:.1f} ms | {shown} | {large / small:.1f} |")
    return "\n".join(lines)


class Filler:
    """Fills stores. What they are filled with takes minutes to understand, and is understood when the first is to be filled."""

    def __init__(self) -> None:
        self._known: tuple[Judge, list[Story]] | None = None

    def fill(self, server: Server, plan: Plan) -> None:
        """Fill a store, where it is not yet."""
        what = f"queue {plan.messages} {plan.seed} {_WORKED_WITH}"
        if server.is_filled(what):
            return
        if self._known is None:
            judge = load_judge(settings.load(ROOT / "config/demo.toml", store_secret=False, mailbox_secrets=False))
            self._known = judge, understood(judge, replay.read(STREAMS))
        judge, stories = self._known
        fill_stores([server.begin()], plan, stories, judge.rarity, told=progress(plan.messages))
        work_with(server.large)
        server.filled(what)


def main() -> None:
    """Fill what is not filled, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--cases", type=int, default=_MANY, help="in the large store; five messages for each")
    parser.add_argument("--few", type=int, default=_FEW, help="cases in the small one")
    parser.add_argument("--times", type=int, default=11, help="that each page is asked for")
    parser.add_argument("--database", action="append", choices=["SQLite", "PostgreSQL"], help="one only; may be given again")
    parser.add_argument("--kept", type=Path, default=ROOT / "build/queue", help="where the stores are kept")
    parser.add_argument("--throw-away", action="store_true", help="the stores, at the end")
    asked = parser.parse_args()
    names = asked.database or ["SQLite", *(["PostgreSQL"] if has_postgres() else [])]
    filler, tables = Filler(), list[str]()
    with threadpool_limits(1):
        for name in names:
            few, many = (asked.kept.resolve() / str(cases) for cases in (asked.few, asked.cases))
            with servers([name], few) as [small], servers([name], many) as [large]:
                for server, cases in ((small, asked.few), (large, asked.cases)):
                    filler.fill(server, Plan(cases * 5, 1))
                    CaseStore.open(server.large, None, lambda: datetime.now(UTC)).close()
                    server.warm()
                engines = [database.connect(server.large) for server in (small, large)]
                found = measure(engines, asked.times)
                for engine in engines:
                    engine.dispose()
                found |= measure_pages([server.large for server in (small, large)], asked.times)
                tables.append(table(large.version(), found))
                print(tables[-1], flush=True)
    if (asked.cases, asked.few) == (_MANY, _FEW) and asked.database is None:
        PAGE.write_text(_ABOVE.format(many=_MANY, few=_FEW) + "\n\n".join(tables) + "\n", encoding="utf-8")
    if asked.throw_away:
        shutil.rmtree(asked.kept)


if __name__ == "__main__":
    main()
