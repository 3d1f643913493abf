"""Which calls travel together, and how long a call waits for its round trip."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest import mock

from sequere.api import (
    afollow,
    afollow_many,
    aget_followers_count,
    ais_following,
)
from sequere.backends.redis.couriers import MOST_BYTES, MOST_COMMANDS, Courier
from sequere.exceptions import BackendError, BackendUnavailable
from tests.backends.redis.cases import at, own_server, replica_of
from tests.backends.redis.held import HeldServer, echo, outcomes, until


class ParcelTests(HeldServer):
    def test_text_that_no_driver_can_send(self) -> None:
        async def main() -> None:
            courier = await self.courier(url)
            texts = [*map(str, range(50)), "\ud800", *map(str, range(50))]
            tasks = [asyncio.create_task(echo(courier, text)) for text in texts]
            found = await outcomes(tasks)
            self.assertEqual(found[50], UnicodeEncodeError)
            self.assertEqual(found[:50] + found[51:], texts[:50] + texts[51:])

        with self.held() as url:
            asyncio.run(main())

    def test_a_large_parcel_keeps_nobody_waiting(self) -> None:
        async def main() -> None:
            self.hold()
            pairs = [(self.fan(number), self.club) for number in range(3000)]
            large = asyncio.create_task(afollow_many(pairs))
            await self.next_waiting()
            self.assertEqual(await outcomes(self.reads(50)), [False] * 50)
            self.assertFalse(large.done())
            self.let_go()
            self.assertEqual(len(await large), 3000)

        self.run_held(main)

    def test_all_have_their_turn_at_one_connection(self) -> None:
        async def main() -> None:
            self.hold()
            few = self.follows(0, 50)
            await self.next_waiting()
            pairs = [(self.fan(number), self.club) for number in range(100, 3000)]
            large = asyncio.create_task(afollow_many(pairs))
            late = self.follows(50, 100)
            await asyncio.sleep(0)
            self.let_go()
            self.assertEqual(await outcomes([*few, *late]), [True] * 100)
            self.assertEqual(len(await large), 2900)

        self.run_held(main, max_connections=1)

    def test_waiting_for_replicas_keeps_nobody_waiting(self) -> None:
        async def main() -> None:
            write = asyncio.create_task(afollow(self.user, self.club))
            await until(lambda: self.calls_of("evalsha") == 1)
            self.assertEqual(await outcomes(self.reads(50)), [False] * 50)
            self.assertFalse(write.done())
            write.cancel()

        self.run_held(main, wait_replicas=1, wait_timeout=50)

    def test_many_wait_for_replicas(self) -> None:
        async def main() -> None:
            self.assertEqual(await outcomes(self.follows(0, 200)), [True] * 200)
            self.assertEqual(await aget_followers_count(self.club), 200)

        async def write() -> None:
            await afollow(self.user, self.club)

        with (
            own_server("--repl-diskless-sync-delay", "0") as primary,
            own_server(*replica_of(primary)),
            at(primary, wait_replicas=1, wait_timeout=4),
        ):
            asyncio.run(main())
        with (
            self.held(wait_replicas=1, wait_timeout=0.01),
            self.assertRaisesRegex(BackendError, "0 of 1 replicas"),
        ):
            asyncio.run(write())

    def test_trips_have_limits(self) -> None:
        trips: list[tuple[int, int]] = []
        travel = Courier._travel

        async def counted(courier: Courier, calls: list[Any]) -> None:
            trips.append((len(calls), sum(call.size for call in calls)))
            await travel(courier, calls)

        async def main() -> None:
            courier = await self.courier(url)
            texts = [str(number % 10) * 5000 for number in range(50)] + ["1"] * 500
            calls = [echo(courier, text) for text in texts]
            self.assertEqual(await asyncio.gather(*calls), texts)

        with self.held() as url, mock.patch.object(Courier, "_travel", counted):
            asyncio.run(main())
        # The first call travels alone.
        self.assertEqual(trips[0][0], 1)
        self.assertEqual(max(count for count, _ in trips), MOST_COMMANDS)
        sizes = sorted(size for _, size in trips)
        self.assertLess(MOST_BYTES - 6000, sizes[-1])
        self.assertLessEqual(sizes[-1], MOST_BYTES)


class LimitTests(HeldServer):
    def test_those_who_wait_too_long_are_told_why(self) -> None:
        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            await self.next_waiting()
            told = r"waited 0\.05 seconds.*earlier calls.*Nothing was sent"
            with self.assertRaisesRegex(BackendUnavailable, told):
                await ais_following(self.user, self.club)
            self.assertEqual(
                await outcomes(self.reads(150)), [BackendUnavailable] * 150
            )
            self.let_go()
            self.assertEqual(await outcomes(own), [True])
            self.assertEqual(self.calls_of("zscore"), 0)

        self.run_held(main, queue_timeout=0.05)

    def test_the_limit_is_not_for_those_who_travel(self) -> None:
        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            first = await self.next_waiting()
            together = self.follows(1, 10)
            await asyncio.sleep(0)
            self.admin.client_kill_filter(_id=first)
            await self.next_waiting(first)
            late = self.reads(1)
            self.assertEqual(await outcomes(late), [BackendUnavailable])
            self.let_go()
            self.assertEqual(await outcomes(own), [BackendUnavailable])
            self.assertEqual(await outcomes(together), [True] * 9)

        self.run_held(main, queue_timeout=0.5)
