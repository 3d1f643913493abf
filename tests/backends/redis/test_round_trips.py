"""The commands of each verb, and the keys that they leave."""

from __future__ import annotations

import sys
import time
from typing import Any
from unittest import mock

from redis import Redis

from sequere.api import (
    follow,
    follow_many,
    follow_states,
    followings_among,
    friends_among,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings_count,
    get_friends_count,
    is_following,
    unfollow,
)
from sequere.backends.redis import RedisBackend
from sequere.backends.redis.batches import SCRIPT_SIZE
from sequere.backends.redis.keys import Ends
from sequere.backends.redis.protocol import Command
from sequere.backends.redis.reads import BATCH_SIZE
from sequere.questions import Add, Counts, Forget, PageOf
from sequere.relations import FOLLOW
from sequere.states import with_follow_state
from sequere.testing.base import NOON
from sequere.testing.models import Club, Person
from sequere.types import Edge, Ref, Window
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import (
    RedisCase,
    recorded,
    ref,
)
from tests.backends.redis.servers import IS_CLUSTER, backend

FENCES = "sequere.backends.redis.cluster_writes.FENCE_MILLISECONDS"


class RoundTripTests(RedisCase):
    def test_one_command_a_verb(self) -> None:
        if IS_CLUSTER:
            self.skipTest("a cluster has a test of its own")
        people = self.people(300)
        follow_many((person, self.club) for person in people)
        others = [*people, self.club]
        # The first call of a script loads it, which takes one more round trip.
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
            # The edges have two types, and are read in one round trip.
            self.assertEqual([len(trip) for trip in trips], [commands])

    def test_a_count_of_one_model_needs_no_script(self) -> None:
        people = self.people(3)
        follow_many((person, self.club) for person in people)
        follow_many((self.club, each) for each in (*people, Club.objects.create()))
        with recorded() as trips:
            self.assertEqual(get_followers_count(self.club, Person), 3)
            self.assertEqual(get_followings_count(self.club, Club), 1)
            since = get_followers(self.club, Person).since(NOON)
            self.assertEqual(len(since), 3)
            self.assertEqual(len(since.until(NOON)), 0)
        names = [name for commands in trips for name, *_ in commands]
        self.assertEqual(names, ["ZCARD", "ZCARD", "ZCOUNT", "ZCOUNT"])

    def test_states_are_one_round_trip(self) -> None:
        """All lists of the viewer are in one slot, so this also holds in a cluster."""
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
        # The first call of a script loads it, which takes one more round trip.
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
        # Each step of the write adds one round trip.
        self.assertEqual(len(trips), 6 if IS_CLUSTER else 2)
        self.assertEqual(get_followers_count(self.club), 1)

    def test_no_command_is_large(self) -> None:
        """A server carries out one command at a time."""
        people = self.people(3 * SCRIPT_SIZE)
        club = Ref("testing.club", str(self.club.pk))
        with recorded() as trips:
            follow_many((person, self.club) for person in people)
            followings_among(self.club, people)
            get_followers_counts(people)
            self.store.ask(Forget([club]))
        self.assertEqual(get_followers_count(club), 0)
        self.assertEqual(audit(self.store), set())
        largest = max(len(command) for commands in trips for command in commands)
        # Each edge has two keys, and each counted resource has two.
        self.assertLess(largest, 2 * max(SCRIPT_SIZE, BATCH_SIZE) + 10)


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
        page = PageOf(FOLLOW.name, ref(self.club), "followers", Window(1))
        other.ask(Add(self.store.ask(page)))
        self.store.clear()
        counts = other.ask(Counts(FOLLOW.name, [ref(self.club)], "followers"))
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
        root = self.store.keys.root
        self.assertEqual({key[: len(root)] for key in self.keys()}, {root})

    def test_names_of_edges(self) -> None:
        texts = "5", "", "é", "1:5", "8>club:5", "a<b:1:", "two\nlines", "{x}:"
        for source in texts:
            for target in texts:
                ends = Ends(FOLLOW.name, Ref("user", source), Ref("club", target))
                self.assertEqual(Ends.named(ends.name), ends)
        with self.assertRaises(ValueError):
            Ends.named("1:5:follow")

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

    def test_keys_of_a_state_and_of_a_level(self) -> None:
        user, club = ref(self.user), ref(self.club)
        self.store.ask(Add([Edge(FOLLOW.name, user, club, NOON, state=6, level=3)]))
        names = {key.partition("}:")[2] for key in self.keys()}
        self.assertLessEqual(
            {
                f"follow~6:{user}>testing.club",
                f"follow~6:{club}<testing.person",
                f"follow~level:{user}>testing.club",
            },
            names,
        )

    def test_nothing_names_what_was_forgotten(self) -> None:
        person = Ref("testing.person", "a-secret-name")
        for state in range(8):
            club = Ref("testing.club", str(state))
            edge = Edge(FOLLOW.name, person, club, NOON, state=state, level=state)
            self.store.ask(Add([edge, edge._replace(source=club, target=person)]))
        with mock.patch(FENCES, 1):
            self.store.ask(Forget([person]))
            names = [Ref("testing.club", str(state)) for state in range(8)]
            deadline = time.monotonic() + 60
            while found := self.named("a-secret-name"):
                assert time.monotonic() < deadline, found
                # Fences from before the patch last longer.
                self.expire_fences()
                time.sleep(0.01)
        self.assertEqual(audit(self.store), set())
        # The forgotten resource can get edges again.
        edges = [Edge(FOLLOW.name, person, club, NOON) for club in names]
        self.assertEqual(len(self.store.ask(Add(edges))), 8)
        self.assertEqual(audit(self.store), set())

    def named(self, text: str) -> list[str]:
        """Return the keys that have `text` in their names or values."""
        found = []
        for address in self.store._run(self.store.router.servers()):
            with Redis.from_url(address, decode_responses=True) as client:
                read: dict[str, Any] = {
                    "zset": lambda key, client=client: client.zrange(key, 0, -1),
                    "hash": client.hgetall,
                    "set": client.smembers,
                    "string": client.get,
                    "none": str,
                }
                for key in client.scan_iter(self.store.keys.pattern):
                    if text in key or text in str(read[client.type(key)](key)):
                        found.append(str(key))
        return found

    def expire_fences(self) -> None:
        """Let all fences expire, as if ten seconds had passed."""
        for key in self.keys():
            if key.endswith(":fences"):
                bucket = key.partition("{")[2].partition("}")[0]
                for arguments in (("PTTL", key), ("PEXPIRE", key, 1)):
                    command = Command(bucket, arguments)
                    [reply] = self.store._run(self.store.router.deliver([command]))
                    self.assertIn(reply, range(-2, 10_001))
                    self.assertNotEqual(reply, -1)

    def test_an_unfollow_leaves_no_list(self) -> None:
        follow(self.user, self.club)
        unfollow(self.user, self.club)
        self.assertNotIn(
            "zset", [self.keys()[key] for key in self.keys() if "follow" in key]
        )
