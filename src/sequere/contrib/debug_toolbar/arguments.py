"""The arguments of backends, as text that is short, and as what tells calls apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils.text import Truncator

from sequere.types import Edge, Neighbours, Pair, Position, Ref

#: So many characters of a ref, and so many of many refs, are shown.
CHARACTERS = 40
ITEMS = 3


def kept(value: Any) -> Any:
    """`value`, or what is in an iterator, which can be read only once."""
    return list(value) if isinstance(value, Iterator) else value


def relations(arguments: Mapping[str, Any]) -> str:
    """The relation of a call; those of the edges, if it has none itself."""
    if "relation" in arguments:
        return str(arguments["relation"])
    edges = arguments.get("edges") or ()
    return ", ".join(
        sorted({each.relation for each in edges if isinstance(each, Edge)})
    )


def shown(arguments: Mapping[str, Any]) -> str:
    texts = (text_of(value) for name, value in arguments.items() if name != "relation")
    return ", ".join(filter(None, texts))


def subjects(arguments: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The resources that a call is about; None if it is about many at once."""
    found: list[str] = []
    for value in arguments.values():
        match value:
            case Ref() | Pair() | Neighbours():
                found.append(str(value))
            case str() | Mapping():
                pass
            case Collection() if len(value) > 1:
                return None
            case Collection():
                # As text: without the time of an edge, which is another each time.
                found += map(str, value)
    return tuple(found)


def text_of(value: Any) -> str:
    match value:
        case None:
            return ""
        case Ref():
            return Truncator(str(value)).chars(CHARACTERS)
        case Neighbours(ref, direction):
            return f"{direction} of {text_of(ref)}"
        case Edge(_, source, target, _) | Pair(source, target):
            return f"{text_of(source)} -> {text_of(target)}"
        case Position(_, identifier, object_id):
            return text_of(Ref(identifier, object_id))
        case Mapping():
            options = {name: text_of(each) for name, each in value.items()}
            return ", ".join(f"{name}={text}" for name, text in options.items() if text)
        case str():
            return value
        case Collection():
            rest = len(value) - ITEMS
            texts = [*map(text_of, islice(value, ITEMS)), *([f"+{rest}"] * (rest > 0))]
            return f"[{', '.join(texts)}]"
    return str(value)
