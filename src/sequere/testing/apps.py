from __future__ import annotations

from django.apps import AppConfig


class SequereTestingConfig(AppConfig):
    name = "sequere.testing"
    label = "sequere_testing"
    default_auto_field = "django.db.models.BigAutoField"
