"""From a draft (declarations and parsed equations) to a checked, ordered Network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count
from typing import Any

from ..language.equation import BATCH, Equation, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Read, Reduce, add, fresh_index, tensors
from ..language.parser import equations as parse_equations
from ..rewrite.stable import on_paper
from .checks import check_equation, check_samples, check_starts, check_summed
from .limits import check_arrays, check_entries, check_readers
from .network import Layer, Network
from .order import ordered
from .recurrence import started
from .resolve import Draft, Scope, resolve


def assemble(
    draft: Draft,
    *,
    name: str,
    loss: str,
    output: str | Sequence[str] | None,
    batch: str = "mean",
    penalties: Sequence[str] = (),
    initial: Mapping[str, str] | None = None,
    layers: Sequence[Layer] = (),
    **extra: Any,
) -> Network:
    """Resolve, check and order a draft.

    Raises
    ------
    ChalkgradError
        naming the equation, for everything the language refuses.
    """
    initial = dict(initial or {})
    resolved, equations = resolve(draft, initial)
    _check_loss(resolved, equations, loss, batch)
    _symbols(draft)
    sizes = _sizes(draft, resolved, equations)
    check_entries(resolved, sizes)
    check_samples(resolved, equations, sizes)
    for eq in equations:
        check_equation(eq, resolved, sizes)
    # refuses circles in the user's own equations, before any split
    inner = ordered(equations, initial)
    check_starts(resolved, inner, sizes, initial)
    check_arrays(inner, sizes)
    output = output or _default_output(resolved, inner, loss, initial)
    outputs = (output,) if isinstance(output, str) else tuple(output)
    for one in outputs:
        if one not in resolved:
            hint = suggest(one, resolved)
            raise ChalkgradError(f"the output '{one}' is not defined", where="output", hint=hint)
    _check_used(resolved, equations, loss, outputs, penalties, initial)
    final, extra_equation = _final(resolved, loss, batch, penalties)
    written = tuple(ordered([*equations, *extra_equation], initial))
    made = started([*equations, *extra_equation], resolved, initial, sizes)
    made = [eq.with_rhs(on_paper(eq.rhs, resolved)) for eq in made]
    check_readers(made)
    return Network(
        name, resolved, tuple(ordered(made)), sizes, final, loss, outputs[0], tuple(layers),
        initial, outputs=outputs, written=written, **extra,
    )  # fmt: skip


def _check_loss(
    resolved: Mapping[str, Tensor], equations: Sequence[Equation], loss: str, batch: str
) -> None:
    t = resolved.get(loss)
    if t is None or t.kind != "variable":
        hint = suggest(loss, [e.name for e in equations])
        raise ChalkgradError(f"the loss '{loss}' is not defined", where="loss", hint=hint)
    own = [a for a in t.axes if a != BATCH] if t.batch else list(t.axes)
    if own:
        text = next(e.text for e in equations if e.name == loss)
        shown = ",".join(a.split("@")[0] for a in own)
        raise ChalkgradError(
            f"the loss must be one number per sample (or one for the batch), "
            f"but '{loss}' has the axes [{shown}]\n    {text}",
            where=f"equation {loss}",
            hint=f"sum over them: {loss} = sum[{shown}](…)",
        )
    if t.batch and batch == "sum":
        check_summed(resolved, next(e for e in equations if e.name == loss))


def _symbols(draft: Draft) -> None:
    """A declared axis that no reading gives a number keeps its name as its size."""
    for t in draft.tensors.values():
        for axis in t.axes:
            if (
                axis != BATCH
                and "@" not in axis
                and ":" not in axis
                and draft.axes.size(axis) is None
                and draft.axes.root(axis) != draft.axes.root(BATCH)
            ):
                draft.axes.declare(axis, axis, f"{t.name}")


def _sizes(
    draft: Draft, resolved: Mapping[str, Tensor], equations: Sequence[Equation]
) -> dict[str, int | str]:
    sizes: dict[str, int | str] = {}
    root = draft.axes.root(BATCH)
    for axis in sorted(_all_axes(resolved, equations)):
        if draft.axes.root(axis) == root:
            sizes[axis] = "N"
            continue
        size = draft.axes.size(axis)
        if size is None:
            user = next(
                (e for e in equations if any(i.axis == axis for i in e.indices)),
                next(e for e in equations if axis in _all_axes({}, [e])),
            )
            letter = axis.split("@")[0]
            raise ChalkgradError(
                f"the axis {letter} has no size\n    {user.text}",
                where=f"equation {user.name}",
                hint=f"declare it: axes: {{{letter}: 3}}",
            )
        sizes[axis] = size
    return sizes


def _all_axes(resolved: Mapping[str, Tensor], equations: Sequence[Equation]) -> set[str]:
    from ..language.expr import Idx, Size, walk

    found = {a for t in resolved.values() for a in t.axes}
    found |= {t.integer for t in resolved.values() if t.integer and t.integer != "*"}
    for eq in equations:
        found |= {i.axis for i in eq.indices}
        found |= {e.axis for e in walk(eq.rhs) if isinstance(e, Idx | Size)}
    return found


def _default_output(
    resolved: Mapping[str, Tensor], inner: Sequence[Equation], loss: str, initial: Mapping[str, str]
) -> str:
    """The last tensor before the loss that is free of the target: one that the loss reads, else
    one further back; the loss itself where there is none.

    ``inner`` are the equations in the order of evaluation.
    """
    needs = _needs(inner, initial)
    readers: dict[str, list[str]] = {}
    for eq_name, read in needs.items():
        for name in read:
            readers.setdefault(name, []).append(eq_name)
    bound = {r for t in resolved.values() if t.kind == "target" for r in _reached(t.name, readers)}
    way = _reached(loss, needs)
    ordered_names = [e.name for e in inner if e.name != loss]
    read = [t for t in tensors(next(e for e in inner if e.name == loss).rhs) if t in needs]
    back = sorted(ordered_names, key=way.__contains__)  # those on the way to the loss are last
    return next((t for t in (*reversed(read), *reversed(back)) if t not in bound), loss)


def _needs(equations: Sequence[Equation], initial: Mapping[str, str]) -> dict[str, list[str]]:
    """What each equation reads, the start value of its recurrence included."""
    needs = {eq.name: [*tensors(eq.rhs)] for eq in equations}
    for name, start in initial.items():
        if name in needs:
            needs[name].append(start)
    return needs


def _reached(name: str, needs: Mapping[str, Sequence[str]]) -> set[str]:
    """The tensor and everything that it is computed from."""
    reach: set[str] = set()
    todo = [name]
    while todo:
        here = todo.pop()
        if here not in reach:
            reach.add(here)
            todo.extend(needs.get(here, ()))
    return reach


def _targets(resolved: Mapping[str, Tensor], reach: set[str]) -> list[str]:
    return [t.name for t in resolved.values() if t.kind == "target" and t.name in reach]


def _check_used(
    resolved: Mapping[str, Tensor], equations: Sequence[Equation], loss: str,
    outputs: Sequence[str], penalties: Sequence[str], initial: Mapping[str, str],
) -> None:  # fmt: skip
    """Every parameter must reach the loss; a target is read only on the way to the loss."""
    needs = _needs(equations, initial)
    used = {*penalties, *_reached(loss, needs)}
    for t in resolved.values():
        if t.kind == "parameter" and t.name not in used:
            raise ChalkgradError(
                f"the parameter '{t.name}' is not used by the loss '{loss}'",
                where=f"parameters.{t.name}",
                hint="remove it, or read it in an equation that leads to the loss",
            )
    for output in outputs:
        bad = _targets(resolved, _reached(output, needs))
        if bad and output != loss:  # a network that is its loss alone predicts the loss
            raise ChalkgradError(
                f"the output '{output}' depends on the target '{bad[0]}'",
                where="target",
                hint="a target is read only by the loss; make it an input, or name another output",
            )


def _final(
    resolved: dict[str, Tensor], loss: str, batch: str, penalties: Sequence[str]
) -> tuple[str, list[Equation]]:
    """How the samples' losses combine: loss = mean[n](L[n]) + penalties."""
    t = resolved[loss]
    if not t.batch and not penalties:
        return loss, []
    n = fresh_index(BATCH, BATCH)
    mean = Reduce(batch, (n,), Read(loss, (n,))) if t.batch else Read(loss)
    rhs = add([mean, *(Read(p) for p in penalties)])
    names = chain(("loss", "J"), (f"loss{k}" for k in count(2)))
    name = next(n for n in names if not {n, f"d{n}"} & resolved.keys())
    resolved[name] = Tensor(name, "variable", ())
    return name, [Equation(name, (), rhs, "batch")]


def network_from_equations(
    text: str,
    *,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
    loss: str,
    targets: Mapping[str, Any] | None = None,
    constants: Mapping[str, Any] | None = None,
    axes: Mapping[str, int | str] | None = None,
    output: str | Sequence[str] | None = None,
    name: str = "network",
    **extra: Any,
) -> Network:
    """A network from equations and shapes, the form without layers (see docs/language.md).

    A shape is a list of sizes or axis names, or a pair (shape, fact).
    """
    draft = Draft()
    for kind, given in (
        ("input", inputs), ("target", targets or {}), ("parameter", parameters),
        ("constant", constants or {}),
    ):  # fmt: skip
        for tensor, shape in given.items():
            fact = None
            if isinstance(shape, tuple):
                shape, fact = shape
            declare(draft, Scope(), tensor, kind, shape, fact=fact)
    declare_axes(draft, Scope(), axes or {})
    draft.equations = [(Scope(), eq) for eq in parse_equations(text)]
    return assemble(draft, name=name, loss=loss, output=output, **extra)


def declare(
    draft: Draft, scope: Scope, name: str, kind: str, shape: Sequence[int | str], *,
    fact: str | None = None, integer: int | str | None = None, init: str | None = None,
) -> None:  # fmt: skip
    """Add a declared tensor: its axes by name, or anonymous ones for literal sizes."""
    axes = []
    for k, size in enumerate(shape):
        if isinstance(size, int):
            axes.append(f"{name}:{k}")
            draft.axes.declare(axes[-1], size, f"{name} is declared {list(shape)}")
        else:
            axes.append(scope.axis(size))
            draft.axes.parent.setdefault(axes[-1], axes[-1])
    upper = None
    if isinstance(integer, int):
        upper = f"{name}:range"
        draft.axes.declare(upper, integer, f"{name} holds integers below {integer}")
    elif integer is not None:
        upper = scope.axis(integer)
    batch = kind in ("input", "target")
    full = (BATCH, *axes) if batch else tuple(axes)
    draft.tensors[name] = Tensor(name, kind, full, batch, upper, fact, init)


def _names_axis(draft: Draft, scope: Scope, size: str, axes: Mapping[str, Any]) -> bool:
    """`s: t` is a twin of t where t is an axis; any other name is a size that stays a symbol."""
    return size == BATCH or size in axes or scope.axis(size) in draft.axes.parent


def declare_axes(draft: Draft, scope: Scope, axes: Mapping[str, int | str]) -> None:
    """Declared sizes: numbers, twins (`s: t`), formulas over known sizes, symbols."""
    lookup: dict[str, int | str | None] = {}
    for axis, size in axes.items():
        where = f"axes.{axis}"
        name = scope.axis(axis)
        if isinstance(size, str) and size.isidentifier() and _names_axis(draft, scope, size, axes):
            draft.axes.union(name, scope.axis(size), where)
            if size == BATCH:
                draft.twins.add(name)
            lookup[axis] = draft.axes.size(scope.axis(size))
            continue
        made = draft.axes.declared(size, lookup, where)
        draft.axes.declare(name, made, where)
        lookup[axis] = made
