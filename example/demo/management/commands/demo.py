from __future__ import annotations

import os
import signal
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from demo import graph
from demo.errors import NoServer
from demo.models import Import
from demo.server import PortTaken, Server
from sequere.exceptions import BackendError


class Command(BaseCommand):
    help = "Serve the example site. The first start imports its follows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000)

    def handle(self, *, port: int, **options: Any) -> None:
        # Both stop the site. A background job would otherwise ignore SIGINT.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        self.check_folder()
        try:
            server = Server(port)
        except PortTaken as exc:
            raise CommandError(str(exc)) from exc
        try:
            with server, self.store():
                self.prepare()
                self.serve(server)
        except (NoServer, BackendError) as exc:
            raise CommandError(str(exc)) from exc

    def check_folder(self) -> None:
        path = settings.DATABASE
        places = (path.parent, path) if path.exists() else (path.parent,)
        if not all(os.access(place, os.W_OK) for place in places):
            raise CommandError(
                f"The database {path} cannot be written. Choose another place for it: "
                "make demo DEMO_DATABASE=/tmp/demo.sqlite3"
            )

    def store(self) -> AbstractContextManager[None]:
        if settings.BACKEND != "redis" or settings.HAS_OWN_REDIS:
            return nullcontext()
        # The import is not at the top, because other backends work without redis-py.
        from demo import redis

        return redis.running(settings.REDIS_URL, settings.REDIS_FOLDER)

    def prepare(self) -> None:
        if not settings.DATABASE.exists():
            self.say(f"The database is created in {settings.DATABASE}.")
        call_command("migrate", interactive=False, verbosity=0)
        if not graph.is_pending():
            return
        try:
            self.say("The import of the follows takes about half a minute, only once.")
            graph.load()
        except KeyboardInterrupt:
            done = Import.objects.values_list("rows", flat=True).first() or 0
            self.say(f"Stopped after {done:,} follows. The next start goes on there.")
            raise

    def serve(self, server: Server) -> None:
        server.open()
        try:
            self.say(f"The example site is at {server.url} (Ctrl-C stops it)")
            server.serve_forever()
        except KeyboardInterrupt:
            self.say("\nStopped.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def port_number(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a port: a number from 0 to 65535")
