"""verify() finds problems, and repair() corrects them."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command

from sequere.api import (
    archive,
    follow,
    follow_many,
    followings_among,
    get_followers,
    get_followers_count,
    get_followings,
    is_following,
    unfollow,
)
from sequere.backends.redis.cluster_writes import ClusterWrites
from sequere.backends.redis.keys import Ends, bucket_of
from sequere.backends.redis.protocol import Command
from sequere.exceptions import (
    BackendError,
    InvalidCursor,
)
from sequere.questions import Add, Archive, Forget, Remove, Restore, Scan
from sequere.relations import FOLLOW
from sequere.testing.base import NOON
from sequere.testing.models import Person
from sequere.types import Edge, Pair
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import (
    RedisCase,
    at,
    ref,
)
from tests.backends.redis.servers import IS_CLUSTER
from tests.engines.redis import find_any, server
from tests.problems import problems_in


class RepairTests(RedisCase):
    def setUp(self) -> None:
        super().setUp()
        self.people_ = self.people(30)
        follow_many((person, self.club, NOON) for person in self.people_)

    def damage(self, *command: str | int, of: Any) -> None:
        commands = [Command(bucket_of(ref(of)), command)]
        self.store._run(self.store.router.deliver(commands, write=True))

    def sides(self, person: Person, state: int = 0) -> tuple[str, str]:
        ends = Ends(FOLLOW.name, ref(person), ref(self.club))
        forward, reverse = ends.forward[0], ends.reverse[0]
        keys = self.store.keys
        return (
            keys.list(forward._replace(state=state)),
            keys.list(reverse._replace(state=state)),
        )

    def test_each_kind_of_damage(self) -> None:
        a, b, c, *_ = self.people_
        self.damage("ZREM", self.sides(a)[0], self.club.pk, of=a)
        self.damage("ZREM", self.sides(b)[1], b.pk, of=self.club)
        self.damage("ZADD", self.sides(c)[1], 7, c.pk, of=self.club)
        types = f"{self.sides(a)[1].partition('}:')[0]}}}:types"
        # The bucket may have keys of other tests.
        list_type = Ends(FOLLOW.name, ref(a), ref(self.club)).reverse[0].type
        self.damage("SREM", types, list_type, of=self.club)
        self.assertEqual(get_followers_count(self.club), 0)
        problems = problems_in(self.store.verify())
        self.assertEqual(len({each.where for each in problems}), 4)
        self.assertEqual(problems_in(self.store.verify()), problems)
        self.assertGreater(len(problems_in(self.store.repair())), 3)
        self.assertEqual(problems_in(self.store.verify()), [])
        self.assertEqual(audit(self.store), set())
        # The side of the source is the truth.
        self.assertIs(is_following(a, self.club), False)
        self.assertEqual(get_followers_count(self.club), 29)
        self.assertEqual({when for _, when in get_followers(self.club)}, {NOON})

    def test_damage_to_states(self) -> None:
        a, b, c, d, e, f, *_ = self.people_
        for person in (a, b, c, d):
            archive(person)
        level = self.edge(f)._replace(level=3)
        self.store.ask(Remove(FOLLOW.name, [Pair(*level[1:3])]))
        self.store.ask(Add([level]))
        self.damage("ZREM", self.sides(a, 2)[0], self.club.pk, of=a)
        self.damage("ZREM", self.sides(b, 2)[1], b.pk, of=self.club)
        self.damage("ZREM", self.sides(c, 2)[1], c.pk, of=self.club)
        self.damage("ZADD", self.sides(c, 6)[1], 5, c.pk, of=self.club)
        self.damage("ZADD", self.sides(d)[0], 9, self.club.pk, of=d)
        self.damage("ZADD", self.sides(e, 4)[0], 5, self.club.pk, of=e)
        self.damage("ZADD", self.sides(e, 4)[1], 5, e.pk, of=self.club)
        self.damage("ZREM", self.sides(f)[0], self.club.pk, of=f)
        self.damage("ZREM", self.sides(f)[1], f.pk, of=self.club)
        problems = problems_in(self.store.verify())
        edges = {str(Ends(*self.edge(each)[:3])) for each in (a, b, c, d, e, f)}
        self.assertLessEqual(edges, {each.where for each in problems})
        self.assertEqual({each.by_hand for each in problems}, {False})
        self.assertEqual(audit(self.store) & edges, edges)
        list(self.store.repair())
        self.assertEqual(problems_in(self.store.verify()), [])
        self.assertEqual(audit(self.store), set())
        # The side of the source wins, and an archived edge stays archived.
        edges_there, _ = self.store.ask(Scan(limit=1000))
        states = {edge.source: edge.state for edge in edges_there}
        found = [states.get(ref(each)) for each in (a, b, c, d, e, f)]
        self.assertEqual(found, [None, 2, 2, 2, 4, None])

    def test_scores_that_are_no_times(self) -> None:
        a, b, c, *_ = self.people_
        for person, score in ((a, "7.5"), (b, "inf"), (c, "-1e300")):
            for key, member, of in (
                (self.sides(person)[0], self.club.pk, person),
                (self.sides(person)[1], person.pk, self.club),
            ):
                self.damage("ZADD", key, score, member, of=of)
            for read in (
                lambda person=person: list(get_followings(person)),
                lambda person=person: followings_among(person, [self.club]),
                lambda: list(get_followers(self.club)),
                lambda: self.store.ask(Scan(limit=1000)),
            ):
                with self.assertRaisesRegex(BackendError, "'default'.* --repair"):
                    read()
        found = problems_in(self.store.verify())
        # The scan of all edges stops at such a score.
        self.assertEqual([each.where for each in found if each.by_hand], ["default"])
        self.assertEqual(len({each.where for each in found}), 3 + 1)
        list(self.store.repair())
        self.assertEqual(problems_in(self.store.verify()), [])
        self.assertEqual(len(list(get_followers(self.club))), 30)
        self.assertIs(unfollow(a, self.club), True)

    def test_another_type_at_a_key(self) -> None:
        a, b, *_ = self.people_
        person = Person.objects.create(name="person")
        forward, reverse = self.sides(a), self.sides(person)
        # All edges are in the list of the club.
        for key, of in ((forward[0], a), (reverse[1], self.club)):
            self.damage("SET", key, "text", of=of)
        self.damage("SET", self.sides(person, 2)[0], "text", of=person)
        calls = (follow, person), (follow, a), (unfollow, a), (unfollow, b)
        for verb, each in calls:
            before = self.types_of_lists(each)
            with self.assertRaisesRegex(BackendError, "WRONGTYPE"):
                verb(each, self.club)
            # In a cluster, a put writes the side of the source and an intent.
            if not IS_CLUSTER:
                self.assertEqual(self.types_of_lists(each), before)
        for steps in (self.store.verify(), self.store.repair()):
            found = {each.where for each in problems_in(steps) if each.by_hand}
            self.assertLessEqual({forward[0], reverse[1]}, found)
        with self.assertRaisesMessage(CommandError, "by hand"):
            self.call("--repair")
        for key, of in ((forward[0], a), (reverse[1], self.club)):
            self.damage("DEL", key, of=of)
        self.damage("DEL", self.sides(person, 2)[0], of=person)
        list(self.store.repair())
        self.assertEqual(problems_in(self.store.verify()), [])
        self.assertEqual(audit(self.store), set())

    def types_of_lists(self, person: Person) -> list[str]:
        found: list[str] = []
        for state in range(8):
            key = self.sides(person, state)[0]
            command = Command(bucket_of(ref(person)), ("TYPE", key))
            found += self.store._run(self.store.router.deliver([command]))
        return found

    def edge(self, person: Person) -> Edge:
        return Edge(FOLLOW.name, ref(person), ref(self.club), NOON)

    def test_what_is_being_written_is_no_problem(self) -> None:
        stopped = Event()
        store, pair = self.store, Pair(ref(self.user), ref(self.club))

        def write() -> None:
            while not stopped.is_set():
                store.ask(Add([Edge(FOLLOW.name, *pair, datetime.now(UTC), level=2)]))
                store.ask(Archive(FOLLOW.name, pair.source))
                store.ask(Archive(FOLLOW.name, pair.target))
                store.ask(Restore(FOLLOW.name, pair.source))
                store.ask(Restore(FOLLOW.name, pair.target))
                store.ask(Remove(FOLLOW.name, [pair]))

        writer = Thread(target=write)
        writer.start()
        try:
            for _ in range(100):
                self.assertEqual(problems_in(store.verify()), [])
        finally:
            stopped.set()
            writer.join()

    def test_a_clock_that_was_ahead_and_is_lost(self) -> None:
        """A failover to a server with a slow clock can cause this."""
        if not IS_CLUSTER:
            self.skipTest("on one server there are no versions")
        bucket = bucket_of(ref(self.user))
        clock = self.store.keys.shared(bucket, "clock")
        ahead = int((time.time() + 3600) * 1_000_000)
        self.damage("SET", clock, ahead, of=self.user)
        follow(self.user, self.club)
        self.damage("DEL", clock, of=self.user)
        self.assertIs(unfollow(self.user, self.club), True)
        self.assertEqual(get_followers_count(self.club), 30)
        self.assertEqual(problems_in(self.store.verify()), [])

    def test_a_repeated_write_finishes_one_that_died(self) -> None:
        if not IS_CLUSTER:
            self.skipTest("on one server a write is done or not begun")
        star = self.people_[0]
        for verb, before, after in ((follow, 0, 1), (unfollow, 1, 0)):
            with (
                mock.patch.object(ClusterWrites, "_mirror", side_effect=SystemExit),
                self.assertRaises(SystemExit),
            ):
                verb(self.user, star)
            self.assertNotEqual(audit(self.store), set())
            self.assertEqual(get_followers_count(star), before)
            self.assertIs(verb(self.user, star), False)
            self.assertEqual(get_followers_count(star), after)
            self.assertEqual(audit(self.store), set())

    def test_forget_what_has_one_side_only(self) -> None:
        a, b, *_ = self.people_
        self.damage("ZREM", self.sides(a)[0], self.club.pk, of=a)
        self.damage("ZREM", self.sides(b)[1], b.pk, of=self.club)
        self.store.ask(Forget([ref(self.club), ref(b)]))
        self.assertEqual(audit(self.store), set())
        self.assertEqual(get_followers_count(ref(self.club)), 0)

    def test_resume(self) -> None:
        self.damage(
            "ZREM", self.sides(self.people_[0])[1], self.people_[0].pk, of=self.club
        )
        with mock.patch("sequere.backends.redis.repair.SCAN_SIZE", 1):
            steps = list(self.store.verify())
            self.assertGreater(len(steps), 3)
            again = [*steps[:2], *self.store.verify(resume=steps[1].resume)]
            last = list(self.store.verify(resume=steps[-2].resume))
        # The steps may differ: a server that resizes its table shows keys twice.
        self.assertEqual(set(problems_in(again)), set(problems_in(steps)))
        self.assertEqual(len(set(problems_in(steps))), 1)
        # Thirty edges have two sides each, and one side is lost.
        self.assertGreaterEqual(sum(step.edges for step in again), 59)
        self.assertLess(len(last), len(steps))
        self.assertIsNone(steps[-1].resume)
        for token in ("", "x", "9-0", "-1-0"):
            with self.assertRaises(InvalidCursor):
                list(self.store.verify(resume=token))

    def test_a_long_list_is_many_steps(self) -> None:
        follow_many((person, self.club) for person in self.people(600))
        with mock.patch("sequere.backends.redis.repair.SCAN_SIZE", 50):
            steps = list(self.store.verify())
            sides = [step.edges for step in steps if step.part == "store"]
            self.assertLess(max(sides), 300)
            self.assertGreaterEqual(sum(sides), 2 * 630)
            rest = self.store.verify(resume=steps[len(steps) // 2].resume)
            self.assertGreater(sum(step.edges for step in rest), 0)

    def test_no_resume_after_a_restart(self) -> None:
        """After a restart the server scans in another order."""
        resume: list[str | None] = []
        with (
            tempfile.TemporaryDirectory(prefix="sequere-") as folder,
            mock.patch("sequere.backends.redis.repair.SCAN_SIZE", 1),
        ):
            settings = Path(folder), find_any(), "--appendonly", "yes"
            with server(*settings) as url, at(url):
                follow_many((person, self.club) for person in self.people_)
                resume += [step.resume for step in self.store.verify()]
            with server(*settings) as url, at(url):
                self.assertEqual(problems_in(self.store.verify()), [])
                with self.assertRaisesRegex(InvalidCursor, "Begin a new scan"):
                    list(self.store.verify(resume=resume[0]))

    def test_the_command(self) -> None:
        self.assertIn("30 edges looked at, 0 problems found", self.call())
        person = self.people_[0]
        self.damage("ZREM", self.sides(person)[1], person.pk, of=self.club)
        with self.assertRaisesMessage(
            CommandError, "1 problems. Mend them with --repair."
        ):
            self.call()
        output = self.call("--repair")
        self.assertIn(
            f"{ref(person)} -> {ref(self.club)} (follow): in the list", output
        )
        self.assertIn("1 problems found, 1 mended.", output)
        self.assertIn("0 problems found", self.call())
        with self.assertRaisesMessage(CommandError, "'9'"):
            self.call("--resume", "9")

    def test_the_command_rests_between_steps(self) -> None:
        command = "sequere.management.progress.time.sleep"
        with (
            mock.patch("sequere.backends.redis.repair.SCAN_SIZE", 1),
            mock.patch(command) as sleep,
        ):
            self.call("--pause", "0.5", "--verbosity", "0")
        self.assertGreater(sleep.call_count, 3)
        sleep.assert_called_with(0.5)

    def call(self, *arguments: str) -> str:
        output = StringIO()
        call_command("sequere_verify", *arguments, stdout=output, stderr=StringIO())
        return output.getvalue()
