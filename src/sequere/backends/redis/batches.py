"""Batch sizes: how much is sent at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sequere.batching import batched

T = TypeVar("T")

# Edges in a script. A script takes a few milliseconds, and blocks all other clients.
SCRIPT_SIZE = 200
# Edges between two round trips.
ROUND_SIZE = 50_000


def in_script(items: Iterable[tuple[Any, T]]) -> Iterator[tuple[Any, list[T]]]:
    """Yield items by their group, as many as one script may have."""
    groups: dict[Any, list[T]] = defaultdict(list)
    for group, item in items:
        groups[group].append(item)
    for group, members in groups.items():
        for batch in batched(members, SCRIPT_SIZE):
            yield group, batch
