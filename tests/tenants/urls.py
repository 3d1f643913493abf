from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path

from sequere.api import follow, get_followers_count
from sequere.types import Ref


def visit(request: HttpRequest, source: str, target: str) -> JsonResponse:
    followed = follow(Ref("user", source), Ref("group", target))
    count = get_followers_count(Ref("group", target))
    return JsonResponse({"new": followed, "followers": count})


urlpatterns = [path("<source>/<target>/", visit)]
