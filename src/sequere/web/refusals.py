"""The answers to requests that are refused."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sequere.exceptions import (
    BackendUnavailable,
    InvalidCursor,
    SelfFollow,
    Throttled,
)
from sequere.web.text import plain_text

#: The errors that the functions of this package raise because of a request.
REFUSALS = (
    BackendUnavailable,
    BadRequest,
    Http404,
    InvalidCursor,
    PermissionDenied,
    SelfFollow,
    Throttled,
)

#: The largest Retry-After, in seconds: throttle() may return float("inf") for "never".
LONGEST_WAIT = 86_400


class Refusal(NamedTuple):
    """An HTTP status, a sentence for the visitor, and the seconds of Retry-After."""

    status: int
    detail: str
    retry_after: int | None = None


def refusal_of(error: Exception) -> Refusal:
    """Return the answer to one of REFUSALS. Any other error is raised again.

    Messages of the package's own errors are for developers, so the answer omits them.
    """
    match error:
        case Throttled():
            return throttled(max(1, ceil(min(error.seconds, LONGEST_WAIT))))
        case BackendUnavailable():
            return Refusal(
                503, _("This service is not available right now. Try again later.")
            )
        case SelfFollow():
            return Refusal(400, _("You cannot follow yourself."))
        case InvalidCursor():
            return Refusal(
                400, _("This page link is not valid. Go back to the first page.")
            )
        case BadRequest():
            return Refusal(400, plain_text(error) or _("This link is not valid."))
        case PermissionDenied():
            return Refusal(
                403, plain_text(error) or _("You are not allowed to follow this.")
            )
        case Http404():
            return Refusal(404, plain_text(error) or _("This page does not exist."))
    raise error


def throttled(seconds: int) -> Refusal:
    detail = ngettext(
        "You are following too fast. Try again in %(count)s second.",
        "You are following too fast. Try again in %(count)s seconds.",
        seconds,
    )
    return Refusal(429, detail % {"count": seconds}, seconds)
