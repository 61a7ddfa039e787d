"""How the parameters of a network start: what `init:` says of each, and their fans."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..language.equation import Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Cmp, Expr, Idx, Read, reads, walk
from ..spec.initial import BIASES, WEIGHTS, Fans, Start, names
from .network import Network


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
    if name in names():
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
