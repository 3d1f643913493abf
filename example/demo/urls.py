from __future__ import annotations

from django.urls import include, path

from demo import views

thing = [
    path("", views.thing, {"name": "followers"}, name="followers"),
    path("followings/", views.thing, {"name": "followings"}, name="followings"),
    path("friends/", views.thing, {"name": "friends"}, name="friends"),
    path("act/", views.act, name="act"),
    path("mute/", views.mute_for_a_day, name="mute"),
    path("suspend/", views.suspend, name="suspend"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("people/", views.people, name="people"),
    path("topics/", views.topics, name="topics"),
    path("graph/", views.graph, name="graph"),
    path("you/", views.you, name="you"),
    path("you/leave/", views.leave, name="leave"),
    path("you/privacy/", views.set_privacy, name="privacy"),
    path("you/requests/", views.own, {"name": "requests"}, name="requests"),
    path("you/blocked/", views.own, {"name": "blocked"}, name="blocked"),
    path("you/muted/", views.own, {"name": "muted"}, name="muted"),
    path("account/<int:key>/", include((thing, "account")), {"kind": "account"}),
    path("topic/<slug:key>/", include((thing, "topic")), {"kind": "topic"}),
    path("follows/", include("sequere.urls")),
]
handler400 = "demo.views.bad_request"
handler404 = "demo.views.not_found"
