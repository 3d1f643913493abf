"""The cost of a page, for the line at its foot."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase

NAMES = {"sqlite": "SQLite", "redis": "Redis"}


@dataclass(slots=True)
class Cost:
    #: Queries of the database, and round trips to Redis.
    queries: int = 0
    trips: int = 0
    begun: float = field(default_factory=perf_counter)

    @property
    def milliseconds(self) -> float:
        """The time so far. The foot of a page is written last."""
        return 1000 * (perf_counter() - self.begun)

    def count_query(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.queries += 1
        return execute(*arguments)


current: ContextVar[Cost | None] = ContextVar("cost", default=None)


def middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    def measure(request: HttpRequest) -> HttpResponseBase:
        cost = Cost()
        token = current.set(cost)
        try:
            with connection.execute_wrapper(cost.count_query):
                return get_response(request)
        finally:
            current.reset(token)

    return measure


def context(request: HttpRequest) -> dict[str, Any]:
    return {
        "cost": current.get(),
        "engine": NAMES[settings.BACKEND],
        "other_backends": [name for name in NAMES if name != settings.BACKEND],
    }


def count_trip() -> None:
    if cost := current.get():
        cost.trips += 1
