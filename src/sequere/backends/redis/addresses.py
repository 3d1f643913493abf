"""The URLs of servers, which may contain passwords."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


class Address(str):
    """The URL of a server. Its repr() hides the account, for logs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(public(self))

    def at(self, host: str, port: int) -> Address:
        """Return the same URL with another host and port."""
        parts = urlsplit(self)
        account, at_sign, _ = parts.netloc.rpartition("@")
        name = f"[{host}]" if ":" in host else host
        return Address(
            urlunsplit(parts._replace(netloc=f"{account}{at_sign}{name}:{port}"))
        )


def public(address: str) -> str:
    """Return host and port, or the path of a socket: the part that may be shown."""
    parts = urlsplit(address)
    return parts.netloc.rpartition("@")[2] or parts.path
