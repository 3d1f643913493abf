"""The search for accounts and topics."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q, QuerySet

from demo.models import Account, Thing, Topic
from demo.things import Row, followers_counts, most_followed_keys, ranked

SHOWN = 20
#: One letter is part of nearly every name.
MIN_LENGTH = 2
#: Names are shorter, and SQLite refuses to look for very long ones.
MAX_LENGTH = 100


class Found(NamedTuple):
    """Topics and the most followed accounts, and the number of all that were found."""

    rows: list[Row]
    total: int


def find_exact(text: str) -> Thing | None:
    """Return the account of a number or handle, or the topic of a name."""
    word = clean(text)
    # A database has no place for more digits.
    if word.isdecimal() and len(word) < 19:
        return Account.objects.filter(pk=int(word)).first()
    if not word:
        return None
    topic = Topic.objects.filter(pk=word).first()
    return topic or Account.objects.filter(handle=word).first()


def search(me: Thing | None, text: str) -> Found:
    """Return accounts and topics whose names have each word of `text` in them."""
    words = clean(text).split()
    if not any(len(word) >= MIN_LENGTH for word in words):
        return Found([], 0)
    keys = list(accounts(words).values_list("pk", flat=True))
    top = most_followed_keys(followers_counts(keys), SHOWN)
    people = ranked(me, Account.objects.filter(pk__in=top))
    topics = ranked(me, Topic.objects.filter(all_of("slug", words)))
    return Found([*topics, *people], len(topics) + len(keys))


def accounts(words: list[str]) -> QuerySet[Account]:
    return Account.objects.filter(all_of("name", words) | all_of("handle", words))


def all_of(field: str, words: list[str]) -> Q:
    return Q(*(Q((f"{field}__icontains", word)) for word in words))


def clean(text: str) -> str:
    """Without the marks of topics and handles, which are not part of them."""
    return text[:MAX_LENGTH].strip().removeprefix("#").removeprefix("@").lower()
