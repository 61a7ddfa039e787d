"""Presets by name, from a file, from a mapping; and what a preset inherits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ...derive.language.errors import ChalkgradError, suggest
from ...derive.spec import strict_yaml
from .model import Notation, checked

_FOLDER = Path(__file__).parent / "shipped"
_MERGED = ("symbols", "functions", "letters", "names", "plain_names")


def notations() -> list[str]:
    """Names of the shipped presets."""
    return sorted(p.stem for p in _FOLDER.glob("*.yaml"))


@cache
def notation(name: str) -> Notation:
    """A shipped preset by name. Raises ChalkgradError for an unknown one."""
    return checked(_shipped(name, "style.notation"), f"notations/{name}.yaml")


def _shipped(name: object, where: str) -> dict[str, Any]:
    if not isinstance(name, str) or name not in notations():
        hint = suggest(str(name)[:60], notations())
        hint += "; a preset of your own: a file my.yaml" if hint.startswith("known") else ""
        raise ChalkgradError(f"there is no notation '{str(name)[:60]}'", where=where, hint=hint)
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8"))
    return _inherited(data, where)


def _inherited(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The keys of ``base:`` under those of the preset; roles and names one by one."""
    own = dict(data)
    if "base" not in own:
        return own
    made = dict(_shipped(own.pop("base"), f"{where}: base"))
    for key in ("about", "source"):
        made.pop(key, None)
    for key, value in own.items():
        old = made.get(key)
        if key in _MERGED and isinstance(old, dict) and isinstance(value, dict):
            made[key] = old | {k: _over(old.get(k), v) for k, v in value.items()}
        else:
            made[key] = value
    return made


def _over(old: Any, new: Any) -> Any:
    """A role's own keys over the inherited ones."""
    return old | new if isinstance(old, dict) and isinstance(new, dict) else new


def read_notation(given: str | Mapping[str, Any], folder: Path | None = None) -> Notation:
    """A preset by name, from a YAML file (a path relative to ``folder``) or from a mapping.

    Raises ChalkgradError for what is no preset: unknown keys, templates that are more than a
    symbol, files that are not there.
    """
    data: Any
    if isinstance(given, Mapping):
        data = {"name": "own", "base": "mari", **given}
        return checked(_inherited(data, "style.notation"), "style.notation")
    if not given.endswith((".yaml", ".yml")):
        return notation(given)
    path = Path(given)
    if path.is_absolute() or ".." in path.parts:
        what = "a notation's file lies in the folder of the spec or below it"
        raise ChalkgradError(what, where="style.notation", hint="notation: my_notation.yaml")
    try:
        with ((folder or Path()) / path).open("rb") as file:
            text = file.read(strict_yaml.MAX_BYTES + 1).decode("utf-8-sig")
    except (OSError, ValueError):
        what = f"the notation's file '{given}' cannot be read"
        raise ChalkgradError(what, where="style.notation") from None
    data = strict_yaml.load_text(text, given)
    if not isinstance(data, dict):
        raise ChalkgradError("a notation is a mapping of keys", where=given, hint="base: mari")
    data = {"name": path.stem, "base": "mari", **data}
    return checked(_inherited(data, given), given)
