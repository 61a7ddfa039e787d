"""Spec → Network: declarations, layers, equations, loss, penalties, the example's numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import catalogue, examples, initial
from .assemble import assemble, declare_axes
from .equation import BATCH, Tensor
from .errors import ChalkgradError, suggest
from .expr import Name, Read, Reduce
from .layers import Builder
from .network import Network
from .optimizers.settings import update_of
from .parser import Parsed, equations
from .resolve import Draft, Scope
from .spec import Spec, load_specs
from .spec_definition import TensorDecl


def load(source: str | Path | Mapping[str, Any], sets: Sequence[str] = ()) -> Network:
    """The first network of a spec: a path, a mapping, or the name of a shipped example.

    Raises
    ------
    ChalkgradError
        for anything the spec gets wrong, with the file, the field and a likely fix.
    """
    return load_all(source, sets)[0]


def load_all(source: str | Path | Mapping[str, Any], sets: Sequence[str] = ()) -> list[Network]:
    """Every network of a spec, the main one first."""
    if isinstance(source, str) and source in examples.names() and not Path(source).exists():
        source = examples.path(source)
    made = []
    for spec in load_specs(source, sets):
        try:
            made.append(build(spec))
        except ChalkgradError as err:
            raise err.inside(spec.where or spec.name) from None
    return made


def build(spec: Spec) -> Network:
    """One network from its spec."""
    draft = Draft()
    builder = Builder(draft, spec.define)
    for kind, declared in (
        ("input", spec.input), ("target", spec.target), ("parameter", spec.parameters),
        ("constant", spec.constants),
    ):  # fmt: skip
        for name, decl in declared.items():
            builder.declare(name, kind, decl, f"{kind}.{name}")
    declare_axes(draft, Scope(), spec.axes)
    own = equations(spec.equations) if spec.equations else []
    for eq in own:
        if builder.taken(eq.name):
            raise ChalkgradError(
                f"'{eq.name}' is already declared\n    {eq.text[:160]}",
                where=f"equation {eq.name}", hint="every tensor is defined once",
            )  # fmt: skip
        left = [i.name for i in eq.indices if isinstance(i, Name) and i.name != BATCH]
        builder.shapes[eq.name] = left
    draft.equations += [(Scope(), eq) for eq in own]
    last = _layers(builder, spec)
    loss = _loss(builder, spec, own, last)
    penalties = _penalties(builder, spec)
    network = assemble(
        draft, name=spec.name, loss=loss, output=spec.output or last or None, batch=spec.batch,
        penalties=penalties,
        initial={**builder.initial, **spec.initial}, layers=builder.layers, spec=spec,
        title=_title(spec),
    )  # fmt: skip
    initial.starts(network)  # refuses what `init:` says of other parameters
    return _with_values(network, spec, {**builder.constants, **spec.constants})


def _title(spec: Spec) -> str:
    title = spec.title
    if isinstance(title, Mapping):
        return str(title.get("en") or next(iter(title.values()), ""))
    return str(title or "")


def _layers(builder: Builder, spec: Spec) -> str:
    last = next(iter(spec.input), "")
    if spec.layers and not last:
        raise ChalkgradError("the layers have no input", where="input", hint="input: {x: [2]}")
    return builder.stack(spec.layers, last)


def _loss(builder: Builder, spec: Spec, own: Sequence[Parsed], last: str) -> str:
    defined = {eq.name for eq in own}
    use = spec.loss
    if use is None:
        if "L" in defined:
            return "L"
        return _no_loss(builder, last or (own[-1].name if own else ""))
    if use.bare and use.kind in defined:
        return str(use.kind)
    options = dict(use.options)
    given = options.pop("from", None) or (spec.output[0] if spec.output else last)
    if not given:
        hint = suggest(use.kind, [*defined, *catalogue.names()])
        raise ChalkgradError(
            f"there is no equation for the loss '{use.kind}'", where="loss", hint=hint
        )
    names = given if isinstance(given, list) else [given]
    sources = [builder.source(str(name), "loss.from") for name in names]
    return builder.loss(use.kind, options, sources, list(spec.target))


def _no_loss(builder: Builder, output: str) -> str:
    """A network without a loss is differentiated as the sum of its outputs."""
    if not output:
        hint = "layers: [dense: {units: 3}], or equations: and loss:"
        raise ChalkgradError("there are no layers and no equations", where="layers", hint=hint)
    letters = tuple(Name(c) for c, _ in zip("ijklmpqrst", builder.shapes[output], strict=False))
    body = Read(output, letters)
    rhs = Reduce("sum", letters, body) if letters else body
    shown = ",".join(c.name for c in letters)
    text = f"L = sum[{shown}]({output}[{shown}])" if letters else f"L = {output}"
    scope = Scope("no_loss")
    builder.draft.equations.append((scope, Parsed("L", (), rhs, text, 1)))
    return "L"


def _penalties(builder: Builder, spec: Spec) -> list[str]:
    made = []
    for k, use in enumerate(spec.penalty):
        options = dict(use.options)
        of = options.pop("of", None)
        names = [of] if isinstance(of, str) else of
        if names is None:  # every weight, no bias
            names = [
                t.name for t in builder.draft.tensors.values()
                if t.kind == "parameter" and len(t.axes) > 1
            ]  # fmt: skip
        for name in names:
            if name not in builder.shapes:
                raise ChalkgradError(f"there is no parameter '{name}'", where=f"penalty[{k}].of",
                                     hint=suggest(str(name), builder.shapes))  # fmt: skip
            made.append(builder.penalty(use.kind, options, str(name), k))
    return made


# -- numbers ---------------------------------------------------------------------------------------


def _with_values(network: Network, spec: Spec, constants: Mapping[str, TensorDecl]) -> Network:
    from dataclasses import replace

    values: dict[str, Any] = {}
    update_of(network)  # refuses what it cannot do
    given = dict(spec.values)
    edges = given.pop("edges", None)
    for name, value in given.items():
        values[name] = _shaped(network, name, value, f"values.{name}", single=True)
    if edges is not None:
        values.update(_edges(network, spec, edges))
    for name, value in spec.samples.items():
        values[name] = _shaped(network, name, value, f"samples.{name}", single=False)
    for t in network.constants:
        decl = constants[t.name]
        if decl.value is None and t.name not in values:
            hint = f"constants: {{{t.name}: {{shape: […], value: […]}}}}"
            what = f"the constant '{t.name}' has no value"
            raise ChalkgradError(what, where="constants", hint=hint)
        if decl.value is not None:
            values[t.name] = _shaped(
                network, t.name, decl.value, f"constants.{t.name}", single=True
            )
    return replace(network, values=values)


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [x for v in value for x in _flat(v)]
    return [value]


def _shaped(network: Network, name: str, value: Any, where: str, *, single: bool) -> Any:
    """Numbers in the tensor's shape, batch first; a flat list fills a shape of its size."""
    t = network.tensors.get(name)
    if t is None or t.kind == "variable":
        known = [x.name for x in network.tensors.values() if x.kind != "variable"]
        raise ChalkgradError(f"there is no input or parameter '{name}'", where=where,
                             hint=suggest(name, known))  # fmt: skip
    shape = [network.size(a) for a in t.axes if a != BATCH]
    if any(not isinstance(s, int) for s in shape):
        raise ChalkgradError(f"'{name}' has a symbolic size and can have no numbers", where=where)
    sizes = [int(s) for s in shape]
    flat = _flat(value)
    count = math.prod(sizes)
    batch = 1 if single or not t.batch else max(1, len(flat) // max(count, 1))
    if len(flat) != count * batch:
        raise ChalkgradError(
            f"'{name}' has {count} entries (shape {sizes}), got {len(flat)}", where=where
        )
    if t.integer is not None and any(int(v) != v or v < 0 for v in flat):
        raise ChalkgradError(f"'{name}' holds whole numbers from 0", where=where)
    below = None if t.integer is None else network.size(t.integer)
    if isinstance(below, int) and any(v >= below for v in flat):
        raise ChalkgradError(f"'{name}' holds whole numbers below {below}", where=where)
    full = [batch, *sizes] if t.batch else sizes
    return _nest(flat, full)


def _nest(flat: list[Any], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [_nest(flat[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]


def edge_names(network: Network, edges: Any = None) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Edge numbers (w1, w2, …) to entries (W0, (from, to)), as ``style.edges`` asks, else as
    ``edges`` (name, order, start) says."""
    if network.spec is not None and network.spec.style.edges is not None:
        edges = network.spec.style.edges
    if edges is None:
        return {}
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    k = edges.start
    for t in _matrices(network):
        rows, cols = (int(network.size(a)) for a in t.axes)
        pairs = [(i, j) for j in range(cols) for i in range(rows)]
        if edges.order == "from_to":
            pairs = [(i, j) for i in range(rows) for j in range(cols)]
        for i, j in pairs:
            found[f"{edges.name}{k}"] = (t.name, (i, j))
            k += 1
    return found


def _matrices(network: Network) -> list[Tensor]:
    return [t for t in network.parameters if len(t.axes) == 2]


def _edges(network: Network, spec: Spec, given: Any) -> dict[str, Any]:
    names = edge_names(network)
    flat = _flat(given)
    if len(flat) != len(names):
        what = f"the network has {len(names)} edges, got {len(flat)} values"
        hint = "style: {edges: {name: w}} numbers them"
        raise ChalkgradError(what, where="values.edges", hint=hint)
    made: dict[str, Any] = {}
    for t in _matrices(network):
        rows, cols = (int(network.size(a)) for a in t.axes)
        made[t.name] = [[None] * cols for _ in range(rows)]
    for (tensor, (i, j)), value in zip(names.values(), flat, strict=True):
        made[tensor][i][j] = value
    return made
