"""The whole demo with the real file, as a visitor sees it."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from django.conf import settings

MANAGE = settings.EXAMPLE / "manage.py"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
SUMMARY = re.compile("<strong>([0-9,]+)</strong>")
COUNTS = re.compile(r'data-tab="\w+"><strong>([0-9,]+)</strong>')
# The popular account follows the quiet one, which follows nobody.
POPULAR, QUIET = "/account/1995/", "/account/19496/"
START_SECONDS = 10


class Demo:
    def __init__(self, folder: str, port: int = 0) -> None:
        self.database = Path(folder, "demo.sqlite3")
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", MANAGE, "demo", f"--port={port}"],
            env=os.environ | {"DEMO_DATABASE": str(self.database)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_url(self) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                return found[0]
        raise AssertionError(self.end())

    def wait_for_rows(self, more_than: int) -> None:
        while self.rows() <= more_than:
            assert self.process.poll() is None, self.end()
            time.sleep(0.05)

    def rows(self) -> int:
        """Return how far the import has come, as another process sees it."""
        if not self.database.exists():
            return 0
        with closing(sqlite3.connect(self.database)) as connection:
            try:
                query = "SELECT rows FROM demo_import"
                return int((connection.execute(query).fetchone() or [0])[0])
            except sqlite3.OperationalError:
                return 0

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


class Visitor:
    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        with self.opener.open(self.url + path, timeout=10) as response:
            return str(response.read().decode())

    def post(self, path: str, page: str) -> str:
        """Send the form of `page` whose action is `path`."""
        token = TOKEN.search(self.get(page))
        assert token
        data = {"csrfmiddlewaretoken": token[1], "next": page}
        body = urlencode(data).encode()
        with self.opener.open(self.url + path, body, timeout=10) as response:
            return str(response.read().decode())


@contextmanager
def demo(folder: str, port: int = 0) -> Iterator[Demo]:
    running = Demo(folder, port)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


class DemoTest(TestCase):
    def test_from_an_interrupted_import_to_a_second_visit(self) -> None:
        with TemporaryDirectory() as folder:
            self.kill_import(folder)
            self.interrupt_import(folder)
            self.finish_and_follow(folder)
            self.start_again(folder)

    def test_port_in_use(self) -> None:
        with TemporaryDirectory() as folder, socket.create_server(("", 0)) as taken:
            port = taken.getsockname()[1]
            with demo(folder, port) as it:
                it.process.wait(START_SECONDS)
                status, out, err = it.end()
            self.assertEqual((status, out), (1, ""))
            self.assertIn(f"Port {port} is in use.", err)
            self.assertEqual(err.count("\n"), 1)
            self.assertFalse(it.database.exists())

    def kill_import(self, folder: str) -> None:
        with demo(folder) as it:
            it.wait_for_rows(more_than=0)
            it.end(signal.SIGKILL)

    def interrupt_import(self, folder: str) -> None:
        with demo(folder) as it:
            it.wait_for_rows(more_than=it.rows())
            status, out, err = it.end()
        self.assertEqual(status, 130)
        self.assertIn("The next start goes on there.", out)
        self.assertNotIn("Traceback", err)

    def finish_and_follow(self, folder: str) -> None:
        with demo(folder) as it:
            visitor = Visitor(it.wait_for_url())
            self.assertEqual(SUMMARY.findall(visitor.get("/")), ["29,827", "215,216"])
            self.assertEqual(
                COUNTS.findall(visitor.get(POPULAR)), ["443", "687", "170"]
            )
            self.assertIn("--accent", visitor.get("/static/demo/style.css"))
            self.assertIn('id="follows">215,216<', visitor.get("/graph/"))
            visitor.post(f"{QUIET}act/", QUIET)
            page = visitor.post("/follows/follow/account/1995", POPULAR)
            self.assertEqual(COUNTS.findall(page), ["444", "687", "171"])
            self.assertEqual(it.end()[0], 0)

    def start_again(self, folder: str) -> None:
        begun = time.monotonic()
        with demo(folder) as it:
            visitor = Visitor(it.wait_for_url())
            self.assertLess(time.monotonic() - begun, START_SECONDS)
            page = visitor.get(POPULAR)
            self.assertEqual(COUNTS.findall(page), ["444", "687", "171"])
            status, out, err = it.end()
        self.assertEqual((status, out.strip(), err), (0, "Stopped.", ""))
