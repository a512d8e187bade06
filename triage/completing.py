"""Makes what matching compares of messages for which it was not kept: later mail would not find their cases.

An earlier version logged them, or a person has since said what they are. They are read again from their kept bytes as they would be
read today; what they are is what the store says.
"""

import threading
from dataclasses import replace

from triage.casefinder import CaseFinder
from triage.errors import StoreError, StoreUnavailable
from triage.judge import Failed, Judge, Opened
from triage.matching.particulars import Particulars
from triage.store import remaking
from triage.store.casestore import CaseStore
from triage.store.remaking import Wanted


def complete(store: CaseStore, judge: Judge, finder: CaseFinder, actor: str, stop: threading.Event) -> int:
    """Make whatever is wanted, batch by batch; returns for how many messages. `stop` ends it behind the batch in hand.

    Several processes may do so at once. What cannot be read again is noted and not tried at the next start. Raises StoreError where the
    store does not answer.
    """
    made = 0
    while not stop.is_set() and store.look(lambda connection, now: remaking.is_wanted(connection)):
        batch = store.work(actor, remaking.take)
        items = judge.classify([judge.read(replace(one.arrival, raw=store.raw(one.sha256))) for one in batch])
        made += sum(_keep(store, finder, actor, one, _compared(judge, one, item)) for one, item in zip(batch, items, strict=True))
    return made


def _compared(judge: Judge, one: Wanted, item: Opened | Failed) -> Particulars | None:
    """What is compared of the part in question; None where it cannot be told which that is."""
    if isinstance(item, Failed) or one.part >= len(item.parts):
        return None
    part = item.parts[one.part]
    # Of several families' messages in one mail, none may take another's place.
    if not part.alone and part.authorship.author.address != one.author:
        return None
    try:
        return judge.as_decided(part, one.labels).particulars
    except Exception:
        # As in the pipeline: whatever goes wrong with a message is that message's alone.
        return None


def _keep(store: CaseStore, finder: CaseFinder, actor: str, one: Wanted, found: Particulars | None) -> bool:
    if found is not None:
        keys, stored = finder.keys(found), found.stored()
        try:
            return store.work(actor, lambda ledger, connection: remaking.put(ledger, connection, one, keys, stored))
        except StoreUnavailable:
            raise
        except StoreError:
            # The store refuses this message's particulars, and would refuse them the next time.
            pass
    store.work(actor, lambda ledger, connection: remaking.give_up(ledger, connection, one.message_pk))
    return False
