"""Texts of a project, for JSON and HTML."""

from __future__ import annotations


def plain_text(value: object) -> str:
    """The text of `value`, which templates escape even if it was declared safe: text
    that is safe between tags is not safe in attributes.
    """
    return "".join(str(value))
