"""The tables of each package, and how their rows become edges."""

from __future__ import annotations

from sequere.transfer.elsewhere.tables import Found, Row, Table, Tables
from sequere.transfer.records import ref_of
from sequere.types import REQUESTED


def sequere04_follow(tables: Tables, row: Row) -> Found:
    source = ref_of(row["from_identifier"], str(row["from_object_id"]))
    target = ref_of(row["to_identifier"], str(row["to_object_id"]))
    return Found("follow", source, target, row["created_at"])


def friendship_block(tables: Tables, row: Row) -> Found:
    source, target = tables.user(row["blocker_id"]), tables.user(row["blocked_id"])
    return Found("block", source, target, row["created"])


def friendship_follow(tables: Tables, row: Row) -> Found:
    source, target = tables.user(row["follower_id"]), tables.user(row["followee_id"])
    return Found("follow", source, target, row["created"])


def friendship_friend(tables: Tables, row: Row) -> Found:
    """Convert a friendship, which has a row for each direction."""
    source, target = tables.user(row["from_user_id"]), tables.user(row["to_user_id"])
    return Found("friend", source, target, row["created"])


def friendship_request(tables: Tables, row: Row) -> Found | None:
    if row["rejected"] is not None:
        return None
    source, target = tables.user(row["from_user_id"]), tables.user(row["to_user_id"])
    return Found("request", source, target, row["created"], REQUESTED)


def actstream_follow(tables: Tables, row: Row) -> Found:
    source = tables.user(row["user_id"])
    target = tables.generic(row["content_type_id"], row["object_id"])
    return Found(row["flag"] or "follow", source, target, row["started"])


def followit_record(tables: Tables, row: Row) -> Found:
    source = tables.user(row["user_id"])
    target = tables.generic(row["content_type_id"], row["object_id"])
    return Found("follow", source, target, None)


PAIR = ["from_user_id", "to_user_id"]
THING = ["user_id", "content_type_id", "object_id"]

#: The tables by the name of the package. Blocks come first: edges that they bar are not
#: stored.
TABLES = {
    "sequere04": [
        Table(
            "sequere_follow",
            ["from_identifier", "from_object_id", "to_identifier", "to_object_id"],
            "created_at",
            sequere04_follow,
        )
    ],
    "friendship": [
        Table(
            "friendship_block",
            ["blocker_id", "blocked_id"],
            "created",
            friendship_block,
        ),
        Table(
            "friendship_follow",
            ["follower_id", "followee_id"],
            "created",
            friendship_follow,
        ),
        Table("friendship_friend", PAIR, "created", friendship_friend),
        Table(
            "friendship_friendshiprequest",
            [*PAIR, "rejected"],
            "created",
            friendship_request,
        ),
    ],
    "actstream": [
        Table("actstream_follow", [*THING, "flag"], "started", actstream_follow)
    ],
    "followit": [Table("followit_followrecord", THING, None, followit_record)],
}

#: The relations of kinds that are not themselves the name of a relation.
RELATIONS = {"friend": "follow", "request": "follow"}
