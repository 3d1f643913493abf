"""A picture of each thing, with shapes and colours that depend on its ref."""

from __future__ import annotations

from hashlib import sha256

from django.utils.html import format_html
from django.utils.safestring import SafeString

from demo.models import Thing

OPEN = '<svg class="face {}" viewBox="0 0 40 40" aria-hidden="true" focusable="false">'


def draw(thing: Thing) -> SafeString:
    return (topic if thing.kind == "topic" else account)(thing)


def account(thing: Thing) -> SafeString:
    """Draw a sky, a sun and a hill. No two of a thousand accounts look the same."""
    a, b, c, d, e, *_ = sha256(thing.ref.encode()).digest()
    hue = (a * 256 + b) % 360
    second = hue + 35 + c % 50
    return format_html(
        OPEN + '<path fill="hsl({} 52% 78%)" d="M0 0h40v40H0z"/>'
        '<circle fill="hsl({} 70% 92%)" cx="{}" cy="{}" r="{}"/>'
        '<circle fill="hsl({} 45% 52%)" cx="{}" cy="{}" r="26"/></svg>',
        "account",
        hue,
        second,
        9 + c % 22,
        9 + d % 9,
        4 + d % 5,
        second,
        -2 + e % 45,
        44 + c % 10,
    )


def colour(key: int) -> str:
    """Return the hue of an account's sky, dark enough for any background."""
    a, b, *_ = sha256(f"account:{key}".encode()).digest()
    return f"hsl({(a * 256 + b) % 360} 45% 60%)"


def topic(thing: Thing) -> SafeString:
    hue = sha256(thing.ref.encode()).digest()[0] * 360 // 256
    return format_html(
        OPEN + '<path fill="hsl({} 42% 86%)" d="M0 0h40v40H0z"/>'
        '<text fill="hsl({} 50% 26%)" x="20" y="27" text-anchor="middle" '
        'font-size="20" font-weight="700">{}</text></svg>',
        "topic",
        hue,
        hue,
        str(thing.pk)[:1].upper(),
    )
