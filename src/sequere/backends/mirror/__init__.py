from __future__ import annotations

from sequere.backends.mirror.backend import MirrorBackend

__all__ = ["MirrorBackend"]
