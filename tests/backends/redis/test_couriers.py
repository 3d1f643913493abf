"""Calls travel together, but no call is sent twice, or fails because of another."""

from __future__ import annotations

import asyncio
from typing import Any

from sequere.api import (
    afollow,
    aget_followers_count,
    ais_following,
    aunfollow,
    follow,
)
from sequere.backends.redis.couriers import MOST_COMMANDS
from sequere.backends.redis.keys import Keys, List
from sequere.exceptions import BackendUnavailable
from sequere.models import get_followers
from sequere.types import Ref
from tests.backends.redis.audit import audit
from tests.backends.redis.held import HeldServer, outcomes


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
            # Nothing was sent again; otherwise the other follows would be stored too.
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
        """The timeout is for each reply, so many commands together may take longer."""

        async def main() -> None:
            courier = await self.courier(url)
            # A server replies only after it has carried out all commands of one packet.
            text = "x" * 50_000
            naps = [("DEBUG", "SLEEP", 0.5), ("ECHO", text)] * 5
            self.assertEqual(await courier.carry(naps), ["OK", text] * 5)

        with self.held("--enable-debug-command", "yes", timeout=2) as url:
            asyncio.run(main())

    def test_a_damaged_reply(self) -> None:
        """The connection is closed, because the next reply could begin anywhere."""

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


class CancelTests(HeldServer):
    def test_those_who_wait(self) -> None:
        """Cancelled calls that still wait are not sent."""

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
            # The connection of the cancelled call is closed, and the others are sent.
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
        """All calls are cancelled, with the courier's own round trip. Later calls are
        served.
        """

        async def main() -> None:
            self.hold()
            own = self.follows(0, 1)
            first = await self.next_waiting()
            self.follows(1, 300)
            await asyncio.sleep(0)
            self.admin.client_kill_filter(_id=first)
            await self.next_waiting(first)
            every = asyncio.all_tasks() - {asyncio.current_task()}
            for task in every:
                task.cancel()
            await asyncio.wait(every)
            self.assertEqual(await outcomes(own), [BackendUnavailable])
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
