"""Times as every backend stores them: whole microseconds since 1970, in UTC.

Integers have the same order on every engine, and do not depend on USE_TZ or on clock
changes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import time_ns

from django.conf import settings
from django.utils import timezone

from sequere.exceptions import InvalidEdge

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The largest integer that a double holds exactly, for stores without other numbers.
FARTHEST = 2**53


def to_microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    return (moment - EPOCH) // MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    moment = EPOCH + timedelta(microseconds=microseconds)
    if settings.USE_TZ:
        return moment
    return timezone.make_naive(moment, timezone.get_default_timezone())


def now() -> datetime:
    """Return the current time, as this site shows times.

    In the hour that the clocks repeat, Django's now() does not tell which hour is
    meant.
    """
    return timezone.now() if settings.USE_TZ else from_microseconds(time_ns() // 1000)


def is_over(end: datetime, at: datetime | None = None) -> bool:
    """Was `end` over at a moment, or is it over now?"""
    # Naive times of the hour that the clocks repeat cannot be compared directly.
    return to_microseconds(end) <= to_microseconds(at or now())


def is_within(created: int, since: datetime | None, until: datetime | None) -> bool:
    """Is `created`, in microseconds, at `since` or later, and before `until`?"""
    return (since is None or created >= to_microseconds(since)) and (
        until is None or created < to_microseconds(until)
    )


def clean_time(moment: datetime) -> datetime:
    """Return `moment` as this site shows times: aware in UTC, or naive.

    Raise InvalidEdge unless it is a datetime between the years 1685 and 2254, and
    aware where USE_TZ asks for it.
    """
    if not isinstance(moment, datetime):
        raise InvalidEdge(f"{moment!r} is not a datetime.")
    use_tz = settings.USE_TZ
    if use_tz and moment.tzinfo is None:
        raise InvalidEdge(
            f"{moment!r} has no time zone, and USE_TZ is on. "
            "Make it aware with django.utils.timezone.make_aware()."
        )
    microseconds = to_microseconds(moment)
    if abs(microseconds) > FARTHEST:
        raise InvalidEdge(f"{moment!r} is not between the years 1685 and 2254.")
    if moment.tzinfo is UTC and use_tz:
        return moment
    return from_microseconds(microseconds)
