"""``chalkgrad show --level hessian``: blocks of second derivatives, their equations, numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from ...derive.chainrule.derivation import Derivation
from ...derive.chainrule.sample import per_sample
from ...derive.network.network import Network
from ...derive.relations.claim import Claim
from ...derive.relations.claims import Claims
from ...derive.relations.curvature import RowRelations, SecondTruth
from ...derive.topics.hessian import Line, Rows, blocks, chosen, derived
from ...derive.topics.hessian_exact import LARGEST, Curvature, NewtonStep
from ...derive.values.paths import first_sample
from .numbers import LARGEST as ENTRIES
from .numbers import Digits
from .show import say, update_of
from .text import Lines

NARROW = 8  # parameters whose matrix still goes on lines


def show_hessian(d: Derivation, wrt: Sequence[str], console: Console) -> None:
    """The Hessian by the parameters of ``wrt`` (default: all that are not frozen), block by block.

    Raises ChalkgradError for an unknown parameter."""
    names = chosen(d, wrt, update_of(d.network)[1])
    found = derived(d, names)
    one = per_sample(d)
    of = Lines(one).of
    say(console, f"\nHessian of {of} by {', '.join(names)}", "bold")
    for row in blocks(d, names):
        say(console, "       " + "   ".join(
            f"{_block(b.of, b.wrt)} ({b.rows}, {b.columns})" if b.distinct
            else f"{_block(b.wrt, b.of)}ᵀ" for b in row
        ))  # fmt: skip
    claims = Claims(d, one, quick=True)
    for rows in found:
        _rows(rows, one, of, console)
        _claim(rows, one, claims)
    claims.prove("the Hessian")
    _numbers(d.network, names, console)


def _block(a: str, b: str) -> str:
    return f"H[{a},{b}]"


def _rows(rows: Rows, d: Derivation, of: str, console: Console) -> None:
    say(console, f"\nsecond derivatives by {rows.of} and {', '.join(rows.wrt)}", "bold")
    lines = Lines(rows.second.derivation)
    first = Lines(d)
    lines.of, lines.adjoints = of, dict(first.adjoints)
    for x in rows.lines:
        lines.adjoints[x.equation.name] = _named(x, rows.of, of)
    for x in rows.lines:
        shape = ", ".join(map(str, rows.second.derivation.network.shape(x.equation.name)))
        say(console, f"{f'({x.number})':>6} {lines.equation(x.equation):<58} ({shape})")


def _claim(rows: Rows, d: Derivation, claims: Claims) -> None:
    """What the lines say."""
    said = RowRelations(rows)
    truth = SecondTruth(claims.truth.whole, d, said.meant, quick=True)
    for x in rows.lines:
        if (relation := said.line(x)) is not None:
            claims.claim(x.number, Claim(truth, relation))


def _named(line: Line, by: str, of: str) -> str:
    if line.kind == "part":
        return line.equation.name
    return f"∂{line.of}/∂{by}" if line.kind == "moves" else f"∂²{of}/∂{by}∂{line.of}"


def _numbers(network: Network, names: Sequence[str], console: Console) -> None:
    """The matrix and the steps of Newton, for few parameters with a worked example."""
    values, samples = first_sample(network)
    curvature = _curvature(network, names) if values and samples == 1 else None
    if curvature is None:
        return
    digits = Digits(getattr(network.spec, "style", None))
    say(console, "\nnumbers", "bold")
    if len(curvature.entries) <= NARROW:
        for k, row in enumerate(curvature.hessian):
            shown = " ".join(f"{digits.show(float(x)):>10}" for x in row)
            say(console, f"       {'H = ' if not k else '    '}[{shown} ]")
    found = curvature.eigenvalues
    low, high = digits.show(float(found[0])), digits.show(float(found[-1]))
    say(console, f"       eigenvalues from {low} to {high}")
    if curvature.singular:
        say(console, "       H has no inverse: there is no step of Newton without damping")
    else:
        _step(curvature.newton(), "Newton", digits, console)
    made = curvature.damped()
    _step(made, f"Newton, damping {float(made.damping):g}", digits, console)


def _curvature(network: Network, names: Sequence[str]) -> Curvature | None:
    shapes = [network.shape(n) for n in names]
    if any(isinstance(s, str) for shape in shapes for s in shape):
        return None
    count = sum(math.prod(int(s) for s in shape) for shape in shapes)
    return Curvature(network, names) if count <= LARGEST else None


def _step(made: NewtonStep, name: str, digits: Digits, console: Console) -> None:
    if len(made.step) <= ENTRIES:
        say(console, f"       {name}: d = {digits.tensor([float(x) for x in made.step])}")
    before, after = (digits.show(float(x)) for x in (made.loss_before, made.loss_after))
    say(console, f"       {name}: the loss {before} → {after}")
