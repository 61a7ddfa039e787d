"""What a declared tensor, an option and a definition (catalogue, ``define:``) hold.

These models are the published JSON Schema too, so every key carries its meaning. What a model
holds is shared between the networks of a file: read it, do not change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ..language.errors import suggest
from . import fields as f
from .fields import LayerUse, Use, refuse, shown


class Short:
    """Adds a short form, which a validator expands, to the JSON Schema of a model."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [self.schema, handler(core)]}


TEXT = {"type": "string"}
WORD = {"type": "string", "pattern": f"^[A-Za-z][A-Za-z0-9_]{{0,{f.MAX_NAME - 1}}}$"}
SIZE = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": f.MAX_SIZE}, WORD]}
SHAPE = {"type": "array", "items": {"anyOf": [*SIZE["anyOf"], {"const": "..."}]}}
ONE = {"type": "object", "minProperties": 1, "maxProperties": 1}
USE = {"anyOf": [WORD, ONE]}
NUMBERS = {"type": ["number", "array"]}


def _word(check: Any) -> Any:
    return (BeforeValidator(check), WithJsonSchema(WORD))


TensorName = Annotated[str, *_word(f.tensor_name)]
AxisName = Annotated[str, *_word(f.axis_name)]
Word = Annotated[str, *_word(f.check_name)]
NetworkKey = Annotated[str, *_word(f.network_key)]
ModuleName = Annotated[str, *_word(f.module_name)]
Size = Annotated[Any, PlainValidator(f.size), WithJsonSchema(SIZE)]
AxisSize = Annotated[
    Any,
    PlainValidator(f.axis_size),
    WithJsonSchema({"anyOf": [SIZE["anyOf"][0], TEXT]}),
]
Shape = Annotated[list[Any], BeforeValidator(f.shape), WithJsonSchema(SHAPE)]
Numbers = Annotated[Any, PlainValidator(f.numbers), WithJsonSchema(NUMBERS)]
Bound = Annotated[Any, PlainValidator(f.number), WithJsonSchema({"type": "number"})]
Batches = Annotated[Any, PlainValidator(f.batches), WithJsonSchema({"type": "array"})]
Localized = Annotated[
    Any,
    PlainValidator(f.localized),
    WithJsonSchema({"anyOf": [TEXT, {"type": "object", "additionalProperties": TEXT}]}),
]
TensorNames = Annotated[
    list[str],
    PlainValidator(f.tensor_names),
    WithJsonSchema({"anyOf": [WORD, {"type": "array", "items": WORD}]}),
]
USES = {"anyOf": [WORD, {"type": "object"}, {"type": "array", "items": USE}]}
LossUse = Annotated[Use, PlainValidator(f.use("loss")), WithJsonSchema(USE)]
UpdateUse = Annotated[Use, PlainValidator(f.use("update rule")), WithJsonSchema(USE)]
PenaltyUses = Annotated[list[Use], PlainValidator(f.uses("penalty")), WithJsonSchema(USES)]
Layers = Annotated[
    list[LayerUse], PlainValidator(f.layers), WithJsonSchema({"type": "array", "items": USE})
]
Deck = Annotated[list[Any], PlainValidator(f.deck), WithJsonSchema({"type": "array", "items": USE})]


class Model(BaseModel):
    """No key but the declared ones; an empty key (``values:``) is the key's default.

    The text under a key is its meaning in the JSON Schema (`schema.meanings` reads it).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            raise refuse(f"a mapping is needed; got {shown(given)}")
        known = {field.alias or name: field for name, field in cls.model_fields.items()}
        for key in given:
            if key not in known:
                hint = suggest(key, known) if isinstance(key, str) else ""
                raise refuse(f"unknown key {shown(key)}", key, hint=hint)
        empty = [key for key, value in given.items() if value is None]
        return given | {k: known[k].get_default(call_default_factory=True) for k in empty}


# --- declarations --------------------------------------------------------------------------------


class TensorDecl(Model):
    """A tensor: its shape and what is known about it. The short form is the shape alone."""

    shape: Shape = Field(default_factory=list)
    """Sizes or axis names of one sample; [] for a single number."""
    integer: Size | None = None
    """The entries are class numbers 0 .. integer-1 (a number or the name of a size)."""
    fact: Literal["distribution"] | None = None
    """What is known and checked: `distribution` sums to 1 over its last axis."""
    if_: Annotated[str, Field(max_length=200)] | None = Field(None, alias="if")
    """Only there if this condition over the options holds (definitions)."""
    init: Annotated[
        Any,
        PlainValidator(f.initial),
        WithJsonSchema({"anyOf": [{"enum": list(f.INITIAL)}, {"type": "number"}]}),
    ] = None
    """How `init` fills it: zeros, ones, fan_in or a number."""
    value: Numbers = None
    """The numbers of a constant."""
    name: TensorName | None = None
    """Another key for the same tensor, where conditions give it two shapes (definitions)."""


def _declaration(value: object) -> object:
    return {"shape": f.shape(value)} if isinstance(value, list) else value


def _per_sample(value: TensorDecl) -> TensorDecl:
    if "..." in value.shape:
        raise refuse("`...` belongs to definitions", hint="name the axes of the tensor")
    return value


Loose = Annotated[TensorDecl, BeforeValidator(_declaration), Short(SHAPE)]
Declared = Annotated[
    TensorDecl, BeforeValidator(_declaration), AfterValidator(_per_sample), Short(SHAPE)
]

OptionType = Literal["integer", "number", "boolean", "text", "expression"]
_OPTION_TYPES: tuple[str, ...] = OptionType.__args__  # type: ignore[attr-defined]


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, Decimal) else "text"


class OptionDecl(Model):
    """An option of a definition. Short forms: a type (`integer`: required) or a default (`3`)."""

    type: OptionType = "text"
    """integer, number, boolean, text or expression; without it, that of the default."""
    default: Any = None
    """The value when a layer does not set it; an option without one is required."""
    one_of: list[Any] | None = None
    """The values to choose from."""
    min: Bound = None
    """The least number allowed."""
    max: Bound = None
    """The greatest number allowed."""
    help: str = ""
    """One line for the catalogue."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            if isinstance(given, list) or given is None:
                raise refuse(f"an option is a type, a default or a mapping; got {shown(given)}")
            is_type = isinstance(given, str) and given in _OPTION_TYPES
            given = {"type" if is_type else "default": given}
        choices = given.get("one_of")
        example = choices[0] if isinstance(choices, list) and choices else ""
        return {"type": _type_of(given.get("default", example))} | given

    @model_validator(mode="after")
    def _default_fits(self) -> OptionDecl:
        if not self.required and self.default is not None and not self.borrowed:
            self.check(self.default)
        return self

    @property
    def required(self) -> bool:
        """The option has no default."""
        return "default" not in self.model_fields_set

    @property
    def borrowed(self) -> bool:
        """The default is the name of another option, whose value it takes (`default: k`)."""
        return self.type in ("integer", "number") and isinstance(self.default, str)

    def check(self, value: Any, *path: str | int) -> Any:
        """``value`` if the option takes it; raises PydanticCustomError with the reason."""
        kind = _type_of(value)
        if not self._takes(value, kind):
            raise refuse(f"takes {_A[self.type]}; got {shown(value)}", *path)
        if self.one_of and value not in self.one_of:
            words = [str(word) for word in self.one_of]
            hint = suggest(str(value), words) if isinstance(value, str) else ""
            raise refuse(f"one of {', '.join(words)}; got {shown(value)}", *path, hint=hint)
        if kind in ("integer", "number"):
            if self.min is not None and value < self.min:
                raise refuse(f"at least {self.min}; got {shown(value)}", *path)
            if self.max is not None and value > self.max:
                raise refuse(f"at most {self.max}; got {shown(value)}", *path)
        return value

    def _takes(self, value: Any, kind: str) -> bool:
        if self.one_of and value in self.one_of:
            return True
        if isinstance(value, dict):  # an activation with options: {leaky_relu: {slope: 0.1}}
            return self.type == "text" and len(value) == 1
        if isinstance(value, list) or value is None:
            return False
        if self.type == "integer" and isinstance(value, str):  # a size may be a symbol
            return f.is_name(value)
        return kind in _FITS.get(self.type, (self.type,))


def read_options(
    options: Mapping[str, OptionDecl], given: Mapping[str, Any], *path: str
) -> dict[str, Any]:
    """All options with their values, in the order of their declaration.

    Raises PydanticCustomError with the path of an option that is unknown, missing or wrong.
    """
    for key in given:
        if key not in options:
            hint = suggest(key, options) or "it has no options"
            raise refuse(f"unknown option {shown(key)}", *path, key, hint=hint)
    for key, option in options.items():
        if option.required and key not in given:
            raise refuse(f"the option '{key}' is missing", *path, hint=f"{key}: …")
    read = {
        k: option.check(given[k], *path, k) if k in given else option.default
        for k, option in options.items()
    }
    borrowed = {k: o.default for k, o in options.items() if o.borrowed and k not in given}
    return read | {k: read[other] for k, other in borrowed.items()}


_FITS = {"number": ("integer", "number"), "expression": ("integer", "number", "text")}
_A = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "text": "a text",
    "expression": "a number or an expression",
}
_OPTION_SHORT = {"type": ["string", "number", "boolean"]}


# what only an update rule has, and what it has not
_OF_RULES = ("start",)
_NOT_OF_RULES = ("input", "target", "axes", "parameters", "constants", "initial", "output")


class Definition(Model):
    """A layer, activation, loss or penalty: its forward equations and nothing else; or the
    equations of an update rule, for one entry of a parameter at step t."""

    summary: str = ""
    """One line: what it computes."""
    source: str = ""
    """Where the formula stands in the literature."""
    kind: Literal["layer", "activation", "loss", "penalty", "rule"] = "layer"
    """What it may be used as."""
    options: dict[Word, Annotated[OptionDecl, Short(_OPTION_SHORT)]] = Field(default_factory=dict)
    """Its options; their names stand for their values in axes, shapes and equations."""
    input: dict[TensorName, Loose] = Field(default_factory=dict)
    """What it reads; `...` are the leading axes, the same everywhere in the definition."""
    target: dict[TensorName, Loose] = Field(default_factory=dict)
    """What a loss compares with."""
    axes: dict[AxisName, AxisSize] = Field(default_factory=dict)
    """Sizes of new axes, by arithmetic over options and other axes."""
    parameters: dict[TensorName, Loose] = Field(default_factory=dict)
    """What is trained."""
    constants: dict[TensorName, Loose] = Field(default_factory=dict)
    """Tensors that are neither trained nor batched."""
    initial: dict[TensorName, TensorName] = Field(default_factory=dict)
    """What a recurrence reads before its start."""
    start: dict[TensorName, Bound] = Field(default_factory=dict)
    """The state of a rule before its first step: tensor -> number."""
    equations: str
    """The forward equations; of a rule, its step from t-1 to t."""
    output: TensorName | None = None
    """The tensor the next layer reads; without it, the last one."""

    def read_options(self, given: dict[str, Any]) -> dict[str, Any]:
        """All options with their values, in the order of their declaration.

        Raises ChalkgradError that names the option; the caller adds the layer with `inside`.
        """
        try:
            return read_options(self.options, given)
        except PydanticCustomError as error:
            raise f.plain_error(error) from None

    @model_validator(mode="after")
    def _only_keys_of_its_kind(self) -> Definition:
        for key in _NOT_OF_RULES if self.kind == "rule" else _OF_RULES:
            if getattr(self, key):
                hint = "a rule has options, start and equations" * (self.kind == "rule")
                raise refuse(f"a {self.kind} has no '{key}'", key, hint=hint)
        return self

    @model_validator(mode="after")
    def _borrowed_exist(self) -> Definition:
        for k, option in self.options.items():
            other = self.options.get(str(option.default)) if option.borrowed else option
            if other is None or (option.borrowed and other.borrowed):
                what = f"takes {_A[option.type]}, or the value of another option; got "
                raise refuse(what + shown(option.default), "options", k, "default")
        return self
