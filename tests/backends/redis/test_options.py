"""The options, the checks, and the connections of event loops."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from typing import Any
from unittest import mock

from django.core.checks import run_checks
from django.test import override_settings
from redis import Redis

from sequere.api import (
    aget_followers_count,
    get_followers,
    get_followers_count,
)
from sequere.backends.redis.protocol import Parcel
from sequere.backends.redis.topology import Cluster
from sequere.exceptions import (
    BackendUnavailable,
    InvalidBackend,
)
from sequere.handler import get_backend
from tests.backends.redis.cases import (
    NOWHERE,
    RedisCase,
    at,
    own_server,
)
from tests.backends.redis.servers import IS_CLUSTER, URLS, backend


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
            ("timeout", float("nan")),
            ("timeout", float("inf")),
            ("queue_timeout", 0),
            ("queue_timeout", "5"),
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

    def test_no_error_shows_a_password(self) -> None:
        # Each of these options is wrong by itself, or together with the option beside
        # it.
        for location, options in (
            ("http://:secret@host", {}),
            ("redis:secret@host", {}),
            ("secret", {}),
            (":secret@", {}),
            ("secret@host:6379", {}),
            ("me:secret://host", {}),
            ("http://host?password=secret", {}),
            ("redis://me:secret@host:x", {}),
            ("redis://me:secret@[host", {}),
            ("redis://:secret/x@host:6379/0", {}),
            ("redis://:12/secret@host:6379/0", {}),
            ("redis://me:12#secret@host:6379/0", {}),
            ("redis://me:12?secret@host:6379/0", {}),
            ("redis://:a,secret@host:6379/0", {}),
            ("redis://:secret@host?colour=1", {}),
            ("redis://:secret@host?socket_timeout=soon", {}),
            ("unix://me:secret@/path?db=0&colour=secret", {}),
            (["redis://host", "http://:secret@host"], {}),
            (["redis://host", b"redis://:secret@host"], {}),
            ([{"host": "host", "password": "secret"}], {}),
            ({"host": "host", "password": "secret"}, {}),
            ({"redis://:secret@host"}, {}),
            (b"redis://:secret@host", {}),
            (("redis://:secret@host", None), {}),
            ("redis://:secret@host", {"client_options": {"colour": "secret"}}),
            ("redis://:secret@host", {"client_options": "password=secret"}),
            ("redis://:secret@host", {"client_options": [("password", "secret")]}),
            ("redis://:secret@host", {"client_options": {7: "secret"}}),
        ):
            entry = backend(location=location, cluster=False, **options)
            with (
                self.subTest(location=location, **options),
                override_settings(SEQUERE_BACKENDS={"default": entry}),
                self.assertRaisesRegex(InvalidBackend, "'default'") as caught,
            ):
                get_backend()
            told = "".join(traceback.format_exception(caught.exception))
            # The traceback also quotes lines of this test, which have the password.
            lines = [line for line in told.splitlines() if "self." not in line]
            self.assertNotIn("secret", "".join(lines))

    def test_settings_that_are_no_dict_show_no_password(self) -> None:
        wrong = [backend(location="redis://:secret@host")]
        with (
            override_settings(SEQUERE_BACKENDS=wrong),
            self.assertRaises(InvalidBackend) as caught,
        ):
            get_backend()
        self.assertNotIn("secret", str(caught.exception))

    def test_no_repr_shows_a_password(self) -> None:
        url = NOWHERE.replace("//", "//me:secret@")
        with at(url, client_options={"password": "secret"}):
            with self.assertRaises(BackendUnavailable) as caught:
                get_followers_count(self.club)
            store = self.store
            asyncio.run(store.connections.lines_of_loop())
            shown = [
                str(caught.exception),
                *map(
                    repr,
                    (
                        store,
                        store.router,
                        store.connections.options,
                        store.connections.lines,
                        store.connections.topology.seeds,
                        Cluster(store.connections.topology.seeds),
                        Parcel(store.connections.topology.seeds[0], []),
                    ),
                ),
            ]
        for each in shown:
            self.assertNotIn("secret", each)
        self.assertIn("127.0.0.1:1", shown[0])

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
            # Each thread has a connection of its own.
            get_followers_count(self.club)
            before = len(client.client_list())
            for _ in range(3):
                self.assertEqual(asyncio.run(count()), 0)
            self.assertEqual(self.store.connections._by_loop, {})
            deadline = time.monotonic() + 5
            while len(client.client_list()) > before:
                self.assertLess(time.monotonic(), deadline)


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
            client.config_set("maxmemory", "1gb")
            self.assertEqual(self.ids(), ["sequere.E015"])

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
