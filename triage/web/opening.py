"""From the wired program to what the pages are given."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from triage import accounts, desk
from triage.bootstrap import Parts, model_folder, now
from triage.classify.model import read_manifest
from triage.domain.labels import Status
from triage.errors import CallError, ModelError
from triage.pipeline import Logged, Observer
from triage.settings import Settings
from triage.web import words
from triage.web.office import Described, Office


class Backlog:
    """What mailboxes still hold: what a poll counted there, less what was logged since."""

    def __init__(self, then: Observer | None = None) -> None:
        self._left: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._then = then or Observer()

    @property
    def observer(self) -> Observer:
        """To be told what the pipeline sees; whoever watched before is told too."""
        return Observer(expecting=self._expecting, logged=self._logged)

    def _expecting(self, mailbox: str, number: int) -> None:
        with self._lock:
            self._left[mailbox] = number
        self._then.expecting(mailbox, number)

    def _logged(self, logged: Logged) -> None:
        if not logged.part:
            with self._lock:
                self._left[logged.mailbox] = max(0, self._left[logged.mailbox] - 1)
        self._then.logged(logged)

    def __call__(self) -> Mapping[str, int]:
        """How many messages each mailbox holds that are not logged; mailboxes that were never counted are left out."""
        with self._lock:
            return dict(self._left)


def office_of(parts: Parts, backlog: Backlog) -> Office:
    """What the pages work with."""

    def retry(number: int, actor: str) -> str:
        waiting = {one.id: one for one in parts.store.quarantined()}
        if number not in waiting:
            raise CallError(f"message {number} is not in quarantine any more")
        with parts.store.transaction(actor) as ledger:
            ledger.record("tried again", delivery_id=number)
        logged = parts.retry(waiting[number])
        if logged.status is Status.QUARANTINED:
            return f"Message {number} could not be read this time either."
        # It may have come to a case that whoever asked may not see.
        seen = logged.case and desk.may_see(parts.store, accounts.named(parts.store, actor).user, logged.case)
        return f"Message {number} is logged" + (f", on {logged.case}." if seen else ".")

    return Office(parts.settings, parts.store, now, retry, backlog, describe_model(parts.settings))


def describe_model(settings: Settings) -> Described | None:
    """The classifier in use and the figures that it was measured with; None where its manifest cannot be read."""
    try:
        manifest = read_manifest(model_folder(settings))
    except ModelError:
        return None
    kind: Mapping[str, Any] = manifest["held_out"]["kind"]
    taught = manifest.get("corrections", 0)
    about = f"Model {manifest['version']}, learnt from {words.counted(manifest['messages'], 'message')}" + (
        f", {taught:,} of them corrections of this council." if taught else "."
    )
    figures = [
        ("Measured on", words.counted(kind["messages"], "message") + " that it had not learnt from"),
        ("Decided without a person", words.percent(kind["decided_without_a_person"])),
        ("Of those, right", f"{kind['of_those_right']:.1%}"),
        ("Of all complaints, found", words.percent(kind["each"]["complaint"]["recall"])),
        (
            "Complaints put aside as something else without a person",
            f"{kind['silently_lost']} of {kind['each']['complaint']['messages']:,}",
        ),
    ]
    return Described(about, tuple(figures))
