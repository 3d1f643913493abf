"""The characters and lengths of identifiers and of names of relations."""

from __future__ import annotations

import re
from functools import lru_cache

from sequere.exceptions import InvalidEdge

IDENTIFIER_MAX_LENGTH = 64
RELATION_MAX_LENGTH = 32
NAME_PATTERN = re.compile(r"[A-Za-z0-9_.-]+")


def clean_relation(name: str) -> str:
    if isinstance(name, str) and _is_name(name, RELATION_MAX_LENGTH):
        return name
    raise _not_a_name("relation", name, RELATION_MAX_LENGTH)


def clean_identifier(identifier: str) -> str:
    if isinstance(identifier, str) and _is_name(identifier, IDENTIFIER_MAX_LENGTH):
        return identifier
    raise _not_a_name("identifier", identifier, IDENTIFIER_MAX_LENGTH)


def _not_a_name(kind: str, name: str, max_length: int) -> InvalidEdge:
    return InvalidEdge(
        f"The {kind} {name!r} must be 1 to {max_length} ASCII letters, digits, '_', "
        "'-' or '.'."
    )


@lru_cache(maxsize=1024)
def _is_name(name: str, max_length: int) -> bool:
    return len(name) <= max_length and NAME_PATTERN.fullmatch(name) is not None
