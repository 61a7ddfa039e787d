"""Sums of products: ``@`` with transposed views where it is a matrix product, else an einsum.

The order of three or more operands is chosen here, at generation time, by opt_einsum.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...derive.language.expr import Idx
from .arrays import Attr, Lib, Lit, Node, Op, Val, kind_of
from .context import Context
from .elementwise import align, transpose
from .passes.table import Pass
from .products import product


def contract(low: Context, operands: Sequence[Val], keep: Sequence[Idx]) -> Val:
    """Σ over every index not in ``keep`` of the product of the operands."""
    work = _merged(list(operands))
    while len(work) > 2:
        i, j = _next_pair(low, work, keep)
        a, b = work[i], work[j]
        rest = [v for k, v in enumerate(work) if k not in (i, j)]
        alive = {d for v in rest for d in v.dims} | set(keep)
        out = [d for d in dict.fromkeys((*a.dims, *b.dims)) if d in alive]
        work = _merged([*rest, pair(low, a, b, out, ordered=False)])
    if len(work) == 2:
        return pair(low, work[0], work[1], [d for d in keep if any(d in v.dims for v in work)])
    return reduced(work[0], keep)


def reduced(v: Val, keep: Collection[Idx]) -> Val:
    """One operand: a plain sum over the axes that go."""
    axes = [k for k, d in enumerate(v.dims) if d not in keep]
    if not axes:
        return v
    node = Attr(v.node, "sum", (), (() if len(axes) == len(v.dims) else (("axis", axis(axes)),)))
    return Val(node, tuple(d for d in v.dims if d in keep))


def axis(axes: Sequence[int]) -> Node:
    return Lit(str(axes[0])) if len(axes) == 1 else Lit("(" + ", ".join(map(str, axes)) + ")")


def _merged(operands: list[Val]) -> list[Val]:
    """Multiply elementwise what has the same dimensions (or none)."""
    made: list[Val] = []
    for v in operands:
        for k, other in enumerate(made):
            if set(other.dims) == set(v.dims) or not v.dims or not other.dims:
                big = other if other.dims else v
                node = (
                    Op("*", (other.node, _as(v, big.dims)))
                    if other.dims
                    else Op("*", (v.node, other.node))
                )
                made[k] = Val(node, big.dims, kind_of((other, v)))
                break
        else:
            made.append(v)
    return made


def _as(v: Val, dims: tuple[Idx, ...]) -> Node:
    return transpose(v, dims).node if v.dims else v.node


def _next_pair(low: Context, work: Sequence[Val], keep: Sequence[Idx]) -> tuple[int, int]:
    import opt_einsum

    letters = _letters([d for v in work for d in v.dims])
    text = ",".join("".join(letters[d] for d in v.dims) for v in work)
    alive = {d for v in work for d in v.dims}
    text += "->" + "".join(letters[d] for d in keep if d in alive)
    shapes = [tuple(low.size(d.axis) for d in v.dims) for v in work]
    path, _ = opt_einsum.contract_path(text, *shapes, shapes=True)
    first = sorted(path[0])
    return (first[0], first[1]) if len(first) >= 2 else (0, 1)


def _letters(dims: Sequence[Idx]) -> dict[Idx, str]:
    """A letter per index, its own name where that is one free letter."""
    made: dict[Idx, str] = {}
    for d in dict.fromkeys(dims):
        pool = [d.name, *"ijklmnopqrstuvwxyzabcdefgh", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        made[d] = next(
            c
            for c in pool
            if len(c) == 1 and c.isascii() and c.isalpha() and c not in made.values()
        )
    return made


def pair(low: Context, a: Val, b: Val, out: Sequence[Idx], ordered: bool = True) -> Val:
    """Two operands: a matrix product, as they stand or reshaped, or an einsum.

    ``ordered``: with the dimensions in the order of ``out``, else as they come.
    """
    a, b = (reduced(v, {*out, *other.dims}) for v, other in ((a, b), (b, a)))
    gone = [d for d in a.dims if d in b.dims and d not in out]
    both = [d for d in out if d in a.dims and d in b.dims]
    only_a = [d for d in a.dims if d not in b.dims]
    only_b = [d for d in b.dims if d not in a.dims]
    order = [d for d in out if d in (*only_a, *only_b)]
    if only_b and order and only_a and order[0] in only_b:  # (bᵀ a) rather than (aᵀ b)ᵀ
        return pair(low, b, a, out, ordered)
    if not gone:
        return _outer(a, b, out)
    made = None
    if len(gone) == 1 and not both:
        made = _matrix(a, b, gone[0], only_a, only_b)
    if made is None and Pass.PRODUCTS in low.passes:
        made = product(low, a, b, out)
    if made is None:
        return einsum(a, b, out)
    return transpose(made, out) if ordered else made


def _outer(a: Val, b: Val, out: Sequence[Idx]) -> Val:
    left = align(a, out)
    right = align(b, out)
    return Val(Op("*", (left, right)), tuple(out))


def _matrix(a: Val, b: Val, s: Idx, only_a: list[Idx], only_b: list[Idx]) -> Val | None:
    """(…, s) @ (s, b): one operand is a matrix or a vector, the other need not be moved."""
    if len(only_b) > 1 and len(only_a) <= 1:
        a, b, only_a, only_b = b, a, only_b, only_a
    if len(only_b) > 1 or (len(only_a) > 1 and a.dims[-1] != s):
        return None
    if len(only_a) == len(only_b) == 1:  # u @ B rather than (B.T @ u.T).T
        given = (a.dims[-1] != s) + (b.dims[0] != s)
        if (b.dims[-1] != s) + (a.dims[0] != s) < given:
            a, b, only_a, only_b = b, a, only_b, only_a
    left, right = transpose(a, (*only_a, s)), transpose(b, (s, *only_b))
    return Val(Op("@", (left.node, right.node)), (*only_a, *only_b))


def einsum(a: Val, b: Val, out: Sequence[Idx]) -> Val:
    letters = _letters([*a.dims, *b.dims])
    left, right = ("".join(letters[d] for d in v.dims) for v in (a, b))
    text = f'"{left},{right}->{"".join(letters[d] for d in out)}"'
    many = len([d for d in a.dims if d in b.dims]) > 1
    kwargs = (("optimize", Lit("True")),) if many else ()
    return Val(Lib("einsum", (Lit(text), a.node, b.node), kwargs), tuple(out))
