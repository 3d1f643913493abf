"""Object ids in paths."""

from __future__ import annotations

import re

# Browsers, proxies and servers rewrite "..", "//", "%2F" and other characters on the
# way, even where they are quoted. "~" is the sign that begins an escape.
FRAGILE = re.compile(r"^\.|[\x00-\x20\x7f~/\\%?#;]")
ESCAPE = re.compile(r"~([0-9A-F]{2})")
EMPTY = "~"


class ObjectIdConverter:
    """Writes any object id as one path segment that no proxy or server rewrites."""

    regex = ".+"

    def to_python(self, value: str) -> str:
        if value == EMPTY:
            return ""
        return ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)

    def to_url(self, value: object) -> str:
        escaped = FRAGILE.sub(lambda found: f"~{ord(found[0]):02X}", str(value))
        return escaped or EMPTY
