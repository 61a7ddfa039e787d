"""``agenda``: what the lecture shows, one line per part."""

from __future__ import annotations

from collections.abc import Iterator

from ....deck.item import Item
from ....deck.model import Bullets, Page
from ....formula.rich import Rich
from ...board.context import Context
from ..slide import pages as slide
from ..slide.options import Options as Slide
from .options import Options

_SILENT = ("title", "agenda")


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The sections of the deck where it has some, else a line per kind of item, in order."""
    sections = any(name == "section" for name, _ in context.items)
    lines: dict[Rich, None] = {}
    for name, item in context.items:
        if name not in _SILENT and (name == "section" or not sections):
            lines[_line(context, name, item)] = None
    made = tuple(line for line in lines if line)
    if made:
        yield context.page("agenda", context.words("agenda"), (Bullets(made),))


def _line(context: Context, name: str, item: Item) -> Rich:
    """How the agenda calls an item: by its title, by its file's first heading, or by its kind."""
    own = context.localized(item.title)
    if own:
        return own
    if isinstance(item, Slide):
        return next((p.title for p in slide.read(context, item) if p.title), "")
    return context.words(f"agenda_{name}")
