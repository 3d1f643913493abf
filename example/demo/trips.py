"""A client of Redis that counts its round trips: see the option client_class."""

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
        # Its commands are sent together.
        count_trip()
        return super().pipeline(*args, **options)
