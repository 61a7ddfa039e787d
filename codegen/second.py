"""Functions for second derivatives, appended to a module: ``hvp`` and ``hessian``."""

from __future__ import annotations

from collections.abc import Sequence

from derive.derivation import Derivation
from derive.equation import Equation
from derive.second import Second, hessian_rows, hessian_vector

from .layout import call
from .program import Function, emitter, needed


def hvp(d: Derivation) -> tuple[str, Function]:
    """``hvp(params, direction, *inputs, *targets) -> Params``."""
    second = hessian_vector(d)
    body = _body(second)
    lines = [
        f"def hvp(params, direction, {_args(d)}):",
        '    """Params: the Hessian of the loss times a direction (a Params)."""',
        *_unpack(d, body),
    ]
    lines += [f"    {local} = direction.{name}" for name, local in second.directions
              if local in body.reads]  # fmt: skip
    return _finish(d, lines, body, [e for _, e in second.results], "return Params"), body


def hessian(d: Derivation) -> list[tuple[str, Function]]:
    """``hessian(params, …) -> Params of Params``: block [a][b] is (*a.shape, *b.shape)."""
    made = []
    calls = []
    for t in d.network.parameters:
        second = hessian_rows(d, t.name)
        body = _body(second)
        name = f"hessian_{t.name}"
        lines = [
            f"def {name}(params, {_args(d)}):",
            f'    """Params: the second derivatives by {t.name} and each parameter."""',
            *_unpack(d, body),
        ]
        text = _finish(d, lines, body, [e for _, e in second.results], "return Params")
        made.append((text, body))
        calls.append(f"{name}(params, {_args(d)})")
    lines = [
        f"def hessian(params, {_args(d)}):",
        '    """Params of Params: every second derivative of the loss."""',
        *call("return Params", calls),
    ]
    return [*made, ("\n".join(lines), Function())]


def _args(d: Derivation) -> str:
    return ", ".join(t.name for t in (*d.network.inputs, *d.network.targets))


def _body(second: Second) -> Function:
    d = second.derivation
    equations: dict[str, Equation] = {eq.name: eq for eq in d.forward}
    equations.update({s.equation.name: s.equation for s in d.steps if not s.inlined})
    wanted = needed([e for _, e in second.results], equations)
    return emitter(d).function([eq for name, eq in equations.items() if name in wanted], {})


def _unpack(d: Derivation, body: Function) -> list[str]:
    return [f"    {t.name} = params.{t.name}" for t in d.network.parameters if t.name in body.reads]


def _finish(
    d: Derivation, lines: Sequence[str], body: Function, results: Sequence[str], head: str
) -> str:
    from .bodies import statements

    data = [t for t in (*d.network.inputs, *d.network.targets)]
    batched = [t.name for t in data if t.batch]
    floats = [t.name for t in d.network.parameters if t.name in body.reads]
    floats += [t.name for t in data if t.integer is None and t.name in body.reads]
    return "\n".join(
        [*lines, *_preamble(body, batched, floats), *statements(body), *call(head, results)]
    )


def _preamble(body: Function, batched: Sequence[str], floats: Sequence[str]) -> list[str]:
    lines = [f"    N = {batched[0]}.shape[0]"] if body.uses("N") and batched else []
    if body.uses("dtype"):
        lines.append(f"    dtype = np.result_type({', '.join(floats) or 'np.float64'})")
    return lines
