"""Read lazy arguments of async verbs: the event loop must not run queries."""

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

# Instances of these classes need no query, and count as single values here.
SINGLE = (Model, Ref, type, str, bytes, int, datetime, NoneType, Promise)


async def at_hand(argument: T) -> T:
    """Return `argument` with its lazy contents read, so that using it needs no query.

    A queryset, a generator or another iterable becomes a list, in a thread. A lazy
    object, such as `request.user`, is loaded in that thread, and is returned itself.
    """
    if is_at_hand(argument):
        return argument
    return await sync_to_async(read)(argument)  # type: ignore[no-any-return]


def is_at_hand(argument: Any) -> bool:
    # isinstance() would load a lazy object.
    kind = type(argument)
    if kind is list or kind is tuple:
        return all(map(is_at_hand, argument))
    return issubclass(kind, SINGLE)


def read(argument: Any) -> Any:
    if isinstance(argument, SINGLE) or not isinstance(argument, Iterable):
        return argument
    items = map(read, argument)
    return tuple(items) if isinstance(argument, tuple) else list(items)
