"""The relations of this site, by name: what the floors below the verbs know of them."""

from __future__ import annotations

from typing import Any

from sequere.exceptions import (
    AlreadyDeclared,
    InvalidEdge,
    InvalidRelation,
    UnknownRelation,
)
from sequere.names import clean_relation

#: The relation whose edges bar others: only Block and Unblock write it.
BLOCK = "block"
#: The relation that hides nothing by itself, and that follow states tell of.
MUTE = "mute"
#: Behind the name of a relation whose edges expire: the relation that says when. The
#: time of its edge is the end of the edge between the same two resources.
UNTIL = ".until"


class Declaration:
    """A named directed graph, declared once."""

    #: Does a block between two resources cut its edges, and keep new ones out?
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
        # There is one value for each name: receivers of signals are found by it.
        return find, (self.name,)


#: Every relation that was declared in this process.
declared: dict[str, Declaration] = {}


def find(name: str) -> Declaration:
    """The relation with this name. Raise UnknownRelation for an undeclared name."""
    try:
        return declared[name]
    except (KeyError, TypeError):
        raise UnknownRelation(
            f"No relation has the name {name!r}. Declared relations: "
            f"{', '.join(map(repr, sorted(declared)))}. Declare it with "
            f"Relation({name!r}) in a sequere_registry.py of an installed app."
        ) from None


def is_barred(name: str) -> bool:
    """Does a block bar edges of this relation? An undeclared one has no bars."""
    found = declared.get(name)
    return found is not None and found.barred


def barred_relations() -> list[str]:
    """The names of all relations that a block bars, in order."""
    return sorted(name for name, found in declared.items() if found.barred)
