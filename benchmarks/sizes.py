"""The bytes that an engine has stored, and its background work."""

from __future__ import annotations

import os
from typing import Any

from django.db import connection

# SQLite reads its size from the file. MariaDB's own numbers are only estimates.
STORED = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT SUM(file_size) FROM information_schema.innodb_sys_tablespaces "
    "WHERE name LIKE CONCAT(DATABASE(), '/%')",
}
ANALYZE = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE"}


def stored() -> int:
    if urls := os.environ.get("SEQUERE_TEST_URLS"):
        return sum(used_memory(url) for url in urls.split(","))
    with connection.cursor() as cursor:
        cursor.execute(STORED[connection.vendor])
        return int(cursor.fetchone()[0])


def used_memory(url: str) -> int:
    """Return the size of a primary. A replica stores the same again."""
    import redis

    client: Any = redis.Redis.from_url(url)
    if client.info("replication")["role"] != "master":
        return 0
    return int(client.info("memory")["used_memory"])


def analyze() -> None:
    vendor = connection.vendor
    tables = ", ".join(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(ANALYZE.get(vendor, f"ANALYZE TABLE {tables}"))
