"""Writers that are killed: python -m tests.backends.redis.mortals '{"seed": 1, ...}'

Each process writes at random until it dies, at a random moment between the steps of a
write. Some processes leave a ghost, which continues the write later, after other
writes. The program prints {"deaths": ..., "operations": ...}.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from sequere.backends.redis import RedisBackend, cluster_writes
from sequere.backends.redis.protocol import Exchange
from sequere.questions import (
    Accept,
    Add,
    Archive,
    Block,
    Forget,
    Remove,
    Restore,
    Unblock,
)
from sequere.relations import BLOCK, FOLLOW
from sequere.types import Edge, Pair, Ref

PEOPLE = [Ref("person", str(number)) for number in range(60)]
TAGS = [Ref("tag", f"t{{{number}}}>:é") for number in range(8)]
DEATH = 0.01
GHOST = 0.4
GHOST_SECONDS = 1.0
# This is shorter than GHOST_SECONDS, so that ghosts meet both fences and floors.
FENCE_MILLISECONDS = 300


class MortalBackend(RedisBackend):
    def _take(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            die_perhaps()
        return super()._take(step)


def die_perhaps() -> None:
    if IS_GHOST or random.random() > DEATH:
        return
    if random.random() < GHOST and os.fork() == 0:
        become_ghost()
    else:
        os.kill(os.getpid(), signal.SIGKILL)


IS_GHOST = False


def become_ghost() -> None:
    global IS_GHOST
    IS_GHOST = True
    time.sleep(random.uniform(0, GHOST_SECONDS))


def live(backend: RedisBackend, report: int) -> None:
    """Write until death, and write a byte to `report` for each operation."""
    while not IS_GHOST:
        os.write(report, b".")
        pairs = [
            Pair(source, target)
            for source in random.choices(PEOPLE, k=random.choice((1, 1, 1, 5)))
            for target in [random.choice(PEOPLE + TAGS)]
            if source != target
        ]
        write(backend, pairs, random.random())
    os._exit(0)


def write(backend: RedisBackend, pairs: list[Pair], chance: float) -> None:
    now = datetime.now(UTC)
    if chance < 0.45:
        level, state = random.choice((0, 0, 7)), random.choice((0, 0, 1))
        edges = [Edge(FOLLOW.name, *pair, now, state, level) for pair in pairs]
        backend.ask(Add(edges))
    elif chance < 0.6:
        backend.ask(Block([Edge(BLOCK.name, *pair, now) for pair in pairs]))
    elif chance < 0.72:
        backend.ask(Unblock(pairs))
    elif chance < 0.76:
        target = pairs[0].target if pairs else random.choice(TAGS)
        sources = random.choice((None, PEOPLE[::3]))
        backend.ask(Accept(FOLLOW.name, target, sources, now))
    elif chance < 0.93:
        backend.ask(Remove(FOLLOW.name, pairs))
    elif chance < 0.95:
        backend.ask(Archive(FOLLOW.name, random.choice(PEOPLE + TAGS)))
    elif chance < 0.99:
        backend.ask(Restore(FOLLOW.name, random.choice(PEOPLE + TAGS)))
    else:
        backend.ask(Forget([random.choice(PEOPLE + TAGS)]))


def main(options: dict[str, Any], seed: int, deaths: int, operations: int) -> None:
    settings.configure(USE_TZ=True)
    cluster_writes.FENCE_MILLISECONDS = FENCE_MILLISECONDS
    died = done = 0
    # Ghosts hold this pipe open too: when it reaches its end, all ghosts are gone.
    reader, report = os.pipe()
    os.set_blocking(reader, False)
    while died < deaths or done < operations:
        child = os.fork()
        if child == 0:
            random.seed(f"{seed} {died}")
            live(MortalBackend("default", **options), report)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit("A writer failed.")
        died += 1
        done += len(os.read(reader, 1_000_000))
    os.close(report)
    os.set_blocking(reader, True)
    done += len(os.read(reader, 1_000_000))
    print(json.dumps({"deaths": died, "operations": done}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
