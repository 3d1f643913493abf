"""How much is sent at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sequere.batching import batched

T = TypeVar("T")

# Edges in a script: a few milliseconds, in which the server serves nobody else.
SCRIPT_SIZE = 200
# Edges between two round trips.
ROUND_SIZE = 50_000

# What scripts are told of edges is one argument: the driver takes longer for each
# argument than all of this does for an edge.
encode = json.JSONEncoder(ensure_ascii=False).encode


def in_script(items: Iterable[tuple[Any, T]]) -> Iterator[tuple[Any, list[T]]]:
    """Items by their group, as many as a script may have at once."""
    groups: dict[Any, list[T]] = defaultdict(list)
    for group, item in items:
        groups[group].append(item)
    for group, members in groups.items():
        for batch in batched(members, SCRIPT_SIZE):
            yield group, batch
