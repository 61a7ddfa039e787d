"""Activations by their formulas, in the form that costs one exponential.

``v`` times a costly function of v is opened, so that `kept` can name the function and backward has
its value: gelu, silu, mish. (1 + tanh(u))/2 is sigmoid(2u), to the last digit for large -u, too.
"""

from __future__ import annotations

from functools import cache

from ....derive.language.expr import ONE, Add, Div, Expr, Fn, Read, Where, num, transform, walk
from ....derive.language.formulas import opened
from ....derive.language.functions import FUNCTIONS
from ....derive.rewrite.simplify import fraction_parts, product
from .kept import COSTLY


def formed(rhs: Expr) -> Expr:
    """The right side with such activations of an entry opened, and half-tanhs as sigmoids."""
    return transform(rhs, lambda e: _sigmoid(_opened(e)))


def _opened(e: Expr) -> Expr:
    if not (isinstance(e, Fn) and isinstance(e.args[0], Read) and _opens(e.name)):
        return e
    made = opened(e.name, e.args)
    assert made is not None
    return transform(made, _sigmoid)


@cache
def _opens(name: str) -> bool:
    """Is it a smooth formula around a costly function, differentiated through that formula?"""
    known = FUNCTIONS.get(name)
    body = opened(name, [Read(a) for a in known.args]) if known and not known.derivative else None
    if body is None or any(isinstance(x, Where) for x in walk(body)):
        return False
    return any(isinstance(x, Fn) and x.name in COSTLY for x in walk(body))


def _sigmoid(e: Expr) -> Expr:
    """a (1 + tanh(u))/2 as a sigmoid(2u)"""
    parts = fraction_parts(e)
    for k, (factor, under) in enumerate(parts):
        if under or not isinstance(factor, Add) or len(factor.args) != 2:
            continue
        one, tanh = factor.args
        halved = next((j for j, (f, below) in enumerate(parts) if below and f == num(2)), None)
        if one == num(1) and isinstance(tanh, Fn) and tanh.name == "tanh" and halved is not None:
            rest = [(f, below) for j, (f, below) in enumerate(parts) if j not in (k, halved)]
            s = Fn("sigmoid", (product([num(2), *tanh.args]),))
            return product([*(Div(ONE, f) if below else f for f, below in rest), s])
    return e
