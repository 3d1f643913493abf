from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured, PermissionDenied


class SequereError(Exception):
    """Base class for errors of this package. Do not raise directly."""

    def __str__(self) -> str:
        # KeyError, a base of some subclasses, would show the repr of the message.
        return Exception.__str__(self)


class InvalidRegistration(SequereError, ImproperlyConfigured):
    """This model cannot be registered like this."""


class AlreadyRegistered(InvalidRegistration):
    """The model, or its identifier, is taken."""


class InvalidRelation(SequereError, ImproperlyConfigured):
    """A relation cannot be declared like this."""


class AlreadyDeclared(InvalidRelation):
    """The name of the relation is taken."""


class UnknownRelation(SequereError, KeyError):
    """No relation with this name was declared."""


class NotRegistered(SequereError, KeyError):
    """No registered model answers to this."""


class InvalidResource(SequereError, TypeError):
    """This is neither a model instance nor a Ref."""


class UnsavedResource(SequereError, ValueError):
    """The instance is not in the database, so nothing can refer to it."""


class SelfFollow(SequereError, ValueError):
    """A resource cannot follow itself."""


class InvalidEdge(SequereError, ValueError):
    """A part of an edge has a value that no backend can store."""


class InvalidCursor(SequereError, ValueError):
    """The cursor is damaged or belongs to another list."""


class InvalidFile(SequereError, ValueError):
    """A file of edges cannot be read."""


class InvalidBackend(SequereError, ImproperlyConfigured):
    """The backend settings are wrong."""


class UnknownBackend(InvalidBackend, KeyError):
    """No backend is configured under this alias."""


class InvalidViewer(SequereError, ImproperlyConfigured):
    """The setting SEQUERE_VIEWER names nothing that could find a viewer."""


class LoginRequired(SequereError, PermissionDenied):
    """The visitor is nobody who could follow."""


class Throttled(SequereError):
    """The visitor has to wait for `seconds` before the next follow."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Wait for {seconds} seconds.")
        self.seconds = seconds


class AttributeTaken(SequereError):
    """A model has something of its own under a name that would be set on instances."""


class NotSupported(SequereError, NotImplementedError):
    """The backend cannot do this; the message names the flag, or what can be used."""


class LoopWarning(RuntimeWarning):
    """A loop asks one by one what one query can answer for all."""


class ReceiverWarning(RuntimeWarning):
    """A receiver of a signal does not take the signal's arguments."""


class BackendError(SequereError):
    """The server of a backend refused; its own error is the cause."""


class BackendUnavailable(BackendError, ConnectionError):
    """The server of a backend cannot be reached, or is not ready."""
