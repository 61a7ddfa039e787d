"""The items of a deck: a folder each, with its ``options.Options`` and ``pages.pages``.

in:    an entry of `deck:`, the name of an item
out:   its options, its pages
names: `pages_of`, `entries.deck_item`, `entries.items`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from ...deck.model import Page


def pages_of(name: str) -> Callable[[Any, Any], Iterator[Page]]:
    """The function that makes the pages of a deck item."""
    module = import_module(f"{__name__}.{name}.pages")
    made: Callable[[Any, Any], Iterator[Page]] = module.pages
    return made
