"""These URLs are apart from the views, because the toolbar may not be installed."""

from __future__ import annotations

from django.urls import include, path

from tests.contrib import views

urlpatterns = [
    path("nothing/", views.nothing),
    path("several/", views.several),
    path("loops/", views.loops),
    path("more/", views.more_loops),
    path("template/", views.template),
    path("async/", views.asynchronous),
    path("apart/", views.apart),
    path("third/", views.third),
    path("athird/", views.athird),
    path("__debug__/", include("debug_toolbar.urls")),
]
