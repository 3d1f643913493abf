"""Texts from a project, for use in JSON and HTML."""

from __future__ import annotations


def plain_text(value: object) -> str:
    """Return `value` as text that templates escape, even if it was marked safe: text
    that is safe between tags is not safe in attributes.
    """
    return "".join(str(value))
