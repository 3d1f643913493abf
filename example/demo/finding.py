"""The search for accounts and topics."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q, QuerySet

from demo.models import Account, Thing, Topic
from demo.privacy import visible_to
from demo.things import Row, followers_counts, most_followed_keys, ranked

SHOWN = 20
#: One letter would match nearly every name.
MIN_LENGTH = 2
#: Names are shorter, and SQLite refuses very long patterns.
MAX_LENGTH = 100


class Found(NamedTuple):
    """Topics and the most followed accounts, and the number of all that were found."""

    rows: list[Row]
    total: int


def find_exact(me: Thing | None, text: str) -> Thing | None:
    """Return the account of a number or handle, or the topic of a name."""
    word = clean(text)
    accounts, topics = known(me)
    # The column of the database cannot hold more digits.
    if word.isdecimal() and len(word) < 19:
        return accounts.filter(pk=int(word)).first()
    if not word:
        return None
    return topics.filter(pk=word).first() or accounts.filter(handle=word).first()


def search(me: Thing | None, text: str) -> Found:
    """Return accounts and topics whose names have each word of `text` in them."""
    words = clean(text).split()
    if not any(len(word) >= MIN_LENGTH for word in words):
        return Found([], 0)
    accounts, topics = known(me)
    named = accounts.filter(all_of("name", words) | all_of("handle", words))
    keys = list(named.values_list("pk", flat=True))
    top = most_followed_keys(followers_counts(keys), SHOWN)
    people = ranked(me, Account.objects.filter(pk__in=top))
    found = ranked(me, topics.filter(all_of("slug", words)))
    return Found([*found, *people], len(found) + len(keys))


def known(me: Thing | None) -> tuple[QuerySet[Account], QuerySet[Topic]]:
    return visible_to(Account.objects.all(), me), visible_to(Topic.objects.all(), me)


def all_of(field: str, words: list[str]) -> Q:
    return Q(*(Q((f"{field}__icontains", word)) for word in words))


def clean(text: str) -> str:
    """Remove the marks `#` and `@`, which are not part of topics and handles."""
    return text[:MAX_LENGTH].strip().removeprefix("#").removeprefix("@").lower()
