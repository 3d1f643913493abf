"""The names of the keys. docs/explanation-redis.md describes them.

Everything of a resource has the same hash tag, its bucket, and so the same slot of a
cluster. What many resources share for bookkeeping is kept once a bucket.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from sequere.types import Direction, Ref

#: Part of each key. Another layout would have another number.
LAYOUT = 1
BUCKETS = 4096

SIGNS: dict[Direction, str] = {"followers": "<", "followings": ">"}
DIRECTIONS: dict[str, Direction] = {sign: name for name, sign in SIGNS.items()}
LIST = re.compile(r"([^:]+):([^:]+):(.*)([<>])([^<>]+)", re.DOTALL)


class Ends(NamedTuple):
    """An edge without its time."""

    relation: str
    source: Ref
    target: Ref

    def __str__(self) -> str:
        return f"{self.source} -> {self.target} ({self.relation})"

    @property
    def kind(self) -> tuple[str, str, str]:
        return self.relation, self.source.identifier, self.target.identifier

    @property
    def name(self) -> str:
        """What an intent calls it, as library.lua does."""
        relation, source, target = self
        member = target[1]
        key = f"{relation}:{source[0]}:{source[1]}>{target[0]}"
        return f"{len(member.encode())}:{member}:{key}"

    @classmethod
    def named(cls, name: str) -> Ends:
        size, _, rest = name.partition(":")
        text = rest.encode()
        member, key = text[: int(size)], text[int(size) + 1 :]
        if not (found := List.parse(key.decode())):
            raise ValueError(f"{name!r} names no edge.")
        return found.ends(member.decode())

    @property
    def forward(self) -> tuple[List, str]:
        """The list that the source has it in, and the member."""
        relation, source, target = self
        return List(relation, source, "followings", target[0]), target[1]

    @property
    def reverse(self) -> tuple[List, str]:
        """The list that the target has it in, and the member."""
        relation, source, target = self
        return List(relation, target, "followers", source[0]), source[1]


class List(NamedTuple):
    """The followers or followings of `ref` that have one identifier."""

    relation: str
    ref: Ref
    direction: Direction
    identifier: str

    @property
    def kind(self) -> str:
        relation, ref, direction, identifier = self
        return kind_of(relation, ref.identifier, direction, identifier)

    def ends(self, object_id: str) -> Ends:
        """The edge to or from the member `object_id`."""
        other = Ref(self.identifier, object_id)
        if self.direction == "followers":
            return Ends(self.relation, other, self.ref)
        return Ends(self.relation, self.ref, other)

    @classmethod
    def parse(cls, text: str) -> List | None:
        """The list that a key is, by what comes behind its bucket."""
        if match := LIST.fullmatch(text):
            relation, identifier, object_id, sign, other = match.groups()
            return cls(relation, Ref(identifier, object_id), DIRECTIONS[sign], other)
        return None

    @classmethod
    def of_kind(cls, kind: str, ref: Ref) -> List | None:
        """The list of `ref` that a bucket remembers by `kind`, if it can be one."""
        relation, _, rest = kind.partition(":")
        for direction, sign in SIGNS.items():
            identifier, found, other = rest.partition(sign)
            if found and identifier == ref.identifier:
                return cls(relation, ref, direction, other)
        return None


@lru_cache(maxsize=65_536)
def bucket_of(ref: Ref) -> str:
    return f"{crc32(f'{ref[0]}:{ref[1]}'.encode()) % BUCKETS:03x}"


@lru_cache(maxsize=1024)
def kind_of(relation: str, identifier: str, direction: Direction, other: str) -> str:
    """What a bucket remembers of its lists: `follow:user>projet`."""
    return f"{relation}:{identifier}{SIGNS[direction]}{other}"


class Keys:
    """The keys below a prefix."""

    def __init__(self, prefix: str) -> None:
        self.root = f"{prefix}:{LAYOUT}:{{"
        self.pattern = f"{self.root}*"

    def shared(self, bucket: str, name: str) -> str:
        """A key that the resources of `bucket` share."""
        return f"{self.root}{bucket}}}:{name}"

    def base(self, bucket: str, relation: str, ref: Ref, direction: Direction) -> str:
        """What the keys of all lists of `ref` in one direction begin with."""
        sign = SIGNS[direction]
        return f"{self.root}{bucket}}}:{relation}:{ref[0]}:{ref[1]}{sign}"

    def list(self, found: List) -> str:
        relation, ref, direction, identifier = found
        return f"{self.base(bucket_of(ref), relation, ref, direction)}{identifier}"

    def parse(self, key: str) -> tuple[str, List | str]:
        """The bucket, and the list or the name of what the bucket shares."""
        bucket, _, rest = key.removeprefix(self.root).partition("}:")
        return bucket, List.parse(rest) or rest
