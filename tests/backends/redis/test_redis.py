"""What only RedisBackend has: servers that fail, and commands to be counted."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest import mock

from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TransactionTestCase, override_settings
from redis import Redis

from sequere.api import (
    aget_followers_count,
    follow,
    follow_many,
    follow_states,
    followings_among,
    friends_among,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_friends_count,
    is_following,
    unfollow,
)
from sequere.backends.redis import RedisBackend, connections
from sequere.backends.redis.keys import Ends
from sequere.backends.redis.routing import Arguments, Parcel
from sequere.backends.redis.writes import SCRIPT_SIZE
from sequere.exceptions import (
    BackendError,
    BackendUnavailable,
    InvalidBackend,
    InvalidCursor,
    NotSupported,
)
from sequere.handler import get_backend
from sequere.signals import followed
from sequere.states import with_follow_state
from sequere.testing.base import NOON
from sequere.testing.models import Club, Person
from sequere.types import FOLLOW, Edge, Pair, Ref
from tests.backends.redis.audit import audit
from tests.backends.redis.servers import IS_CLUSTER, URLS, backend, needs_server
from tests.engines.redis import find_any, server

NOWHERE = "redis://127.0.0.1:1/0"


@contextmanager
def own_server(*settings: str) -> Iterator[str]:
    # Not below pytest's own folder, which the servers' user may not enter.
    with (
        tempfile.TemporaryDirectory(prefix="sequere-") as folder,
        server(Path(folder), find_any(), "--save", "", *settings) as url,
    ):
        yield url


@contextmanager
def at(url: str, **options: Any) -> Iterator[None]:
    """The backend `default` on another server."""
    entry = backend(location=url, cluster=False, **options)
    with override_settings(SEQUERE_BACKENDS={"default": entry}):
        yield


@contextmanager
def recorded() -> Iterator[list[list[Arguments]]]:
    """The commands of each round trip."""
    trips: list[list[Arguments]] = []

    def talk_to_all(clients: Any, parcels: list[Parcel]) -> list[list[Any]]:
        trips.extend(parcel.commands for parcel in parcels)
        return original(clients, parcels)

    original = connections.talk_to_all
    with mock.patch.object(connections, "talk_to_all", talk_to_all):
        yield trips


@needs_server
class RedisCase(TransactionTestCase):
    options: dict[str, Any] = {}

    def setUp(self) -> None:
        settings = override_settings(
            SEQUERE_BACKENDS={"default": backend(**self.options)}
        )
        settings.enable()
        self.addCleanup(settings.disable)
        self.store.clear()
        self.addCleanup(self.store.clear)
        self.user = Person.objects.create(name="user")
        self.club = Club.objects.create()

    @property
    def store(self) -> RedisBackend:
        found = get_backend()
        assert isinstance(found, RedisBackend)
        return found

    def people(self, count: int) -> list[Person]:
        return Person.objects.bulk_create(Person(name=str(n)) for n in range(count))


class RoundTripTests(RedisCase):
    def test_one_command_a_verb(self) -> None:
        if IS_CLUSTER:
            self.skipTest("a cluster has a test of its own")
        people = self.people(300)
        follow_many((person, self.club) for person in people)
        others = [*people, self.club]
        # The first call of a script brings it along.
        follow(self.user, self.club)
        unfollow(self.user, self.club)
        get_followers_counts([self.club])
        list(get_followers(self.club))
        for verb in (
            lambda: follow(self.user, self.club),
            lambda: is_following(self.user, self.club),
            lambda: get_followers_count(self.club),
            lambda: get_followers_count(self.club, Person),
            lambda: list(get_followers(self.club)[:20]),
            lambda: get_followers(self.club).page(20),
            lambda: unfollow(self.user, self.club),
        ):
            with recorded() as trips:
                verb()
            self.assertEqual([len(commands) for commands in trips], [1])
        for batch, commands in (
            (lambda: followings_among(self.user, others), 2),
            (lambda: get_followers_counts(others), 2),
        ):
            with recorded() as trips:
                batch()
            # Of two types, in one round trip.
            self.assertEqual([len(trip) for trip in trips], [commands])

    def test_states_are_one_round_trip(self) -> None:
        """On one server and in a cluster: all lists of the viewer are in one slot."""
        others = [*self.people(1000), Club.objects.create()]
        follow_many((self.user, each) for each in others)
        follow_many((each, self.user) for each in others[::2])
        with recorded() as trips:
            states = follow_states(self.user, others)
            friends = friends_among(self.user, others)
        self.assertEqual(len(trips), 2)
        self.assertEqual(
            [states[each].is_friend for each in others],
            [number % 2 == 0 for number in range(1001)],
        )
        self.assertEqual(friends.keys(), set(others[::2]))

    def test_a_decorated_list_is_two_round_trips(self) -> None:
        if IS_CLUSTER:
            self.skipTest("a cluster counts on each of its servers")
        people = self.people(300)
        get_followers_counts(people)
        for viewer, expected in ((self.user, 2), (None, 1)):
            with recorded() as trips:
                self.assertEqual(len(with_follow_state(viewer, people)), 300)
            self.assertEqual(len(trips), expected)

    def test_three_steps_in_a_cluster(self) -> None:
        if not IS_CLUSTER:
            self.skipTest("on one server a verb is one command")
        follow(self.user, self.club)
        unfollow(self.user, self.club)
        with recorded() as trips:
            follow(self.user, self.club)
        self.assertEqual([len(commands) for commands in trips], [1, 1, 1])
        with recorded() as trips:
            follow(self.user, self.club)
        self.assertEqual(len(trips), 1)
        people = self.people(300)
        # The first call of a script brings it along.
        get_followers_counts(people)
        with recorded() as trips:
            get_followers_counts(people)
        self.assertEqual(len(trips), 3)

    def test_scripts_that_a_server_has_forgotten(self) -> None:
        for address in self.store._run(self.store.router.servers()):
            with Redis.from_url(address) as client:
                client.script_flush()
        with recorded() as trips:
            self.assertIs(follow(self.user, self.club), True)
        # One more for each step.
        self.assertEqual(len(trips), 6 if IS_CLUSTER else 2)
        self.assertEqual(get_followers_count(self.club), 1)

    def test_no_command_is_large(self) -> None:
        """A server serves one command at a time."""
        people = self.people(3 * SCRIPT_SIZE)
        club = Ref("testing.club", str(self.club.pk))
        with recorded() as trips:
            follow_many((person, self.club) for person in people)
            followings_among(self.club, people)
            get_followers_counts(people)
            self.store.forget([club])
        self.assertEqual(get_followers_count(club), 0)
        self.assertEqual(audit(self.store), set())
        largest = max(len(command) for commands in trips for command in commands)
        # Of each edge: two keys and three values.
        self.assertLess(largest, 5 * SCRIPT_SIZE + 10)


class KeyTests(RedisCase):
    def keys(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for address in self.store._run(self.store.router.servers()):
            with Redis.from_url(address, decode_responses=True) as client:
                found |= {str(key): client.type(key) for key in client.scan_iter("*")}
        return found

    def test_clear_leaves_other_prefixes_alone(self) -> None:
        other = RedisBackend("other", **backend(prefix="tests:other")["OPTIONS"])
        other.clear()
        follow(self.user, self.club)
        other.add(self.store.page(FOLLOW, ref(self.club), "followers", limit=1))
        self.store.clear()
        counts = other.counts(FOLLOW, [ref(self.club)], "followers")
        self.assertEqual(counts, {ref(self.club): 1})
        other.clear()
        self.assertEqual(self.keys(), {})

    def test_keys_of_an_edge(self) -> None:
        user, club = ref(self.user), ref(self.club)
        follow(self.user, self.club)
        names = {key.partition("}:")[2] for key in self.keys()}
        self.assertLessEqual(
            {f"follow:{user}>testing.club", f"follow:{club}<testing.person", "types"},
            names,
        )
        self.assertEqual({key[:9] for key in self.keys()}, {"tests:1:{"})

    def test_reads_write_nothing(self) -> None:
        is_following(self.user, self.club)
        get_followers_count(self.club)
        list(get_followers(self.club))
        get_friends_count(self.user)
        self.assertIs(unfollow(self.user, self.club), False)
        list(self.store.verify())
        self.assertEqual(self.keys(), {})

    def test_a_window_larger_than_any_list(self) -> None:
        follow(self.user, self.club)
        self.assertEqual(len(get_followers(self.club)[: sys.maxsize]), 1)
        self.assertEqual(get_followers(self.club)[sys.maxsize - 5 : sys.maxsize], [])
        with self.assertRaises(IndexError):
            get_followers(self.club)[10**17]

    def test_an_unfollow_leaves_no_list(self) -> None:
        follow(self.user, self.club)
        unfollow(self.user, self.club)
        self.assertNotIn(
            "zset", [self.keys()[key] for key in self.keys() if "follow" in key]
        )


class OptionTests(RedisCase):
    def test_wrong_options(self) -> None:
        for option, value in (
            ("location", ""),
            ("location", []),
            ("location", "localhost:6379"),
            ("location", [NOWHERE, 7]),
            ("location", "redis://host:port/0"),
            ("location", "redis://host:6379/0,"),
            ("location", "redis://host:6379/0?socket_timeout=soon"),
            *([("location", "unix:///redis.sock")] if IS_CLUSTER else ()),
            ("prefix", "a{b}"),
            ("prefix", ""),
            ("timeout", "5"),
            ("timeout", -1),
            ("wait_replicas", None),
            ("wait_replicas", 0.5),
            ("wait_timeout", 0),
            ("wait_timeout", 0.0004),
            ("max_connections", 0),
            ("max_connections", 1.5),
            ("client_class", "nowhere.Redis"),
            ("async_client_class", "redis.asyncio.Nothing"),
            ("client_options", {"colour": 1}),
            ("on_commit", "elsewhere"),
        ):
            changed: dict[str, Any] = {option: value}
            entry = backend(**changed)
            with (
                self.subTest(option=option, value=value),
                override_settings(SEQUERE_BACKENDS={"default": entry}),
                self.assertRaisesRegex(InvalidBackend, f"'default'.*'{option}'"),
            ):
                get_backend()
        with (
            override_settings(SEQUERE_BACKENDS={"default": backend(colour=1)}),
            self.assertRaisesRegex(InvalidBackend, "no option 'colour'.*location"),
        ):
            get_backend()

    def test_a_wrong_location_does_not_show_its_password(self) -> None:
        for location in ("http://:secret@host", "redis://me:secret@host:x", ":secret@"):
            with (
                self.subTest(location),
                at(location),
                self.assertRaises(InvalidBackend) as caught,
            ):
                get_backend()
            self.assertNotIn("secret", str(caught.exception))

    def test_several_urls_in_one_text(self) -> None:
        with at(f"{URLS[0]}, {NOWHERE}"):
            seeds = self.store.router.topology.seeds
        self.assertEqual(list(seeds), [URLS[0], NOWHERE])

    def test_nothing_is_connected_before_it_is_needed(self) -> None:
        with at(NOWHERE):
            followers = get_followers(self.club)
            self.assertEqual(run_checks(), [])
            with self.assertRaises(BackendUnavailable):
                followers[0]

    def test_without_the_driver(self) -> None:
        package = "sequere.backends.redis"
        with mock.patch.dict(sys.modules, {"redis": None}):
            for name in [name for name in sys.modules if name.startswith(package)]:
                sys.modules.pop(name)
            with (
                override_settings(SEQUERE_BACKENDS={"default": backend()}),
                self.assertRaisesRegex(InvalidBackend, r"django-sequere\[redis\]"),
            ):
                get_backend()


class LoopTests(RedisCase):
    def test_connections_end_with_their_loop(self) -> None:
        async def count() -> int:
            return await aget_followers_count(self.club)

        with own_server() as url, at(url), Redis.from_url(url) as client:
            before = len(client.client_list())
            for _ in range(3):
                self.assertEqual(asyncio.run(count()), 0)
            self.assertEqual(self.store.connections._by_loop, {})
            deadline = time.monotonic() + 5
            while len(client.client_list()) > before:
                self.assertLess(time.monotonic(), deadline)


class FailureTests(RedisCase):
    def refused(self, error: type[BackendError]) -> BackendError:
        with self.assertRaises(error) as caught:
            follow(self.user, self.club)
        self.assertIn("'default'", str(caught.exception))
        self.assertIsNotNone(caught.exception.__cause__)
        return caught.exception

    def test_no_server(self) -> None:
        with at(NOWHERE):
            self.assertIn("127.0.0.1:1", str(self.refused(BackendUnavailable)))
        with at(NOWHERE), self.assertRaises(ConnectionError):
            is_following(self.user, self.club)
        with override_settings(
            SEQUERE_BACKENDS={"default": backend(location=NOWHERE, cluster=True)}
        ):
            self.refused(BackendUnavailable)

    def test_a_cluster_that_is_not_called_one(self) -> None:
        if not IS_CLUSTER:
            self.skipTest("needs a cluster")
        with at(URLS[0]), self.assertRaisesRegex(BackendError, "'cluster'"):
            for person in self.people(20):
                is_following(person, self.club)

    def test_a_wrong_password(self) -> None:
        with own_server("--requirepass", "right") as url:
            with at(url.replace("//", "//:wrong@")):
                error = self.refused(BackendError)
                self.assertNotIsInstance(error, BackendUnavailable)
                self.assertNotIn("wrong@", str(error))
            with at(url):
                self.assertIn("refused", str(self.refused(BackendError)))
            with at(url.replace("//", "//:right@")):
                self.assertIs(follow(self.user, self.club), True)

    def test_a_replica_can_be_read_only(self) -> None:
        with (
            own_server("--repl-diskless-sync-delay", "0") as primary,
            own_server(*replica_of(primary)) as replica,
        ):
            with at(primary, wait_replicas=1, wait_timeout=4):
                self.assertIs(follow(self.user, self.club), True)
            with at(replica):
                self.assertIn("read only", str(self.refused(BackendError)))
                self.assertIs(is_following(self.user, self.club), True)
                self.assertEqual(
                    [each for each, _ in get_followers(self.club)], [self.user]
                )
            with at(f"{primary},{replica}", wait_replicas=1):
                self.assertIs(unfollow(self.user, self.club), True)
                self.assertEqual(get_followers_count(self.club), 0)
                with Redis.from_url(replica) as client:
                    counted = client.info("commandstats")["cmdstat_zcard"]["calls"]
                self.assertGreater(counted, 0)

    def test_writes_do_not_depend_on_a_replica_that_lags(self) -> None:
        with own_server() as primary, own_server() as lagging:
            with at(f"{primary},{lagging}"):
                follow(self.user, self.club)
                self.assertEqual(sum(step.edges for step in self.store.verify()), 2)
                self.store.forget([ref(self.user)])
                self.assertEqual(audit(self.store), set())
                follow(self.user, self.club)
            with (
                at(f"{primary},{lagging}", on_commit="default"),
                transaction.atomic(),
            ):
                self.assertIs(unfollow(self.user, self.club), True)
            with at(primary):
                self.assertIs(is_following(self.user, self.club), False)

    def test_no_replica_to_wait_for(self) -> None:
        with (
            own_server() as url,
            at(url, wait_replicas=1, wait_timeout=0.01),
            self.assertRaisesRegex(BackendError, "0 of 1 replicas"),
        ):
            follow(self.user, self.club)

    def test_a_server_out_of_memory(self) -> None:
        with own_server("--maxmemory-policy", "noeviction") as url, at(url):
            other = Club.objects.create()
            follow(self.user, other)
            with Redis.from_url(url) as client:
                client.config_set("maxmemory", 1)
                self.assertIn("maxmemory", str(self.refused(BackendError)))
                self.assertEqual(audit(self.store), set())
                self.assertIs(is_following(self.user, self.club), False)
                # What makes room is allowed.
                self.assertIs(unfollow(self.user, other), True)

    def test_a_server_that_is_restarted(self) -> None:
        with tempfile.TemporaryDirectory(prefix="sequere-") as folder:
            settings = ("--appendonly", "yes")
            with server(Path(folder), find_any(), *settings) as url, at(url):
                follow(self.user, self.club)
            with at(url):
                self.refused(BackendUnavailable)
            with server(Path(folder), find_any(), *settings) as again, at(again):
                self.assertEqual(again, url)
                self.assertIs(follow(self.user, self.club), False)
                self.assertEqual(get_followers_count(self.club), 1)


class CheckTests(RedisCase):
    def ids(self) -> list[str | None]:
        return [each.id for each in run_checks(databases=["default"])]

    def test_a_server_that_drops_keys(self) -> None:
        with own_server() as url, at(url), Redis.from_url(url) as client:
            self.assertEqual(self.ids(), [])
            client.config_set("maxmemory-policy", "volatile-lru")
            self.assertEqual(self.ids(), [])
            client.config_set("maxmemory-policy", "allkeys-lru")
            self.assertEqual(self.ids(), ["sequere.W005"])

    def test_no_server(self) -> None:
        with at(NOWHERE):
            self.assertEqual(self.ids(), ["sequere.W007"])
            self.assertEqual(run_checks(), [])

    def test_an_old_server(self) -> None:
        from sequere.backends.redis.checks import check_info

        info = {"redis_version": "6.2.14", "maxmemory_policy": "noeviction"}
        [message] = check_info("Backend 'default': host:6379", info)
        self.assertEqual(message.id, "sequere.E006")
        self.assertIn("host:6379 is Redis 6.2.14", message.msg)


class TransactionTests(RedisCase):
    """Without `on_commit`: a write is final at once."""

    def test_a_rollback_changes_nothing(self) -> None:
        with self.assertRaises(RuntimeError), transaction.atomic():
            follow(self.user, self.club)
            self.assertIs(is_following(self.user, self.club), True)
            raise RuntimeError
        self.assertIs(is_following(self.user, self.club), True)


class OnCommitTests(RedisCase):
    options = {"on_commit": "default"}

    def test_a_rollback_drops_the_write(self) -> None:
        other = Club.objects.create()
        self.assertIs(follow(self.user, other), True)
        with self.assertRaises(RuntimeError), transaction.atomic():
            self.assertIs(follow(self.user, self.club), True)
            self.assertIs(unfollow(self.user, other), True)
            raise RuntimeError
        self.assertIs(is_following(self.user, self.club), False)
        self.assertIs(is_following(self.user, other), True)

    def test_the_commit_writes(self) -> None:
        heard: list[Any] = []

        def hear(edge: Any, **kwargs: Any) -> None:
            heard.append(edge)

        followed.connect(hear)
        self.addCleanup(followed.disconnect, hear)
        with transaction.atomic():
            self.assertIs(follow(self.user, self.club), True)
            # It cannot be seen before.
            self.assertIs(is_following(self.user, self.club), False)
            self.assertEqual(heard, [])
        self.assertIs(is_following(self.user, self.club), True)
        self.assertEqual(len(heard), 1)
        with transaction.atomic():
            self.assertIs(follow(self.user, self.club), False)
            self.assertIs(unfollow(self.user, self.club), True)
        self.assertIs(is_following(self.user, self.club), False)

    def test_the_last_write_of_a_pair_is_what_stays(self) -> None:
        other = Club.objects.create()
        follow(self.user, other)
        with transaction.atomic():
            follow(self.user, self.club)
            unfollow(self.user, self.club)
            unfollow(self.user, other)
            follow(self.user, other)
        self.assertIs(is_following(self.user, self.club), False)
        self.assertIs(is_following(self.user, other), True)


class RepairTests(RedisCase):
    def setUp(self) -> None:
        super().setUp()
        self.people_ = self.people(30)
        follow_many((person, self.club, NOON) for person in self.people_)

    def damage(self, *command: str | int, of: Any) -> None:
        from sequere.backends.redis.keys import bucket_of
        from sequere.backends.redis.routing import Command

        commands = [Command(bucket_of(ref(of)), command)]
        self.store._run(self.store.router.deliver(commands, write=True))

    def sides(self, person: Person) -> tuple[str, str]:
        ends = Ends(FOLLOW, ref(person), ref(self.club))
        keys = self.store.keys
        return keys.list(ends.forward[0]), keys.list(ends.reverse[0])

    def test_each_kind_of_damage(self) -> None:
        a, b, c, *_ = self.people_
        self.damage("ZREM", self.sides(a)[0], self.club.pk, of=a)
        self.damage("ZREM", self.sides(b)[1], b.pk, of=self.club)
        self.damage("ZADD", self.sides(c)[1], 7, c.pk, of=self.club)
        types = f"{self.sides(a)[1].partition('}:')[0]}}}:types"
        # Others may share the bucket.
        kind = Ends(FOLLOW, ref(a), ref(self.club)).reverse[0].kind
        self.damage("SREM", types, kind, of=self.club)
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

    def test_what_is_being_written_is_no_problem(self) -> None:
        stopped = Event()
        store, pair = self.store, Pair(ref(self.user), ref(self.club))

        def write() -> None:
            while not stopped.is_set():
                store.add([Edge(FOLLOW, *pair, datetime.now(UTC))])
                store.remove(FOLLOW, [pair])

        writer = Thread(target=write)
        writer.start()
        try:
            for _ in range(100):
                self.assertEqual(problems_in(store.verify()), [])
        finally:
            stopped.set()
            writer.join()

    def test_a_clock_that_was_ahead_and_is_lost(self) -> None:
        """A failover to a server with another clock can do that."""
        if not IS_CLUSTER:
            self.skipTest("on one server there are no versions")
        from sequere.backends.redis.keys import bucket_of

        bucket = bucket_of(ref(self.user))
        clock = self.store.keys.shared(bucket, "clock")
        ahead = int((time.time() + 3600) * 1_000_000)
        self.damage("SET", clock, ahead, of=self.user)
        follow(self.user, self.club)
        self.damage("DEL", clock, of=self.user)
        self.assertIs(unfollow(self.user, self.club), True)
        self.assertEqual(get_followers_count(self.club), 30)
        self.assertEqual(problems_in(self.store.verify()), [])

    def test_forget_what_has_one_side_only(self) -> None:
        a, b, *_ = self.people_
        self.damage("ZREM", self.sides(a)[0], self.club.pk, of=a)
        self.damage("ZREM", self.sides(b)[1], b.pk, of=self.club)
        self.store.forget([ref(self.club), ref(b)])
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
        # Not step by step: a server that resizes its table shows keys twice.
        self.assertEqual(set(problems_in(again)), set(problems_in(steps)))
        self.assertEqual(len(set(problems_in(steps))), 1)
        # Both sides of 30 edges, of which one side is lost.
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
            self.assertLess(max(step.edges for step in steps), 300)
            self.assertGreaterEqual(sum(step.edges for step in steps), 2 * 630)
            rest = self.store.verify(resume=steps[len(steps) // 2].resume)
            self.assertGreater(sum(step.edges for step in rest), 0)

    def test_no_resume_after_a_restart(self) -> None:
        """The server scans in another order then."""
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
                with self.assertRaisesRegex(InvalidCursor, "Begin again"):
                    list(self.store.verify(resume=resume[0]))

    def test_the_command(self) -> None:
        self.assertIn("30 edges compared, 0 problems found.", self.call())
        person = self.people_[0]
        self.damage("ZREM", self.sides(person)[1], person.pk, of=self.club)
        with self.assertRaisesMessage(
            CommandError, "1 problems. Mend them with --repair."
        ):
            self.call()
        output = self.call("--repair")
        self.assertIn(f"{ref(person)} -> {ref(self.club)} (follow): among the", output)
        self.assertIn("1 problems mended", output)
        self.assertIn("0 problems found", self.call())
        with self.assertRaisesMessage(CommandError, "'9'"):
            self.call("--resume", "9")

    def test_the_command_rests_between_steps(self) -> None:
        command = "sequere.management.commands.sequere_verify.time.sleep"
        with (
            mock.patch("sequere.backends.redis.repair.SCAN_SIZE", 1),
            mock.patch(command) as sleep,
        ):
            self.call("--pause", "0.5", "--verbosity", "0")
        self.assertGreater(sleep.call_count, 3)
        sleep.assert_called_with(0.5)

    def test_the_command_on_other_backends(self) -> None:
        simple = {"BACKEND": "sequere.backends.simple.SimpleBackend"}
        with override_settings(SEQUERE_BACKENDS={"default": simple}):
            with self.assertRaises(NotSupported):
                get_backend().verify()
            with self.assertRaisesMessage(CommandError, "SimpleBackend"):
                self.call()
        with self.assertRaisesMessage(CommandError, "'nowhere'"):
            self.call("--using", "nowhere")

    def call(self, *arguments: str) -> str:
        output = StringIO()
        call_command("sequere_verify", *arguments, stdout=output, stderr=StringIO())
        return output.getvalue()


def problems_in(steps: Any) -> list[Any]:
    return [problem for step in steps for problem in step.problems]


def ref(instance: Any) -> Ref:
    name = "person" if isinstance(instance, Person) else "club"
    return Ref(f"testing.{name}", str(instance.pk))


def replica_of(url: str) -> tuple[str, ...]:
    port = url.rpartition(":")[2].partition("/")[0]
    return "--replicaof", "127.0.0.1", port
