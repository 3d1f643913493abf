"""What the pages show of things, at a cost that does not depend on how many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.cache import cache

from demo import figures
from demo.figures import Figures
from demo.graph import account_ref
from demo.models import Account, Thing, Topic
from sequere.models import get_followers_counts, get_suggestions
from sequere.states import with_follow_state

SUMMARY_SECONDS = 60
TOP_SIZE = 50
STARTERS = 6
NAMES = 2


class Known(NamedTuple):
    """ "Followed by X, Y and 3 others that you follow"."""

    names: Sequence[Thing]
    others: int


class Row(NamedTuple):
    """A line of a list."""

    thing: Thing
    since: datetime | None = None
    known: Known | None = None


class Summary(NamedTuple):
    accounts: int
    follows: int
    top: list[int]
    #: Of the imported file.
    figures: Figures | None


def ranked(me: Thing | None, things: Iterable[Thing]) -> list[Row]:
    """Rows of `things`, the most followed first."""
    found = sorted(
        with_follow_state(me, things), key=lambda thing: -thing.followers_count
    )
    return [Row(thing) for thing in found]


def most_followed(me: Thing | None, size: int) -> list[Row]:
    """Who is among them may be a minute old; their counts and order are not."""
    return ranked(me, Account.objects.filter(pk__in=summary().top[:size]))


def starters() -> list[Account]:
    """Good ones to act as: no query."""
    return [Account(pk=key) for key in summary().top[:STARTERS]]


def suggestions(me: Thing | None, limit: int) -> list[Row]:
    """Whom to follow, each with the reasons; their states are not asked for."""
    if me is None:
        return []
    found: list[Any] = get_suggestions(me, limit=limit, reasons=NAMES)
    return [
        Row(each.instance, known=Known(each.reasons, each.score - len(each.reasons)))
        for each in found
    ]


def with_state(me: Thing | None, rows: list[Row]) -> list[Row]:
    list(with_follow_state(me, [row.thing for row in rows]))
    return rows


def summary() -> Summary:
    """What is known of all accounts, at most a minute old."""
    found: Summary | None = cache.get("summary")
    if found is None:
        found = summarise()
        cache.set("summary", found, SUMMARY_SECONDS)
    return found


def summarise() -> Summary:
    keys = Account.objects.values_list("pk", flat=True)
    counts = get_followers_counts(map(account_ref, keys))
    ranking = sorted(counts, key=lambda ref: (-counts[ref], int(ref.object_id)))
    top = [int(ref.object_id) for ref in ranking[:TOP_SIZE]]
    return Summary(len(counts), sum(counts.values()), top, figures.stored())


def find(text: str) -> Thing | None:
    """What a visitor means by an account's id or a topic's name."""
    word = text.strip().removeprefix("#").lower()
    # More digits than any id has, and than int() should be bothered with.
    if word.isdecimal() and len(word) < 19:
        return Account.objects.filter(pk=int(word)).first()
    return Topic.objects.filter(pk=word).first() if word else None
