"""The items of a deck: each module has ``pages(context, options) -> Iterator[Page]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from codegen.lecture.model import Page

MODULES = {"code": "code_beside"}  # items whose name is taken by a module of Python


def pages_of(name: str) -> Callable[[Any, Any], Iterator[Page]]:
    """The function that makes the pages of a deck item."""
    module = import_module(f"{__name__}.{MODULES.get(name, name)}")
    made: Callable[[Any, Any], Iterator[Page]] = module.pages
    return made
