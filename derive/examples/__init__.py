"""The shipped specs: every ``*.yaml`` beside this file is one example, called by its stem; those of
``lectures/`` (the five lectures, with the lecturer's own slides and theme) are ``lecture_NAME``.

in:    a name
out:   a path, or the text
names: `names`, `path`, `text`
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from ..language.errors import ChalkgradError, suggest

_LECTURE = "lecture_"


def names() -> list[str]:
    """The names of all examples, sorted."""
    return sorted(_found())


def path(name: str) -> Path:
    """The file of an example. Raises ChalkgradError where none is called so."""
    found = _found()
    if name not in found:
        raise ChalkgradError(
            f"no example is called '{name}'", where="examples", hint=suggest(name, found)
        )
    return found[name]


def text(name: str) -> str:
    """The spec of an example, as it was written. Raises ChalkgradError where none is called so."""
    return path(name).read_text(encoding="utf-8")


def _found() -> dict[str, Path]:
    folder = Path(str(files(__name__)))
    made = {p.stem: p for p in folder.glob("*.yaml")}
    for p in (folder / "lectures").glob("*.yaml"):
        if re.search(r"^name:", p.read_text("utf-8"), re.M):  # a theme has none
            made[_LECTURE + p.stem] = p
    return made
