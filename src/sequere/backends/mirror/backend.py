from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, NoReturn, Self, TypeVar

from django.core.checks import CheckMessage
from django.db import DatabaseError

from sequere.backends.base import BaseBackend
from sequere.backends.graph import Graph
from sequere.backends.mirror.checks import check_mirror
from sequere.backends.mirror.dialect import CLOSED_TEXT
from sequere.backends.mirror.journal import Journal
from sequere.backends.mirror.marks import CLOSED, MOVED, OPEN
from sequere.backends.mirror.own import Own, Trust, asked_for, written
from sequere.backends.mirror.parts import mirror_of, primary_of
from sequere.backends.mirror.rebuilding import rebuild
from sequere.backends.mirror.redis_mirror import RedisMirror
from sequere.backends.mirror.roles import Role
from sequere.backends.mirror.settling import Sides
from sequere.backends.simple import SimpleBackend
from sequere.declaration import BLOCK, MUTE, UNTIL
from sequere.exceptions import (
    BackendError,
    BackendUnavailable,
    InvalidBackend,
    SequereError,
)
from sequere.questions import Change, Question
from sequere.registration import Registration
from sequere.types import ACTIVE, Edge, Progress
from sequere.verifying.exact import Slot

T = TypeVar("T")

logger = logging.getLogger("sequere.backends.mirror")

FLAGS = [name for name in vars(BaseBackend) if name.startswith("supports_")]

#: A write waits so many seconds for the end of a swap, and looks so often.
SWAP_SECONDS = 10.0
SWAP_PAUSE = 0.05

#: The relations about policy, which the mirror is not asked about.
POLICY = (BLOCK, MUTE, MUTE + UNTIL)


class MirrorBackend(BaseBackend):
    """A SQL backend, with an exact copy of its edges in Redis.

    Options, all of them keywords:

    - `primary`: the alias of a SimpleBackend. Every write goes to it, and its answers,
      errors and signals are those of this backend.
    - `mirror`: the alias of a RedisBackend, on one server or a cluster.
    - `reads`: "primary", or "mirror" if the mirror answers lists, counts and look-ups
      of active edges while it is up to date.

    `sequere_mirror start` begins, and `sequere_mirror drain --watch` keeps the mirror
    up to date. Each written edge costs the primary one more row. After the commit, the
    writer takes four queries and two round trips, to settle up to 100 edges. A write
    that changes nothing takes one query, which looks for what others left unsettled.
    """

    failures = SimpleBackend.failures

    def __init__(
        self,
        alias: str,
        *,
        primary: str,
        mirror: str,
        reads: Literal["primary", "mirror"] = "primary",
    ) -> None:
        super().__init__(alias)
        if reads not in ("primary", "mirror"):
            raise InvalidBackend(
                f"Backend {alias!r}: the option 'reads' is {reads!r}; it takes "
                "'primary' or 'mirror'."
            )
        self.reads = reads
        self.primary = primary_of(alias, primary)
        self.mirror = mirror_of(alias, mirror)
        self.parts = primary, mirror
        self._trust = Trust(alias)
        self._role = Role(self._trust)
        self._own: Own | None = None
        self._adopt(self.primary)

    @property
    def sides(self) -> Sides:
        return Sides(Journal(self.primary), RedisMirror(self.mirror))

    @property
    def truth(self) -> BaseBackend:
        """Return the backend whose answers count: the primary, until a swap."""
        role = self._role.read(self.sides.journal)
        truth = self.primary if role in (OPEN, CLOSED) else self.mirror
        self._adopt(truth)
        return truth

    def _adopt(self, truth: BaseBackend) -> None:
        for flag in FLAGS:
            setattr(self, flag, getattr(truth, flag))
        # Both parts are asked in a thread.
        self.supports_async = False

    # Writing

    def _write(self, asked: Change[Any]) -> Any:
        deadline = time.monotonic() + SWAP_SECONDS
        while True:
            role = self._role.read(self.sides.journal)
            if role == MOVED:
                return self.mirror._answer(asked)
            if role == OPEN:
                try:
                    answer = self.primary._answer(asked)
                except DatabaseError as exc:
                    # The primary was closed meanwhile.
                    if CLOSED_TEXT not in str(exc):
                        raise
                    self._role.until = 0.0
                else:
                    self._settle_later(asked, answer)
                    return answer
            self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        """Wait for the end of a swap. A transaction cannot wait: it would keep the swap
        waiting, or has failed.
        """
        if time.monotonic() > deadline or self.sides.journal.is_in_transaction:
            raise BackendUnavailable(
                f"Backend {self.alias!r}: its edges are being moved to another store. "
                "Nothing was written. Make the call again in a few seconds."
            )
        time.sleep(SWAP_PAUSE)

    _add = _remove = _forget = _archive = _restore = _accept = _set_level = _write
    _block = _unblock = _put = _expire = _write

    def _settle_later(self, asked: Change[Any], answer: Any) -> None:
        if not self._role.is_started:
            return
        changed = written(answer) if getattr(asked, "report", True) else None
        self._settle_on_commit(changed, asked_for(asked))

    def _settle_on_commit(
        self, changed: list[Slot] | None, named: list[Slot] | None
    ) -> None:
        pinned = self.pinned().sides
        if self._own is None or not self._own.is_open(pinned):
            self._own = Own(pinned, self._trust)
        self._own.add(changed, named)
        self.primary.when_final(self._own.settle)

    # Reading

    def _through(self, asked: Question[T]) -> T:
        return self.truth._answer(asked)

    def _read(self, asked: Question[T]) -> T:
        truth = self.truth
        if truth is self.primary and self._may_ask_mirror(asked):
            try:
                return self.sides.mirror.answer(asked)
            except BackendError as exc:
                logger.info("Backend %r asks its primary: %s", self.alias, exc)
                self._trust.rest()
        return truth._answer(asked)

    def _may_ask_mirror(self, asked: Any) -> bool:
        """Not about policy, nor about what this writer has just written."""
        return (
            self.reads == "mirror"
            and asked.relation not in POLICY
            and getattr(asked, "state", ACTIVE) == ACTIVE
            and self._role.is_started is True
            and self._trust.is_allowed()
            and not self.sides.journal.is_in_transaction
        )

    _contains = _lookup = _page = _pages = _common = _common_count = _counts = _read
    _states = _edges = _scan = _through

    # Around

    @property
    def system(self) -> str:
        has_moved = self._role.name not in (OPEN, CLOSED)
        return self.mirror.system if has_moved else self.primary.system

    def _fail(self, error: Exception) -> NoReturn:
        self.primary._fail(error)

    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]:
        return self.truth._sweep(resume, mend=mend)

    def unbarred(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        return self.truth.unbarred(barred, blocks)

    def bar_again(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        cut = self.truth.bar_again(barred, blocks)
        if self._role.is_started:
            self._settle_on_commit(None, None)
        return cut

    def clear(self) -> None:
        """Remove all edges of both sides."""
        self.truth.clear()
        if self._role.is_started and self._role.name == OPEN:
            self.primary.when_final(self.pinned()._refill)

    def _refill(self) -> None:
        try:
            for _ in rebuild(self.sides):
                pass
        except SequereError as exc:
            logger.warning("Backend %r could not be rebuilt: %s", self.alias, exc)
            self._trust.doubt()

    def atomic(self) -> AbstractContextManager[Any]:
        return self.truth.atomic()

    def atomically(self, work: Callable[[], T]) -> T:
        return self.truth.atomically(work)

    def shares_transaction(self, using: str) -> bool:
        return self.truth.shares_transaction(using)

    def when_final(self, callback: Callable[[], Any]) -> None:
        self.truth.when_final(callback)

    def pinned(self) -> Self:
        later = copy.copy(self)
        later.primary, later.mirror = self.primary.pinned(), self.mirror.pinned()
        later._own = None
        return later

    def graph(
        self, relation: str, registration: Registration, using: str
    ) -> Graph | None:
        return self.truth.graph(relation, registration, using)

    def stored_bytes(self) -> int | None:
        return self.truth.stored_bytes()

    def check(self, *, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
        return check_mirror(self.alias, self.sides.journal, databases=databases)
