"""The Lua scripts, named after their files. Each script is atomic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

FOLDER = Path(__file__).parent
#: A script gets its arguments as one text, since the driver takes longer for each of
#: them than JSON takes for all. In Lua they have the name of the usual arguments.
ARGUMENTS = "local ARGV = cjson.decode(ARGV[1] or '[]')"

#: The files of the library. A definition uses only definitions before it.
PARTS = (
    *("slots", "bars", "ends", "truth", "sides", "versions", "clock", "fences", "cuts"),
    *("lists", "places", "marks"),
)
DEFINITION = re.compile(
    r"^local (?:function )?(?P<name>\w+).*?(?=^local |\Z)", re.MULTILINE | re.DOTALL
)
WORD = re.compile(r"\w+")
COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: str


def load(name: str) -> Script:
    flags, _, body = code_of(FOLDER / f"{name}.lua").partition("\n")
    source = "\n".join([flags, ARGUMENTS, *shared_by(body), body])
    script = Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())
    by_sha[script.sha] = script
    return script


def shared_by(body: str) -> list[str]:
    """Return the definitions of the library that `body` needs. A server makes each
    function of a script again at each call.
    """
    needed: set[str] = set()
    unread = [body]
    while unread:
        new = (library.keys() & WORD.findall(unread.pop())) - needed
        needed |= new
        unread += [library[name] for name in new]
    return [text for name, text in library.items() if name in needed]


def code_of(path: Path) -> str:
    """Return the content of a file without its comments."""
    return COMMENT.sub("", path.read_text())


#: Each definition of the library, by its name, behind the definitions that it uses.
library = {
    match["name"]: match[0]
    for part in PARTS
    for match in DEFINITION.finditer(code_of(FOLDER / "library" / f"{part}.lua"))
}
by_sha: dict[str, Script] = {}

COUNT = load("count")
PAGE = load("page")
WALK = load("walk")
LOOK = load("look")

ADD = load("add")
PUT = load("put")
REMOVE = load("remove")
MOVE = load("move")
BLOCK = load("block")
LEVEL = load("level")
SETTLE = load("settle")

FORWARD_ADD = load("forward_add")
FORWARD_PUT = load("forward_put")
FORWARD_BLOCK = load("forward_block")
FORWARD_REMOVE = load("forward_remove")
FORWARD_MOVE = load("forward_move")
FORWARD_STAMP = load("forward_stamp")
FORWARD_LOOK = load("forward_look")
REVERSE = load("reverse")
REVERSE_BLOCK = load("reverse_block")
ACKNOWLEDGE = load("acknowledge")

MIRROR_STAGE = load("mirror_stage")
MIRROR_DISCARD = load("mirror_discard")
MIRROR_TICKETS = load("mirror_tickets")
MIRROR_WRITE = load("mirror_write")
MIRROR_LEASE = load("mirror_lease")
MIRROR_MARK = load("mirror_mark")
MIRROR_READY = load("mirror_ready")
