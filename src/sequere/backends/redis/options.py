"""Clean the OPTIONS of a backend.

No message shows a location or the client's options: any part of them may contain a
password, above all a part that cannot be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from sequere.backends.redis.addresses import Address
from sequere.backends.redis.pools import imported
from sequere.exceptions import InvalidBackend

Prefix: TypeAlias = str | Callable[[], str]

PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
SCHEMES = "redis", "rediss", "unix"


def clean_locations(alias: str, location: Any, *, cluster: bool) -> tuple[Address, ...]:
    """Accept the forms of Django's caches: a URL, comma-separated URLs, or a list."""
    found = location
    if isinstance(location, str):
        found = [url.strip() for url in re.split("[;,]", location)]
    if not isinstance(found, (list, tuple)) or not found:
        is_list = isinstance(found, (list, tuple))
        wrong = "is empty" if is_list else is_a(found)
        raise InvalidBackend(
            f"Backend {alias!r}: the option 'location' {wrong}; it takes a URL like "
            "redis://host:6379/0, or a list of URLs."
        )
    # The servers of a cluster name each other by host and port.
    schemes = SCHEMES[:2] if cluster else SCHEMES
    for number, url in enumerate(found, 1):
        if fault := fault_of(url, schemes):
            raise InvalidBackend(
                f"Backend {alias!r}: URL {number} of {len(found)} in the option "
                f"'location' {fault}; it takes a URL like redis://host:6379/0."
            )
    return tuple(map(Address, found))


def fault_of(url: Any, schemes: Sequence[str]) -> str | None:
    """Return the fault of `url`, without any part of the URL."""
    if not isinstance(url, str):
        return is_a(url)
    if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        return f"does not begin with {' or '.join(f'{name}://' for name in schemes)}"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018
    except ValueError:
        return f"has a host or a port that cannot be read. {ENCODE}"
    if parts.scheme != "unix" and "@" in parts.path + parts.query + parts.fragment:
        return f"has an '@' after its host and port. {ENCODE}"
    return None


ENCODE = (
    "If a password has one of the characters '/', '?', '#', '@', ',' or ';', "
    "percent-encode it"
)


def is_a(value: Any) -> str:
    return f"is of the type {type(value).__name__}"


def clean_class(alias: str, option: str, found: str | type) -> str | type:
    try:
        imported(found)
    except ImportError as exc:
        raise invalid(alias, option, found, "a class or its dotted path") from exc
    return found


def clean_client_options(alias: str, found: Any) -> dict[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        raise InvalidBackend(
            f"Backend {alias!r}: the option 'client_options' {is_a(found)}; it takes "
            "a dict of names and values."
        )
    return dict(found)


def clean_prefix(alias: str, prefix: Any) -> str:
    if not isinstance(prefix, str) or not PREFIX.fullmatch(prefix):
        wanted = (
            "1 to 64 ASCII letters, digits, '_', '-', '.' or ':', or a function that "
            "returns them"
        )
        raise invalid(alias, "prefix", prefix, wanted)
    return prefix


def clean_integer(alias: str, option: str, number: Any, *, least: int = 0) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise invalid(alias, option, number, f"an integer, at least {least}")
    return number


def clean_seconds(alias: str, option: str, seconds: Any) -> float:
    # Less than a millisecond would become 0, which means forever to the server.
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not is_number or not 0.001 <= seconds <= 1_000_000:
        raise invalid(alias, option, seconds, "seconds, from 0.001 to 1,000,000")
    return float(seconds)


def invalid(alias: str, option: str, value: Any, wanted: str) -> InvalidBackend:
    return InvalidBackend(
        f"Backend {alias!r}: the option {option!r} is {value!r}; it takes {wanted}."
    )
