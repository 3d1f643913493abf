from __future__ import annotations

from threading import Event, Semaphore
from typing import Any

import pytest

from sequere import api
from sequere.types import Attempt

SECONDS = 30


class Gate:
    """A gate in the server: follows wait there until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.arrived = 0
        self._opened = Event()
        self._passed = Semaphore(0)
        self._follow = api.attempt_follow
        monkeypatch.setattr(api, "attempt_follow", self._pass)

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *exc: object) -> None:
        self.open()

    def open(self) -> None:
        self._opened.set()

    def open_and_wait(self, follows: int = 1) -> None:
        """Open the gate, and wait until this number of follows has passed. A page that
        was left cannot show this.
        """
        self.open()
        for _ in range(follows):
            assert self._passed.acquire(timeout=SECONDS), "A follow did not arrive."

    def _pass(self, *ends: Any) -> Attempt:
        self.arrived += 1
        self._opened.wait(SECONDS)
        try:
            return self._follow(*ends)
        finally:
            self._passed.release()
