from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.utils.functional import SimpleLazyObject

from sequere.api import follow_many
from sequere.testing.base import ConformanceCase
from sequere.testing.identity import AWKWARD
from sequere.testing.models import Club, Employee, Label, Person, Reader
from sequere.testing.querysets import Nobody, names, one_more_of_each


class AnnotationTests(ConformanceCase):
    def test_follow_state(self) -> None:
        self.skip_unless_joins()
        user, a, b, c, d = self.graph()
        rows: Any = Person.objects.with_follow_state(user)
        with self.one_query():
            found = {p: (p.is_followed, p.follows_viewer, p.is_friend) for p in rows}
        self.assertEqual(
            found,
            {
                user: (False, False, False),
                a: (True, False, False),
                b: (True, True, True),
                c: (False, True, False),
                d: (False, False, False),
            },
        )
        self.assertIs(rows.get(pk=a.pk).is_followed, True)
        self.assertEqual(set(rows.filter(is_followed=True)), {a, b})
        self.assertEqual(set(rows.filter(is_followed=False)), {user, c, d})
        self.assertEqual(set(rows.exclude(follows_viewer=True)), {user, a, d})
        self.assertEqual(list(rows.filter(is_friend=True)), [b])
        self.assertEqual(rows.filter(is_friend=True).count(), 1)
        self.assertEqual(rows.order_by("is_friend").last(), b)
        self.assertEqual(rows.aggregate(n=Count("pk", Q(is_followed=True))), {"n": 2})
        states = rows.values_list("is_followed", "is_friend").filter(pk=b.pk)
        self.assertEqual(list(states), [(True, True)])

    def test_follow_state_of_nobody(self) -> None:
        self.skip_unless_joins()
        self.graph()
        lazy: Any = SimpleLazyObject(Nobody)
        viewers: list[Any] = [None, Nobody(), lazy]
        for viewer in viewers:
            rows: Any = Person.objects.with_follow_state(viewer)
            with self.one_query():
                found = {(p.is_followed, p.follows_viewer, p.is_friend) for p in rows}
            self.assertEqual(found, {(False, False, False)})
            self.assertEqual(rows.filter(is_followed=False).count(), 5)
            self.assertIs(rows.filter(is_friend=True).exists(), False)

    def test_followers_counts(self) -> None:
        self.skip_unless_joins()
        user, a, b, c, d = self.graph()
        rows: Any = Person.objects.with_followers_count()
        with self.one_query():
            found = {person: person.followers_count for person in rows}
        self.assertEqual(found, {user: 2, a: 2, b: 3, c: 0, d: 0})
        self.assertEqual({type(count) for count in found.values()}, {int})
        self.assertEqual(list(rows.filter(followers_count__gte=3)), [b])
        self.assertEqual(set(rows.filter(followers_count=0)), {c, d})
        with self.one_query():
            self.assertEqual(rows.aggregate(n=Sum("followers_count")), {"n": 7})
        with self.one_query():
            self.assertEqual(rows.filter(followers_count=2).count(), 2)
        self.assertEqual(
            list(rows.values_list("followers_count", flat=True).order_by("pk")),
            [2, 2, 3, 0, 0],
        )
        grouped = rows.values("followers_count").annotate(n=Count("pk"))
        self.assertEqual({(r["followers_count"], r["n"]) for r in grouped}, GROUPS)

    def test_order_by_followers(self) -> None:
        self.skip_unless_joins()
        user, a, b, c, d = self.graph()
        with self.one_query():
            found = list(Person.objects.order_by_followers())
        self.assertEqual(found, [b, user, a, c, d])
        rows: Any = Person.objects.with_followers_count().with_follow_state(user)
        ordered = rows.followed_by(user).order_by_followers()
        self.assertEqual(list(ordered), [b, a])
        self.assertEqual(
            list(Person.objects.order_by_followers().reverse()), found[::-1]
        )
        self.assertEqual(Person.objects.order_by_followers().last(), d)
        page = Paginator(Person.objects.order_by_followers(), 2).get_page(2)
        self.assertEqual(list(page), [a, c])
        self.assertEqual(list(rows.order_by("-followers_count", "pk")), found)

    def test_annotations_in_groups(self) -> None:
        self.skip_unless_joins()
        user, a, b, _, _ = self.graph()
        Club.objects.bulk_create([Club(owner=a), Club(owner=b), Club(owner=b)])
        rows: Any = Person.objects.with_follow_state(user).with_followers_count()
        rows = rows.annotate(clubs=Count("club")).filter(clubs__gte=1)
        with self.one_query():
            found = {p: (p.is_friend, p.followers_count, p.clubs) for p in rows}
        self.assertEqual(found, {a: (False, 2, 1), b: (True, 3, 2)})
        clubs = Club.objects.filter(owner__in=Person.objects.followed_by(user))
        self.assertEqual(clubs.count(), 3)

    def test_annotations_of_every_type(self) -> None:
        self.skip_unless_joins()
        everything = self.one_of_each()
        follow_many((a, b) for a in everything for b in everything if a is not b)
        one_more_of_each()
        for one in everything:
            for other in everything:
                rows: Any = type(other).objects.with_follow_state(one)
                wanted = set() if one is other else {other}
                self.assertEqual({r for r in rows if r.is_friend}, wanted)
            counted: Any = type(one).objects.with_followers_count().order_by_followers()
            self.assertEqual(counted[0], one)
            self.assertEqual(counted[0].followers_count, 4)
            self.assertEqual(counted[1].followers_count, 0)

    def test_annotations_of_any_text(self) -> None:
        self.skip_unless_joins()
        club = Club.objects.create()
        labels = [Label.objects.create(name=name) for name in AWKWARD]
        follow_many((club, label) for label in labels[::2])
        rows: Any = Label.objects.with_follow_state(club).with_followers_count()
        self.assertEqual(names(r for r in rows if r.is_followed), names(labels[::2]))
        self.assertEqual(
            names(r for r in rows if r.followers_count), names(labels[::2])
        )

    def test_annotations_of_children(self) -> None:
        self.skip_unless_joins()
        club = Club.objects.create()
        employee = Employee.objects.create(name="employee")
        follow_many([(employee, club), (club, employee)])
        rows: Any = Employee.objects.with_follow_state(club).with_followers_count()
        [found] = rows.order_by_followers()
        self.assertIs(found.is_friend, True)
        self.assertEqual(found.followers_count, 1)
        readers: Any = Reader.objects.with_follow_state(club)
        self.assertIs(readers.get().is_followed, True)

    def graph(self) -> tuple[Person, Person, Person, Person, Person]:
        """Return a user who follows `a` and `b`, and is followed by `b` and `c`; and
        all others.
        """
        user, a, b, c, d = self.people(5)
        follow_many([(user, a), (user, b), (b, user), (c, user)])
        follow_many([(c, b), (d, b), (d, a)])
        return user, a, b, c, d

    def skip_unless_joins(self) -> None:
        if not self.joins_querysets:
            self.skipTest("supports_querysets is off, or the edges are elsewhere")


#: The pairs of a followers count in graph(), and the number of people with this count.
GROUPS = {(0, 2), (2, 2), (3, 1)}
