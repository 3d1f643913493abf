"""The verbs of follows, blocks and mutes: methods of the relations FOLLOW, BLOCK and
MUTE, under their own names.

See sequere.relations.Relation for the contract of each verb. `source` and `target` are
the two ends of an edge: the source of a follow is the follower, and the target is the
resource that is followed. The resource that acts is the first argument: `accept(target,
source)`, `block(source, target)`.
"""

from __future__ import annotations

from sequere.relations import BLOCK, FOLLOW, MUTE
from sequere.relations.writing import remove_edges

follow = FOLLOW.add
afollow = FOLLOW.aadd
unfollow = FOLLOW.remove
aunfollow = FOLLOW.aremove
follow_many = FOLLOW.add_many
afollow_many = FOLLOW.aadd_many
unfollow_many = FOLLOW.remove_many
aunfollow_many = FOLLOW.aremove_many
attempt_follow = FOLLOW.attempt
aattempt_follow = FOLLOW.aattempt
set_level = FOLLOW.set_level
aset_level = FOLLOW.aset_level
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

accept = FOLLOW.accept
aaccept = FOLLOW.aaccept
accept_many = FOLLOW.accept_many
aaccept_many = FOLLOW.aaccept_many
accept_pending = FOLLOW.accept_pending
aaccept_pending = FOLLOW.aaccept_pending
reject = FOLLOW.reject
areject = FOLLOW.areject
reject_many = FOLLOW.reject_many
areject_many = FOLLOW.areject_many
remove_follower = FOLLOW.remove_source
aremove_follower = FOLLOW.aremove_source
remove_followers = FOLLOW.remove_sources
aremove_followers = FOLLOW.aremove_sources
get_follow_requests = FOLLOW.requests
get_requested = FOLLOW.requested
get_follow_requests_count = FOLLOW.requests_count
aget_follow_requests_count = FOLLOW.arequests_count
get_requested_count = FOLLOW.requested_count
aget_requested_count = FOLLOW.arequested_count

block = BLOCK.add
ablock = BLOCK.aadd
block_many = BLOCK.add_many
ablock_many = BLOCK.aadd_many
unblock = BLOCK.remove
aunblock = BLOCK.aremove
unblock_many = BLOCK.remove_many
aunblock_many = BLOCK.aremove_many
is_blocking = BLOCK.contains
ais_blocking = BLOCK.acontains
blocked_among = BLOCK.targets_among
ablocked_among = BLOCK.atargets_among
get_blocked = BLOCK.targets
get_blocked_count = BLOCK.targets_count
aget_blocked_count = BLOCK.atargets_count

mute = MUTE.add
amute = MUTE.aadd
mute_many = MUTE.add_many
amute_many = MUTE.aadd_many
unmute = MUTE.remove
aunmute = MUTE.aremove
unmute_many = MUTE.remove_many
aunmute_many = MUTE.aremove_many
is_muting = MUTE.contains
ais_muting = MUTE.acontains
muted_among = MUTE.targets_among
amuted_among = MUTE.atargets_among
get_muted = MUTE.targets
get_muted_count = MUTE.targets_count
aget_muted_count = MUTE.atargets_count

get_suggestions = FOLLOW.suggestions
aget_suggestions = FOLLOW.asuggestions

get_followers = FOLLOW.sources
get_followings = FOLLOW.targets
get_friends = FOLLOW.mutual
get_common_followings = FOLLOW.common_targets
get_common_followers = FOLLOW.common_sources
get_known_followers = FOLLOW.known_sources

__all__ = [
    "aaccept",
    "aaccept_many",
    "aaccept_pending",
    "aarchive",
    "aattempt_follow",
    "ablock",
    "ablock_many",
    "ablocked_among",
    "accept",
    "accept_many",
    "accept_pending",
    "afollow",
    "afollow_many",
    "afollow_states",
    "afollowers_among",
    "afollowings_among",
    "afriends_among",
    "aget_blocked_count",
    "aget_follow_requests_count",
    "aget_followers_count",
    "aget_followers_counts",
    "aget_followings_count",
    "aget_followings_counts",
    "aget_friends_count",
    "aget_muted_count",
    "aget_requested_count",
    "aget_suggestions",
    "ais_blocking",
    "ais_following",
    "ais_muting",
    "amute",
    "amute_many",
    "amuted_among",
    "archive",
    "areject",
    "areject_many",
    "aremove_follower",
    "aremove_followers",
    "arestore",
    "aset_level",
    "attempt_follow",
    "aunblock",
    "aunblock_many",
    "aunfollow",
    "aunfollow_many",
    "aunmute",
    "aunmute_many",
    "block",
    "block_many",
    "blocked_among",
    "follow",
    "follow_many",
    "follow_states",
    "followers_among",
    "followings_among",
    "friends_among",
    "get_blocked",
    "get_blocked_count",
    "get_common_followers",
    "get_common_followings",
    "get_follow_requests",
    "get_follow_requests_count",
    "get_followers",
    "get_followers_count",
    "get_followers_counts",
    "get_followings",
    "get_followings_count",
    "get_followings_counts",
    "get_friends",
    "get_friends_count",
    "get_known_followers",
    "get_muted",
    "get_muted_count",
    "get_requested",
    "get_requested_count",
    "get_suggestions",
    "is_blocking",
    "is_following",
    "is_muting",
    "mute",
    "mute_many",
    "muted_among",
    "reject",
    "reject_many",
    "remove_edges",
    "remove_follower",
    "remove_followers",
    "restore",
    "set_level",
    "unblock",
    "unblock_many",
    "unfollow",
    "unfollow_many",
    "unmute",
    "unmute_many",
]
