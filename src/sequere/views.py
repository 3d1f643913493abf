"""The views of urls.py. The package sequere.web does their work."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.vary import vary_on_headers

from sequere.web import REFUSALS, Listing, list_payload, perform
from sequere.web.answers import VARY, answer, refuse

FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data")


@method_decorator(never_cache, name="dispatch")
@method_decorator(vary_on_headers(*VARY), name="dispatch")
class Endpoint(View):
    """Turns errors into responses, in the format that the client asks for."""

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except REFUSALS as error:
            return refuse(request, error)


# The decorator protects sites that forget the CSRF middleware. LoginRequiredMiddleware
# would send visitors back to this address after login; perform() sends them to a page.
@method_decorator(csrf_protect, name="dispatch")
@method_decorator(login_not_required, name="dispatch")
class FollowView(Endpoint):
    """Performs an action of the visitor on one object, such as a follow or a block."""

    def post(
        self, request: HttpRequest, identifier: str, object_id: str
    ) -> HttpResponse:
        action = wanted(request)
        until = request.POST.get("until")
        change = perform(request, action, identifier, object_id, until=until)
        return answer(request, change)

    def delete(
        self, request: HttpRequest, identifier: str, object_id: str
    ) -> HttpResponse:
        return answer(request, perform(request, "unfollow", identifier, object_id))


class ListView(Endpoint):
    """Returns a page of followers, or of another list, as JSON."""

    listing: ClassVar[Listing] = "followers"

    def get(
        self, request: HttpRequest, identifier: str, object_id: str
    ) -> HttpResponse:
        return JsonResponse(list_payload(request, self.listing, identifier, object_id))


def wanted(request: HttpRequest) -> str:
    """Return the action that the form names. The default is `follow`.

    Raise BadRequest for a body that is not a form: its action would be ignored.
    """
    if request.content_type not in FORMS:
        raise BadRequest(_("The request must be a form."))
    return request.POST.get("action", "follow")
