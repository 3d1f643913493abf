"""Loops that ask about one resource at a time raise a warning while DEBUG is on."""

from __future__ import annotations

import asyncio
import gc
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Thread
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.test import SimpleTestCase, override_settings
from django.urls import path

from sequere import nplusone
from sequere.api import (
    aget_followers_count,
    aget_followings_count,
    ais_following,
    get_followers_count,
    get_followings_count,
    is_following,
)
from sequere.exceptions import InvalidResource, LoopWarning
from sequere.testing.models import Person
from sequere.types import Ref

ME = Ref("testing.person", "1")
OTHERS = [Ref("testing.club", str(number)) for number in range(20)]
MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}


def person(number: int) -> Person:
    return Person.from_db("default", ["id", "name"], [number, "x"])


def view(request: HttpRequest) -> HttpResponse:
    for number in map(int, request.GET.getlist("n")):
        is_following(ME, OTHERS[number])
    return HttpResponse()


async def aview(request: HttpRequest) -> HttpResponse:
    for number in map(int, request.GET.getlist("n")):
        await ais_following(ME, OTHERS[number])
    return HttpResponse()


urlpatterns = [path("view/", view), path("aview/", aview)]


@override_settings(
    DEBUG=True, SEQUERE_BACKENDS={"default": MEMORY}, ROOT_URLCONF="tests.test_nplusone"
)
class LoopTests(SimpleTestCase):
    def setUp(self) -> None:
        # Other tests may have raised the same warnings before.
        nplusone.warned.clear()
        self.addCleanup(nplusone.warned.clear)
        nplusone.current.set(nplusone.Watch())
        # Even on a busy machine, no second passes between two calls.
        clock = mock.patch.object(nplusone, "monotonic", return_value=0.0)
        clock.start()
        self.addCleanup(clock.stop)

    @contextmanager
    def seen(self, count: int) -> Iterator[list[str]]:
        """Assert the number of warnings, and return their messages."""
        messages: list[str] = []
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            yield messages
        messages += [str(each.message) for each in found]
        self.assertEqual({each.category for each in found} - {LoopWarning}, set())
        self.assertEqual(len(messages), count, messages)

    def test_it_names_the_line_once(self) -> None:
        def loop(resources: list[Ref]) -> None:
            for other in resources:
                is_following(ME, other)

        with self.seen(0):
            loop(OTHERS[:9])
        with self.seen(1) as messages:
            loop(OTHERS)
        with self.seen(0):
            loop(OTHERS)
        line = loop.__code__.co_firstlineno + 2
        self.assertEqual(
            messages,
            [
                f"is_following() was called 10 times by {__file__}:{line}, each time "
                "for another resource. Use follow_states() or with_follow_state(), "
                "which asks for all at once."
            ],
        )

    def test_the_place_of_the_warning_is_the_caller(self) -> None:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            for other in OTHERS:
                get_followings_count(other)
        [warning] = found
        self.assertEqual(warning.filename, __file__)
        with open(__file__) as source:
            line = source.readlines()[warning.lineno - 1]
        self.assertIn("get_followings_count(other)", line)
        self.assertIn("Use get_followings_counts(), which", str(warning.message))

    def test_every_verb_has_a_place_of_its_own(self) -> None:
        people = [person(number) for number in range(20)]
        with self.seen(6) as messages:
            for each in people:
                each.get_followers_count()
                each.get_followings_count()
                each.is_following(ME)
                get_followers_count(each), get_followings_count(each)
                is_following(each, ME)
        self.assertEqual(
            {each.partition("()")[0] for each in messages}, set(nplusone.CURES)
        )

    def test_different_lines_are_no_loop(self) -> None:
        code = "\n".join(f"is_following(me, others[{n}])" for n in range(20))
        with self.seen(0):
            exec(compile(code, "lines.py", "exec"), self.names())

    def names(self) -> dict[str, Any]:
        return {"is_following": is_following, "me": ME, "others": OTHERS}

    def test_the_same_question_is_no_loop(self) -> None:
        with self.seen(0):
            for _ in range(30):
                is_following(ME, OTHERS[0])
        with self.seen(0):
            for kind in ("testing.club", "testing.person") * 10:
                get_followers_count(OTHERS[0], kind)

    def test_not_without_debug(self) -> None:
        with (
            override_settings(DEBUG=False),
            mock.patch("sequere.nplusone.place_of") as place_of,
            self.seen(0),
        ):
            for other in OTHERS:
                is_following(ME, other)
                get_followers_count(other)
        place_of.assert_not_called()

    def test_one_call_a_request(self) -> None:
        for page in ("/view/", "/aview/"):
            with self.seen(0):
                for number in range(20):
                    self.client.get(page, {"n": number})
            with self.seen(1) as messages:
                self.client.get(page, {"n": list(range(20))})
                self.client.get(page, {"n": list(range(20))})
            self.assertIn(f"{__file__}:", messages[0])

    async def test_one_call_an_asynchronous_request(self) -> None:
        for page in ("/view/", "/aview/"):
            with self.seen(0):
                for number in range(20):
                    await self.async_client.get(page, {"n": number})
            with self.seen(1):
                await self.async_client.get(page, {"n": list(range(20))})

    def test_requests_are_apart_from_each_other(self) -> None:
        """Run each call in a context of its own, as threads and asyncio servers do."""

        def request(number: int) -> None:
            request_started.send(None)
            is_following(ME, OTHERS[number])

        with self.seen(0):
            contexts = [copy_context() for _ in range(20)]
            for context in contexts:
                context.run(nplusone.current.set, nplusone.Watch())
            for number, context in enumerate(contexts):
                context.run(request, number)
            for number, context in enumerate(contexts):
                context.run(is_following, ME, OTHERS[number])

    def test_a_loop_in_a_request_may_take_its_time(self) -> None:
        def loop() -> None:
            for number, other in enumerate(OTHERS):
                with mock.patch.object(nplusone, "monotonic", lambda n=number: n * 2.0):
                    is_following(ME, other)

        with self.seen(0):
            loop()
        request_started.send(None)
        with self.seen(1):
            loop()
        request_finished.send(None)
        nplusone.warned.clear()
        with self.seen(0):
            loop()

    def test_templates(self) -> None:
        source = (
            "{% for it in people %}\n{{ it.get_followers_count }}\n"
            "{% if it.get_followers_count %}{% endif %}{{ it.get_followings_count }}\n"
            "{% endfor %}"
        )
        files = {"people.html": source}
        locmem = ("django.template.loaders.locmem.Loader", files)
        template = Engine(loaders=[locmem]).get_template("people.html")
        people = [person(number) for number in range(20)]
        with self.seen(2) as messages:
            for _ in range(2):
                template.render(Context({"people": people}))
        self.assertEqual(
            messages,
            [
                "get_followers_count() was called 10 times by the template "
                "people.html:2, each time for another resource. Use "
                "{% with_follow_state %}, which asks for all at once.",
                "get_followings_count() was called 10 times by the template "
                "people.html:3, each time for another resource. Use "
                "get_followings_counts() in the view, which asks for all at once.",
            ],
        )

    async def test_twins(self) -> None:
        with self.seen(3) as messages:
            for other in OTHERS:
                await ais_following(ME, other)
                await aget_followers_count(other)
                await aget_followings_count(other)
        self.assertIn(
            f"ais_following() was called 10 times by {__file__}:", messages[0]
        )
        self.assertIn("Use afollow_states() or awith_follow_state(),", messages[0])
        self.assertIn("Use aget_followings_counts(),", messages[2])

    async def test_tasks(self) -> None:
        async def row(other: Ref) -> None:
            await ais_following(ME, other)

        with self.seen(1) as messages:
            await asyncio.gather(*map(row, OTHERS))
        line = row.__code__.co_firstlineno + 1
        self.assertIn(f"{__file__}:{line}", messages[0])
        with self.seen(1) as messages:
            await asyncio.gather(*(ais_following(ME, other) for other in OTHERS))
        self.assertIn("by tasks or threads of their own", messages[0])
        with self.seen(1) as messages:
            for other in OTHERS:
                await sync_to_async(is_following)(ME, other)
        self.assertIn("is_following() was called 10 times by tasks or", messages[0])

    def test_threads(self) -> None:
        def work() -> None:
            for other in OTHERS:
                get_followers_count(other)

        with self.seen(1):
            threads = [Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def test_a_filter_may_make_it_an_error_or_silent(self) -> None:
        def loop() -> None:
            for other in OTHERS:
                is_following(ME, other)

        with warnings.catch_warnings():
            warnings.filterwarnings("error", category=LoopWarning, module=__name__)
            with pytest.raises(LoopWarning):
                loop()
        nplusone.warned.clear()
        with self.seen(0):
            warnings.filterwarnings("ignore", category=LoopWarning, module=__name__)
            loop()

    def test_it_never_raises(self) -> None:
        with self.seen(0), pytest.raises(InvalidResource):
            is_following(ME, None)  # type: ignore[arg-type]
        with (
            self.seen(0),
            mock.patch.object(nplusone, "place_of", side_effect=KeyError),
        ):
            for other in OTHERS:
                self.assertIs(is_following(ME, other), False)

    def test_it_keeps_no_instance(self) -> None:
        kept = person(1)
        gone = weakref.ref(kept)
        kept.get_followers_count()
        self.assertEqual(len(self.watch.calls), 1)
        del kept
        gc.collect()
        self.assertIsNone(gone())

    def test_it_remembers_few_places(self) -> None:
        def call(line: int) -> Callable[[int], bool]:
            code = "\n" * line + "lambda n: is_following(me, others[n])"
            call: Callable[[int], bool] = eval(
                compile(code, "x.py", "eval"), self.names()
            )
            return call

        with mock.patch.object(nplusone, "PLACES", 5):
            calls = [call(line) for line in range(12)]
            with self.seen(0):
                for each in calls:
                    each(0)
                    self.assertLessEqual(len(self.watch.calls), 5)
            with self.seen(5):
                for each in calls:
                    for number in range(20):
                        each(number)
            self.assertEqual(len(nplusone.warned), 5)

    @property
    def watch(self) -> nplusone.Watch:
        return nplusone.current.get()
