"""Rows of accounts and topics, at a cost that does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.cache import cache

from demo import circle, figures
from demo.circle import Circle
from demo.graph import account_ref
from demo.models import Account, Thing
from demo.privacy import visible_to
from sequere.models import get_followers_counts, get_suggestions
from sequere.states import with_follow_state
from sequere.types import Ref

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
    #: The most followed accounts.
    top: list[Account]
    #: A picture of the imported file, or None before the import.
    circle: Circle | None


def ranked(me: Thing | None, things: Iterable[Thing]) -> list[Row]:
    """Return rows of `things`, the most followed first."""
    found = sorted(
        with_follow_state(me, things), key=lambda thing: -thing.followers_count
    )
    return [Row(thing) for thing in found]


def most_followed(me: Thing | None, size: int) -> list[Row]:
    """Return the top of the summary without accounts that `me` blocks or mutes. The
    counts and their order are up to date.
    """
    keys = [account.pk for account in summary().top[:size]]
    rows = ranked(me, visible_to(Account.objects.filter(pk__in=keys), me))
    return [row for row in rows if not (row.thing.is_blocked or row.thing.is_muted)]


def starters() -> list[Account]:
    """Return good accounts to begin as. This costs no query."""
    return summary().top[:STARTERS]


def suggestions(me: Thing | None, limit: int) -> list[Row]:
    """Return suggestions with their reasons, but without the states of buttons."""
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
    """Return totals of all accounts, which are at most a minute old."""
    found: Summary | None = cache.get("summary")
    if found is None:
        found = summarise()
        cache.set("summary", found, SUMMARY_SECONDS)
    return found


def summarise() -> Summary:
    counts = followers_counts(Account.objects.values_list("pk", flat=True))
    accounts = Account.objects.in_bulk(top := most_followed_keys(counts, TOP_SIZE))
    imported = figures.stored()
    return Summary(
        len(counts),
        sum(counts.values()),
        [accounts[key] for key in top],
        circle.draw(imported, people(imported)) if imported else None,
    )


def followers_counts(keys: Iterable[int]) -> dict[Ref, int]:
    return dict(get_followers_counts(map(account_ref, keys)))


def most_followed_keys(counts: dict[Ref, int], size: int) -> list[int]:
    ranking = sorted(counts, key=lambda ref: (-counts[ref], int(ref.object_id)))
    return [int(ref.object_id) for ref in ranking[:size]]


def people(imported: figures.Figures) -> dict[int, Account]:
    """Return the most followed accounts of the file."""
    return Account.objects.in_bulk([key for key, _ in imported.top])
