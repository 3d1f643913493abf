"""A scan beside a server that makes its table of keys smaller."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest import mock

from redis import Redis

from sequere.api import follow_many
from sequere.backends.redis import scans
from sequere.questions import Scan
from tests.backends.redis.cases import RedisCase, at, own_server, ref

# The server has room for these keys, and none of them is left when the scan begins.
GONE = {f"gone-{number}": "" for number in range(9000)}
# The server makes its table smaller within 0.1 seconds.
PAUSE = 0.3
ROUNDS = 60


@contextmanager
def paused(before: int) -> Iterator[Counter[str]]:
    """Wait before one step of a scan. Count the keys that the server shows."""
    shown: Counter[str] = Counter()
    steps = count(1)

    def keys_at(*arguments: Any) -> Any:
        if next(steps) == before:
            time.sleep(PAUSE)
        keyset = yield from original(*arguments)
        shown.update(keyset.keys)
        return keyset

    original = scans.keys_at
    with mock.patch.object(scans, "keys_at", keys_at):
        yield shown


class ShrinkingTests(RedisCase):
    def test_an_answer_has_no_edge_twice(self) -> None:
        with own_server() as url, at(url), Redis.from_url(url) as redis:
            people = self.people(12)
            follow_many((person, self.club) for person in people)
            for number in range(ROUNDS):
                redis.mset(GONE)
                time.sleep(PAUSE)
                redis.delete(*GONE)
                with paused(before=2 + number % 9) as shown:
                    edges, rest = self.store.ask(Scan())
                self.assertIsNone(rest)
                self.assertCountEqual([edge.source for edge in edges], map(ref, people))
                # A list of followers has no part in a scan.
                if max(shown[key] for key in shown if ">" in key) > 1:
                    return
        self.fail(f"The server showed no key twice in {ROUNDS} scans.")
