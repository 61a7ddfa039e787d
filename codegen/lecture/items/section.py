"""``section``: a page that opens a part."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lecture.context import Context
from codegen.lecture.model import Page
from derive.deck import Section
from derive.errors import ChalkgradError


def pages(context: Context, options: Section) -> Iterator[Page]:
    """One page with nothing but its title."""
    title = context.localized(options.title)
    if not title:
        raise ChalkgradError("a section has a title", hint="section: Backpropagation")
    count = sum(name == "section" for name, _ in context.items)
    number = 1 + sum(page.layout == "section" and page.item == "section" for page in context.pages)
    key = "section" if count == 1 else f"section-{number}"
    yield context.page(key, title, (), layout="section")
