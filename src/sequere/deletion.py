"""Leave nothing behind of deleted resources.

A deletion announces every object before the first row goes, and reports every
object after its row has gone. The refs are collected on the first and forgotten
together after the last report, so that the cost does not grow by a query an object;
and after the rows, because by then no edge can be added to them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import class_prepared, post_delete, pre_delete

from sequere.exceptions import InvalidEdge
from sequere.handler import backends
from sequere.questions import Forget
from sequere.registration import registry
from sequere.types import Ref
from sequere.validation import clean_ref


class Doomed:
    """The resources that one deletion is about to remove, and has removed."""

    def __init__(self) -> None:
        self.announced: set[Ref] = set()
        self.gone: set[Ref] = set()

    @classmethod
    def by(cls, origin: Any) -> Doomed:
        # Kept on the instance or queryset on which delete() was called: the one
        # object that its signals share, and that ends with it.
        doomed: Doomed = origin.__dict__.setdefault("_sequere_doomed", cls())
        return doomed

    def announce(self, ref: Ref) -> None:
        if ref in self.announced or ref in self.gone:
            # Nothing is announced twice: an earlier try failed half-way.
            self.announced.clear()
            self.gone.clear()
        self.announced.add(ref)

    def report(self, ref: Ref) -> None:
        self.announced.discard(ref)
        self.gone.add(ref)


def announce(instance: Model, origin: Any, **kwargs: Any) -> None:
    if origin is not None and (ref := doomed_ref(instance)):
        Doomed.by(origin).announce(ref)


def report(instance: Model, origin: Any, using: str, **kwargs: Any) -> None:
    if not (ref := doomed_ref(instance)):
        return
    if origin is None:
        forget({ref}, using)
        return
    doomed = Doomed.by(origin)
    doomed.report(ref)
    if not doomed.announced:
        del origin.__dict__["_sequere_doomed"]
        forget(doomed.gone, using)


def doomed_ref(instance: Model) -> Ref | None:
    """None if the instance cannot have edges."""
    model = type(instance)
    if model not in registry:
        return None
    try:
        return clean_ref(registry.get_for_model(model).row_ref(instance))
    except InvalidEdge:
        return None


def forget(refs: set[Ref], using: str) -> None:
    """Forget `refs` in every backend, each as the deletion becomes final for it."""
    for backend in backends.all():
        if backend.shares_transaction(using):
            backend.ask(Forget(list(refs)))
        else:
            forget_later = partial(backend.ask, Forget(list(refs)))
            transaction.on_commit(forget_later, using=using)


def watch(model: type[Model]) -> None:
    """Listen to the deletion of `model`, and of its proxies, which send their own."""
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
