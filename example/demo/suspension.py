"""Suspends things: lists and counts omit them until they are restored."""

from __future__ import annotations

from django.core.cache import cache
from django.db import transaction

from demo.models import Thing
from sequere.models import archive, restore


@transaction.atomic
def set_suspended(thing: Thing, *, suspended: bool) -> None:
    """Suspend or restore `thing`. A second call finishes the work after an error."""
    thing.suspended = suspended
    thing.save(update_fields=["suspended"])
    # The list of the most followed accounts may have changed.
    cache.delete("summary")
    (archive if suspended else restore)(thing)
