"""The keys below a prefix, and the choice of the prefix that a call uses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

from sequere.backends.redis import isolation
from sequere.backends.redis.keys import Keys
from sequere.backends.redis.options import Prefix, clean_prefix
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.writes import Writes


class Keyspace(NamedTuple):
    """All keys below one prefix, and the plans to read and write them."""

    prefix: str
    reads: Reads
    writes: Writes

    @property
    def keys(self) -> Keys:
        return self.reads.keys


class Keyspaces:
    """The current keyspace: the keyspace of the tenant, or of the test in tests."""

    def __init__(
        self,
        alias: str,
        prefix: Prefix,
        make: Callable[[str], Keyspace],
        empty: Callable[[Keyspace], None],
    ) -> None:
        self.alias = alias
        self.prefix = prefix if callable(prefix) else clean_prefix(alias, prefix)
        self.make = make
        self.empty = empty
        self.last: Keyspace | None = None

    @property
    def is_fixed(self) -> bool:
        return not callable(self.prefix)

    def current(self) -> Keyspace:
        prefix = self._prefix()
        if not isolation.in_tests():
            return self._named(prefix)
        found = self._named(isolation.prefix_in_tests(prefix))
        self.empty(found)
        return found

    def pinned(self) -> Keyspaces:
        """Fix the current prefix, for calls that are made later."""
        pinned = copy.copy(self)
        pinned.prefix = self._prefix()
        return pinned

    def _prefix(self) -> str:
        if callable(self.prefix):
            return clean_prefix(self.alias, self.prefix())
        return self.prefix

    def _named(self, prefix: str) -> Keyspace:
        found = self.last
        if found is None or found.prefix != prefix:
            self.last = found = self.make(prefix)
        return found
