"""Cursors: encrypted positions in a list.

A position can be the position of a resource that the list hides, because a page reads
past a limited number of hidden resources only. So a cursor is encrypted: the site's key
makes a tag of the text, and the key and the tag make the bytes that mask the text. The
tag also detects every change.
"""

from __future__ import annotations

import json
from binascii import Error as Base64Error
from collections.abc import Iterator
from hashlib import blake2b, shake_256
from hmac import compare_digest

from django.conf import settings
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from sequere.exceptions import InvalidCursor
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Position

FOREIGN = "The cursor {!r} belongs to another list. Begin at the first page."
DAMAGED = "{!r} is not a cursor. Use the `next` or `previous` of a page, or None."

TAG_SIZE = 16
# Texts are padded to a multiple of this size, so that the length tells little of a key.
BLOCK_SIZE = 48


def encode(scope: str, position: Position, *, back: bool = False) -> str:
    """Return a token for the items after `position` in the list that `scope` describes,
    or with `back` for the items before it.

    A token only names a position in that list, and nobody else can read it.
    """
    created, identifier, object_id = position
    value = [_digest(scope), to_microseconds(created), identifier, object_id, back]
    text = json.dumps(value, separators=(",", ":")).encode()
    return urlsafe_base64_encode(_seal(text + b" " * (-len(text) % BLOCK_SIZE)))


def decode(scope: str, cursor: str) -> tuple[Position, bool]:
    """Return the position, and whether the items before it are meant.

    Raise InvalidCursor if the cursor is damaged, was made for another list, or was made
    with a SECRET_KEY that is no longer in use.
    """
    try:
        text = _open(urlsafe_base64_decode(cursor))
    except (AttributeError, TypeError, ValueError, Base64Error) as exc:
        raise InvalidCursor(DAMAGED.format(cursor)) from exc
    digest, created, identifier, object_id, back = json.loads(text)
    if digest != _digest(scope):
        raise InvalidCursor(FOREIGN.format(cursor))
    return Position(from_microseconds(created), identifier, object_id), bool(back)


def _seal(text: bytes) -> bytes:
    key = next(_keys())
    tag = _tag(key, text)
    return tag + _cover(key, tag, text)


def _open(token: bytes) -> bytes:
    """Decrypt `token`. Raise ValueError if no key of the site made it."""
    tag, covered = token[:TAG_SIZE], token[TAG_SIZE:]
    for key in _keys():
        text = _cover(key, tag, covered)
        if compare_digest(tag, _tag(key, text)):
            return text
    raise ValueError(token)


def _keys() -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield blake2b(force_bytes(secret), person=b"sequere.cursors").digest()


def _tag(key: bytes, text: bytes) -> bytes:
    return blake2b(text, key=key, digest_size=TAG_SIZE).digest()


def _cover(key: bytes, tag: bytes, text: bytes) -> bytes:
    """Mask `text` with bytes of `key` and `tag`. A second call unmasks it."""
    mask = shake_256(key + tag).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, mask, strict=True))


def _digest(scope: str) -> str:
    return blake2b(scope.encode(), digest_size=6).hexdigest()
