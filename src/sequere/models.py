"""The verbs, under the path that they always had, and the tables."""

from __future__ import annotations

from sequere.api import (
    follow,
    follow_many,
    followers_among,
    followings_among,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings,
    get_followings_count,
    get_followings_counts,
    get_friends,
    get_friends_count,
    is_following,
    remove_edges,
    unfollow,
    unfollow_many,
)
from sequere.backends.simple.models import CountRow, EdgeRow

__all__ = [
    "CountRow",
    "EdgeRow",
    "follow",
    "follow_many",
    "followers_among",
    "followings_among",
    "get_followers",
    "get_followers_count",
    "get_followers_counts",
    "get_followings",
    "get_followings_count",
    "get_followings_counts",
    "get_friends",
    "get_friends_count",
    "is_following",
    "remove_edges",
    "unfollow",
    "unfollow_many",
]
