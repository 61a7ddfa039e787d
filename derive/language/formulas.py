"""A named function is its formula: as a tree, and its value in an algebra with no better way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .evaluate import Algebra, V, evaluate
from .expr import Expr, Name, replace
from .functions import FUNCTIONS, no_numbers
from .parser import expression


def opened(name: str, args: Sequence[Expr]) -> Expr | None:
    """A call as the formula of its function; None for a function that has none."""
    known = FUNCTIONS.get(name)
    if known is None or known.formula is None:
        return None
    return replace(_parsed(known.formula), dict(zip(map(Name, known.args), args, strict=True)))


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
