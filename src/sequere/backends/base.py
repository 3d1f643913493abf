from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import GeneratorType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeAlias, TypeVar

from asgiref.sync import sync_to_async
from django.core.checks import CheckMessage

from sequere import observing
from sequere.announcing import aannounce, announce
from sequere.backends import derived
from sequere.exceptions import NotSupported
from sequere.observing import Call, Observed
from sequere.plans import Plan, adrive, drive
from sequere.questions import (
    Accept,
    Add,
    Archive,
    Block,
    Change,
    Common,
    CommonCount,
    Contains,
    Counts,
    Edges,
    Expire,
    Forget,
    Lookup,
    PageOf,
    PagesOf,
    Put,
    Question,
    Remove,
    Restore,
    Scan,
    SetLevel,
    States,
    Unblock,
)
from sequere.types import Blocked, Edge, FollowState, Pair, Progress, Ref
from sequere.verifying.sweeping import sweep

if TYPE_CHECKING:
    from sequere.backends.graph import Graph
    from sequere.registration import Registration

T = TypeVar("T")

#: A hook returns an answer, or a plan that returns the answer.
Answer: TypeAlias = T | Plan[T]


class BaseBackend(ABC):
    """A store of edges.

    Every question goes through one of two doors, ask() and aask(). The door cleans the
    question, answers it by the hook that it names, and announces any change. Hooks get
    clean questions only. A backend implements the abstract hooks, and overrides the
    derived hooks if its store can do better.

    A hook returns the answer, or is a plan: a generator that asks other questions by
    `yield from`, and returns the answer.

    A constructor takes the alias and its options as keywords, and connects to nothing:
    there is one instance for each thread and asyncio task.
    """

    # Do writes join the database transaction that surrounds them?
    supports_transactions = False

    # Is a follow refused when its source or target was deleted, even just now?
    supports_integrity = False

    # Can edges be archived and restored?
    supports_archive = False

    # Can the backend hold requests, blocks and levels?
    supports_policy = False

    # Does aask() await a driver of the store's own? Otherwise aask() uses a thread.
    supports_async = False

    # Can one query join the backend's edges to the site's own tables?
    supports_querysets = False

    # May the backend serve a site in production?
    supports_production = True

    #: The errors of a synchronous driver that _fail() turns into the package's own.
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    #: The aliases of the backends that this backend itself writes to.
    parts: Collection[str] = ()

    #: The settings that this backend is from: see BackendHandler.
    reading: object = None

    def __init__(self, alias: str) -> None:
        self.alias = alias

    # The doors

    def ask(self, question: Question[T]) -> T:
        """Return the answer to `question`.

        Raise InvalidEdge, SelfFollow or UnknownRelation for values that cannot be
        stored; nothing is stored then. See each question for its answer and its cost.
        """
        clean, answer = self._asked(question)
        if isinstance(clean, Change):
            announce(self, clean, answer)
        return answer

    def ask_quietly(self, question: Question[T]) -> T:
        """ask(), but send no signal: for edges that are moved, not made or removed."""
        return self._asked(question)[1]

    async def aask(self, question: Question[T]) -> T:
        """See ask()."""
        clean, answer = await self._aasked(question)
        if isinstance(clean, Change):
            await aannounce(self, clean, answer)
        return answer

    def _asked(self, question: Question[T]) -> tuple[Question[T], T]:
        if not observing.observers:
            return self._told(question)
        with Observed(Call(self, question)) as call:
            _, call.answer = found = self._told(question)
            return found

    async def _aasked(self, question: Question[T]) -> tuple[Question[T], T]:
        if not observing.observers:
            return await self._atold(question)
        with Observed(Call(self, question, asynchronous=True)) as call:
            _, call.answer = found = await self._atold(question)
            return found

    def _told(self, question: Question[T]) -> tuple[Question[T], T]:
        """Return the cleaned question and its answer."""
        clean = question.cleaned()
        if not clean:
            return clean, clean.nothing()
        try:
            return clean, clean.completed(self._answer(clean))
        except self.failures as exc:
            self._fail(exc)

    async def _atold(self, question: Question[T]) -> tuple[Question[T], T]:
        if not self.supports_async:
            return await sync_to_async(self._told)(question)
        clean = question.cleaned()
        if not clean:
            return clean, clean.nothing()
        return clean, clean.completed(await self._aanswer(clean))

    def _answer(self, question: Question[T]) -> T:
        """Return the answer of the hook, or of the hook's plan."""
        answer = getattr(self, question.hook)(question)
        if isinstance(answer, GeneratorType):
            answer = drive(answer, self._take)
        return answer  # type: ignore[no-any-return]

    async def _aanswer(self, question: Question[T]) -> T:
        answer = getattr(self, question.hook)(question)
        if isinstance(answer, GeneratorType):
            answer = await adrive(answer, self._atake)
        return answer  # type: ignore[no-any-return]

    def _take(self, step: Any) -> Any:
        """Answer a step of a hook's plan: a question, or a step of the store."""
        return step.completed(self._answer(step)) if step else step.nothing()

    async def _atake(self, step: Any) -> Any:
        return step.completed(await self._aanswer(step)) if step else step.nothing()

    # Hooks to implement

    @abstractmethod
    def _add(self, asked: Add) -> Answer[list[Edge]]: ...

    @abstractmethod
    def _remove(self, asked: Remove) -> Answer[list[Edge]]: ...

    @abstractmethod
    def _forget(self, asked: Forget) -> Answer[list[Edge]]: ...

    @abstractmethod
    def _lookup(self, asked: Lookup) -> Answer[dict[Ref, datetime]]: ...

    @abstractmethod
    def _page(self, asked: PageOf) -> Answer[list[Edge]]: ...

    @abstractmethod
    def _counts(self, asked: Counts) -> Answer[dict[Ref, int]]: ...

    @abstractmethod
    def _edges(self, asked: Edges) -> Answer[dict[Pair, Edge]]: ...

    @abstractmethod
    def _scan(self, asked: Scan) -> Answer[tuple[list[Edge], str | None]]: ...

    # Hooks to override where the store can do better

    def _contains(self, asked: Contains) -> Answer[bool]:
        return derived.contains(asked)

    def _states(self, asked: States) -> Answer[dict[Ref, FollowState]]:
        return derived.states(asked)

    def _pages(self, asked: PagesOf) -> Answer[dict[Ref, list[Edge]]]:
        return derived.pages(asked)

    def _common(self, asked: Common) -> Answer[list[Edge]]:
        return derived.common(asked)

    def _common_count(self, asked: CommonCount) -> Answer[int]:
        return derived.common_count(asked)

    def _archive(self, asked: Archive) -> Answer[list[Edge]]:
        raise self._lacks("supports_archive", "cannot archive edges")

    def _restore(self, asked: Restore) -> Answer[list[Edge]]:
        raise self._lacks("supports_archive", "cannot archive edges")

    def _accept(self, asked: Accept) -> Answer[list[Edge]]:
        raise self._lacks("supports_policy", "cannot hold requests")

    def _set_level(self, asked: SetLevel) -> Answer[list[Edge]]:
        raise self._lacks("supports_policy", "cannot change levels")

    def _block(self, asked: Block) -> Answer[Blocked]:
        raise self._lacks("supports_policy", "cannot hold blocks")

    def _unblock(self, asked: Unblock) -> Answer[list[Edge]]:
        raise self._lacks("supports_policy", "cannot hold blocks")

    def _put(self, asked: Put) -> Answer[list[Edge]]:
        return derived.put(asked)

    def _expire(self, asked: Expire) -> Answer[list[Edge]]:
        return derived.expire(asked)

    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]:
        """Yield the steps of verify() or repair() that look at the data of this store
        only, such as counts. The store defines the text of each `resume`.
        """
        return iter(())

    # Around

    @property
    def system(self) -> str:
        """The name of the store, as OpenTelemetry calls it, such as "postgresql"."""
        return type(self).__name__

    def scan(self) -> Iterator[list[Edge]]:
        """Yield all edges of all relations and states: the answers of a whole Scan."""
        edges, place = self.ask(Scan())
        yield edges
        while place is not None:
            edges, place = self.ask(Scan(place))
            yield edges

    def unbarred(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        """Return the `blocks` whose bars are missing, if the store keeps bars."""
        return []

    def bar_again(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        """Remove the edges beside `blocks`, and let the blocks bar again. Return the
        removed edges.
        """
        pairs = [Pair(block.source, block.target) for block in blocks]
        pairs += [Pair(target, source) for source, target in pairs]
        return [
            edge
            for relation in barred
            for edge in self.ask(Remove(relation, pairs, "blocked"))
        ]

    def clear(self) -> None:
        """Remove all edges of this backend, and nothing else. Send no signals."""
        for edges in self.scan():
            for question in derived.removal(edges, "cleared"):
                self._answer(question)

    def atomic(self) -> AbstractContextManager[Any]:
        """Make the writes inside atomic, if the backend has transactions."""
        return nullcontext()

    def atomically(self, work: Callable[[], T]) -> T:
        """Return `work()` called in atomic(). A backend that retries calls it again."""
        with self.atomic():
            return work()

    def shares_transaction(self, using: str) -> bool:
        """Does a write made now commit and roll back with the database `using`?"""
        return False

    def when_final(self, callback: Callable[[], Any]) -> None:
        """Call `callback` once the writes made so far cannot be rolled back."""
        callback()

    def pinned(self) -> Self:
        """Return this backend as it is now, for a question that is asked later."""
        return self

    def graph(
        self, relation: str, registration: Registration, using: str
    ) -> Graph | None:
        """Return the graph that querysets of a registered model join, if the edges are
        in the database `using`.
        """
        return None

    def stored_bytes(self) -> int | None:
        """Return the bytes that the store takes for its edges, with all indexes and
        counts, or None if the store cannot tell.
        """
        return None

    def verify(self, *, resume: str | None = None) -> Iterator[Progress]:
        """Look for stored data that is wrong, step by step, and change nothing.

        You may stop or sleep between the steps; `resume` continues behind a step of an
        earlier run. Other writers may go on: an edge that is being written is looked at
        again, and is not a problem. Raise InvalidCursor for an unknown `resume`.
        """
        return sweep(self.pinned(), resume, mend=False)

    def repair(self, *, resume: str | None = None) -> Iterator[Progress]:
        """Do as verify() does, and mend each problem at once."""
        return sweep(self.pinned(), resume, mend=True)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Run the system checks of this backend for the databases in `databases`."""
        return []

    def _fail(self, error: Exception) -> NoReturn:
        """Raise a BackendError for one of `failures`."""
        raise error

    def _lacks(self, flag: str, what: str) -> NotSupported:
        return NotSupported(
            f"Backend {self.alias!r}: {type(self).__name__} {what} ({flag} is False)."
        )
