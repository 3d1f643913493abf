"""A store's edges as 4,096 pairs of numbers, by which two stores are compared."""

from __future__ import annotations

import base64
import binascii
import zlib
from array import array
from collections.abc import Iterable
from hashlib import blake2b
from itertools import compress
from typing import Self

from sequere.times import to_microseconds
from sequere.types import Edge
from sequere.verifying.exact import Slot

BUCKETS = 4096
SUMS = 2**64


class Digest:
    """The number of edges in each bucket, and the sum of their hashes.

    A sum is used, because an edge that a scan finds twice would cancel itself in an
    XOR. Two stores with the same edges have the same digest, in any order of reading.
    """

    def __init__(self) -> None:
        self.counts = array("Q", bytes(8 * BUCKETS))
        self.sums = array("Q", bytes(8 * BUCKETS))

    def add(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            ends = text_of(edge[:3])
            bucket = crc(ends)
            self.counts[bucket] += 1
            self.sums[bucket] = (self.sums[bucket] + hash_of(ends, edge)) % SUMS

    def difference(self, other: Digest) -> Buckets:
        """Return the buckets in which the two digests differ."""
        here = zip(self.counts, self.sums, strict=True)
        there = zip(other.counts, other.sums, strict=True)
        return Buckets(a != b for a, b in zip(here, there, strict=True))


class Buckets(frozenset[int]):
    """Some of the 4,096 buckets. They can be written as text."""

    def __new__(cls, chosen: Iterable[bool]) -> Self:
        return super().__new__(cls, compress(range(BUCKETS), chosen))

    def holds(self, slot: Slot) -> bool:
        return crc(text_of(slot)) in self

    def __str__(self) -> str:
        bits = bytes(number in self for number in range(BUCKETS))
        return base64.urlsafe_b64encode(zlib.compress(bits, 9)).decode()

    @classmethod
    def parse(cls, text: str) -> Buckets | None:
        """Return the buckets in `text`, or None if the text is not valid."""
        try:
            inflater = zlib.decompressobj()
            found = base64.b64decode(text.encode(), b"-_", validate=True)
            bits = inflater.decompress(found, BUCKETS + 1)
        except (ValueError, binascii.Error, zlib.error):
            return None
        return cls(map(bool, bits)) if len(bits) == BUCKETS else None


def text_of(slot: Slot) -> bytes:
    # The text of an edge never contains a NUL.
    relation, source, target = slot
    return "\0".join((relation, *source, *target)).encode()


def crc(ends: bytes) -> int:
    return zlib.crc32(ends) % BUCKETS


def hash_of(ends: bytes, edge: Edge) -> int:
    values = f"\0{to_microseconds(edge.created)}\0{edge.state}\0{edge.level}"
    return int.from_bytes(blake2b(ends + values.encode(), digest_size=8).digest())
