"""The triggers of MariaDB that keep sequere_count.

In stored code, SKIP LOCKED works only once for each alias of a table and each
statement; later uses wait. So the first row of a statement takes a free row of each
count, by an alias of its own, and later rows add rows: no writer waits for a count.
Surplus rows are merged by the next write of many edges, and by repair().
"""

from __future__ import annotations

# This value is constant within a statement, and the same in its triggers.
NOW = "CAST(NOW(6) AS DECIMAL(20, 6))"

# The condition of a statement gets this addition if the backend counts its edges. The
# variable holds the time of the statement, so that later statements ignore it.
COUNTED_APART = f"(@sequere_apart := {NOW}) IS NOT NULL"

# Django empties all tables in any order, without foreign keys. So a count without a row
# was emptied before its edges, and each row of a statement looks for the count's row.
TRIGGER = f"""
CREATE TRIGGER sequere_edge_{{name}} AFTER {{event}} ON sequere_edge FOR EACH ROW
BEGIN
    DECLARE slot BIGINT;
    DECLARE was BIGINT;
    DECLARE takes BOOLEAN;
    DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
    IF NOT (@sequere_apart <=> {NOW}) THEN
        SET takes = NOT (@sequere_first <=> {NOW}) OR NOT @@foreign_key_checks;
        SET @sequere_first = {NOW};
        {{counts}}
    END IF;
END
"""

COUNT = """
    SET slot = NULL, was = NULL;
    IF takes THEN
        SELECT {alias}.id, {alias}.total INTO slot, was FROM sequere_count {alias}
        WHERE {alias}.identifier = {row}.{end}_identifier
        AND {alias}.object_id = {row}.{end}_object_id
        AND {alias}.relation = {row}.relation AND {alias}.direction = '{direction}'
        AND {alias}.state = {row}.state
        AND {alias}.other_identifier = {row}.{other}_identifier
        LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    IF slot IS NULL AND {may_add} THEN
        INSERT INTO sequere_count (identifier, object_id, relation, direction, state,
            other_identifier, total)
        VALUES ({row}.{end}_identifier, {row}.{end}_object_id, {row}.relation,
            '{direction}', {row}.state, {row}.{other}_identifier, {change});
    ELSEIF was + {change} = 0 THEN
        DELETE FROM sequere_count WHERE id = slot;
    ELSEIF slot IS NOT NULL THEN
        UPDATE sequere_count SET total = was + {change} WHERE id = slot;
    END IF;
"""


def count(row: str, change: str, direction: str) -> str:
    end, other = ("to", "from") if direction == "followers" else ("from", "to")
    may_add = "TRUE" if row == "NEW" else "@@foreign_key_checks"
    alias = f"{row}_{direction}".lower()
    ends = {"row": row, "direction": direction, "end": end, "other": other}
    return COUNT.format(alias=alias, may_add=may_add, change=change, **ends)


def trigger(name: str, event: str, **changes: str) -> str:
    """Return the trigger that counts by `changes`, such as OLD="-1"."""
    counts = " ".join(
        f"IF {row}.state < 2{unless(row, changes)} THEN "
        f"{count(row, change, 'followers')} {count(row, change, 'followings')} END IF;"
        for row, change in changes.items()
    )
    return TRIGGER.format(name=name, event=event, counts=counts)


def unless(row: str, changes: dict[str, str]) -> str:
    """Return a condition that skips updates of columns that no count depends on."""
    if len(changes) == 1:
        return ""
    columns = (
        "relation, {0}.from_identifier, {0}.from_object_id, "
        "{0}.to_identifier, {0}.to_object_id, {0}.state"
    )
    both = [f"({row}.{columns.format(row)})" for row in changes]
    return f" AND NOT ({' = '.join(both)})"


TRIGGERS = {
    "sequere_edge_added": trigger("added", "INSERT", NEW="1"),
    "sequere_edge_removed": trigger("removed", "DELETE", OLD="-1"),
    "sequere_edge_changed": trigger("changed", "UPDATE", OLD="-1", NEW="1"),
}
# The text is NULL for an account without the privilege TRIGGER.
STORED = (
    "SELECT trigger_name, COALESCE(action_statement, '') "
    "FROM information_schema.triggers "
    "WHERE event_object_schema = DATABASE() AND event_object_table = 'sequere_edge'"
)
BEGIN = "FOR EACH ROW"
