"""Equations of a board as rows of a display: matrix form, entries, chains with their colours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any

from ....derive.chainrule.calculus import rule
from ....derive.chainrule.derivation import Derivation
from ....derive.forms.gathered import gathered
from ....derive.forms.indicators import indicators
from ....derive.forms.matrix import matrix_form
from ....derive.forms.matrix_nodes import Slope, Transpose, shape_of
from ....derive.forms.shrinkage import squares
from ....derive.language.equation import Equation
from ....derive.language.expr import Add, Expr, Fn, Idx, Name, Neg, Read, reads, replace, walk
from ....derive.language.functions import FUNCTIONS
from ....derive.language.parser import expression
from ....derive.relations.claim import Claim
from ....derive.relations.relation import WHOLE, Relation
from ....derive.relations.steps import StepTruth
from ....derive.steps.step_nodes import D, Line, Steps
from ...deck.model import Row
from ...formula.ends import opens
from ...formula.latex_functions import ATOM, Tex
from ...formula.latex_matrix import MatrixPrinter
from ...formula.rich import inline
from ...formula.tree import write
from ...formula.tree.nodes import BLANK, Node
from ...formula.tree.nodes import Row as Formula
from .board import Board
from .chains import Way


def oriented(board: Board, form: Expr, left: str) -> Expr:
    """A matrix form of rows as the board's notation writes it."""
    return MatrixPrinter(board.printer, board.d, {}).oriented(form, left)


def matrices(board: Board) -> bool:
    """Does the notation write whole tensors, or entries only?"""
    return board.symbols.style.vectors != "scalar"


def whole_form(board: Board, name: str) -> Expr | None:
    """The matrix form of the equation that makes a tensor (or adjoint), or None."""
    return matrix_of(board, board.equation(name))


def matrix_of(board: Board, eq: Equation) -> Expr | None:
    """The matrix form of an equation as the board's notation writes it, or None."""
    if eq.loop is not None or len(eq.indices) > 2 or not matrices(board):
        return None
    made = matrix_form(eq, board.net.tensors, board.net.sizes)
    if made is None or not any(shape_of(r, board.net.tensors) != (None, None) for r in reads(made)):
        return None
    return oriented(board, made, eq.name)


def batch_line(board: Board, eq: Equation, **more: Any) -> Row:
    """An equation of all samples together, in index form."""
    left, right = board.sides(eq)
    says = Claim(board.batch_truth, Relation((Read(eq.name, eq.indices), eq.rhs)))
    return Row(left, right, claim=says, **more)


def matrix_rows(board: Board, name: str, number: int = 0, *, entries: bool = False) -> list[Row]:
    """The equation over whole tensors (``entries``: as matrices of their entries), then in index
    form where there is no matrix form."""
    eq = board.equation(name)
    form = None if board.is_loss(name) or squares(eq.rhs) is not None else whole_form(board, name)
    index = board.line(eq, number=number, ref=name, note=_strength(board, name))
    if form is None:
        return [index]
    printer = FormPrinter(board)
    if entries and board.sizes_known:
        printer.leaf = board.symbol_matrix
    says = board.says(Read(name), form, kind=WHOLE)
    made = Row(board.named(name), printer.expression(form), number=number, ref=name, claim=says)
    return [made, index]


def _strength(board: Board, name: str) -> str:
    """λ = 0.2, beside the first (λ/2)‖W‖²."""
    known = board.symbols.shrinkage
    if known is None or known.first != name:
        return ""
    strength = board.printer.expression(known.strength)
    return inline(write.sign("lambda"), write.EQUALS, strength)


class FormPrinter(MatrixPrinter):
    """Matrix forms whose leaves carry the colours of their chain factors.

    ``leaf`` (where set) writes a tensor's leaf, such as the matrix of its entries; ``colours``
    maps leaves to factor numbers, ``terms`` the terms of a sum to the paths they come from;
    ``braces`` names and shapes what is under a matrix."""

    def __init__(self, board: Board, colours: dict[Expr, int] | None = None) -> None:
        super().__init__(board.printer, board.d, {})
        self.board, self.colours = board, colours or {}
        self.shapes = False
        self.leaf: Callable[[str], Formula] | None = None
        self.slope: Callable[[Slope], Formula] | None = None
        self.braces = False
        self.terms: dict[Expr, int] = {}

    @classmethod
    def coloured(cls, board: Board, form: Expr, ways: Sequence[Way]) -> FormPrinter:
        """A form in the colours of its chain: leaf by leaf along one path, term by term where
        each path gives one."""
        if len(ways) == 1:
            return cls(board, leaf_colours(board.d, form, ways[0]))
        made = cls(board)
        if isinstance(form, Add) and len(form.args) == len(ways):
            made.terms = {e.arg if isinstance(e, Neg) and k > 1 else e: k
                          for k, e in enumerate(form.args, 1)}  # fmt: skip
        return made

    def _wrap(self, e: Expr, level: int) -> Tex:
        made = super()._wrap(e, level)
        return self._in_colour(self.terms.get(e, 0), made)

    def expression(self, expr: Expr, letters: object = None) -> Formula:
        return super().expression(expr, {})

    def _counted(self, e: Expr) -> Expr:
        """A matrix of numbers has a number in front, no λ."""
        if self.braces:
            return self.from_base(gathered(indicators(e)))
        return super()._counted(e)

    def _read(self, e: Read) -> Tex:
        if self.leaf is None or shape_of(e, self.tensors) == (None, None):
            return self._coloured(e, super()._read(e))
        return self._written(e, self.leaf(e.tensor))

    def _transpose(self, e: Transpose) -> Tex:
        if self.leaf is None or not isinstance(e.arg, Read):
            inner, self.colours = self.colours, {}
            made = super()._transpose(e)
            self.colours = inner
            return self._coloured(e, made)
        return self._written(e, self.board.transposed_matrix(e.arg.tensor, self.leaf))

    def _slope(self, e: Slope) -> Tex:
        if self.slope is not None:
            return self._written(e, self.slope(e))
        return self._coloured(e, Tex(self._slope_name(e), ATOM, 1, 4.0))

    def _slope_name(self, e: Slope) -> Node:
        assert isinstance(e.arg, Read)
        return write.row(
            write.primed(self.called(e.function)), write.fenced(self.named(e.arg.tensor))
        )

    def _written(self, e: Expr, matrix: Formula) -> Tex:
        """A leaf as the matrix that was written for it."""
        made = Tex(matrix, ATOM, 3, 6.0)
        return self._coloured(e, self._named(e, made) if self.braces else made)

    def _coloured(self, e: Expr, made: Tex) -> Tex:
        return self._in_colour(self.colours.get(e, 0), made)

    def _in_colour(self, factor: int, made: Tex) -> Tex:
        if not factor:
            return made
        return dataclasses.replace(made, node=write.marked("cgc", factor, made.node))

    def _named(self, e: Expr, made: Tex) -> Tex:
        """With its name and its shape underneath."""
        name = FormPrinter(self.board).piece(e, {}).node
        said = write.row(name, write.sign(","), write.space(";"), BLANK, self.extents(e))
        return Tex(write.underbrace(made.node, said), ATOM, 3, made.wide)


def function_rows(board: Board, name: str) -> list[Row]:
    """g(v) = …, g'(v) = … of a function of one argument; none for an abstract one."""
    known = FUNCTIONS.get(name)
    if known is None or len(known.args) - len(known.defaults) != 1 or known.formula is None:
        return []
    args = tuple(Idx(a, "", -k - 1) for k, a in enumerate(known.args[:1]))
    call = Fn(name, args)
    given: dict[Expr, Expr] = {Name(known.args[0]): args[0]}
    for arg, default in zip(known.args[1:], known.defaults, strict=True):
        given[Name(arg)] = expression(default)
    formula = replace(expression(known.formula), given)
    numbered = {Name(f"a{k}"): given[Name(arg)] for k, arg in enumerate(known.args)}
    slope = replace(rule(name, 0), {**numbered, Name("y"): call})
    printed = board.printer.expression(call, {})
    prime = _derived(printed, board.printer.expression(args[0], {}))
    defaults = tuple(map(expression, known.defaults))
    whole = Fn(name, args + defaults)
    lines = Line(whole, formula, "definition"), Line(D(whole, args[0]), slope, "known_derivative")
    truth = StepTruth(Steps(name, args[0], (), lines))
    claims = (Claim(truth, Relation((x.left, x.right))) for x in lines)
    return [
        Row(left, board.printer.expression(right, {}), claim=says)
        for left, right, says in zip((printed, prime), (formula, slope), claims, strict=True)
    ]


def _derived(call: Formula, arg: Formula) -> Formula:
    """g'(v); d|v|/dv where no name stands in front of the argument."""
    before = next((k for k, node in enumerate(call.items) if opens(node)), 0)
    if not before:
        return write.row(write.derivative(call, arg, of=write.sign("d")))
    head, inside = (write.row(*part) for part in (call.items[:before], call.items[before:]))
    return write.row(write.primed(head), inside)


def leaf_colours(d: Derivation, form: Expr, factors: Way) -> dict[Expr, int]:
    """Which chain factor every leaf of a matrix form belongs to."""
    made: dict[Expr, int] = {}
    whole = {r.tensor for r in reads(form)}
    for e in walk(form):
        leaf = e.arg if isinstance(e, Slope | Transpose) else e
        if isinstance(leaf, Read) and isinstance(e, Slope):
            made[e] = _below(factors, leaf.tensor)
        elif isinstance(leaf, Read):
            made[e] = _of_read(d, leaf.tensor, factors, whole)
    return {e: k for e, k in made.items() if k}


def _below(factors: Way, tensor: str) -> int:
    return next((f.colour for f in factors if f.below == tensor), 0)


def _of_read(d: Derivation, tensor: str, factors: Way, whole: Collection[str]) -> int:
    """The factor whose local derivative reads the tensor; a gradient that stands as a ``whole`` is
    written out nowhere."""
    adjoint = {s.equation.name: s.of for s in d.steps if s.of}
    if tensor in adjoint:
        return _below(factors, adjoint[tensor])
    written = (f for f in factors if d.adjoint(f.below) not in whole)
    for f in written:
        for c in d.by_tensor[f.below].contributions if f.below in d.by_tensor else ():
            if c.equation == f.above and any(
                r.tensor == tensor for r in reads(c.partial.coefficient)
            ):
                return f.colour
    return 0
