"""The primary's side of a mirror: triggers, locks, and steps that are the last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection, connections, transaction

from sequere.api import follow, is_following
from sequere.backends.mirror import journal as journal_module
from sequere.backends.mirror import swapping
from sequere.backends.mirror.dialect import CLOSED_TEXT
from sequere.backends.mirror.keeping import keep
from sequere.backends.mirror.marks import CLOSED, MOVED, OPEN, RETURNING, NotReady
from sequere.backends.mirror.rebuilding import rebuild
from sequere.backends.mirror.swapping import adopt, swap, swap_back
from sequere.backends.simple import triggers
from sequere.exceptions import BackendError, BackendUnavailable, NotSupported
from sequere.questions import Add, Archive, Block, Put, Remove, SetLevel
from sequere.registration import registry
from sequere.testing.base import NOON
from sequere.testing.verifying import without_pauses
from sequere.types import Edge, Pair
from sequere.verifying.exact import slot_of
from tests.backends.mirror.cases import PATIENCE, MirrorCase
from tests.settings import ENGINE

needs_writers = pytest.mark.skipif(
    ENGINE == "sqlite", reason="the engine has one writer at a time"
)
only_mariadb = pytest.mark.skipif(ENGINE != "mariadb", reason="only on MariaDB")

IMPATIENT = {
    "postgresql": "SET lock_timeout = '2s'",
    "mariadb": "SET innodb_lock_wait_timeout = 2, lock_wait_timeout = 2",
}


def execute(sql: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


#: On other engines, a death undoes all statements.
STRIDE = 1 if ENGINE == "mariadb" else 5


class Killed(BaseException):
    """The process is killed."""


@contextmanager
def dying_after(steps: int) -> Iterator[list[str]]:
    """Let the journal die after so many statements. Yield the executed statements."""
    done: list[str] = []

    def execute_by(cursor: Any, statements: Sequence[str]) -> None:
        for statement in statements:
            if len(done) == steps:
                raise Killed
            cursor.execute(statement)
            done.append(statement)

    with (
        mock.patch.object(triggers, "execute_by", execute_by),
        suppress(Killed),
    ):
        yield done


def until_whole(work: Callable[[], object]) -> Iterator[int]:
    """Let `work` die after no statement, after one, and so on. The last is whole."""
    steps = 0
    while True:
        with dying_after(steps) as done:
            work()
            steps = -1
        yield len(done)
        if steps < 0:
            return
        steps += STRIDE


class DeathTests(MirrorCase):
    """A process dies between two statements, and the same word is said again."""

    def write(self) -> None:
        """Write an edge that no writer settles."""
        level = next(self.levels)
        self.store.primary.ask(Put([self.edge(self.people[0], level=level)]))

    def setUp(self) -> None:
        super().setUp()
        self.levels = count(1)

    def assert_never_lent_a_difference(self) -> None:
        if self.sides.journal.role() is None:
            return
        with suppress(BackendError, DatabaseError):
            if keep(self.sides).is_lent:
                self.assert_equal()

    def test_start_and_stop(self) -> None:
        journal = self.sides.journal
        for _ in until_whole(journal.stop):
            self.write()
            self.assert_never_lent_a_difference()
            for _ in until_whole(journal.start):
                self.write()
                self.assert_never_lent_a_difference()
            self.assertEqual(journal.role(), OPEN)
            self.assertEqual(journal.damaged(), set())
            for _ in rebuild(self.sides):
                pass
            self.write()
            self.assertTrue(keep(self.sides).is_lent)
            self.assert_equal()

    def test_no_mirror_is_filled_without_triggers(self) -> None:
        journal = self.sides.journal
        triggers.execute(connection, journal.dialect.note_no_more)
        with self.assertRaisesMessage(NotReady, "sequere_mirror start"):
            next(rebuild(self.sides))

    def test_stop_is_tried_again(self) -> None:
        journal = self.sides.journal
        for _ in until_whole(journal.stop):
            pass
        self.assertIsNone(journal.role())
        self.write()
        journal.stop()
        self.assertEqual(
            [name for name in triggers.stored(connection) if "mirror" in name], []
        )
        found = connection.introspection.table_names()
        named = {"sequere_intent", "sequere_mirror", "sequere_gate"}
        self.assertFalse(named & set(found))

    def test_refuse_and_accept(self) -> None:
        journal = self.sides.journal
        for _ in until_whole(lambda: journal.refuse(CLOSED)):
            if journal.role() == OPEN:
                self.write()
        self.assertEqual(journal.role(), CLOSED)
        for _ in until_whole(lambda: journal.accept(RETURNING)):
            if journal.role() == CLOSED:
                with self.assertRaisesMessage(DatabaseError, CLOSED_TEXT):
                    self.write()
        self.assertEqual(journal.role(), RETURNING)
        self.write()
        journal.become(OPEN)
        self.drain()
        self.assert_equal()

    def test_adopt(self) -> None:
        self.sides.journal.stop()
        for _ in until_whole(lambda: adopt(self.sides)):
            with suppress(DatabaseError):
                self.write()
        self.assertEqual(self.sides.journal.role(), MOVED)
        self.assertEqual(self.sides.journal.damaged(), set())
        with self.assertRaisesMessage(DatabaseError, CLOSED_TEXT):
            self.write()

    def test_swap_and_swap_back(self) -> None:
        self.write()
        with mock.patch.object(swapping, "LONGEST_ROLE", 0), without_pauses():
            for _ in until_whole(lambda: list(swap(self.sides))):
                self.assertIn(self.sides.journal.role(), {OPEN, CLOSED, MOVED})
            self.store.mirror.ask_quietly(Put([self.edge(self.people[1])]))
            for _ in until_whole(lambda: list(swap_back(self.sides))):
                self.assertIn(self.sides.journal.role(), {MOVED, RETURNING, OPEN})
        self.assertEqual(self.sides.journal.role(), OPEN)
        self.assertEqual(len(self.edges("sql")), 2)
        self.assert_equal()
        self.write()

    def test_a_stop_that_died_does_not_open_what_is_closed(self) -> None:
        """The word start creates the triggers, and changes neither role nor gate."""
        journal = self.sides.journal
        journal.refuse(CLOSED)
        for _ in until_whole(journal.stop):
            if journal.damaged() and journal.role() == CLOSED:
                with self.assertRaisesMessage(NotReady, "sequere_mirror start"):
                    list(swap(self.sides))
                journal.start()
                self.assertEqual(journal.role(), CLOSED)
                with self.assertRaisesMessage(DatabaseError, CLOSED_TEXT):
                    self.write()
        journal.start()
        self.assertEqual(journal.role(), OPEN)
        self.write()

    def test_nothing_is_closed_without_triggers(self) -> None:
        journal = self.sides.journal
        triggers.execute(connection, journal.dialect.note_no_more)
        with self.assertRaisesMessage(NotReady, "sequere_mirror start"):
            journal.refuse(CLOSED)
        self.assertEqual(journal.role(), OPEN)

    @only_mariadb
    def test_no_word_commits_the_transaction_of_its_caller(self) -> None:
        with transaction.atomic():
            for word in (self.sides.journal.start, self.sides.journal.stop):
                with self.assertRaisesMessage(NotSupported, "would commit it"):
                    word()


class JournalCase(MirrorCase):
    def pair(self, number: int) -> Pair:
        return Pair(*self.edge(self.people[number])[1:3])

    def note_many(self) -> None:
        """Write so many intents that to delete them is to delete the most."""
        relation, source, target = slot_of(self.edge(self.people[0]))
        others = (target._replace(object_id=str(number)) for number in range(100, 700))
        self.sides.journal.note([(relation, source, other) for other in others])


class WriteTests(JournalCase):
    """Every write is noted, and refused if the database is closed."""

    def setUp(self) -> None:
        super().setUp()
        self.edges_of_all = [self.edge(person) for person in self.people]
        self.pairs = [self.pair(number) for number in range(len(self.people))]

    def writes(self) -> dict[str, Callable[[], object]]:
        primary, pairs = self.store.primary, self.pairs
        ends = registry.ref(self.people[1]), registry.ref(self.people[0])
        other = [edge._replace(level=3) for edge in self.edges_of_all]
        questions = {
            "add": Add(self.edges_of_all[:1]),
            "add many": Add(self.edges_of_all),
            "set a level": SetLevel("follow", pairs[:1], 1),
            "set levels": SetLevel("follow", pairs, 2),
            "put": Put(other[:1]),
            "put many": Put([edge._replace(level=4) for edge in self.edges_of_all]),
            "archive": Archive("follow", registry.ref(self.club)),
            "remove": Remove("follow", pairs[:1]),
            "remove many": Remove("follow", pairs),
            "block": Block([Edge("block", *ends, NOON)]),
        }
        return {
            name: partial(primary.ask, question)  # type: ignore[arg-type]
            for name, question in questions.items()
        }

    def test_every_write_leaves_intents(self) -> None:
        for name, write in self.writes().items():
            with self.subTest(name):
                write()
                self.assertGreater(self.sides.journal.left().intents, 0)
                self.drain()
                self.assert_equal()

    def test_every_write_is_refused(self) -> None:
        journal = self.sides.journal
        for name, write in self.writes().items():
            with self.subTest(name):
                before = self.edges("sql")
                journal.refuse(CLOSED)
                with self.assertRaisesMessage(DatabaseError, CLOSED_TEXT):
                    write()
                self.assertEqual(self.edges("sql"), before)
                self.assertEqual(journal.left().intents, 0)
                journal.accept(OPEN)
                write()
                self.drain()
        self.assert_equal()

    @only_mariadb
    def test_statements_of_other_programs(self) -> None:
        self.store.primary.ask(Add(self.edges_of_all))
        columns = (
            "relation, from_identifier, from_object_id, to_identifier, to_object_id"
        )
        row = "(1, 0, 5, 'follow', 'testing.person', %s, 'testing.club', 'x')"
        into = f"INTO sequere_edge (created, state, level, {columns})"
        statements = [
            f"REPLACE {into} VALUES {row}",
            f"REPLACE {into} VALUES {row.replace('1,', '2,', 1)}",
            f"INSERT {into} VALUES {row} ON DUPLICATE KEY UPDATE level = 6",
            f"INSERT {into} SELECT created, state, level, relation, from_identifier, "
            "from_object_id, to_identifier, 'y' FROM sequere_edge "
            "WHERE from_object_id = %s AND to_object_id = 'x'",
            "UPDATE sequere_edge a JOIN sequere_edge b USING (from_object_id) "
            "SET a.level = 9, b.level = 9 WHERE from_object_id = %s",
            "DELETE a FROM sequere_edge a JOIN sequere_edge b USING (from_object_id) "
            "WHERE from_object_id = %s AND b.to_object_id = 'x'",
        ]
        for statement in statements:
            with self.subTest(statement):
                execute(statement, [str(self.people[0].pk)])
                self.assertGreater(self.sides.journal.left().intents, 0)
                self.drain()
                self.assert_equal()

    def test_a_lock_is_not_a_write(self) -> None:
        """On MariaDB, a block locks slots by updates that change nothing."""
        primary = self.store.primary
        ends = registry.ref(self.people[1]), registry.ref(self.people[0])
        primary.ask(Block([Edge("block", *ends, NOON)]))
        self.drain()
        primary.ask(Block([Edge("block", *ends, NOON)]))
        if ENGINE == "mariadb":
            self.assertEqual(self.sides.journal.left().intents, 0)

    def test_texts_are_told_apart_by_their_bytes(self) -> None:
        ends = "é", "e", "E", "e ", "\U0001f600"
        edges = [
            self.edge(self.people[0])._replace(
                target=registry.ref(self.club)._replace(object_id=end)
            )
            for end in ends
        ]
        slots = [slot_of(edge) for edge in edges]
        self.sides.journal.note(slots)
        for slot in slots:
            self.assertEqual(list(self.sides.journal.ids([slot])), [slot])
        self.assertEqual(set(self.sides.journal.ids(slots)), set(slots))

    @only_mariadb
    def test_the_age_of_an_intent_does_not_depend_on_the_time_zone(self) -> None:
        self.addCleanup(connection.close)
        execute("SET time_zone = '+09:00'")
        self.store.primary.ask(Add(self.edges_of_all))
        execute("SET time_zone = '-09:00'")
        self.assertLess(self.sides.journal.left().age, PATIENCE)

    def test_intents_are_found_by_their_index(self) -> None:
        journal = self.sides.journal
        self.note_many()
        execute({"mariadb": "ANALYZE TABLE sequere_intent"}.get(ENGINE, "ANALYZE"))
        if ENGINE == "postgresql":
            # A table of this size is read as a whole.
            self.addCleanup(connection.close)
            execute("SET enable_seqscan = off")
        pairs = [(str(self.people[0].pk), str(number)) for number in range(3)]
        sql, params = journal.engine.dialect.bound(journal.dialect.noted(pairs))
        explain = "EXPLAIN QUERY PLAN" if ENGINE == "sqlite" else "EXPLAIN"
        plan = execute(f"{explain} {sql}", params)
        if ENGINE == "mariadb":
            # How each table is read, and by which index.
            plan = [(row[2], row[3], row[5]) for row in plan]
            self.assertIn(("i", "ref", "sequere_intent_ends"), plan)
        self.assertIn("sequere_intent_ends", str(plan))


class LockCase(JournalCase):
    def setUp(self) -> None:
        super().setUp()
        self.pool = ThreadPoolExecutor(4)
        self.addCleanup(self.pool.shutdown)
        if ENGINE in IMPATIENT:
            self.addCleanup(connection.close)
            execute(IMPATIENT[ENGINE])

    def in_thread(self, work: Callable[[], object]) -> Future[Any]:
        def run() -> object:
            try:
                return work()
            finally:
                connections.close_all()

        return self.pool.submit(run)

    @contextmanager
    def open_writer(self, number: int = 0) -> Iterator[None]:
        """A person has followed in a transaction that is open meanwhile."""
        written, ended = threading.Event(), threading.Event()

        def work() -> None:
            with transaction.atomic():
                self.store.primary.ask(Add([self.edge(self.people[number])]))
                written.set()
                ended.wait(PATIENCE)

        writer = self.in_thread(work)
        self.assertTrue(written.wait(PATIENCE))
        try:
            yield
        finally:
            ended.set()
            writer.result(PATIENCE)


@needs_writers
class SettlerTests(LockCase):
    """Settlers and writers do not wait for each other."""

    level = "READ COMMITTED"

    def setUp(self) -> None:
        super().setUp()
        if ENGINE == "mariadb":
            execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {self.level}")

    def test_a_settler_does_not_wait_for_open_writers(self) -> None:
        with self.open_writer():
            follow(self.people[1], self.club)
            self.store.primary.ask(Add([self.edge(self.people[2])]))
            self.note_many()
            self.drain()
            self.note_many()
            for _ in rebuild(self.sides):
                pass
            self.assertEqual(len(self.edges("redis")), 2)
        self.assertEqual(self.sides.journal.left().intents, 1)
        self.drain()
        self.assert_equal()

    def test_a_settler_sees_what_was_committed_just_now(self) -> None:
        execute("SELECT COUNT(*) FROM sequere_edge")
        with self.open_writer():
            self.assertEqual(self.edges("sql"), set())
        slot = slot_of(self.edge(self.people[0]))
        self.assertTrue(self.sides.journal.ids([slot])[slot])
        self.assertTrue(self.sides.journal.truth([slot])[slot])

    def test_writers_beside_settlers_do_not_fail(self) -> None:
        level = f"SET SESSION TRANSACTION ISOLATION LEVEL {self.level}"
        ended = threading.Event()

        def drain_always() -> None:
            execute(level) if ENGINE == "mariadb" else None
            while not ended.is_set():
                self.drain()

        def write(person: Any) -> None:
            execute(level) if ENGINE == "mariadb" else None
            edge = self.edge(person)
            for _ in range(60):
                self.store.primary.ask(Add([edge]))
                self.store.primary.ask(SetLevel("follow", [Pair(*edge[1:3])], 1))
                self.store.primary.ask(Remove("follow", [Pair(*edge[1:3])]))

        settlers = [self.in_thread(drain_always) for _ in range(2)]
        writers = [self.in_thread(partial(write, each)) for each in self.people[:2]]
        try:
            for writer in writers:
                writer.result(PATIENCE)
        finally:
            ended.set()
        for settler in settlers:
            settler.result(PATIENCE)
        self.drain()
        self.assertEqual(self.sides.journal.left().intents, 0)
        self.assert_equal()


@only_mariadb
class RepeatableReadTests(SettlerTests):
    level = "REPEATABLE READ"

    def test_a_transaction_reads_the_role_again(self) -> None:
        """Its snapshot may be older than the role."""
        found = connections["default"]
        with (
            mock.patch.object(found, "isolation_level", "repeatable read"),
            transaction.atomic(),
        ):
            self.assertFalse(self.sides.journal.sees_latest)
        with transaction.atomic():
            self.assertTrue(self.sides.journal.sees_latest)


@needs_writers
class CloseTests(LockCase):
    def test_close_waits_for_open_writers(self) -> None:
        journal = self.sides.journal
        with self.open_writer():
            closing = self.in_thread(lambda: journal.refuse(CLOSED))
            with self.assertRaises(TimeoutError):
                closing.result(0.5)
            self.assertEqual(journal.role(), OPEN)
        closing.result(PATIENCE)
        self.assertEqual(journal.role(), CLOSED)
        self.assertEqual(len(self.edges("sql")), 1)
        self.assertEqual(journal.left().intents, 1)

    def test_a_transaction_that_began_before_is_refused(self) -> None:
        read, closed = threading.Event(), threading.Event()

        def work() -> None:
            with transaction.atomic():
                execute("SELECT COUNT(*) FROM auth_user")
                read.set()
                closed.wait(PATIENCE)
                self.store.primary.ask(Add([self.edge(self.people[0])]))

        writer = self.in_thread(work)
        self.assertTrue(read.wait(PATIENCE))
        self.sides.journal.refuse(CLOSED)
        closed.set()
        with self.assertRaisesMessage(DatabaseError, CLOSED_TEXT):
            writer.result(PATIENCE)
        self.assertEqual(self.edges("sql"), set())


@only_mariadb
class PatienceTests(LockCase):
    """Nobody waits long behind a change that waits for a long transaction."""

    def test_close_does_not_wait_for_readers(self) -> None:
        with transaction.atomic():
            execute("SELECT COUNT(*) FROM sequere_edge")
            self.in_thread(lambda: self.sides.journal.refuse(CLOSED)).result(PATIENCE)
            self.assertFalse(is_following(self.people[0], self.club))

    def test_a_long_transaction_is_named_and_others_go_on(self) -> None:
        journal, primary = self.sides.journal, self.store.primary
        primary.ask(Add([self.edge(self.people[1])]))
        levels = count(1)
        words = (0, lambda: journal.refuse(CLOSED)), (2, journal.start)
        for number, word in words:
            with (
                mock.patch.object(journal_module, "WAIT_SECONDS", 1.1),
                mock.patch.object(journal_module, "WAIT_PAUSE", 0.2),
                self.open_writer(number),
            ):
                waiting = self.in_thread(word)
                while not waiting.done():
                    # The connection is impatient.
                    primary.ask(SetLevel("follow", [self.pair(1)], next(levels)))
                    self.assertTrue(is_following(self.people[1], self.club))
                with self.assertRaisesMessage(BackendUnavailable, "innodb_trx"):
                    waiting.result(PATIENCE)
            self.assertEqual(journal.role(), OPEN)
            self.assertEqual(journal.damaged(), set())

    def test_a_deadlock_ends_the_closing_and_no_writer(self) -> None:
        """A writer waits for another writer, which waits behind the closing."""
        journal, primary = self.sides.journal, self.store.primary
        primary.ask(Add([self.edge(self.people[1])]))
        locked, closing = threading.Event(), threading.Event()

        def wait_behind() -> None:
            lock = "SELECT id FROM sequere_edge WHERE from_object_id = %s FOR UPDATE"
            with transaction.atomic():
                execute(lock, [str(self.people[1].pk)])
                locked.set()
                closing.wait(PATIENCE)
                primary.ask(SetLevel("follow", [self.pair(1)], 5))

        with transaction.atomic():
            primary.ask(Add([self.edge(self.people[0])]))
            other = self.in_thread(wait_behind)
            self.assertTrue(locked.wait(PATIENCE))
            closer = self.in_thread(lambda: journal.refuse(CLOSED))
            with self.assertRaises(TimeoutError):
                closer.result(0.3)
            closing.set()
            primary.ask(SetLevel("follow", [self.pair(1)], 7))
        other.result(PATIENCE)
        closer.result(PATIENCE)
        self.assertEqual(journal.role(), CLOSED)
