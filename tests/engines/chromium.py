"""A browser, for the tests that look at pages as visitors do."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.base import Engine, Server, Unavailable

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


class Chromium(Engine):
    name = "chromium"
    tests = ("--ds=tests.browser.settings", "tests/browser")
    is_store = False

    def version(self) -> str:
        command = [str(find_chromium()), "--version"]
        # On Debian, chromium is a shell script that prints other lines too.
        output = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL)
        found = re.search(r"(Chrom\w+) (\d+)\.", output)
        return f"{found[1]} {found[2]}" if found else "Chromium of unknown version"

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        # The tests start the browser themselves, with a new profile for each visitor.
        yield Server()


def find_chromium() -> Path:
    for program in PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    raise Unavailable("chromium not found, apt-get install chromium")
