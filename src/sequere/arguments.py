"""The arguments of awaited verbs: the event loop may not read what asks a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import NoneType
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db.models import Model
from django.utils.functional import Promise

from sequere.types import Ref

T = TypeVar("T")

# Of a class whose instances are read without a query, and are no collections here.
SINGLE = (Model, Ref, type, str, bytes, int, datetime, NoneType, Promise)


async def at_hand(argument: T) -> T:
    """`argument`, with all in it read, so that using it asks no database.

    A queryset, a generator or another iterable becomes a list, in a thread. A lazy
    object, such as `request.user`, stays what it is, and is loaded there.
    """
    if is_at_hand(argument):
        return argument
    return await sync_to_async(read)(argument)  # type: ignore[no-any-return]


def is_at_hand(argument: Any) -> bool:
    # Not isinstance(): to answer it, a lazy object is loaded.
    kind = type(argument)
    if kind is list or kind is tuple:
        return all(map(is_at_hand, argument))
    return issubclass(kind, SINGLE)


def read(argument: Any) -> Any:
    if isinstance(argument, SINGLE) or not isinstance(argument, Iterable):
        return argument
    items = map(read, argument)
    return tuple(items) if isinstance(argument, tuple) else list(items)
