"""The mistakes of the backward pass: paths, transposes, factors, signs, old and new weights."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace as change
from functools import partial
from typing import Any

from .....derive.forms.matrix_nodes import Transpose
from .....derive.language.equation import Equation
from .....derive.language.expr import Add, Expr, Fn, Neg, Read, reads, replace, transform
from .....derive.values.entries import Entry, after_step, value
from .....derive.values.factors import Factor, edges, local
from ....deck.model import Row
from ....formula.latex_functions import POW, Tex
from ....formula.latex_printer import Printer
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import derivative, group, raised, row, sign
from ...board.formulas import FormPrinter, whole_form
from ...board.matrices import bmatrix
from ..shared.update import frozen, has_update, rate_of
from .planted import Planted, Sheet, Shown, Values, flat, shown


def one_path(s: Sheet) -> Iterator[Shown]:
    """Of several paths to the loss only the first is followed: the sum is lost."""
    for tensor in s.hidden:
        at = s.board.entries(tensor)[0]
        full = s.gradient(tensor, at)
        if isinstance(full, Add) and len(full.args) > 1:
            yield from _dropped(s, tensor, at, full)
            return


def _dropped(s: Sheet, tensor: str, at: tuple[int, ...], full: Add) -> Iterator[Shown]:
    name = s.d.adjoint(tensor)

    def fault(run: Planted, eq: Equation, here: tuple[int, ...]) -> Any:
        if eq.name != name:
            return None
        expr = s.gradient(tensor, here)
        return run.of(expr.args[0]) if isinstance(expr, Add) else None

    rows = _both(s, s.plant(fault), (name, at), full.args[0], full)
    unit = inline(s.board.at(tensor, at))
    yield from shown(rows, s.difference(s.plant(fault)), count=str(len(full.args)), unit=unit)


def _both(
    s: Sheet,
    planted: Values,
    at: Entry,
    wrong: Expr,
    right: Expr,
    formula: Formula | None = None,
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


def wrong_transpose(s: Sheet) -> Iterator[Shown]:
    """The matrix of the next layer, not transposed on the way back."""
    for tensor in s.hidden:
        matrix = _matrix_of(s, tensor)
        if matrix is not None:
            rows, columns = (int(n) for n in s.net.shape(matrix))
            made = _turned if rows == columns else _unfit
            yield from made(s, tensor, matrix)


def _matrix_of(s: Sheet, tensor: str) -> str | None:
    """The parameter with two axes that ∂L/∂tensor reads."""
    names = {r.tensor for r in reads(s.d.step(tensor).equation.rhs)}
    found = [t.name for t in s.net.parameters if t.name in names and len(t.axes) == 2]
    return found[0] if found else None


def _turned(s: Sheet, tensor: str, matrix: str) -> Iterator[Shown]:
    name = s.d.adjoint(tensor)

    def turn(e: Expr) -> Expr:
        if isinstance(e, Read) and e.tensor == matrix:
            return Read(matrix, e.indices[::-1])
        return e

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        return run.of(transform(s.gradient(tensor, at), turn)) if eq.name == name else None

    at = s.board.entries(tensor)[0]
    right = s.gradient(tensor, at)
    rows = _both(s, s.plant(fault), (name, at), transform(right, turn), right)
    if slots := s.difference(s.plant(fault)):
        yield from shown(rows, {"check": s.board.words("mistake_by_difference", **slots)})


def _unfit(s: Sheet, tensor: str, matrix: str) -> Iterator[Shown]:
    """Not square: the shapes do not fit, and that is the check."""
    name = s.d.adjoint(tensor)
    form = whole_form(s.board, name)
    bare = form and transform(form, lambda e: e.arg if isinstance(e, Transpose) else e)
    if form is None or bare is None or bare == form:
        return
    printer = FormPrinter(s.board)
    printer.shapes = True
    left = s.board.named(name)
    check = s.board.words("mistake_by_shape", what=inline(s.board.named(matrix)))
    yield Shown(
        [Row(left, printer.expression(bare), sign("ne"))],
        [Row(left, printer.expression(form))],
        {"check": check},
    )


def updated_weights(s: Sheet) -> Iterator[Shown]:
    """The hidden gradient with the weights of the next layer after their update."""
    tensor = next((t for t in s.hidden if _matrix_of(s, t)), None)
    if tensor is None or not has_update(s.board):
        return
    new = after_step(s.exact, rate_of(s.board), frozen(s.board))
    adjoints = {e.equation.name: e.of for e in s.d.steps}
    moved = {t.name for t in s.net.parameters} - set(frozen(s.board))

    def mixed(run: Planted, name: str, *at: int) -> Any:
        return (new if name in moved else run)(name, *at)

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        if eq.name not in adjoints:
            return None
        return value(s.gradient(adjoints[eq.name], at), lambda e: mixed(run, e[0], *e[1]))

    planted = s.plant(fault)
    at, name = s.board.entries(tensor)[0], s.d.adjoint(tensor)
    expr = s.gradient(tensor, at)
    old_and_new = _Updated(s, moved).expression(expr, {})
    rows = _both(s, partial(mixed, planted), (name, at), expr, expr, old_and_new)
    compared, losses = s.difference(planted), s.losses(planted)
    if compared is not None:
        yield from shown(rows, losses, **compared)


class _Updated(Printer):
    """Writes a + at what has been updated."""

    def __init__(self, s: Sheet, moved: Collection[str]) -> None:
        super().__init__(s.board.symbols)
        self.moved = moved

    def _read(self, e: Read) -> Tex:
        made = super()._read(e)
        if e.tensor not in self.moved:
            return made
        return change(made, node=raised(group(made.node), sign("+")), level=POW)


def wrong_sign(s: Sheet) -> Iterator[Shown]:
    """y − ŷ for ŷ − y: the update climbs."""
    tensor = next((s.board.symbols.adjoints[name] for name in s.board.short), s.net.output)
    if tensor not in s.d.by_tensor or s.d.step(tensor).inlined or not s.net.targets:
        return
    name = s.d.adjoint(tensor)

    def right(at: tuple[int, ...]) -> Expr:
        return s.board.written(name, at)

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        return -run.of(right(at)) if eq.name == name else None

    planted, at = s.plant(fault), s.board.entries(tensor)[0]
    expr = right(at)
    rows = _both(s, planted, (name, at), Neg(expr), expr)
    losses, compared = s.losses(planted), s.difference(planted)
    if compared is not None:
        by, slots = ("loss", losses) if losses is not None else ("difference", compared)
        yield from shown(rows, {"check": s.board.words(f"mistake_by_{by}", **slots)})


def _activations(s: Sheet) -> Iterator[tuple[Entry, Entry, Fn]]:
    """(first output of an activation, what it reads, its right side), the loss's side first."""
    for step in s.d.steps:
        if not step.of or len(step.contributions) != 1 or step.inlined:
            continue
        eq = s.board.equation(step.contributions[0].equation)
        if isinstance(eq.rhs, Fn) and eq.rhs.args == (Read(step.of, eq.indices),):
            at = s.board.entries(step.of)[0]
            yield (eq.name, at), (step.of, at), eq.rhs


def derivative_twice(s: Sheet) -> Iterator[Shown]:
    """g' at the activated value: a function that expects v is given y = g(v)."""
    for above, below, fn in _activations(s):
        factor = local(s.d, above, below).value
        again: dict[Read, Expr] = {}
        for r in reads(factor):
            if r.tensor == above[0]:
                again[r] = Fn(fn.name, (r,))
            elif r.tensor == below[0]:
                again[r] = Read(above[0], r.indices)
        yield from _other_factor(s, above, below, factor, replace(factor, again))


def quotient_sign(s: Sheet) -> Iterator[Shown]:
    """A plus in the quotient rule: 1 + y² for 1 − y²."""
    for above, below, _ in _activations(s):
        factor = local(s.d, above, below).value
        if isinstance(factor, Add) and len(factor.args) == 2 and isinstance(factor.args[1], Neg):
            wrong = Add((factor.args[0], factor.args[1].arg))
            yield from _other_factor(s, above, below, factor, wrong)


def _other_factor(
    s: Sheet, above: Entry, below: Entry, right: Expr, wrong: Expr
) -> Iterator[Shown]:
    """A local derivative ∂above/∂below written wrong, and what it does to a weight below it."""
    name = s.d.adjoint(below[0])

    def fault(run: Planted, eq: Equation, at: tuple[int, ...]) -> Any:
        if eq.name != name or at != below[1]:
            return None
        return run(s.d.adjoint(above[0]), *above[1]) * run.of(wrong)

    planted = s.plant(fault)
    if s.tell_apart((planted.of(wrong), planted.of(right))):
        left = _partial(s, Factor(above, below, right))
        slope = f"{above[0]}'"
        rows = s.factor(left, wrong, slope, "wrong"), s.factor(left, right, slope, "right")
        yield from shown(rows, s.difference(planted))


def wrong_layer(s: Sheet) -> Iterator[Shown]:
    """∂v⁰/∂y⁰ for ∂v¹/∂y⁰: the layer below does not read y⁰, that factor is 0."""
    for above, below, _ in _activations(s):
        name, at = above
        later = edges(s.d, above)
        if name == s.net.output or not later:
            continue
        wrong, right = local(s.d, (below[0], at), above), later[0]
        zero = value(wrong.value, lambda e: s.exact(e[0], *e[1]))
        if zero == 0:
            yield Shown(
                [Row(_partial(s, wrong), s.figure("factor", zero))],
                s.factor(_partial(s, right), right.value, f"{right.above[0]}'", "right"),
                {"what": inline(s.board.named(name)), "wrong": inline(s.board.named(below[0])),
                 "right": inline(s.board.named(right.above[0]))},
            )  # fmt: skip


def _partial(s: Sheet, factor: Factor) -> Formula:
    return row(derivative(s.board.at(*factor.above), s.board.at(*factor.below)))


def bias_column(s: Sheet) -> Iterator[Shown]:
    """The bias kept inside the weights: its column is not dropped on the way back."""
    for tensor in s.hidden:
        matrix = _matrix_of(s, tensor)
        bias = _bias_of(s, matrix) if matrix else None
        single = len(s.net.shape(tensor)) == 1 and len(s.board.entries(tensor)) > 1
        if matrix is not None and bias is not None and single:
            yield _extra_entry(s, tensor, matrix, bias)


def _extra_entry(s: Sheet, tensor: str, matrix: str, bias: str) -> Shown:
    """∂L/∂tensor with an entry for the constant 1 in front."""
    name, places = s.d.adjoint(tensor), s.board.entries(tensor)
    terms = s.gradient(tensor, places[0])
    # the row of the bias instead of that of the unit
    instead = {r: Read(bias, (r.indices[1],)) for r in reads(terms) if r.tensor == matrix}
    extra = value(replace(terms, instead), lambda e: s.exact(e[0], *e[1]))
    cells = [s.figure("extra", extra), *(s.board.number((name, k)) for k in places)]
    turned = name in s.board.symbols.turned()
    return Shown(
        [Row(s.board.named(name), bmatrix([len(cells)], lambda at: cells[at[0]], turned=turned),
             sign("ne"))],
        [Row(s.board.named(name), s.board.number_matrix(name))],
        {"what": inline(flat(s.board.named(name))), "tensor": inline(s.board.named(tensor)),
         "count": str(len(places)), "more": str(len(cells))},
    )  # fmt: skip


def _bias_of(s: Sheet, matrix: str) -> str | None:
    """The parameter with one axis that is added where the matrix multiplies."""
    uses = {c.equation for c in s.d.step(matrix).contributions}
    for t in s.net.parameters:
        if len(t.axes) == 1 and {c.equation for c in s.d.step(t.name).contributions} == uses:
            return t.name
    return None
