"""Functions for second derivatives, appended to a module: ``hvp``, ``gnvp`` and ``hessian``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace as change

from ....derive.chainrule.derivation import Derivation
from ....derive.chainrule.gauss_newton import gauss_newton_vector
from ....derive.chainrule.second import Second, hessian_rows, hessian_vector
from ....derive.language.equation import Equation
from ....derive.language.errors import ChalkgradError, suggest
from ....derive.language.expr import Expr, Read, transform
from ...lowering.emit import Emitter, Function
from ...lowering.prepare import parted, prepared
from ...lowering.program import needed, settled
from .bodies import definition, local_names, statements
from .data import arguments
from .layout import WIDTH, call


def functions(d: Derivation, names: Sequence[str]) -> list[tuple[str, Function]]:
    """The functions of these names. Raises ChalkgradError for an unknown name."""
    for name in names:
        if name not in FUNCTIONS:
            what = f"there is no function '{name}' of second derivatives"
            raise ChalkgradError(what, where="second", hint=suggest(name, FUNCTIONS))
    return [made for name, make in FUNCTIONS.items() if name in names for made in make(d)]


def hvp(d: Derivation) -> tuple[str, Function]:
    """``hvp(params, direction, *inputs, *targets) -> Params``."""
    doc = '    """Params: the Hessian of the loss times a direction (a Params)."""'
    return _product(d, hessian_vector(prepared(d)), "hvp", [doc])


def gnvp(d: Derivation, split: str | Sequence[str] | None = None) -> tuple[str, Function]:
    """``gnvp(params, direction, *inputs, *targets) -> Params``."""
    second = gauss_newton_vector(prepared(d), split)
    z = ", ".join(second.split) or "the parameters"
    doc = [
        '    """Params: the Gauss-Newton matrix J.T @ B @ J times a direction (a Params).',
        "",
        f"    J is the Jacobian of {z}, B the Hessian of the loss with respect to it.",
        '    """',
    ]
    return _product(d, second, "gnvp", doc)


def _product(
    d: Derivation, second: Second, name: str, doc: Sequence[str]
) -> tuple[str, Function]:  # fmt: skip
    """A function that takes a direction."""
    body, results = _body(second)
    args = arguments(d.network)
    given = {*args, *body.reads, *(t.name for t in d.network.parameters)}
    along = "direction" if "direction" not in given else "direction_"
    text = definition(
        name,
        [along, *args],
        *doc,
        *local_names(d.network, body, args, ["*params"]),
        *_directions(second, body, along),
        *statements(body),
        *call("return Params", results),
    )
    return text, body


def _directions(second: Second, body: Function, along: str) -> list[str]:
    """The direction's tensors under names of their own."""
    read = [(of, local) for of, local in second.directions if local in body.reads]
    line = f"    {', '.join(local for _, local in read)} = {along}"
    if len(read) == len(second.directions) > 1 and len(line) <= WIDTH:
        return [line]
    return [f"    {local} = {along}.{of}" for of, local in read]


def hessian(d: Derivation) -> list[tuple[str, Function]]:
    """``hessian(params, …) -> Params of Params``: block [a][b] is (*a.shape, *b.shape)."""
    made = []
    calls = []
    code = prepared(d)
    args = arguments(d.network)
    for t in d.network.parameters:
        body, results = _body(hessian_rows(code, t.name))
        name = f"hessian_{t.name}"
        text = definition(
            name,
            args,
            f'    """Params: the second derivatives by {t.name} and each parameter."""',
            *local_names(d.network, body, args, ["*params"]),
            *statements(body),
            *call("return Params", results),
        )
        made.append((text, body))
        calls.append(f"{name}({', '.join(['params', *args])})")
    doc = '    """Params of Params: every second derivative of the loss."""'
    whole = definition("hessian", args, doc, *call("return Params", calls))
    return [*made, (whole, Function())]


def _body(second: Second) -> tuple[Function, list[str]]:
    """The statements, and the names of the results in the order of the parameters."""
    d = parted(second.derivation)
    every = [*d.forward, *(s.equation for s in d.steps if not s.inlined)]
    made, names = _without_copies(settled(every, d).values())
    results = [names.get(place, place) for _, place in second.results]
    equations = {eq.name: eq for eq in made}
    wanted = needed(results, equations)
    return Emitter(d).function(
        [eq for name, eq in equations.items() if name in wanted], {}
    ), results


def _without_copies(
    equations: Iterable[Equation],
) -> tuple[list[Equation], dict[str, str]]:
    """Equations ``a[i] = b[i]`` left out, ``b`` read instead: (the others, {a: b})."""
    names: dict[str, str] = {}

    def visit(e: Expr) -> Expr:
        if isinstance(e, Read) and e.tensor in names:
            return Read(names[e.tensor], e.indices)
        return e

    made = []
    for eq in equations:
        rhs = transform(eq.rhs, visit)
        if isinstance(rhs, Read) and rhs.indices == eq.indices and not eq.loop:
            names[eq.name] = rhs.tensor
        else:
            made.append(change(eq, rhs=rhs))
    return made, names


FUNCTIONS: dict[str, Callable[[Derivation], list[tuple[str, Function]]]] = {
    "hvp": lambda d: [hvp(d)], "gnvp": lambda d: [gnvp(d)], "hessian": hessian,
}  # fmt: skip
