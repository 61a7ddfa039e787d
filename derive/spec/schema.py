"""The published JSON Schema of a spec file, so that editors complete and check specs."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from . import definition as spec_definition
from . import models as spec_models
from . import train as spec_train

_MODULES = (spec_models, spec_definition, spec_train)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `SpecFile`, every key with its meaning."""
    schema = spec_models.SpecFile.model_json_schema(by_alias=True)
    told = {k: v for m in _MODULES for k, v in meanings(m).items()}
    for name, model in [("SpecFile", schema), *schema["$defs"].items()]:
        kinds = [cls.__name__ for cls in getattr(_model(name), "__mro__", ())]
        for key, about in model["properties"].items():
            if "patternProperties" in about:  # pydantic leaves other names open
                about["additionalProperties"] = False
            field = "if_" if key == "if" else key
            about["description"] = next(
                told[kind, field] for kind in kinds if (kind, field) in told
            )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def schema_text() -> str:
    """What docs/spec.schema.json holds; the same text every time."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _model(name: str) -> type:
    found: type = next(getattr(m, name) for m in _MODULES if hasattr(m, name))
    return found


def meanings(module: ModuleType) -> dict[tuple[str, str], str]:
    """(model, key) -> the docstring under the key. Read only here: pydantic's own reading of
    them would cost every start of the program 0.1 s."""
    return dict(_docstrings(ast.parse(inspect.getsource(module))))


def _docstrings(tree: ast.Module) -> Iterator[tuple[tuple[str, str], str]]:
    for cls in tree.body:
        if not isinstance(cls, ast.ClassDef):
            continue
        for key, text in zip(cls.body, cls.body[1:], strict=False):
            if (
                isinstance(key, ast.AnnAssign)
                and isinstance(key.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
            ):
                yield (cls.name, key.target.id), str(text.value.value)
