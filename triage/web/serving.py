"""Serves the queue by waitress, a production server, in threads of this process."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server
from waitress.trigger import trigger

from triage.errors import ConfigurationError
from triage.settings import WebSettings

# Pages are short; more threads would wait for the one writer.
_THREADS = 6
_SECONDS_TO_END = 10
# The server keeps a whole request before the application sees any of it: on the disk, where it is large. A form has a megabyte at most
# (`triage.web.app`), and what is somewhat longer is told so by a page.
_LARGEST_REQUEST = 4_000_000
# Whoever opens many and says nothing on them shall not keep others out so easily; systems let a process have 1,024 files open.
_CONNECTIONS = 400
_SECONDS_TO_SAY_SOMETHING = 30


@contextmanager
def served(app: Flask, web: WebSettings) -> Iterator[str]:
    """Serve while the block runs; gives the address to open. Raises ConfigurationError where it cannot listen there."""
    host, _, port = web.listen.rpartition(":")
    logging.getLogger("waitress").setLevel(logging.ERROR)
    sockets: dict[int, Any] = {}
    try:
        # What a proxy says of where a request comes from is believed by the application, so many proxies deep, or by nobody.
        server = create_server(
            app,
            map=sockets,
            host=host.strip("[]"),
            port=int(port),
            threads=_THREADS,
            ident="",
            clear_untrusted_proxy_headers=not web.proxies,
            max_request_body_size=_LARGEST_REQUEST,
            connection_limit=_CONNECTIONS,
            channel_timeout=_SECONDS_TO_SAY_SOMETHING,
            cleanup_interval=_SECONDS_TO_SAY_SOMETHING // 3,
            asyncore_use_poll=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no address of this machine"
        raise ConfigurationError(
            f"web.listen: the queue cannot listen on {web.listen}: {reason}; end what listens there, or name another port"
        ) from error
    ending = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, ending), name="queue", daemon=True)
    thread.start()
    try:
        yield web.address or f"http://{web.listen}"
    finally:
        ending.set()
        server.task_dispatcher.shutdown(timeout=_SECONDS_TO_END)
        # Closed by the thread that waits on them, which is woken for it: closed under it, they would let it wait out its second.
        for one in list(sockets.values()):
            if isinstance(one, trigger):
                one.pull_trigger(lambda: wasyncore.close_all(sockets))
                break
        thread.join(_SECONDS_TO_END)
        wasyncore.close_all(sockets)


def _serve(server: Any, ending: threading.Event) -> None:
    try:
        server.run()
    except (OSError, ValueError):
        # At the end its sockets are closed under it.
        if not ending.is_set():
            raise
