from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField

from sequere.conf import DOCUMENTATION, SETTINGS, ignored_settings
from sequere.exceptions import InvalidBackend, InvalidViewer
from sequere.handler import backends
from sequere.registration import Registration, registry
from sequere.web.viewers import get_finder


def check_backends(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the configured backends exist, and take their options."""
    try:
        return [message for backend in backends.all() for message in backend.check()]
    except InvalidBackend as exc:
        hint = f"{DOCUMENTATION}/reference-settings.html"
        return [checks.Error(str(exc), hint=hint, id="sequere.E001")]


def check_databases(
    app_configs: Any = None, databases: Any = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check that the databases of the backends meet the needs of the backends."""
    if not databases:
        # Without databases, a backend would only repeat check_backends().
        return []
    try:
        return [
            message
            for backend in backends.all()
            for message in backend.check(databases=databases)
        ]
    except InvalidBackend:
        return []


def check_production(app_configs: Any = None, **kwargs: Any) -> Iterator[CheckMessage]:
    """Check that no backend is meant for tests only."""
    try:
        every = backends.all()
    except InvalidBackend:
        return
    for backend in every:
        if not backend.supports_production:
            yield checks.Error(
                f"The backend {backend.alias!r} is {type(backend).__name__}, which is "
                "for tests only.",
                hint="Configure a backend that stores edges permanently.",
                id="sequere.E004",
            )


def check_viewer(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that SEQUERE_VIEWER names a callable."""
    try:
        get_finder()
    except InvalidViewer as exc:
        hint = f"{DOCUMENTATION}/reference-settings.html#sequere-viewer"
        return [checks.Error(str(exc), hint=hint, id="sequere.E008")]
    return []


def check_approval(app_configs: Any = None, **kwargs: Any) -> Iterator[CheckMessage]:
    """ModelBase.approval can be read: otherwise follows of the model would fail."""
    for registration in registry:
        if not is_approval(registration):
            options = registration.options
            yield checks.Error(
                f"{type(options).__name__}.approval is {options.approval!r}, which is "
                f"no boolean field of {registration}.",
                hint="Name a BooleanField of the model, or write a method "
                f"approval(self, instance). See {DOCUMENTATION}"
                "/howto-private-accounts.html",
                obj=registration.model,
                id="sequere.E014",
            )


def is_approval(registration: Registration) -> bool:
    approval = registration.options.approval
    if approval is None or callable(approval):
        return True
    try:
        field = registration.model._meta.get_field(approval)
    except (FieldDoesNotExist, TypeError):
        return False
    return isinstance(field, BooleanField)


BACKENDS = 'SEQUERE_BACKENDS = {"default": {"BACKEND": ..., "OPTIONS": {...}}}'

#: The settings of older releases, and their replacements.
FORMER = {
    "SEQUERE_BACKEND": f"Write the path of its class in {BACKENDS}.",
    "SEQUERE_BACKEND_OPTIONS": f"Move its contents to the OPTIONS in {BACKENDS}.",
    "SEQUERE_FAIL_SILENTLY": "Remove it. Catch sequere.exceptions.BackendUnavailable "
    "in views that work without follows.",
    "SEQUERE_TIMELINE_BACKEND": "Remove it. This version has no timeline.",
}
#: Follows would be looked up in the wrong store if these settings were ignored.
MISLEADING = ("SEQUERE_BACKEND", "SEQUERE_BACKEND_OPTIONS")


def check_settings(app_configs: Any = None, **kwargs: Any) -> Iterator[CheckMessage]:
    """Check that no setting is ignored."""
    for name in ignored_settings():
        message = f"The setting {name} is ignored."
        hint = FORMER.get(name) or f"The known settings are {', '.join(SETTINGS)}."
        if name in MISLEADING:
            yield checks.Error(message, hint, id="sequere.E011")
        else:
            yield checks.Warning(message, hint, id="sequere.W012")


def register() -> None:
    checks.register(check_backends)
    checks.register(check_settings)
    checks.register(check_viewer)
    checks.register(check_approval)
    checks.register(check_databases, checks.Tags.database)
    checks.register(check_production, deploy=True)
