"""``d["W0"]``: one gradient as SymPy objects, in its four levels.

The expressions are built, never evaluated: no ``.doit()``, no simplification, factors in the order
of the derivation. Like a board they are for one sample (`derive.chainrule.sample`) unless
``batch=True``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ..chainrule.derivation import Contribution, Derivation, Step
from ..chainrule.sample import per_sample
from ..language.equation import Equation
from ..language.errors import ChalkgradError
from ..language.expr import Expr, Idx, Read, Reduce, add, refresh
from ..rewrite.contract import deltas
from ..rewrite.simplify import product
from ..steps.inserted import as_equation, inserted_steps
from ..values.numbers import numbers_of
from .chain import Local, chain
from .matrix import matrix_form
from .sympy_form import equation, index_form, latex, matrix_sympy, plain


@dataclass(frozen=True)
class Formula:
    """One line; ``expr`` is an unevaluated SymPy equation."""

    expr: Any
    jacobian: Any = None  # of an index line: the state before the deltas are contracted
    reason: str = ""  # why it follows from the line before, a key of `derive.steps.step_nodes`

    @property
    def lhs(self) -> Any:
        return self.expr.lhs

    @property
    def rhs(self) -> Any:
        return self.expr.rhs

    def _sympy_(self) -> Any:
        return self.expr

    def __str__(self) -> str:
        return f"{plain(self.lhs)} = {plain(self.rhs)}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {latex(self.expr)}$"


@dataclass(frozen=True)
class Formulas(Sequence[Formula]):
    """Several lines below each other."""

    lines: tuple[Formula, ...] = field(default=())

    def __getitem__(self, k: Any) -> Any:
        return self.lines[k]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Formula]:
        return iter(self.lines)

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))

    def _repr_latex_(self) -> str:
        rows = [f"{latex(f.lhs)} &= {latex(f.rhs)}" for f in self.lines]
        return "$$\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}$$"


def view(d: Derivation, tensor: str, *, batch: bool = False) -> GradientView:
    """The gradient with respect to a tensor. Raises ChalkgradError when there is none."""
    shown = d if batch else per_sample(d)
    return GradientView(shown, shown.step(tensor), d)


@dataclass(frozen=True)
class GradientView:
    """``.chain``, ``.index``, ``.matrix``, ``.numbers`` and ``.steps`` of one gradient."""

    derivation: Derivation
    step: Step
    whole: Derivation  # with its batch, for an example of several samples

    @property
    def chain(self) -> Formula:
        """The sum over the paths from the loss to the tensor of the products of local
        derivatives; the formula of what the loss alone reads."""
        return self.chain_to("full")

    def chain_to(self, mode: str, shown: Collection[str] | None = None) -> Formula:
        """``full``, or ``reuse``: from the nearest adjoint in ``shown`` (None: every one)."""
        made = chain(self.derivation, self.step.of, mode, shown)
        if not made.ways:
            return self.index
        return Formula(equation(made.left, made.right, self.derivation.network))

    @cached_property
    def index(self) -> Formula:
        """The contracted index equation; ``.jacobian`` is the line before, with its deltas."""
        eq = self.step.equation
        jacobian = self._form(self.jacobian_equation()) if self.step.contributions else None
        return Formula(self._form(eq), jacobian)

    @cached_property
    def matrix(self) -> Formula | None:
        """The matrix form, rows as vectors; None where the equation has none."""
        eq = self.step.equation
        network = self.derivation.network
        made = matrix_form(eq, network.tensors, network.sizes)
        expr = None if made is None else matrix_sympy(eq, made, self.derivation.network)
        return None if expr is None else Formula(expr)

    @cached_property
    def value(self) -> np.ndarray[Any, Any]:
        """The gradient's numbers for the worked example of the spec."""
        network = self.whole.network
        values = network.values
        if not values:
            raise ChalkgradError(
                "the network has no worked example", where="values", hint="give `values:`"
            )
        batched = [t for t in network.tensors.values() if t.batch and t.name in values]
        several = any(np.ndim(values[t.name]) == len(t.axes) for t in batched)
        d = self.whole if several else self.derivation
        return numbers_of(d, values)[self.step.equation.name]

    @property
    def numbers(self) -> Formula:
        """The gradient of the worked example, exact inputs, float64 arithmetic."""
        value, name = self.value, self.step.equation.name
        if value.ndim == 0:
            made = sympy.Float(float(value))
            return Formula(sympy.Eq(sympy.Symbol(name), made, evaluate=False))
        if value.ndim <= 2:
            two = np.atleast_2d(value)
            rows = [[sympy.Float(float(x)) for x in row] for row in two]
            left = sympy.MatrixSymbol(name, *two.shape)
            return Formula(sympy.Eq(left, sympy.ImmutableMatrix(rows), evaluate=False))
        flat = [sympy.Float(float(x)) for x in value.ravel()]
        array = sympy.ImmutableDenseNDimArray(flat, value.shape)
        return Formula(sympy.Eq(sympy.Symbol(name), array, evaluate=False))

    @cached_property
    def steps(self) -> Formulas:
        """The three states; behind them the lines with the gradient above inserted, where that
        makes it short (p − y)."""
        if not self.step.contributions:
            return Formulas((self.index,))
        before = [Formula(self._form(eq), reason=why) for eq, why in self.states()[:-1]]
        return Formulas((*before, replace(self.index, reason="contract"), *self._inserted()))

    def _inserted(self) -> Iterator[Formula]:
        made = inserted_steps(self.derivation, self.step.of)
        if made is None:
            return
        for line in made.lines[1:]:
            yield Formula(self._form(as_equation(line)), reason=line.reason)

    # -- the states as equations of the derivation's own trees ------------------------------------

    def states(self) -> list[tuple[Equation, str]]:
        """Chain rule, local Jacobian with its deltas, contracted sum, each with its reason; what
        the loss alone reads has no chain."""
        last = (self.step.equation, "contract")
        if not self.step.contributions:
            return [last]
        jacobian = (self.jacobian_equation(), "known_derivative")
        if all(self._is_loss(c) for c in self.step.contributions):
            return [jacobian, last]
        return [(self.chain_equation(), "chain_rule"), jacobian, last]

    def _form(self, eq: Equation) -> Any:
        return index_form(eq, self.derivation.network)

    def chain_equation(self) -> Equation:
        """State 1 as an index equation, with a `Local` for every local derivative."""
        # one term per equation, however often it reads the tensor
        once = {c.equation: c for c in self.step.contributions}
        return self._joined([self._rule(c) for c in once.values()])

    def jacobian_equation(self) -> Equation:
        """State 2 as an index equation: every local derivative worked out, its deltas in place."""
        return self._joined([self._jacobian(c) for c in self.step.contributions])

    def direct_equation(self) -> tuple[Local, Expr] | None:
        """∂⁺L/∂T: what the loss adds to a gradient by reading the tensor itself, beside others."""
        own = [c for c in self.step.contributions if self._is_loss(c)]
        if not own or len(own) == len(self.step.contributions):
            return None
        loss = Read(self.derivation.shown_loss)
        return Local(loss, Read(self.step.of, own[0].place), True), add([c.value for c in own])

    def _joined(self, terms: Sequence[Expr]) -> Equation:
        eq = self.step.equation
        return Equation(eq.name, eq.indices, add(terms), eq.label)

    def _consumer(self, c: Contribution) -> tuple[Equation, Read, tuple[Idx, ...]]:
        """The equation a path goes through, its adjoint, and the seed's own indices."""
        d = self.derivation
        eq = next(e for e in d.forward if e.name == c.equation)
        left = self.step.equation.indices
        seed = left[: len(left) - len(c.place)]
        return eq, Read(d.adjoint(eq.name), (*seed, *eq.indices)), seed

    def _is_loss(self, c: Contribution) -> bool:
        """Is it the loss that reads the tensor? Its own gradient is 1 and is not written."""
        d = self.derivation
        return c.equation in (d.of, d.shown_loss) and not self._consumer(c)[2]

    def _rule(self, c: Contribution) -> Expr:
        eq, upstream, _ = self._consumer(c)
        above, below = Read(eq.name, eq.indices), Read(self.step.of, c.place)
        if self._is_loss(c):
            return Local(above, below, direct=True)
        return _sum(eq.indices, [upstream, Local(above, below)], None)

    def _jacobian(self, c: Contribution) -> Expr:
        eq, upstream, _ = self._consumer(c)
        p = c.partial
        factors = [p.coefficient, *deltas(c.place, p.read.indices)]
        factors = factors if self._is_loss(c) else [upstream, *factors]
        return _sum((*eq.indices, *p.bound), factors, p.cond)


def _sum(bound: Sequence[Idx], factors: Sequence[Expr], cond: Expr | None) -> Expr:
    body = product(factors)
    return refresh(Reduce("sum", tuple(bound), body, cond)) if bound else body
