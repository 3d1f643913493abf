from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

import sequere

sequere.autodiscover()

urlpatterns = [
    path("admin/", admin.site.urls),
    path("follows/", include("sequere.urls")),
]
