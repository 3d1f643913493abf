from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from typing import Any
from unittest import mock

from django.db import connection, connections

from sequere.api import archive, follow, follow_many, get_followers_count, restore
from sequere.declaration import declared
from sequere.exceptions import InvalidCursor
from sequere.questions import Add, Forget
from sequere.registration import registry
from sequere.testing.base import NOON, ConformanceCase, needs
from sequere.testing.models import Account, Club, Person
from sequere.types import Problem, Progress, Ref
from sequere.verifying import sweeping


def problems_in(steps: Iterator[Progress]) -> list[Problem]:
    return [problem for step in steps for problem in step.problems]


@contextmanager
def beside(*works: Callable[[int], object]) -> Iterator[None]:
    """Call each of `works` with 0, 1, 2... in its own thread, until the block ends."""
    stopped, errors = Event(), []

    def repeat(work: Callable[[int], object]) -> None:
        number = 0
        try:
            while not stopped.is_set():
                work(number)
                number += 1
        except BaseException as exc:
            errors.append(exc)
        finally:
            connections.close_all()

    threads = [Thread(target=repeat, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def without_pauses() -> AbstractContextManager[Any]:
    """Remove the pauses, for tests in which no other thread writes."""
    return mock.patch("sequere.verifying.looking.PAUSES", (0.001, 0.001))


class VerifyTests(ConformanceCase):
    """Wrong data in the store is found, and repaired."""

    def places(self) -> set[str]:
        """Return the places of all problems. Looking for problems changes nothing."""
        problems = problems_in(self.store.verify())
        self.assertEqual(set(problems_in(self.store.verify())), set(problems))
        self.assertEqual(len(set(problems)), len(problems))
        return {problem.where for problem in problems}

    def lose(self, row: Any) -> str:
        """Delete a row with plain SQL. Return the text of the ref that is left."""
        ref = registry.ref(row)
        type(row)._base_manager.filter(pk=row.pk)._raw_delete(
            row._state.db or "default"
        )
        return str(ref)

    def test_nothing_is_wrong(self) -> None:
        self.assertEqual(problems_in(self.store.verify()), [])
        everything = self.one_of_each()
        follow_many((a, b, NOON) for a in everything for b in everything if a is not b)
        edges = [self.edge(everything[0], each) for each in everything[1:]]
        self.store.ask(
            Add(
                [
                    edge._replace(relation="testing.like", state=number, level=number)
                    for number, edge in enumerate(edges)
                ]
            )
        )
        steps = list(self.store.verify())
        self.assertEqual(problems_in(iter(steps)), [])
        looked_at = sum(step.edges for step in steps if step.part == "edges")
        self.assertEqual(looked_at, len(set(self.every_edge())))
        self.assertEqual(problems_in(self.store.repair()), [])

    def test_rows_that_are_gone(self) -> None:
        everything = self.one_of_each()
        stays = self.person("stays")
        follow(self.person("stays, too"), stays)
        follow_many((each, stays, NOON) for each in everything)
        follow_many((stays, each, NOON) for each in everything)
        likes = [self.edge(each, stays, relation="testing.like") for each in everything]
        self.store.ask(Add([like._replace(state=2) for like in likes]))
        # The profile refers to a person, so it is deleted first.
        gone = {self.lose(each) for each in reversed(everything)}
        self.assertEqual(self.places(), gone)
        mended = problems_in(self.store.repair())
        self.assertEqual({problem.where for problem in mended}, gone)
        self.assertFalse(any(problem.by_hand for problem in mended))
        self.assertEqual(self.places(), set())
        left = {str(ref) for edge in self.every_edge() for ref in edge[1:3]}
        self.assertEqual(left & gone, set())
        self.assertIn(str(registry.ref(stays)), left)
        self.assert_true_counts()

    def test_ids_that_no_row_can_have(self) -> None:
        if self.joins_transactions or self.joins_querysets:
            self.skipTest("an edge needs its rows")
        star = self.person()
        refs = [
            Ref("testing.person", text) for text in ("x", f"0{star.pk}", "9" * 40, "")
        ]
        refs.append(Ref("testing.place", "no uuid"))
        edge = self.edge(self.person("one"), star)
        self.store.ask(Add([edge, *(edge._replace(source=ref) for ref in refs)]))
        self.assertEqual(self.places(), set(map(str, refs)))
        list(self.store.repair())
        self.assertEqual(set(self.every_edge()), {edge})

    def test_rows_that_a_manager_hides(self) -> None:
        one, star = self.people(2)
        follow(one, star)
        nobody = Person.objects.none()
        with mock.patch.object(
            Person._base_manager, "get_queryset", return_value=nobody
        ):
            self.assertEqual(self.places(), set())

    @needs("supports_policy")
    def test_requests_that_nobody_has_to_answer(self) -> None:
        user, archived = self.people(2)
        account = Account.objects.create(is_private=True)
        follow_many([(user, account), (archived, account)])
        archive(archived)
        self.assertEqual(self.places(), set())
        Account.objects.update(is_private=False)
        self.assertEqual(len(problems_in(self.store.verify())), 2)
        self.assertEqual(len(problems_in(self.store.repair())), 2)
        restore(archived)
        self.assertEqual(get_followers_count(account), 2)
        self.assertEqual(self.places(), set())

    def test_identifiers_and_relations_that_are_unknown(self) -> None:
        one, star = self.people(2)
        club = Club.objects.create()
        rated = self.relation("testing.rated")
        follow(one, star)
        follow(club, star)
        rated.add(one, star)
        edges = set(self.every_edge())
        options = type(registry.get_for_model(Club).options)
        registry.unregister(Club)
        kept = declared.pop("testing.rated")
        try:
            self.assertEqual(self.places(), {"testing.club", "testing.rated"})
            by_hand = {each.by_hand for each in problems_in(self.store.repair())}
            self.assertEqual(by_hand, {True})
        finally:
            declared["testing.rated"] = kept
            registry.register(Club, options)
        self.assertEqual(set(self.every_edge()), edges)
        self.assertEqual(self.places(), set())

    def test_going_on_behind_a_step(self) -> None:
        people, star = self.people(40), self.person()
        follow_many((person, star, NOON) for person in people)
        gone = {self.lose(person) for person in people[::2]}
        with mock.patch.object(sweeping, "BATCH_SIZE", 5), without_pauses():
            steps = list(self.store.verify())
            self.assertGreater(len(steps), 3)
            self.assertIsNone(steps[-1].resume)
            for number, step in enumerate(steps[:-1]):
                rest = self.store.verify(resume=step.resume)
                found = {*problems_in(iter(steps[: number + 1])), *problems_in(rest)}
                self.assertEqual({each.where for each in found}, gone)
        for resume in ("", "x", "edges", "nowhere:", "edges:\0", "store"):
            self.refused(InvalidCursor, list, self.store.verify(resume=resume))

    def test_what_others_write_is_no_problem(self) -> None:
        if getattr(connection, "is_in_memory_db", bool)():
            self.skipTest("SQLite in memory refuses rows to threads that write others")
        people, star = self.people(30), self.person()
        store = self.store

        def come_and_go(number: int) -> None:
            """Create and delete rows with follows. Some edges are forgotten late."""
            person = Person.objects.create(name="new")
            ref = registry.ref(person)
            follow(person, star)
            follow(star, person)
            if number % 2:
                person.delete()
            else:
                Person._base_manager.filter(pk=person.pk)._raw_delete("default")
                store.ask(Forget([ref]))

        def toggle(number: int) -> None:
            for person in people:
                follow(person, star)
            store.ask(Forget([registry.ref(person) for person in people[:5]]))

        with beside(come_and_go, toggle):
            for _ in range(10):
                self.assertEqual(problems_in(self.store.verify()), [])
                self.assertEqual(problems_in(self.store.repair()), [])
        self.assertEqual(
            get_followers_count(star), len(self.pairs("followers", registry.ref(star)))
        )
