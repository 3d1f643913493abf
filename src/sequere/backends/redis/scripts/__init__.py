"""The Lua scripts, named after their files. Each script is atomic."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

FOLDER = Path(__file__).parent
#: A script gets its arguments as one text, since the driver takes longer for each of
#: them than JSON takes for all. In Lua they have the name of the usual arguments.
ARGUMENTS = "local ARGV = cjson.decode(ARGV[1] or '[]')"


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: str


def load(name: str, *libraries: str) -> Script:
    flags, _, body = (FOLDER / f"{name}.lua").read_text().partition("\n")
    shared = [(FOLDER / "library" / f"{each}.lua").read_text() for each in libraries]
    source = "\n".join([flags, ARGUMENTS, *shared, body])
    script = Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())
    by_sha[script.sha] = script
    return script


by_sha: dict[str, Script] = {}

COUNT = load("count", "lists")
PAGE = load("page", "lists", "places")
WALK = load("walk", "places")
LOOK = load("look", "slots", "sides")

ADD = load("add", "slots", "bars")
PUT = load("put", "slots", "bars")
REMOVE = load("remove", "slots")
MOVE = load("move", "slots")
BLOCK = load("block", "slots", "bars")
LEVEL = load("level", "slots")
SETTLE = load("settle", "slots", "truth")

FORWARD_ADD = load("forward_add", "slots", "bars", "versions", "clock")
FORWARD_PUT = load("forward_put", "slots", "bars", "versions", "clock")
FORWARD_BLOCK = load("forward_block", "slots", "bars", "versions", "clock", "cuts")
FORWARD_REMOVE = load("forward_remove", "slots", "versions", "clock")
FORWARD_MOVE = load("forward_move", "slots", "versions", "clock")
FORWARD_STAMP = load("forward_stamp", "slots", "truth", "versions", "clock")
FORWARD_LOOK = load("forward_look", "slots", "sides", "versions")
REVERSE = load("reverse", "slots", "versions", "fences")
REVERSE_BLOCK = load(
    "reverse_block", "slots", "bars", "versions", "clock", "cuts", "fences"
)
ACKNOWLEDGE = load("acknowledge")

MIRROR_STAGE = load("mirror_stage", "marks")
MIRROR_DISCARD = load("mirror_discard", "marks")
MIRROR_TICKETS = load("mirror_tickets", "marks")
MIRROR_WRITE = load("mirror_write", "slots", "marks")
MIRROR_LEASE = load("mirror_lease", "marks")
MIRROR_READY = load("mirror_ready", "marks")
