"""One message, one decision: its author's own words, what the program takes it for, and the case that it would join."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from triage import accounts, desk, review
from triage.domain.labels import Kind, Process, Role, Service, Status, Theme
from triage.domain.user import Right
from triage.errors import CallError, ConflictError, NotFound
from triage.store.messagefile import MessageView
from triage.store.queue import Filter
from triage.web import asked, notices, words
from triage.web.access import needs, office, safe_target, user

pages = Blueprint("messages", __name__)

_STILL_HERE = "What you had chosen is still here: look again, and save it if it still holds."


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with what was asked; `at` is the field where it can be put right."""

    text: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form about a message says: as the program has it, or as somebody has just chosen."""

    kind: str
    process: str | None
    role: str
    service: str
    urgent: bool
    outside_scope: bool
    themes: tuple[str, ...]
    reference: str = ""

    @classmethod
    def as_it_is(cls, view: MessageView) -> "Choice":
        """What the message is taken for now."""
        return cls(
            view.kind,
            view.process or words.likely_process(view.service or Service.OTHER),
            view.role or Role.OTHER,
            view.service or Service.OTHER,
            bool(view.urgent),
            bool(view.outside_scope),
            tuple(view.themes),
        )

    @classmethod
    def given(cls, view: MessageView, form: Any) -> "Choice":
        """What somebody has chosen. Raises CallError."""
        before = cls.as_it_is(view)
        if form.get("labels") != "1":
            return before
        kind = asked.choice(form, "kind", Kind)
        return cls(
            kind=kind or before.kind,
            process=asked.choice(form, "process", Process) or before.process,
            role=asked.choice(form, "role", Role) or before.role,
            service=asked.choice(form, "service", Service) or before.service,
            urgent=form.get("urgent") == "1",
            outside_scope=form.get("outside_scope") == "1",
            themes=tuple(sorted({theme for one in form.getlist("theme") if (theme := asked.choice({"theme": one}, "theme", Theme))})),
            reference=form.get("reference", "").strip()[:40],
        )

    def change(self, view: MessageView) -> review.Change | None:
        """What is different from what the message is taken for; None where nothing is."""
        kind = Kind(self.kind)
        themed = kind in (Kind.COMPLAINT, Kind.ENQUIRY)
        found = review.Change(
            kind=kind if kind != view.kind else None,
            process=Process(self.process) if kind is Kind.COMPLAINT and self.process and self.process != view.process else None,
            role=Role(self.role) if self.role != view.role else None,
            urgent=self.urgent if self.urgent != bool(view.urgent) else None,
            outside_scope=self.outside_scope if kind is not Kind.NONE and self.outside_scope != bool(view.outside_scope) else None,
            service=Service(self.service) if self.service != view.service else None,
            themes=tuple(Theme(one) for one in self.themes) if themed and sorted(self.themes) != sorted(view.themes) else None,
        )
        return None if found == review.Change() else found


@pages.get("/messages/<int:key>")
@needs(Right.SEE_QUEUE)
def page(key: int) -> str:
    """The message. Opening it from the queue claims it, so that nobody else is given it meanwhile."""
    view = desk.message(office().store, user(), key)
    return _shown(view, asked.queue_filter(), Choice.as_it_is(view))


def _shown(view: MessageView, chosen: Filter, choice: Choice, problems: Sequence[Problem] = ()) -> str:
    others = None
    if view.status == Status.REVIEW and user().may(Right.DECIDE):
        others = desk.claim(office().store, user(), view.id)
    return render_template(
        "message.html",
        view=view,
        choice=choice,
        problems=problems,
        others=others,
        terms=asked.in_terms_of(chosen),
        chosen=chosen,
        people=accounts.able(office().store),
        teams=[team.name for team in office().teams],
        waits=view.status == Status.REVIEW or view.suggested is not None,
        typed=request.form if request.endpoint == "messages.assign" else None,
    )


@pages.post("/messages/<int:key>")
@needs(Right.DECIDE)
def decide(key: int) -> Any:
    """Confirm or correct a message, and answer where it belongs; then go to the next."""
    view = desk.message(office().store, user(), key)
    chosen, action = asked.queue_filter(), request.form.get("action", "confirm")
    choice = Choice.given(view, request.form)
    seen = asked.number(request.form, "version")
    if _would_erase(view, choice, action) and request.form.get("erase") != "1":
        # A habit must not erase what may be urgent, or may belong to a case.
        ask = "Its words would be erased at once and for good. If it really is not a case, tick “Erase its words” and decide again"
        return _shown(view, chosen, choice, [Problem(f"{ask}.", "erase")]), 400
    try:
        decided = _done(view, choice, action, seen)
    except ConflictError as error:
        return _again(key, chosen, choice, f"{words.sentence(error)} {_STILL_HERE}"), 409
    except CallError as error:
        at = "reference" if action == "put" else "labels"
        return _shown(view, chosen, choice, [Problem(words.sentence(error), at)]), 400
    back = url_for("messages.page", key=key, **asked.in_terms_of(chosen))
    notices.done(_said(view, choice, action, decided), [decided.operation] if decided.operation is not None else [], back)
    if view.status != Status.REVIEW and view.suggested is None:
        return redirect(back)
    return redirect(url_for("queue.following", after=key, **asked.in_terms_of(chosen)))


def _would_erase(view: MessageView, choice: Choice, action: str) -> bool:
    """Whether a decision would erase words that somebody should look at twice before that."""
    none = action == "none" or (action in ("confirm", "keep") and choice.kind == Kind.NONE)
    return none and view.leaves_no_words and (bool(view.urgent) or view.suggested is not None)


def _done(view: MessageView, choice: Choice, action: str, seen: int | None) -> review.Decided:
    store, actor, change, teams = office().store, user().name, choice.change(view), office().teams
    # What was looked at just now, to see whether they may, is what is decided about.
    seen = view.version if seen is None else seen
    match action:
        case "confirm":
            return review.confirm(store, actor, view.id, change, teams, version=seen, suggestion_hidden=view.suggestion_hidden)
        case "join" | "keep":
            if view.suggestion_hidden:
                # Of a case that they may not see somebody can say neither that it belongs there nor that it does not.
                raise ConflictError(f"no case is suggested for message {view.id}, or somebody has answered that already")
            return review.answer(store, actor, view.id, join=action == "join", change=change, teams=teams, version=seen)
        case "none":
            aside = review.Change(kind=Kind.NONE)
            if view.suggested is not None:
                return review.answer(store, actor, view.id, join=False, change=aside, teams=teams, version=seen)
            return review.confirm(store, actor, view.id, aside, teams, version=seen, suggestion_hidden=view.suggestion_hidden)
        case "new":
            return review.open_new(store, actor, view.id, change, teams, version=seen)
        case "put":
            desk.find_case(store, user(), choice.reference)
            return review.put_on(store, actor, view.id, choice.reference, change, teams, version=seen)
    raise CallError("there is no such action")


def _again(key: int, chosen: Filter, choice: Choice, problem: str, at: str | None = None) -> str:
    """The message as it is now, with what somebody had chosen before it changed under them."""
    return _shown(desk.message(office().store, user(), key), chosen, choice, [Problem(problem, at)])


def _said(view: MessageView, choice: Choice, action: str, decided: review.Decided) -> str:
    kind = Kind.NONE if action == "none" else Kind(choice.kind)
    what = "Corrected" if choice.change(view) is not None or action == "none" else "Confirmed"
    where = f", on {decided.reference}" if decided.reference else ""
    words_gone = " Its words are erased, as for every officer's mail that is no case: this cannot be undone." if decided.erased else ""
    return f"{what}: {words.KINDS[kind].lower()}{where}.{words_gone}"


@pages.post("/messages/<int:key>/take-over")
@needs(Right.DECIDE)
def take_over(key: int) -> Any:
    """Take over a message that somebody else has been looking at."""
    desk.message(office().store, user(), key)
    desk.take_over(office().store, user(), key)
    return redirect(url_for("messages.page", key=key, **asked.in_terms_of(asked.queue_filter())))


@pages.post("/messages/<int:key>/assign")
@needs(Right.DECIDE)
def assign(key: int) -> Any:
    """Give a message, and the case that it is on, to somebody or to a team."""
    view = desk.message(office().store, user(), key)
    to, team = asked.number(request.form, "to"), asked.words(request.form, "team")
    back = url_for("messages.page", key=key, **asked.in_terms_of(asked.queue_filter()))
    people = accounts.able(office().store)
    if to is not None and str(to) not in people:
        raise CallError("there is no such person to give it to")
    try:
        done = review.assign(
            office().store,
            user().name,
            message=view.id,
            to=to,
            team=team,
            teams=office().teams,
            message_version=asked.number(request.form, "version"),
        )
    except ConflictError as error:
        return _again(key, asked.queue_filter(), Choice.as_it_is(view), f"{words.sentence(error)} {_STILL_HERE}", "assign-to"), 409
    except CallError as error:
        return _shown(view, asked.queue_filter(), Choice.as_it_is(view), [Problem(words.sentence(error), "assign-to")]), 400
    notices.done(f"Given to {people[str(to)] if to is not None else team or 'nobody'}.", [done.number], back)
    return redirect(back)


@pages.post("/undo")
@needs(Right.DECIDE)
def undo() -> Any:
    """Put everything back as it was before what was just done."""
    back = safe_target(request.form.get("to"))
    numbers = asked.several(request.form, "operation")
    done = 0
    for number in numbers:
        try:
            review.undo(office().store, user().name, number, user())
        except NotFound:
            raise
        except (CallError, ConflictError) as error:
            notices.wrong(words.sentence(error))
            continue
        done += 1
    if done:
        notices.note("Undone: everything is as it was before.")
    return redirect(back)
