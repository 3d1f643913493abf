"""The side that answers a read, and the trust in a mirror that has failed."""

from __future__ import annotations

import os
import signal
import tempfile
from unittest import mock

from django.db import transaction
from django.test import override_settings
from redis import Redis

from sequere.api import (
    archive,
    block,
    follow,
    follow_many,
    get_followers,
    get_followers_count,
    is_following,
    set_level,
    unfollow,
)
from sequere.backends.mirror import keeping, own
from sequere.backends.mirror.keeping import keep
from sequere.backends.mirror.marks import NotReady
from sequere.backends.mirror.own import Trust
from sequere.backends.mirror.redis_mirror import RedisMirror
from sequere.questions import Add, Archive, Block, Remove, SetLevel
from sequere.registration import registry
from sequere.relations import BLOCK
from sequere.testing.base import NOON
from sequere.testing.models import Person
from sequere.types import Edge, Pair
from tests.backends.mirror.cases import (
    MirrorCase,
    aliases,
    needs_one_server,
    redis_server,
    start,
)


class ReadTests(MirrorCase):
    def setUp(self) -> None:
        super().setUp()
        # A lease does not end while a busy machine runs a test.
        patched = mock.patch.object(keeping, "LEASE_SECONDS", 3600)
        patched.start()
        self.addCleanup(patched.stop)

    def answered(self) -> bool:
        """Did the mirror answer a read?"""
        with mock.patch.object(
            RedisMirror, "_checked", autospec=True, side_effect=RedisMirror._checked
        ) as asked:
            get_followers_count(self.club)
        return bool(asked.called) and not self.store._trust.is_resting()

    def test_the_mirror_answers_while_its_lease_stands(self) -> None:
        self.assertFalse(self.answered())
        Trust.resting.clear()
        self.assertTrue(keep(self.sides).is_lent)
        self.assertTrue(self.answered())
        follow(self.people[0], self.club)
        # Only the mirror loses the edge, so the answer tells who gave it.
        self.store.mirror.ask_quietly(Remove("follow", [self.pair()]))
        self.assertFalse(is_following(self.people[0], self.club))
        self.assertEqual(get_followers(self.club), [])

    def pair(self) -> Pair:
        return Pair(*self.edge(self.people[0])[1:3])

    def test_an_old_intent_ends_the_lease(self) -> None:
        keep(self.sides)
        self.store.primary.ask(Remove("follow", [self.pair()]))
        follow(self.people[0], self.club)
        with mock.patch.object(keeping, "drain", return_value=[]):
            self.store.primary.ask(Remove("follow", [self.pair()]))
            with mock.patch.object(keeping, "OLD_SECONDS", -1):
                self.assertFalse(keep(self.sides).is_lent)

    def test_a_lease_that_arrives_late_has_ended(self) -> None:
        mirror, mark = self.sides.mirror, self.sides.journal.mark()
        late = {place: now - 1 for place, now in mirror.clocks().items()}
        self.assertFalse(mirror.lend(mark.generation, late))
        self.assertFalse(self.answered())

    def test_a_write_that_changes_nothing_settles_what_others_left(self) -> None:
        keep(self.sides)
        primary, pair = self.store.primary, self.pair()
        # A process commits, and dies before it settles. Another one repeats the write.
        primary.ask(Add([self.edge(self.people[0])]))
        self.assertFalse(follow(self.people[0], self.club))
        self.assertTrue(is_following(self.people[0], self.club))
        primary.ask(SetLevel("follow", [pair], 7))
        self.assertFalse(set_level(self.people[0], self.club, 7))
        [edge] = self.edges("redis")
        self.assertEqual(edge.level, 7)
        primary.ask(Remove("follow", [pair]))
        self.assertFalse(unfollow(self.people[0], self.club))
        self.assertFalse(is_following(self.people[0], self.club))
        self.assertTrue(self.answered())

    def test_queries_of_a_writer(self) -> None:
        follow(self.people[1], self.club)
        # The role is known, and is not read again meanwhile.
        self.store._role.until = float("inf")
        with self.assertNumQueries(1 + 4):
            self.assertTrue(follow(self.people[0], self.club))
        with self.assertNumQueries(1 + 1):
            self.assertFalse(follow(self.people[0], self.club))

    def test_a_block_that_changes_nothing_settles_what_others_cut(self) -> None:
        one, two = self.people[:2]
        refs = registry.ref(one), registry.ref(two)
        follow(two, one)
        keep(self.sides)
        self.store.primary.ask(Block([Edge("block", *refs, NOON)]))
        self.assertFalse(block(one, two))
        self.assertFalse(is_following(two, one))
        self.assertFalse(follow(two, one))
        self.assertTrue(self.answered())

    def test_a_write_of_whole_lists_that_changes_nothing(self) -> None:
        follow(self.people[0], self.club)
        keep(self.sides)
        self.store.primary.ask(Archive("follow", registry.ref(self.club)))
        archive(self.club)
        self.assertEqual(get_followers(self.club), [])
        self.assertFalse(self.answered())

    def test_policy_and_transactions_ask_the_primary(self) -> None:
        keep(self.sides)
        block(self.people[0], self.people[1])
        self.store.mirror.clear()
        self.assertTrue(BLOCK.contains(self.people[0], self.people[1]))
        with transaction.atomic():
            follow(self.people[0], self.club)
            self.assertTrue(is_following(self.people[0], self.club))
            self.assertEqual(get_followers_count(self.club), 1)

    def test_a_writer_that_did_not_settle_asks_the_primary(self) -> None:
        people = Person.objects.bulk_create(
            Person(name=f"many {n}") for n in range(own.MOST + 1)
        )
        keep(self.sides)
        follow_many((person, self.club) for person in people)
        self.assertEqual(self.sides.journal.left().intents, own.MOST + 1)
        self.assertEqual(get_followers_count(self.club), own.MOST + 1)
        self.assertFalse(self.answered())
        self.drain()
        self.assert_equal()

    def test_deleted_objects(self) -> None:
        follow(self.people[0], self.club)
        keep(self.sides)
        self.club.delete()
        self.assertEqual(list(get_followers(self.people[0])), [])
        self.assertEqual(self.edges("sql"), set())
        self.drain()
        self.assertEqual(self.edges("redis"), set())


@needs_one_server
class OutageTests(MirrorCase):
    """A server of their own that is killed, restarted, paused and emptied."""

    options = {"reads": "mirror"}

    def urls(self) -> list[str]:
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="sequere-"))
        self.address = self.start_server()
        self.addCleanup(self.stop_server)
        return [self.address]

    def start_server(self) -> str:
        self.running = redis_server(self.folder)
        return self.running.__enter__()

    def stop_server(self) -> None:
        self.running.__exit__(None, None, None)

    def test_an_outage_is_not_an_error(self) -> None:
        follow(self.people[0], self.club)
        keep(self.sides)
        self.stop_server()
        self.assertTrue(is_following(self.people[0], self.club))
        self.assertTrue(follow(self.people[1], self.club))
        self.assertTrue(unfollow(self.people[0], self.club))
        self.assertEqual(get_followers_count(self.club), 1)
        self.start_server()
        # The server came back empty.
        with self.assertRaises(NotReady):
            keep(self.sides)
        start(self.sides)
        self.assert_equal()
        self.assertEqual(self.sides.journal.left().intents, 0)

    def test_an_old_dump_is_not_ready(self) -> None:
        follow(self.people[0], self.club)
        with Redis.from_url(self.address) as client:
            client.save()
        follow(self.people[1], self.club)
        keep(self.sides)
        self.stop_server()
        self.start_server()
        self.assertEqual(len(self.edges("redis")), 1)
        Trust.resting.clear()
        self.assertEqual(get_followers_count(self.club), 2)
        unfollow(self.people[1], self.club)
        with self.assertRaises(NotReady):
            keep(self.sides)
        start(self.sides)
        self.assert_equal()

    def test_a_pause_costs_one_timeout(self) -> None:
        follow(self.people[0], self.club)
        keep(self.sides)
        with Redis.from_url(self.address) as client:
            process = client.info("server")["process_id"]
        impatient = aliases(self.address)
        impatient["redis"]["OPTIONS"]["timeout"] = 0.2
        with override_settings(SEQUERE_BACKENDS=impatient):
            os.kill(process, signal.SIGSTOP)
            try:
                self.assertTrue(is_following(self.people[0], self.club))
                self.assertTrue(follow(self.people[1], self.club))
                self.assertEqual(get_followers_count(self.club), 2)
            finally:
                os.kill(process, signal.SIGCONT)
        self.drain()
        self.assert_equal()
