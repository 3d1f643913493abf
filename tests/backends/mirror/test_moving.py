"""A site moves from one server of Redis to a cluster, and back, beside its writers."""

from __future__ import annotations

import subprocess
import time
from typing import Any

from sequere.backends.mirror import MirrorBackend
from sequere.backends.mirror.swapping import LONGEST_ROLE
from sequere.handler import get_backend
from tests.backends.mirror.cases import aliases, needs_cluster, redis_server
from tests.backends.mirror.load import WRITERS, LoadCase
from tests.backends.redis.servers import URLS
from tests.problems import problems_in


@needs_cluster
class MoveTests(LoadCase):
    """The procedure of docs/howto-move.md; the processes are restarted in turn."""

    def urls(self) -> list[str]:
        return [self.enterContext(redis_server())]

    def backends(self) -> dict[str, Any]:
        found = aliases(*self.urls(), is_cluster=False)
        found["cluster"] = aliases(*URLS)["redis"]
        found["by_redis"] = found.pop("default")
        options = {**found["by_redis"]["OPTIONS"], "mirror": "cluster"}
        found["by_cluster"] = {**found["by_redis"], "OPTIONS": options}
        found["default"] = found["redis"]
        return found

    def begin(self) -> None:
        """The site begins without a mirror."""
        for alias in ("by_redis", "by_cluster"):
            backend = get_backend(alias)
            assert isinstance(backend, MirrorBackend)
            self.addCleanup(backend.mirror.clear)
            self.addCleanup(backend.sides.mirror.release)
            self.addCleanup(backend.sides.journal.stop)

    def mirror(self, *words: str, default: str) -> None:
        self.command("sequere_mirror", *words, default=default)

    def restart(self, default: str) -> None:
        """Restart all writers with another default: one half after the other."""
        for half in range(2):
            self.stop(self.writers[half])
            self.writers[half] = self.start_half(half, default)
            time.sleep(1)

    def start_half(self, half: int, default: str) -> list[subprocess.Popen[str]]:
        # Writers that rest leave the processor to the commands.
        numbers = range(half, WRITERS, 2)
        return self.start_writers(numbers, rest=0.02, default=default)

    def test_from_redis_to_a_cluster_and_back(self) -> None:
        self.writers = [self.start_half(half, "redis") for half in range(2)]
        time.sleep(2)
        # The copy ends with 1, because the writers go on.
        self.command("sequere_copy", "redis", "sql", codes=(0, 1))
        self.mirror("adopt", "--replace", default="by_redis")
        self.restart("by_redis")
        self.mirror("swap-back", default="by_redis")
        self.mirror("start", default="by_cluster")
        with self.watched("by_cluster"):
            self.restart("by_cluster")
            self.mirror("swap", default="by_cluster")
            time.sleep(LONGEST_ROLE)
        moved = self.edges("cluster")
        time.sleep(1)
        self.assertNotEqual(self.edges("cluster"), moved)
        self.mirror("swap-back", default="by_cluster")
        self.assertNotEqual(self.edges("cluster"), moved)
        self.mirror("start", "--replace", default="by_redis")
        self.restart("by_redis")
        self.mirror("swap", default="by_redis")
        time.sleep(LONGEST_ROLE)
        for writers in self.writers:
            self.stop(writers)
        self.assert_nothing_is_lost("redis")
        self.assertEqual(problems_in(get_backend("redis").verify()), [])
