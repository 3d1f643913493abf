"""What the pages show of things, at a cost that does not depend on how many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.core.cache import cache

from demo.graph import account_ref
from demo.models import Account, Thing, Topic
from sequere.models import followings_among, get_followers_counts

SUMMARY_SECONDS = 60
TOP_SIZE = 50


class Row(NamedTuple):
    thing: Thing
    followers: int
    followed: bool
    since: datetime | None = None


class Summary(NamedTuple):
    accounts: int
    follows: int
    top: list[int]


class Shown:
    """What is known of all things on a page: two queries, whatever their number."""

    def __init__(self, me: Thing | None, things: Iterable[Thing]) -> None:
        things = list(things)
        self.counts = get_followers_counts(things)
        self.followed = followings_among(me, things) if me else {}

    def row(self, thing: Thing, since: datetime | None = None) -> Row:
        return Row(thing, self.counts[thing], thing in self.followed, since)


def ranked(me: Thing | None, things: Iterable[Thing]) -> list[Row]:
    """Rows of `things`, the most followed first."""
    things = list(things)
    shown = Shown(me, things)
    rows = [shown.row(thing) for thing in things]
    return sorted(rows, key=lambda row: -row.followers)


def most_followed(me: Thing | None, size: int) -> list[Row]:
    """Who is among them may be a minute old; their counts and order are not."""
    return ranked(me, Account.objects.filter(pk__in=summary().top[:size]))


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
    return Summary(len(counts), sum(counts.values()), top)


def find(text: str) -> Thing | None:
    """What a visitor means by an account's id or a topic's name."""
    word = text.strip().removeprefix("#").lower()
    # More digits than any id has, and than int() should be bothered with.
    if word.isdecimal() and len(word) < 19:
        return Account.objects.filter(pk=int(word)).first()
    return Topic.objects.filter(pk=word).first() if word else None
