from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from sequere import api

SECONDS = 30


class Gate:
    """Where follows stop in the server, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.arrived = 0
        self._opened = Event()
        self._follow = api.follow
        monkeypatch.setattr(api, "follow", self._pass)

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *exc: object) -> None:
        self.open()

    def open(self) -> None:
        self._opened.set()

    def _pass(self, *ends: Any) -> bool:
        self.arrived += 1
        self._opened.wait(SECONDS)
        return self._follow(*ends)
