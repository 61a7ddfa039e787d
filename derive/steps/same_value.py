"""Do two formulas of one number have the same value? Tried at points, then proved by SymPy."""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath
import sympy

from ..chainrule.calculus import to_sympy
from ..language.expr import Cmp, Expr, Fn, Logic, Where, walk
from ..language.formulas import opened
from ..values.entries import at_point

_POINTS = ("-1.7", "0.3", "2.2")


@cache
def same_value(a: Expr, b: Expr) -> bool:
    """Is a = b for every real ``v``? Cases and comparisons must agree as they are written."""
    if a == b:
        return True
    if not all(_close(a, b, mpmath.mpf(p)) for p in _POINTS):
        return False
    if any(isinstance(x, Where | Cmp | Logic) for e in (a, b) for x in walk(e)):
        return bool(to_sympy(a) == to_sympy(b))
    return bool(sympy.simplify(_real(a) - _real(b)) == 0)


def _close(a: Expr, b: Expr, at: Any) -> bool:
    try:
        one, two = (at_point(e, {"v": at}) for e in (a, b))
    except (ZeroDivisionError, ValueError, OverflowError):
        return False
    return bool(abs(one - two) <= mpmath.mpf("1e-25") * (1 + abs(one)))


def _real(e: Expr) -> Any:
    """SymPy's own functions of a real v; named functions opened to their formulas."""
    made = to_sympy(_opened(e), {"v": sympy.Symbol("v", real=True)})
    return made.replace(
        lambda f: hasattr(sympy, getattr(type(f), "chalk", "?")),
        lambda f: getattr(sympy, type(f).chalk)(*f.args),
    )


def _opened(e: Expr) -> Expr:
    kids = e.children()
    e = e.rebuild(tuple(_opened(k) for k in kids)) if kids else e
    formula = opened(e.name, e.args) if isinstance(e, Fn) else None
    return e if formula is None else _opened(formula)
