"""The files of this folder: rules, options, schedules and modifiers as they are declared."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from ..spec.strict_yaml import load_text


@cache
def declared(file: str = "rules.yaml") -> dict[str, Any]:
    """What a file of this folder declares, by name."""
    text = resources.files(__package__ or __name__).joinpath(file).read_text("utf-8")
    made: Any = load_text(text, f"optimizers/{file}")
    return dict(made)
