from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from demo import things, visitor
from demo.listing import describe
from demo.models import Thing, Topic
from demo.visitor import MODELS, Request
from sequere.exceptions import BackendError, SelfFollow


@require_safe
def home(request: Request) -> HttpResponse:
    context = {
        "summary": things.summary(),
        "top": things.most_followed(request.me, 10),
    }
    return show(request, "home", context)


@require_safe
def search(request: Request) -> HttpResponse:
    query = request.GET.get("q", "")
    if found := things.find(query):
        return redirect(found)
    return show(request, "search", {"query": query})


@require_safe
def most_followed(request: Request) -> HttpResponse:
    rows = things.most_followed(request.me, things.TOP_SIZE)
    return show(request, "most_followed", {"rows": rows})


@require_safe
def topics(request: Request) -> HttpResponse:
    rows = things.ranked(request.me, Topic.objects.order_by("slug"))
    return show(request, "topics", {"rows": rows})


@require_safe
def thing(request: Request, kind: str, key: int | str) -> HttpResponse:
    return show(request, "thing", describe(request, thing_or_404(kind, key)))


@require_POST
def follow(request: Request, kind: str, key: int | str) -> HttpResponse:
    target = thing_or_404(kind, key)
    if request.me is None:
        return ask_who(request)
    try:
        request.me.follow(target)
    except SelfFollow:
        messages.error(request, f"You are {target}, and nothing follows itself.")
    return back(request, target)


@require_POST
def unfollow(request: Request, kind: str, key: int | str) -> HttpResponse:
    target = thing_or_404(kind, key)
    if request.me is None:
        return ask_who(request)
    request.me.unfollow(target)
    return back(request, target)


@require_POST
def act(request: Request, kind: str, key: int | str) -> HttpResponse:
    return act_as(request, thing_or_404(kind, key))


@require_http_methods(["GET", "HEAD", "POST"])
def you(request: Request) -> HttpResponse:
    query = request.POST.get("q", "")
    if found := things.find(query):
        return act_as(request, found)
    context = {
        "query": query,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "suggestions": things.most_followed(request.me, 6),
        "topics": Topic.objects.order_by("slug"),
    }
    return show(request, "you", context)


@require_POST
def leave(request: Request) -> HttpResponse:
    visitor.leave(request)
    messages.success(request, "You are no one in particular again.")
    return redirect("home")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = "The address leads to no page of this list: its end may have been cut off."
    return problem(request, 400, "That did not make sense", text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = "The form was too old, or came from another site. Go back and try again."
    return problem(request, 403, "That did not work", text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = "No account, topic or page has this address."
    return problem(request, 404, "Nothing here", text)


class UnavailableMiddleware(MiddlewareMixin):
    """A page for what a visitor can do nothing about."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, BackendError):
            return None
        text = f"The follows are out of reach. Try again in a while. ({exception})"
        return problem(request, 503, "Not now", text)


def problem(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return show(request, "problem", {"title": title, "text": text}, status)


def show(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render(request, f"demo/{name}.html", context, status=status)


def thing_or_404(kind: str, key: int | str) -> Thing:
    found = MODELS[kind]._default_manager.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def act_as(request: Request, thing: Thing) -> HttpResponse:
    visitor.act(request, thing)
    messages.success(request, f"You are {thing} now.")
    return back(request, thing)


def ask_who(request: Request) -> HttpResponse:
    messages.info(request, "Pick who you are, then follow.")
    query = urlencode({"next": request.POST.get("next", "")})
    return HttpResponseRedirect(f"{reverse('you')}?{query}")


def back(request: Request, default: Thing) -> HttpResponse:
    """To where the form was, if that is a path of this site."""
    url = request.POST.get("next", "")
    safe = url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts=None
    )
    return HttpResponseRedirect(url if safe else default.get_absolute_url())
