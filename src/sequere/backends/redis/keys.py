"""The names of the keys. docs/explanation-redis.md describes them.

All keys of a resource have the same hash tag, its bucket, and so the same slot of a
cluster. Data that the resources of a bucket share is kept once for the bucket.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from sequere.declaration import BLOCK, is_barred
from sequere.types import ACTIVE, Direction, Ref

#: The layout number is part of each key. Another layout would have another number.
LAYOUT = 1
BUCKETS = 4096
#: The names of all buckets.
ALL = [f"{number:03x}" for number in range(BUCKETS)]

SIGNS: dict[Direction, str] = {"followers": "<", "followings": ">"}
DIRECTIONS: dict[str, Direction] = {sign: name for name, sign in SIGNS.items()}
# The name of a relation never contains `~`.
LEVEL = "~level"
LIST = re.compile(
    r"([^:~]+)(~[1-7]|~level)?:([^:]+):(.*)([<>])([^<>]+)", re.DOTALL | re.ASCII
)

#: A route is a relation, and the identifiers of a source and of a target.
Route = tuple[str, str, str]


class Ends(NamedTuple):
    """An edge without its time, state and level."""

    relation: str
    source: Ref
    target: Ref

    def __str__(self) -> str:
        return f"{self.source} -> {self.target} ({self.relation})"

    @property
    def route(self) -> Route:
        return self.relation, self.source.identifier, self.target.identifier

    @property
    def name(self) -> str:
        """Return the name that intents have for the edge, as versions.lua makes it."""
        found, member = self.forward
        return f"{len(member.encode())}:{member}:{found.name}"

    @classmethod
    def named(cls, name: str) -> Ends:
        size, _, rest = name.partition(":")
        text = rest.encode()
        member, key = text[: int(size)], text[int(size) + 1 :]
        found = parse(key.decode())
        if not isinstance(found, List):
            raise ValueError(f"{name!r} is not the name of an edge.")
        return found.ends(member.decode())

    @property
    def forward(self) -> tuple[List, str]:
        """Return the source's active list, and the edge's member in this list."""
        relation, source, target = self
        return List(relation, source, "followings", target[0]), target[1]

    @property
    def reverse(self) -> tuple[List, str]:
        """Return the target's active list, and the edge's member in this list."""
        relation, source, target = self
        return List(relation, target, "followers", source[0]), source[1]


class List(NamedTuple):
    """The followers or followings of `ref` that have one identifier and one state."""

    relation: str
    ref: Ref
    direction: Direction
    identifier: str
    state: int = ACTIVE

    @property
    def type(self) -> str:
        """Return the text by which the bucket remembers lists of this type."""
        relation, ref, direction, identifier, state = self
        found = type_of(relation, ref.identifier, direction, identifier)
        return found.replace(":", f"~{state}:", 1) if state else found

    @property
    def remembered(self) -> list[str]:
        """Return all that the bucket remembers: the type, and a mark if the list is not
        active.
        """
        active = self._replace(state=ACTIVE).type
        return [self.type, f"~{active}"] if self.state else [active]

    @property
    def name(self) -> str:
        """Return the end of the list's key, behind the bucket."""
        relation, ref, direction, identifier, state = self
        mark = f"~{state}" if state else ""
        return f"{relation}{mark}:{ref[0]}:{ref[1]}{SIGNS[direction]}{identifier}"

    def ends(self, object_id: str) -> Ends:
        """Return the edge to or from the member `object_id`."""
        other = Ref(self.identifier, object_id)
        if self.direction == "followers":
            return Ends(self.relation, other, self.ref)
        return Ends(self.relation, self.ref, other)


class Levels(NamedTuple):
    """The levels of the edges of a forward list, in all states."""

    list: List

    @property
    def name(self) -> str:
        return self.list.name.replace(":", f"{LEVEL}:", 1)


def parse(name: str) -> List | Levels | str:
    """Parse the end of a key, behind the bucket. Return a list or levels, or else the
    end itself, if it names data that the bucket shares.
    """
    if not (match := LIST.fullmatch(name)):
        return name
    relation, mark, identifier, object_id, sign, other = match.groups()
    found = List(relation, Ref(identifier, object_id), DIRECTIONS[sign], other)
    if mark == LEVEL:
        return Levels(found)
    return found._replace(state=int(mark[1:])) if mark else found


@lru_cache(maxsize=65_536)
def bucket_of(ref: Ref) -> str:
    return ALL[crc32(f"{ref[0]}:{ref[1]}".encode()) % BUCKETS]


@lru_cache(maxsize=1024)
def type_of(relation: str, identifier: str, direction: Direction, other: str) -> str:
    """Return the type of an active list: `follow:user>projet`."""
    return f"{relation}:{identifier}{SIGNS[direction]}{other}"


def types_of(route: Route) -> tuple[str, str]:
    """Return the types of the active lists on both sides of an edge."""
    relation, source, target = route
    return (
        type_of(relation, source, "followings", target),
        type_of(relation, target, "followers", source),
    )


def bars_of(route: Route) -> tuple[str, str]:
    """Return the types of the lists of blocks that bar an edge: of the source's own
    blocks, and of others' blocks. They are empty if blocks do not bar the relation.
    """
    relation, source, target = route
    if not is_barred(relation):
        return "", ""
    return (
        type_of(BLOCK, source, "followings", target),
        type_of(BLOCK, source, "followers", target),
    )


def in_state(relation: str, state: int) -> str:
    """Return the beginning of the names of the lists of one state."""
    return f"{relation}~{state}" if state else relation


class Keys:
    """The keys below a prefix."""

    def __init__(self, prefix: str) -> None:
        self.root = f"{prefix}:{LAYOUT}:{{"
        self.pattern = f"{self.root}*"

    def shared(self, bucket: str, name: str) -> str:
        """Return a key that the resources of `bucket` share."""
        return f"{self.root}{bucket}}}:{name}"

    def base(self, bucket: str, relation: str, ref: Ref, direction: Direction) -> str:
        """Return the key prefix of all active lists of `ref` in one direction."""
        sign = SIGNS[direction]
        return f"{self.root}{bucket}}}:{relation}:{ref[0]}:{ref[1]}{sign}"

    def list(self, found: List) -> str:
        return self.shared(bucket_of(found.ref), found.name)

    def levels(self, found: List) -> str:
        """Return the key of the levels beside a forward list of any state."""
        name = Levels(found._replace(state=ACTIVE)).name
        return self.shared(bucket_of(found.ref), name)

    def parse(self, key: str) -> tuple[str, List | Levels | str]:
        """Return the bucket, and the result of parse() for the rest."""
        bucket, _, rest = key.removeprefix(self.root).partition("}:")
        return bucket, parse(rest)
