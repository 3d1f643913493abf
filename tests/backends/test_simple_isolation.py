"""The system check of the isolation level of transactions."""

from __future__ import annotations

from django.core.checks import Warning
from django.db import connection
from django.test import TransactionTestCase

from sequere.handler import get_backend
from tests.settings import ENGINE

SESSION = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL",
    "mariadb": "SET SESSION TRANSACTION ISOLATION LEVEL",
}


class IsolationTests(TransactionTestCase):
    def setUp(self) -> None:
        if ENGINE not in SESSION:
            self.skipTest("the engine has no isolation levels")
        # The level belongs to the session, which ends here.
        self.addCleanup(connection.close)

    def warnings(self, level: str) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(f"{SESSION[ENGINE]} {level}")
        found = get_backend().check(databases=["default"])
        self.assertTrue(all(isinstance(each, Warning) for each in found))
        return [f"{each.id}: {each.msg}" for each in found]

    def test_django_s_default_passes(self) -> None:
        self.assertEqual(get_backend().check(databases=["default"]), [])

    def test_read_committed_passes(self) -> None:
        self.assertEqual(self.warnings("READ COMMITTED"), [])

    def test_stricter_levels_are_a_warning(self) -> None:
        for level in ("REPEATABLE READ", "SERIALIZABLE"):
            with self.subTest(level):
                self.assertEqual(
                    self.warnings(level),
                    [
                        "sequere.W010: Transactions of the database 'default' are "
                        f"{level.lower()}, so writers may wait for each other's "
                        "counts, or fail."
                    ],
                )

    def test_only_databases_that_are_checked(self) -> None:
        self.warnings("SERIALIZABLE")
        for databases in ([], ["other"], None):
            self.assertEqual(get_backend().check(databases=databases), [])
