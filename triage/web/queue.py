"""The queue: what needs a person first, then what was logged by itself and can be glanced at."""

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for

from triage import desk, review
from triage.domain.user import Right
from triage.errors import CallError
from triage.store import queue
from triage.store.queue import Section, Sort
from triage.web import asked, notices, words
from triage.web.access import Open, needs, office, user

pages = Blueprint("queue", __name__)

SECTIONS: dict[Section, str] = {
    Section.EVERYTHING: "Everything that waits",
    Section.URGENT: "Perhaps urgent",
    Section.UNSURE: "Not sure what it is",
    Section.SUGGESTED: "Perhaps a repeat",
    Section.LOGGED: "Logged by itself",
}
SORTS: dict[Sort, str] = {
    Sort.URGENT_FIRST: "Urgent first, then the oldest",
    Sort.OLDEST: "The oldest first",
    Sort.NEWEST: "The newest first",
    Sort.LEAST_SURE: "The least sure first",
}
_MOST_AT_ONCE = 100


@pages.get("/queue")
@needs(Right.SEE_QUEUE)
def page() -> str:
    """The list, its sections with their counts, and its filters."""
    chosen = asked.queue_filter()
    viewer, store, after = user(), office().store, request.args.get("after")

    def found(connection: Any, now: Any) -> tuple[Any, ...]:
        return (
            queue.page(connection, viewer, now, chosen, after),
            queue.counts(connection, viewer, now),
            queue.choices(connection, viewer),
        )

    shown, counts, choices = store.look(found)
    return render_template(
        "queue.html", page=shown, counts=counts, choices=choices, chosen=chosen, sections=SECTIONS, sorts=SORTS,
        terms=asked.in_terms_of(chosen), in_terms_of=asked.in_terms_of, Section=Section, filtered=_is_filtered(chosen),
    )  # fmt: skip


def _is_filtered(chosen: queue.Filter) -> bool:
    return any((chosen.kind, chosen.process, chosen.mailbox, chosen.service, chosen.team, chosen.mine, chosen.like))


@pages.get("/queue/next")
@needs(Right.SEE_QUEUE)
def following() -> Any:
    """Go to the next message in the order of the list; to the list where there is none."""
    chosen, viewer = asked.queue_filter(), user()
    after = asked.number(request.args, "after")
    found = office().store.look(lambda connection, now: queue.following(connection, viewer, now, chosen, after))
    terms = asked.in_terms_of(chosen)
    if found is None or found == after:
        notices.note("Nothing more waits here." if not _is_filtered(chosen) else "Nothing more waits under this filter.")
        return redirect(url_for("queue.page", **terms))
    return redirect(url_for("messages.page", key=found, **terms))


@pages.get("/queue/counts")
@needs(Right.SEE_QUEUE, Open.BY_ITSELF)
def counts() -> Response:
    """The counts of the sections, for a page that was left open."""
    viewer = user()
    found = office().store.look(lambda connection, now: queue.counts(connection, viewer, now))
    both = [*((str(section), one) for section, one in found.sections.items()), ("quarantined", found.quarantined)]
    return jsonify({name: words.count(one.number, one.more) for name, one in both})


@pages.post("/queue/confirm")
@needs(Right.DECIDE)
def confirm_alike() -> Any:
    """Confirm messages that are alike, all at once."""
    chosen = asked.queue_filter()
    back = url_for("queue.page", **asked.in_terms_of(chosen))
    given = request.form.getlist("message")
    if not given:
        notices.wrong("Choose the messages to confirm first: tick the box beside each.")
        return redirect(back)
    if len(given) > _MOST_AT_ONCE:
        raise CallError(f"confirm at most {_MOST_AT_ONCE} messages at once")
    pairs = [_with_version(one) for one in given]
    for key, _ in pairs:
        desk.find_message(office().store, user(), key)
    try:
        results = review.confirm_all(office().store, user().name, pairs, user())
    except CallError as error:
        notices.wrong(words.sentence(error))
        return redirect(back)
    decided = [one for one in results if isinstance(one, review.Decided)]
    problems = [one for one in results if isinstance(one, str)]
    if decided:
        undo = [one.operation for one in decided if one.operation is not None]
        erased = sum(one.erased for one in decided)
        gone = f" Of {erased} the words are erased: officers' mail that is no case. That cannot be undone." if erased else ""
        notices.done(f"{words.counted(len(decided), 'message')} confirmed.{gone}", undo[::-1], back)
    for problem in dict.fromkeys(problems):
        notices.wrong(words.sentence(problem))
    return redirect(back)


def _with_version(text: str) -> tuple[int, int]:
    key, _, version = text.partition(":")
    found = asked.number({"message": key}, "message"), asked.number({"message": version}, "message")
    if found[0] is None or found[1] is None:
        raise CallError("message: that is no number")
    return found[0], found[1]
