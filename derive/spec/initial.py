"""How the parameters start: the key `init:`, the named initialisations (initial.yaml), the fans.

    init: glorot_uniform
    init: {weights: he_normal, biases: zeros, W0: {normal: {std: 0.1}}, W1: [[1, 2], [3, 4]]}

Which of these holds for a parameter, first to last: its own name under `init:`; its numbers under
`values:`, where these are no complete example (that one the module has apart, as `worked_example`);
the `init:` of its declaration (`gamma: {shape: [i], init: ones}`, in a spec or in the catalogue);
`biases`, for a parameter whose name begins with b; `weights`, for every other. What nothing names
starts as it does without the key: biases 0, weights normal with the variance 1/fan_in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any, NoReturn

from ..language.errors import ChalkgradError, suggest
from ..language.evaluate import Arithmetic, UnknownError, evaluate
from ..language.expr import Cmp, Expr, Fn, Mul, Name, Num, Pow, mul
from ..language.expr import replace as swap
from ..language.parser import expression
from . import fields as f
from .definition import OptionDecl, read_options
from .fields import refuse, shown
from .strict_yaml import load_text

WEIGHTS, BIASES = "weights", "biases"


@dataclass(frozen=True)
class Initialisation:
    """One entry of initial.yaml. ``formulas`` are over its options, ``fan_in`` and ``fan_out``."""

    name: str
    summary: str
    formulas: Mapping[str, Expr]
    options: Mapping[str, OptionDecl] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Start:
    """How `init:` starts a parameter: by a name with all its options, or as ``numbers``."""

    name: str
    options: Mapping[str, Expr] = field(default_factory=dict)
    numbers: Any = None

    def formulas(self, fans: Fans | None = None) -> dict[str, Expr]:
        """What initial.yaml says with these options; over numbers alone, where fans are given."""
        known: dict[Any, Expr] = {Name(k): v for k, v in self.options.items()}
        if fans is not None:
            known[Name("fan_in")] = Num(Fraction(fans.fan_in))
            known[Name("fan_out")] = Num(Fraction(fans.fan_out))
        made = {k: swap(e, known) for k, e in initialisation(self.name).formulas.items()}
        return {k: mul(e.args) if isinstance(e, Mul) else e for k, e in made.items()}


@cache
def _all() -> dict[str, Initialisation]:
    text = resources.files(__package__).joinpath("initial.yaml").read_text("utf-8")
    given: Any = load_text(text, "initial.yaml")
    made = {}
    for name, entry in given.items():
        options = {k: OptionDecl.model_validate(v) for k, v in entry.get("options", {}).items()}
        formulas = {  # an option as it stands may be called mean, a word of the equation language
            k: Name(v) if v in options else expression(v, f"initial.yaml: {name}")
            for k, v in entry["formulas"].items()
        }
        source = entry.get("source", "")
        made[name] = Initialisation(name, entry["summary"], formulas, options, source)
    return made


def names() -> list[str]:
    """The named initialisations, in the order of initial.yaml."""
    return list(_all())


def initialisation(name: str) -> Initialisation:
    """One of them. Raises ChalkgradError, with a suggestion, for an unknown name."""
    if name not in _all():
        raise ChalkgradError(f"there is no initialisation '{name}'", where="init",
                             hint=suggest(name, _all()))  # fmt: skip
    return _all()[name]


@dataclass(frozen=True)
class Fans:
    """``fan_in``: how many products of the parameter one output adds up; ``fan_out``: in how many
    one input stands. ``rows``: how many of its leading axes are the rows of it as a matrix."""

    fan_in: int = 1
    fan_out: int = 1
    rows: int = 1


# -- the key `init:` -----------------------------------------------------------------------------


def given(value: object) -> dict[str, Start]:
    """`init:` as loaded: parameter, `weights` or `biases` -> how it starts.

    Raises PydanticCustomError with the path of what is wrong. Names of parameters are not known
    here, `starts` compares them with the network.
    """
    if isinstance(value, str):
        return {WEIGHTS: _start(value)}
    if not isinstance(value, dict):
        raise refuse(f"a name or a mapping is needed; got {shown(value)}",
                     hint="init: he_normal, or init: {weights: he_normal, W0: …}")  # fmt: skip
    return {f.check_name(k, "parameter's name"): _start(v, k) for k, v in value.items()}


def _start(value: object, *path: str) -> Start:
    if not isinstance(value, str | dict):
        return Start("numbers", numbers=f.numbers(value, *path))
    name, options = f.named(value, "initialisation", *path)
    if name not in _all():
        raise refuse(f"there is no initialisation '{name}'", *path, hint=suggest(name, _all()))
    here = path if options is None else (*path, name)
    declared = _all()[name].options
    read = {
        key: _gain(value, *here, key) if declared[key].type == "expression" else _exact(value)
        for key, value in read_options(declared, options or {}, *here).items()
    }
    if "low" in read and number(read["low"]) >= number(read["high"]):
        raise refuse("low is below high", *here)
    return Start(name, read)


def _exact(value: int | Decimal | Fraction) -> Num:
    return Num(Fraction(value), str(value))


def _gain(value: Any, *path: str) -> Expr:
    """A factor above 0 as people write it: 1.5, 5/3, sqrt(2)."""
    try:
        made = expression(str(value), "gain")
    except ChalkgradError as err:
        raise refuse(err.what, *path, hint=err.hint) from None
    value_ = number(made)
    if not 0 < value_ < math.inf:
        raise refuse(f"a gain is a number above 0, a fraction, a root; got {shown(value)}",
                     *path, hint="5/3, or sqrt(2)")  # fmt: skip
    return made


class _Floats(Arithmetic):
    """Numbers under + * / sqrt and nothing else: a power may be one that nobody can wait for."""

    def number(self, value: Fraction) -> float:
        return float(value)

    def power(self, a: float, b: float) -> NoReturn:
        self.refuse(Pow)

    def compare(self, op: str, a: float, b: float) -> NoReturn:
        self.refuse(Cmp)

    def call(self, name: str, args: Sequence[float]) -> float:
        return math.sqrt(*args) if name == "sqrt" else self.refuse(Fn)


def number(e: Expr) -> float:
    """The value of numbers under + * / sqrt, else nan."""
    try:
        return float(evaluate(e, _Floats()))
    except (UnknownError, ValueError, ArithmeticError):
        return math.nan


class Schema:
    """The JSON Schema of `init:`, made when it is asked for: it reads initial.yaml."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        options = {
            name: {"type": "object", "additionalProperties": False,
                   "properties": {k: _SCHEMAS[o.type] for k, o in entry.options.items()}}
            for name, entry in _all().items()
        }  # fmt: skip
        word = {"enum": names()}
        one = {"type": "object", "properties": options, "additionalProperties": False,
               "minProperties": 1, "maxProperties": 1}  # fmt: skip
        start = {"anyOf": [word, one, {"type": ["number", "array"]}]}
        return {"anyOf": [word, {"type": "object", "additionalProperties": start}]}


_SCHEMAS = {"number": {"type": "number"}, "expression": {"type": ["number", "string"]}}
