"""Text of a spec on a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with control characters spelled out: a spec must not steer the terminal."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode("ascii")
        for c in text
    )
