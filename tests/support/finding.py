"""What a store knows for matching."""

from typing import Any

from sqlalchemy import select

from tests.support.database import writing
from tests.support.letters import june
from triage.domain.message import Arrival, MailboxKind, Place
from triage.judge import Opened
from triage.pipeline import Pipeline
from triage.store.schema import MatchingKey, MessageParticulars


def cases_found(pipeline: Pipeline, raw: bytes) -> dict[str, int]:
    """The cases that a message would be compared with, and with how many messages of each. Nothing is logged."""
    arrival = Arrival(Place("complaints", MailboxKind.SHARED, "INBOX", 1, 10_000), raw, len(raw), june(60))
    [item] = pipeline.judge.classify([pipeline.judge.read(arrival)])
    assert isinstance(item, Opened) and item.parts[0].particulars is not None
    keys = pipeline.finder.keys(item.parts[0].particulars)
    with pipeline.store.transaction("nobody") as ledger:
        evidence = pipeline.finder.gather(ledger, item.parts)
        ids = {case_id for value in keys for case_id in evidence.cases_by_key.get(value, ())}
        histories = [evidence.history(case_id) for case_id in ids]
    return {one.case.reference: len(one.messages) for one in histories if one is not None}


def kept(store_url: str, *messages: int) -> tuple[int, int]:
    """How many keys and how many particulars, made or to be made, are kept of these messages; of all where none is named."""
    found: list[int] = []
    with writing(store_url) as connection:
        for column in (MatchingKey.message_pk, MessageParticulars.message_pk):
            of: list[Any] = list(connection.execute(select(column)).scalars())
            found.append(sum(1 for one in of if not messages or one in messages))
    return found[0], found[1]


def compared(store_url: str) -> dict[int, bool]:
    """For each message of which something is kept for matching, whether it can be compared with others."""
    with writing(store_url) as connection:
        query = select(MessageParticulars.message_pk, MessageParticulars.content.is_not(None)).order_by(MessageParticulars.message_pk)
        return {key: bool(made) for key, made in connection.execute(query)}
