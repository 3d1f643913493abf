"""Viewers: a viewer is a resource or an anonymous visitor."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from django.db.models import Model

from sequere.registration import Audience, Resource, registry
from sequere.types import Ref


class Anonymous(Protocol):
    """A visitor who is not logged in, such as AnonymousUser."""

    @property
    def is_anonymous(self) -> bool: ...


Viewer: TypeAlias = Resource | Anonymous | None


def viewer_ref(viewer: Any) -> Ref | None:
    """Return the ref of a viewer, or None for an anonymous visitor."""
    return None if is_anonymous(viewer) else registry.ref(viewer)


def audience_of(viewer: Any) -> Audience:
    """Return the audience of a single viewer. Raise the registry's errors."""
    if is_anonymous(viewer):
        return Audience(None)
    registry.ref(viewer)
    return Audience(viewer)


def is_anonymous(viewer: Any) -> bool:
    if viewer is None:
        return True
    # A model may have a field of this name with another meaning.
    return (
        not isinstance(viewer, Model) and getattr(viewer, "is_anonymous", False) is True
    )
