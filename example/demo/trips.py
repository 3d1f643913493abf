"""A Redis client that counts its round trips, for the option client_class."""

from __future__ import annotations

from typing import Any

from redis import Redis

from demo.cost import count_trip


class Client(Redis):
    def execute_command(self, *args: Any, **options: Any) -> Any:
        count_trip()
        execute: Any = super().execute_command
        return execute(*args, **options)

    def pipeline(self, *args: Any, **options: Any) -> Any:
        # Its commands make one round trip.
        count_trip()
        return super().pipeline(*args, **options)
