"""Forget the edges of deleted resources.

Django's deletion sends `pre_delete` for every object before it deletes the first row,
and `post_delete` for each object after its row is deleted. The refs are collected on
the first signals and forgotten together after the last `post_delete`, so that the
number of queries does not grow with the number of objects. The rows are gone by then,
so that no edge can be added to them.

A row in another database than the database that the routers choose for its model is a
different object, even if it has the same key: its deletion forgets nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import class_prepared, post_delete, pre_delete

from sequere.backends.base import BaseBackend
from sequere.databases import home_of, is_same_database
from sequere.exceptions import InvalidEdge
from sequere.handler import backends
from sequere.questions import Forget
from sequere.registration import registry
from sequere.types import Ref
from sequere.validation import clean_ref
from sequere.withheld import Withheld

logger = logging.getLogger(__name__)


class Doomed:
    """The resources that one deletion will remove, and the resources that it has
    removed.
    """

    def __init__(self) -> None:
        self.announced: set[Ref] = set()
        self.gone: set[Ref] = set()

    @classmethod
    def by(cls, origin: Any) -> Doomed:
        # The value is kept on the instance or queryset on which delete() was called,
        # because all signals of a deletion share this object, and it ends with the
        # deletion.
        doomed: Doomed = origin.__dict__.setdefault("_sequere_doomed", cls())
        return doomed

    def announce(self, ref: Ref) -> None:
        if ref in self.announced or ref in self.gone:
            # A second announcement means that an earlier deletion failed half-way.
            self.announced.clear()
            self.gone.clear()
        self.announced.add(ref)

    def report(self, ref: Ref) -> None:
        self.announced.discard(ref)
        self.gone.add(ref)


def announce(instance: Model, origin: Any, using: str, **kwargs: Any) -> None:
    if origin is not None and (ref := doomed_ref(instance, using)):
        Doomed.by(origin).announce(ref)


def report(instance: Model, origin: Any, using: str, **kwargs: Any) -> None:
    if not (ref := doomed_ref(instance, using)):
        return
    if origin is None:
        forget({ref}, using)
        return
    doomed = Doomed.by(origin)
    doomed.report(ref)
    if not doomed.announced:
        del origin.__dict__["_sequere_doomed"]
        forget(doomed.gone, using)


def doomed_ref(instance: Model, using: str) -> Ref | None:
    """Return the ref, or None if the instance's row in `using` cannot have edges."""
    model = type(instance)
    if model not in registry or not is_at_home(instance, using):
        return None
    try:
        return clean_ref(registry.get_for_model(model).row_ref(instance))
    except InvalidEdge:
        return None


def is_at_home(instance: Model, using: str) -> bool:
    home = home_of(type(instance), instance=instance)
    return is_same_database(home, using)


def forget(refs: set[Ref], using: str) -> None:
    """Forget `refs` in every backend, as soon as the deletion is final for that
    backend.
    """
    for backend in backends.independent():
        if backend.shares_transaction(using):
            backend.ask(Forget(list(refs)))
        else:
            transaction.on_commit(
                partial(forget_later, backend.pinned(), refs), using=using
            )


def forget_later(backend: BaseBackend, refs: set[Ref]) -> None:
    """Log any error: the rows are gone, and the other callbacks must still run."""
    try:
        backend.ask(Forget(list(refs)))
    except Exception as exc:
        logger.exception(
            "Backend %r could not remove the edges of deleted objects: %s. Cause: %s "
            "The edges are still stored. Run `manage.py sequere_verify --repair "
            "--using %s` later, or call get_backend(%r).ask(Forget(refs)) with "
            "`withheld.values` of this record as refs.",
            backend.alias,
            numbers(refs),
            exc,
            backend.alias,
            backend.alias,
            extra={"alias": backend.alias, "withheld": Withheld(sorted(refs))},
        )


def numbers(refs: set[Ref]) -> str:
    """Return the number of refs of each identifier, as text."""
    counted = Counter(ref.identifier for ref in refs)
    return ", ".join(f"{count} of {name}" for name, count in sorted(counted.items()))


def watch(model: type[Model]) -> None:
    """Connect to the deletion signals of `model` and of its proxies, which have their
    own.
    """
    pre_delete.connect(announce, sender=model)
    post_delete.connect(report, sender=model)
    for child in model.__subclasses__():
        if child._meta.proxy:
            watch(child)


def watch_new_proxy(sender: type[Model], **kwargs: Any) -> None:
    if sender._meta.proxy and sender in registry:
        watch(sender)


def connect() -> None:
    registry.watch(watch)
    class_prepared.connect(watch_new_proxy)
