"""Views that call the backends while the toolbar records them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template

from sequere.api import (
    aget_followers_count,
    ais_following,
    follow,
    follow_many,
    follow_states,
    followings_among,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings_count,
    is_following,
    unfollow,
)
from sequere.backends.memory import MemoryBackend
from sequere.exceptions import BackendUnavailable, SelfFollow
from sequere.handler import get_backend
from sequere.plans import Plan
from sequere.questions import Archive, Contains, Lookup, PageOf, PagesOf
from sequere.relations import FOLLOW
from sequere.testing.models import Person
from sequere.types import Edge, Ref, Window

ME = Ref("testing.person", "1")
OTHERS = [Ref("testing.club", str(number)) for number in range(20)]


class ThirdBackend(MemoryBackend):
    """A backend of a site, with a hook that is a plan and asks other questions."""

    supports_async = True

    def _pages(self, asked: PagesOf) -> Plan[dict[Ref, list[Edge]]]:
        found = {}
        for ref in asked.refs:
            page = PageOf(asked.relation, ref, asked.direction, asked.window)
            found[ref] = yield from page
        return found

    def _lookup(self, asked: Lookup) -> dict[Ref, datetime]:
        if asked.direction == "followers":
            raise BackendUnavailable("no route")
        return super()._lookup(asked)


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<body></body>")


def several(request: HttpRequest) -> HttpResponse:
    follow(ME, OTHERS[0], using="memory")
    follow_many(((ME, other) for other in OTHERS[1:]), using="memory")
    is_following(ME, OTHERS[0], using="memory")
    get_followers(OTHERS[0], using="memory").refs().page(10)
    get_followers_counts(OTHERS, using="memory")
    unfollow(ME, OTHERS[0], using="memory")
    return nothing(request)


def loops(request: HttpRequest) -> HttpResponse:
    number = int(request.GET["n"])
    for other in OTHERS[:number]:
        is_following(ME, other, using="memory")
    for other in OTHERS[:number]:
        get_followings_count(other, using="memory")
    for _ in OTHERS[:number]:
        get_followers_count(ME, using="memory")
    for _ in OTHERS[:number]:
        follow_states(ME, OTHERS, using="memory")
    return nothing(request)


def more_loops(request: HttpRequest) -> HttpResponse:
    backend = get_backend("memory")
    for other in OTHERS:
        follow(ME, other, using="memory")
        unfollow(ME, other, using="memory")
        followings_among(ME, [other], using="memory")
        get_followers(other, using="memory").refs()[:5]
        backend.ask(Archive(FOLLOW.name, other))
    return nothing(request)


def template(request: HttpRequest) -> HttpResponse:
    source = "<body>{% for each in them %}\n{{ each.get_followers_count }}{% endfor %}"
    them = [Person.from_db("default", ["id", "name"], [n, "x"]) for n in range(1, 21)]
    return HttpResponse(Template(source + "</body>").render(Context({"them": them})))


async def asynchronous(request: HttpRequest) -> HttpResponse:
    await asyncio.gather(
        ais_following(ME, OTHERS[0], using="memory"),
        aget_followers_count(OTHERS[0], using="memory"),
    )
    await sync_to_async(is_following)(ME, OTHERS[1], using="memory")
    for other in OTHERS:
        await ais_following(ME, other, using="memory")
    return nothing(request)


async def apart(request: HttpRequest) -> HttpResponse:
    for other in OTHERS[: int(request.GET["n"])]:
        await ais_following(ME, other, using="memory")
        await asyncio.sleep(0.001)
    return nothing(request)


def third(request: HttpRequest) -> HttpResponse:
    backend = get_backend("third")
    follow(ME, OTHERS[2], using="third")
    backend.ask(PagesOf(FOLLOW.name, OTHERS[:3], "followers", Window(limit=5)))
    backend.clear()
    with suppress(BackendUnavailable):
        backend.ask(Lookup(FOLLOW.name, ME, "followers", OTHERS))
    with suppress(SelfFollow):
        follow(ME, ME, using="third")
    return nothing(request)


async def athird(request: HttpRequest) -> HttpResponse:
    await get_backend("third").aask(Contains(FOLLOW.name, ME, OTHERS[0]))
    return nothing(request)
