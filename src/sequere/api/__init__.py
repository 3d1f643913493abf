"""The verbs. Each gives the registry's refs to a backend, and is otherwise thin.

A resource is an instance of a registered model, or a Ref. `using` is the alias of a
backend. All raise the registry's errors for what is not a resource, and
UnknownBackend for an alias that is not configured.

What begins with an `a` does the same for asyncio, at the same cost. Its writes are
final when it returns: no transaction of Django's can surround it.
"""

from __future__ import annotations

from sequere.api.asking import (
    afollow_states,
    afollowers_among,
    afollowings_among,
    afriends_among,
    ais_following,
    follow_states,
    followers_among,
    followings_among,
    friends_among,
    is_following,
)
from sequere.api.counting import (
    aget_followers_count,
    aget_followers_counts,
    aget_followings_count,
    aget_followings_counts,
    aget_friends_count,
    get_followers_count,
    get_followers_counts,
    get_followings_count,
    get_followings_counts,
    get_friends_count,
)
from sequere.api.listing import (
    aget_suggestions,
    get_common_followers,
    get_common_followings,
    get_followers,
    get_followings,
    get_friends,
    get_known_followers,
    get_suggestions,
)
from sequere.api.writing import (
    aarchive,
    afollow,
    afollow_many,
    archive,
    arestore,
    aunfollow,
    aunfollow_many,
    follow,
    follow_many,
    remove_edges,
    restore,
    unfollow,
    unfollow_many,
)

__all__ = [
    "aarchive",
    "afollow",
    "afollow_many",
    "afollow_states",
    "afollowers_among",
    "afollowings_among",
    "afriends_among",
    "aget_followers_count",
    "aget_followers_counts",
    "aget_followings_count",
    "aget_followings_counts",
    "aget_friends_count",
    "aget_suggestions",
    "ais_following",
    "archive",
    "arestore",
    "aunfollow",
    "aunfollow_many",
    "follow",
    "follow_many",
    "follow_states",
    "followers_among",
    "followings_among",
    "friends_among",
    "get_common_followers",
    "get_common_followings",
    "get_followers",
    "get_followers_count",
    "get_followers_counts",
    "get_followings",
    "get_followings_count",
    "get_followings_counts",
    "get_friends",
    "get_friends_count",
    "get_known_followers",
    "get_suggestions",
    "is_following",
    "remove_edges",
    "restore",
    "unfollow",
    "unfollow_many",
]
