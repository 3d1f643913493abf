"""The triggers of PostgreSQL that keep sequere_count."""

from __future__ import annotations

# One statement changes the counts of all edges of a statement. For each count, it takes
# a row that no other writer holds (SKIP LOCKED), or adds a row: so no writer waits for,
# or deadlocks with, another writer to a celebrity's count.
#
# The statement may be planned while the table is still empty, and then run for an
# import of millions; or be planned for an import, and then run for two edges. So its
# shape and the settings of its function must force the indexes, whatever the planner
# expects: a hash join, for example, would read all counts.
# In the order of the index, thousands of counts take a third less time.
COUNT = """
    WITH delta AS (
        SELECT to_identifier AS identifier, to_object_id AS object_id, relation,
            'followers' AS direction, state, from_identifier AS other_identifier,
            sum(sign) AS total
        FROM ({edges}) edges GROUP BY 1, 2, 3, 5, 6 HAVING sum(sign) <> 0
        UNION ALL
        SELECT from_identifier, from_object_id, relation,
            'followings', state, to_identifier, sum(sign)
        FROM ({edges}) edges GROUP BY 1, 2, 3, 5, 6 HAVING sum(sign) <> 0
    ), free AS (
        SELECT delta.*, slot.id, slot.total AS was
        FROM (SELECT * FROM delta ORDER BY object_id) delta LEFT JOIN LATERAL (
            SELECT c.id, c.total FROM sequere_count c
            WHERE c.identifier = delta.identifier
                AND c.object_id = delta.object_id
                AND c.relation = delta.relation
                AND c.direction = delta.direction
                AND c.state = delta.state
                AND c.other_identifier = delta.other_identifier
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) slot ON true
    ), emptied AS (
        DELETE FROM sequere_count
        WHERE id = ANY (ARRAY(SELECT id FROM free WHERE was + total = 0))
    ), changed AS (
        UPDATE sequere_count c SET total = free.was + free.total
        FROM free WHERE c.id = free.id AND free.was + free.total <> 0
    )
    INSERT INTO sequere_count
        (identifier, object_id, relation, direction, state, other_identifier, total)
    SELECT identifier, object_id, relation, direction, state, other_identifier, total
    FROM free WHERE id IS NULL;
"""

EDGES = """
    SELECT relation, from_identifier, from_object_id, to_identifier, to_object_id,
        state, {sign} AS sign
    FROM {table} WHERE state < 2
"""

# Statements of one edge are the most frequent, and starting the plan of COUNT takes
# longer than the work of such a statement. So each count has a short statement here.
ONE = """
    SELECT edges.*, EXISTS (SELECT FROM {table} OFFSET 1) AS is_one_of_many INTO edge
    FROM {table} edges LIMIT 1;
    IF edge.is_one_of_many THEN
        {many}
    ELSIF edge.state < 2 THEN
        {followers}
        {followings}
    END IF;
"""
COUNT_ONE = """
        UPDATE sequere_count SET total = total + {sign} WHERE id = (
            SELECT c.id FROM sequere_count c
            WHERE c.identifier = edge.{end}_identifier
                AND c.object_id = edge.{end}_object_id
                AND c.relation = edge.relation
                AND c.direction = '{direction}'
                AND c.state = edge.state
                AND c.other_identifier = edge.{other}_identifier
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING id, total INTO slot, left_over;
        IF slot IS NULL THEN
            INSERT INTO sequere_count (identifier, object_id, relation, direction,
                state, other_identifier, total)
            VALUES (edge.{end}_identifier, edge.{end}_object_id, edge.relation,
                '{direction}', edge.state, edge.{other}_identifier, {sign});
        ELSIF left_over = 0 THEN
            DELETE FROM sequere_count WHERE id = slot;
        END IF;
"""

# A function runs with the search_path of the session that writes an edge, and writes in
# the schema of that edge: each tenant may have its own tables.
ENTER_SCHEMA = """PERFORM set_config(
        'search_path', format('pg_catalog, %I, pg_temp', TG_TABLE_SCHEMA), true
    );"""
FUNCTION = f"""
CREATE OR REPLACE FUNCTION sequere_count_{{name}}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    edge record;
    slot bigint;
    left_over bigint;
BEGIN
    {ENTER_SCHEMA}
    {{body}}
    RETURN NULL;
END $$
"""


def count_one(sign: str, direction: str) -> str:
    end, other = ("to", "from") if direction == "followers" else ("from", "to")
    return COUNT_ONE.format(sign=sign, direction=direction, end=end, other=other)


def count(sign: str, table: str) -> str:
    """Count the edges of a transition table: one edge, or many."""
    return ONE.format(
        table=table,
        many=COUNT.format(edges=EDGES.format(sign=sign, table=table)),
        followers=count_one(sign, "followers"),
        followings=count_one(sign, "followings"),
    )


ADDED = EDGES.format(sign="1", table="new_edges")
REMOVED = EDGES.format(sign="-1", table="old_edges")
BODIES = {
    "added": count("1", "new_edges"),
    "removed": count("-1", "old_edges"),
    "changed": COUNT.format(edges=f"{ADDED} UNION ALL {REMOVED}"),
    "emptied": "DELETE FROM sequere_count;",
}

# Rows of counts in a data dump are ignored, since the edges of the dump are counted,
# whichever of the two tables is loaded first.
KEPT = """
CREATE OR REPLACE FUNCTION sequere_count_kept() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$
"""
RECOUNT = "sequere.recount"

FUNCTIONS = {
    name: FUNCTION.format(name=name, body=body) for name, body in BODIES.items()
} | {"kept": KEPT}

EDGE_TRIGGER = """
CREATE TRIGGER sequere_edge_{name} AFTER {event} ON sequere_edge {tables}
FOR EACH STATEMENT EXECUTE FUNCTION sequere_count_{name}()
"""
NEW, OLD = "NEW TABLE AS new_edges", "OLD TABLE AS old_edges"
EVENTS = {
    "added": ("INSERT", f"REFERENCING {NEW}"),
    "removed": ("DELETE", f"REFERENCING {OLD}"),
    "changed": ("UPDATE", f"REFERENCING {OLD} {NEW}"),
    "emptied": ("TRUNCATE", ""),
}
COUNT_TRIGGER = f"""
CREATE TRIGGER sequere_count_kept BEFORE INSERT ON sequere_count FOR EACH ROW
WHEN (pg_trigger_depth() = 0
    AND coalesce(current_setting('{RECOUNT}', true), '') <> 'on')
EXECUTE FUNCTION sequere_count_kept()
"""

CREATE = (
    *FUNCTIONS.values(),
    *(
        EDGE_TRIGGER.format(name=name, event=event, tables=tables)
        for name, (event, tables) in EVENTS.items()
    ),
    COUNT_TRIGGER,
)
DROP = (
    *(f"DROP TRIGGER IF EXISTS sequere_edge_{name} ON sequere_edge" for name in EVENTS),
    "DROP TRIGGER IF EXISTS sequere_count_kept ON sequere_count",
    *(f"DROP FUNCTION IF EXISTS sequere_count_{name}" for name in FUNCTIONS),
)

#: The body of the function behind each trigger.
TRIGGERS = {
    f"sequere_edge_{name}" if name in EVENTS else f"sequere_count_{name}": (
        function.split("$$")[1]
    )
    for name, function in FUNCTIONS.items()
}
STORED = """
SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgenabled IN ('O', 'A')
AND t.tgrelid IN (to_regclass('sequere_edge'), to_regclass('sequere_count'))
"""
