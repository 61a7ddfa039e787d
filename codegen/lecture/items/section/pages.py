"""``section``: a page that opens a part."""

from __future__ import annotations

from collections.abc import Iterator

from .....derive.language.errors import ChalkgradError
from ....deck.model import Page
from ...board.context import Context
from .options import Options


def pages(context: Context, options: Options) -> Iterator[Page]:
    """One page with nothing but its title."""
    title = context.localized(options.title)
    if not title:
        raise ChalkgradError("a section has a title", hint="section: Backpropagation")
    count = sum(name == "section" for name, _ in context.items)
    number = 1 + sum(page.layout == "section" and page.item == "section" for page in context.pages)
    key = "section" if count == 1 else f"section-{number}"
    yield context.page(key, title, (), layout="section")
