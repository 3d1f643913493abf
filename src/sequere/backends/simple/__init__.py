from __future__ import annotations

from sequere.backends.simple.backend import SimpleBackend

__all__ = ["SimpleBackend"]
