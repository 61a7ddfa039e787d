"""``title``: the title page."""

from __future__ import annotations

from collections.abc import Iterator

from ....deck.model import Page
from ....formula.rich import plain
from ...board.context import Context
from .options import Options


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The title of the lecture; the documents print the deck's author below it."""
    spec = context.spec
    title = context.localized(spec.title) or plain(str(spec.name).replace("_", " "))
    yield context.page("title", title, (), layout="title")
