from __future__ import annotations

from django.urls import path, register_converter

from sequere import views
from sequere.web.converters import ObjectIdConverter

app_name = "sequere"

register_converter(ObjectIdConverter, "sequere_id")

urlpatterns = [
    path(
        "follow/<str:identifier>/<sequere_id:object_id>",
        views.FollowView.as_view(),
        name="follow",
    ),
    path(
        "followers/<str:identifier>/<sequere_id:object_id>",
        views.ListView.as_view(listing="followers"),
        name="followers",
    ),
    path(
        "followings/<str:identifier>/<sequere_id:object_id>",
        views.ListView.as_view(listing="followings"),
        name="followings",
    ),
    path(
        "friends/<str:identifier>/<sequere_id:object_id>",
        views.ListView.as_view(listing="friends"),
        name="friends",
    ),
]
