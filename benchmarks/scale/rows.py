from __future__ import annotations

from benchmarks.scale.reads import GROWING, READS, Row
from benchmarks.scale.writes import WRITES

ROWS: dict[str, Row] = {**READS, **WRITES, **GROWING}

__all__ = ["GROWING", "ROWS"]
