"""Cases in lists: filtered, found by a word, or as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from triage.domain.case import CaseStatus
from triage.domain.labels import Kind, Process, Service
from triage.domain.user import Right
from triage.store import caselist, searching
from triage.store.caselist import Due
from triage.text import shown
from triage.web import asked, notices, words
from triage.web.access import Open, needs, office, user

pages = Blueprint("lists", __name__)

SORTS: dict[caselist.Sort, str] = {
    caselist.Sort.NEWEST: "The newest first",
    caselist.Sort.OLDEST: "The oldest first",
    caselist.Sort.DUE: "The soonest due first",
}
DUES: dict[Due, str] = {Due.WEEK: "Due within five days", Due.OVERDUE: "Overdue"}
# A file for a spreadsheet, not for a data warehouse: that is what `export cases` is for.
MOST_ROWS = 10_000
_COLUMNS = ("reference", "kind", "process", "status", "outcome", "urgent", "service", "team", "opened", "due", "with", "messages")


def _filter() -> caselist.Filter:
    given = request.args
    status = asked.choice(given, "status", CaseStatus)
    return caselist.Filter(
        status=status,
        kind=asked.choice(given, "kind", Kind),
        process=asked.choice(given, "process", Process),
        service=asked.choice(given, "service", Service),
        team=asked.words(given, "team"),
        mine=given.get("mine") == "1",
        urgent=given.get("urgent") == "1" or None,
        due=asked.choice(given, "due", Due),
        restricted=given.get("restricted") == "1" or None,
        sort=asked.choice(given, "sort", caselist.Sort) or caselist.Sort.NEWEST,
    )


@pages.get("/cases")
@needs(Open.TO_SIGNED_IN)
def page() -> str:
    """Cases, the newest first unless asked otherwise."""
    chosen, viewer, after = _filter(), user(), request.args.get("after")

    def found(connection: Any, now: Any) -> tuple[Any, ...]:
        return caselist.page(connection, viewer, now, chosen, after), caselist.counted(connection, viewer, now, chosen)

    shown_, counted = office().store.look(found)
    terms = asked.in_terms_of(chosen)
    return render_template(
        "cases.html",
        page=shown_,
        counted=counted,
        chosen=chosen,
        terms=terms,
        sorts=SORTS,
        dues=DUES,
        teams=[team.name for team in office().teams],
        statuses={one.value: words.CASE_STATUSES[one] for one in (CaseStatus.OPEN, CaseStatus.CLOSED)},
        filtered=set(terms) - {"sort"},
    )


@pages.get("/cases.csv")
@needs(Right.EXPORT)
def as_file() -> Response:
    """The cases of a filter as CSV (RFC 4180), for a spreadsheet: nothing in a cell is a formula."""
    chosen, viewer = _filter(), user()
    rows = office().store.look(lambda connection, now: list(caselist.each(connection, viewer, now, chosen, MOST_ROWS)))
    # Who took how many cases away is in the audit; the file is out of the program's hands.
    office().store.work(viewer.name, lambda ledger, connection: ledger.record("exported", cases=len(rows)))
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"'}
    return Response(_lines(rows), mimetype="text/csv", headers=headers)


def _lines(rows: list[Any]) -> Iterator[str]:
    yield _line(_COLUMNS)
    for row in rows:
        yield _line(
            (
                row.reference,
                words.KINDS.get(row.kind, row.kind),
                words.PROCESSES.get(row.process, ""),
                words.CASE_STATUSES.get(row.status, ""),
                words.OUTCOMES.get(row.outcome, ""),
                "yes" if row.urgent else "no",
                words.SERVICES.get(row.service, ""),
                row.team or "",
                f"{row.opened_at:%Y-%m-%d}",
                row.due_on.isoformat() if row.due_on else "",
                row.assigned_to or "",
                words.count(row.messages.number, row.messages.more),
            )
        )


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([shown.cell(cell) for cell in cells])
    return out.getvalue()


@pages.get("/search")
@needs(Open.TO_SIGNED_IN)
def search() -> Any:
    """Find mail and cases by reference, name, address or word."""
    asked_for, viewer = request.args.get("words", "").strip()[:200], user()
    if not asked_for:
        return render_template("search.html", found=None, searched="")
    after = request.args.get("after")
    found = office().store.look(lambda connection, now: searching.search(connection, viewer, now, asked_for, after))
    if found.case is not None and after is None and not found.rows:
        return redirect(url_for("cases.page", reference=found.case))
    return render_template("search.html", found=found, searched=asked_for, notices=notices)
