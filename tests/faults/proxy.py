"""A proxy between a client and a server, which drops connections at any byte."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress
from typing import Any


class Proxy:
    """Forwards to `port`. A connection is dropped after a random number of bytes, so
    that statements and their answers break off anywhere.
    """

    def __init__(self, port: int, longest: int, seed: int) -> None:
        self.target = "127.0.0.1", port
        self.longest = longest
        self.chance = random.Random(seed)
        self.dropped = 0
        #: While this is off, connections live for ever.
        self.is_cutting = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.open: set[socket.socket] = set()

    def __enter__(self) -> Proxy:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        for each in (self.listener, *self.open.copy()):
            close(each)

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                try:
                    server = socket.create_connection(self.target)
                except OSError:
                    close(client)
                    continue
                self.open |= {client, server}
                limit = Limit(self.chance.randrange(1, self.longest))
                for ends in ((client, server), (server, client)):
                    threading.Thread(
                        target=self.forward, args=(*ends, limit), daemon=True
                    ).start()

    def forward(self, source: socket.socket, target: socket.socket, limit: Any) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.is_cutting and limit.take(len(data)) < len(data):
                    # A part of these bytes still arrives.
                    target.sendall(data[: max(limit.left, 0)])
                    self.dropped += 1
                    break
                target.sendall(data)
        for each in (source, target):
            close(each)
            self.open.discard(each)


class Limit:
    """The bytes that a connection still carries, in both directions."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.lock = threading.Lock()

    def take(self, count: int) -> int:
        """Return how many of `count` bytes may go."""
        with self.lock:
            taken = min(self.left, count)
            if taken == count:
                self.left -= count
            return taken


def close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
