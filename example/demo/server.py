from __future__ import annotations

import errno

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

HOST = "127.0.0.1"


class PortTaken(Exception):
    """The server cannot use the port. The message says why."""


class Server(ThreadedWSGIServer):
    """Takes its port at once, and refuses visitors until it is open."""

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), WSGIRequestHandler, bind_and_activate=False)
        try:
            self.server_bind()
        except OSError as exc:
            self.server_close()
            raise PortTaken(reason(exc, port)) from exc

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    def open(self) -> None:
        """Let visitors in."""
        self.server_activate()
        self.set_app(StaticFilesHandler(get_wsgi_application()))


def reason(exc: OSError, port: int) -> str:
    what = (
        "is in use"
        if exc.errno == errno.EADDRINUSE
        else f"cannot be used: {exc.strerror}"
    )
    return f"Port {port} {what}. Choose another: make demo PORT={port + 1}"
