"""Lists whose items show follow states for a viewer: see with_follow_state()."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from inspect import getattr_static
from typing import Any, NamedTuple, TypeVar, overload

from asgiref.sync import sync_to_async
from django.db.models import Model
from django.db.models.query_utils import DeferredAttribute

from sequere.exceptions import AttributeTaken, InvalidResource
from sequere.handler import get_backend
from sequere.plans import Plan
from sequere.questions import STRANGERS, Counts, States
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.types import FollowState, Page, Ref
from sequere.verbs import acarry_out, carry_out
from sequere.viewers import Viewer, viewer_ref

T = TypeVar("T")

#: The attributes that are True or False.
FLAGS = (
    "is_followed",
    "follows_viewer",
    "is_friend",
    "is_requested",
    "requests_viewer",
    "is_blocked",
    "is_muted",
)
#: The attributes that are set on each instance.
ATTRIBUTES = (*FLAGS, "followed_since", "muted_until", "followers_count")


class FollowStates(Sequence[T]):
    """The return value of with_follow_state(). Queries run once, on the first use."""

    def __init__(
        self, viewer: Viewer, items: Iterable[T] | Page[T], using: str | None
    ) -> None:
        self._viewer = viewer
        self._given = items
        self._using = using

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._items[index]

    @cached_property
    def _collected(self) -> list[T]:
        # The input is kept apart from _items: after an error, a generator is needed
        # again.
        return collect(self._given)

    @cached_property
    def _items(self) -> list[T]:
        subjects = prepare(self._viewer, self._collected)
        carry_out(subjects.decorate(), get_backend(self._using))
        return self._collected


def with_follow_state(
    viewer: Viewer, items: Iterable[T] | Page[T], *, using: str | None = None
) -> FollowStates[T]:
    """Return the same `items` in the same order, whose instances have `is_followed`,
    `follows_viewer`, `is_friend`, `followed_since`, `is_requested`, `requests_viewer`,
    `is_blocked`, `is_muted`, `muted_until` and `followers_count` set. The attributes
    never tell who blocks the viewer.

    `items` are instances, or pairs `(instance, since)` as in lists of followers, or a
    page of either. A viewer who is None or anonymous follows no item.

    Nothing is read, and no error is raised, until the list is used. Then it takes two
    queries for any number of items, or one query for an anonymous viewer, and the
    queries that read `items` once. Raise InvalidResource, UnsavedResource or
    NotRegistered for an item that is not an instance of a registered model. Raise
    AttributeTaken, before any attribute is set, for a model that already uses one of
    these names.
    """
    return FollowStates(viewer, items, using)


async def awith_follow_state(
    viewer: Viewer,
    items: Iterable[T] | AsyncIterable[T] | Page[T],
    *,
    using: str | None = None,
) -> list[T]:
    """Return the items of with_follow_state() as a list that is already read."""
    if isinstance(items, AsyncIterable):
        collected = [item async for item in items]
    else:
        collected = await sync_to_async(collect)(items)
    # prepare() runs in a thread, because it may read a lazy viewer from the database.
    subjects = await sync_to_async(prepare)(viewer, collected)
    await acarry_out(subjects.decorate(), get_backend(using))
    return collected


class Subjects(NamedTuple):
    """The viewer, and the instances that the viewer looks at."""

    viewer: Ref | None
    instances: list[Model]
    refs: list[Ref]

    def decorate(self) -> Plan[None]:
        """Set the follow states of the viewer on each instance."""
        states: dict[Ref, FollowState] = {}
        if self.viewer:
            states = yield from States(FOLLOW.name, self.viewer, self.refs)
        counts = yield from Counts(FOLLOW.name, self.refs, "followers")
        for instance, ref in zip(self.instances, self.refs, strict=True):
            state = states.get(ref, STRANGERS)
            found = (*(getattr(state, name) for name in ATTRIBUTES[:-1]), counts[ref])
            for name, value in zip(ATTRIBUTES, found, strict=True):
                setattr(instance, name, value)


def collect(items: Iterable[T] | Page[T]) -> list[T]:
    # iter() is needed, because list() would also ask a lazy list for its length.
    return list(iter(items.items if isinstance(items, Page) else items))


def prepare(viewer: Viewer, items: Sequence[Any]) -> Subjects:
    """Raise the errors of with_follow_state(), and change nothing."""
    instances = [instance_of(item) for item in items]
    refs = [registry.ref(instance) for instance in instances]
    for model in {instance.__class__ for instance in instances}:
        check_free(model)
    return Subjects(viewer_ref(viewer), instances, refs)


def instance_of(item: Any) -> Any:
    match item:
        case (instance, datetime()):
            found = instance
        case _:
            found = item
    if isinstance(found, Ref):
        raise InvalidResource(
            f"{found!r} is not an instance, so no attribute can be set on it. "
            "For refs, call follow_states() and get_followers_counts()."
        )
    return found


def check_free(model: type[Model]) -> None:
    """Raise AttributeTaken if an attribute would hide an attribute of the class."""
    for name in ATTRIBUTES:
        if kind := kind_of(getattr_static(model, name, None)):
            raise AttributeTaken(
                f"with_follow_state() sets {name!r} on instances, and "
                f"{model._meta.label} has {kind} with this name. Rename it in the "
                "model."
            )


def kind_of(own: Any) -> str | None:
    """Return what kind of attribute `own` is, or None if instances may override it."""
    match own:
        case property():
            return None if own.fset else "a read-only property"
        case DeferredAttribute():
            return "a field"  # save() would store the value
        case classmethod() | staticmethod():
            return "a method"
    if callable(own):
        return "a method"
    return "a relation" if hasattr(own, "__set__") else None
