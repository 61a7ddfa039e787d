"""The mistakes of the backward pass: paths, transposes, factors, signs, old and new weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from .....derive.forms.matrix_nodes import Transpose
from .....derive.language.equation import Equation
from .....derive.language.expr import Add, Expr, Fn, Neg, Read, reads, replace, transform
from .....derive.values.entries import Entry, after_step, value
from .....derive.values.factors import Factor, edges, local
from ....deck.model import Row
from ...board.formulas import FormPrinter, whole_form
from ...board.matrices import bmatrix
from ..shared.update import frozen, rate_of
from .planted import Planted, Sheet, Shown, inline


def one_path(s: Sheet) -> Shown | None:
    """Of several paths to the loss only the first is followed: the sum is lost."""
    for tensor in s.hidden:
        for at in s.board.entries(tensor)[:1]:
            full = s.gradient(tensor, at)
            if isinstance(full, Add) and len(full.args) > 1:
                return _dropped(s, tensor, at, full)
    return None


def _dropped(s: Sheet, tensor: str, at: tuple[int, ...], full: Add) -> Shown | None:
    first = full.args[0]
    name = s.adjoint(tensor)

    def fault(run: Planted, eq: Equation, here: tuple[int, ...]) -> Any:
        if eq.name != name:
            return None
        expr = s.gradient(tensor, here)
        return run.of(expr.args[0]) if isinstance(expr, Add) else None

    rows = _both(s, s.plant(fault), (name, at), first, full)
    slots = s.difference(s.plant(fault))
    if rows is None or slots is None:
        return None
    more = {"count": str(len(full.args)), "unit": f"${s.board.at(tensor, at)}$"}
    return Shown(*rows, {**slots, **more})


def _both(
    s: Sheet, planted: Planted, at: Entry, wrong: Expr, right: Expr, formula: str = ""
) -> tuple[list[Row], list[Row]] | None:
    """An entry by hand, with the mistake and without it; None where both print alike."""
    name, place = at
    if not s.tell_apart((planted(name, *place), s.exact(name, *place))):
        return None
    left = s.board.at(name, place)
    return (
        s.by_hand(left, wrong, planted, at, formula=formula),
        s.by_hand(left, right, s.exact, at),
    )


def wrong_transpose(s: Sheet) -> Shown | None:
    """The matrix of the next layer, not transposed on the way back."""
    for tensor in s.hidden:
        matrix = _matrix_of(s, tensor)
        if matrix is not None:
            rows, columns = (int(n) for n in s.net.shape(matrix))
            made = _turned(s, tensor, matrix) if rows == columns else _unfit(s, tensor)
            if made is not None:
                return made
    return None


def _matrix_of(s: Sheet, tensor: str) -> str | None:
    """The parameter with two axes that ∂L/∂tensor reads."""
    names = {r.tensor for r in reads(s.d.step(tensor).equation.rhs)}
    found = [t.name for t in s.net.parameters if t.name in names and len(t.axes) == 2]
    return found[0] if found else None


def _turned(s: Sheet, tensor: str, matrix: str) -> Shown | None:
    name = s.adjoint(tensor)

    def turn(e: Expr) -> Expr:
        if isinstance(e, Read) and e.tensor == matrix:
            return Read(matrix, e.indices[::-1])
        return e

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        return run.of(transform(s.gradient(tensor, at), turn)) if eq.name == name else None

    at = s.board.entries(tensor)[0]
    right = s.gradient(tensor, at)
    rows = _both(s, s.plant(fault), (name, at), transform(right, turn), right)
    slots = s.difference(s.plant(fault))
    if rows is None or slots is None:
        return None
    return Shown(*rows, {"check": s.board.words("mistake_by_difference", **slots)})


def _unfit(s: Sheet, tensor: str) -> Shown | None:
    """Not square: the shapes do not fit, and that is the check."""
    name = s.adjoint(tensor)
    form = whole_form(s.board, name)
    if form is None:
        return None
    bare = transform(form, lambda e: e.arg if isinstance(e, Transpose) else e)
    if bare == form:
        return None
    printer = FormPrinter(s.board)
    printer.shapes = True
    left = s.board.tex(name)
    matrix = s.board.tex(_matrix_of(s, tensor) or "")
    check = s.board.words("mistake_by_shape", what=f"${matrix}$")
    return Shown(
        [Row(left, printer.expression(bare), r"\ne")],
        [Row(left, printer.expression(form))],
        {"check": check},
    )


def updated_weights(s: Sheet) -> Shown | None:
    """The hidden gradient with the weights of the next layer after their update."""
    if not s.steps:
        return None
    new = after_step(s.exact, rate_of(s.board), frozen(s.board))
    adjoints = {e.equation.name for e in s.d.steps}
    moved = {t.name for t in s.net.parameters} - set(frozen(s.board))

    def look(run: Planted, e: Entry) -> Any:
        return new(e[0], *e[1]) if e[0] in moved else run(e[0], *e[1])

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        if eq.name not in adjoints:
            return None
        return value(s.gradient(_of(s, eq.name), at), lambda e: look(run, e))

    planted = s.plant(fault)
    tensor = next((t for t in s.hidden if _matrix_of(s, t)), None)
    if tensor is None:
        return None
    at, name = s.board.entries(tensor)[0], s.adjoint(tensor)
    expr = s.gradient(tensor, at)
    with_new = _Mixed(planted, lambda e: look(planted, e))
    rows = _both(s, with_new, (name, at), expr, expr, _marked(s, expr, moved))
    compared, slots = s.difference(planted), s.losses(planted)
    if rows is None or compared is None or slots is None:
        return None
    return Shown(*rows, {**compared, **slots})


class _Mixed(Planted):
    """Reads entries as ``look`` gives them."""

    def __init__(self, base: Planted, look: Any) -> None:
        super().__init__(base, base.fault)
        self.look = look

    def __call__(self, name: str, *at: int) -> Any:
        return self.look((name, at))


def _marked(s: Sheet, expr: Expr, moved: set[str]) -> str:
    """The formula, with a + at what has been updated."""
    made = s.board.printer.expression(expr, {})
    for r in dict.fromkeys(reads(expr)):
        if r.tensor in moved:
            symbol = s.board.printer.expression(r, {})
            made = made.replace(symbol, rf"{{{symbol}}}^{{+}}")
    return made


def _of(s: Sheet, adjoint: str) -> str:
    return next(e.of for e in s.d.steps if e.equation.name == adjoint)


def wrong_sign(s: Sheet) -> Shown | None:
    """y − ŷ for ŷ − y: the update climbs."""
    output = s.net.output
    if output not in s.d.by_tensor or s.d.step(output).inlined or not s.net.targets:
        return None
    name = s.adjoint(output)

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        return -run.of(s.gradient(output, at)) if eq.name == name else None

    planted, at = s.plant(fault), s.board.entries(output)[0]
    expr = s.gradient(output, at)
    rows = _both(s, planted, (name, at), Neg(expr), expr)
    losses, compared = s.losses(planted), s.difference(planted)
    if rows is None or compared is None:
        return None
    if losses is not None:
        return Shown(*rows, {"check": s.board.words("mistake_by_loss", **losses)})
    return Shown(*rows, {"check": s.board.words("mistake_by_difference", **compared)})


def _activations(s: Sheet) -> Iterator[tuple[str, str, Fn]]:
    """(output of an activation, what it reads, its right side), the loss's side first."""
    for step in s.d.steps:
        if not step.of or len(step.contributions) != 1 or step.inlined:
            continue
        eq = s.board.equation(step.contributions[0].equation)
        if isinstance(eq.rhs, Fn) and eq.rhs.args == (Read(step.of, eq.indices),):
            yield eq.name, step.of, eq.rhs


def derivative_twice(s: Sheet) -> Shown | None:
    """g' at the activated value: a function that expects v is given y = g(v)."""
    for above, below, fn in _activations(s):
        for at in s.board.entries(below)[:1]:
            factor = local(s.d, (above, at), (below, at)).value

            def again(e: Expr, above: str = above, below: str = below, fn: Fn = fn) -> Expr:
                if isinstance(e, Read) and e.tensor == above:
                    return Fn(fn.name, (e,))
                return Read(above, e.indices) if isinstance(e, Read) and e.tensor == below else e

            made = _other_factor(s, (above, at), (below, at), factor, _outside(factor, again))
            if made is not None:
                return made
    return None


def _outside(e: Expr, change: Any) -> Expr:
    """``change`` at every read of an expression, once."""
    return replace(e, {r: change(r) for r in dict.fromkeys(reads(e))})


def quotient_sign(s: Sheet) -> Shown | None:
    """A plus in the quotient rule: 1 + y² for 1 − y²."""
    for above, below, _ in _activations(s):
        for at in s.board.entries(below)[:1]:
            factor = local(s.d, (above, at), (below, at)).value
            if (
                isinstance(factor, Add)
                and len(factor.args) == 2
                and isinstance(factor.args[1], Neg)
            ):
                wrong = Add((factor.args[0], factor.args[1].arg))
                made = _other_factor(s, (above, at), (below, at), factor, wrong)
                if made is not None:
                    return made
    return None


def _other_factor(s: Sheet, above: Entry, below: Entry, right: Expr, wrong: Expr) -> Shown | None:
    """A local derivative ∂above/∂below written wrong, and what it does to a weight below it."""
    name = s.adjoint(below[0])

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        if eq.name != name or at != below[1]:
            return None
        return run(s.adjoint(above[0]), *above[1]) * run.of(wrong)

    planted = s.plant(fault)
    if not s.tell_apart((planted.of(wrong), planted.of(right))):
        return None
    left = _partial(s, Factor(above, below, right))
    slope = f"{above[0]}'"
    rows = s.factor(left, wrong, slope, "wrong"), s.factor(left, right, slope, "right")
    slots = s.difference(planted)
    return None if slots is None else Shown(*rows, slots)


def wrong_layer(s: Sheet) -> Shown | None:
    """∂v⁰/∂y⁰ for ∂v¹/∂y⁰: the layer below does not read y⁰, that factor is 0."""
    for above, below, _ in _activations(s):
        later = edges(s.d, (above, s.board.entries(above)[0]))
        if above == s.net.output or not later:
            continue
        at = s.board.entries(above)[0]
        wrong, right = local(s.d, (below, at), (above, at)), later[0]
        zero = value(wrong.value, lambda e: s.exact(e[0], *e[1]))
        if zero != 0:
            continue
        return Shown(
            [Row(_partial(s, wrong), s.figure("factor", zero))],
            s.factor(_partial(s, right), right.value, f"{right.above[0]}'", "right"),
            {"what": f"${s.board.tex(above)}$", "wrong": f"${s.board.tex(below)}$",
             "right": f"${s.board.tex(right.above[0])}$"},
        )  # fmt: skip
    return None


def _partial(s: Sheet, factor: Factor) -> str:
    above, below = s.board.at(*factor.above), s.board.at(*factor.below)
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def bias_column(s: Sheet) -> Shown | None:
    """The bias kept inside the weights: its column is not dropped on the way back."""
    for tensor in s.hidden:
        matrix = _matrix_of(s, tensor)
        bias = _bias_of(s, matrix) if matrix else None
        if matrix is None or bias is None or len(s.net.shape(tensor)) != 1:
            continue
        name, count = s.adjoint(tensor), len(s.board.entries(tensor))
        if count < 2:
            continue
        at = s.board.entries(tensor)[0]
        terms = s.gradient(tensor, at)
        new = {
            r: Read(bias, (r.indices[1],)) for r in reads(terms) if r.tensor == matrix
        }  # the row of the bias instead of that of the unit
        extra = value(replace(terms, dict(new)), lambda e: s.exact(e[0], *e[1]))
        cells = [
            s.figure("extra", extra),
            *(s.board.number((name, k)) for k in s.board.entries(name)),
        ]
        turned = name in s.board.symbols.turned()
        wrong = bmatrix([count + 1], partial(_cell, cells), turned=turned)
        return Shown(
            [Row(s.board.tex(name), wrong, r"\ne")],
            [Row(s.board.tex(name), s.board.number_matrix(name))],
            {"what": f"${inline(s.board.tex(name))}$", "tensor": f"${s.board.tex(tensor)}$",
             "count": str(count), "more": str(count + 1)},
        )  # fmt: skip
    return None


def _cell(cells: Sequence[str], at: tuple[int, ...]) -> str:
    return cells[at[0]]


def _bias_of(s: Sheet, matrix: str) -> str | None:
    """The parameter with one axis that is added where the matrix multiplies."""
    uses = {c.equation for c in s.d.step(matrix).contributions}
    for t in s.net.parameters:
        if len(t.axes) == 1 and {c.equation for c in s.d.step(t.name).contributions} == uses:
            return t.name
    return None
