"""Calls that travel together: none is sent twice, or suffers for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from redis import Redis

from sequere.api import (
    afollow,
    afollow_many,
    aget_followers_count,
    ais_following,
    aunfollow,
    follow,
    get_followers_count,
)
from sequere.backends.redis.addresses import Address
from sequere.backends.redis.couriers import MOST_BYTES, MOST_COMMANDS, Courier
from sequere.backends.redis.keys import Keys, List
from sequere.backends.redis.scripts import by_sha
from sequere.exceptions import BackendError, BackendUnavailable
from sequere.models import get_followers
from sequere.types import Ref
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import RedisCase, at, own_server, replica_of

Task = asyncio.Task[Any]


class HeldServer(RedisCase):
    """A server of its own that can be told to leave writes without answer."""

    admin: Any

    @contextmanager
    def held(self, *settings: str, **options: Any) -> Iterator[str]:
        with (
            own_server(*settings) as url,
            at(url, **{"timeout": 60, "queue_timeout": 60} | options),
            Redis.from_url(url, decode_responses=True) as self.admin,
        ):
            for script in by_sha.values():
                self.admin.script_load(script.source)
            # Tests begin with nothing, which is seen to in the first call.
            self.assertEqual(get_followers_count(self.club), 0)
            yield url

    def run_held(
        self, main: Callable[[], Coroutine[Any, Any, None]], **options: Any
    ) -> None:
        with self.held(**options):
            asyncio.run(main())

    def hold(self) -> None:
        self.admin.client_pause(3_600_000, all=False)

    def let_go(self) -> None:
        self.admin.client_unpause()

    def waiting(self) -> set[str]:
        """The connections that the server keeps waiting."""
        every = self.admin.client_list()
        return {client["id"] for client in every if "b" in client["flags"]}

    def calls_of(self, command: str) -> int:
        stats = self.admin.info("commandstats")
        return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])

    async def courier(self, url: str) -> Courier:
        return (await self.store.connections.lines_of_loop())[Address(url)]

    async def next_waiting(self, *before: str) -> str:
        await until(lambda: bool(self.waiting() - {*before}))
        [found] = self.waiting() - {*before}
        return found

    def fan(self, number: int) -> Ref:
        return Ref("testing.person", f"{number}")

    def follows(self, first: int, last: int) -> list[Task]:
        club = self.club
        return [
            asyncio.create_task(afollow(self.fan(number), club))
            for number in range(first, last)
        ]

    def reads(self, count: int) -> list[Task]:
        """Each is False."""
        return [
            asyncio.create_task(ais_following(self.fan(number), self.club))
            for number in range(-count, 0)
        ]


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not ready():
            await asyncio.sleep(0.001)


async def outcomes(tasks: list[Task]) -> list[Any]:
    """The results, and the types of errors."""
    done = await asyncio.gather(*tasks, return_exceptions=True)
    return [type(each) if isinstance(each, BaseException) else each for each in done]


class LossTests(HeldServer):
    def test_a_lost_connection_concerns_one_trip(self) -> None:
        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            first = await self.next_waiting()
            size = MOST_COMMANDS
            together = self.follows(1, 1 + size)
            later = self.follows(1 + size, 1 + 2 * size)
            await asyncio.sleep(0)
            self.admin.client_kill_filter(_id=first)
            second = await self.next_waiting(first)
            self.assertEqual(await outcomes(own), [BackendUnavailable])
            self.admin.client_kill_filter(_id=second)
            self.assertEqual(await outcomes(together), [BackendUnavailable] * size)
            self.let_go()
            self.assertEqual(await outcomes(later), [True] * size)
            # Nothing was sent again, or the others were there, too.
            self.assertEqual(await aget_followers_count(self.club), size)

        self.run_held(main)

    def test_replies_before_a_loss_are_given(self) -> None:
        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            first = await self.next_waiting()
            before, write, after = self.reads(5), self.follows(1, 2), self.reads(5)
            await asyncio.sleep(0)
            self.admin.client_kill_filter(_id=first)
            second = await self.next_waiting(first)
            self.assertEqual(await outcomes(before), [False] * 5)
            self.admin.client_kill_filter(_id=second)
            lost = await outcomes([*own, *write, *after])
            self.assertEqual(lost, [BackendUnavailable] * 7)

        self.run_held(main)

    def test_no_answer_in_time(self) -> None:
        async def main() -> None:
            self.hold()
            told = "cannot be reached: No reply came within 0.05 seconds"
            with self.assertRaisesRegex(BackendUnavailable, told):
                await afollow(self.user, self.club)
            self.assertEqual(await outcomes(self.reads(5)), [False] * 5)

        self.run_held(main, timeout=0.05)

    def test_each_reply_has_its_time(self) -> None:
        """Of many commands, which together take longer."""

        async def main() -> None:
            courier = await self.courier(url)
            # A server replies when it has done what came in one piece.
            text = "x" * 50_000
            naps = [("DEBUG", "SLEEP", 0.5), ("ECHO", text)] * 5
            self.assertEqual(await courier.carry(naps), ["OK", text] * 5)

        with self.held("--enable-debug-command", "yes", timeout=2) as url:
            asyncio.run(main())

    def test_a_damaged_reply(self) -> None:
        """The connection is not used again: where would the next reply begin?"""

        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            await self.next_waiting()
            before = self.reads(1)
            damaged = [asyncio.create_task(first_page(get_followers(self.club)))]
            after = self.reads(1)
            await asyncio.sleep(0)
            self.let_go()
            found = await outcomes([*own, *before, *damaged, *after])
            self.assertEqual(
                found, [True, False, UnicodeDecodeError, BackendUnavailable]
            )
            self.assertEqual(await outcomes(self.reads(5)), [False] * 5)

        with self.held():
            keys = Keys(self.store.keyspaces.current().prefix)
            club = Ref("testing.club", str(self.club.pk))
            key = keys.list(List("follow", club, "followers", "testing.person"))
            follow(self.user, self.club)
            self.admin.execute_command("ZADD", key, 1, b"\xff")
            asyncio.run(main())


async def first_page(found: Any) -> list[Any]:
    return [each async for each in found]


async def echo(courier: Courier, text: str) -> str:
    [reply] = await courier.carry([("ECHO", text)])
    return str(reply)


class CancelTests(HeldServer):
    def test_those_who_wait(self) -> None:
        """They are not sent at all."""

        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            await self.next_waiting()
            tasks = self.follows(1, 20)
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.sleep(0)
            self.let_go()
            self.assertEqual(await outcomes(own), [True])
            found = await outcomes(tasks)
            self.assertEqual(found[::2], [asyncio.CancelledError] * 10)
            self.assertEqual(found[1::2], [True] * 9)
            self.assertEqual(await aget_followers_count(self.club), 10)

        self.run_held(main)

    def test_those_who_travel(self) -> None:
        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            first = await self.next_waiting()
            tasks = self.follows(1, 20)
            await asyncio.sleep(0)
            # Its connection is closed, and the others go.
            own[0].cancel()
            await self.next_waiting(first)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.sleep(0)
            self.let_go()
            self.assertEqual(await outcomes(own), [asyncio.CancelledError])
            found = await outcomes(tasks)
            self.assertEqual(found[::2], [asyncio.CancelledError] * 10)
            self.assertEqual(found[1::2], [True] * 9)

        self.run_held(main)

    def test_everybody(self) -> None:
        """The courier's own trip among them. Those who come later are served."""

        async def main() -> None:
            self.hold()
            self.follows(0, 1)
            first = await self.next_waiting()
            self.follows(1, 300)
            await asyncio.sleep(0)
            self.admin.client_kill_filter(_id=first)
            await self.next_waiting(first)
            every = asyncio.all_tasks() - {asyncio.current_task()}
            for task in every:
                task.cancel()
            await asyncio.wait(every)
            self.let_go()
            self.assertEqual(await outcomes(self.reads(5)), [False] * 5)

        self.run_held(main)

    def test_a_trip_that_is_cancelled_leaves_nobody_waiting(self) -> None:
        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            first = await self.next_waiting()
            together = self.follows(1, 1 + MOST_COMMANDS)
            later = self.follows(200, 210)
            await asyncio.sleep(0)
            self.admin.client_kill_filter(_id=first)
            await self.next_waiting(first)
            lines = await self.store.connections.lines_of_loop()
            [courier] = lines.by_address.values()
            assert courier.trip
            courier.trip.cancel()
            lost = await outcomes([*own, *together])
            self.assertEqual(lost, [BackendUnavailable] * (1 + MOST_COMMANDS))
            self.let_go()
            self.assertEqual(await outcomes(later), [True] * 10)

        self.run_held(main)

    def test_the_end_of_the_loop(self) -> None:
        async def main() -> None:
            self.hold()
            self.follows(0, 300)
            await self.next_waiting()

        self.run_held(main)
        self.run_held(main)


class OrderTests(HeldServer):
    def test_calls_arrive_in_the_order_in_which_they_were_made(self) -> None:
        async def main() -> None:
            user, club = self.user, self.club
            every = await asyncio.gather(
                *(
                    call(user, club)
                    for _ in range(100)
                    for call in (afollow, ais_following, aunfollow, ais_following)
                )
            )
            self.assertEqual(every, [True, True, True, False] * 100)

        self.run_held(main)

    def test_nothing_is_sent_twice(self) -> None:
        async def main() -> None:
            self.admin.config_resetstat()
            self.assertEqual(await outcomes(self.reads(500)), [False] * 500)
            self.assertEqual(await outcomes(self.follows(0, 500)), [True] * 500)
            self.assertEqual(self.calls_of("zscore"), 500)
            self.assertEqual(self.calls_of("evalsha"), 500)

        self.run_held(main)

    def test_a_call_by_itself_waits_for_nobody(self) -> None:
        async def main() -> None:
            lines = await self.store.connections.lines_of_loop()
            self.assertIs(await afollow(self.user, self.club), True)
            self.assertIs(await ais_following(self.user, self.club), True)
            [courier] = lines.by_address.values()
            self.assertIsNone(courier.trip)

        self.run_held(main)

    def test_scripts_that_a_server_has_forgotten(self) -> None:
        async def main() -> None:
            self.admin.script_flush()
            self.assertEqual(await outcomes(self.follows(0, 1000)), [True] * 1000)
            self.assertEqual(await aget_followers_count(self.club), 1000)

        self.run_held(main)
        self.assertEqual(audit(self.store), set())


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
        # The first goes by itself.
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
