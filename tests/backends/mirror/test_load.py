"""Eight writers, while everything around them fails; then a swap, and a swap back."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from redis import Redis, RedisError

from sequere.backends.mirror.rebuilding import repair
from sequere.backends.mirror.redis_mirror import READY
from sequere.backends.mirror.settling import drain_all
from sequere.backends.mirror.status import stage_of
from sequere.backends.mirror.swapping import LONGEST_ROLE
from sequere.testing.base import effort
from tests.backends.mirror.cases import (
    needs_one_server,
    redis_cluster,
    redis_server,
    start,
)
from tests.backends.mirror.load import LoadCase
from tests.backends.redis.servers import IS_CLUSTER
from tests.engines.redis import (
    NODE_TIMEOUT_MILLISECONDS,
    find_any,
    in_step,
    member,
    persistence,
)

#: Deaths of each writer.
DEATHS = 4


class Servers(ExitStack):
    """The servers of a mirror, which fail."""

    urls: list[str]

    def __enter__(self) -> Self:
        super().__enter__()
        self.folder = self.enter_context(tempfile.TemporaryDirectory(prefix="sequere-"))
        return self

    def lag(self) -> None:
        with suppress(RedisError), Redis.from_url(random.choice(self.urls)) as client:
            client.execute_command("CLIENT", "PAUSE", 300)

    def pause(self) -> None:
        with suppress(RedisError), Redis.from_url(random.choice(self.urls)) as client:
            process = client.info("server")["process_id"]
            os.kill(process, signal.SIGSTOP)
            time.sleep(1)
            os.kill(process, signal.SIGCONT)

    def kill(self) -> None:
        number = random.randrange(len(self.urls))
        with suppress(RedisError), Redis.from_url(self.urls[number]) as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
        self.rest()
        self.start(number)

    def rest(self) -> None:
        time.sleep(0.5)

    def start(self, number: int) -> None:
        """Start a killed server again, without its data."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait until the servers have got over their deaths."""


class OneServer(Servers):
    def __enter__(self) -> Self:
        super().__enter__()
        self.urls = [self.enter_context(redis_server(self.folder))]
        return self

    def start(self, number: int) -> None:
        self.enter_context(redis_server(self.folder))


class Cluster(Servers):
    """A killed primary comes back soon and empty, or late, as a replica."""

    def __enter__(self) -> Self:
        super().__enter__()
        nodes = self.enter_context(redis_cluster(self.folder))
        self.urls = [node.url for node in nodes]
        return self

    def rest(self) -> None:
        time.sleep(random.choice((0.5, 3 * NODE_TIMEOUT_MILLISECONDS / 1000)))

    def start(self, number: int) -> None:
        settings = persistence(durable=False)
        folder = Path(self.folder)
        self.enter_context(member(folder, number, find_any(), *settings))

    def settle(self) -> None:
        in_step(self.urls)


class LoadTests(LoadCase):
    def urls(self) -> list[str]:
        self.servers = self.enterContext(Cluster() if IS_CLUSTER else OneServer())
        return self.servers.urls

    def disturb(self, writers: list[subprocess.Popen[str]]) -> None:
        servers = self.servers
        while any(writer.poll() is None for writer in writers):
            random.choice((servers.lag, servers.pause, servers.kill))()
            time.sleep(random.random() * 2)

    def settle_all(self) -> None:
        self.servers.settle()
        if stage_of(self.sides) != READY:
            start(self.sides)
        for _ in drain_all(self.sides):
            pass

    def test_writers_die_and_the_mirror_fails(self) -> None:
        writers = self.start_writers(deaths=DEATHS * effort())
        with self.watched():
            self.disturb(writers)
            self.finish(writers)
        self.settle_all()
        self.assert_nothing_is_lost("sql")
        self.assert_equal()
        self.assertEqual(sum(step.mended for step in repair(self.sides)), 0)

    @needs_one_server
    def test_a_swap_and_a_swap_back_beside_writers(self) -> None:
        with self.watched():
            writers = self.start_writers()
            time.sleep(3)
            self.command("sequere_mirror", "swap")
            time.sleep(LONGEST_ROLE)
            moved = self.edges("redis")
            time.sleep(1)
            self.assertNotEqual(self.edges("redis"), moved)
            self.command("sequere_mirror", "swap-back")
            time.sleep(2)
            self.stop(writers)
        self.settle_all()
        self.assert_nothing_is_lost("sql")
        self.assert_nothing_is_lost("redis")
        self.assert_equal()
