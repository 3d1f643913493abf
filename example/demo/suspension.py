"""To take a thing out of the graph for a while, with nothing lost."""

from __future__ import annotations

from django.core.cache import cache
from django.db import transaction

from demo.models import Thing
from sequere.models import archive, restore


@transaction.atomic
def set_suspended(thing: Thing, *, suspended: bool) -> None:
    """To say it again does what an error has left undone."""
    thing.suspended = suspended
    thing.save(update_fields=["suspended"])
    # Who is followed most may have changed.
    cache.delete("summary")
    (archive if suspended else restore)(thing)
