"""A panel for django-debug-toolbar that shows the backend calls of a request."""

from __future__ import annotations

try:
    from sequere.contrib.debug_toolbar.panels import SequerePanel
except ModuleNotFoundError as exc:
    if exc.name is None or exc.name.partition(".")[0] != "debug_toolbar":
        raise
    raise ImportError(
        "SequerePanel needs the toolbar: pip install 'django-sequere[debug-toolbar]'"
    ) from exc

__all__ = ["SequerePanel"]
