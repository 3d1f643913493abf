from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django.views.decorators.vary import vary_on_headers

from demo import (
    charts,
    circle,
    figures,
    finding,
    privacy,
    profile,
    tables,
    things,
    visitor,
)
from demo.figures import Figures
from demo.models import Thing, Topic
from demo.suspension import set_suspended
from demo.visitor import MODELS, Request
from sequere.exceptions import BackendError
from sequere.models import mute

#: The header with which the script asks for a part of a page.
PART = "X-Part"


@require_safe
def home(request: Request) -> HttpResponse:
    suggestions = things.suggestions(request.me, 5)
    context = {
        "summary": things.summary(),
        "top": things.most_followed(request.me, 12),
        "suggestions": things.with_state(request.me, suggestions),
        "starters": things.starters(),
        "topics": Topic.objects.order_by("slug"),
    }
    return show(request, "home", context)


@require_safe
def search(request: Request) -> HttpResponse:
    query = request.GET.get("q", "")
    if exact := finding.find_exact(request.me, query):
        return redirect(exact)
    found = finding.search(request.me, query)
    return show(request, "search", {"query": query, "found": found})


@require_safe
def people(request: Request) -> HttpResponse:
    rows = things.most_followed(request.me, things.TOP_SIZE)
    return show(request, "people", {"rows": rows})


@require_safe
def topics(request: Request) -> HttpResponse:
    rows = things.ranked(request.me, Topic.objects.order_by("slug"))
    return show(request, "topics", {"rows": rows})


@require_safe
def graph(request: Request) -> HttpResponse:
    found = figures.stored()
    return show(request, "graph", describe(found) if found else {})


@require_safe
@vary_on_headers(PART)
def thing(request: Request, kind: str, key: int | str, name: str) -> HttpResponse:
    """Show the page of a thing. For the script, show only its list."""
    found = thing_or_404(kind, key, request.me)
    if request.headers.get(PART) == "list":
        return show(request, "_list", profile.describe_list(request, found, name))
    return show(request, "thing", profile.describe(request, found, name))


@require_POST
def act(request: Request, kind: str, key: int | str) -> HttpResponse:
    return act_as(request, thing_or_404(kind, key))


@require_POST
def mute_for_a_day(request: Request, kind: str, key: int | str) -> HttpResponse:
    """Mute a thing for a day. The endpoint of the package mutes without end."""
    if request.me is None:
        return pick(request)
    found = thing_or_404(kind, key, request.me)
    if found == request.me:
        raise BadRequest
    mute(request.me, found, until=timezone.now() + timedelta(days=1))
    return back(request, found)


@require_POST
def suspend(request: Request, kind: str, key: int | str) -> HttpResponse:
    found = thing_or_404(kind, key, request.me)
    set_suspended(found, suspended=request.POST.get("action") != "restore")
    return back(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def you(request: Request) -> HttpResponse:
    query = request.POST.get("q", "")
    if exact := finding.find_exact(None, query):
        return act_as(request, exact)
    context = {
        "requests": profile.count_requests(request.me),
        "query": query,
        "found": finding.search(None, query),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "starters": things.starters(),
        "topics": Topic.objects.order_by("slug"),
    }
    return show(request, "you", context)


@require_safe
@vary_on_headers(PART)
def own(request: Request, name: str) -> HttpResponse:
    """Show a list that only the visitor sees. For the script, show only the list."""
    if request.me is None:
        return pick(request)
    context = profile.describe_own(request, request.me, name)
    part = request.headers.get(PART) == "list"
    return show(request, "_list" if part else "own", context)


@require_POST
def set_privacy(request: Request) -> HttpResponse:
    if request.me is None:
        return pick(request)
    privacy.set_private(request.me, private=request.POST.get("private") == "on")
    return back(request, request.me)


@require_POST
def leave(request: Request) -> HttpResponse:
    visitor.leave(request)
    messages.success(request, "You are an anonymous visitor again.")
    return redirect("home")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = "This link is not valid. Its end may have been cut off."
    return problem(request, 400, "This link does not work", text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = "The form was too old, or it came from another site. Go back and try again."
    return problem(request, 403, "Something went wrong", text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = "There is no account, topic or page at this address."
    return problem(request, 404, "Page not found", text)


class UnavailableMiddleware(MiddlewareMixin):
    """Shows a page where the store of the follows cannot be reached."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, BackendError):
            return None
        text = f"The follows cannot be reached. Try again in a minute. ({exception})"
        return problem(request, 503, "Try again later", text)


def problem(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return show(request, "problem", {"title": title, "text": text}, status)


def show(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render(request, f"demo/{name}.html", context, status=status)


def describe(found: Figures) -> dict[str, Any]:
    """Return the context of the page about the graph."""
    people = things.people(found)
    return {
        "figures": found,
        "first": people.get(found.top[0][0]) if found.top else None,
        "charts": [charts.degrees(found), charts.growth(found)],
        "circle": circle.draw(found, people),
        "bins": tables.bins(found),
        "years": tables.by_year(found),
        "latest": tables.month(found.lists[-1][0]) if found.lists else "",
    }


def thing_or_404(kind: str, key: int | str, me: Thing | None = None) -> Thing:
    """Return a thing that `me` may see, or raise Http404."""
    things = MODELS[kind]._default_manager.filter(pk=key)
    found: Thing | None = privacy.visible_to(things, me).first()
    if found is None:
        raise Http404
    return found


def pick(request: Request) -> HttpResponse:
    """Redirect to the page where the visitor chooses an account or a topic."""
    there = request.POST.get("next", "/") if request.POST else request.get_full_path()
    return redirect(reverse("you") + "?" + urlencode({"next": there}))


def act_as(request: Request, thing: Thing) -> HttpResponse:
    visitor.act(request, thing)
    messages.success(request, f"You are {thing} now.")
    return back(request, thing)


def back(request: Request, default: Thing) -> HttpResponse:
    """Redirect to the page of the form, if that is a path of this site."""
    url = request.POST.get("next", "")
    safe = url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts=None
    )
    return HttpResponseRedirect(url if safe else default.get_absolute_url())
