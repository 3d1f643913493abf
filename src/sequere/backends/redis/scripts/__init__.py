"""The Lua scripts, by the names of their files. Each changes what it does at once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: str


def load(name: str) -> Script:
    flags, _, body = (FOLDER / f"{name}.lua").read_text().partition("\n")
    source = "\n".join([flags, (FOLDER / "library.lua").read_text(), body])
    script = Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())
    by_sha[script.sha] = script
    return script


by_sha: dict[str, Script] = {}

ADD = load("add")
REMOVE = load("remove")
SETTLE = load("settle")
COUNT = load("count")
PAGE = load("page")
FORWARD_ADD = load("forward_add")
FORWARD_REMOVE = load("forward_remove")
FORWARD_STAMP = load("forward_stamp")
REVERSE = load("reverse")
ACKNOWLEDGE = load("acknowledge")
