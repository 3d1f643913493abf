"""A mirror in a cluster: a slot has two places, and servers fail."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import permutations
from typing import Any
from unittest import mock

from redis import Redis

from sequere.api import follow, get_followers, get_followers_count, unfollow
from sequere.backends.mirror.keeping import keep
from sequere.backends.mirror.marks import NotReady
from sequere.backends.mirror.own import Trust
from sequere.backends.mirror.rebuilding import rebuild
from sequere.backends.mirror.redis_mirror import RedisMirror
from sequere.backends.mirror.settling import attempt, settle
from sequere.backends.mirror.status import stage_of
from sequere.backends.redis import scripts
from sequere.backends.redis.keys import bucket_of
from sequere.backends.redis.topology import SLOTS
from sequere.backends.redis.topology import slot_of as slot_of_bucket
from sequere.exceptions import BackendError
from sequere.questions import Add, Remove
from sequere.registration import registry
from sequere.types import Pair
from sequere.verifying.exact import slot_of
from tests.backends.mirror.cases import (
    Keeper,
    MirrorCase,
    needs_cluster,
    redis_cluster,
    start,
)
from tests.backends.redis.test_cluster import move, wait


class Died(Exception):
    pass


@needs_cluster
class HalfTests(MirrorCase):
    """A settler dies when it has written one of the two sides."""

    def setUp(self) -> None:
        super().setUp()
        # The two ends are in two buckets.
        club = bucket_of(registry.ref(self.club))
        self.person = next(
            each for each in self.people if bucket_of(registry.ref(each)) != club
        )
        self.pair = self.edge(self.person)
        self.slot = slot_of(self.pair)
        self.sql = self.store.primary

    def settler(self, *sides: int) -> Iterator[str]:
        """Settle, but write only these of the two sides, each in a step; then die."""
        original = RedisMirror.call_each

        def half(of: Any, script: Any, calls: Sequence[Any]) -> list[Any]:
            if script is not scripts.MIRROR_WRITE:
                return list(original(of, script, calls))
            waiting.extend(calls)
            raise Died

        waiting: list[Any] = []
        steps = attempt(self.sides, {self.slot})
        while not waiting:
            with mock.patch.object(RedisMirror, "call_each", half), suppress(Died):
                next(steps)
            yield "step"
        for side in sides:
            original(self.sides.mirror, scripts.MIRROR_WRITE, [waiting[side]])
            yield "wrote a side"

    def write(self, number: int) -> None:
        if number % 2:
            self.sql.ask(Remove("follow", [Pair(*self.pair[1:3])]))
        else:
            self.sql.ask(Add([self.pair]))

    def check(self) -> None:
        self.drain()
        self.assertEqual(self.sides.journal.left().intents, 0)
        self.assertEqual(self.edges("sql"), self.edges("redis"))
        followers = [edge.source for edge in self.edges("redis")]
        found = get_followers(self.club, using="redis").refs()
        self.assertEqual(list(found), followers)

    def test_one_side_is_written_and_the_settler_dies(self) -> None:
        for sides in ((), (0,), (1,), (0, 1), (1, 0)):
            for number in range(2):
                with self.subTest(sides=sides, number=number):
                    self.write(number)
                    for _ in self.settler(*sides):
                        pass
                    self.check()

    def test_two_settlers_write_their_sides_in_any_order(self) -> None:
        """Two dying settlers, and a write between any two of their steps."""
        steps = len(list(self.started(0, 1)))
        for order in set(permutations([0] * 2 + [1] * 2)):
            for place in range(5):
                with self.subTest(order=order, place=place):
                    self.write(place)
                    settlers = [self.settler(0, 1), self.settler(1, 0)]
                    for settler in settlers:
                        for _ in range(steps - 2):
                            next(settler)
                    for number, each in enumerate(order):
                        if number == place:
                            self.write(place + 1)
                            self.assertEqual(settle(self.sides, [self.slot]), set())
                        next(settlers[each])
                    self.check()

    def started(self, *sides: int) -> Iterator[str]:
        self.write(0)
        return self.settler(*sides)

    def test_a_slot_is_left_if_one_of_its_tickets_is_void(self) -> None:
        mirror = self.sides.mirror
        for number, ref in enumerate(self.pair[1:3]):
            with self.subTest(ref=ref):
                self.write(number)
                left = {self.slot}
                steps = attempt(self.sides, left)
                next(steps)
                place = mirror.place_of(ref)
                keys, cells = mirror.keys(place)[:2], [mirror.cell_of(self.slot)]
                mirror.call_each(scripts.MIRROR_TICKETS, [(place, keys, [cells])])
                list(steps)
                self.assertEqual(left, {self.slot})
                self.assertTrue(self.sides.journal.ids(left))
                self.check()

    def test_a_late_side_of_an_earlier_generation_loses(self) -> None:
        for side in range(2):
            with self.subTest(side=side):
                self.write(0)
                late = self.settler(side)
                while next(late) and not late.gi_frame.f_locals["waiting"]:  # type: ignore[attr-defined]
                    pass
                self.write(1)
                for _ in rebuild(self.sides):
                    pass
                list(late)
                self.check()


@needs_cluster
class ServerTests(MirrorCase):
    """Servers die, and slots move."""

    def urls(self) -> list[str]:
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="sequere-"))
        self.nodes = self.enterContext(redis_cluster(folder))
        return [node.url for node in self.nodes]

    def setUp(self) -> None:
        super().setUp()
        for person in self.people:
            follow(person, self.club)
        self.assertTrue(keep(self.sides).is_lent)

    def assert_is_rebuilt(self) -> None:
        self.assertEqual(stage_of(self.sides), "old")
        with self.assertRaises(NotReady):
            keep(self.sides)
        for _ in rebuild(self.sides):
            pass
        self.assertTrue(keep(self.sides).is_lent)
        Trust.resting.clear()
        self.assert_equal()
        self.assertEqual(self.sides.journal.left().intents, 0)

    def test_a_replica_takes_over(self) -> None:
        place = self.sides.mirror.place_of(registry.ref(self.club))
        address = self.sides.mirror.topology.address_of(place, write=True)
        number = [node.url for node in self.nodes].index(address)
        os.kill(self.nodes[number].process, signal.SIGKILL)
        self.assertEqual(get_followers_count(self.club), 4)
        self.assertTrue(unfollow(self.people[0], self.club))
        with Redis.from_url(self.nodes[number + 3].url) as replica:
            wait(lambda: replica.info("replication")["role"] == "master")
        wait(self.is_up)
        self.assertEqual(get_followers_count(self.club), 3)
        self.assert_is_rebuilt()

    def is_up(self) -> bool:
        try:
            return bool(self.sides.mirror.stages())
        except BackendError:
            return False

    def test_a_bucket_moves_to_another_server(self) -> None:
        place = self.sides.mirror.place_of(registry.ref(self.club))
        slot = slot_of_bucket(place)
        number = slot * 3 // SLOTS
        source, target = self.nodes[number], self.nodes[(number + 1) % 3]
        with Keeper():
            move(slot, source, target, self.nodes[:3])
            self.assertEqual(get_followers_count(self.club), 4)
            self.assertTrue(unfollow(self.people[0], self.club))
            self.assertEqual(get_followers_count(self.club), 3)
        self.assert_is_rebuilt()
        # The keeper notices it even if nobody writes.
        move(slot, target, source, self.nodes[:3])
        self.assert_is_rebuilt()

    def test_each_server_lends(self) -> None:
        clocks = self.sides.mirror.clocks()
        self.assertEqual(len(clocks), 3)
        start(self.sides)
        generation = self.sides.journal.mark().generation
        late = dict.fromkeys(clocks, 0.0) | {min(clocks): 2e9 * 2}
        self.assertFalse(self.sides.mirror.lend(generation, late))
