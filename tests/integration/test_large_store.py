"""The generator of large stores (`bench.large_store`): what it fills is a store like any other, only quicker come by."""

import gc
import json
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bench import queue_cost
from bench.databases import has_postgres, servers
from bench.large_store import STREAMS, blocks, fill_stores, rows_of
from bench.matching_cost import STEPS, Bed, Times, by_sort, cold, made_of, measure, measure_cold, table
from bench.stories import Story, understood
from bench.world import Plan, World, moment_of
from tests.support.database import writing
from triage import replay
from triage.casefinder import CaseFinder
from triage.classify.model import Model
from triage.domain.case import Clues
from triage.judge import Judge
from triage.mailbox.parsing import ParseLimits
from triage.matching.particulars import Particulars
from triage.matching.rarity import Rarity
from triage.replay import Stream
from triage.store import engine as database
from triage.store.casestore import CaseStore
from triage.store.evidence import Evidence
from triage.store.queue import Section, Sort
from triage.store.schema import Base, Case, Correspondent, Delivery, MatchingKey, Message, MessageParticulars, RawMessage, ReferenceCounter
from triage.text.entities import EntityFinder

MESSAGES = 700
CLUES = Clues("0" * 64, None, (), ())


@pytest.fixture(scope="module")
def judging(model: Model, finder: EntityFinder, case_finder: CaseFinder) -> Judge:
    return Judge(
        model, lambda domain: domain == "ashmere.example", lambda: datetime.now(UTC), ParseLimits(), finder, case_finder.scorer.rarity
    )


@pytest.fixture(scope="module")
def stories(judging: Judge) -> list[Story]:
    stream = replay.read(STREAMS / "streams1.jsonl")[0]
    return understood(judging, [Stream(stream.name, tuple(stream.messages[:60]))])


@pytest.fixture
def filled(store_url: str, stories: list[Story], judging: Judge) -> Iterator[Connection]:
    fill_stores([store_url], Plan(MESSAGES, 1), stories, judging.rarity)
    engine = database.connect(store_url)
    with database.reading(engine) as connection:
        yield connection
    engine.dispose()


def counted(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_everything_that_a_filled_store_refers_to_is_there(filled: Connection) -> None:
    for one in Base.metadata.tables.values():
        for column in one.columns:
            for key in column.foreign_keys:
                there = key.column.table.alias()
                lost = select(func.count()).select_from(one.outerjoin(there, there.c[key.column.name] == column))
                assert filled.execute(lost.where(column.is_not(None), there.c[key.column.name].is_(None))).scalar_one() == 0, (
                    f"{one.name}.{column.name}"
                )


def test_a_filled_store_has_as_many_messages_as_were_asked_for_on_a_fifth_as_many_cases_each_with_all_that_belongs_to_it(
    filled: Connection,
) -> None:
    assert counted(filled, Case) == MESSAGES // 5
    assert {counted(filled, one) for one in (Message, MessageParticulars, Delivery, RawMessage)} == {MESSAGES}
    assert filled.execute(select(func.count(Message.case_id.distinct()))).scalar_one() == MESSAGES // 5
    theirs = set(filled.execute(select(Message.case_id, Message.original_address).where(Message.original_address.is_not(None))))
    assert Counter(theirs) == Counter(filled.execute(select(Correspondent.case_id, Correspondent.address)).all())


def test_the_references_of_a_filled_store_run_from_one_in_each_year_without_gaps_in_the_order_in_which_cases_were_opened(
    filled: Connection,
) -> None:
    numbers = defaultdict(list)
    for case in filled.execute(select(Case.year, Case.number, Case.reference, Case.opened_at).order_by(Case.id)):
        assert case.reference == f"CC-{case.year}-{case.number:06d}" and case.opened_at.year == case.year
        numbers[case.year].append(case.number)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    counters = filled.execute(select(ReferenceCounter.year, ReferenceCounter.last))
    assert {row.year: row.last for row in counters} == {year: len(found) for year, found in numbers.items()}


def test_a_filled_store_s_messages_are_found_by_the_keys_that_the_program_makes_of_their_particulars(
    filled: Connection, stories: list[Story], judging: Judge, case_finder: CaseFinder
) -> None:
    kept = filled.execute(select(MessageParticulars.message_pk, MessageParticulars.content, MessageParticulars.keys)).all()
    found = {row.message_pk: Particulars.restored(json.loads(zlib.decompress(row.content or b""))) for row in kept}
    assert all(sorted(case_finder.keys(found[row.message_pk])) == sorted(row.keys) for row in kept)
    bears = defaultdict(list)
    for key in filled.execute(select(MatchingKey.value, MatchingKey.message_pk)):
        bears[key.message_pk].append(key.value)
    assert {row.message_pk: sorted(row.keys) for row in kept} == {key: sorted(values) for key, values in bears.items()}


def test_what_is_stored_of_a_generated_message_gives_the_message_again(stories: list[Story], judging: Judge) -> None:
    world = World(1, stories, judging.rarity)
    for block in blocks(Plan(100, 1)):
        for spot in block.spots:
            one = world.write(spot).particulars
            assert Particulars.restored(json.loads(json.dumps(one.stored()))) == one


def test_the_same_seed_gives_the_same_rows_and_another_seed_gives_others(stories: list[Story], judging: Judge) -> None:
    def rows(seed: int) -> list[Any]:
        world = World(seed, stories, judging.rarity)
        return [rows_of(world, block)[0] for block in blocks(Plan(300, seed))]

    first = rows(1)
    assert first == rows(1)
    assert first != rows(2)


def test_a_plan_has_long_cases_busy_households_and_moments_that_never_go_back() -> None:
    plan = Plan(100_000, 1)
    assert plan.sizes.sum() == 100_000 and len(plan.sizes) == 20_000 and plan.sizes.min() == 1
    assert sorted(plan.sizes)[-4:] == sorted([*sorted(plan.sizes)[-4:-1], 500])
    assert (plan.moment[1:] >= plan.moment[:-1]).all() and moment_of(int(plan.moment[0])) < moment_of(int(plan.moment[-1]))
    assert all((plan.turn[plan.case == case] == range(plan.sizes[case])).all() for case in range(50))


def test_mail_comes_to_a_filled_store_as_to_any_other_and_what_it_costs_can_be_measured(
    store_url: str, tmp_path: Path, stories: list[Story], judging: Judge, case_finder: CaseFinder
) -> None:
    plan, other = Plan(MESSAGES, 1), f"sqlite:///{tmp_path}/other.db"
    fill_stores([store_url, other], plan, stories, judging.rarity)
    times = (Times(), Times())
    beds = [Bed.at(url, plan, stories, judging, case_finder, 0) for url in (other, store_url)]
    measure(beds[0], beds[1], times, singles=20, batches=2, batch=10)
    shown = table({"either": times}, (MESSAGES, MESSAGES))
    assert shown.count("| either |") == 2 * len(STEPS)
    assert all(len(one.single[step]) == 20 and len(one.batch[step]) == 2 for one in times for step in STEPS)
    assert "| either |" not in cold({"either": times})
    measure_cold(beds[1], times[1], lambda: None, batches=1, batch=10)
    assert "| either |" in cold({"either": times})
    assert by_sort({"either": times}).count("\n") == 1 + len(times[0].by_sort)
    for bed in beds:
        cases = [case["reference"] for case in bed.pipeline.store.export_cases()]
        relations = Counter(row["relation"] for row in bed.pipeline.store.export_messages() if row["mailbox"] == "measured")
        bed.pipeline.store.close()
        assert len(cases) == len(set(cases)) == MESSAGES // 5 + relations["new"]
        # Some of what goes on with a case is found: it is no heap of numbers.
        assert relations["repeat"] >= 3


def test_of_a_very_long_case_the_first_two_messages_and_the_ten_newest_are_compared(
    store_url: str, stories: list[Story], judging: Judge
) -> None:
    fill_stores([store_url], Plan(MESSAGES, 1), stories, judging.rarity)
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id > 100, Message.id <= 500).values(case_id=1))
        there = list(connection.execute(select(Message.id).where(Message.case_id == 1).order_by(Message.id)).scalars())
        contents = {key: Particulars.restored(json.loads(zlib.decompress(content or b""))) for key, content in connection.execute(
            select(MessageParticulars.message_pk, MessageParticulars.content))}  # fmt: skip
        evidence = Evidence.gather(connection, [CLUES], Particulars.restored)
        evidence.load(connection, [1])
        history = evidence.history(1)
    assert history is not None and history.messages == tuple(contents[key] for key in (*there[:2], *there[-10:]))


def test_loading_a_case_of_hundreds_of_messages_is_as_much_work_for_sqlite_as_loading_one_of_twenty(
    tmp_path: Path, stories: list[Story], judging: Judge
) -> None:
    url = f"sqlite:///{tmp_path}/t.db"
    fill_stores([url], Plan(MESSAGES, 1), stories, judging.rarity)
    with writing(url) as connection:
        connection.execute(update(Message).where(Message.id > 50, Message.id <= 70).values(case_id=1))
        connection.execute(update(Message).where(Message.id > 100, Message.id <= 500).values(case_id=2))
        driver: Any = connection.connection.driver_connection

        def steps_of(case_id: int) -> int:
            evidence = Evidence.gather(connection, [CLUES], Particulars.restored)
            taken = count()
            driver.set_progress_handler(lambda: next(taken) < 0, 10)
            evidence.load(connection, [case_id])
            driver.set_progress_handler(None, 0)
            return next(taken)

        assert steps_of(2) < 1.5 * steps_of(1)


def test_of_the_messages_that_bear_one_message_id_or_fingerprint_the_newest_of_all_are_looked_at(
    store_url: str, stories: list[Story], judging: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.store.evidence._MOST_CANDIDATES", 40)
    fill_stores([store_url], Plan(MESSAGES, 1), stories, judging.rarity)
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id > 100, Message.id <= 300).values(message_id="<form@ashmere.example>"))
        connection.execute(update(Message).where(Message.id.in_([50, 299, 310])).values(fingerprint="f" * 64))
        clues = Clues("f" * 64, "<form@ashmere.example>", (), ())
        found = Evidence.gather(connection, [clues]).known_messages(clues)
        of_neither = Clues("e" * 64, None, (), ())
        assert Evidence.gather(connection, [of_neither]).known_messages(of_neither) == []
    assert [one.id for one in found] == [310, *range(300, 261, -1)]


def test_a_key_gives_the_cases_of_the_newest_messages_that_bear_it_and_passes_over_those_on_none(
    store_url: str, stories: list[Story], judging: Judge
) -> None:
    fill_stores([store_url], Plan(MESSAGES, 1), stories, judging.rarity)
    with writing(store_url) as connection:
        connection.execute(update(Message).where(Message.id % 7 == 0).values(case_id=None))
        case_of = {row.id: row.case_id for row in connection.execute(select(Message.id, Message.case_id))}
        bearers = defaultdict(list)
        for row in connection.execute(select(MatchingKey.value, MatchingKey.message_pk).order_by(MatchingKey.message_pk.desc())):
            bearers[row.value].append(row.message_pk)
        many, few, unknown = [value for value in bearers if value % 2], [value for value in bearers if not value % 2], 1
        evidence = Evidence.gather(connection, [CLUES])
        evidence.find(connection, {21: [*many, unknown], 3: few})
    expected = {
        value: cases
        for most, values in ((21, many), (3, few))
        for value in values
        if (cases := [case_of[one] for one in bearers[value][:most] if case_of[one] is not None])
    }
    assert evidence.cases_by_key == expected
    assert any(len(bearers[value]) > 21 for value in many) and any(len(bearers[value]) > 3 for value in few)


def test_garbage_is_looked_for_again_when_cases_are_loaded_even_where_one_cannot_be_restored(
    store_url: str, stories: list[Story], judging: Judge
) -> None:
    def damaged(found: dict[str, Any]) -> Any:
        raise ValueError("damaged")

    fill_stores([store_url], Plan(MESSAGES, 1), stories, judging.rarity)
    with writing(store_url) as connection:
        Evidence.gather(connection, [CLUES], Particulars.restored).load(connection, [1])
        assert gc.isenabled()
        with pytest.raises(ValueError, match="damaged"):
            Evidence.gather(connection, [CLUES], damaged).load(connection, [1])
        assert gc.isenabled()


@pytest.fixture
def kept() -> Iterator[Path]:
    """A folder that PostgreSQL's user may look into: pytest's own are root's alone."""
    with tempfile.TemporaryDirectory(prefix="triage-kept-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_large_store_is_kept_until_another_would_be_filled_and_each_of_its_rounds_is_a_new_one(kept: Path) -> None:
    def numbers_of(made_of: str) -> list[int | None]:
        found: list[int | None] = []
        with servers(["SQLite", *(["PostgreSQL"] if has_postgres() else [])], kept) as databases:
            for server in databases:
                if server.is_filled(made_of):
                    found.append(server.next_round())
                else:
                    url = server.begin()
                    CaseStore.open(url, None, lambda: datetime.now(UTC)).close()
                    server.filled(made_of)
                    found.append(None)
                server.warm()
                server.cool()
                with writing(server.large) as connection:
                    assert counted(connection, Case) == 0
                with server.small() as there:
                    CaseStore.open(there, None, lambda: datetime.now(UTC)).close()
        return found

    assert set(numbers_of("these")) == {None}
    assert set(numbers_of("these")) == {0}
    assert set(numbers_of("these")) == {1}
    assert set(numbers_of("others")) == {None}
    assert set(numbers_of("others")) == {0}


def test_a_store_that_was_not_filled_to_its_end_is_filled_anew(kept: Path) -> None:
    with servers(["SQLite"], kept) as [server]:
        CaseStore.open(server.begin(), None, lambda: datetime.now(UTC)).close()
        assert not server.is_filled("these")
        server.filled("these")
        assert server.is_filled("these")
        server.begin()
        assert not server.is_filled("these")


def test_what_a_store_is_made_of_is_the_same_until_other_messages_or_keys_would_be_made(stories: list[Story], judging: Judge) -> None:
    same = made_of(Plan(MESSAGES, 1), stories, judging)
    assert made_of(Plan(MESSAGES, 1), stories, judging) == same
    assert made_of(Plan(MESSAGES, 2), stories, judging) != same
    assert made_of(Plan(MESSAGES + 1, 1), stories, judging) != same
    assert made_of(Plan(MESSAGES, 1), stories[1:], judging) != same
    assert made_of(Plan(MESSAGES, 1), stories, replace(judging, rarity=Rarity(2000, {}))) != same


# What the queue shows


def test_a_page_is_as_much_work_for_sqlite_in_a_store_of_four_times_as_many_messages(
    tmp_path: Path, stories: list[Story], judging: Judge
) -> None:
    steps_of: list[dict[str, int]] = []
    for messages in (2000, 8000):
        url = f"sqlite:///{tmp_path}/{messages}.db"
        fill_stores([url], Plan(messages, 1), stories, judging.rarity)
        queue_cost.work_with(url)
        engine = database.connect(url)
        found: dict[str, int] = {}
        with database.reading(engine) as connection:
            driver: Any = connection.connection.driver_connection
            words = queue_cost.Words.of(connection)
            for name, step in queue_cost.steps(words).items():
                taken = count()
                driver.set_progress_handler(lambda taken=taken: next(taken) < 0, 10)
                step(connection)
                driver.set_progress_handler(None, 0)
                found[name] = next(taken)
        engine.dispose()
        steps_of.append(found)
    few, many = steps_of
    # Pages that are full in either store. (What is counted, and what is rare, is looked for as far as a bound that neither store reaches.)
    pages = [f"queue: {one}" for one in (*Section, Sort.NEWEST, Sort.LEAST_SURE) if f"queue: {one}" in few]
    pages += ["queue: following", "cases", "cases: open", "cases: open, due first", "search: a common word", "a case"]
    assert {name: (few[name], many[name]) for name in pages if many[name] > 1.5 * few[name] + 20} == {}


def test_what_the_pages_of_the_queue_cost_can_be_measured(store_url: str, tmp_path: Path, stories: list[Story], judging: Judge) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    fill_stores([store_url, other], Plan(MESSAGES, 1), stories, judging.rarity)
    for url in (store_url, other):
        queue_cost.work_with(url)
    engines = [database.connect(url) for url in (other, store_url)]
    found = queue_cost.measure(engines, 1)
    assert queue_cost.table("either", found).count("\n") == len(found) + 1
    for engine in engines:
        engine.dispose()
