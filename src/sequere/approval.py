"""Find the resources that approve their followers, by ModelBase.approval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import partial

from sequere.plans import Plan, Work
from sequere.registration import registry
from sequere.types import Ref


def has_approval(ref: Ref) -> bool:
    """Can a resource of this model approve its followers? No query."""
    registration = registry.find(ref.identifier)
    return registration is not None and registration.options.approval is not None


def asking(refs: Iterable[Ref]) -> Plan[Collection[Ref]]:
    """Return the resources among `refs` that approve their followers at this moment.

    The answer is read from the database, because an instance in memory may be out of
    date. One query for each model that has `approval`.
    """
    asked = [ref for ref in dict.fromkeys(refs) if has_approval(ref)]
    if not asked:
        return ()
    found: Collection[Ref] = yield Work(partial(read_asking, asked))
    return found


def read_asking(refs: Iterable[Ref]) -> set[Ref]:
    by_identifier: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        by_identifier[ref.identifier].append(ref.object_id)
    return {
        ref
        for identifier, object_ids in by_identifier.items()
        for ref in registry.get(identifier).asking(object_ids)
    }
