from __future__ import annotations

from typing import Any

from django.conf import settings

from sequere.exceptions import InvalidBackend

DEFAULT_ALIAS = "default"
DEFAULT_BACKEND = "sequere.backends.simple.SimpleBackend"
#: The address of the pages of docs/, for readers without a checkout.
DOCUMENTATION = "https://django-sequere.readthedocs.io/en/latest"

#: All settings that the package reads.
SETTINGS = (
    "SEQUERE_BACKENDS",
    "SEQUERE_BACKEND_CLASS",
    "SEQUERE_TENANT",
    "SEQUERE_VIEWER",
)


def backend_settings() -> dict[str, dict[str, Any]]:
    """Return the backends by alias, from SEQUERE_BACKENDS or its short form."""
    configured = getattr(settings, "SEQUERE_BACKENDS", {})
    if not isinstance(configured, dict):
        raise InvalidBackend(
            "SEQUERE_BACKENDS must be a dict such as "
            f'{{"default": {{"BACKEND": "{DEFAULT_BACKEND}"}}}}. It is of the '
            # The value may contain the password of a server.
            f"type {type(configured).__name__}."
        )
    short = getattr(settings, "SEQUERE_BACKEND_CLASS", None)
    if short is not None and DEFAULT_ALIAS in configured:
        raise InvalidBackend(
            "SEQUERE_BACKEND_CLASS is the short form of SEQUERE_BACKENDS['default'], "
            "and both are set. Remove one of them."
        )
    for alias, params in configured.items():
        _check_params(alias, params)
    return {DEFAULT_ALIAS: {"BACKEND": short or DEFAULT_BACKEND}, **configured}


def ignored_settings() -> list[str]:
    """Return the settings of a project that look like ours, and that no code reads."""
    found = {name for name in dir(settings) if name.startswith("SEQUERE_")}
    return sorted(found.difference(SETTINGS))


def _check_params(alias: str, params: Any) -> None:
    if not isinstance(params, dict) or not isinstance(params.get("BACKEND"), str):
        raise InvalidBackend(
            f"SEQUERE_BACKENDS[{alias!r}] needs a 'BACKEND': the dotted path of a "
            f"backend class, such as {DEFAULT_BACKEND!r}."
        )
    if not isinstance(params.get("OPTIONS", {}), dict):
        raise InvalidBackend(f"SEQUERE_BACKENDS[{alias!r}]['OPTIONS'] must be a dict.")
    if unknown := sorted(map(repr, params.keys() - {"BACKEND", "OPTIONS"})):
        raise InvalidBackend(
            f"SEQUERE_BACKENDS[{alias!r}] has unknown keys: {', '.join(unknown)}. "
            "It takes 'BACKEND' and 'OPTIONS'."
        )
