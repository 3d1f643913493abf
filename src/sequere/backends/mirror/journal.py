"""The primary's side of a mirror: the intents, the mark, and the role of the primary.

Triggers write an intent for each written edge, in the writer's transaction. So an edge
never changes without an intent, whichever program changes it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import partial

from django.db import connections, transaction

from sequere.backends.mirror.dialect import ENDS, Dialect
from sequere.backends.mirror.marks import OPEN, Left, Mark, Truth
from sequere.backends.mirror.postgresql import POSTGRESQL
from sequere.backends.mirror.sqlite import SQLITE
from sequere.backends.simple import SimpleBackend, triggers
from sequere.backends.simple.dialect import flat, values
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.store import Engine
from sequere.batching import batched
from sequere.exceptions import NotSupported
from sequere.types import Ref
from sequere.verifying.exact import Slot, there

DIALECTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
BATCH_SIZE = 500


class Journal:
    def __init__(self, primary: SimpleBackend) -> None:
        self.primary = primary

    @property
    def engine(self) -> Engine:
        connection = connections[self.primary.write_alias]
        return Engine(connection, dialect_for(connection))

    @property
    def dialect(self) -> Dialect:
        connection = connections[self.primary.write_alias]
        if connection.vendor not in DIALECTS:
            raise NotSupported(
                f"Backend {self.primary.alias!r} cannot have a mirror: intents are "
                "kept on SQLite and PostgreSQL, and the database "
                f"{connection.alias!r} is {connection.display_name}. Move its edges "
                "with sequere_copy."
            )
        return DIALECTS[connection.vendor]

    @property
    def is_in_transaction(self) -> bool:
        return bool(connections[self.primary.write_alias].in_atomic_block)

    # Set up

    def start(self, role: str = OPEN) -> None:
        """Create the tables and triggers. If the primary has no role, it gets `role`.
        Writers wait for a moment.
        """
        dialect, engine = self.dialect, self.engine
        with (
            transaction.atomic(using=engine.alias),
            triggers.beside_edges(engine.connection) as cursor,
        ):
            triggers.execute_by(cursor, dialect.tables)
            cursor.execute("SELECT role FROM sequere_mirror")
            if not cursor.fetchone():
                mark = f"INSERT INTO sequere_mirror VALUES (0, '', '{role}')"
                triggers.execute_by(cursor, [mark])
            noting = *dialect.note_no_more, *dialect.note
            triggers.execute_by(cursor, noting)

    def stop(self) -> None:
        """Drop the triggers and tables."""
        dialect, engine = self.dialect, self.engine
        with (
            transaction.atomic(using=engine.alias),
            triggers.beside_edges(engine.connection) as cursor,
        ):
            dropping = *dialect.note_no_more, *dialect.refuse_no_more
            triggers.execute_by(cursor, (*dropping, *dialect.drop_tables))

    def damaged(self) -> set[str]:
        """Return the names of the triggers that are missing or changed. One query."""
        found = triggers.stored(self.engine.connection)
        return {
            name
            for name, text in self.dialect.noting.items()
            if found.get(name, "").split() != text.split()
        }

    # Roles

    def role(self) -> str | None:
        """Return the role of the primary, or None before start()."""
        engine = self.engine
        if not engine.read((self.dialect.has_tables, [])):
            return None
        return self._role()

    def _role(self) -> str | None:
        found = self.engine.read(("SELECT role FROM sequere_mirror", []))
        return str(found[0][0]) if found else None

    def refuse(self, role: str) -> None:
        """Let the database refuse all writes of edges, once the transactions that have
        written edges have ended.
        """
        self._take(role, self.dialect.refuse_no_more, self.dialect.refuse)

    def accept(self, role: str) -> None:
        """Let the database accept writes again."""
        self._take(role, self.dialect.refuse_no_more)

    def become(self, role: str) -> None:
        self._take(role)

    def _take(self, role: str, *statements: Iterable[str]) -> None:
        engine = self.engine
        with (
            transaction.atomic(using=engine.alias),
            triggers.beside_edges(engine.connection) as cursor,
        ):
            for each in statements:
                triggers.execute_by(cursor, each)
            cursor.execute("UPDATE sequere_mirror SET role = %s", [role])

    # The mark

    def mark(self) -> Mark:
        rows = self.engine.read(("SELECT generation, server FROM sequere_mirror", []))
        [(generation, server)] = rows
        return Mark(generation, server)

    def begin(self, server: str) -> tuple[Mark, int]:
        """Begin a new generation, for a mirror on this run of a server. Return its
        mark, and the id of the last intent before it.
        """
        engine = self.engine
        # Clocks are used, so that a primary from a backup does not repeat a generation.
        now = int(time.time() * 1_000_000)

        def work() -> tuple[Mark, int]:
            sql = (
                "UPDATE sequere_mirror SET server = %s, generation = "
                "CASE WHEN generation < %s THEN %s ELSE generation + 1 END"
            )
            engine.run((sql, [server, now, now]))
            [(last,)] = engine.read(
                ("SELECT coalesce(max(id), 0) FROM sequere_intent", [])
            )
            return self.mark(), last

        return engine.atomically(work)

    # Intents

    def intents(self, after: int) -> tuple[list[Slot], int]:
        """Return the slots of the next 500 intents after an id, and the last id."""
        sql = (
            f"SELECT id, {ENDS} FROM sequere_intent WHERE id > %s ORDER BY id LIMIT %s"
        )
        rows = self.engine.read((sql, [after, BATCH_SIZE]))
        slots = dict.fromkeys(slot_of(*row[1:]) for row in rows)
        return list(slots), rows[-1][0] if rows else after

    def ids(self, slots: Collection[Slot]) -> dict[Slot, list[int]]:
        """Return the ids of the intents of `slots`. One query for each 500 slots."""
        found: dict[Slot, list[int]] = defaultdict(list)
        for batch in batched(list(slots), BATCH_SIZE):
            pairs = {(slot[1].object_id, slot[2].object_id) for slot in batch}
            sql = (
                f"SELECT id, {ENDS} FROM sequere_intent WHERE "
                f"(from_object_id, to_object_id) IN (VALUES {values(len(pairs), 2)})"
            )
            for number, *ends in self.engine.read((sql, flat(sorted(pairs)))):
                found[slot_of(*ends)].append(number)
        return found

    def truth(self, slots: Collection[Slot]) -> Truth:
        """Return the current edges in `slots`. One query for each relation."""
        edges = there(self.primary, slots)
        return {slot: edges.get(slot) for slot in slots}

    def delete(self, ids: Iterable[int]) -> None:
        engine = self.engine
        for batch in batched(sorted(ids), BATCH_SIZE):
            numbers = ", ".join(map(str, batch))
            sql = f"DELETE FROM sequere_intent WHERE id IN ({numbers})"
            engine.retry(partial(engine.run, (sql, [])))

    def delete_until(self, last: int) -> None:
        self.engine.run(("DELETE FROM sequere_intent WHERE id <= %s", [last]))

    def note(self, slots: Collection[Slot]) -> None:
        """Write intents for slots that must be settled later."""
        rows = [[slot[0], *slot[1], *slot[2]] for slot in slots]
        for batch in batched(rows, BATCH_SIZE):
            sql = f"INSERT INTO sequere_intent ({ENDS}) VALUES {values(len(batch), 5)}"
            self.engine.run((sql, flat(batch)))

    def left(self) -> Left:
        """Count the intents. All intents are read."""
        now = self.dialect.now
        sql = f"SELECT count(*), coalesce({now} - min(at), 0) FROM sequere_intent"
        [(count, age)] = self.engine.read((sql, []))
        return Left(count, max(0, age) / 1_000_000)


def slot_of(
    relation: str, source: str, source_id: str, target: str, target_id: str
) -> Slot:
    return relation, Ref(source, source_id), Ref(target, target_id)
