"""Real database servers for the tests and the benchmarks, without root or docker;
and a browser.

A new engine is one new module and one new line in ENGINES.
"""

from tests.engines.base import Engine, EngineFailed, Server, Unavailable
from tests.engines.chromium import Chromium
from tests.engines.mariadb import MariaDB
from tests.engines.postgresql import PostgreSQL
from tests.engines.redis import RedisCluster, RedisServer, ValkeyServer
from tests.engines.sqlite import SQLite

ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        SQLite(),
        PostgreSQL(),
        MariaDB(),
        RedisServer(),
        ValkeyServer(),
        RedisCluster(),
        Chromium(),
    )
}

__all__ = ["ENGINES", "Engine", "EngineFailed", "Server", "Unavailable"]
