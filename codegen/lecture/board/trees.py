"""Trees that a board makes: single entries, functions spelled by their formulas."""

from __future__ import annotations

from collections.abc import Sequence

from ....derive.language.expr import Expr, Fn, Name, Read, Where, num, replace, walk
from ....derive.language.functions import FUNCTIONS
from ....derive.language.parser import expression


def entry_read(name: str, at: Sequence[int]) -> Read:
    """One entry as a tree."""
    return Read(name, tuple(map(num, at)))


def spelled(expr: Expr) -> Expr:
    """σ(v) by its formula, 1/(1 + e^−v), where that is one line without cases."""
    known = FUNCTIONS.get(expr.name) if isinstance(expr, Fn) else None
    if known is None or known.formula is None or not isinstance(expr, Fn) or len(expr.args) != 1:
        return expr
    formula = expression(known.formula)
    if any(isinstance(e, Where) for e in walk(formula)) or sum(1 for _ in walk(formula)) > 12:
        return expr
    return replace(formula, {Name(known.args[0]): expr.args[0]})
