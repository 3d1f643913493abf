"""Writes that wait for the commit of a transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from sequere.backends.redis.keys import Ends
from sequere.exceptions import BackendError
from sequere.types import Ref
from sequere.withheld import Withheld

logger = logging.getLogger("sequere.backends.redis")


class Deferred:
    """A write of edges, or of all edges of refs, after the commit. A failure is logged
    and not raised, so that the other callbacks of the commit run.
    """

    def __init__(
        self, alias: str, write: Callable[[], Any], concerned: Sequence[Ends | Ref]
    ) -> None:
        self.alias = alias
        self.write = write
        self.concerned = concerned
        self.failed = False

    def __call__(self) -> None:
        try:
            self.write()
        except BackendError:
            self.failed = True
            logger.exception(
                "Backend %r: the transaction was committed, but its writes failed for "
                "%d edges or refs. Make these calls again: `withheld.values` of this "
                "record names them.",
                self.alias,
                len(self.concerned),
                extra={"alias": self.alias, "withheld": Withheld(self.concerned)},
            )
