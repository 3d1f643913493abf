from __future__ import annotations

from sequere.lists.resources import M, ResourceList

__all__ = ["M", "ResourceList"]
