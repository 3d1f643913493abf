"""Servers that cannot be reached, that refuse writes, or that lag behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest import mock

from django.db import transaction
from django.test import override_settings
from redis import Connection, Redis

from sequere.api import (
    follow,
    get_followers,
    get_followers_count,
    is_following,
    unfollow,
)
from sequere.backends.redis.addresses import Address
from sequere.backends.redis.connections import Conversation
from sequere.exceptions import (
    BackendError,
    BackendUnavailable,
)
from sequere.questions import Forget
from sequere.testing.models import Club
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import (
    NOWHERE,
    RedisCase,
    at,
    edges_in,
    own_server,
    ref,
    replica_of,
)
from tests.backends.redis.servers import IS_CLUSTER, URLS, backend
from tests.engines.redis import find_any, server


class FailureTests(RedisCase):
    def refused(self, error: type[BackendError]) -> BackendError:
        with self.assertRaises(error) as caught:
            follow(self.user, self.club)
        self.assertIn("'default'", str(caught.exception))
        self.assertIsNotNone(caught.exception.__cause__)
        return caught.exception

    def test_an_interrupt_takes_no_connection_along(self) -> None:
        entry = backend(max_connections=1, timeout=1)
        with override_settings(SEQUERE_BACKENDS={"default": entry}):
            line = self.store.connections.lines[Address(URLS[0])]
            # The backend connects now, so that only the tested commands follow.
            line.client.ping()
            with (
                mock.patch.object(
                    Connection, "send_packed_command", side_effect=KeyboardInterrupt
                ),
                self.assertRaises(KeyboardInterrupt),
                Conversation(line, [("PING",)]),
            ):
                self.fail("It was interrupted.")
            with Conversation(line, [("PING",)]) as conversation:
                self.assertEqual(conversation.read(), [True])

    def test_no_server(self) -> None:
        with at(NOWHERE):
            self.assertIn("127.0.0.1:1", str(self.refused(BackendUnavailable)))
        with at(NOWHERE), self.assertRaises(ConnectionError):
            is_following(self.user, self.club)
        with override_settings(
            SEQUERE_BACKENDS={"default": backend(location=NOWHERE, cluster=True)}
        ):
            self.refused(BackendUnavailable)

    def test_a_deletion_while_there_is_no_server(self) -> None:
        follow(self.user, self.club)
        done: list[str] = []
        with (
            at(NOWHERE),
            self.assertLogs("sequere.deletion", "ERROR") as logs,
            transaction.atomic(),
        ):
            self.user.delete()
            transaction.on_commit(lambda: done.append("the project's own"))
        self.assertEqual(done, ["the project's own"])
        [record] = logs.records
        self.assertIn("127.0.0.1:1", record.getMessage())
        self.assertEqual(get_followers_count(self.club), 1)
        self.store.ask(Forget(record.__dict__["withheld"].values))
        self.assertEqual(get_followers_count(self.club), 0)
        self.assertEqual(audit(self.store), set())

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
                self.assertEqual(edges_in(self.store.verify()), 1)
                self.store.ask(Forget([ref(self.user)]))
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
                # A full server allows commands that free memory.
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
