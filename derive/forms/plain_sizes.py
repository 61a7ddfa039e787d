"""Nothing is multiplied or divided by the size of an axis with one entry."""

from __future__ import annotations

from ..language.expr import ONE, Div, Expr, Mul, Size, mul, transform
from ..network.network import Network


def plain_sizes(expr: Expr, network: Network) -> Expr:
    """The same value without the sizes that are 1."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Size) and network.size(e.axis) == 1:
            return ONE
        if isinstance(e, Mul) and ONE in e.args:
            return mul(e.args)
        return e.num if isinstance(e, Div) and e.den == ONE else e

    return transform(expr, visit)
