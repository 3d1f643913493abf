from __future__ import annotations

import json
from binascii import Error as Base64Error
from hashlib import blake2b

from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from sequere.exceptions import InvalidCursor
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Position, Ref
from sequere.validation import clean_ref

FOREIGN = "The cursor {!r} belongs to another list."
DAMAGED = "{!r} is not a cursor. Use the `next` or `previous` of a page, or None."


def encode(scope: str, position: Position, *, back: bool = False) -> str:
    """A token for what is behind `position`, or `back` before it, in the list that
    `scope` describes.

    It says nothing that the list does not show, and can do no more than name a place
    in it: it is checked, not signed.
    """
    created, identifier, object_id = position
    value = [_digest(scope), to_microseconds(created), identifier, object_id, back]
    return urlsafe_base64_encode(json.dumps(value, separators=(",", ":")).encode())


def decode(scope: str, cursor: str) -> tuple[Position, bool]:
    """The position, and whether what is before it is meant.

    Raise InvalidCursor if it is damaged or was made for another list."""
    try:
        value = json.loads(urlsafe_base64_decode(cursor))
        digest, created, identifier, object_id, back = value
        clean_ref(Ref(identifier, object_id))
        position = Position(from_microseconds(created), identifier, object_id)
    except (
        AttributeError,
        TypeError,
        ValueError,
        OverflowError,
        RecursionError,
        Base64Error,
    ) as exc:
        raise InvalidCursor(DAMAGED.format(cursor)) from exc
    if digest != _digest(scope):
        raise InvalidCursor(FOREIGN.format(cursor))
    return position, bool(back)


def _digest(scope: str) -> str:
    return blake2b(scope.encode(), digest_size=6).hexdigest()
