from __future__ import annotations

from sequere.relations.relation import FOLLOW, Relation

__all__ = ["FOLLOW", "Relation"]
