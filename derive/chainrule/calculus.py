"""Local derivatives: SymPy differentiates the right side of one equation with respect to one entry.

The derivative with respect to an occurrence ``U[e]`` is a *partial*: a coefficient, the bound
indices on the way down, and the read itself. `derive.chainrule.sweep` turns it into a delta
and contracts. Kernels (the elementwise trees between the sums) are differentiated once per shape
and cached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from ..language.expr import (
    ONE,
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Idx,
    Iverson,
    Logic,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
    add,
    conjunction,
    fresh_index,
    mul,
    num,
    refresh,
    replace,
    transform,
    walk,
)
from ..language.formulas import opened
from ..language.functions import FUNCTIONS, abstract_derivative, is_abstract
from ..language.parser import expression
from ..rewrite.domains import may_be_endless
from .strong_zeros import gated
from .sympy_bridge import Algebra, Side, convert, from_sympy, rational


@dataclass(frozen=True)
class Partial:
    """∂(right side)/∂(one read): sum over ``bound`` of ``coefficient`` · [condition] · δ(read)."""

    read: Read
    coefficient: Expr
    bound: tuple[Idx, ...] = ()
    cond: Expr | None = None


def partials(
    expr: Expr,
    winner: Read | None = None,
    endless: Collection[str] = (),
    *,
    whole: bool = False,
) -> list[Partial]:
    """All partials of a right side, one per distinct read (equal reads are taken together).

    ``winner`` is the argmax tensor of an equation ``T = max[…](…)``: its first maximum; without it
    the winner is looked for again. ``endless`` names the tensors that may hold −inf. ``whole``:
    ``expr`` is all of a right side, so that ``__output__`` may stand for the value it has.
    """
    if isinstance(expr, Add):
        return [p for a in expr.args for p in partials(a, endless=endless)]
    if isinstance(expr, Neg):
        return [_scaled(p, num(-1)) for p in partials(expr.arg, endless=endless)]
    if isinstance(expr, Reduce) and expr.op == "sum":
        return [
            Partial(
                p.read, p.coefficient, (*_idx(expr), *p.bound), conjunction((expr.cond, p.cond))
            )
            for p in partials(expr.body, endless=endless)
        ]
    if isinstance(expr, Reduce) and expr.op == "mean":
        as_sum = Reduce("sum", expr.idxs, expr.body, expr.cond)
        share = Div(ONE, counted(expr))
        return [_scaled(p, share) for p in partials(as_sum, endless=endless)]
    if isinstance(expr, Normal):
        return _normal(expr, endless, whole)
    if isinstance(expr, Reduce):
        return _special(expr, winner, endless)
    return _kernel(expr, endless)


def counted(mean: Reduce) -> Expr:
    """How many numbers a mean is taken over: its size, or those for which its condition holds."""
    if mean.cond is None:
        return mul([Size(i.axis) for i in _idx(mean)])
    return refresh(Reduce("sum", mean.idxs, ONE, mean.cond))


def _idx(expr: Reduce | Normal) -> tuple[Idx, ...]:
    return tuple(i for i in expr.idxs if isinstance(i, Idx))


def _scaled(p: Partial, factor: Expr) -> Partial:
    return Partial(p.read, mul([factor, p.coefficient]), p.bound, p.cond)


def _special(expr: Reduce, winner: Expr | None, endless: Collection[str]) -> list[Partial]:
    """Reductions that are not sums. Each row is proved by tests/rewrite/test_rewrites.py."""
    if expr.op in ("argmax", "argmin"):
        return []
    bound = _idx(expr)
    coefficient: Expr
    if expr.op == "logsumexp":  # ∂ ln Σ exp(a) = exp(a − ln Σ exp(a))
        other = refresh(expr)
        if may_be_endless(expr.body, endless):  # exp(−inf − −inf) is 0 here: no entry has a share
            other = Where(Cmp(">", other, Neg(Const("inf"))), refresh(expr), num(0))
        coefficient = Fn("exp", (add([refresh(expr.body), Neg(other)]),))
    elif expr.op == "prod":  # the product of the others
        twin = {i: fresh_index(i.name, i.axis) for i in bound}
        same = conjunction([Cmp("==", new, old) for old, new in twin.items()])
        assert same is not None
        rest = replace(expr.body, twin)
        cond = None if expr.cond is None else replace(expr.cond, twin)
        both = conjunction((cond, Logic("not", (same,))))
        coefficient = Reduce("prod", tuple(twin.values()), refresh(rest), both)
    else:  # max and min: one at the first winner
        first = winner or refresh(Reduce(f"arg{expr.op}", expr.idxs, expr.body, expr.cond))
        coefficient = Iverson(Cmp("==", flat_index(bound), first))
    return [
        Partial(p.read, mul([coefficient, p.coefficient]), (*bound, *p.bound),
                conjunction((expr.cond, p.cond)))
        for p in partials(expr.body, endless=endless)
    ]  # fmt: skip


def flat_index(bound: tuple[Idx, ...]) -> Expr:
    """Row-major position of several indices, the value an argmax over them returns."""
    position: Expr = bound[0]
    for i in bound[1:]:
        position = add([mul([position, Size(i.axis)]), i])
    return position


def _normal(expr: Normal, endless: Collection[str], whole: bool) -> list[Partial]:
    """softmax: p_i(δ_ij − p_j); log-softmax: δ_ij − exp(l_j), with p and l the values it has."""
    bound = _idx(expr)
    outer = {b: a for b, a in zip(bound, expr.at, strict=True)}

    def value(at: tuple[Expr, ...]) -> Expr:
        if whole:
            return Fn("__output__", at)
        made = refresh(expr)  # whose own indices are then none of ``at``
        assert isinstance(made, Normal)
        return Normal(expr.op, at, made.idxs, made.body, made.cond)

    at_outer, at_bound = value(tuple(expr.at)), value(bound)
    found = []
    for p in partials(expr.body, endless=endless):
        here = replace(p.read, outer)
        assert isinstance(here, Read)
        cond = conjunction((expr.cond, p.cond))
        here_cond = None if cond is None else replace(cond, outer)
        diagonal = at_outer if expr.op == "softmax" else ONE
        factors = mul([diagonal, replace(p.coefficient, outer)])
        found.append(Partial(here, factors, p.bound, here_cond))
        off = [at_outer, at_bound] if expr.op == "softmax" else [Fn("exp", (at_bound,))]
        factors = mul([num(-1), *off, p.coefficient])
        found.append(Partial(p.read, factors, (*bound, *p.bound), cond))
    return found


# -- elementwise kernels ------------------------------------------------------------------------


def _leaves(expr: Expr, found: dict[Expr, None]) -> None:
    """What a kernel is made of: reads, sums, conditions, sizes and index values are symbols."""
    if isinstance(expr, Read | Reduce | Normal | Size | Idx | Iverson | Const | Name | Cmp | Logic):
        found[expr] = None
        return
    for kid in expr.children():
        _leaves(kid, found)


def _kernel(expr: Expr, endless: Collection[str]) -> list[Partial]:
    leaves: dict[Expr, None] = {}
    _leaves(expr, leaves)
    order = list(leaves)
    shape = replace(expr, {leaf: Name(f"k{k}") for k, leaf in enumerate(order)})
    back: dict[Expr, Expr] = {Name(f"k{k}"): leaf for k, leaf in enumerate(order)}
    found = []
    for k, leaf in enumerate(order):
        if not isinstance(leaf, Read | Reduce | Normal):
            continue
        found_here = transform(replace(derivative(shape, f"k{k}"), back), _idempotent)
        coefficient = refresh(gated(found_here))
        if coefficient == num(0):
            continue
        if isinstance(leaf, Read):
            found.append(Partial(leaf, coefficient))
        else:
            found.extend(_scaled(p, coefficient) for p in partials(leaf, endless=endless))
    return found


def _idempotent(e: Expr) -> Expr:
    """[c]² is [c]: a test stays the factor that it was, a strong zero."""
    if isinstance(e, Pow) and isinstance(e.base, Iverson) and isinstance(e.exp, Num):
        return e.base if e.exp.value > 0 else e
    return e


@cache
def derivative(shape: Expr, name: str) -> Expr:
    """SymPy's derivative of an elementwise tree over ``Name`` leaves, back as a tree."""
    decimals = {e: None for e in walk(shape) if isinstance(e, Num) and e.value.denominator != 1}
    names = {d: Name(f"c{k}") for k, d in enumerate(decimals)}  # 0.044715 stays as it was written
    symbolic = to_sympy(replace(shape, names))
    made = from_sympy(sympy.diff(symbolic, sympy.Symbol(name)))
    made = replace(made, {v: k for k, v in names.items()})
    return replace(made, _as_written(shape))


@cache
def _as_written(shape: Expr) -> dict[Expr, Expr]:
    """SymPy orders the terms of an argument anew: its form of each function, and of each sum that
    is an argument (a condition of the derivative may hold it alone) -> the written one."""
    found: dict[Expr, Expr] = {}
    calls = [e for e in walk(shape) if isinstance(e, Fn)]
    sums = [a for e in calls for a in e.args if isinstance(a, Add)]
    for e in (*sums, *calls):
        if any(isinstance(x, Add | Mul) for x in walk(e)):
            decimals = {d: None for d in walk(e) if isinstance(d, Num) and d.value.denominator != 1}
            names = {d: Name(f"c{k}") for k, d in enumerate(decimals)}
            there = from_sympy(to_sympy(replace(e, names)))
            found[replace(there, {v: k for k, v in names.items()})] = e
    return found


# -- functions that SymPy differentiates by our rules ---------------------------------------------


@cache
def _class(name: str) -> Any:
    """A SymPy function that nothing rewrites; its derivative comes from `rule`."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        if name.startswith(("cmp", "logic", "iverson", "floor_div")):  # steps: derivative 0
            return sympy.S.Zero
        table = {f"a{k}": arg for k, arg in enumerate(self.args)}
        return to_sympy(rule(name, argindex - 1), {**table, "y": self})

    return type(f"F_{name}", (sympy.Function,), {"fdiff": fdiff, "chalk": name})


@cache
def rule(name: str, position: int) -> Expr:
    """Derivative of a function by its k-th argument, over ``a0, a1, …`` and ``y``, its value."""
    if is_abstract(name):  # g has no formula: its derivative is the function g'
        return Fn(abstract_derivative(name), (Name("a0"),))
    known = FUNCTIONS[name]
    names = {Name(a): Name(f"a{k}") for k, a in enumerate(known.args)}
    row = known.derivative.get(known.args[position])
    if row is not None:
        return replace(expression(row), names)
    return formula_rule(name, position)


@cache
def formula_rule(name: str, position: int) -> Expr:
    """The derivative through the formula alone: what every row of the table is proved against."""
    body = opened(name, [Name(f"a{k}") for k in range(len(FUNCTIONS[name].args))])
    if body is None:
        v = sympy.Symbol("a0")
        return from_sympy(sympy.diff(getattr(sympy, name)(v), v))
    return derivative(body, f"a{position}")


def to_sympy(expr: Expr, table: Mapping[str, Any] | None = None) -> Any:
    """An elementwise tree over ``Name`` leaves as a SymPy expression of uninterpreted functions."""
    known = table or {}

    def leaf(e: Expr) -> Any:
        return known.get(e.name, sympy.Symbol(e.name)) if isinstance(e, Name) else None

    return convert(expr, _DIFFERENTIABLE, leaf)


def _power(base: Any, exp: Any) -> Any:
    plain = exp.is_number and not exp.atoms(sympy.Function)  # max(2, 3) is of our own
    return base**exp if plain else _class("power")(base, exp)


def _call(e: Fn, args: list[Any]) -> Any:
    if e.name == "sqrt" and args[0].is_number:
        return sympy.sqrt(args[0])
    return _class(e.name)(*args)


_DIFFERENTIABLE: Algebra = {
    Num: rational,
    Const: lambda e, _: sympy.pi if e.name == "pi" else sympy.Symbol("inf"),
    Add: lambda _, kids: sympy.Add(*kids),
    Mul: lambda _, kids: sympy.Mul(*kids),
    Neg: lambda _, kids: -kids[0],
    Div: lambda _, kids: kids[0] / kids[1],
    Pow: lambda _, kids: _power(*kids),
    Fn: _call,
    Where: lambda _, kids: Side(*kids),
    Cmp: lambda e, kids: _class(f"cmp{e.op}")(*kids),
    Logic: lambda e, kids: _class(f"logic{e.op}")(*kids),
    Iverson: lambda _, kids: _class("iverson")(*kids),
}
