"""Trees in SymPy and back: two algebras over one table of nodes, and the leaves of the caller."""

from __future__ import annotations

import pytest
import sympy

from chalkgrad.derive.chainrule.calculus import _DIFFERENTIABLE, to_sympy
from chalkgrad.derive.chainrule.sympy_bridge import UNEVALUATED, convert, from_sympy
from chalkgrad.derive.language.expr import Add, Delta, Expr, Iverson, Name, Read, num
from chalkgrad.derive.language.parser import expression


def symbol(e: Expr) -> sympy.Symbol | None:
    return sympy.Symbol(e.name) if isinstance(e, Name) else None


def test_what_can_be_differentiated_can_be_printed() -> None:
    assert set(UNEVALUATED) == set(_DIFFERENTIABLE)


def test_a_node_without_a_row_is_refused() -> None:
    for algebra in (UNEVALUATED, _DIFFERENTIABLE):
        with pytest.raises(TypeError, match="no SymPy form for Read"):
            convert(Add((num(1), Read("x"))), algebra, symbol)


def test_a_delta_is_built_as_the_bracket_that_it_is() -> None:
    delta = Delta(Name("i"), Name("j"))
    made = convert(delta, UNEVALUATED, symbol)
    assert made == sympy.KroneckerDelta(*sympy.symbols("i j"))
    assert to_sympy(delta) == to_sympy(Iverson(delta.cond))


def test_only_what_is_to_be_printed_stays_as_written() -> None:
    e = expression("x + x")
    assert str(convert(e, UNEVALUATED, symbol)) == "x + x"
    assert to_sympy(e) == 2 * sympy.Symbol("x")


@pytest.mark.parametrize("text", ["a/b", "2*sqrt(a)", "where(a > 0, b, 2)", "tanh(a)", "pi*a"])
def test_a_tree_comes_back_from_sympy_as_it_went(text: str) -> None:
    assert from_sympy(to_sympy(expression(text))) == expression(text)
