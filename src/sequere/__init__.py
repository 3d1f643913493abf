from __future__ import annotations

from sequere.registration import registry

__all__ = ["autodiscover", "register", "registry"]
__version__ = "1.0.0.dev0"

register = registry.register


def autodiscover() -> None:
    """Import `sequere_registry` of each installed app. Django's start-up does so
    already.
    """
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("sequere_registry")
