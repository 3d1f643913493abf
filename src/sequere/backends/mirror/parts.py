"""The two backends of a mirror, by their aliases."""

from __future__ import annotations

from typing import TypeVar

from sequere.backends.base import BaseBackend
from sequere.backends.redis import RedisBackend
from sequere.backends.redis.topology import Server
from sequere.backends.simple import SimpleBackend
from sequere.exceptions import InvalidBackend
from sequere.handler import backends, import_backend

B = TypeVar("B", bound=BaseBackend)


def primary_of(alias: str, primary: str) -> SimpleBackend:
    return part(alias, "primary", primary, SimpleBackend)


def mirror_of(alias: str, mirror: str) -> RedisBackend:
    found = part(alias, "mirror", mirror, RedisBackend)
    topology = found.connections.topology
    if isinstance(topology, Server) and len(topology.seeds) > 1:
        raise InvalidBackend(
            f"Backend {alias!r}: the mirror {mirror!r} has replicas, which can be "
            "behind. Give it one `location`, or a cluster."
        )
    return found


def part(alias: str, option: str, named: str, kind: type[B]) -> B:
    """Return the backend `named` in an option. Its class is checked before the backend
    is created: a mirror of itself would never be complete.
    """
    if named not in backends.settings:
        raise InvalidBackend(
            f"Backend {alias!r}: the option {option!r} is {named!r}, which is not in "
            "SEQUERE_BACKENDS."
        )
    found = import_backend(named, backends.settings[named]["BACKEND"])
    if not issubclass(found, kind):
        raise InvalidBackend(
            f"Backend {alias!r}: the option {option!r} is {named!r}, which is "
            f"{found.__name__}. It takes the alias of a {kind.__name__}."
        )
    backend = backends[named]
    assert isinstance(backend, kind)
    return backend
