"""Lists for a viewer never contain a resource that the viewer may not know of."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from sequere.api import (
    block,
    follow_many,
    get_blocked,
    get_common_followings,
    get_followers,
    get_followings,
    get_known_followers,
    get_muted,
    get_suggestions,
    mute,
)
from sequere.exceptions import InvalidResource
from sequere.questions import Add
from sequere.registration import registry
from sequere.testing.base import NOON, SECOND, ConformanceCase, needs
from sequere.testing.models import Club, Person, Society
from sequere.times import now
from sequere.types import REQUESTED


class VisibilityTests(ConformanceCase):
    def societies(self) -> tuple[Society, Society]:
        known, secret = (Society.objects.create(name=n) for n in ("known", "secret"))
        return known, secret

    def test_lists_for_a_viewer(self) -> None:
        user, outsider, insider = self.person(), self.person(), self.person("insider")
        known, secret = self.societies()
        follow_many([(user, known, NOON), (user, secret, NOON)])
        found = get_followings(user)
        self.assertEqual(len(list(found)), 2)
        for viewer in (outsider, None, AnonymousUser(), registry.ref(outsider)):
            shown = found.visible_to(viewer)
            self.assertEqual(list(shown.instances()), [known])
            self.assertEqual(list(shown.refs()), [registry.ref(known)])
            self.assertEqual(list(shown.ids()), [known.pk])
            self.assertEqual(shown.page(1).items, [(known, NOON)])
            self.assertNotIn(secret, shown)
            self.assertIn(known, shown)
            self.assertEqual(len(shown), 2)
        for viewer in (insider, registry.ref(insider)):
            self.assertEqual(set(found.visible_to(viewer).refs()), set(found.refs()))
        self.refused(InvalidResource, found.visible_to, "nobody")

    def test_known_and_common(self) -> None:
        me, other, club = *self.people(2), Club.objects.create()
        known, secret = self.societies()
        follow_many((a, b) for a in (me, other) for b in (known, secret))
        follow_many([(known, club), (secret, club)])
        self.assertEqual(get_known_followers(me, club).instances(), [known])
        common = get_common_followings(me, other).visible_to(me)
        self.assertEqual(common.instances(), [known])

    def test_suggestions_of_what_is_secret(self) -> None:
        """A secret resource is not a suggestion, not a reason, and not part of a
        score.
        """
        me, friend, stranger = self.people(3)
        known, secret = self.societies()
        follow_many([(me, friend), (me, secret), (friend, secret), (friend, known)])
        follow_many([(secret, known), (secret, stranger)])
        [found] = get_suggestions(me)
        self.assertEqual((found.instance, found.score), (known, 1))
        self.assertEqual(found.reasons, [friend])

    def test_querysets_that_exclude(self) -> None:
        if not (self.joins_querysets and self.store.supports_policy):
            self.skipTest("no querysets, or no blocks")
        me, club, *people = [self.person(), Club.objects.create(), *self.people(5)]
        follow_many([(person, club) for person in people])
        block(me, people[0])
        mute(me, people[1])
        mute(me, people[2], until=now() + 999 * SECOND)
        lists = [get_blocked(me), get_muted(me)]
        with self.one_query():
            rows = list(Person.objects.followers_of(club, exclude=lists))
        self.assertEqual(set(rows), set(people[3:]))

    @needs("supports_policy")
    def test_annotations_of_policy(self) -> None:
        if not self.joins_querysets:
            self.skipTest("supports_querysets is off, or the objects are elsewhere")
        me, a, b, c, d = self.people(5)
        block(me, a)
        mute(me, b)
        requests = [self.edge(me, c), self.edge(d, me)]
        self.store.ask(Add([each._replace(state=REQUESTED) for each in requests]))
        names = "is_blocked", "is_muted", "is_requested", "requests_viewer"
        with self.assertNumQueries(1):
            rows = {
                row.pk: tuple(getattr(row, name) for name in names)
                for row in Person.objects.with_follow_state(me)
            }
        expected = {me: (), a: names[:1], b: names[1:2], c: names[2:3], d: names[3:]}
        self.assertEqual(
            rows,
            {
                person.pk: tuple(name in true for name in names)
                for person, true in expected.items()
            },
        )

    def test_followers_are_shown_to_all_but_the_viewer(self) -> None:
        _, secret = self.societies()
        club = Club.objects.create()
        follow_many([(secret, club)])
        self.assertEqual(get_followers(club).visible_to(None), [])
        self.assertEqual(get_followers(club).instances(), [secret])
