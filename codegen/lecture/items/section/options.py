"""What the item `section` of a deck may say."""

from __future__ import annotations

from typing import ClassVar

from ....deck.item import Item


class Options(Item):
    """A page that opens a part."""

    main: ClassVar[str] = "title"
