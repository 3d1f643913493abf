"""The steps of verify() and repair(), for every backend."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from functools import partial
from typing import Protocol

from sequere.exceptions import BackendError, BackendUnavailable, InvalidCursor
from sequere.questions import Scan
from sequere.types import Edge, Problem, Progress
from sequere.verifying import exact, findings
from sequere.verifying.exact import slot_of, there
from sequere.verifying.findings import FINDINGS, Doubt, Finding
from sequere.verifying.looking import steady

#: The parts of a sweep: first the structures of this store, and then all edges.
STORE, EDGES = "store", "edges"
BATCH_SIZE = 1000
#: The number of problems that are remembered, so that each is reported once.
REMEMBERED = 10_000

UNREADABLE = "the edges could not be read to the end: {}"


class Backend(exact.Backend, Protocol):
    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]: ...


def sweep(backend: Backend, resume: str | None, *, mend: bool) -> Iterator[Progress]:
    part, place = parse(resume)
    if part == STORE:
        yield from sweep_store(backend, place, mend=mend)
        place = None
    yield from sweep_edges(backend, place, mend=mend)


def parse(resume: str | None) -> tuple[str, str | None]:
    """Return the part that `resume` names, and the place in it."""
    if resume is None:
        return STORE, None
    part, colon, place = resume.partition(":")
    if part not in (STORE, EDGES) or not colon:
        raise InvalidCursor(f"{resume!r} is not the `resume` of an earlier step.")
    return part, place or None


def sweep_store(
    backend: Backend, place: str | None, *, mend: bool
) -> Iterator[Progress]:
    for step in backend._sweep(place, mend=mend):
        after = f"{EDGES}:" if step.resume is None else f"{STORE}:{step.resume}"
        yield step._replace(resume=after, part=STORE)


def sweep_edges(
    backend: Backend, place: str | None, *, mend: bool
) -> Iterator[Progress]:
    seen: set[Problem] = set()
    while True:
        try:
            edges, place = backend.ask(Scan(place, limit=BATCH_SIZE))
        except BackendUnavailable:
            raise
        except BackendError as exc:
            # verify() reports this damage, and does not change it.
            problem = Problem(backend.alias, UNREADABLE.format(exc), by_hand=True)
            yield Progress(0, [problem], None)
            return
        new = [each for each in examine(backend, edges, mend=mend) if each not in seen]
        if len(seen) > REMEMBERED:
            seen.clear()
        seen.update(new)
        yield Progress(len(edges), new, None if place is None else f"{EDGES}:{place}")
        if place is None:
            return


def examine(backend: Backend, edges: Sequence[Edge], *, mend: bool) -> list[Problem]:
    """Return the problems of `edges`, and repair them if `mend` is set."""
    problems = [*findings.undeclared(edges), *findings.unregistered(edges)]
    for finding in FINDINGS:
        doubts = finding.find(backend, edges)
        doubts = steady(partial(look, backend, finding, doubts), doubts)
        problems += [doubt.problem for doubt in doubts.values()]
        if mend and doubts:
            finding.mend(backend, doubts)
    return problems


def look(
    backend: Backend,
    finding: Finding,
    doubts: dict[Hashable, Doubt],
    keys: Collection[Hashable],
) -> dict[Hashable, Doubt]:
    """Run `finding` again on the edges of these doubts that still exist."""
    slots = {slot_of(edge) for key in keys for edge in doubts[key].edges}
    return finding.find(backend, list(there(backend, slots).values()))
