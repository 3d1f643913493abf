"""Creates users inside the database. Django would take longer than the import."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import connection

COLUMNS = "id, username, password, first_name, last_name, email, date_joined"
FLAGS = "is_superuser, is_staff, is_active"
INSERT = f"""\
INSERT INTO {User._meta.db_table} ({COLUMNS}, {FLAGS})
WITH RECURSIVE numbers (number) AS (
    SELECT %s UNION ALL SELECT number + 1 FROM numbers WHERE number < %s
)
SELECT number, {{text}}, '', '', '', '', {{now}}, {{no}}, {{no}}, {{yes}}
FROM numbers"""
WORDS = {
    "sqlite": {"text": "CAST(number AS TEXT)", "now": "CURRENT_TIMESTAMP"},
    "postgresql": {"text": "CAST(number AS TEXT)", "now": "CURRENT_TIMESTAMP"},
    "mysql": {"text": "CAST(number AS CHAR)", "now": "NOW(6)"},
}


def make_users(numbers: range) -> None:
    """Add users with these keys. The keys are their names, too."""
    words = WORDS[connection.vendor] | {"yes": "TRUE", "no": "FALSE"}
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET max_recursive_iterations = %s", [len(numbers)])
        cursor.execute(INSERT.format(**words), [numbers[0], numbers[-1]])
