"""Fill a mirror from its primary, and repair it, while others write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sequere.backends.mirror.marks import OPEN, Mark
from sequere.backends.mirror.redis_mirror import superseded
from sequere.backends.mirror.settling import Sides, check_role, settle
from sequere.exceptions import InvalidCursor
from sequere.questions import Scan
from sequere.verifying.comparing import Comparison, compare, look
from sequere.verifying.exact import Slot, slot_of

BATCH_SIZE = 500


class Step(NamedTuple):
    """A step of rebuild() or repair()."""

    edges: int
    #: Slots that differed and were settled, for repair().
    mended: int
    #: Pass it as `resume` to go on after this step. None if this step was the last.
    resume: str | None


def rebuild(sides: Sides, resume: str | None = None) -> Iterator[Step]:
    """Empty the mirror, and settle every edge of the primary. Then the mirror is ready.

    Intents go on being written and settled meanwhile. `resume` goes on after a step of
    an earlier rebuild, unless another one began. Raise NotReady if another rebuild
    begins, or the server is restarted, and InvalidCursor for an unknown `resume`.
    """
    journal, mirror = sides
    check_role(sides, OPEN, "rebuild")
    mark, place = parse(sides, resume)
    if resume is None:
        mark, last = journal.begin(mirror.servers())
        mirror.begin(mark.generation)
        # The scan reads the truth of these slots, and the mirror is empty.
        journal.delete_until(last)
    while True:
        edges, place = journal.primary.ask(Scan(place, limit=BATCH_SIZE))
        settle_or_note(sides, map(slot_of, edges))
        if place is None:
            break
        yield Step(len(edges), 0, f"{mark.generation}:{place}")
    mirror.finish(mark.generation)
    yield Step(len(edges), 0, None)


def parse(sides: Sides, resume: str | None) -> tuple[Mark, str | None]:
    """Return the mark that `resume` names, and the place in the primary."""
    mark = sides.journal.mark()
    if resume is None:
        return mark, None
    generation, colon, place = resume.partition(":")
    if not (colon and place and generation.isdecimal()):
        raise InvalidCursor(f"{resume!r} is not the `resume` of an earlier step.")
    if int(generation) != mark.generation:
        raise superseded(sides.mirror.backend.alias)
    return mark, place


def repair(sides: Sides, resume: str | None = None) -> Iterator[Step]:
    """Compare both sides, and settle the slots that differ, except for those that
    have an intent. Raise NotReady if the mirror must be rebuilt.
    """
    for step in damage(sides, resume):
        settle_or_note(sides, step.differences)
        yield Step(step.edges, len(step.differences), step.resume)


def damage(sides: Sides, resume: str | None = None) -> Iterator[Comparison]:
    """compare() both sides, but omit slots that have an intent: drain() will settle
    them.
    """
    journal, mirror = sides
    for step in compare(journal.primary, mirror.backend, resume=resume):
        found = step.differences
        noted = journal.ids(found)
        # Whoever deleted an intent before this look has settled its slot.
        now = look(journal.primary, mirror.backend, found.keys() - noted.keys())
        kept = {slot: each for slot, each in now.items() if each == found[slot]}
        yield step._replace(differences=kept)


def settle_or_note(sides: Sides, slots: Iterable[Slot]) -> None:
    """Settle `slots`. Write intents for slots that others settle again and again."""
    sides.journal.note(settle(sides, set(slots)))
