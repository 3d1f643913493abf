from __future__ import annotations

import time
from shlex import quote
from typing import Any

#: The seconds between two lines, and between two updates of the bar.
LINES = 10.0
DRAWINGS = 0.2
WIDTH = 30


class Progress:
    """The progress of a command: a bar on a terminal, and a line every ten seconds,
    with the place from which `--resume` goes on.

    Everything is written to `stream`, the stdout or stderr of a command. `verbosity` 0
    writes nothing; 2 and above write a line after each step.
    """

    def __init__(
        self,
        stream: Any,
        noun: str,
        *,
        verbosity: int = 1,
        pause: float = 0,
        place: str | None = None,
    ) -> None:
        self.stream = stream
        self.noun = noun
        self.verbosity = verbosity
        self.pause = pause
        #: The place at which the last finished step ended.
        self.place = place
        self.done = 0
        self._has_bar = bool(verbosity) and stream.isatty()
        self._drawn = 0
        self._began = self._last_line = time.monotonic()
        self._last_drawing = 0.0

    def step(
        self, count: int, *, place: str | None = None, fraction: float | None = None
    ) -> None:
        """Report that `count` more items are done, up to `place`. `fraction` is the
        finished part of the whole, from 0 to 1, if it is known.
        """
        self.done += count
        self.place = place
        moment = time.monotonic()
        if self.verbosity > 1 or moment - self._last_line >= LINES:
            self._last_line = moment
            self._write_line()
        if self._has_bar and moment - self._last_drawing >= DRAWINGS:
            self._last_drawing = moment
            self._draw(moment, fraction)
        if self.pause and place is not None:
            time.sleep(self.pause)

    def close(self) -> None:
        """Remove the bar from the terminal."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r", ending="")
            self._drawn = 0

    def _write_line(self) -> None:
        if self.verbosity:
            self.close()
            where = "" if self.place is None else f", --resume {quote(self.place)}"
            self._write(f"{self.done} {self.noun}{where}")

    def _draw(self, moment: float, fraction: float | None) -> None:
        rate = self.done / max(moment - self._began, DRAWINGS)
        text = f"{self.done} {self.noun}, {rate:.0f}/s"
        if fraction is not None:
            full = round(WIDTH * min(max(fraction, 0), 1))
            text = f"[{'=' * full:{WIDTH}}] {fraction:4.0%} {text}"
        self._write("\r" + text.ljust(self._drawn), ending="")
        self._drawn = len(text)

    def _write(self, text: str, ending: str = "\n") -> None:
        # stderr would add the style of errors.
        self.stream.write(text, style_func=str, ending=ending)
        self.stream.flush()
