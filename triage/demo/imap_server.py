"""An IMAP server in this process, by pymap, for the demo only: mail in memory, on loopback, gone at the end."""

import asyncio
import logging
import socket
import threading
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager

from pymap.backend.dict import Config, DictBackend, Identity, Login
from pymap.imap import IMAPService
from pymap.user import Passwords, UserMetadata

HOST = "127.0.0.1"
_START_SECONDS = 20


@contextmanager
def imap_server(users: Iterable[str], password: str) -> Iterator[int]:
    """Run the server while the block runs; gives its port. Each user signs in with `password`."""
    logging.getLogger("pymap").setLevel(logging.CRITICAL)
    port = _free_port()
    ready, loop = threading.Event(), asyncio.new_event_loop()
    ended = asyncio.Event()
    failures: list[BaseException] = []

    def serve() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(_serve(port, list(users), password, ready, ended))
        except BaseException as error:
            failures.append(error)
            ready.set()
        finally:
            loop.close()

    thread = threading.Thread(target=serve, name="demo imap server", daemon=True)
    thread.start()
    if not ready.wait(_START_SECONDS) or failures:
        raise RuntimeError("the demo's IMAP server did not start") from (failures[0] if failures else None)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(_START_SECONDS)


async def _serve(port: int, users: list[str], password: str, ready: threading.Event, ended: asyncio.Event) -> None:
    arguments = Namespace(
        debug=False, host=[HOST], port=str(port), cert=None, key=None, tls=False, proxy_protocol=None, inherited_sockets=None,
        passlib_cfg=None, demo_data=False, demo_user=users[0], demo_password=password,
    )  # fmt: skip
    config = Config.from_args(arguments)
    login = Login(config)
    hashed = await Passwords(config).hash_password(password)
    for user in users:
        await Identity(user, login, None, frozenset()).set(UserMetadata(config, user, password=hashed))
    backend = DictBackend(login, config)
    config.apply_context()
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        await IMAPService(backend, config).start(stack)
        ready.set()
        await ended.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
