"""All edges of one store, put into another one, exactly as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from sequere.exceptions import InvalidCursor
from sequere.verifying.comparing import Comparison, Difference, compare, look, scan
from sequere.verifying.exact import Backend, Slot, remove, write
from sequere.verifying.looking import steady

COPY, COMPARE = "copy", "compare"
#: How often the sides are compared, as long as something is left to mend.
ROUNDS = 3


class Copied(NamedTuple):
    """A step of copy()."""

    edges: int
    #: Slots that were not alike when the sides were compared, and are now.
    mended: int
    #: Slots that the store does not let be alike, and why they are not.
    left: dict[Slot, Difference]
    #: Give it as `resume` to go on behind this step. None if this was the last.
    resume: str | None
    part: str


def copy(
    source: Backend, target: Backend, *, resume: str | None = None
) -> Iterator[Copied]:
    """Let `target` hold the edges of `source`, and nothing else.

    Everything is written once. Then both are compared, and what differs is mended: so
    the copy is finished, whatever was written to `source` meanwhile, if the end of it
    was not written to while they were compared. Raise InvalidCursor for an unknown
    `resume`.
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
                # The next round tries again.
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
