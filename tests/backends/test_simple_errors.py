"""The errors of databases are the package's own, and Django's, too."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import TestCase

from sequere.api import follow, get_followers_count
from sequere.backends.simple.errors import failing
from sequere.exceptions import (
    BackendError,
    BackendUnavailable,
    SQLBackendError,
    SQLBackendUnavailable,
)
from sequere.handler import get_backend
from sequere.testing.models import Club, Person


class Driver(Exception):
    """An error as drivers raise it, with the attributes of one of them."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args)
        vars(self).update(attributes)


LOST = [
    Driver("the connection is lost", sqlstate=None),
    Driver("terminating connection\nDETAIL: user:8", sqlstate="57P01"),
    Driver("connection failure", pgcode="08006"),
    Driver(2013, "Lost connection to server during query"),
    Driver(1927, "Connection was killed"),
    Driver("database is locked", sqlite_errorname="SQLITE_BUSY"),
    Driver("unable to open database file", sqlite_errorname="SQLITE_CANTOPEN"),
]
REFUSED = [
    Driver("deadlock detected", sqlstate="40P01"),
    Driver("could not extend file: No space left", sqlstate="53100"),
    Driver(1205, "Lock wait timeout exceeded"),
    Driver("database or disk is full", sqlite_errorname="SQLITE_FULL"),
    Driver(),
]


def raised(cause: Driver, kind: type[Exception] = OperationalError) -> SQLBackendError:
    with pytest.raises(SQLBackendError) as caught, failing("main"):
        raise kind(*cause.args) from cause
    assert caught.value.__cause__ is cause
    assert "'main'" in str(caught.value)
    assert "user:8" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("cause", LOST, ids=str)
def test_a_lost_connection_is_unavailable(cause: Driver) -> None:
    error = raised(cause)
    assert isinstance(error, BackendUnavailable)
    assert isinstance(error, OperationalError)
    assert str(cause.args[-1]).partition("\n")[0] in str(error)


@pytest.mark.parametrize("cause", REFUSED, ids=str)
def test_a_refused_statement_is_not(cause: Driver) -> None:
    error = raised(cause)
    assert isinstance(error, BackendError)
    assert not isinstance(error, BackendUnavailable)


def test_a_closed_connection_is_unavailable() -> None:
    error = raised(Driver("the connection is closed"), InterfaceError)
    assert isinstance(error, SQLBackendUnavailable)


def test_an_error_is_turned_once() -> None:
    first = raised(REFUSED[0])
    with pytest.raises(SQLBackendError) as caught, failing("other"):
        raise first
    assert caught.value is first


class MissingTableTests(TestCase):
    def test_each_way_into_the_backend(self) -> None:
        """Without its tables, no call works, and each says so."""
        backend: Any = get_backend()
        person, club = Person.objects.create(), Club.objects.create()

        def fail(*args: Any, **kwargs: Any) -> Any:
            raise OperationalError("gone") from REFUSED[1]

        with pytest.MonkeyPatch.context() as patch:
            for name in ("_writer", "_reader"):
                patch.setattr(type(backend), name, fail)
            for work in (
                lambda: follow(person, club),
                lambda: get_followers_count(club),
                lambda: backend.atomically(list),
                lambda: list(backend.verify()),
                lambda: list(backend.repair()),
                backend.stored_bytes,
            ):
                with self.assertRaises(SQLBackendError):
                    work()
        self.assertIs(issubclass(SQLBackendError, DatabaseError), True)
        self.assertIs(follow(person, club), True)
