"""Threads that write at random through a fault, and know what was acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connections

from sequere.backends.base import BaseBackend
from sequere.exceptions import BackendError
from sequere.questions import Add, Block, Edges, Remove, Unblock
from sequere.relations import BLOCK, FOLLOW
from sequere.types import Edge, Pair, Problem, Ref
from tests.problems import problems_in

THREADS = 4
FANS, STARS = 100, 40
PATIENCE = 120


class Load:
    """Every thread has sources of its own, so that it knows how its pairs ended. A pair
    whose write failed is not used again: the write may still be done, now or later.
    """

    def __init__(
        self, backend_of: Callable[[], BaseBackend], recover: Callable[[], None]
    ) -> None:
        self.backend_of, self.recover = backend_of, recover
        self.stopped = threading.Event()
        #: The relation of the edge that a pair must have, or "" for none.
        self.acknowledged: dict[Pair, str] = {}
        self.unknown: set[Pair] = set()
        self.errors: Counter[str] = Counter()
        self.strangers: list[BaseException] = []
        self.done = 0
        self.threads = [
            threading.Thread(target=self.write, args=(number,))
            for number in range(THREADS)
        ]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def write(self, number: int) -> None:
        try:
            self.go_on(random.Random(number), number)
        except BaseException as exc:
            self.strangers.append(exc)
        finally:
            connections.close_all()

    def go_on(self, chance: random.Random, number: int) -> None:
        while not self.stopped.is_set():
            fan = Ref("fan", f"{number}-{chance.randrange(FANS)}")
            pair = Pair(fan, Ref("star", str(chance.randrange(STARS))))
            if pair in self.unknown:
                continue
            try:
                self.acknowledged[pair] = change(
                    self.backend_of(), pair, self.acknowledged.get(pair, ""), chance
                )
                self.done += 1
            except BackendError as exc:
                self.errors[type(exc).__name__] += 1
                self.unknown.add(pair)
                self.acknowledged.pop(pair, None)
                time.sleep(0.02)
                self.recover()

    def wait_for(self, more: int) -> None:
        """Wait until so many more writes were acknowledged, or a thread has ended."""
        goal = self.done + more
        wait(lambda: self.done >= goal or bool(self.strangers))

    def wait_for_errors(self, more: int) -> None:
        """Wait until so many more writes have failed, or a thread has ended."""
        goal = self.errors.total() + more
        wait(lambda: self.errors.total() >= goal or bool(self.strangers))

    def check(self, backend: BaseBackend) -> list[Problem]:
        """Repair, and return what was wrong. Everything that was acknowledged is there,
        nothing that is half written is left, and all errors were the package's own.
        """
        assert self.strangers == []
        found = problems_of(backend, mends=True)
        assert problems_of(backend) == []
        missing = lost(backend, self.acknowledged)
        assert not missing, missing
        return found


def change(
    backend: BaseBackend, pair: Pair, relation: str, chance: random.Random
) -> str:
    """Change `pair`, which has an edge of `relation`, and return what it has then."""
    luck, now = chance.random(), datetime.now(UTC)
    if luck < 0.6:
        backend.ask(Add([Edge(FOLLOW.name, *pair, now)]))
        return relation or FOLLOW.name
    if luck < 0.8:
        backend.ask(Remove(FOLLOW.name, [pair]))
        return "" if relation == FOLLOW.name else relation
    if luck < 0.9:
        backend.ask(Block([Edge(BLOCK.name, *pair, now)]))
        return BLOCK.name
    backend.ask(Unblock([pair]))
    return "" if relation == BLOCK.name else relation


def lost(backend: BaseBackend, wanted: dict[Pair, str]) -> dict[Pair, tuple[str, str]]:
    """Return the pairs that differ: what was acknowledged, and what there is."""
    found = dict.fromkeys(wanted, "")
    for name in (FOLLOW.name, BLOCK.name):
        found |= dict.fromkeys(backend.ask(Edges(name, list(wanted))), name)
    return {
        pair: (relation, found[pair])
        for pair, relation in wanted.items()
        if found[pair] != relation
    }


def problems_of(backend: BaseBackend, *, mends: bool = False) -> list[Problem]:
    return problems_in(backend.repair() if mends else backend.verify())


def wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)
