"""Writers of a mirrored site: python -m tests.backends.mirror.mortals '{"number": 1}'

Each writes and reads at random. With `deaths`, children of it die at random moments
between the commit of a write and the end of its settling, and some leave a ghost that
goes on later. Every write is told to a file before it, and again when it is
acknowledged, so that a test knows what must be stored. A read that misses an
acknowledged write ends the writer with an error.

It writes until SIGTERM, or until it has died often enough.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import django

from sequere.exceptions import BackendError
from sequere.handler import get_backend
from sequere.questions import (
    Add,
    Block,
    Contains,
    Edges,
    Lookup,
    Remove,
    SetLevel,
    Unblock,
)
from sequere.times import now, to_microseconds
from sequere.types import Edge, Pair, Ref

STARS = [Ref("star", str(number)) for number in range(3)]
FANS = 12
DEATH = 0.02
GHOST = 0.4
GHOST_SECONDS = 1.0
ended = threading.Event()


class Mortality:
    """A process that dies at random, if it is mortal."""

    is_on = False
    is_ghost = False

    def die_perhaps(self) -> None:
        if not self.is_on or self.is_ghost or random.random() > DEATH:
            return
        if random.random() < GHOST and os.fork() == 0:
            self.is_ghost = True
            time.sleep(random.uniform(0, GHOST_SECONDS))
        else:
            os.kill(os.getpid(), signal.SIGKILL)


mortality = Mortality()


def watch_steps() -> None:
    """Let a death come before each step of settling."""
    from sequere.backends.mirror import settling

    original = settling.attempt

    def attempt(*arguments: Any) -> Iterator[str]:
        mortality.die_perhaps()
        try:
            for step in original(*arguments):
                mortality.die_perhaps()
                yield step
        finally:
            if mortality.is_ghost:
                os._exit(0)

    settling.attempt = attempt  # type: ignore[assignment]


class Writer:
    """Writes the pairs of its own fans, so that it knows what each of them holds."""

    def __init__(self, number: int, log: TextIO) -> None:
        self.fans = [Ref("fan", f"{number}.{each}") for each in range(FANS)]
        self.log = log
        self.known: dict[str, Any] = {}

    def live(self, rest: float) -> None:
        while not ended.wait(rest):
            source = random.choice(self.fans)
            target = random.choice(
                [*STARS, *(fan for fan in self.fans if fan != source)]
            )
            self.write(Pair(source, target), random.random())
            self.read(random.choice(self.fans))

    def write(self, pair: Pair, chance: float) -> None:
        relation = "block" if pair.target in self.fans else "follow"
        edge = Edge(relation, *pair, now())
        question: Any
        if relation == "block":
            question = Block([edge]) if chance < 0.6 else Unblock([pair])
        elif chance < 0.5:
            question = Add([edge])
        elif chance < 0.7:
            question = SetLevel("follow", [pair], random.randrange(100))
        else:
            question = Remove("follow", [pair])
        name = f"{relation} {pair.source} {pair.target}"
        self.tell("begin", name, None)
        try:
            get_backend().ask(question)
        except BackendError as exc:
            # Nothing of it was written.
            if "being moved" not in str(exc):
                raise
            self.tell("refused", name, None)
            return
        self.known[name] = self.stored(relation, pair)
        self.tell("done", name, self.known[name])

    def stored(self, relation: str, pair: Pair) -> Any:
        """What the writer's own write left: nobody else writes this pair."""
        edge = get_backend().ask(Edges(relation, [pair])).get(pair)
        return edge and [to_microseconds(edge.created), edge.state, edge.level]

    def read(self, fan: Ref) -> None:
        """Every answer must show the writer's own acknowledged writes."""
        backend = get_backend()
        found = backend.ask(Lookup("follow", fan, "followings", STARS))
        for star in STARS:
            name = f"follow {fan} {star}"
            if name in self.known:
                follows = self.known[name] is not None
                contains = backend.ask(Contains("follow", fan, star))
                if not follows == (star in found) == contains:
                    self.tell("wrong read", name, [star in found, contains])
                    os._exit(3)

    def tell(self, what: str, name: str, content: Any) -> None:
        self.log.write(json.dumps([what, name, content]) + "\n")
        self.log.flush()


def main(number: int, deaths: int, rest: float, folder: str, seed: int) -> None:
    django.setup()
    watch_steps()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    path = Path(folder, f"writer-{number}.jsonl")
    if not deaths:
        random.seed(f"{seed} {number}")
        with path.open("a") as log:
            Writer(number, log).live(rest)
        return
    mortality.is_on = True
    for died in range(deaths):
        child = os.fork()
        if child == 0:
            random.seed(f"{seed} {number} {died}")
            with path.open("a") as log:
                Writer(number, log).live(rest)
            os._exit(4)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"A writer ended with {os.waitstatus_to_exitcode(status)}.")
    # The last ghosts go on.
    time.sleep(GHOST_SECONDS)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
