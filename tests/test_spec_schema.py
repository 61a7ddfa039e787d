"""The published JSON Schema takes what the loader takes and refuses what editors can see."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.spec.schema import schema_text
from chalkgrad.derive.spec.spec import load_specs
from chalkgrad.derive.spec.strict_yaml import load_text

SPECS = Path(__file__).parent / "specs"


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """The part of JSON Schema that the published schema uses."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in schema and not any(fits(value, one, root) for one in schema["anyOf"]):
        return False
    if value not in schema.get("enum", [value]) or schema.get("const", value) != value:
        return False
    kinds = {
        **{"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool},
        **{"integer": int, "number": (int, float)},
    }
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(
        isinstance(value, kinds[w]) and (w == "boolean" or not isinstance(value, bool))
        for w in wanted
    ):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, int):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {}), root) for item in value)
    if isinstance(value, dict):
        return all(_entry_fits(key, item, schema, root) for key, item in value.items()) and all(
            key in value for key in schema.get("required", [])
        )
    return True


def _entry_fits(key: str, item: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if key in schema.get("properties", {}):
        return fits(item, schema["properties"][key], root)
    for pattern, inner in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return fits(item, inner, root)
    rest = schema.get("additionalProperties", True)
    return rest if isinstance(rest, bool) else fits(item, rest, root)


def as_json(path: Path) -> Any:
    return json.loads(json.dumps(load_text(path.read_text("utf-8")), default=float))


@pytest.mark.parametrize("name", ["ando", "mari", "mazur", "ng"])
def test_the_schema_takes_the_lectures(name: str):
    schema = json.loads(schema_text())
    assert fits(as_json(SPECS / f"{name}.yaml"), schema, schema)


@pytest.mark.parametrize(
    "change",
    [
        {"layer": []},
        {"input": {"x": [-1]}},
        {"input": {"x y": [1]}},
        {"batch": "median"},
        {"style": {"digits": {"signif": 3}}},
        {"networks": {"e111": {"networks": {}}}},
        {"define": {"f": {"equation": "y = x"}}},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(change: dict[str, Any]):
    schema = json.loads(schema_text())
    good = as_json(SPECS / "mari.yaml")
    assert fits(good, schema, schema)
    assert not fits(good | change, schema, schema)
    with pytest.raises(ChalkgradError):
        load_specs(good | change)


def test_every_key_of_the_schema_has_its_meaning():
    schema = json.loads(schema_text())
    models = [schema, *schema["$defs"].values()]
    assert all(key["description"] for model in models for key in model["properties"].values())
    assert schema["$defs"]["Style"]["properties"]["digits"]["default"] == 4
    assert schema["required"] == ["name"]
    assert schema_text() == schema_text()


def test_the_published_schema_is_fresh():
    published = Path(__file__).parent.parent / "docs" / "spec.schema.json"
    assert published.read_text("utf-8") == schema_text(), "make generated brings it up to date"
