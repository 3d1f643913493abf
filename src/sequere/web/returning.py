"""The pages to which a visitor is redirected."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

# Django raises an error for a longer redirect, and browsers have limits of their own.
MAX_LENGTH = 2000


def next_page(request: HttpRequest, otherwise: str = "/") -> str:
    """Return the `next` of a form if it is a page of this host, or else `otherwise`."""
    url = request.POST.get("next", "")
    if len(iri_to_uri(url)) <= MAX_LENGTH and url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    ):
        return url
    return otherwise


def login_page(then: str) -> str:
    """Return the address of the login page, which redirects to `then` after login."""
    login = resolve_url(settings.LOGIN_URL)
    if not then:
        return login
    return f"{login}{'&' if '?' in login else '?'}next={quote(then)}"
