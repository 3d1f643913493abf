"""Triggers count all writes, and survive changes of their tables."""

from __future__ import annotations

from io import StringIO
from typing import Any
from unittest import mock

from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    archive,
    follow,
    follow_many,
    get_followers_count,
    get_followings_count,
    restore,
)
from sequere.backends.simple import SimpleBackend, triggers
from sequere.backends.simple.engines import dialect_for
from sequere.handler import get_backend
from sequere.models import CountRow, EdgeRow
from sequere.questions import Forget, Remove, Scan
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.base import NOON
from sequere.testing.models import Club, Person
from sequere.types import Edge, Pair


def execute(sql: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


class TriggerCase(TransactionTestCase):
    def setUp(self) -> None:
        self.club = Club.objects.create()
        self.people = [Person.objects.create(name=f"p{n}") for n in range(4)]
        follow_many((person, self.club) for person in self.people)

    @property
    def backend(self) -> SimpleBackend:
        backend = get_backend()
        assert isinstance(backend, SimpleBackend)
        return backend

    def totals(self) -> dict[Any, int]:
        """Return the sum of each count, by its key."""
        rows = execute(
            "SELECT identifier, object_id, direction, state, other_identifier, "
            "SUM(total) FROM sequere_count "
            "GROUP BY identifier, object_id, direction, state, other_identifier"
        )
        return {tuple(key): int(total) for *key, total in rows if total}

    def assert_counts_hold(self) -> None:
        """Assert that writes are still counted."""
        person = Person.objects.create(name="new")
        before = get_followers_count(self.club)
        self.assertIs(follow(person, self.club), True)
        self.assertEqual(get_followers_count(self.club), before + 1)
        EdgeRow.objects.filter(from_object_id=str(person.pk)).delete()
        self.assertEqual(get_followers_count(self.club), before)
        self.assertEqual(get_followings_count(person), 0)
        self.assertEqual(run_checks(databases=["default"]), [])


class StateTests(TriggerCase):
    """The states that a slot may hold, and the states that are counted."""

    def row(self, source: Any, target: Any, **fields: Any) -> EdgeRow:
        edge = Edge(FOLLOW.name, registry.ref(source), registry.ref(target), NOON)
        return EdgeRow.objects.create(
            relation=edge.relation,
            from_identifier=edge.source.identifier,
            from_object_id=edge.source.object_id,
            to_identifier=edge.target.identifier,
            to_object_id=edge.target.object_id,
            created=edge.created,
            **fields,
        )

    def test_states_that_a_slot_may_hold(self) -> None:
        row = EdgeRow.objects.all()[:1].get()
        rows = EdgeRow.objects.filter(pk=row.pk)
        for state in (*range(8), 16, 32, 48):
            self.assertEqual(rows.update(state=state), 1)
        for state in (-1, 8, 15, 17, 24, 49, 64):
            with self.assertRaises(IntegrityError), transaction.atomic():
                rows.update(state=state)
        self.assertEqual(rows.get().state, 48)

    def test_an_edge_to_oneself_is_refused(self) -> None:
        person = Person.objects.create(pk=10**6, name="with the key of a club")
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.row(person, person)
        other = Club.objects.create(pk=person.pk)
        self.row(person, other)
        self.assertEqual(get_followers_count(other), 1)

    def test_active_and_requested_edges_are_counted_apart(self) -> None:
        club = ("testing.club", str(self.club.pk), "followers")
        rows = EdgeRow.objects.order_by("pk")
        for state in (*range(1, 8), 16, 32, 48, 0):
            EdgeRow.objects.filter(pk=rows[0].pk).update(state=state)
            found = {key[3]: n for key, n in self.totals().items() if key[:3] == club}
            self.assertEqual(found.get(0), 4 if state == 0 else 3)
            self.assertEqual(found.get(1), 1 if state == 1 else None)
        self.assertEqual(len(self.totals()), 5)

    def test_a_new_row_of_any_state(self) -> None:
        before = self.totals()
        for number, state in enumerate((*range(1, 8), 16, 32, 48)):
            person = Person.objects.create(name=f"new {number}")
            self.row(person, self.club, state=state)
            self.assertEqual(get_followers_count(self.club), 4)
        self.assertEqual(len(self.totals()), len(before) + 2)
        EdgeRow.objects.exclude(state=0).delete()
        self.assertEqual(self.totals(), before)

    def test_a_level_changes_no_count(self) -> None:
        before = self.totals()
        EdgeRow.objects.update(level=3)
        self.assertEqual(self.totals(), before)

    def test_bars_are_no_edges(self) -> None:
        person = self.people[0]
        ref, club = registry.ref(person), registry.ref(self.club)
        EdgeRow.objects.filter(from_object_id=ref.object_id).update(state=16)
        self.assertIs(follow(person, self.club), False)
        self.assertEqual(self.backend.ask(Remove(FOLLOW.name, [Pair(ref, club)])), [])
        pairs = [Pair(registry.ref(each), club) for each in self.people]
        self.assertEqual(len(self.backend.ask(Remove(FOLLOW.name, pairs))), 3)
        self.assertEqual(self.backend.ask(Scan()), ([], None))
        archive(self.club)
        restore(self.club)
        self.assertEqual(EdgeRow.objects.get().state, 16)
        self.assertEqual(self.backend.ask(Forget([club], report=True)), [])
        self.assertIs(EdgeRow.objects.exists(), False)


class DamageTests(TriggerCase):
    def test_the_cure_of_triggers_that_are_lost(self) -> None:
        for statement in dialect_for(connection).drop_triggers:
            if statement.startswith("DROP TRIGGER"):
                execute(statement)
        EdgeRow.objects.all()[:1].get().delete()
        EdgeRow.objects.filter(from_object_id=str(self.people[1].pk)).update(state=1)
        [error] = run_checks(databases=["default"])
        self.assertEqual(error.id, "sequere.E003")
        self.assertIn("sequere_verify --repair", str(error.hint))
        found = [each for step in self.backend.verify() for each in step.problems]
        names = {each.where for each in found}
        self.assertLessEqual(dialect_for(connection).triggers.keys(), names)
        self.assertGreater(len(found), len(dialect_for(connection).triggers))
        list(self.backend.repair())
        expected = EdgeRow.objects.filter(state=0).count()
        self.assertEqual(get_followers_count(self.club), expected)
        self.assert_counts_hold()

    def test_a_trigger_of_that_name_that_does_something_else(self) -> None:
        name = "sequere_edge_added"
        if connection.vendor == "postgresql":
            execute("ALTER TABLE sequere_edge DISABLE TRIGGER sequere_edge_added")
        elif connection.vendor == "sqlite":
            execute(f"DROP TRIGGER {name}")
            execute(
                f"CREATE TRIGGER {name} AFTER INSERT ON sequere_edge "
                "BEGIN SELECT 1; END"
            )
        else:
            execute(
                f"CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON sequere_edge "
                "FOR EACH ROW BEGIN END"
            )
        [error] = run_checks(databases=["default"])
        self.assertIn(f"{name}.", error.msg)
        self.backend.recount()
        self.assert_counts_hold()

    def test_counts_that_are_wrong(self) -> None:
        self.assertEqual(run_checks(databases=["default"]), [])
        damages = ["UPDATE sequere_count SET total = 2 * total"]
        damages.append("DELETE FROM sequere_count")
        if connection.vendor == "mysql":
            # TRUNCATE comes last, because it deletes the edges.
            damages.append("TRUNCATE sequere_edge")
        for damage in damages:
            with self.subTest(damage):
                execute(damage)
                [warning] = run_checks(databases=["default"])
                self.assertEqual(warning.id, "sequere.W013")
                self.backend.recount()
                self.assertEqual(run_checks(databases=["default"]), [])
                self.assert_counts_hold()

    def test_counting_again_leaves_one_row_a_count(self) -> None:
        before = self.totals()
        self.backend.recount()
        self.assertEqual(self.totals(), before)
        [(rows,)] = execute("SELECT COUNT(*) FROM sequere_count")
        self.assertEqual(rows, 5)


class TruncateTests(TriggerCase):
    def setUp(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("only PostgreSQL has triggers of TRUNCATE")
        super().setUp()

    def test_counts_go_with_the_edges(self) -> None:
        execute("TRUNCATE sequere_edge")
        self.assertEqual(self.totals(), {})
        self.assert_counts_hold()

    def test_both_tables_in_one_statement(self) -> None:
        for tables in ("sequere_edge, sequere_count", "sequere_count, sequere_edge"):
            follow_many((person, self.club) for person in self.people)
            execute(f"TRUNCATE {tables} RESTART IDENTITY")
            self.assertEqual(self.totals(), {})


class SchemaTests(TriggerCase):
    """Tenants by schema: each schema has its own tables and triggers."""

    def setUp(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("only PostgreSQL has schemas in a database")
        super().setUp()
        execute("CREATE SCHEMA tenant")
        self.addCleanup(execute, "DROP SCHEMA tenant CASCADE")
        self.addCleanup(execute, "SET search_path TO DEFAULT")
        execute("SET search_path TO tenant, public")
        with connection.schema_editor() as editor:
            editor.create_model(CountRow)
            editor.create_model(EdgeRow)
        triggers.create(None, mock.Mock(connection=connection, deferred_sql=[]))

    def test_each_schema_has_its_own_counts(self) -> None:
        self.assertEqual(get_followers_count(self.club), 0)
        self.assertIs(follow(self.people[0], self.club), True)
        self.assertEqual(get_followers_count(self.club), 1)
        execute("SET search_path TO public")
        self.assertEqual(get_followers_count(self.club), 4)

    def test_a_statement_from_another_schema(self) -> None:
        execute(
            "DELETE FROM public.sequere_edge WHERE from_object_id = %s",
            [str(self.people[0].pk)],
        )
        self.assertEqual(get_followers_count(self.club), 0)
        execute("SET search_path TO public")
        self.assertEqual(get_followers_count(self.club), 3)
        execute("SET search_path TO pg_catalog")
        execute("UPDATE public.sequere_edge SET state = 1")
        execute("INSERT INTO tenant.sequere_edge SELECT * FROM public.sequere_edge")
        execute("TRUNCATE public.sequere_edge")
        execute("UPDATE tenant.sequere_edge SET state = 0")
        execute("SET search_path TO public")
        self.assertEqual(get_followers_count(self.club), 0)
        execute("SET search_path TO tenant")
        self.assertEqual(get_followers_count(self.club), 3)

    def test_triggers_are_made_beside_their_table(self) -> None:
        execute("SET search_path TO public")
        execute("CREATE SCHEMA other")
        self.addCleanup(execute, "DROP SCHEMA IF EXISTS other CASCADE")
        execute("SET search_path TO other, tenant, public")
        self.backend.recount()
        triggers.drop(None, mock.Mock(connection=connection))
        self.assertEqual([error.id for error in self.errors()], ["sequere.E003"])
        self.backend.recount()
        execute("DROP SCHEMA other CASCADE")
        self.assertEqual(self.errors(), [])
        execute("SET search_path TO public")
        self.assertEqual(self.errors(), [])
        self.assert_counts_hold()

    def errors(self) -> list[Any]:
        return run_checks(databases=["default"])


class MigrationTests(TriggerCase):
    """Later migrations alter the tables, which SQLite does by making new ones."""

    def test_altered_fields(self) -> None:
        for model, name in ((CountRow, "total"), (EdgeRow, "level")):
            field: Any = model._meta.get_field(name)
            other: Any = models.BigIntegerField(db_default=5)
            other.set_attributes_from_name(name)
            other.model = model
            for old, new in ((field, other), (other, field)):
                with connection.schema_editor() as editor:
                    editor.alter_field(model, old, new)
                self.assert_counts_hold()

    def test_added_fields(self) -> None:
        for model in (CountRow, EdgeRow):
            field: Any = models.IntegerField(default=7)
            field.set_attributes_from_name("later")
            field.model = model
            with connection.schema_editor() as editor:
                editor.add_field(model, field)
            self.addCleanup(self.remove, model, field)
            self.assertEqual(run_checks(databases=["default"]), [])

    def remove(self, model: Any, field: Any) -> None:
        with connection.schema_editor() as editor:
            editor.remove_field(model, field)
        self.assertEqual(run_checks(databases=["default"]), [])

    def test_the_migration_can_be_undone(self) -> None:
        call_command("migrate", "sequere", "zero", verbosity=0)
        try:
            self.assertEqual(run_checks(databases=["default"]), [])
        finally:
            with CaptureQueriesContext(connection) as queries:
                call_command("migrate", "sequere", verbosity=0)
        self.assertEqual(triggers.damaged(connection), set())
        if connection.features.can_rollback_ddl:
            self.assert_recorded_with_tables([each["sql"] for each in queries])

    def test_commands_without_the_tables(self) -> None:
        call_command("migrate", "sequere", "zero", verbosity=0)
        self.addCleanup(call_command, "migrate", "sequere", verbosity=0)
        for name in ("verify", "export", "sweep", "stats"):
            with (
                self.subTest(name=name),
                self.assertRaisesMessage(CommandError, "manage.py migrate sequere"),
            ):
                call_command(f"sequere_{name}", stdout=StringIO(), stderr=StringIO())

    def assert_recorded_with_tables(self, statements: list[str]) -> None:
        [table] = positions(statements, 'CREATE TABLE "sequere_edge"')
        [record] = positions(statements, 'INSERT INTO "django_migrations"')
        commit = next(at for at in positions(statements, "COMMIT") if at > table)
        self.assertLess(record, commit)


def positions(statements: list[str], start: str) -> list[int]:
    return [n for n, each in enumerate(statements) if each.startswith(start)]


class ReplaceTests(TriggerCase):
    """REPLACE in SQLite calls no trigger for the row that it removes."""

    COLUMNS = (
        "created, state, level, relation, from_identifier, from_object_id, "
        "to_identifier, to_object_id"
    )

    def setUp(self) -> None:
        if connection.vendor != "sqlite":
            self.skipTest("only SQLite has REPLACE without triggers")
        super().setUp()
        self.first, self.second = EdgeRow.objects.order_by("pk")[:2]

    def test_it_is_refused(self) -> None:
        same = f"SELECT {self.COLUMNS} FROM sequere_edge WHERE id = {self.first.pk}"
        other = same.replace("from_object_id", "'404'")
        for sql in (
            f"INSERT OR REPLACE INTO sequere_edge ({self.COLUMNS}) {same}",
            f"REPLACE INTO sequere_edge ({self.COLUMNS}) {same}",
            f"REPLACE INTO sequere_edge (id, {self.COLUMNS}) "
            + other.replace("SELECT", f"SELECT {self.second.pk},"),
            f"UPDATE OR REPLACE sequere_edge SET from_object_id = "
            f"'{self.first.from_object_id}' WHERE id = {self.second.pk}",
        ):
            with (
                self.subTest(sql),
                self.assertRaisesMessage(
                    IntegrityError, "sequere_edge has a row with this id"
                ),
            ):
                execute(sql)
        self.assertEqual(EdgeRow.objects.count(), 4)
        self.assert_counts_hold()

    def test_rows_that_replace_nothing_are_stored(self) -> None:
        other = self.COLUMNS.replace("from_object_id", "'404'")
        execute(
            f"REPLACE INTO sequere_edge ({self.COLUMNS}) "
            f"SELECT {other} FROM sequere_edge WHERE id = {self.first.pk}"
        )
        EdgeRow.objects.filter(pk=self.second.pk).update(from_object_id="405")
        self.assertEqual(EdgeRow.objects.count(), 5)
        self.assert_counts_hold()
