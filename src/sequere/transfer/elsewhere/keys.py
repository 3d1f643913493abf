"""Read the keys that django-sequere 0.4.1 left in Redis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sequere.batching import batched
from sequere.exceptions import BackendError, InvalidCursor, SequereError
from sequere.times import from_microseconds, to_microseconds
from sequere.transfer.records import Record, checked, ref_of
from sequere.types import Edge, Ref

SCAN_SIZE = 1000


class Keys:
    """The follows in the keys below `prefix`, by the followings of each resource.

    A resource has a uid; `<prefix>:uid:<uid>` describes the resource, and
    `<prefix>:uid:<uid>:followings` has the uids that it follows, with times in seconds.
    """

    fraction: float | None = None
    omitted = 0

    def __init__(self, url: str, prefix: str, separator: str, relation: str) -> None:
        self._client = client_of(url)
        self._base = separator.join([prefix, "uid", ""])
        self._suffix = f"{separator}followings"
        self._relation = relation

    def records(self, now: datetime, place: str | None) -> Iterator[Record]:
        import redis

        cursor = parse_cursor(place)
        pattern = f"{escaped(self._base)}*{escaped(self._suffix)}"
        try:
            while True:
                here = str(cursor)
                cursor, keys = self._client.scan(cursor, pattern, SCAN_SIZE)
                for key in keys:
                    yield from self._list(key, here)
                if not cursor:
                    return
        except redis.RedisError as exc:
            raise BackendError(f"The server of the old keys refused: {exc}") from exc

    def _list(self, key: str, place: str) -> Iterator[Record]:
        uid = key.removeprefix(self._base).removesuffix(self._suffix)
        if not re.fullmatch("[0-9a-f]{32}", uid):
            # This key repeats the list for targets of one identifier.
            return
        for batch in batched(self._client.zscan_iter(key, count=SCAN_SIZE), SCAN_SIZE):
            refs = self._resolved([uid, *(other for other, _ in batch)])
            for other, seconds in batch:
                yield self._record(key, place, refs[uid], refs[other], seconds)

    def _record(
        self, key: str, place: str, source: Ref | str, target: Ref | str, seconds: float
    ) -> Record:
        for end in (source, target):
            if isinstance(end, str):
                return Record(key, place, None, end)
        moment = datetime.fromtimestamp(seconds, UTC)
        created = from_microseconds(to_microseconds(moment))
        return checked(key, place, Edge(self._relation, source, target, created))  # type: ignore[arg-type]

    def _resolved(self, uids: list[str]) -> dict[str, Ref | str]:
        """Return the ref of each uid, or an error message."""
        with self._client.pipeline(transaction=False) as pipe:
            for uid in uids:
                pipe.hmget(f"{self._base}{uid}", "identifier", "object_id")
            found = pipe.execute()
        return dict(zip(uids, map(resolved, uids, found), strict=True))


def resolved(uid: str, names: list[str | None]) -> Ref | str:
    identifier, object_id = names
    if identifier is None or object_id is None:
        return f"No key says which resource has the uid {uid}."
    try:
        return ref_of(identifier, object_id)
    except SequereError as exc:
        return str(exc)


def client_of(url: str) -> Any:
    try:
        import redis
    except ImportError as exc:
        raise BackendError(
            "redis-py is not installed. Install django-sequere[redis]."
        ) from exc
    return redis.Redis.from_url(url, decode_responses=True)


def parse_cursor(place: str | None) -> int:
    if place is None:
        return 0
    if place.isascii() and place.isdecimal():
        return int(place)
    raise InvalidCursor(f"{place!r} is not a place of these keys.")


def escaped(text: str) -> str:
    """Escape `text` for a pattern of SCAN."""
    return re.sub(r"([\[\]*?\\^])", r"\\\1", text)
