from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import include, path

from tests.browser.site import views

urlpatterns = [
    path("", views.projects, name="projects"),
    path("plain/", views.projects, {"scripts": False}, name="plain"),
    path("projects/<int:pk>/", views.project, name="project"),
    path("projects/<int:pk>/followers/", views.followers, name="followers"),
    path("tutorial/<int:pk>/", views.tutorial),
    path("login/", LoginView.as_view(template_name="browser/login.html"), name="login"),
    path("favicon.ico", views.icon),
    path("follows/", include("sequere.urls")),
]
