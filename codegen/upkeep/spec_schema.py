"""The published JSON Schema of a spec file, with the items of ``deck:`` and their options."""

from __future__ import annotations

import json
from typing import Any

from ...derive.spec.schema import describe, json_schema
from ..deck.item import Item
from ..lecture.items.entries import items

ENTRY = "DeckEntry"


def spec_schema() -> dict[str, Any]:
    """The schema of derive, in which an entry of ``deck:`` is any name, with every item in it."""
    made = json_schema()
    made["$defs"][ENTRY] = _entry(made["$defs"])
    for model in (made, *made["$defs"].values()):
        if "deck" in model.get("properties", {}):
            model["properties"]["deck"]["items"] = {"$ref": f"#/$defs/{ENTRY}"}
    return made


def schema_text() -> str:
    """What docs/spec.schema.json holds; the same text every time."""
    return json.dumps(spec_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _entry(shared: dict[str, Any]) -> dict[str, Any]:
    """A name alone, where nothing is needed with it, or one name with its options."""
    alone = [
        name for name, model in items().items()
        if not any(field.is_required() for field in model.model_fields.values())
    ]  # fmt: skip
    return {"anyOf": [{"enum": alone}, *(_item(n, m, shared) for n, m in items().items())]}


def _item(name: str, model: type[Item], shared: dict[str, Any]) -> dict[str, Any]:
    """``name: options``, or ``name: VALUE`` of its main option; its models go to ``shared``."""
    options = model.model_json_schema(by_alias=True)
    describe(options, model)
    shared |= options.pop("$defs", {})
    options["title"] = name
    given = [options, {"type": "null"}]
    if model.main:
        given.append(options["properties"][model.main])
    return {
        "type": "object",
        "properties": {name: {"anyOf": given}},
        "required": [name],
        "additionalProperties": False,
    }
