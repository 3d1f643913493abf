from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SequereConfig(AppConfig):
    name = "sequere"
    verbose_name = _("Follows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sequere
        from sequere import checks, deletion, nplusone

        checks.register()
        deletion.connect()
        nplusone.connect()
        sequere.autodiscover()
