"""A process that writes until it is killed: python -m tests.faults.victim writes 0

It writes a line when it begins, and a line for each round that was acknowledged.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import django

SIZE = 100


def main(name: str, start: int) -> None:
    django.setup()
    found = works()
    repair = found.pop("repair")
    chosen = [repair] if name == "repair" else [*found.values()]
    print("begun", flush=True)
    for number in count(start):
        for work in random.sample(chosen, len(chosen)):
            work(number)
        print(number, flush=True)


def works() -> dict[str, Callable[[int], object]]:
    # The models need Django's setup.
    from django.db import connection

    from sequere.handler import get_backend
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
    from sequere.testing.base import NOON
    from sequere.types import Edge, Pair, Ref

    backend: Any = get_backend()
    star = Ref("star", "0")
    fans = [Ref("fan", str(number)) for number in range(SIZE)]
    follows = [Edge("follow", fan, star, NOON) for fan in fans]
    pairs = [Pair(fan, star) for fan in fans]

    def add(number: int) -> None:
        target = Ref("star", f"new-{number}")
        backend.ask(Add([edge._replace(target=target) for edge in follows]))

    def archive(number: int) -> None:
        backend.ask(Add(follows))
        backend.ask((Archive, Restore)[number % 2]("follow", star))

    def forget(number: int) -> None:
        backend.ask(Add(follows))
        backend.ask(Forget([star, *fans[:9]]))

    def block(number: int) -> None:
        backend.ask(Add(follows))
        backend.ask(Block([edge._replace(relation="block") for edge in follows]))
        backend.ask(Unblock(pairs))

    def accept(number: int) -> None:
        backend.ask(Remove("follow", pairs))
        backend.ask(Add([edge._replace(state=1) for edge in follows]))
        backend.ask(Accept("follow", star, None, NOON))

    def repair(number: int) -> None:
        backend.ask(Add(follows))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sequere_count SET total = total + 7")
        for _ in backend.repair():
            pass

    return {
        "add": add,
        "archive": archive,
        "forget": forget,
        "block": block,
        "accept": accept,
        "repair": repair,
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
