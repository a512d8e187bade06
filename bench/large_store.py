"""Fills a case store with as many messages as are asked for, on a fifth as many cases: `python -m bench.large_store --help`.

Particulars and keys are made by the program's own functions. Nothing learns from such a store; it is load.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.filling import COLUMNS, Row, encoders, fill, filling
from bench.invented import mixed
from bench.stories import Story, understood
from bench.world import END, Numbers, Plan, Spot, World, Written, moment_of
from tests.support.mail import ROOT
from triage.domain.case import format_reference
from triage.matching.rarity import Rarity
from triage.store.evidence import packed

MAILBOXES = ("complaints", "contact-centre", "family-help", "send", "customer-relations")
STREAMS = ROOT / "models/corpus/streams"
_BLOCK = 4000


@dataclass(frozen=True, slots=True)
class Block:
    """Messages that come one after another: for each where it stands, and for those that open a case what becomes of it."""

    first: int
    spots: tuple[Spot, ...]
    opened: dict[int, tuple[str, int, int, datetime | None]]
    """By case that a message of the block opens: reference, year, number, and when it was closed."""


def blocks(plan: Plan) -> Iterator[Block]:
    """A plan in pieces."""
    for start in range(0, plan.messages, _BLOCK):
        some = range(start, min(start + _BLOCK, plan.messages))
        spots = tuple(Spot(int(plan.case[i]), int(plan.turn[i]), int(plan.family[i]), moment_of(int(plan.moment[i]))) for i in some)
        yield Block(start + 1, spots, {spot.case: _opened(plan, spot.case) for spot in spots if spot.turn == 0})


def _opened(plan: Plan, case: int) -> tuple[str, int, int, datetime | None]:
    year, number = int(plan.year[case]), int(plan.number[case])
    closed = moment_of(int(plan.last[case])) + timedelta(days=10 + case % 60)
    return format_reference(year, number), year, number, closed if closed < END and case % 5 else None


def rows_of(world: World, block: Block) -> tuple[dict[str, list[Row]], Numbers, Numbers]:
    """The rows of a block by table, and its keys with the messages that bear them. Correspondents have no number yet, and may repeat."""
    found: dict[str, list[Row]] = {
        name: [] for name in ("complaint_case", "correspondent", "message", "message_particulars", "delivery", "raw_message")
    }
    values: list[int] = []
    bearers: list[int] = []
    for key, spot in enumerate(block.spots, block.first):
        one = world.write(spot)
        keys = world.keys(one.particulars)
        values += keys
        bearers += [key] * len(keys)
        rows: dict[str, dict[str, Any]] = {
            "message": _message(world, key, spot, one),
            "message_particulars": {"message_pk": key, "content": packed(one.particulars.stored()), "keys": keys},
            "delivery": _delivery(world, key, spot, one),
            "raw_message": {"sha256": _digest(world, key), "size": 2000, "content": _squeezed(one.text)},
        }
        if spot.turn == 0:
            rows["complaint_case"] = _case(spot, one, *block.opened[spot.case])
        if one.author.address:
            role = one.scene.classification.labels.role.value
            rows["correspondent"] = {
                "id": 0,
                "case_id": spot.case + 1,
                "address": one.author.address,
                "name": one.author.name,
                "role": role,
            }
        for table, row in rows.items():
            found[table].append(_encoded(table, row))
    return found, np.array(values, dtype=np.int64), np.array(bearers, dtype=np.int64)


_dump = json.JSONEncoder(ensure_ascii=False).encode
_ENCODERS = encoders(_dump)


def _encoded(table: str, row: dict[str, Any]) -> Row:
    pairs = zip(COLUMNS[table], _ENCODERS[table], strict=True)
    return tuple(row.get(name) if encode is None else encode(row.get(name)) for name, encode in pairs)


@lru_cache(maxsize=20_000)
def _squeezed(text: str) -> bytes:
    """Every message of one scene has its text."""
    return zlib.compress(text.encode(), 1)


def _digest(world: World, key: int) -> str:
    return hashlib.sha256(f"{world.seed}:{key}".encode()).hexdigest()


def _case(spot: Spot, one: Written, reference: str, year: int, number: int, closed_at: datetime | None) -> dict[str, Any]:
    labels = one.scene.classification.labels
    return {
        "id": spot.case + 1, "reference": reference, "year": year, "number": number, "kind": labels.kind.value,
        "process": labels.process.value if labels.process else None, "status": "closed" if closed_at else "open",
        "service": labels.service.value, "themes": [theme.value for theme in labels.themes], "urgent": labels.urgent,
        "opened_at": spot.at, "closed_at": closed_at, "outcome": "not_upheld" if closed_at else None, "version": 1,
    }  # fmt: skip


def _message(world: World, key: int, spot: Spot, one: Written) -> dict[str, Any]:
    labels = one.scene.classification.labels
    return {
        "id": key, "message_id": one.message_id, "sender_address": one.author.address, "sender_name": one.author.name,
        "subject": one.subject, "text": one.text, "fingerprint": _digest(world, -key), "forwarded": False,
        "original_address": one.author.address or None, "original_name": one.author.name or None, "original_date": spot.at.isoformat(),
        "original_subject": one.subject, "attachments": [], "structure": "ordinary", "kind": labels.kind.value,
        "process": labels.process.value if labels.process else None, "role": labels.role.value, "urgent": labels.urgent,
        "outside_scope": labels.outside_scope, "service": labels.service.value, "themes": [theme.value for theme in labels.themes],
        "language": labels.language, "confidence": one.scene.classification.confidence, "decided_by": one.scene.classification.decided_by,
        "reasons": list(one.scene.reasons), "status": "review" if key % 10 == 0 else "auto", "case_id": spot.case + 1,
        "received_at": spot.at, "version": 1, "entities": one.scene.entities, "case_only": False,
    }  # fmt: skip


def _delivery(world: World, key: int, spot: Spot, one: Written) -> dict[str, Any]:
    mailbox = MAILBOXES[mixed(world.seed, 10, key) % len(MAILBOXES)]
    return {
        "id": key, "mailbox": mailbox, "mailbox_kind": "shared", "folder": "INBOX", "uidvalidity": 1, "uid": key,
        "message_id": one.message_id, "sha256": _digest(world, key), "size": 2000, "received_at": spot.at, "logged_at": spot.at,
        "message_pk": key, "relation": "repeat" if spot.turn else "new", "attempts": 0, "part": 0,
    }  # fmt: skip


# Filling

_world: list[World] = []


def _begin(seed: int, stories: Sequence[Story], rarity: Rarity) -> None:
    _world[:] = [World(seed, stories, rarity)]


def _work(block: Block) -> tuple[dict[str, list[Row]], Numbers, Numbers]:
    return rows_of(_world[0], block)


def fill_stores(
    urls: Sequence[str],
    plan: Plan,
    stories: Sequence[Story],
    rarity: Rarity,
    *,
    workers: int = 1,
    told: Callable[[int], None] = lambda done: None,
) -> None:
    """Fill these empty stores with a plan's messages. `told` hears how many messages are made."""
    with ExitStack() as stack:
        if workers > 1:
            made: Iterator[Any] = stack.enter_context(
                multiprocessing.get_context("spawn").Pool(workers, _begin, (plan.seed, stories, rarity))
            ).imap(_work, blocks(plan))
        else:
            _begin(plan.seed, stories, rarity)
            made = map(_work, blocks(plan))
        fill([filling(url) for url in urls], _numbered(plan, made, told))


def _numbered(
    plan: Plan, made: Iterable[tuple[dict[str, list[Row]], Numbers, Numbers]], told: Callable[[int], None]
) -> Iterator[tuple[dict[str, list[Row]], Numbers, Numbers]]:
    """Each correspondent of a case once, with a number; the counters of the years with the first block."""
    known: set[tuple[int, str]] = set()
    case_id, address = (COLUMNS["correspondent"].index(name) for name in ("case_id", "address"))
    rows: list[Row]
    done = 0
    for number, (tables, values, messages) in enumerate(made):
        people, tables["correspondent"] = tables["correspondent"], []
        for row in people:
            who = (row[case_id], row[address])
            if who not in known:
                known.add(who)
                tables["correspondent"].append((len(known), *row[1:]))
        if number == 0:
            rows = [_encoded("reference_counter", {"year": year, "last": last}) for year, last in plan.counters.items()]
            tables["reference_counter"] = rows
        done += len(tables["message"])
        told(done)
        yield tables, values, messages


def main() -> None:
    """Fill a store from the command line."""
    from triage import replay, settings
    from triage.bootstrap import load_judge

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of an empty database, as in store.url")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--config", type=Path, default=Path("config/demo.toml"))
    asked = parser.parse_args()
    judge = load_judge(settings.load(asked.config, store_secret=False, mailbox_secrets=False))
    stories = understood(judge, replay.read(STREAMS))
    fill_stores([asked.url], Plan(asked.messages, asked.seed), stories, judge.rarity, workers=asked.workers, told=progress(asked.messages))


def progress(messages: int) -> Callable[[int], None]:
    """Says on a terminal how far it is."""
    started = time.monotonic()

    def told(done: int) -> None:
        end = "\n" if done == messages else "\r"
        print(f"{done:,} of {messages:,} messages, {time.monotonic() - started:.0f} s", end=end, file=sys.stderr, flush=True)

    return told


if __name__ == "__main__":
    main()
