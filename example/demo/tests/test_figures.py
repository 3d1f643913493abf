from __future__ import annotations

from django.test import SimpleTestCase, TestCase

from demo import charts, circle, figures, tables
from demo.graph import FILE, Row, moment, read
from demo.models import Account, Import
from demo.privacy import ONE_IN, REST
from demo.tests.sample import accounts, words

#: Account 1 is friends with 2 and with 3.
ROWS = [
    Row(follower, followee, moment(seconds, 0))
    for follower, followee, seconds in [
        (1, 2, 1_700_000_000),
        (1, 3, 1_700_000_000),
        (1, 4, 1_700_000_000),
        (2, 1, 1_750_000_000),
        (3, 1, 1_750_000_001),
        (3, 2, 1_750_000_001),
    ]
]


class FiguresTest(SimpleTestCase):
    def setUp(self) -> None:
        self.figures = figures.gather(ROWS)

    def test_totals(self) -> None:
        self.assertEqual((self.figures.accounts, self.figures.follows), (4, 6))

    def test_returned(self) -> None:
        # Nobody knows whether 4 follows 1.
        self.assertEqual((self.figures.returned, self.figures.returnable), (4, 5))
        self.assertEqual(self.figures.returned_percent, 80)

    def test_degrees(self) -> None:
        self.assertEqual(self.figures.followers, [(1, 2), (2, 2)])
        self.assertEqual(self.figures.followings, [(1, 1), (2, 1), (3, 1)])
        self.assertEqual(self.figures.median_followers, 1)

    def test_most_followed(self) -> None:
        self.assertEqual(self.figures.top, [(1, 2), (2, 2), (3, 1), (4, 1)])

    def test_growth_is_by_real_times(self) -> None:
        self.assertEqual(
            self.figures.growth,
            [(1_700_000_000, 3), (1_750_000_000, 4), (1_750_000_001, 6)],
        )

    def test_ties_among_the_most_followed(self) -> None:
        self.assertEqual(len(self.figures.ties), 6)

    def test_what_an_older_version_has_stored_is_no_use(self) -> None:
        found = figures.dump(self.figures)
        self.assertTrue(figures.load(found))
        for text in ("", "{}", found.replace("ties", "lines")):
            self.assertIsNone(figures.load(text))

    def test_nothing(self) -> None:
        empty = figures.gather([])
        self.assertEqual((empty.follows, empty.returned_percent), (0, 0))
        for draw in (charts.degrees, charts.growth, tables.bins):
            draw(empty)
        circle.draw(empty, {})

    def test_of_the_file(self) -> None:
        found = figures.gather(read(FILE))
        self.assertEqual((found.accounts, found.follows), (29_827, 215_216))
        self.assertEqual((found.returned, len(found.lists)), (18_734, 526))
        self.assertEqual(found.top[0], (1995, 443))
        # The picture of the follows among them shows no private account.
        self.assertFalse([key for key, _ in found.top if key % ONE_IN == REST])


class ChartsTest(SimpleTestCase):
    def setUp(self) -> None:
        self.figures = figures.gather(ROWS)

    def test_a_dot_for_each_degree(self) -> None:
        chart = charts.degrees(self.figures)
        dots = {mark.name: mark.path.count("M") for mark in chart.marks}
        self.assertEqual(dots, {"followers": 2, "followings": 3})

    def test_the_line_begins_and_ends_in_the_corners(self) -> None:
        area, line = charts.growth(self.figures).marks
        self.assertTrue(line.path.startswith(f"M{charts.LEFT} "))
        right = charts.WIDTH - charts.RIGHT
        self.assertTrue(line.path.endswith(f"H{right:.1f}V{charts.TOP:.1f}"))
        self.assertTrue(area.path.endswith("Z"))

    def test_ticks(self) -> None:
        labels = [tick.label for tick in charts.growth(self.figures).x_ticks]
        self.assertEqual(labels, ["2024", "2025"])
        self.assertEqual(
            [tick.label for tick in charts.rounds(charts.upwards(0, 215_216))],
            ["0", "50,000", "100,000", "150,000", "200,000"],
        )

    def test_tables_leave_nothing_out(self) -> None:
        bins = tables.bins(self.figures)
        self.assertEqual([tuple(each) for each in bins], [(1, 1, 2, 1), (2, 3, 2, 2)])
        years = tables.by_year(self.figures)
        self.assertEqual([tuple(y) for y in years], [(2023, 1, 3, 3), (2025, 2, 3, 6)])


class CircleTest(SimpleTestCase):
    def setUp(self) -> None:
        people = {each.pk: each for each in accounts(range(1, 4))}
        self.circle = circle.draw(figures.gather(ROWS), people)

    def test_accounts_in_their_order(self) -> None:
        self.assertEqual([node.key for node in self.circle.nodes], [1, 2, 3, 4])
        first, *_ = self.circle.nodes
        self.assertEqual((first.followers, first.follows, first.followed), (2, 3, 2))
        self.assertEqual((first.x, first.y), (220, 220 - circle.RADIUS))

    def test_names(self) -> None:
        names = [node.name for node in self.circle.nodes]
        self.assertEqual(names, ["Person 1", "Person 2", "Person 3", "4"])
        self.assertEqual(self.circle.nodes[0].label, "Person")

    def test_a_line_for_each_follow_or_friendship(self) -> None:
        self.assertEqual(self.circle.mutual.count("M"), 2)
        self.assertEqual(self.circle.single.count("M"), 2)
        self.assertEqual((self.circle.ties, self.circle.possible), (6, 12))

    def test_labels_grow_away_from_the_middle(self) -> None:
        anchors = [node.anchor for node in self.circle.nodes]
        self.assertEqual(anchors, ["middle", "start", "middle", "end"])


class GraphPageTest(TestCase):
    def test_figures_pictures_and_tables(self) -> None:
        Account.objects.bulk_create(accounts(range(1, 5)))
        found = figures.dump(figures.gather(ROWS))
        Import.objects.create(rows=6, complete=True, figures=found)
        page = self.client.get("/graph/").content.decode()
        for name, value in {
            "accounts": "4",
            "follows": "6",
            "returned": "80.0 %",
        }.items():
            self.assertInHTML(f'<dd id="{name}">{value}</dd>', page)
        self.assertEqual(page.count('role="img"'), 3)
        self.assertEqual(page.count("<desc"), 3)
        self.assertEqual(page.count("<table>"), 3)
        self.assertIn("The newest list was published in June 2025", words(page))
        self.assertIn("is not the time when each follow began", words(page))
        self.assertIn("2 to 3 2 2", words(page))
        self.assertIn("2025 2 3 6", words(page))
        self.assertIn("follow Person 1, who has the most followers 2", words(page))
        self.assertIn("Person 2 2 1 2", words(page))

    def test_before_the_import(self) -> None:
        self.assertNotContains(self.client.get("/"), 'role="img"')
        self.assertContains(self.client.get("/graph/"), "not been imported yet")
