"""What the item `slide` of a deck may say."""

from __future__ import annotations

from typing import ClassVar

from ....deck.item import Item


class Options(Item):
    """The lecturer's own Markdown file, a page per heading."""

    main: ClassVar[str] = "file"
    file: str
    """A path beside the spec."""
