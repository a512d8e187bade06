"""The mail itself: as text, as cleaned HTML in a frame that can do nothing, its attachments and its bytes as files to save."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template
from markupsafe import Markup

from triage import desk
from triage.domain.user import Right
from triage.mailbox import contents, kinds
from triage.mailbox.parsing import parse
from triage.text import cleaned, reading
from triage.web import asked
from triage.web.access import Open, needs, office, user

pages = Blueprint("mail", __name__)

# For what comes from a mail and stands in a frame: no script, no style, no picture, no form, no link that leads anywhere.
_FRAMED = "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox"
_SAVED = "default-src 'none'; sandbox; frame-ancestors 'none'"


@pages.get("/messages/<int:key>/whole")
@needs(Open.TO_SIGNED_IN)
def whole(key: int) -> str:
    """The whole message as it came, as text, its attachments by what they are, and its formatting in a frame."""
    view = desk.message(office().store, user(), key)
    raw = desk.content(office().store, user(), key)
    return render_template(
        "whole.html", view=view, text=reading.read(parse(raw)), html=contents.html_body(raw) is not None,
        files=contents.kinds_of(raw, view.attachments),
        terms=asked.in_terms_of(asked.queue_filter()),
    )  # fmt: skip


@pages.get("/messages/<int:key>/formatted")
@needs(Open.TO_SIGNED_IN)
def formatted(key: int) -> Response:
    """The HTML of a message, cleaned, for a frame without any rights."""
    html = contents.html_body(desk.content(office().store, user(), key))
    if html is None:
        abort(404)
    # What `clean` gives was sanitised last, and the frame that it stands in could do nothing even if it had not been.
    page = render_template("formatted.html", body=Markup(cleaned.clean(html)))  # noqa: S704
    return Response(page, headers={"Content-Security-Policy": _FRAMED, "X-Frame-Options": "SAMEORIGIN"})


@pages.get("/messages/<int:key>/attachments/<int:number>")
@needs(Open.TO_SIGNED_IN)
def attachment(key: int, number: int) -> Any:
    """One attachment, to be saved: a browser never shows it."""
    view = desk.message(office().store, user(), key)
    if number >= len(view.attachments):
        abort(404)
    listed = view.attachments[number]
    found = contents.attachment(desk.content(office().store, user(), key), listed.digest, name=listed.name)
    if found is None:
        abort(404)
    return _saved(found.data, kinds.safe_name(found.name))


@pages.get("/messages/<int:key>/raw")
@needs(Right.READ_BYTES)
def raw(key: int) -> Any:
    """The message as it was fetched, to be saved."""
    return _saved(desk.content(office().store, user(), key, whole=True), f"message-{key}.eml")


def _saved(content: bytes, name: str) -> Response:
    """A file that is saved under a name (RFC 6266, RFC 8187) and never opened in the browser, whatever it holds."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._- ") else "_" for one in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": _SAVED}
    return Response(content, mimetype="application/octet-stream", headers=headers)
