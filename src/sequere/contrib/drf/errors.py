"""What is refused, as Django REST framework says it.

RefusalMixin is for views that call sequere.web, or a backend: what that refuses is not
an error of the server.
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
    """The backend is away."""

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
    """One of sequere.web.REFUSALS, with the same status and detail; any other is raised
    again. Who has to log in gets 401 instead, if there is a way to do so by HTTP.
    """
    status, detail, retry_after = refusal_of(error)
    if isinstance(error, LoginRequired):
        return NotAuthenticated(detail)
    found = KINDS[status](detail=detail)
    if isinstance(found, Throttled):
        # Not as an argument, which would say it in the detail once more.
        found.wait = retry_after  # type: ignore[attr-defined]
    return found


class RefusalMixin(Base):
    # No docstring: schemas would show it for the classes of projects.

    def handle_exception(self, exc: Exception) -> Response:
        # The other refusals are Django's, and the framework knows them.
        if isinstance(exc, REFUSALS) and isinstance(exc, (SequereError, BadRequest)):
            exc = api_error(exc)
        return super().handle_exception(exc)
