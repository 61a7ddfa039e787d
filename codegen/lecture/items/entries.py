"""The entries of ``deck:``: which item each is, with which options.

An item is known by its folder; its file ``options.py`` holds what it may say, a class ``Options``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from ....derive.language.errors import ChalkgradError, suggest
from ....derive.spec.fields import shown
from ...deck.item import Item
from ...folders import named


@cache
def items() -> dict[str, type[Item]]:
    """Name -> what the item may say, for every item that there is."""
    return {name: module.Options for name, module in named(__package__ or "", "options")}


def deck_item(entry: Any, position: int = 0) -> tuple[str, Item]:
    """One entry of ``deck:`` as its name and its options. Raises ChalkgradError."""
    where = f"deck[{position}]"
    name, given = next(iter(entry.items())) if isinstance(entry, Mapping) else (entry, None)
    if name not in items():
        raise ChalkgradError(
            f"there is no deck item {shown(name)}", where=where, hint=suggest(name, items())
        )
    model = items()[name]
    if given is None:
        given = {}
    elif not isinstance(given, Mapping):
        if not model.main:
            raise ChalkgradError(f"'{name}' takes options by name; got {shown(given)}", where=where)
        given = {model.main: given}
    try:
        return name, model.model_validate(dict(given))
    except ValidationError as errors:
        first = errors.errors(include_url=False)[0]
    about = first.get("ctx", {})
    what, hint = str(about.get("what", first["msg"])), str(about.get("hint", ""))
    path = [str(p) for p in (*first["loc"], *about.get("path", ()))]
    if first["type"] == "missing":
        what = f"'{path[-1]}' is missing"
    raise ChalkgradError(what, where=".".join([where, name, *path]), hint=hint)
