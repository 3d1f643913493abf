from __future__ import annotations

from collections.abc import Sequence

from sequere.declaration import BLOCK as NAME
from sequere.exceptions import InvalidEdge
from sequere.plans import Plan
from sequere.questions import Block, Question, Unblock
from sequere.relations.relation import Relation
from sequere.types import Attempt, Blocked, Edge, Pair


class BlockRelation(Relation):
    """The relation whose edges bar others. BLOCK is its only instance.

    A block cuts every edge between its two ends, in both directions and in all
    relations that are declared as `barred`, including requests and archived edges.
    Until the block is removed, no such edge is stored. The edges that it cut do not
    come back.

    Blocks have no level, cannot be archived, and need no approval.
    """

    def _stored(self, edge: Edge) -> Plan[Attempt | None]:
        blocks = (yield from self._blocked([edge])).blocks
        return Attempt.NEW if blocks else None

    def _stored_many(self, edges: list[Edge]) -> Plan[list[Edge]]:
        return (yield from self._blocked(edges)).blocks

    def _blocked(self, edges: list[Edge]) -> Plan[Blocked]:
        for edge in edges:
            if edge.level:
                raise InvalidEdge(f"A block has no level: {edge.level!r}.")
        return (yield from Block(edges))

    def _removed_pairs(self, pairs: Sequence[Pair]) -> Question[list[Edge]]:
        return Unblock(pairs)


#: `BLOCK.add(source, target)` is block(source, target).
BLOCK = BlockRelation(NAME)
