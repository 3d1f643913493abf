"""Responses in the format that a client asks for: a page, a fragment, or JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils.html import format_html

from sequere.exceptions import LoginRequired
from sequere.types import Ref
from sequere.web.actions import Change
from sequere.web.buttons import TEMPLATE, button_context
from sequere.web.payloads import follow_payload, get_url
from sequere.web.refusals import Refusal, refusal_of
from sequere.web.returning import login_page, next_page

#: The headers that choose the format of a response.
VARY = ("Accept", "X-Requested-With", "HX-Request", "HX-Boosted", "Cookie")


def wants_json(request: HttpRequest) -> bool:
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return True
    # HTML forms can only send GET and POST.
    if request.method != "POST":
        return True
    kind = request.get_preferred_type(["text/html", "application/json"])
    return kind == "application/json"


def wants_fragment(request: HttpRequest) -> bool:
    """Does htmx ask for a fragment? A boosted form gets a redirect like other forms."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and "HX-Boosted" not in headers


def answer(request: HttpRequest, change: Change) -> HttpResponse:
    """Return the response to an action."""
    if wants_fragment(request):
        return HttpResponse(render_button(request, change))
    if wants_json(request):
        return JsonResponse(follow_payload(change))
    return HttpResponseRedirect(next_page(request, get_url(change.target) or "/"))


def refuse(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the response to one of REFUSALS."""
    refusal = refusal_of(error)
    login_url = None
    if isinstance(error, LoginRequired):
        login_url = login_page(next_page(request))
    response = refused(request, refusal, login_url)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def refused(
    request: HttpRequest, refusal: Refusal, login_url: str | None
) -> HttpResponse:
    status, detail, _ = refusal
    if wants_fragment(request):
        text = format_html('<span role="alert">{}</span>', detail)
        headers = {"HX-Redirect": login_url} if login_url else {}
        return HttpResponse(text, status=status, headers=headers)
    if wants_json(request):
        payload = {"detail": detail}
        if login_url:
            payload["login_url"] = login_url
        return JsonResponse(payload, status=status)
    if login_url:
        return HttpResponseRedirect(login_url)
    context = {"status": status, "detail": detail, "next": next_page(request)}
    text = render_to_string("sequere/refused.html", context, request)
    return HttpResponse(text, status=status)


def render_button(request: HttpRequest, change: Change) -> str:
    viewer, target, _ = change
    if isinstance(target, Ref):
        return ""
    context: dict[str, Any] = button_context(viewer, target, next_page(request, ""))
    return render_to_string(TEMPLATE, context, request)
