"""The keys of a spec: of a network, of its style, of a file with several networks.

The models are the published JSON Schema too, so every key carries its meaning. What a model holds
is shared between the networks of a file: read it, do not change it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from ..language.errors import ChalkgradError
from . import definition as m
from . import fields as f
from . import initial
from .definition import Definition, Short
from .fields import Use, refuse, shown
from .train import Train

MAX_NETWORKS = 1000
Starts = Annotated[Any, PlainValidator(initial.given), initial.Schema()]


class NetworkForm(m.Model):
    """The short form: input x, target y (with a loss) and dense layers."""

    units: Annotated[list[m.Size], Field(min_length=2, max_length=f.MAX_LAYERS)] | None = None
    """Sizes of the input and of every layer."""
    activation: Annotated[
        list[Use] | None, PlainValidator(f.uses("activation")), WithJsonSchema(m.USES)
    ] = None
    """One activation for every layer, or a list with one per layer."""
    bias: Literal["per_unit", "shared", "none"] | None = None
    """The bias of every layer."""


class Edges(m.Model):
    """Numbers the weights through all layers."""

    name: m.Word = "w"
    """The letter before the number."""
    order: Literal["to_from", "from_to"] = "to_from"
    """By receiving unit, then sender; or the other way."""
    start: Annotated[int, Field(ge=0, le=1000)] = 1
    """The first number."""


@dataclass(frozen=True)
class Digits:
    """How many digits a printed number has: decimals, or significant figures."""

    count: int
    significant: bool = False


def _digits(value: object) -> Digits:
    significant = isinstance(value, dict) and list(value) == ["significant"]
    count = value["significant"] if significant else value  # type: ignore[index]
    if isinstance(count, bool) or not isinstance(count, int) or not significant <= count <= 30:
        raise refuse(f"digits: 4, or digits: {{significant: 4}}; got {shown(value)}")
    return Digits(count, significant)


Count = {"type": "integer", "minimum": 0, "maximum": 30}
Significant = {
    "type": "object",
    "properties": {"significant": Count | {"minimum": 1}},
    "required": ["significant"],
    "additionalProperties": False,
}
Levels = Annotated[
    list[Literal["chain", "index", "matrix", "numbers"]],
    BeforeValidator(f.one_or_more),
    Short({"enum": ["chain", "index", "matrix", "numbers"]}),
]


_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}[.]ya?ml")


def _notation(value: object) -> str | dict[str, Any]:
    """A preset's name, the path of a YAML file below the spec's folder, or the preset itself."""
    if isinstance(value, dict):
        return f.options(value)
    if isinstance(value, str) and _FILE.fullmatch(value):
        if ".." in value.split("/"):
            raise refuse("the file lies in the folder of the spec or below it")
        return value
    return f.check_name(value, "notation")


Notation = Annotated[
    Any,
    PlainValidator(_notation),
    WithJsonSchema({"anyOf": [m.TEXT, {"type": "object"}]}),
]
Language = Annotated[str, BeforeValidator(f.language)]
PageCheck = Callable[[Any, int], object]
"""Takes an entry of ``deck:`` and its position; raises ChalkgradError for what it cannot show."""


def _pages(entries: list[Any], info: ValidationInfo) -> list[Any]:
    """The entries as they are. What their options mean is known to whoever makes the pages, so the
    check comes with the call; here every fault gets its line and column."""
    check: PageCheck | None = (info.context or {}).get("page")
    if check is None:
        return entries
    for i, entry in enumerate(entries):
        try:
            check(entry, i)
        except ChalkgradError as fault:
            raise refuse(fault.what, i, hint=fault.hint) from None
    return entries


class Style(m.Model):
    """How the outputs look; a network of a file sets only the keys it changes."""

    notation: Notation = "mari"
    """The preset of symbols: a name, a file of your own (my.yaml), or its keys."""
    language: Annotated[list[Language], BeforeValidator(f.one_or_more), Short(m.TEXT)] = Field(
        default_factory=lambda: ["en"]
    )
    """A language code, or several."""
    digits: Annotated[
        Digits, PlainValidator(_digits), WithJsonSchema({"anyOf": [Count, Significant]})
    ] = Field(default=Digits(4), json_schema_extra={"default": 4})
    """Decimals, or {significant: n}."""
    rounding: Literal["half_up", "half_even", "truncate"] = "half_up"
    """How printed numbers are rounded, by magnitude."""
    chain: Literal["reuse", "full"] = "reuse"
    """Stop at the nearest gradient already shown, or go to the parameter."""
    level: Levels | None = None
    """Which levels of a gradient are shown."""
    edges: Edges | None = None
    """Numbers the weights through all layers (w1, w2, …)."""
    theme: str | None = None
    """A theme file."""
    aspect: Annotated[str, Field(pattern=r"^[0-9]{1,3}:[0-9]{1,3}$")] | None = None
    """The slides' aspect ratio, such as 16:9."""


class Part(m.Model):
    """What a network of a file may say; at the top of the file it holds for all of them."""

    title: m.Localized = None
    """The title, a text or one per language."""
    author: m.Localized = None
    """Who teaches it."""
    theme: Any = None
    """A theme file, or its logo, footer and colours."""
    axes: dict[m.AxisName, m.AxisSize] = Field(default_factory=dict)
    """Axis name -> its size, the axis it is a twin of, or arithmetic over sizes."""
    input: dict[m.TensorName, m.Declared] = Field(default_factory=dict)
    """Inputs of one sample: name -> shape. The batch axis n comes by itself."""
    target: dict[m.TensorName, m.Declared] = Field(default_factory=dict)
    """What the loss compares with: name -> shape."""
    parameters: dict[m.TensorName, m.Declared] = Field(default_factory=dict)
    """What is trained: name -> shape (layers bring their own)."""
    constants: dict[m.TensorName, m.Declared] = Field(default_factory=dict)
    """Tensors that are neither trained nor batched: name -> shape."""
    define: dict[m.Word, Definition] = Field(default_factory=dict)
    """Own layers, activations, losses, in the form of the catalogue; own update rules."""
    network: NetworkForm | None = None
    """The short form: input x, target y and dense layers."""
    layers: m.Layers = Field(default_factory=list)
    """Layers in order: a name, or a name with its options."""
    equations: Annotated[str, Field(max_length=1_000_000)] | None = None
    """Index equations, separated by newlines or `;`."""
    output: m.TensorNames = Field(default_factory=list)
    """What `predict` returns: a tensor or several; without it the last tensor before the loss."""
    loss: m.LossUse | None = None
    """A loss of the catalogue with its options, or the name of an equation's tensor."""
    penalty: m.PenaltyUses = Field(default_factory=list)
    """Terms without a sample, such as weight decay."""
    batch: Literal["mean", "sum"] = "mean"
    """How the samples' losses combine."""
    initial: dict[m.TensorName, m.TensorName] = Field(default_factory=dict)
    """Tensor -> what it reads before the start of its recurrence."""
    init: Starts = Field(default_factory=dict)
    """How the parameters start: a name for all weights, or parameter -> name or numbers."""
    values: dict[m.Word, m.Numbers] = Field(default_factory=dict)
    """The worked example: tensor -> numbers (one sample); `edges` by edge number."""
    samples: dict[m.Word, m.Batches] = Field(default_factory=dict)
    """Several samples: tensor -> numbers, batch first."""
    update: m.UpdateUse | None = None
    """The rule of one training step, such as {sgd: {rate: 0.01}}."""
    train: Train = Field(default_factory=Train)
    """A run over data: epochs, batch, validation, early stopping, seed."""
    style: Style = Field(default_factory=Style)
    """How the outputs look."""
    deck: Annotated[m.Deck, AfterValidator(_pages)] = Field(default_factory=list)
    """What the lecture shows, in order."""


class NetworkPart(Part):
    """One network of a file with several."""

    like: m.NetworkKey | None = None
    """The network whose keys it takes over, instead of the top of the file."""


class SpecFile(Part):
    """A chalkgrad spec: an architecture, from which the derivation and the code are printed."""

    name: m.ModuleName
    """A Python identifier; the stem of every output."""
    networks: Annotated[dict[m.NetworkKey, NetworkPart], Field(max_length=MAX_NETWORKS)] = Field(
        default_factory=dict
    )
    """Several networks in one file: name -> what it sets itself."""


class Spec(Part):
    """One network, complete: what it inherits and its short form are written out."""

    name: str
    """The stem of every output: that of the file, or FILE_KEY."""
    key: str = "main"
    """Its name in the file."""
    where: str = ""
    """The file it comes from, for messages."""
