"""Which functions a deck derives, and where: what other pages may say of a known derivative."""

from __future__ import annotations

from ...board.context import Context
from .options import Options

USUAL = ("derivative", "sigmoid", "relu")


def names(options: Options) -> tuple[str, ...]:
    """The functions of an item, in order."""
    return tuple(options.names) or USUAL


def covered(name: str) -> str:
    """What a page that derives a function covers."""
    return f"function-{name}"


def derived(context: Context, name: str) -> str:
    """Where the deck derives a function, seen from the page that is made: "above", "below" or
    nowhere."""
    if any(covered(name) in page.covers for page in context.pages):
        return "above"
    items = (options for _, options in context.items if isinstance(options, Options))
    return "below" if any(name in names(options) for options in items) else ""
