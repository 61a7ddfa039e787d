"""``title``: the title page."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lecture.context import Context
from codegen.lecture.model import Page
from codegen.lecture.rich import plain
from derive.deck import Title


def pages(context: Context, options: Title) -> Iterator[Page]:
    """The title of the lecture; the documents print the deck's author below it."""
    spec = context.spec
    title = context.localized(spec.title) or plain(str(spec.name).replace("_", " "))
    yield context.page("title", title, (), layout="title")
