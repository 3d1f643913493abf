"""Warn of N+1 loops while DEBUG is on.

The module remembers places in code and refs, up to a limit, and never instances. They
are kept in a context variable: for a thread, or for an asyncio task and the tasks that
it starts.
"""

from __future__ import annotations

import sys
import warnings
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from types import FrameType
from typing import Any, NamedTuple

from django.conf import settings
from django.core.signals import request_finished, request_started

from sequere.exceptions import LoopWarning
from sequere.registration import Resource, registry
from sequere.types import Ref

#: This many calls about different resources count as a loop.
CALLS = 10
#: Outside of requests, the calls count within this many seconds.
SECONDS = 1.0
#: The maximal number of places that are remembered, in a context and as warned of.
PLACES = 1000

TAG = "with_follow_state"
#: The verbs of follows that answer for many resources at once.
CURES = {
    "is_following": ("follow_states", TAG),
    "get_followers_count": ("get_followers_counts", TAG),
    "get_followings_count": ("get_followings_counts",),
}


class Watched(NamedTuple):
    """A method of a relation that is watched for loops."""

    #: The verb of follows that calls this method.
    verb: str
    #: The method that answers for many resources at once.
    cure: str
    #: The number of arguments that are resources.
    resources: int


WATCHED = {
    "contains": Watched("is_following", "states", 2),
    "sources_count": Watched("get_followers_count", "sources_counts", 1),
    "targets_count": Watched("get_followings_count", "targets_counts", 1),
}

# Packages that run code whose caller is not on the stack.
RUNNERS = ("asgiref", "asyncio", "concurrent", "threading")


class Place(NamedTuple):
    """A place in code, or a template, where a verb is called."""

    kind: str
    file: str
    line: int
    module: str

    def __str__(self) -> str:
        if self.kind == "task":
            return "tasks or threads of their own"
        where = f"{self.file}:{self.line}"
        return f"the template {where}" if self.kind == "template" else where

    def key(self, verb: str) -> Key:
        """Return the key that tells calls of `verb` here from other calls."""
        # A template counts as one place, because its Python code has no line of the
        # call.
        return verb, self.file, 0 if self.kind == "template" else self.line


Key = tuple[str, str, int]


@dataclass(slots=True)
class Calls:
    """The resources that one place has asked about."""

    since: float
    resources: set[tuple[Ref, ...]] = field(default_factory=set)


@dataclass(slots=True)
class Watch:
    in_request: bool = False
    calls: dict[Key, Calls] = field(default_factory=dict)

    def count(self, key: Key, resources: tuple[Ref, ...]) -> int:
        """Return how many different resources this place has asked about, including
        these.
        """
        now = monotonic()
        calls = self.calls.get(key)
        if calls is None or not (self.in_request or now - calls.since < SECONDS):
            if len(self.calls) >= PLACES:
                self.calls.clear()
            calls = self.calls[key] = Calls(now)
        calls.resources.add(resources)
        return len(calls.resources)


current: ContextVar[Watch] = ContextVar("sequere_loops")
warned: set[Key] = set()
lock = Lock()


def notice(relation: str, method: str, *arguments: Any) -> None:
    """Warn once if the caller's caller calls `method` in a loop. Raise nothing else.

    Async twins, whose names begin with an `a`, are counted as separate methods.
    """
    if (watched := WATCHED.get(method) or WATCHED.get(method[1:])) is None:
        return
    try:
        verb, instead = names_of(relation, method, watched)
        place = place_of(sys._getframe(2))
        looping = is_loop(verb, place, arguments[: watched.resources])
    except Exception:
        # An argument may not be a resource: the verb will raise the error.
        return
    if looping:
        text = describe(verb, place, instead or cure(verb, place))
        _, file, line, module = place
        warnings.warn_explicit(text, LoopWarning, file, line, module or file)


def names_of(relation: str, method: str, watched: Watched) -> tuple[str, str]:
    """Return the name of a verb, and its replacement if the verb is not in CURES."""
    twin = "" if method in WATCHED else "a"
    if relation == "follow":
        return f"{twin}{watched.verb}", ""
    return f"{relation}.{method}", f"{relation}.{twin}{watched.cure}()"


def is_loop(verb: str, place: Place, resources: tuple[Resource, ...]) -> bool:
    key = place.key(verb)
    if key in warned:
        return False
    watch = current.get(None)
    if watch is None:
        current.set(watch := Watch())
    if watch.count(key, tuple(map(registry.ref, resources))) < CALLS:
        return False
    watch.calls.pop(key, None)
    with lock:
        if key in warned or len(warned) >= PLACES:
            return False
        warned.add(key)
        return True


def place_of(frame: FrameType | None) -> Place:
    """Return the first place outside of this package, from `frame` on."""
    while frame and package_of(frame) == "sequere":
        frame = frame.f_back
    if frame is None:
        return Place("task", "<unknown>", 0, "")
    module = frame.f_globals.get("__name__", "")
    if module.startswith("django.template."):
        return template_of(frame)
    if package_of(frame) in RUNNERS:
        return Place("task", f"<{package_of(frame)}>", 0, module)
    return Place("code", frame.f_code.co_filename, frame.f_lineno, module)


def template_of(frame: FrameType | None) -> Place:
    """Return the template being rendered, with the line of its innermost node."""
    while frame:
        if frame.f_code.co_name == "render_annotated":
            node: Any = frame.f_locals["self"]
            return Place("template", node.origin.name, node.token.lineno, "")
        frame = frame.f_back
    return Place("template", "<unknown>", 0, "")


def package_of(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


def describe(verb: str, place: Place, instead: str) -> str:
    return (
        f"{verb}() was called {CALLS} times by {place}, each time for another "
        f"resource. Use {instead}, which asks for all at once."
    )


def cure(verb: str, place: Place) -> str:
    """Return the replacement for `verb`, a verb in CURES or its async twin."""
    twin = "" if verb in CURES else "a"
    cures = CURES[verb.removeprefix(twin)]
    named = " or ".join(f"{twin}{name}()" for name in cures)
    if place.kind != "template":
        return named
    return f"{{% {TAG} %}}" if TAG in cures else f"{named} in the view"


def begin(**kwargs: Any) -> None:
    """Start counting for a new request in this context."""
    if settings.DEBUG:
        watch = current.get(None)
        if watch is None:
            current.set(watch := Watch())
        watch.calls.clear()
        # Under ASGI this value is lost, because Django sends the signal in another
        # task. Then the limit in seconds applies, in a context that also belongs to one
        # request.
        watch.in_request = True


def end(**kwargs: Any) -> None:
    if watch := current.get(None):
        watch.in_request = False
        watch.calls.clear()


def connect() -> None:
    request_started.connect(begin)
    request_finished.connect(end)
