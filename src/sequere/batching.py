from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of up to `size` items; a short list is yielded as it is.

    itertools.batched() needs Python 3.12.
    """
    if isinstance(items, list) and len(items) <= size:
        if items:
            yield items
        return
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
