"""Converts refusals to the exceptions of Django REST framework.

RefusalMixin is for views that call sequere.web or a backend: a refusal there becomes a
response, not a server error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from rest_framework.exceptions import (
    APIException,
    NotAuthenticated,
    NotFound,
    ParseError,
    PermissionDenied,
    Throttled,
)
from rest_framework.response import Response

from sequere.exceptions import LoginRequired, SequereError
from sequere.web import REFUSALS, refusal_of

if TYPE_CHECKING:
    from rest_framework.views import APIView

    Base = APIView
else:
    Base = object


class Unavailable(APIException):
    """The backend cannot be reached."""

    status_code = 503
    default_code = "unavailable"


KINDS: dict[int, type[APIException]] = {
    400: ParseError,
    403: PermissionDenied,
    404: NotFound,
    429: Throttled,
    503: Unavailable,
}


def api_error(error: Exception) -> APIException:
    """Convert one of sequere.web.REFUSALS to an exception with the same status and
    detail. Any other error is raised again. LoginRequired becomes 401 if the view has
    an authenticator that supports HTTP authentication.
    """
    status, detail, retry_after = refusal_of(error)
    if isinstance(error, LoginRequired):
        return NotAuthenticated(detail)
    found = KINDS[status](detail=detail)
    if isinstance(found, Throttled):
        # As an argument, the time would be added to the detail a second time.
        found.wait = retry_after  # type: ignore[attr-defined]
    return found


class RefusalMixin(Base):
    # No docstring: schemas would show it for the classes of projects.

    def handle_exception(self, exc: Exception) -> Response:
        # The other refusals are exceptions of Django, which the framework converts.
        if isinstance(exc, REFUSALS) and isinstance(exc, (SequereError, BadRequest)):
            exc = api_error(exc)
        return super().handle_exception(exc)
