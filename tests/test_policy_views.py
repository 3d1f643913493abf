"""Blocks, mutes and requests at the endpoints, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils.timezone import make_aware

from sequere.api import (
    accept,
    archive,
    block,
    follow,
    follow_states,
    get_follow_requests,
    get_followings_count,
    is_blocking,
    is_following,
    is_muting,
    mute,
)
from sequere.testing.models import Account, Society
from sequere.types import Ref
from sequere.urls import urlpatterns
from sequere.web import ACTIONS
from sequere.web.listing import DIRECTIONS, VERBS
from tests.endpoints import JSON, MEMORY, EndpointCase, Visitor
from tests.testapp.models import Project

HTMX = {"HX-Request": "true"}
FORMS: tuple[Any, ...] = (JSON, HTMX, None)
OWN = VERBS.keys() - DIRECTIONS.keys()
MISSING = Ref("visitor", "123456789")


class PolicyCase(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = Visitor.objects.create_user("other")

    def act(self, action: str, target: Any, headers: Any = JSON) -> Any:
        return self.post(target, headers, action=action)

    def does(self, action: str, target: Any, state: str) -> None:
        """Send the action twice, because every action is idempotent."""
        for _ in range(2):
            answer = self.act(action, target)
            self.assertEqual(answer.status_code, 200, answer.content)
            self.assertEqual(answer.json()["state"], state)
            self.assertIs(answer.json()["is_following"], state == "following")

    def labels(self, name: str, owner: Any, client: Client | None = None) -> list[str]:
        answer = (client or self.client).get(self.url(name, owner))
        self.assertEqual(answer.status_code, 200, answer.content)
        return [item["label"] for item in answer.json()["items"]]

    def assert_missing(self, action: str, target: Any, missing: Any = MISSING) -> None:
        """Assert that `target` gets the answer for a missing object, in each format."""
        for headers in FORMS:
            found, nothing = (
                self.act(action, each, headers) for each in (target, missing)
            )
            self.assertEqual(nothing.status_code, 404)
            self.assertEqual(found.status_code, 404, action)
            self.assertEqual(found.content, nothing.content)
            self.assertEqual(found.headers.keys(), nothing.headers.keys())


class ActionTests(PolicyCase):
    def test_every_action(self) -> None:
        for action, state in (
            ("follow", "following"),
            ("unfollow", "none"),
            ("block", "blocked"),
            ("unblock", "none"),
            ("mute", "none"),
            ("unmute", "none"),
            ("accept", "none"),
            ("reject", "none"),
            ("remove_follower", "none"),
        ):
            self.does(action, self.other, state)
        self.assertEqual(self.act("toggle", self.other).status_code, 400)

    def test_a_request(self) -> None:
        account = Account.objects.create(is_private=True)
        self.does("follow", account, "requested")
        self.assertEqual(self.labels("requested", self.visitor), [str(account)])
        accept(account, self.visitor)
        self.does("follow", account, "following")
        self.does("unfollow", account, "none")
        self.does("follow", account, "requested")
        self.does("unfollow", account, "none")
        self.assertEqual(len(get_follow_requests(account)), 0)

    def test_the_answers_to_a_request(self) -> None:
        self.options(Visitor, approval="is_staff")
        Visitor.objects.filter(pk=self.visitor.pk).update(is_staff=True)
        for action, follows in (("reject", False), ("accept", True)):
            follow(self.other, self.visitor)
            self.assertEqual(self.labels("requests", self.visitor), ["other"])
            self.does(action, self.other, "none")
            self.assertIs(is_following(self.other, self.visitor), follows)
            self.assertEqual(self.labels("requests", self.visitor), [])
        self.does("remove_follower", self.other, "none")
        self.assertFalse(is_following(self.other, self.visitor))

    def test_a_block(self) -> None:
        follow(self.visitor, self.other)
        self.does("block", self.other, "blocked")
        self.assertTrue(is_blocking(self.visitor, self.other))
        self.assertFalse(is_following(self.visitor, self.other))
        for headers in FORMS:
            answer = self.act("follow", self.other, headers)
            self.assertContains(
                answer, "You block this account. Unblock it first.", status_code=403
            )
        self.does("unfollow", self.other, "blocked")
        self.assertEqual(self.labels("blocked", self.visitor), ["other"])
        self.does("unblock", self.other, "none")
        self.assertEqual(self.act("follow", self.other).json()["state"], "following")

    def test_a_mute_changes_no_follow(self) -> None:
        follow(self.visitor, self.other)
        self.does("mute", self.other, "following")
        self.assertTrue(is_muting(self.visitor, self.other))
        self.assertEqual(self.labels("muted", self.visitor), ["other"])
        self.does("unmute", self.other, "following")
        self.assertFalse(is_muting(self.visitor, self.other))

    def test_a_mute_with_an_end(self) -> None:
        def mute_until(end: str, action: str = "mute") -> int:
            answer = self.post(self.other, JSON, action=action, until=end)
            return int(answer.status_code)

        for end, wanted in (
            ("2199-01-01T00:00:00Z", datetime(2199, 1, 1, tzinfo=UTC)),
            ("2199-01-01T12:00+02:00", datetime(2199, 1, 1, 10, tzinfo=UTC)),
            ("2199-01-01T12:00", make_aware(datetime(2199, 1, 1, 12))),
            ("", None),
        ):
            self.assertEqual(mute_until(end), 200)
            state = follow_states(self.visitor, [self.other])[self.other]
            self.assertEqual((state.muted, state.muted_until), (True, wanted))
        for end in (
            "tomorrow",
            "2199-13-01T00:00",
            "2001-01-01T00:00",
            "9999-12-31T00:00",
        ):
            self.assertEqual(mute_until(end), 400)
        self.assertEqual(mute_until("2199-01-01T00:00:00Z", "block"), 400)
        self.assertFalse(is_blocking(self.visitor, self.other))

    def test_an_archived_follow_is_none(self) -> None:
        follow(self.visitor, self.project)
        archive(self.project)
        self.does("follow", self.project, "none")
        self.assertEqual(get_followings_count(self.visitor), 0)

    def test_oneself(self) -> None:
        for action in ("block", "mute"):
            self.assertEqual(self.act(action, self.visitor).status_code, 400)
        for name in ("blocked", "muted"):
            self.assertEqual(self.labels(name, self.visitor), [])

    def test_hooks_are_asked_before_a_follow_only(self) -> None:
        asked = []

        def can_follow(*arguments: Any) -> bool:
            asked.append("can_follow")
            return False

        def throttle(*arguments: Any) -> float:
            asked.append("throttle")
            return 1

        self.options(Project, can_follow=can_follow, throttle=throttle)
        for action in ACTIONS:
            expected = 403 if action == "follow" else 200
            answer = self.act(action, self.project)
            self.assertEqual(answer.status_code, expected, action)
        self.assertEqual(asked, ["can_follow"])

    def test_strangers_and_forgeries(self) -> None:
        for action in ACTIONS:
            answer = self.post(self.other, JSON, Client(), action=action)
            self.assertEqual(answer.status_code, 403)
            self.assertIn("login_url", answer.json())
            strict = Client(enforce_csrf_checks=True)
            strict.force_login(self.visitor)
            answer = self.post(self.other, JSON, strict, action=action)
            self.assertEqual(answer.status_code, 403)
        state = follow_states(self.visitor, [self.other])[self.other]
        self.assertFalse(state.is_followed or state.blocking or state.muted)

    def test_forms_and_fragments(self) -> None:
        answer = self.post(self.other, None, action="block", next="/page/")
        self.assertRedirects(answer, "/page/", fetch_redirect_response=False)
        answer = self.act("block", self.other, HTMX)
        self.assertContains(answer, 'value="unblock"')
        self.assertContains(answer, 'aria-label="Unblock other"')
        self.assertNotContains(answer, "aria-pressed")

    def test_costs(self) -> None:
        if self.backend == MEMORY:
            self.skipTest("no queries")
        # The session and the user, the object, the verb, and three queries for JSON.
        with self.assertNumQueries(2 + 2 + 3):
            self.act("follow", self.project)
        # One more query finds why nothing was written; it is enough here.
        with self.assertNumQueries(2 + 3 + 3):
            self.act("follow", self.project)
        # One more query finds the state.
        with self.assertNumQueries(2 + 3 + 3):
            self.act("unfollow", self.project)


class ActionInMemoryTests(ActionTests):
    backend = MEMORY


class BlockedVisitorTests(PolicyCase):
    def setUp(self) -> None:
        super().setUp()
        block(self.other, self.visitor)

    def test_no_action_tells_that_the_object_exists(self) -> None:
        for action in set(ACTIONS) - {"block", "mute"}:
            self.assert_missing(action, self.other)

    def test_no_hook_tells_it(self) -> None:
        def can_follow(*arguments: Any) -> bool:
            raise PermissionDenied("Members only.")

        self.options(Visitor, can_follow=can_follow)
        self.assert_missing("follow", self.other)
        self.options(Visitor, can_follow=lambda *_: True, throttle=lambda *_: 9)
        self.assert_missing("follow", self.other)

    def test_no_list_tells_it(self) -> None:
        for name in VERBS:
            found, nothing = (
                self.client.get(self.url(name, self.other), headers=JSON),
                self.client.get(reverse(f"sequere:{name}", args=MISSING), headers=JSON),
            )
            self.assertEqual(found.status_code, 404, name)
            self.assertEqual(found.content, nothing.content)
        answer = Client().get(self.url("followers", self.other))
        self.assertEqual(answer.status_code, 200)

    def test_a_visitor_can_always_block_and_mute(self) -> None:
        for action, state in (("block", "blocked"), ("mute", "blocked")):
            answer = self.act(action, self.other)
            self.assertEqual(answer.json()["state"], state)
            self.assertIsNone(answer.json()["followers_count"])
        for action, state in (("unmute", "blocked"), ("unblock", "none")):
            self.assertEqual(self.act(action, self.other).json()["state"], state)
            self.assert_missing(action, self.other)
        self.assertTrue(is_blocking(self.other, self.visitor))
        self.assertFalse(is_blocking(self.visitor, self.other))
        self.assertFalse(is_muting(self.visitor, self.other))


class BlockedVisitorInMemoryTests(BlockedVisitorTests):
    backend = MEMORY


class OwnListTests(PolicyCase):
    def test_lists_of_others_are_private(self) -> None:
        for name in OWN:
            self.assertEqual(self.labels(name, self.visitor), [])
            for client, owner in ((self.client, self.other), (Client(), self.visitor)):
                answer = client.get(self.url(name, owner))
                self.assertEqual(answer.status_code, 403)
                self.assertEqual(answer.json(), {"detail": "This list is private."})
            answer = self.client.get(reverse(f"sequere:{name}", args=MISSING))
            self.assertEqual(answer.status_code, 404)

    def test_a_hidden_viewer_sees_them(self) -> None:
        mute(self.visitor, self.other)
        hidden = Visitor.objects.exclude(pk=self.visitor.pk)
        self.options(Visitor, get_queryset=lambda self: hidden.all())
        self.assertEqual(self.labels("muted", self.visitor), ["other"])

    def test_pages_and_kinds(self) -> None:
        for target in (self.other, self.project):
            block(self.visitor, target)
        url = self.url("blocked", self.visitor)
        page = self.client.get(url, {"size": 1}).json()
        self.assertEqual((page["count"], len(page["items"])), (2, 1))
        rest = self.client.get(url, {"size": 1, "after": page["next"]}).json()
        self.assertIsNone(rest["next"])
        self.assertNotEqual(rest["items"], page["items"])
        found = self.client.get(url, {"kind": "projet"}).json()["items"]
        self.assertEqual([item["identifier"] for item in found], ["projet"])


class HiddenTests(PolicyCase):
    """Objects that visible_to() hides from a viewer."""

    def setUp(self) -> None:
        super().setUp()
        self.secret = Society.objects.create(name="secret")
        self.missing = Ref("testing.society", "123456789")

    def test_it_does_not_exist(self) -> None:
        for action in ACTIONS:
            self.assert_missing(action, self.secret, self.missing)
        for name in VERBS:
            answer = self.client.get(self.url(name, self.secret))
            self.assertEqual(answer.status_code, 404)

    def test_what_there_is_can_be_ended_once(self) -> None:
        for begin, action in (
            (follow, "unfollow"),
            (block, "unblock"),
            (mute, "unmute"),
        ):
            begin(self.visitor, self.secret)
            answer = self.act(action, self.secret)
            self.assertEqual(answer.status_code, 200, action)
            self.assertIsNone(answer.json()["followers_count"])
            self.assert_missing(action, self.secret, self.missing)
        follow(self.secret, self.visitor)
        self.assertEqual(self.act("remove_follower", self.secret).status_code, 200)
        self.assertFalse(is_following(self.secret, self.visitor))

    def test_lists_and_tags_leave_it_out(self) -> None:
        follow(self.secret, self.project)
        follow(self.project, self.secret)
        for name in DIRECTIONS:
            self.assertEqual(self.labels(name, self.project), [])
            text = f"{{% {name} project as found %}}{{{{ found|length }}}}"
            self.assertEqual(self.render(text, project=self.project), "0")

    def test_tags_take_a_viewer(self) -> None:
        known = Society.objects.create(name="known")
        self.options(Society, visible_to=only_for_other)
        follow(known, self.project)
        text = "{{% followers project {} as found %}}{{{{ found|length }}}}"
        names: dict[str, Any] = {"project": self.project, "other": self.other}
        for argument, count in (("", 0), ("viewer=other", 1), ("viewer=None", 0)):
            self.assertEqual(self.render(text.format(argument), **names), str(count))
        names["request"] = None
        self.assertEqual(self.render(text.format(""), **names), "0")

    def test_no_button(self) -> None:
        text = "{% follow_button user it %}"
        users: tuple[Any, ...] = (self.visitor, None)
        for user in users:
            page = self.render(text, user=user, it=self.secret)
            self.assertEqual(page.strip(), "")
        known = Society.objects.create(name="known")
        self.assertIn("<form", self.render(text, user=self.visitor, it=known))


class HiddenInMemoryTests(HiddenTests):
    backend = MEMORY


class PrivateAccountTests(PolicyCase):
    """An account that only its followers may see, and whose lists are private."""

    def setUp(self) -> None:
        super().setUp()
        self.private = Visitor.objects.create_user("private hermit")
        self.friend = Visitor.objects.create_user("friend")
        self.options(Visitor, visible_to=visible_to_followers)
        self.others = [self.other, self.friend, self.project]
        for each in self.others:
            follow(self.private, each)
            if each != self.other:
                follow(each, self.private)

    def answers(self, client: Client) -> list[bytes]:
        """Call every endpoint, about every resource."""
        found = []
        resources = [*self.others, self.private, self.visitor]
        # The lists come first, because actions would remove their edges.
        for pattern in reversed(urlpatterns):
            for resource in resources:
                url = self.url(str(pattern.name), resource)
                found.append(client.get(url, headers=JSON).content)
                if pattern.name == "follow":
                    found += [
                        client.post(url, {"action": action}, headers=headers).content
                        for action in ("follow", "unfollow", *ACTIONS)
                        for headers in (JSON, HTMX)
                    ]
                else:
                    found += [
                        client.get(url, {"kind": kind}).content
                        for kind in ("visitor", "projet")
                    ]
        return found

    def test_no_endpoint_tells_strangers_whom_it_follows(self) -> None:
        for client in (self.client, Client()):
            for content in self.answers(client):
                self.assertNotIn(
                    b"private", content.replace(b"This list is private.", b"")
                )

    def test_the_walk_would_find_it(self) -> None:
        client = Client()
        client.force_login(self.friend)
        self.assertTrue(any(b"private hermit" in each for each in self.answers(client)))


class PrivateAccountInMemoryTests(PrivateAccountTests):
    backend = MEMORY


def only_for_other(self: Any, queryset: QuerySet[Any], viewer: Any) -> QuerySet[Any]:
    return queryset if getattr(viewer, "username", "") == "other" else queryset.none()


def visible_to_followers(
    self: Any, queryset: QuerySet[Any], viewer: Any
) -> QuerySet[Any]:
    private = Visitor.objects.get(username="private hermit")
    if viewer is not None and (viewer == private or is_following(viewer, private)):
        return queryset
    return queryset.exclude(pk=private.pk)
