from __future__ import annotations

from django.contrib import admin
from django.urls import path

import sequere

sequere.autodiscover()

urlpatterns = [path("admin/", admin.site.urls)]
