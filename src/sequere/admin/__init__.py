"""All edges in the admin, and the follows of an object on its own page there."""

from __future__ import annotations

from sequere.admin.edges import EdgeAdmin
from sequere.admin.mixin import FollowAdminMixin

__all__ = ["EdgeAdmin", "FollowAdminMixin"]
