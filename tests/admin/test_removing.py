"""Users with the permission can remove follows on the page of an object."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client, override_settings

from sequere.api import follow, get_followers_count, is_following
from sequere.signals import unfollowed
from sequere.testing.models import Person
from sequere.types import Edge
from tests.admin.pages import DOWN, MEMORY, PagesCase, site, url, value


class RemovingTests(PagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.heard: list[Edge] = []

        def hear(edge: Edge, **kwargs: Any) -> None:
            self.heard.append(edge)

        unfollowed.connect(hear, weak=False)
        self.addCleanup(unfollowed.disconnect, hear)
        for person in self.people[:3]:
            follow(person, self.club)
        follow(self.club, self.people[0])

    def remove(self, client: Client | None = None, **data: Any) -> Any:
        target = url("follows", self.club)
        return (client or self.client).post(target, data, follow=True)

    def test_followers(self) -> None:
        values = self.values(self.club, "followers")
        page = self.remove(followers=[values["p0"], values["p1"]])
        self.assertRedirects(page, url("change", self.club))
        self.assertContains(page, "2 follows were removed.")
        self.assertContains(page, "Followers (1)")
        self.assertTrue(is_following(self.club, self.people[0]))
        ends = {(edge.source.object_id, edge.relation) for edge in self.heard}
        self.assertEqual(ends, {(str(p.pk), "follow") for p in self.people[:2]})

    def test_followings(self) -> None:
        page = self.remove(followings=value(self.people[0]))
        self.assertContains(page, "1 follow was removed.")
        self.assertFalse(is_following(self.club, self.people[0]))
        self.assertEqual(get_followers_count(self.club), 3)

    def test_it_is_in_the_history(self) -> None:
        self.remove(followers=value(self.people[0]))
        entry = LogEntry.objects.get()
        edge = f"testing.person:{self.people[0].pk} -> testing.club:{self.club.pk}"
        self.assertEqual(entry.get_change_message(), f"Deleted edge “{edge}”.")
        self.assertEqual(entry.object_id, str(self.club.pk))

    def test_nothing(self) -> None:
        for chosen in ([], [value(self.people[9])]):
            page = self.remove(followers=chosen)
            self.assertContains(page, "0 follows were removed.")
        self.assertEqual(self.heard, [])
        self.assertFalse(LogEntry.objects.exists())

    def test_awkward_and_former_refs(self) -> None:
        follow(self.label, self.club)
        Person.objects.filter(pk=self.people[0].pk)._raw_delete("default")
        rows = self.panel(self.club, "followers").rows
        self.assertEqual(len(rows), 4)
        page = self.remove(followers=[row.value for row in rows])
        self.assertContains(page, "4 follows were removed.")
        self.assertEqual(get_followers_count(self.club), 0)

    def test_what_is_no_ref(self) -> None:
        for nonsense in ("", "a b:1", "x:%00", "x:" + "1" * 300):
            page = self.remove(followers=nonsense)
            self.assertEqual(page.status_code, 400, nonsense)

    def test_only_of_this_object(self) -> None:
        other, another = self.people[5:7]
        follow(other, another)
        self.remove(followers=[value(other), value(another)])
        self.assertTrue(is_following(other, another))

    def test_who_may(self) -> None:
        chosen = {"followers": value(self.people[0])}
        self.assertEqual(self.remove(self.staff(), **chosen).status_code, 403)
        self.user.__class__.objects.filter(username="staff").delete()
        for codename in ("change_club", "delete_edgerow", "delete_club"):
            staff = self.staff(codename)
            self.assertEqual(self.remove(staff, **chosen).status_code, 403, codename)
            self.user.__class__.objects.filter(username="staff").delete()
        staff = self.staff("view_club", "delete_edgerow")
        page = self.remove(staff, **chosen)
        self.assertContains(page, "1 follow was removed.")
        self.assertContains(page, "Remove the selected")

    def test_who_is_not_logged_in(self) -> None:
        page = self.remove(Client(), followers=value(self.people[0]))
        self.assertContains(page, 'name="password"')
        self.assertEqual(get_followers_count(self.club), 3)

    def test_a_token_is_needed(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.user)
        chosen = {"followers": value(self.people[0])}
        self.assertEqual(self.remove(client, **chosen).status_code, 403)
        client.get(url("change", self.club))
        token = client.cookies["csrftoken"].value
        page = self.remove(client, csrfmiddlewaretoken=token, **chosen)
        self.assertContains(page, "1 follow was removed.")

    def test_links_remove_nothing(self) -> None:
        target = url("follows", self.club)
        page = self.client.get(target, {"followers": value(self.people[0])})
        self.assertEqual(page.status_code, 405)
        self.assertEqual(get_followers_count(self.club), 3)

    def test_what_is_not_there(self) -> None:
        target = url("follows", self.club)
        self.club.delete()
        self.assertEqual(self.client.post(target).status_code, 404)

    def test_another_backend(self) -> None:
        admin: Any = site.get_model_admin(type(self.club))
        settings = {"default": DOWN, "memory": MEMORY}
        with override_settings(SEQUERE_BACKENDS=settings):
            admin.follow_backend = "memory"
            self.addCleanup(delattr, admin, "follow_backend")
            follow(self.people[0], self.club, using="memory")
            page = self.remove(followers=value(self.people[0]))
            self.assertContains(page, "1 follow was removed.")
            self.assertContains(page, "Followers (0)")


@override_settings(SEQUERE_BACKENDS={"default": MEMORY})
class RemovingElsewhereTests(RemovingTests):
    """The same tests for a backend whose edges are not in the database."""


@override_settings(SEQUERE_BACKENDS={"default": DOWN})
class UnavailableTests(PagesCase):
    def test_it_says_so(self) -> None:
        chosen = {"followers": value(self.people[0])}
        with self.assertLogs("sequere.admin", "ERROR"):
            page = self.client.post(url("follows", self.club), chosen, follow=True)
        self.assertContains(page, "cannot be removed now")
        self.assertFalse(LogEntry.objects.exists())
