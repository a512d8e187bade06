"""A small stream replayed through the real pipeline, in every order in which mail can be handed over."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.mail import ROOT
from tests.support.program import write_config
from triage import settings
from triage.domain.case import Relation
from triage.pipeline import Logged, Observer, Pipeline
from triage.replay import UNKNOWN_REFERENCE, Order, Replay, Stream, read, replay, wired

SMALL = ROOT / "tests/data/streams/small.jsonl"
DELIVERED = {
    Order.AS_IT_CAME: ["t-01", "t-02", "t-03", "t-04", "t-05", "t-06", "t-07", "t-08"],
    Order.MAILBOX_BY_MAILBOX: ["t-01", "t-03", "t-06", "t-02", "t-05", "t-04", "t-07", "t-08"],
    Order.MAILBOXES_REVERSED: ["t-04", "t-02", "t-05", "t-01", "t-03", "t-06", "t-08", "t-07"],
    Order.ONE_BATCH: ["t-01", "t-03", "t-06", "t-02", "t-05", "t-04", "t-07", "t-08"],
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """The program as the command wires it. A replay has a store of its own, so which database is configured is all one."""
    config = write_config(tmp_path_factory.mktemp("replay"), {"complaints": "shared"}, port=1)
    with wired(settings.load(config, store_secret=False, mailbox_secrets=False)) as made:
        yield made


@pytest.fixture
def small() -> Stream:
    [stream] = read(SMALL)
    return stream


def _watched(stream: Stream, pipeline: Pipeline, order: Order) -> tuple[Replay, list[Logged]]:
    seen: list[Logged] = []
    return replay(stream, replace(pipeline, observer=Observer(logged=seen.append)), order), seen


@pytest.mark.parametrize("order", Order)
def test_every_message_goes_all_the_way_and_its_case_is_known_again(small: Stream, pipeline: Pipeline, order: Order):
    found, seen = _watched(small, pipeline, order)
    assert [one.message.id for one in found.placed] == DELIVERED[order]
    assert [(one.mailbox, one.case) for one in seen] == [(one.message.mailbox, one.case) for one in found.placed]
    placed = {one.message.id: one for one in found.placed}
    assert placed["t-05"].kind == "none" and placed["t-05"].case is None
    assert placed["t-01"].case == placed["t-02"].case == placed["t-06"].case is not None, "a copy, and an answer in the thread"
    assert len({placed[one].case for one in ("t-01", "t-03", "t-04", "t-08")}) == 4, "four households"
    assert found.figures.wrong == 0
    assert found.figures.pairs_joined >= 3


@pytest.mark.parametrize("order", Order)
def test_a_case_is_closed_where_its_messages_are_and_one_that_is_not_there_is_counted(small: Stream, pipeline: Pipeline, order: Order):
    found = replay(small, pipeline, order)
    assert (found.closed, found.not_closed) == (1, 1)


@pytest.mark.parametrize("order", Order)
def test_the_reference_of_a_case_is_quoted_as_the_council_gave_it(small: Stream, pipeline: Pipeline, order: Order):
    found, seen = _watched(small, pipeline, order)
    cases = {one.message.id: one.case for one in found.placed}
    subjects = {one.message.id: logged.subject for one, logged in zip(found.placed, seen, strict=True)}
    assert subjects["t-07"] == f"Your letter of 5 April, {cases['t-01']}"
    assert subjects["t-08"] == f"School place, {UNKNOWN_REFERENCE}"


def test_the_clocks_stand_at_the_streams_dates(small: Stream, pipeline: Pipeline):
    """A case is numbered in the year in which it is logged, by the store's clock; the stream is of 2024."""
    references = [one.case for one in replay(small, pipeline).placed if one.case is not None]
    assert len(references) == 7
    assert {reference[:8] for reference in references} == {"CC-2024-"}


def test_of_a_copy_it_is_said_that_it_is_one_and_of_an_answer_why_it_was_joined(small: Stream, pipeline: Pipeline):
    placed = {one.message.id: one for one in replay(small, pipeline).placed}
    assert placed["t-02"].reason == "It is a message that was in the store already, delivered again."
    assert str(placed["t-06"].case) in placed["t-06"].reason
    assert placed["t-03"].reason == ""


def test_where_mailboxes_are_read_in_another_order_what_opens_a_case_is_what_came_first_then(small: Stream, pipeline: Pipeline):
    reverse = {one.message.id: one for one in replay(small, pipeline, Order.MAILBOXES_REVERSED).placed}
    assert (reverse["t-02"].expected, reverse["t-01"].expected) == (Relation.NEW, Relation.REPEAT)
    assert (reverse["t-02"].relation, reverse["t-01"].relation) == (Relation.NEW, Relation.REPEAT)
    assert (reverse["t-07"].expected, reverse["t-05"].expected) == (Relation.ESCALATION, None)


def test_one_stream_leaves_nothing_behind_for_the_next_nor_in_the_programs_own_store(small: Stream, pipeline: Pipeline):
    assert replay(small, pipeline) == replay(small, pipeline)
    assert pipeline.store.counts()["deliveries"] == 0


def test_a_case_that_was_closed_already_is_counted_and_nothing_breaks(small: Stream, pipeline: Pipeline):
    twice = Stream("twice", tuple(entry for entry in small.entries for _ in range(1 if hasattr(entry, "id") else 2)))
    found = replay(twice, pipeline)
    assert (found.closed, found.not_closed) == (1, 3)
    assert len(found.placed) == 8


def test_the_program_is_wired_as_it_is_configured_but_for_its_store(tmp_path: Path):
    extra = '[[team]]\nname = "Transport"\nservices = ["transport"]'
    configured = settings.load(write_config(tmp_path, {"complaints": "shared"}, port=1, extra=extra), mailbox_secrets=False)
    with wired(configured) as pipeline:
        assert pipeline.store.counts()["deliveries"] == 0
        assert [team.name for team in pipeline.judge.teams] == ["Transport"]
        assert pipeline.judge.is_own("ashmere.example")
    assert not (tmp_path / "triage.db").exists()
