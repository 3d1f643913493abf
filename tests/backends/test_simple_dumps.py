"""Dumps of data alone, restored by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from itertools import permutations
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.test import TransactionTestCase

from sequere.api import archive, follow_many, get_followers_count
from sequere.handler import get_backend
from sequere.models import CountRow, EdgeRow
from sequere.testing.models import Club, Person
from tests.engines import Unavailable
from tests.engines.postgresql import find_programs

TABLES = ("sequere_edge", "sequere_count")


class DumpTests(TransactionTestCase):
    def setUp(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("pg_dump is for PostgreSQL")
        try:
            self.programs = find_programs()
        except Unavailable as error:
            self.skipTest(str(error))
        if not shutil.which("pg_dump", path=str(self.programs)):
            self.skipTest("pg_dump is not beside the server's programs")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.club = Club.objects.create()
        people = [Person.objects.create(name=f"p{n}") for n in range(5)]
        follow_many((person, self.club) for person in people)
        archive(people[0])
        EdgeRow.objects.filter(from_object_id=str(people[1].pk)).update(state=1)
        self.before = self.stored()

    def stored(self) -> list[Any]:
        """Return all edges, and the sums of all counts."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sequere_edge ORDER BY id")
            edges = cursor.fetchall()
            cursor.execute(
                "SELECT object_id, identifier, direction, state, sum(total) "
                "FROM sequere_count GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
            )
            return [edges, cursor.fetchall()]

    def call(self, program: str, *arguments: str) -> None:
        settings = connection.settings_dict
        environment = os.environ | {
            "PGHOST": settings["HOST"],
            "PGPORT": str(settings["PORT"]),
            "PGUSER": settings["USER"],
            "PGPASSWORD": settings["PASSWORD"],
            "PGDATABASE": settings["NAME"],
        }
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def dump(self, *tables: str) -> str:
        file = str(self.folder / "-".join(tables))
        named = [f"--table={table}" for table in tables]
        self.call("pg_dump", "--format=custom", "--data-only", f"--file={file}", *named)
        return file

    def restore(self, file: str, *options: str) -> None:
        name = f"--dbname={connection.settings_dict['NAME']}"
        self.call("pg_restore", "--data-only", name, *options, file)

    def test_edges_alone(self) -> None:
        file = self.dump("sequere_edge")
        get_backend().clear()
        self.restore(file)
        self.assertEqual(self.stored(), self.before)

    def test_edges_and_counts_in_one_dump(self) -> None:
        file = self.dump(*TABLES)
        get_backend().clear()
        self.restore(file, "--single-transaction")
        self.assertEqual(self.stored(), self.before)

    def test_edges_and_counts_in_any_order(self) -> None:
        for order in permutations(TABLES):
            files = [self.dump(table) for table in order]
            get_backend().clear()
            for file in files:
                self.restore(file)
            self.assertEqual(self.stored(), self.before)

    def test_edges_after_truncate(self) -> None:
        file = self.dump(*TABLES)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE sequere_edge")
        self.restore(file)
        self.assertEqual(self.stored(), self.before)

    def test_counts_after_edges_that_are_there(self) -> None:
        file = self.dump("sequere_count")
        self.restore(file)
        self.assertEqual(self.stored(), self.before)

    def test_schema_and_data(self) -> None:
        """The triggers are restored last, so that both tables are as they were."""
        file = str(self.folder / "all")
        named = [f"--table={table}" for table in TABLES]
        self.call("pg_dump", "--format=custom", f"--file={file}", *named)
        triggers = self.triggers()
        with connection.schema_editor() as editor:
            editor.delete_model(EdgeRow)
            editor.delete_model(CountRow)
        name = f"--dbname={connection.settings_dict['NAME']}"
        self.call("pg_restore", name, file)
        connections.close_all()
        self.assertEqual(self.triggers(), triggers)
        self.assertEqual(self.stored(), self.before)
        person = Person.objects.create(name="new")
        before = get_followers_count(self.club)
        follow_many([(person, self.club)])
        self.assertEqual(get_followers_count(self.club), before + 1)

    def triggers(self) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'sequere%' ORDER BY 1"
            )
            return list(cursor.fetchall())
