"""The verbs of follows: the methods of the relation FOLLOW, under their own names.

See sequere.relations.Relation for what each does. `source` and `target` are the two
ends of a follow: the follower, and the resource that it follows.
"""

from __future__ import annotations

from sequere.relations import FOLLOW
from sequere.relations.writing import remove_edges

follow = FOLLOW.add
afollow = FOLLOW.aadd
unfollow = FOLLOW.remove
aunfollow = FOLLOW.aremove
follow_many = FOLLOW.add_many
afollow_many = FOLLOW.aadd_many
unfollow_many = FOLLOW.remove_many
aunfollow_many = FOLLOW.aremove_many
archive = FOLLOW.archive
aarchive = FOLLOW.aarchive
restore = FOLLOW.restore
arestore = FOLLOW.arestore

is_following = FOLLOW.contains
ais_following = FOLLOW.acontains
follow_states = FOLLOW.states
afollow_states = FOLLOW.astates
followings_among = FOLLOW.targets_among
afollowings_among = FOLLOW.atargets_among
followers_among = FOLLOW.sources_among
afollowers_among = FOLLOW.asources_among
friends_among = FOLLOW.mutual_among
afriends_among = FOLLOW.amutual_among

get_followers_count = FOLLOW.sources_count
aget_followers_count = FOLLOW.asources_count
get_followings_count = FOLLOW.targets_count
aget_followings_count = FOLLOW.atargets_count
get_friends_count = FOLLOW.mutual_count
aget_friends_count = FOLLOW.amutual_count
get_followers_counts = FOLLOW.sources_counts
aget_followers_counts = FOLLOW.asources_counts
get_followings_counts = FOLLOW.targets_counts
aget_followings_counts = FOLLOW.atargets_counts

get_suggestions = FOLLOW.suggestions
aget_suggestions = FOLLOW.asuggestions

get_followers = FOLLOW.sources
get_followings = FOLLOW.targets
get_friends = FOLLOW.mutual
get_common_followings = FOLLOW.common_targets
get_common_followers = FOLLOW.common_sources
get_known_followers = FOLLOW.known_sources

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
