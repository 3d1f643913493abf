"""The thing that the visitor acts as, which the session remembers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from demo.models import Account, Thing, Topic

KEY = "me"
MODELS: dict[str, type[Thing]] = {model.kind: model for model in (Account, Topic)}


class Request(HttpRequest):
    me: Thing | None


def middleware(
    get_response: Callable[[Request], HttpResponseBase],
) -> Callable[[Request], HttpResponseBase]:
    def set_visitor(request: Request) -> HttpResponseBase:
        request.me = find_visitor(request)
        return get_response(request)

    return set_visitor


def find_visitor(request: HttpRequest) -> Thing | None:
    if KEY not in request.session:
        return None
    kind, key = request.session[KEY]
    return MODELS[kind]._default_manager.filter(pk=key).first()


def viewer(request: Request) -> Thing | None:
    """Return the follower of this request, for SEQUERE_VIEWER."""
    return request.me


def act(request: HttpRequest, thing: Thing) -> None:
    request.session[KEY] = [thing.kind, thing.pk]


def leave(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
