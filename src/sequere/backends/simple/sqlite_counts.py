"""The triggers of SQLite that keep sequere_count."""

from __future__ import annotations

from sequere.backends.simple.dialect import COUNT_KEY, SLOT, same

# The hints are needed: with statistics, the planner prefers to read a whole list, or a
# whole table.
BY_SLOT = "INDEXED BY sequere_edge_once"
BY_KEY = "INDEXED BY sequere_count_key"

# This index holds counts of 0, and so is empty between two statements.
SPENT = (
    "CREATE INDEX IF NOT EXISTS sequere_count_spent ON sequere_count (id) "
    "WHERE total = 0"
)
DELETE_SPENT = "DELETE FROM sequere_count WHERE total = 0"
ADD = f"ON CONFLICT ({COUNT_KEY}) DO UPDATE SET total = total + excluded.total"


def key(row: str, direction: str) -> list[str]:
    """Return the values of COUNT_KEY for one end of the edge `row`."""
    end, other = ("to", "from") if direction == "followers" else ("from", "to")
    return [
        f"{row}{end}_object_id",
        f"{row}{end}_identifier",
        f"{row}relation",
        f"'{direction}'",
        f"{row}state",
        f"{row}{other}_identifier",
    ]


def count_up(direction: str) -> str:
    return f"""
        INSERT INTO sequere_count ({COUNT_KEY}, total)
        SELECT {", ".join(key("NEW.", direction))}, 1 WHERE NEW.state < 2 {ADD};
    """


def count_down(direction: str) -> str:
    where = f"({COUNT_KEY}) = ({', '.join(key('OLD.', direction))})"
    return f"UPDATE sequere_count SET total = total - 1 WHERE {where};"


def refuse(event: str, condition: str) -> str:
    """Refuse a REPLACE: it removes a row without calling the row's trigger, so a row
    that it would remove is an error. An occupied slot is an error even without REPLACE.
    """
    return f"""
        {event} ON sequere_edge WHEN {condition} BEGIN SELECT RAISE(ABORT,
        'sequere_edge has a row with this id, or an edge in this slot'); END
    """


IN_SLOT = f"SELECT 1 FROM sequere_edge e {BY_SLOT} WHERE {same('e.', 'NEW.')}"
BY_ID = "SELECT 1 FROM sequere_edge e WHERE e.id = NEW.id"
UP = count_up("followers") + count_up("followings")
DOWN = f"{count_down('followers')} {count_down('followings')} {DELETE_SPENT};"

TRIGGERS = {
    "sequere_edge_added": f"""
        CREATE TRIGGER sequere_edge_added AFTER INSERT ON sequere_edge
        BEGIN {UP} END
    """,
    "sequere_edge_removed": f"""
        CREATE TRIGGER sequere_edge_removed AFTER DELETE ON sequere_edge
        BEGIN {DOWN} END
    """,
    "sequere_edge_changed": f"""
        CREATE TRIGGER sequere_edge_changed AFTER UPDATE ON sequere_edge
        BEGIN {DOWN} {UP} END
    """,
    "sequere_edge_kept": refuse(
        "CREATE TRIGGER sequere_edge_kept BEFORE INSERT",
        f"EXISTS ({BY_ID}) OR EXISTS ({IN_SLOT})",
    ),
    "sequere_edge_kept_apart": refuse(
        f"CREATE TRIGGER sequere_edge_kept_apart BEFORE UPDATE OF {', '.join(SLOT)}",
        f"EXISTS ({IN_SLOT} AND e.id <> OLD.id)",
    ),
}
CREATE = (SPENT, *TRIGGERS.values())
DROP = (
    *(f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS),
    "DROP INDEX IF EXISTS sequere_count_spent",
)
