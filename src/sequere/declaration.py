"""The declared relations of this site, by name, for the modules below the verbs."""

from __future__ import annotations

from typing import Any

from sequere.exceptions import (
    AlreadyDeclared,
    InvalidEdge,
    InvalidRelation,
    UnknownRelation,
)
from sequere.names import clean_relation

#: The relation whose edges bar others. Only Block and Unblock write its edges.
BLOCK = "block"
#: The relation of mutes. A mute hides nothing by itself; follow states report it.
MUTE = "mute"
#: The suffix in the name of a relation that stores ends. The time of an edge of this
#: relation is the end of the edge between the same two resources.
UNTIL = ".until"


class Declaration:
    """A named directed graph, declared once."""

    #: Does a block between two resources cut its edges, and keep out new edges?
    barred = False
    #: Are its edges requests at first, where the target approves its followers?
    approval = False
    #: Can its edges have an end?
    expires = False

    def __init__(self, name: str) -> None:
        try:
            clean_relation(name)
        except InvalidEdge as exc:
            raise InvalidRelation(str(exc)) from exc
        if name in declared:
            raise AlreadyDeclared(
                f"The relation {name!r} is already declared. Import that value, or "
                "give this relation another name."
            )
        self.name = name
        declared[name] = self

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name}>"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        # Each name has one value only, because signals find their receivers by the
        # value.
        return find, (self.name,)


#: Every relation that was declared in this process, by name.
declared: dict[str, Declaration] = {}


def find(name: str) -> Declaration:
    """Return the relation of this name. Raise UnknownRelation if it is undeclared."""
    try:
        return declared[name]
    except (KeyError, TypeError):
        raise UnknownRelation(
            f"No relation has the name {name!r}. Declared relations: "
            f"{', '.join(map(repr, sorted(declared)))}. Declare it with "
            f"Relation({name!r}) in a sequere_registry.py of an installed app."
        ) from None


def is_barred(name: str) -> bool:
    """Does a block bar edges of this relation? An undeclared relation has no bars."""
    found = declared.get(name)
    return found is not None and found.barred


def barred_relations() -> list[str]:
    """Return the sorted names of all relations that a block bars."""
    return sorted(name for name, found in declared.items() if found.barred)
