"""What pydantic found wrong first, in our words, wherever a model is validated."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pydantic import ValidationError

from ..language.errors import suggest
from .fields import shown

_WANTED = {
    "dict_type": "a mapping", "list_type": "a list", "string_type": "a text",
    "int_type": "a whole number", "bool_type": "true or false",
}  # fmt: skip


class Fault(NamedTuple):
    """``path`` leads to the value from the model; ``of_key``: its key is what is wrong."""

    what: str
    path: tuple[str | int, ...]
    hint: str = ""
    of_key: bool = False


def first_fault(errors: ValidationError) -> Fault:
    """The first of the faults: ours (`fields.refuse`) as it is, pydantic's own translated."""
    first: Any = errors.errors(include_url=False)[0]
    kind, about = first["type"], first.get("ctx", {})
    path = tuple(p for p in first["loc"] if p != "[key]")
    if kind == "spec":
        of_key = "unknown key" in about["what"] or "[key]" in first["loc"]
        return Fault(about["what"], (*path, *about["path"]), about["hint"], of_key)
    if kind == "missing":
        return Fault(f"'{path[-1]}' is missing", path[:-1])
    what, hint = first["msg"], ""
    if kind == "literal_error":
        what = f"one of {about['expected']}"
        hint = _near(first["input"], re.findall(r"'([^']*)'", about["expected"]))
    elif kind == "string_too_long":
        what = f"at most {about['max_length']} characters"
    elif kind in _WANTED:
        what = f"{_WANTED[kind]} is needed"
    return Fault(f"{what}; got {shown(first['input'])}", path, hint)


def _near(word: object, known: list[str]) -> str:
    hint = suggest(word, known) if isinstance(word, str) else ""
    return hint if hint.startswith("did") else ""  # the known words are in the message
