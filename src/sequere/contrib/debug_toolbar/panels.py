from __future__ import annotations

from typing import Any

from debug_toolbar.panels import Panel
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sequere.contrib.debug_toolbar.advice import find_loops
from sequere.contrib.debug_toolbar.recording import Row, record, recorded
from sequere.observing import add_observer


class SequerePanel(Panel):
    """Shows the backend calls of a request in order, and loops that should be one call.

    The panel sees all backends that get_backend() returns. It does not see calls in
    threads that the request starts, or calls after the response has been returned.
    """

    is_async = True
    title = nav_title = _("Follows")
    template = "sequere/debug_toolbar.html"

    @classmethod
    def ready(cls) -> None:
        add_observer(record)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: list[Row] = []

    @property
    def nav_subtitle(self) -> str:
        stats = self.get_stats()  # type: ignore[no-untyped-call]
        count, loops = len(stats.get("calls", ())), len(stats.get("loops", ()))
        text = ngettext(
            "%(count)d call in %(time).1f ms", "%(count)d calls in %(time).1f ms", count
        ) % {"count": count, "time": stats.get("milliseconds", 0)}
        if not loops:
            return text
        more = ngettext("%(count)d loop", "%(count)d loops", loops) % {"count": loops}
        return f"{text}, {more}"

    def enable_instrumentation(self) -> None:
        recorded.set(self.calls)

    def disable_instrumentation(self) -> None:
        recorded.set(None)

    def generate_stats(self, request: HttpRequest, response: HttpResponse) -> None:
        # The toolbar stores these values as JSON.
        self.record_stats(  # type: ignore[no-untyped-call]
            {
                "calls": [as_json(row) for row in self.calls],
                "loops": [loop._asdict() for loop in find_loops(self.calls)],
                "milliseconds": sum(row.milliseconds for row in self.calls),
            }
        )


def as_json(row: Row) -> dict[str, Any]:
    return {
        "method": row.method,
        "alias": row.alias,
        "relation": row.relation,
        "arguments": row.arguments,
        "milliseconds": row.milliseconds,
        "results": row.results,
        "error": row.error,
        "place": str(row.place),
    }
