"""The bytes that the tables of edges and counts take, with their indexes."""

from __future__ import annotations

from sequere.backends.simple.models import CountRow, EdgeRow
from sequere.backends.simple.store import Engine

TABLES = EdgeRow._meta.db_table, CountRow._meta.db_table
NAMES = ", ".join(f"'{table}'" for table in TABLES)

SIZES = {
    "postgresql": "SELECT "
    + " + ".join(f"pg_total_relation_size('{table}'::regclass)" for table in TABLES),
    # The engine returns its last statistics; ANALYZE TABLE updates them.
    "mysql": "SELECT SUM(data_length + index_length) FROM information_schema.tables "
    f"WHERE table_schema = DATABASE() AND table_name IN ({NAMES})",
    "sqlite": "SELECT SUM(pgsize) FROM dbstat WHERE name IN "
    f"(SELECT name FROM sqlite_master WHERE tbl_name IN ({NAMES}))",
}


def size_of(engine: Engine) -> int | None:
    vendor = engine.connection.vendor
    # Some builds of SQLite lack this table.
    if vendor == "sqlite" and ("ENABLE_DBSTAT_VTAB",) not in engine.read(
        ("PRAGMA compile_options", [])
    ):
        return None
    [[size]] = engine.read((SIZES[vendor], []))
    return None if size is None else int(size)
