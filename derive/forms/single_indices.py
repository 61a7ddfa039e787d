"""Indices that take one value only are written nowhere, so nothing compares them either."""

from __future__ import annotations

from collections.abc import Callable

from ..language.expr import ONE, Cmp, Expr, Idx, Iverson, Mul, mul, transform


def without_single(expr: Expr, single: Callable[[Idx], bool]) -> Expr:
    """The same value without δ_jk of indices that are both ``single``."""

    def visit(e: Expr) -> Expr:
        match e:
            case Iverson(Cmp("==", Idx() as i, Idx() as j)) if single(i) and single(j):
                return ONE
            case Mul(factors) if ONE in factors:
                return mul(factors)
        return e

    return transform(expr, visit)
