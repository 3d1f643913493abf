"""Admin pages of all edges, and a panel of follows on the page of an object."""

from __future__ import annotations

from sequere.admin.edges import EdgeAdmin
from sequere.admin.mixin import FollowAdminMixin

__all__ = ["EdgeAdmin", "FollowAdminMixin"]
