"""The JSON Schema of a spec file, from which the published one is made: editors complete and check
specs with it. An entry of ``deck:`` is any name here; what the items are is not known to derive.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from . import definition as spec_definition
from . import models as spec_models
from . import train as spec_train

_MODULES = (spec_models, spec_definition, spec_train)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `SpecFile`, every key with its meaning."""
    schema = spec_models.SpecFile.model_json_schema(by_alias=True)
    for name, model in [("SpecFile", schema), *schema["$defs"].items()]:
        describe(model, _model(name))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _model(name: str) -> type[BaseModel]:
    found: type[BaseModel] = next(getattr(m, name) for m in _MODULES if hasattr(m, name))
    return found


def describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Write the meaning of every key into the schema of a model."""
    told = meanings(model)
    keys = {field.alias or name: name for name, field in model.model_fields.items()}
    for key, about in schema["properties"].items():
        if "patternProperties" in about:  # pydantic leaves other names open
            about["additionalProperties"] = False
        about["description"] = told[keys[key]]


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """key -> the docstring under it, in the model or in one that it inherits from. Read only where
    schema and docs are made: pydantic's own reading would cost every start of the program 0.1 s."""
    made: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            made |= _docstrings(kind)
    return made


def _docstrings(kind: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (cls,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(cls, ast.ClassDef)
    for key, text in zip(cls.body, cls.body[1:], strict=False):
        if (
            isinstance(key, ast.AnnAssign)
            and isinstance(key.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            yield key.target.id, str(text.value.value)
