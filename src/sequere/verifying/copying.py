"""Copy all edges of one store exactly into another store."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from sequere.exceptions import InvalidCursor
from sequere.verifying.comparing import Comparison, Difference, compare, look, scan
from sequere.verifying.exact import Backend, Slot, remove, write
from sequere.verifying.looking import steady

COPY, COMPARE = "copy", "compare"
#: The number of comparisons of both sides while differences remain.
ROUNDS = 3


class Copied(NamedTuple):
    """A step of copy()."""

    edges: int
    #: The number of slots that differed in a comparison, and are equal now.
    mended: int
    #: The slots that the store does not let be equal, with their differences.
    left: dict[Slot, Difference]
    #: Pass it as `resume` to go on after this step. None if this step was the last.
    resume: str | None
    part: str


def copy(
    source: Backend, target: Backend, *, resume: str | None = None
) -> Iterator[Copied]:
    """Make `target` hold the edges of `source`, and no other edges.

    Everything is written once. Then both sides are compared, and the differences are
    repaired. So the copy is complete, whatever was written to `source` meanwhile,
    except for edges that were written during the last comparison. Raise InvalidCursor
    for an unknown `resume`.
    """
    part, begin = parse(resume)
    if part == COPY:
        for edges, place in scan(source, begin):
            write(target, edges)
            after = f"{COMPARE}:" if place is None else f"{COPY}:{place}"
            yield Copied(len(edges), 0, {}, after, COPY)
        begin = None
    for number in range(1, ROUNDS + 1):
        is_left = False
        for step in compare(source, target, resume=begin):
            copied = mend(source, target, step)
            is_left = is_left or bool(copied.left)
            if number < ROUNDS:
                # The next round tries these slots again.
                copied = copied._replace(left={})
            is_last = step.resume is None and (number == ROUNDS or not is_left)
            yield copied._replace(resume=None) if is_last else copied
        if not is_left:
            return
        begin = None


def parse(resume: str | None) -> tuple[str, str | None]:
    if resume is None:
        return COPY, None
    part, colon, place = resume.partition(":")
    if part not in (COPY, COMPARE) or not colon:
        raise InvalidCursor(f"{resume!r} is not the `resume` of an earlier step.")
    return part, place or None


def mend(source: Backend, target: Backend, step: Comparison) -> Copied:
    differences, left = step.differences, {}
    if differences:
        remove(target, [slot for slot, each in differences.items() if not each.one])
        write(target, [each.one for each in differences.values() if each.one])
        seen = partial(look, source, target)
        left = steady(seen, seen(differences))
    mended = len(differences) - len(left)
    after = f"{COMPARE}:{step.resume or ''}"
    return Copied(step.edges, mended, left, after, COMPARE)
