from __future__ import annotations

from demo.tests.sample import (
    EARLIER,
    FANS,
    NEWER,
    PART,
    SampleTestCase,
    listed,
    where_to,
)


class ListTest(SampleTestCase):
    """The pages of a list: by links, and by the script that puts them together."""

    def test_everyone_once_newest_first(self) -> None:
        expected = [f"account-{key}" for key in reversed(FANS)]
        for headers in ({}, PART):
            with self.subTest(headers):
                self.assertEqual(self.read_all("/account/1/", headers), expected)

    def test_a_part_is_only_the_list(self) -> None:
        url = where_to(EARLIER.search(self.fetch("/account/1/")))
        response = self.client.get(url, headers=PART)
        self.assertIn("X-Part", response["Vary"])
        self.assertNotContains(response, "<html")
        self.assertNotContains(response, "data-tab")
        self.assertContains(response, '<li class="row"', 20)

    def test_no_repeat_where_someone_follows_meanwhile(self) -> None:
        seen = listed(first := self.fetch("/account/1/"), "followers")
        self.visitor.follow(self.hub)
        url = where_to(EARLIER.search(first))
        again = listed(self.fetch(url, headers=PART), "followers")
        self.assertFalse({*seen} & {*again})

    def test_all_that_had_been_read_at_once(self) -> None:
        for size, rows in {
            "40": 40,
            "9999": 45,
            "x": 20,
            "0": 20,
            "9" * 40: 20,
        }.items():
            with self.subTest(size):
                page = self.fetch(f"/account/1/?size={size}", headers=PART)
                self.assertEqual(len(listed(page, "followers")), rows)

    def test_the_way_back(self) -> None:
        second = self.fetch(where_to(EARLIER.search(self.fetch("/account/1/"))))
        self.assertIn('href="/account/1/">Newest</a>', second)
        first = self.fetch(where_to(NEWER.search(second)))
        self.assertEqual(listed(first, "followers")[0], f"account-{FANS[-1]}")
        self.assertNotIn('rel="prev"', first)

    def test_end(self) -> None:
        page = self.fetch("/account/1/followings/")
        self.assertNotIn('rel="next"', page)
        self.assertNotIn('class="pages"', page)

    def test_damaged_cursor(self) -> None:
        for cursor in ("x", "%00", "e30", "%F0%9F%8C%8D"):
            with self.subTest(cursor):
                self.fetch(f"/account/1/?after={cursor}", 400)

    def test_cursor_of_another_list(self) -> None:
        query = where_to(EARLIER.search(self.fetch("/account/1/"))).partition("?")[2]
        for path in ("/account/3/", "/account/1/followings/"):
            with self.subTest(path):
                self.fetch(f"{path}?{query}", 400)

    def test_empty_cursor_is_the_first_page(self) -> None:
        page = self.fetch("/account/1/?after=")
        self.assertEqual(len(listed(page, "followers")), 20)
        self.assertNotIn("Newest", page)

    def read_all(self, url: str, headers: dict[str, str]) -> list[str]:
        seen = []
        while url:
            page = self.fetch(url, headers=headers)
            seen += listed(page, "followers")
            url = where_to(EARLIER.search(page))
        return seen
