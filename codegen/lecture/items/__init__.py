"""The items of a deck: a folder each, with ``pages.pages(context, options) -> Iterator[Page]``.

in:    the name of an item
out:   its pages
names: `pages_of`
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
