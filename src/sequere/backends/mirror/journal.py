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
from django.db.utils import OperationalError

from sequere.backends.mirror.dialect import Dialect
from sequere.backends.mirror.mariadb import MARIADB
from sequere.backends.mirror.marks import OPEN, Left, Mark, NotReady, Truth
from sequere.backends.mirror.postgresql import POSTGRESQL
from sequere.backends.mirror.sqlite import SQLITE
from sequere.backends.simple import SimpleBackend, triggers
from sequere.backends.simple.dialect import ENDS, flat, values
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.store import Engine
from sequere.batching import batched
from sequere.exceptions import BackendUnavailable, NotSupported
from sequere.types import Ref
from sequere.verifying.exact import Slot, there

DIALECTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mysql": MARIADB}
BATCH_SIZE = 500

#: A change of the triggers or of the role is tried for so many seconds while open
#: transactions are in its way, with a pause between two tries.
WAIT_SECONDS = 30
WAIT_PAUSE = 1

FIRST_MARK = (
    "INSERT INTO sequere_mirror SELECT 0, '', '{role}' FROM (SELECT 1) one "
    "WHERE NOT EXISTS (SELECT 1 FROM sequere_mirror)"
)
NEXT_GENERATION = (
    f"UPDATE sequere_mirror SET generation = generation + 1 WHERE role = '{OPEN}'"
)
BECOME = "UPDATE sequere_mirror SET role = '{role}'"


class Journal:
    def __init__(self, primary: SimpleBackend) -> None:
        self.primary = primary

    @property
    def engine(self) -> Engine:
        connection = connections[self.primary.write_alias]
        return Engine(connection, dialect_for(connection))

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.engine.connection.vendor]

    @property
    def is_in_transaction(self) -> bool:
        return bool(connections[self.primary.write_alias].in_atomic_block)

    @property
    def sees_latest(self) -> bool:
        """Does a read see what was committed just now?"""
        return not self.is_in_transaction or self.dialect.sees_latest(
            self.engine.connection
        )

    # Set up

    def start(self, role: str = OPEN) -> None:
        """Create the tables and triggers. If the primary has no role, it gets `role`.
        Writers wait for a moment.

        A mirror that was filled before is not ready until it is filled again: nobody
        knows whether the triggers were always there.
        """
        dialect, first = self.dialect, FIRST_MARK.format(role=role)
        self._execute(*dialect.tables, first, NEXT_GENERATION, *dialect.note)

    def stop(self) -> None:
        """Drop the triggers and tables."""
        self._execute(*self.dialect.note_no_more, *self.dialect.drop)

    def damaged(self) -> set[str]:
        """Return the names of the triggers that are missing or changed. One query."""
        return triggers.differing(self.engine.connection, self.dialect.noting)

    def check_triggers(self) -> None:
        """Raise NotReady if a trigger is missing, so that writes are not noted."""
        if names := self.damaged():
            raise NotReady(
                f"Triggers that note the writes of {self.primary.alias!r} are missing: "
                f"{', '.join(sorted(names))}. Run `manage.py sequere_mirror start`."
            )

    def _execute(self, *statements: str) -> None:
        """Execute statements in one transaction, once the transactions in their way
        have ended.

        MariaDB commits before and after each change of the schema. So start() and
        stop() may end after any of their statements, and can be called again.
        """
        engine, deadline = self.engine, time.monotonic() + WAIT_SECONDS
        if self.is_in_transaction and not engine.connection.features.can_rollback_ddl:
            raise NotSupported(
                f"The mirror of {self.primary.alias!r} cannot be changed inside a "
                f"transaction of {engine.alias!r}, because creating triggers would "
                "commit it. Call it outside of the transaction."
            )
        while True:
            try:
                with (
                    transaction.atomic(using=engine.alias),
                    triggers.beside_edges(engine.connection) as cursor,
                ):
                    return triggers.execute_by(cursor, statements)
            except OperationalError as exc:
                code, *_ = exc.args or (None,)
                if code not in self.dialect.waited:
                    raise
                if time.monotonic() > deadline:
                    raise BackendUnavailable(
                        f"The mirror of {self.primary.alias!r} cannot be changed now: "
                        f"open transactions of {engine.alias!r} use the edges. End the "
                        "oldest in information_schema.innodb_trx, and call it again."
                    ) from exc
            # The transactions that waited behind these statements go on.
            time.sleep(WAIT_PAUSE)

    # Roles

    def role(self) -> str | None:
        """Return the role of the primary, or None before start()."""
        engine = self.engine
        if not engine.read((self.dialect.has_tables, [])):
            return None
        found = engine.read(("SELECT role FROM sequere_mirror", []))
        return str(found[0][0]) if found else None

    def refuse(self, role: str) -> None:
        """Let the database refuse all writes of edges, once the transactions that have
        written edges have ended.
        """
        self.check_triggers()
        self._execute(*self.dialect.refuse, BECOME.format(role=role))

    def accept(self, role: str) -> None:
        """Let the database accept writes again."""
        self._execute(*self.dialect.accept, BECOME.format(role=role))

    def become(self, role: str) -> None:
        self._execute(BECOME.format(role=role))

    # The mark

    def mark(self) -> Mark:
        rows = self.engine.read(("SELECT generation, server FROM sequere_mirror", []))
        [(generation, servers)] = rows
        return Mark(generation, servers)

    def begin(self, servers: str) -> tuple[Mark, int]:
        """Begin a new generation, for a mirror on this run of its servers. Return its
        mark, and the id of the last intent before it.
        """
        engine = self.engine
        self.check_triggers()
        # Clocks are used, so that a primary from a backup does not repeat a generation.
        now = int(time.time() * 1_000_000)

        def work() -> tuple[Mark, int]:
            sql = (
                "UPDATE sequere_mirror SET server = %s, generation = "
                "CASE WHEN generation < %s THEN %s ELSE generation + 1 END"
            )
            engine.run((sql, [servers, now, now]))
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
            for number, *ends in self.engine.read(self.dialect.noted(sorted(pairs))):
                found[slot_of(*ends)].append(number)
        return found

    def truth(self, slots: Collection[Slot]) -> Truth:
        """Return the current edges in `slots`. One query for each relation."""
        edges = there(self.primary, slots)
        return {slot: edges.get(slot) for slot in slots}

    def delete(self, ids: Iterable[int]) -> None:
        engine = self.engine
        for batch in batched(sorted(ids), BATCH_SIZE):
            engine.retry(partial(engine.run, self.dialect.deleted(batch)))

    def delete_until(self, last: int) -> None:
        """Delete the intents up to an id. A condition on a range of ids would wait for
        writers that have not committed theirs.
        """
        sql = "SELECT id FROM sequere_intent WHERE id <= %s"
        self.delete(number for (number,) in self.engine.read((sql, [last])))

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
