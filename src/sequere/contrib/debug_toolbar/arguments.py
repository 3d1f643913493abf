"""The arguments of backend calls: as short text, and as keys that tell calls apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from itertools import islice
from typing import Any

from django.utils.text import Truncator

from sequere.questions import Question
from sequere.types import Edge, Neighbours, Pair, Position, Ref, Span, Window

#: The number of characters that are shown of a ref, and of refs that are shown.
CHARACTERS = 40
ITEMS = 3


#: Options that shape an answer, and that do not name its subject.
MANNERS = {"reason", "report", "barred"}


def arguments_of(question: Question[Any]) -> dict[str, Any]:
    """Return the values of `question` by their names."""
    names = [field.name for field in fields(question)]  # type: ignore[arg-type]
    return {name: getattr(question, name) for name in names if name not in MANNERS}


def shown(arguments: Mapping[str, Any]) -> str:
    texts = (text_of(value) for name, value in arguments.items() if name != "relation")
    return ", ".join(filter(None, texts))


def subjects(arguments: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the resources that a call is about, or None if it asks about many at
    once.
    """
    found: list[str] = []
    for value in arguments.values():
        match value:
            case Ref() | Pair() | Neighbours():
                found.append(str(value))
            case str() | Mapping() | Window() | Span():
                pass
            case Collection() if len(value) > 1:
                return None
            case Collection():
                # The text of an edge omits its time, which differs in each call.
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
        case Edge(_, source, target) | Pair(source, target):
            return f"{text_of(source)} -> {text_of(target)}"
        case Position(_, identifier, object_id):
            return text_of(Ref(identifier, object_id))
        case Window():
            usual = Window._field_defaults
            given = value._asdict().items()
            return text_of({name: it for name, it in given if it != usual.get(name)})
        case Span(since, until):
            ends = {"since": since, "until": until}
            return text_of({name: end for name, end in ends.items() if end})
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
