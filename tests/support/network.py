"""Servers that behave badly: one that never answers, and a wire to a real server that breaks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    kept.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield int(server.getsockname()[1])
        for connection in kept:
            connection.close()


class BreakingWire:
    """A wire to `port` that is cut when the server has sent `cut_after` bytes in one connection, or says `cut_at`."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.cut_after: int | None = None
        self.cut_at: bytes | None = None
        self.cuts = 0

    @contextmanager
    def open(self) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def accept() -> None:
                with suppress(OSError):
                    while True:
                        client, _ = server.accept()
                        threading.Thread(target=self._join, args=[client], daemon=True).start()

            threading.Thread(target=accept, daemon=True).start()
            yield int(server.getsockname()[1])

    def _join(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as upstream:
            threading.Thread(target=self._copy, args=[client, upstream], daemon=True).start()
            sent, tail = 0, b""
            while data := upstream.recv(16_384):
                tail = (tail + data)[-65_536:]
                if self.cut_after is not None and sent + len(data) > self.cut_after:
                    client.sendall(data[: max(0, self.cut_after - sent)])
                    self.cuts += 1
                    break
                if self.cut_at is not None and self.cut_at in tail:
                    client.sendall(data[: data.find(self.cut_at) if self.cut_at in data else 0])
                    self.cuts += 1
                    break
                client.sendall(data)
                sent += len(data)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                target.sendall(data)
