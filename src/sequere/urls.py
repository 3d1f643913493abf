from __future__ import annotations

from django.urls import path, register_converter

from sequere import views
from sequere.web.converters import ObjectIdConverter
from sequere.web.listing import VERBS as LISTINGS

app_name = "sequere"

register_converter(ObjectIdConverter, "sequere_id")

ROUTE = "{}/<str:identifier>/<sequere_id:object_id>"

urlpatterns = [
    path(ROUTE.format("follow"), views.FollowView.as_view(), name="follow"),
    *(
        path(ROUTE.format(name), views.ListView.as_view(listing=name), name=name)
        for name in LISTINGS
    ),
]
