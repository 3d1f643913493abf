"""The follow panel on the page of an object, and who may see it."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from sequere.api import follow, follow_many
from sequere.exceptions import NotRegistered
from sequere.models import EdgeRow
from sequere.registration import registry
from sequere.testing import sequere_registry
from sequere.testing.base import NOON, SECOND
from sequere.testing.models import Club, Label, Nick, Person, Place
from tests.admin.pages import DOWN, MEMORY, PagesCase, url


class PanelTests(PagesCase):
    def test_counts_and_the_newest(self) -> None:
        follow_many(
            (person, self.club, NOON + number * SECOND)
            for number, person in enumerate(self.people)
        )
        follow(self.club, self.label)
        followers = self.panel(self.club, "followers")
        self.assertEqual(followers.total, 12)
        newest = [person.name for person in reversed(self.people)]
        self.assertEqual([row.label for row in followers.rows], newest[:10])
        self.assertEqual(followers.rows[0].url, url("change", self.people[-1]))
        [row] = self.panel(self.club, "followings").rows
        # The admin of this site has no page for labels.
        self.assertEqual((row.label, row.url), (self.label.name, None))
        page = self.client.get(url("change", self.club))
        self.assertContains(page, "Followers (12), the newest 10")
        self.assertContains(page, "&lt;i&gt;")
        self.assertNotContains(page, "<i>")
        self.assertContains(page, '/change/">p11</a>')

    def test_without_follows(self) -> None:
        page = self.client.get(url("change", self.club))
        self.assertContains(page, "Followers (0)")
        self.assertContains(page, "None", 2)
        self.assertNotContains(page, "Remove the selected")

    def test_names_are_text(self) -> None:
        evil = '"><script>alert(1)</script>'
        follow(Person.objects.create(name=evil), self.club)
        page = self.client.get(url("change", self.club))
        self.assertNotContains(page, "<script>alert")
        self.assertContains(page, "&lt;script&gt;alert", 2)

    def test_who_is_hidden_or_gone(self) -> None:
        hidden = Person.objects.create(name="hidden")
        gone = self.people[0]
        times = [NOON, NOON + SECOND, NOON + 2 * SECOND]
        follow_many(
            zip((hidden, gone, self.label), [self.club] * 3, times, strict=True)
        )
        Person.objects.filter(pk=gone.pk)._raw_delete("default")
        refs = [str(registry.ref(each)) for each in (gone, hidden)]
        registry.unregister(Label)
        self.addCleanup(registry.register, Label, sequere_registry.TestingBase)
        rows = self.panel(self.club, "followers").rows
        expected = [f"testing.label:{self.label.pk}", *refs]
        self.assertEqual([row.label for row in rows], expected)
        self.assertEqual([row.is_shown for row in rows], [False] * 3)
        page = self.client.get(url("change", self.club))
        self.assertContains(page, "(gone or hidden)", 3)
        self.assertNotContains(page, ">hidden</a>")

    def test_keys_of_every_kind(self) -> None:
        place = Place.objects.create()
        follow(place, self.people[0])
        [row] = self.panel(self.people[0], "followers").rows
        self.assertEqual(row.url, url("change", place))
        page = self.client.get(row.url)
        self.assertContains(page, "Followings (1)")
        self.assertContains(page, "A template of its own.")
        nick = Nick.objects.create(name="a/b_2F:%\"' é")
        follow(nick, self.club)
        [row] = self.panel(self.club, "followers").rows
        page = self.client.get(row.url)
        self.assertContains(page, "Followings (1)")
        page = self.client.post(
            page.context["follows"]["action"],
            {"followings": str(registry.ref(self.club))},
            follow=True,
        )
        self.assertContains(page, "Followings (0)")
        follow(nick, self.club)
        everything = self.client.get(reverse("admin:sequere_edgerow_changelist"))
        self.assertContains(everything, f'href="{escape(row.url)}"')

    def test_the_queries_do_not_grow(self) -> None:
        follow(self.people[0], self.club)
        self.client.get(url("change", self.club))
        with CaptureQueriesContext(connection) as few:
            self.client.get(url("change", self.club))
        follow_many((person, self.club) for person in self.people)
        with CaptureQueriesContext(connection) as many:
            self.client.get(url("change", self.club))
        self.assertEqual(len(many), len(few))
        edges = [query["sql"] for query in many if "sequere_edge" in query["sql"]]
        self.assertEqual(len(edges), 2)
        self.assertFalse([sql for sql in edges if "COUNT(" in sql])

    def test_only_of_what_there_is(self) -> None:
        add = reverse("admin:sequere_testing_club_add")
        self.assertNotContains(self.client.get(add), 'id="sequere-follows"')
        popup = self.client.get(url("change", self.club), {"_popup": "1"})
        self.assertNotContains(popup, 'id="sequere-follows"')
        missing = reverse("admin:sequere_testing_club_change", args=[0])
        self.assertEqual(self.client.get(missing).status_code, 302)

    def test_a_form_with_errors(self) -> None:
        follow(self.people[0], self.club)
        page = self.client.post(url("change", self.people[0]), {"name": ""})
        self.assertContains(page, "Followings (1)")

    def test_models_that_are_not_registered(self) -> None:
        registry.unregister(Club)
        self.addCleanup(registry.register, Club, sequere_registry.TestingBase)
        with self.assertRaises(NotRegistered):
            self.client.get(url("change", self.club))

    def test_the_list_of_all_edges(self) -> None:
        follow(self.people[0], self.club)
        page = self.client.get(url("change", self.club))
        link = page.context["follows"]["all_edges"]
        [row] = self.client.get(link).context["cl"].result_list
        self.assertEqual(row, EdgeRow.objects.get())
        self.assertContains(page, "All follows")

    def test_links_are_for_who_may_open_them(self) -> None:
        follow(self.people[0], self.club)
        staff = self.staff("view_club")
        [row] = self.panel(self.club, "followers", staff).rows
        self.assertEqual((row.label, row.url), ("p0", None))
        page = staff.get(url("change", self.club))
        self.assertNotContains(page, "All follows")
        self.assertNotContains(page, "Remove the selected")


class ColumnTests(PagesCase):
    def queries(self) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            response = self.client.get(url("changelist", self.people[0]))
        self.assertEqual(response.status_code, 200)
        return [query["sql"] for query in queries]

    def test_one_query_a_column(self) -> None:
        few = self.queries()
        follow_many((person, self.people[0]) for person in self.people[1:])
        Person.objects.bulk_create([Person(name=f"more {n}") for n in range(80)])
        many = self.queries()
        self.assertEqual(len(many), len(few))
        self.assertEqual(len([sql for sql in many if "sequere_count" in sql]), 2)
        self.assertFalse([sql for sql in many if "sequere_edge" in sql])
        page = self.client.get(url("changelist", self.people[0]))
        self.assertContains(page, '<td class="field-followers_count">11</td>', 1)
        self.assertContains(page, '<td class="field-followings_count">1</td>', 11)

    def test_on_the_page_of_an_object(self) -> None:
        follow(self.people[0], self.club)
        page = self.client.get(url("change", self.club))
        self.assertContains(page, '<div class="readonly">1</div>')

    def test_actions(self) -> None:
        chosen = {"_selected_action": [self.people[0].pk], "post": "yes"}
        url_of_list = url("changelist", self.people[0])
        self.client.post(url_of_list, {"action": "delete_selected", **chosen})
        self.assertEqual(Person.objects.count(), 11)


@override_settings(SEQUERE_BACKENDS={"default": MEMORY})
class OtherBackendTests(PagesCase):
    def test_the_panel(self) -> None:
        follow(self.people[0], self.club)
        page = self.client.get(url("change", self.club))
        self.assertContains(page, "Followers (1)")
        self.assertNotContains(page, "All follows")

    def test_the_columns(self) -> None:
        follow(self.people[0], self.club)
        page = self.client.get(url("changelist", self.people[0]))
        self.assertContains(page, '<td class="field-followings_count">1</td>', 1)


@override_settings(SEQUERE_BACKENDS={"default": DOWN})
class UnavailableTests(PagesCase):
    def open(self, *args: Any) -> Any:
        with self.assertLogs("sequere.admin", "ERROR") as logged:
            page = self.client.get(url(*args))
        self.assertIn("no route", logged.output[0])
        for record in logged.records:
            self.assertNotRegex(record.getMessage(), r":\d")
        return page

    def test_the_page_opens(self) -> None:
        page = self.open("change", self.people[0])
        self.assertContains(page, "cannot be shown now")
        self.assertContains(page, 'name="_save"')
        self.assertNotContains(page, "no route")

    def test_the_list_opens(self) -> None:
        page = self.open("changelist", self.people[0])
        self.assertContains(page, '<td class="field-followers_count">-</td>', 12)
