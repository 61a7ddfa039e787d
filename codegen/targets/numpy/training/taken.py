"""What a program takes over of `parts`: read as text, and cut at the line ``# -- program --``."""

from __future__ import annotations

from functools import cache
from importlib import resources

_MARKER = "# -- program --\n"


def part(name: str) -> str:
    """What a part gives to a program: the text below its marker line."""
    return _source(name)[1].strip("\n")


def needs(name: str) -> str:
    """What stands above it: the imports."""
    return _source(name)[0]


@cache
def _source(name: str) -> list[str]:
    path = resources.files(f"{__package__}.parts").joinpath(f"{name}.py")
    return path.read_text("utf-8").split(_MARKER)
