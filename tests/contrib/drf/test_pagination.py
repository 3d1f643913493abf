"""The pagination of lists by cursors."""

from __future__ import annotations

from typing import Any
from unittest import mock

from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from sequere.api import follow, follow_many, get_followers, unfollow
from sequere.contrib.drf import FollowCursorPagination
from sequere.exceptions import BackendUnavailable
from sequere.testing.base import NOON, SECOND
from tests.contrib.drf.cases import ApiCase
from tests.endpoints import MEMORY
from tests.testapp.models import Project


class PageTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.fans = [Project.objects.create(name=f"p{n}") for n in range(9)]
        follow_many(
            (fan, self.project, NOON + number * SECOND)
            for number, fan in enumerate(self.fans)
        )

    def page(self, url: str = "/api/fans/", **query: Any) -> Any:
        answer = self.api.get(url, query)
        self.assertEqual(answer.status_code, 200, answer.content)
        return answer.json()

    def names(self, page: Any) -> str:
        return "".join(row["name"].removeprefix("p") for row in page["results"])

    def test_both_ways(self) -> None:
        page = self.page(size=4)
        self.assertIsNone(page["previous"])
        self.assertEqual((page["count"], self.names(page)), (9, "8765"))
        follow(newcomer := Project.objects.create(name="p9"), self.project)
        unfollow(self.fans[4], self.project)
        page = self.page(page["next"])
        self.assertEqual(self.names(page), "3210")
        self.assertIsNone(page["next"])
        page = self.page(page["previous"])
        self.assertEqual(self.names(page), "8765")
        page = self.page(page["previous"])
        self.assertEqual(self.names(page), "9")
        self.assertEqual(page["results"][0]["id"], newcomer.pk)

    def test_links(self) -> None:
        link = self.page(size=2, a="b c")["next"]
        self.assertTrue(link.startswith("http://testserver/api/fans/?"))
        self.assertIn("size=2", link)
        self.assertIn("a=b+c", link)
        self.assertEqual(self.names(self.page(size=20, after="")), "876543210")

    def test_sizes(self) -> None:
        follow_many(
            (Project.objects.create(name="more"), self.project) for _ in range(100)
        )
        for size, length in ((1, 1), (100, 100), (10**9, 100)):
            self.assertEqual(len(self.page(size=size)["results"]), length)
        self.assertEqual(len(self.page()["results"]), 20)

    def test_sizes_of_a_subclass(self) -> None:
        class Pages(FollowCursorPagination):
            page_size = 2
            page_size_query_param: str | None = None
            max_page_size = None

        class More(Pages):
            page_size_query_param = "limit"

        for kind, query, length in (
            (Pages, "size=5", 2),
            (More, "limit=5", 5),
            (More, f"limit={10**9}", 9),
        ):
            request = Request(APIRequestFactory().get(f"/?{query}"))
            page = kind().paginate_queryset(get_followers(self.project), request)
            self.assertEqual(len(page or []), length)

    def test_what_is_none(self) -> None:
        foreign = self.api.get(self.project_url("followers"), {"size": 1}).json()
        cursor = foreign["next"].partition("after=")[2].partition("&")[0]
        for query in (
            {"size": "0"},
            {"size": "x"},
            {"size": ""},
            {"after": "x"},
            {"after": "W10"},
            {"after": cursor},
        ):
            answer = self.api.get("/api/fans/", query)
            self.assertEqual(answer.status_code, 400, query)
            self.assertEqual(list(answer.json()), ["detail"])
        self.assertEqual(self.api.get("/api/projects/?size=x").status_code, 400)
        self.assertEqual(self.api.get("/api/projects/?after=x").status_code, 404)

    def test_a_queryset(self) -> None:
        page = self.page("/api/projects/", size=6)
        self.assertNotIn("count", page)
        self.assertEqual(self.names(page), "876543")
        page = self.page(page["next"])
        self.assertEqual(len(page["results"]), 4)
        self.assertIsNone(page["next"])
        self.assertEqual(self.names(self.page(page["previous"])), "876543")

    def test_an_empty_list(self) -> None:
        follow_many([])
        for fan in self.fans:
            unfollow(fan, self.project)
        self.assertEqual(
            self.page(), {"count": 0, "next": None, "previous": None, "results": []}
        )

    def test_a_store_that_is_away(self) -> None:
        error = BackendUnavailable("password")
        for name in ("page", "__len__"):
            with mock.patch(f"sequere.lists.ResourceList.{name}", side_effect=error):
                answer = self.api.get("/api/fans/")
            self.assertEqual(answer.status_code, 503)
            self.assertNotIn("password", answer.content.decode())

    def test_the_browsable_api(self) -> None:
        for url in ("/api/fans/?size=2", "/api/projects/?size=2"):
            answer = self.api.get(url, headers={"accept": "text/html"})
            self.assertContains(answer, "Next")
            self.assertContains(answer, "after=")
        answer = self.api.get("/api/fans/", headers={"accept": "text/html"})
        self.assertNotContains(answer, "after=")


class PageInMemoryTests(PageTests):
    backend = MEMORY
