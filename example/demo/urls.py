from __future__ import annotations

from django.urls import include, path

from demo import views

thing = [
    path("", views.thing, name="page"),
    path("follow/", views.follow, name="follow"),
    path("unfollow/", views.unfollow, name="unfollow"),
    path("act/", views.act, name="act"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("most-followed/", views.most_followed, name="most-followed"),
    path("topics/", views.topics, name="topics"),
    path("you/", views.you, name="you"),
    path("you/leave/", views.leave, name="leave"),
    path("account/<int:key>/", include((thing, "account")), {"kind": "account"}),
    path("topic/<slug:key>/", include((thing, "topic")), {"kind": "topic"}),
]
handler400 = "demo.views.bad_request"
handler404 = "demo.views.not_found"
