"""Suspended things are left out of the graph for a while. Nothing is lost."""

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
    # The most followed accounts may be others now.
    cache.delete("summary")
    (archive if suspended else restore)(thing)
