from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias, TypeVar

from asgiref.sync import sync_to_async
from django.core.checks import CheckMessage

from sequere.announcing import aannounce, announce
from sequere.backends import derived
from sequere.exceptions import NotSupported
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

#: What a hook returns: the answer, or a plan that does.
Answer: TypeAlias = T | Plan[T]


class Recorder(Protocol):
    """What is told of each question at the doors, such as the debug toolbar."""

    def record(
        self, backend: BaseBackend, question: Question[Any], asynchronous: bool
    ) -> AbstractContextManager[Callable[[Any], None]]:
        """Surround an answer, and be called with it."""


#: Records the questions of a context: of a thread, or of an asyncio task and the tasks
#: that it starts.
recorder: ContextVar[Recorder | None] = ContextVar("sequere_recorder", default=None)


class BaseBackend(ABC):
    """A store of edges.

    Every question goes through one of two doors, ask() and aask(): it is cleaned,
    answered by the hook that it names, and announced if it changed something. Hooks
    get clean questions only. A backend implements the abstract hooks, and overrides
    the derived ones where its store can do better.

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

    # Can it hold requests, blocks and levels?
    supports_policy = False

    # Does aask() await a driver of the store's own? Otherwise it works in a thread.
    supports_async = False

    # Can its edges be joined to the site's own tables, in one query?
    supports_querysets = False

    # May it serve a site in production?
    supports_production = True

    def __init__(self, alias: str) -> None:
        self.alias = alias

    # The doors

    def ask(self, question: Question[T]) -> T:
        """The answer to `question`.

        Raise InvalidEdge, SelfFollow or UnknownRelation for values that cannot be
        stored, with nothing stored. See each question for its answer and its cost.
        """
        if (records := recorder.get()) is None:
            clean, answer = self._asked(question)
        else:
            with records.record(self, question, asynchronous=False) as tell:
                clean, answer = self._asked(question)
                tell(answer)
        if isinstance(clean, Change):
            announce(self, [*clean.effects(answer)])
        return answer

    def ask_quietly(self, question: Question[T]) -> T:
        """ask(), and send no signal: for edges that are moved, not made or removed."""
        return self._asked(question)[1]

    async def aask(self, question: Question[T]) -> T:
        """See ask()."""
        if (records := recorder.get()) is None:
            clean, answer = await self._aasked(question)
        else:
            with records.record(self, question, asynchronous=True) as tell:
                clean, answer = await self._aasked(question)
                tell(answer)
        if isinstance(clean, Change):
            await aannounce(self, [*clean.effects(answer)])
        return answer

    def _asked(self, question: Question[T]) -> tuple[Question[T], T]:
        clean = question.cleaned()
        if not clean:
            return clean, clean.nothing()
        return clean, clean.completed(self._answer(clean))

    async def _aasked(self, question: Question[T]) -> tuple[Question[T], T]:
        if not self.supports_async:
            return await sync_to_async(self._asked)(question)
        clean = question.cleaned()
        if not clean:
            return clean, clean.nothing()
        return clean, clean.completed(await self._aanswer(clean))

    def _answer(self, question: Question[T]) -> T:
        """What the hook returns, or what its plan does."""
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
        """Answer what the plan of a hook yields: questions, or steps of the store."""
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

    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]:
        """The steps of verify() or repair() that look at what only this store keeps,
        such as counts. Each `resume` is text of the store's own.
        """
        return iter(())

    # Around

    def scan(self) -> Iterator[list[Edge]]:
        """All edges of all relations and states, by the answers of one whole Scan."""
        edges, place = self.ask(Scan())
        yield edges
        while place is not None:
            edges, place = self.ask(Scan(place))
            yield edges

    def unbarred(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        """The `blocks` whose bars are missing, where the store keeps bars of blocks."""
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
        """Remove all edges of this backend, and nothing else. Announces nothing."""
        for edges in self.scan():
            for question in derived.removal(edges, "cleared"):
                self._answer(question)

    def atomic(self) -> AbstractContextManager[Any]:
        """All writes inside happen or none, where the backend has transactions."""
        return nullcontext()

    def atomically(self, work: Callable[[], T]) -> T:
        """`work()` in atomic(). It may be called again, where the backend retries."""
        with self.atomic():
            return work()

    def shares_transaction(self, using: str) -> bool:
        """Does a write made now commit and roll back with the database `using`?"""
        return False

    def when_final(self, callback: Callable[[], Any]) -> None:
        """Call `callback` once the writes made so far cannot be rolled back."""
        callback()

    def pinned(self) -> Self:
        """This backend as it is now, for a question that is asked later."""
        return self

    def graph(
        self, relation: str, registration: Registration, using: str
    ) -> Graph | None:
        """What querysets of a registered model join, if edges are in `using`."""
        return None

    def stored_bytes(self) -> int | None:
        """The bytes that the store takes for its edges, with all indexes and counts;
        None if it cannot tell.
        """
        return None

    def verify(self, *, resume: str | None = None) -> Iterator[Progress]:
        """Look for what should not be stored, step by step, and change nothing.

        Stop or sleep between the steps as you like; `resume` goes on behind a step of
        an earlier run. Others may write meanwhile: what they are writing is looked at
        again, and is no problem. Raise InvalidCursor for an unknown `resume`.
        """
        return sweep(self.pinned(), resume, mend=False)

    def repair(self, *, resume: str | None = None) -> Iterator[Progress]:
        """verify(), and mend each problem at once."""
        return sweep(self.pinned(), resume, mend=True)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this backend; `databases` are those being checked."""
        return []

    def _lacks(self, flag: str, what: str) -> NotSupported:
        return NotSupported(
            f"Backend {self.alias!r}: {type(self).__name__} {what} ({flag} is False)."
        )
