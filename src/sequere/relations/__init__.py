from __future__ import annotations

from sequere.relations.blocks import BLOCK
from sequere.relations.relation import FOLLOW, MUTE, Relation

__all__ = ["BLOCK", "FOLLOW", "MUTE", "Relation"]
