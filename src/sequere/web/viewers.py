"""Finds the viewer: the instance in whose name a request acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from sequere.exceptions import InvalidViewer, LoginRequired, NotRegistered
from sequere.registration import registry

Finder: TypeAlias = Callable[[Any], Any]


def find_viewer(request: Any) -> Any:
    """Return the viewer of the request, or None. See SEQUERE_VIEWER."""
    return get_finder()(request)


def require_viewer(request: Any) -> Any:
    """Return the viewer. Raise LoginRequired if the visitor is not logged in, and
    PermissionDenied for a user who is logged in but whose model is not registered.
    """
    if (viewer := find_viewer(request)) is not None:
        return viewer
    if is_logged_in(request):
        raise PermissionDenied(_("Your account cannot follow anyone."))
    raise LoginRequired(_("Log in to follow."))


def get_finder() -> Finder:
    """Return the function that SEQUERE_VIEWER names. Raise InvalidViewer."""
    path = getattr(settings, "SEQUERE_VIEWER", None)
    if path is None:
        return logged_in_user
    try:
        finder: Finder = import_string(path)
    except (ImportError, AttributeError, TypeError) as exc:
        raise InvalidViewer(f"SEQUERE_VIEWER: {path!r} cannot be imported.") from exc
    if not callable(finder):
        raise InvalidViewer(f"SEQUERE_VIEWER: {path!r} cannot be called.")
    return finder


def logged_in_user(request: Any) -> Any:
    """Return the user, if the user is logged in and the user model is registered."""
    if not is_logged_in(request):
        return None
    try:
        registry.get_for_model(request.user.__class__)
    except NotRegistered:
        return None
    return request.user


def is_logged_in(request: Any) -> bool:
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))
