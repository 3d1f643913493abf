from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

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

NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class BackendHandler(Handler):
    """The configured backends by alias: one instance per thread and asyncio task."""

    settings_name = "SEQUERE_BACKENDS"
    exception_class = UnknownBackend

    def __init__(self) -> None:
        super().__init__()
        #: By alias, the constructor with its options, which were checked once: each
        #: asyncio task makes an instance of its own. Instances of an earlier reading of
        #: the settings are forgotten.
        self.reading: dict[str, Callable[[], BaseBackend]] = {}

    def configure_settings(self, settings: Any) -> Any:
        return backend_settings() if settings is None else settings

    def create_connection(self, alias: str) -> BaseBackend:
        reading = self.reading
        if alias not in reading:
            reading[alias] = constructor(alias, self.settings[alias])
        backend = reading[alias]()
        if getattr(backend, "alias", None) != alias:
            raise bad_constructor(alias, type(backend), "It has to keep the alias.")
        backend.reading = reading
        return backend

    def __getitem__(self, alias: str) -> BaseBackend:
        try:
            backend = super().__getitem__(alias)
            if backend.reading is not self.reading:
                del self[alias]
                backend = super().__getitem__(alias)
            return backend
        except UnknownBackend:
            raise UnknownBackend(
                f"No backend has the alias {alias!r}. "
                f"SEQUERE_BACKENDS has: {', '.join(map(repr, self.settings))}."
            ) from None

    def independent(self) -> list[BaseBackend]:
        """Return all backends, except for those that another backend writes to."""
        every = self.all()
        parts = {part for backend in every for part in backend.parts}
        return [backend for backend in every if backend.alias not in parts]

    def reset(self) -> None:
        """Forget instances and settings, so that both are read again.

        A new Local would do, but would leave a variable in every context for ever.
        """
        self._settings = None
        self.__dict__.pop("settings", None)
        self.reading = {}


def constructor(alias: str, params: dict[str, Any]) -> Callable[[], BaseBackend]:
    """Return the class of a backend with its alias and options, which it takes."""
    backend_class = import_backend(alias, params["BACKEND"])
    options = params.get("OPTIONS", {})
    check_options(alias, backend_class, options)
    return partial(backend_class, alias, **options)


def import_backend(alias: str, path: str) -> type[BaseBackend]:
    try:
        found = import_string(path)
    except ImportError as exc:
        raise InvalidBackend(
            f"Backend {alias!r}: {path!r} cannot be imported: {exc}"
        ) from exc
    if not (isinstance(found, type) and issubclass(found, BaseBackend)):
        raise InvalidBackend(
            f"Backend {alias!r}: {path!r} is not a subclass of "
            "sequere.backends.base.BaseBackend."
        )
    if missing := sorted(getattr(found, "__abstractmethods__", ())):
        raise InvalidBackend(
            f"Backend {alias!r}: {path!r} lacks methods: {', '.join(missing)}."
        )
    return found


def check_options(
    alias: str, backend_class: type[BaseBackend], options: dict[str, Any]
) -> None:
    """Raise InvalidBackend if the class does not take the alias and `options`."""
    name, signature = backend_class.__name__, inspect.signature(backend_class)
    try:
        signature.bind_partial(alias)
    except TypeError as exc:
        raise bad_constructor(alias, backend_class, f"Python says: {exc}.") from exc
    parameters = list(signature.parameters.values())[1:]
    known = {each.name: each for each in parameters if each.kind in NAMED}
    if not any(each.kind is each.VAR_KEYWORD for each in parameters):
        for option in options:
            if option not in known:
                raise InvalidBackend(
                    f"Backend {alias!r}: {name} has no option {option!r}. "
                    f"It takes: {', '.join(known) or 'no options'}."
                )
    for option, each in known.items():
        if each.default is each.empty and option not in options:
            raise InvalidBackend(
                f"Backend {alias!r}: {name} needs the option {option!r}. Set it in "
                "its OPTIONS."
            )


def bad_constructor(
    alias: str, backend_class: type[BaseBackend], why: str
) -> InvalidBackend:
    return InvalidBackend(
        f"Backend {alias!r}: {backend_class.__name__} cannot be created. {why} Its "
        "constructor takes the alias first, and OPTIONS as keywords: "
        "`def __init__(self, alias, *, size=9):`. It calls `super().__init__(alias)`."
    )


backends = BackendHandler()


def get_backend(using: str | None = None) -> BaseBackend:
    """Return the backend of the alias `using`. Raise UnknownBackend for an unknown
    alias.
    """
    return backends[using or DEFAULT_ALIAS]


def reset_on_change(*, setting: str, **kwargs: Any) -> None:
    if setting in ("SEQUERE_BACKENDS", "SEQUERE_BACKEND_CLASS"):
        backends.reset()


setting_changed.connect(reset_on_change)
