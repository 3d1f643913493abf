from __future__ import annotations

from typing import Any
from unittest import mock

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Model
from django.test import TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sequere.admin import edges, filters
from sequere.admin.filters import label_of
from sequere.admin.links import shows_edges_of
from sequere.api import (
    archive,
    attempt_follow,
    block,
    follow,
    follow_many,
    get_follow_requests,
    get_followers_count,
    is_blocking,
)
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.registration import registry
from sequere.signals import unfollowed
from sequere.testing.models import Account, Club, Label, Person
from sequere.types import Attempt, Edge

LIST = reverse("admin:sequere_edgerow_changelist")


class AdminTests(TransactionTestCase):
    def setUp(self) -> None:
        admin = get_user_model().objects.create_superuser("admin")
        self.client.force_login(admin)
        self.club = Club.objects.create()
        self.people = [Person.objects.create(name=f"p{n}") for n in range(60)]
        self.label = Label.objects.create(name="a:b <i>")
        follow_many((person, self.club) for person in self.people)
        follow(self.label, self.club)

    def found(self, term: str) -> list[EdgeRow]:
        response = self.client.get(LIST, {"q": term})
        self.assertEqual(response.status_code, 200)
        return list(response.context["cl"].result_list)

    def test_the_list(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            response = self.client.get(LIST)
        self.assertContains(response, f"testing.club:{self.club.pk}")
        self.assertContains(response, "a:b &lt;i&gt;")
        self.assertNotContains(response, "Add edge")
        self.assertEqual(len(response.context["cl"].result_list), 50)
        self.assertLessEqual(len(queries), 6)
        self.assertEqual(self.client.get(LIST, {"p": 2}).status_code, 200)

    def test_counts_stop_at_a_limit(self) -> None:
        paginator = edges.CappedPaginator(EdgeRow.objects.order_by("-id"), 50)
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(paginator.count, 61)
        self.assertIn(f"LIMIT {edges.COUNTED}", queries[0]["sql"])
        self.assertNotIn("ORDER BY", queries[0]["sql"])

    def test_search(self) -> None:
        person = self.people[7]
        ref = f"testing.person:{person.pk}"
        [row] = self.found(ref)
        self.assertEqual(row.edge.source, registry.ref(person))
        self.assertIn(row, self.found(str(person.pk)))
        self.assertEqual(len(self.found(f"testing.club:{self.club.pk}")), 50)
        [row] = self.found(" a:b <i> ")
        self.assertEqual(row.edge.source, registry.ref(self.label))
        for nothing in ("nobody:1", "testing.person", "%", "''", "\u0000x"[1:]):
            self.assertEqual(self.found(nothing), [], nothing)
        self.assertEqual(len(self.found(" ")), 50)

    def test_looking_at_an_edge_changes_nothing(self) -> None:
        row = EdgeRow.objects.earliest("pk")
        url = reverse("admin:sequere_edgerow_change", args=[row.pk])
        self.assertContains(self.client.get(url), str(row.edge.target))
        self.assertEqual(self.client.post(url, {}).status_code, 403)
        add = reverse("admin:sequere_edgerow_add")
        self.assertEqual(self.client.get(add).status_code, 403)

    def test_removing(self) -> None:
        heard: list[Edge] = []

        def hear(edge: Edge, **kwargs: Any) -> None:
            heard.append(edge)

        unfollowed.connect(hear)
        self.addCleanup(unfollowed.disconnect, hear)
        rows = list(EdgeRow.objects.all()[:3])
        one = reverse("admin:sequere_edgerow_delete", args=[rows[0].pk])
        self.client.post(one, {"post": "yes"})
        chosen = {"_selected_action": [row.pk for row in rows[1:]], "post": "yes"}
        self.client.post(LIST, {"action": "delete_selected", **chosen})
        self.assertEqual(get_followers_count(self.club), 58)
        self.assertEqual({edge[:3] for edge in heard}, {row.edge[:3] for row in rows})

    def test_filters_beside_a_search(self) -> None:
        one, asker, other = self.people[:3]
        account = Account.objects.create(is_private=True)
        follow(asker, account)
        block(one, account)
        archive(other)
        club = f"testing.club:{self.club.pk}"
        for term, query, pairs in (
            (f"testing.account:{account.pk}", {"relation": "block"}, [(one, account)]),
            (
                f"testing.account:{account.pk}",
                {"condition": "requested"},
                [(asker, account)],
            ),
            (club, {"condition": "archived"}, [(other, self.club)]),
            (club, {"condition": "archived", "relation": "block"}, []),
        ):
            response = self.client.get(LIST, {"q": term, **query})
            found = [row.edge[1:3] for row in response.context["cl"].result_list]
            wanted = [tuple(map(registry.ref, pair)) for pair in pairs]
            self.assertEqual(found, wanted)
            self.assertContains(response, "By state ")
            self.assertNotContains(response, "newest")
        self.assertEqual(label_of(3), "archived")

    def test_filters_without_a_search(self) -> None:
        """Only the newest edges are read, and their number is bounded."""
        one, other = self.people[:2]
        account = Account.objects.create(is_private=True)
        follow(one, account)
        block(other, self.label)
        archive(self.people[5])
        follow_many((self.label, person) for person in self.people[10:20])
        requests = [registry.ref(one), registry.ref(account)]
        for query, limit, pairs in (
            ({"condition": "requested"}, 100_000, [requests]),
            ({"condition": "requested"}, 10, []),
            ({"condition": "active", "relation": "follow"}, 5, None),
            ({"relation": "unknown"}, 5, None),
        ):
            with (
                mock.patch.object(filters, "NEWEST", limit),
                CaptureQueriesContext(connection) as queries,
            ):
                response = self.client.get(LIST, query)
            rows = list(response.context["cl"].result_list)
            if pairs is None:
                newest = EdgeRow.objects.order_by("-pk")[:limit]
                self.assertEqual(rows, list(newest))
            else:
                self.assertEqual([[*row.edge[1:3]] for row in rows], pairs)
            bounded = [each for each in queries if f"OFFSET {limit - 1}" in each["sql"]]
            self.assertEqual(len(bounded), 1)
        self.assertEqual(len(self.found("")), 50)
        response = self.client.get(LIST)
        self.assertContains(response, "By state (in the newest 100,000 edges)")

    def test_no_page_counts_the_edges_of_each_filter(self) -> None:
        response = self.client.get(LIST, {"_facets": "True"})
        self.assertFalse(response.context["cl"].add_facets)

    def test_blocks_and_requests_are_removed(self) -> None:
        one, other = self.people[:2]
        account = Account.objects.create(is_private=True)
        follow(other, account)
        block(one, account)
        rows = EdgeRow.objects.filter(to_identifier="testing.account", state__lt=8)
        self.assertEqual(rows.count(), 2)
        chosen = {"_selected_action": [row.pk for row in rows], "post": "yes"}
        self.client.post(LIST, {"action": "delete_selected", **chosen})
        self.assertFalse(is_blocking(one, account))
        self.assertEqual(len(get_follow_requests(account)), 0)
        # The unblock has removed the bar.
        self.assertEqual(attempt_follow(one, account), Attempt.REQUESTED)

    def test_edges_of_what_is_not_registered_any_more(self) -> None:
        EdgeRow.objects.update(from_identifier="former")
        self.assertContains(self.client.get(LIST), "former:")
        gone, stays = (f"former:{person.pk}" for person in self.people[6:8])
        [row] = self.found(gone)
        url = reverse("admin:sequere_edgerow_delete", args=[row.pk])
        self.client.post(url, {"post": "yes"})
        self.assertEqual(EdgeRow.objects.count(), 60)
        self.assertEqual(self.found(gone), [])
        [row] = self.found(stays)
        self.assertEqual(row.from_identifier, "former")

    def test_edges_that_are_read_from_a_replica(self) -> None:
        with override_settings(DATABASE_ROUTERS=["tests.admin.test_edges.Replica"]):
            self.assertEqual(EdgeRow.objects.all().db, "other")
            self.assertTrue(shows_edges_of(get_backend()))
            self.assertFalse(shows_edges_of(get_backend("other")))
            self.assertFalse(shows_edges_of(get_backend("memory")))


class Replica:
    """A router that reads edges from another database."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "other" if model is EdgeRow else None
