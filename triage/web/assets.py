"""What `make install` makes for the pages (build/web): the style sheet, and GOV.UK Frontend's script.

Where they could not be fetched the pages work without them, and say how to get them. They are looked for at every request, so that
they are there once they are made, without the service being started again.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Response, abort, request, send_from_directory, url_for

from triage import HOME

MADE = HOME / "build/web"
STYLES = "queue.css"
SCRIPT = "govuk-frontend.min.js"
FILES = {STYLES: "text/css", SCRIPT: "text/javascript"}
HOW_TO_GET_THEM = "The styles are missing: call 'make install' in the folder of Triage, on a machine that reaches the internet."
# An address that names the content's hash never means anything else.
_FOR_EVER = "public, max-age=31536000, immutable"
_HASH_LENGTH = 16


def missing() -> list[str]:
    """What was not made, by name."""
    return [name for name in FILES if not (MADE / name).is_file()]


def styled() -> bool:
    """Whether all is there that the pages are styled with."""
    return not missing()


def version(name: str) -> str | None:
    """The beginning of the hash of a file's content; None where it is not there."""
    path = MADE / name
    try:
        found = path.stat()
        return _hash(path, found.st_mtime_ns, found.st_size)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _hash(path: Path, _changed: int, _size: int) -> str:
    """Made once for what stands in a file: when it was changed, and its size, tell whether it is still that."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_HASH_LENGTH]


def url(name: str) -> str:
    """Where a page finds a file: an address that changes with the content."""
    return url_for("made", name=name, v=version(name))


def send(name: str) -> Response:
    """One of the files. A browser keeps it for ever under the address that names its content, and otherwise asks again."""
    current = version(name) if name in FILES else None
    if current is None:
        abort(404)
    response = send_from_directory(MADE, name, mimetype=FILES[name], conditional=True)
    response.headers["Cache-Control"] = _FOR_EVER if request.args.get("v") == current else "no-cache"
    return response
