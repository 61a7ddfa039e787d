"""A named function, or a softmax, is its formula: as a tree, and the value of a function in an
algebra with no better way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from .evaluate import Algebra, V, evaluate
from .expr import (
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Name,
    Neg,
    Normal,
    Reduce,
    fresh_index,
    replace,
)
from .functions import FUNCTIONS, no_numbers
from .names import following
from .parser import expression


def opened(name: str, args: Sequence[Expr]) -> Expr | None:
    """A call as the formula of its function; None for a function that has none."""
    known = FUNCTIONS.get(name)
    if known is None or known.formula is None:
        return None
    return replace(_parsed(known.formula), dict(zip(map(Name, known.args), args, strict=True)))


def normalised(e: Normal, taken: Collection[str] = ()) -> Expr:
    """exp(z_k)/Σ_m exp(z_m), or z_k − log Σ_m exp(z_m); outside its condition a softmax is 0.

    What is summed over has a letter that is neither ``taken`` nor one of the entry's own."""
    outer: dict[Expr, Expr] = dict(zip(e.idxs, e.at, strict=True))
    used = {*taken, *(i.name for i in e.at if isinstance(i, Idx))}
    inner: dict[Expr, Expr] = {}
    for i in e.idxs:
        assert isinstance(i, Idx)
        inner[i] = fresh_index(following(i, used) if i.name in used else i.name, i.axis)
    cond = None if e.cond is None else replace(e.cond, inner)
    exponential = Fn("exp", (replace(e.body, inner),))
    total = Reduce("sum", tuple(inner.values()), exponential, cond)
    here = replace(e.body, outer)
    if e.op == "log_softmax":
        return Add((here, Neg(Fn("log", (total,)))))
    over: Expr = Fn("exp", (here,))
    if e.cond is not None:
        over = Mul((Iverson(replace(e.cond, outer)), over))
    return Div(over, total)


def by_formula(name: str, args: Sequence[V], algebra: Algebra[V]) -> V:
    """The formula of a function, where its arguments have these values and the options that are
    left out their defaults. Raises `BoardOnlyError` for a function without a formula."""
    known = FUNCTIONS.get(name)
    if known is None or known.formula is None:
        raise no_numbers(name)
    options = (evaluate(_parsed(text), algebra) for text in known.defaults)
    full = [*args, *options][: len(known.args)]
    env: dict[Expr, V] = dict(zip(map(Name, known.args), full, strict=True))
    return evaluate(_parsed(known.formula), algebra.bound(env))


@cache
def _parsed(text: str) -> Expr:
    return expression(text)
