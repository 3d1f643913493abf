"""Look again at items that other processes may be writing at this moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

#: The pauses in seconds between the looks of one series.
PAUSES = (0.05, 0.2, 0.5)
#: The number of series after which an item that keeps changing is dropped.
SERIES = 5


def steady(
    look: Callable[[Collection[K]], dict[K, V]], found: dict[K, V]
) -> dict[K, V]:
    """Return the items of `found` that stay the same for a whole series of looks.

    `look(keys)` returns the current items of these keys. An item that is no longer
    found is dropped. An item that changes is being written, so its series begins again;
    after 5 series, of 0.75 seconds each, the item is dropped, too.
    """
    settled: dict[K, V] = {}
    for _ in range(SERIES):
        if not found:
            break
        same: dict[K, V] = found
        changing: dict[K, V] = {}
        for pause in PAUSES:
            time.sleep(pause)
            now = look([*same, *changing])
            changing = {key: now[key] for key in changing if key in now} | {
                key: now[key] for key in same if key in now and now[key] != same[key]
            }
            same = {key: value for key, value in same.items() if now.get(key) == value}
            if not now:
                break
        settled |= same
        found = changing
    return settled
