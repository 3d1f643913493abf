"""The panel in the real toolbar shows the backend calls of a request."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from threading import Thread
from typing import Any

import pytest
from django.core.checks.registry import registry
from django.test import (
    AsyncClient,
    Client,
    SimpleTestCase,
    modify_settings,
    override_settings,
)

from sequere import nplusone
from sequere.api import follow, get_followers_count
from sequere.contrib.debug_toolbar.arguments import (
    arguments_of,
    shown,
    subjects,
    text_of,
)
from sequere.handler import get_backend
from sequere.questions import Block, Unblock
from sequere.signals import followed
from sequere.testing.base import NOON
from sequere.types import Edge, Neighbours, Pair, Position, Ref, Span
from tests.contrib import views
from tests.contrib.views import ME, OTHERS

MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}
THIRD = {"BACKEND": "tests.contrib.views.ThirdBackend"}


@pytest.mark.filterwarnings("ignore::sequere.exceptions.LoopWarning")
@modify_settings(
    INSTALLED_APPS={"append": ["django.contrib.staticfiles", "debug_toolbar"]}
)
@override_settings(
    DEBUG=True,
    INTERNAL_IPS=["127.0.0.1"],
    MIDDLEWARE=["debug_toolbar.middleware.DebugToolbarMiddleware"],
    STATIC_URL="/static/",
    ROOT_URLCONF="tests.contrib.urls",
    DEBUG_TOOLBAR_CONFIG={"RENDER_PANELS": True},
    SEQUERE_BACKENDS={"default": MEMORY, "memory": MEMORY, "third": THIRD},
)
class ToolbarCase(SimpleTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        # The toolbar registers checks that would fail in other tests.
        checks = set(registry.registered_checks)
        cls.addClassCleanup(setattr, registry, "registered_checks", checks)
        super().setUpClass()

    def setUp(self) -> None:
        from debug_toolbar.store import get_store

        store: Any = get_store()
        self.store = store
        self.addCleanup(nplusone.warned.clear)
        self.store.clear()
        for alias in ("default", "memory", "third"):
            get_backend(alias).clear()
            self.addCleanup(get_backend(alias).clear)

    def panels(self) -> list[Any]:
        """Return the panels of all requests, as the toolbar has stored them."""
        from debug_toolbar.toolbar import DebugToolbar

        toolbars: list[Any] = [
            DebugToolbar.fetch(request_id, "SequerePanel")
            for request_id in self.store.request_ids()
        ]
        return [toolbar.get_panel_by_id("SequerePanel") for toolbar in toolbars]

    def panel(self, page: str, **data: Any) -> Any:
        self.store.clear()
        self.page = self.client.get(page, data)
        self.assertEqual(self.page.status_code, 200)
        [panel] = self.panels()
        return panel

    def calls(self, panel: Any, *names: str) -> list[tuple[Any, ...]]:
        calls = panel.get_stats()["calls"]
        return [tuple(call[name] for name in names) for call in calls]


class PanelTests(ToolbarCase):
    def test_calls_in_their_order(self) -> None:
        panel = self.panel("/several/")
        names = ("method", "alias", "relation", "results")
        self.assertEqual(
            self.calls(panel, *names),
            [
                ("add", "memory", "follow", 1),
                ("add", "memory", "follow", 19),
                ("contains", "memory", "follow", 1),
                ("page", "memory", "follow", 1),
                ("counts", "memory", "follow", 20),
                ("remove", "memory", "follow", 1),
            ],
        )
        arguments = [text for [text] in self.calls(panel, "arguments")]
        self.assertEqual(arguments[0], "[testing.person:1 -> testing.club:0]")
        self.assertTrue(arguments[1].endswith("-> testing.club:3, +16]"))
        self.assertEqual(arguments[2], "testing.person:1, testing.club:0")
        self.assertTrue(arguments[3].startswith("testing.club:0, followers, limit=11"))
        self.assertIn("testing.club:2, +17], followers", arguments[4])
        places = {place for [place] in self.calls(panel, "place")}
        self.assertEqual(len(places), 6)
        self.assertEqual(
            {place.partition(":")[0] for place in places}, {views.__file__}
        )
        self.assertEqual(panel.get_stats()["loops"], [])

    def test_the_page(self) -> None:
        panel = self.panel("/several/")
        self.assertContains(self.page, "Follows")
        self.assertRegex(panel.nav_subtitle, r"^6 calls in \d+\.\d ms$")
        self.assertContains(self.page, panel.nav_subtitle)
        self.assertContains(self.page, "testing.person:1 -&gt; testing.club:0")
        total = sum(time for [time] in self.calls(panel, "milliseconds"))
        self.assertEqual(panel.get_stats()["milliseconds"], total)
        self.assertGreater(total, 0)

    def test_receivers_ask_on_their_own(self) -> None:
        def count(edge: Any, **kwargs: Any) -> None:
            get_followers_count(edge.target, using="memory")

        followed.connect(count)
        self.addCleanup(followed.disconnect, count)
        methods = [method for [method] in self.calls(self.panel("/several/"), "method")]
        self.assertEqual(methods[:3], ["add", "counts", "add"])
        self.assertEqual(methods.count("counts"), 21)

    def test_a_time_is_one_argument(self) -> None:
        counted = {"refs": [ME], "span": Span(NOON, None)}
        self.assertEqual(subjects(counted), (str(ME),))
        self.assertEqual(text_of(counted["span"]), f"since={NOON}")
        self.assertEqual(text_of(Span(None, None)), "")

    def test_no_calls(self) -> None:
        panel = self.panel("/nothing/")
        self.assertEqual(panel.nav_subtitle, "0 calls in 0.0 ms")
        self.assertIn("This request called no backend.", panel.content)

    def test_loops(self) -> None:
        self.assertEqual(self.panel("/loops/", n=9).get_stats()["loops"], [])
        panel = self.panel("/loops/", n=10)
        found = panel.get_stats()["loops"]
        self.assertEqual(
            [(loop["method"], loop["times"], loop["instead"]) for loop in found],
            [
                ("contains", 10, "follow_states() or with_follow_state()"),
                ("counts", 10, "get_followings_counts()"),
            ],
        )
        self.assertIn(f"{views.__file__}:", found[0]["place"])
        self.assertTrue(panel.nav_subtitle.endswith(" ms, 2 loops"))
        self.assertIn("Use get_followings_counts(), which asks", panel.content)

    def test_what_to_use_instead(self) -> None:
        found = self.panel("/more/").get_stats()["loops"]
        self.assertEqual(
            {loop["method"]: loop["instead"] for loop in found},
            {
                "add": "follow_many()",
                "remove": "unfollow_many()",
                "lookup": "followings_among()",
                "page": "get_backend().ask(PagesOf(...))",
                "archive": "",
            },
        )

    def test_a_template_is_one_place(self) -> None:
        [loop] = self.panel("/template/").get_stats()["loops"]
        self.assertEqual(loop["instead"], "{% with_follow_state %}")
        self.assertTrue(loop["place"].startswith("the template "))

    def test_backends_of_others(self) -> None:
        panel = self.panel("/third/")
        self.assertEqual(
            self.calls(panel, "method", "alias", "results", "error"),
            [
                ("add", "third", 1, ""),
                ("pages", "third", 1, ""),
                ("lookup", "third", None, "BackendUnavailable"),
                ("add", "third", None, "SelfFollow"),
            ],
        )
        self.assertIn("<strong>BackendUnavailable</strong>", panel.content)
        [call] = self.calls(self.panel("/athird/"), "method", "results")
        self.assertEqual(call, ("acontains", 0))

    def test_names_are_text(self) -> None:
        evil = "<script>" * 9
        short = text_of(Ref("testing.label", evil))
        self.assertEqual(len(short), 40)
        self.assertTrue(short.endswith("…"))
        self.assertEqual(text_of(Neighbours(ME, "followers")), f"followers of {ME}")
        self.assertEqual(text_of(Position(None, *ME)), str(ME))  # type: ignore[arg-type]

    def test_questions_of_policy(self) -> None:
        ends = [Pair(ME, OTHERS[0])]
        asked = arguments_of(Unblock(ends))
        self.assertEqual(shown(asked), f"[{ME} -> {OTHERS[0]}]")
        edge = Edge("block", *ends[0], NOON)
        asked = arguments_of(Block([edge]))
        self.assertEqual(subjects(asked), (str(edge),))

    def test_what_backends_refuse_is_shown_too(self) -> None:
        wrong = [["testing.club", "1"]]
        self.assertEqual(subjects({"others": wrong}), (str(wrong[0]),))
        self.assertEqual(subjects({"others": OTHERS}), None)


class ContextTests(ToolbarCase):
    """Calls outside of a request are not in its panel."""

    def test_nothing_is_recorded_outside_of_requests(self) -> None:
        panel = self.panel("/nothing/")
        follow(ME, OTHERS[0], using="memory")
        self.assertEqual(panel.get_stats()["calls"], [])
        self.assertEqual(self.calls(self.panel("/nothing/")), [])

    def test_after_a_failure(self) -> None:
        with self.assertRaises(KeyError):
            self.client.get("/loops/")
        follow(ME, OTHERS[0], using="memory")
        self.assertEqual(len(self.calls(self.panel("/several/"), "method")), 6)

    def test_backends_that_were_there_before(self) -> None:
        backend = get_backend("memory")
        for _ in range(2):
            panel = self.panel("/several/")
            self.assertEqual(len(self.calls(panel, "method")), 6)
        self.assertIs(get_backend("memory"), backend)

    def test_threads(self) -> None:
        def request(number: int) -> None:
            Client().get("/loops/", {"n": number})

        threads = [Thread(target=request, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts = sorted(len(self.calls(panel, "method")) for panel in self.panels())
        self.assertEqual(counts, [4 * number for number in range(8)])

    async def test_asyncio(self) -> None:
        await AsyncClient().get("/async/")
        [panel] = self.panels()
        methods = [method for [method] in self.calls(panel, "method")]
        self.assertEqual(len(methods), 23)
        self.assertEqual(methods[2:], ["contains", *["acontains"] * 20])
        self.assertLessEqual(
            {methods[0], methods[1]}, {"acontains", "counts", "acounts"}
        )
        [loop] = panel.get_stats()["loops"]
        self.assertEqual(loop["instead"], "afollow_states() or awith_follow_state()")

    async def test_tasks(self) -> None:
        pages = [AsyncClient().get("/apart/", {"n": number}) for number in range(8)]
        await asyncio.gather(*pages)
        counts = sorted(len(self.calls(panel, "method")) for panel in self.panels())
        self.assertEqual(counts, list(range(8)))

    def test_asynchronous_views_below_a_synchronous_server(self) -> None:
        self.assertEqual(len(self.calls(self.panel("/apart/", n=3), "method")), 3)


def test_without_the_toolbar() -> None:
    code = (
        "import sys; sys.modules['debug_toolbar'] = None\n"
        "try: import sequere.contrib.debug_toolbar\n"
        "except ImportError as exc: print(exc)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install 'django-sequere[debug-toolbar]'" in done.stdout
