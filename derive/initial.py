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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from . import spec_fields as f
from .equation import Tensor
from .errors import ChalkgradError, suggest
from .expr import Add, Cmp, Div, Expr, Fn, Idx, Mul, Name, Neg, Num, Read, mul, reads, walk
from .expr import replace as swap
from .network import Network
from .parser import expression
from .spec_definition import OptionDecl
from .spec_fields import refuse, shown
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
    read = dict(_options(_all()[name], options or {}, here))
    if "low" in read and number(read["low"]) >= number(read["high"]):
        raise refuse("low is below high", *here)
    return Start(name, read)


def _options(
    about: Initialisation, given: Mapping[str, Any], path: Sequence[str]
) -> Iterator[tuple[str, Expr]]:
    for key in given:
        if key not in about.options:
            hint = suggest(key, about.options) or "it has no options"
            raise refuse(f"{about.name} has no option '{key}'", *path, key, hint=hint)
    for key, option in about.options.items():
        if option.required and key not in given:
            hint = f"{about.name}: {{{key}: 0.1}}"
            raise refuse(f"the option '{key}' is missing", *path, hint=hint)
        value = option.check(given[key], *path, key) if key in given else option.default
        yield key, _gain(value, *path, key) if option.type == "expression" else _exact(value)


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


def number(e: Expr) -> float:
    """The value of numbers under + * / sqrt, else nan (a power may be one nobody can wait for)."""
    if isinstance(e, Num):
        return float(e.value)
    parts = [number(kid) for kid in e.children()]
    try:
        if isinstance(e, Fn) and e.name == "sqrt":
            return math.sqrt(parts[0])
        if isinstance(e, Add):
            return sum(parts)
        if isinstance(e, Mul):
            return math.prod(parts)
        if isinstance(e, Div):
            return parts[0] / parts[1]
    except (ValueError, ArithmeticError):
        return math.nan
    return -parts[0] if isinstance(e, Neg) else math.nan


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


# -- of a network --------------------------------------------------------------------------------


def starts(network: Network) -> dict[str, Start]:
    """Parameter -> how the network's spec starts it, by `init:` or by the numbers of an incomplete
    example; empty where it says nothing.

    Raises ChalkgradError for a name that is no parameter and for numbers of another shape.
    """
    asked: Mapping[str, Start] = network.spec.init if network.spec is not None else {}
    own = {t.name: t for t in network.parameters}
    for name, start in asked.items():
        if name in (WEIGHTS, BIASES):
            _check_group(name, start, own)
        elif name not in own:
            raise ChalkgradError(f"there is no parameter '{name}'", where=f"init.{name}",
                                 hint=_meant(name, own))  # fmt: skip
    made = {}
    partial = _partial(network)
    for t in own.values():
        group = None if t.init is not None else BIASES if is_bias(t) else WEIGHTS
        said = asked.get(t.name) or partial.get(t.name) or asked.get(group or "")
        if said is not None:
            made[t.name] = _filled(network, t, said)
    return made


def missing(network: Network) -> list[str]:
    """The parameters and data that a complete worked example lacks."""
    needed = (*network.parameters, *network.inputs, *network.targets)
    return [t.name for t in needed if t.name not in network.values]


def _partial(network: Network) -> dict[str, Start]:
    """The parameters that the spec gives without a complete example: they are what it starts from,
    the rest is drawn."""
    if not missing(network):
        return {}
    given = (t.name for t in network.parameters if t.name in network.values)
    return {name: Start("numbers", numbers=network.values[name]) for name in given}


def is_bias(t: Tensor) -> bool:
    """The rule of `biases` and `weights`: a bias is a parameter whose name begins with b."""
    return t.name.startswith("b")


def _check_group(name: str, start: Start, own: Mapping[str, Tensor]) -> None:
    if name in own:
        raise ChalkgradError(f"'{name}' is a parameter and all {name} at once",
                             where=f"init.{name}", hint="rename the parameter")  # fmt: skip
    if isinstance(start.numbers, list):
        raise ChalkgradError(f"all {name} have no common shape", where=f"init.{name}",
                             hint="one number for all, or a list for one by name")  # fmt: skip


def _meant(name: str, own: Mapping[str, Tensor]) -> str:
    if name in _all():
        return f"for all weights: init: {{weights: {{{name}: …}}}}"
    return suggest(name, [WEIGHTS, BIASES, *own])


def _filled(network: Network, t: Tensor, start: Start) -> Start:
    """Lists of numbers in the parameter's shape; a flat list of all its entries is one, too."""
    if not isinstance(start.numbers, list):
        return start
    shape, got = network.shape(t.name), _shape(start.numbers)
    where = f"init.{t.name}"
    sizes = [s for s in shape if isinstance(s, int)]
    if len(sizes) < len(shape):
        raise ChalkgradError(f"'{t.name}' has a symbolic size and can have no numbers", where=where)
    if got == sizes:
        return start
    if got != [math.prod(sizes)] or not sizes:
        what = f"'{t.name}' has the shape {sizes}, got {got}"
        hint = "one number fills it" if not got else ""
        raise ChalkgradError(what, where=where, hint=hint)
    return Start(start.name, numbers=_nested(start.numbers, sizes))


def _shape(value: Any) -> list[int]:
    return [len(value), *(_shape(value[0]) if value else [])] if isinstance(value, list) else []


def _nested(flat: Sequence[Any], sizes: Sequence[int]) -> Any:
    if len(sizes) == 1:
        return list(flat)
    step = math.prod(sizes[1:])
    return [_nested(flat[k * step : (k + 1) * step], sizes[1:]) for k in range(sizes[0])]


# -- fans ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fans:
    """``fan_in``: how many products of the parameter one output adds up; ``fan_out``: in how many
    one input stands. ``rows``: how many of its leading axes are the rows of it as a matrix."""

    fan_in: int = 1
    fan_out: int = 1
    rows: int = 1


def fans(network: Network, name: str) -> Fans:
    """The fans of a parameter in the first equation that reads it.

    Its axes that the equation sums over make fan_in; those it keeps make fan_out, together with
    the axes of a window: summed over, and read elsewhere only within arithmetic (p in x[c, i+p]).
    An axis read at another tensor's number (E[t[m],d]) is picked, not summed: it counts for
    neither. For convolutions this is what PyTorch's _calculate_fan_in_and_fan_out gives.
    """
    for eq in network.equations:
        for read in reads(eq.rhs):
            if read.tensor == name:
                summed = [i for i in read.indices if isinstance(i, Idx) and i not in eq.indices]
                kept = [i for i in read.indices if isinstance(i, Idx) and i in eq.indices]
                windows = [i for i in summed if _is_window(i, read, eq.rhs)]
                sides = [i in summed if isinstance(i, Idx) else None for i in read.indices]
                rows = next((k for k, s in enumerate(sides) if s != sides[0]), 1)
                return Fans(_size(network, summed), _size(network, [*kept, *windows]), rows)
    return Fans()


def _size(network: Network, indices: Sequence[Idx]) -> int:
    sizes = [network.size(i.axis) for i in indices]
    return math.prod(s for s in sizes if isinstance(s, int))


def _is_window(index: Idx, own: Read, rhs: Expr) -> bool:
    """Does the index stand within arithmetic, and never alone but in ``own``?"""
    places = [at for e in walk(rhs) if isinstance(e, Read) and e != own for at in e.indices]
    if index in places:
        return False
    places += [side for e in walk(rhs) if isinstance(e, Cmp) for side in (e.a, e.b)]
    return any(not isinstance(e, Idx | Read) and index in walk(e) for e in places)


__all__ = [
    "Fans", "Initialisation", "Schema", "Start", "fans", "given", "initialisation", "is_bias",
    "missing", "names", "number", "starts",
]  # fmt: skip
