from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.utils import OperationalError


class SequereError(Exception):
    """Base class for errors of this package. Do not raise directly."""

    def __str__(self) -> str:
        # KeyError, a base of some subclasses, would show the repr of the message.
        return Exception.__str__(self)


class InvalidRegistration(SequereError, ImproperlyConfigured):
    """The model cannot be registered with these options."""


class AlreadyRegistered(InvalidRegistration):
    """The model, or its identifier, is already registered."""


class InvalidRelation(SequereError, ImproperlyConfigured):
    """A relation cannot be declared with these arguments."""


class AlreadyDeclared(InvalidRelation):
    """The name of the relation is already taken."""


class UnknownRelation(SequereError, KeyError):
    """No relation with this name was declared."""


class NotRegistered(SequereError, KeyError):
    """No registered model fits this model or identifier."""


class InvalidResource(SequereError, TypeError):
    """The argument is neither a model instance nor a Ref."""


class UnsavedResource(SequereError, ValueError):
    """The instance is not in the database, so nothing can refer to it."""


class SelfFollow(SequereError, ValueError):
    """A resource cannot follow itself."""


class InvalidEdge(SequereError, ValueError):
    """An edge contains a value that no backend can store."""


class InvalidCursor(SequereError, ValueError):
    """The cursor is damaged or belongs to another list."""


class InvalidFile(SequereError, ValueError):
    """A file of edges cannot be read."""


class InvalidBackend(SequereError, ImproperlyConfigured):
    """The backend settings are wrong."""


class UnknownBackend(InvalidBackend, KeyError):
    """No backend is configured under this alias."""


class InvalidViewer(SequereError, ImproperlyConfigured):
    """The setting SEQUERE_VIEWER does not name a callable that can find a viewer."""


class LoginRequired(SequereError, PermissionDenied):
    """The visitor is not logged in as a resource that can follow."""


class Throttled(SequereError):
    """The visitor has to wait for `seconds` before the next follow."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Wait for {seconds} seconds.")
        self.seconds = seconds


class AttributeTaken(SequereError):
    """A model already uses an attribute name that would be set on its instances."""


class NotSupported(SequereError, NotImplementedError):
    """The backend does not support this call; the message names the flag or a
    replacement.
    """


class LoopWarning(RuntimeWarning):
    """A loop asks in many queries for values that one query can return: N+1."""


class ReceiverWarning(RuntimeWarning):
    """A receiver of a signal does not take the signal's arguments."""


class BackendError(SequereError):
    """The server of a backend refused a command. The driver's error is the cause."""


class BackendUnavailable(BackendError, ConnectionError):
    """The server of a backend cannot be reached, or is not ready."""


class SQLBackendError(BackendError, OperationalError):
    """The database of a backend refused. The driver's error is the cause."""


class SQLBackendUnavailable(BackendUnavailable, SQLBackendError):
    """The database of a backend cannot be reached, or is locked."""
