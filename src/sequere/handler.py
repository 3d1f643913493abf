from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from asgiref.local import Local
from django.core.signals import setting_changed
from django.utils.connection import BaseConnectionHandler
from django.utils.module_loading import import_string

from sequere.backends.base import BaseBackend
from sequere.conf import DEFAULT_ALIAS, backend_settings
from sequere.exceptions import InvalidBackend, UnknownBackend

if TYPE_CHECKING:
    Handler = BaseConnectionHandler[BaseBackend]
else:
    Handler = BaseConnectionHandler


class BackendHandler(Handler):
    """The configured backends by alias: one instance a thread and asyncio task."""

    settings_name = "SEQUERE_BACKENDS"
    exception_class = UnknownBackend

    def configure_settings(self, settings: Any) -> Any:
        return backend_settings() if settings is None else settings

    def create_connection(self, alias: str) -> BaseBackend:
        params = self.settings[alias]
        try:
            backend_class = import_string(params["BACKEND"])
        except ImportError as exc:
            raise InvalidBackend(
                f"Backend {alias!r}: {params['BACKEND']!r} cannot be imported: {exc}"
            ) from exc
        if not (
            isinstance(backend_class, type) and issubclass(backend_class, BaseBackend)
        ):
            raise InvalidBackend(
                f"Backend {alias!r}: {params['BACKEND']!r} is not a subclass of "
                "sequere.backends.base.BaseBackend."
            )
        options = params.get("OPTIONS", {})
        check_options(alias, backend_class, options)
        return backend_class(alias, **options)

    def __getitem__(self, alias: str) -> BaseBackend:
        try:
            return super().__getitem__(alias)
        except UnknownBackend:
            raise UnknownBackend(
                f"No backend has the alias {alias!r}. "
                f"SEQUERE_BACKENDS has: {', '.join(map(repr, self.settings))}."
            ) from None

    def reset(self) -> None:
        """Forget instances and settings, so that both are read anew."""
        self._settings = None
        self._connections = Local()
        self.__dict__.pop("settings", None)


def check_options(
    alias: str, backend_class: type[BaseBackend], options: dict[str, Any]
) -> None:
    known = [
        name
        for name, parameter in inspect.signature(backend_class).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    for option in options:
        if option not in known:
            raise InvalidBackend(
                f"Backend {alias!r}: {backend_class.__name__} has no option "
                f"{option!r}. It knows: {', '.join(known) or 'none'}."
            )


backends = BackendHandler()


def get_backend(using: str | None = None) -> BaseBackend:
    """The backend under the alias `using`. Raise UnknownBackend for an unknown one."""
    return backends[using or DEFAULT_ALIAS]


def reset_on_change(*, setting: str, **kwargs: Any) -> None:
    if setting in ("SEQUERE_BACKENDS", "SEQUERE_BACKEND_CLASS"):
        backends.reset()


setting_changed.connect(reset_on_change)
