"""Sums of products: ``@`` with transposed views where it is a matrix product, else an einsum.

The order of three or more operands is chosen here, at generation time, by opt_einsum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...derive.language.expr import Idx
from .arrays import Attr, Lib, Lit, Node, Op, Val, kind_of
from .elementwise import align, transpose

Size = Callable[[Idx], int]  # the batch counts as a typical one


def contract(operands: Sequence[Val], keep: Sequence[Idx], size: Size) -> Val:
    """Σ over every index not in ``keep`` of the product of the operands."""
    work = _merged(list(operands))
    while len(work) > 2:
        i, j = _next_pair(work, keep, size)
        a, b = work[i], work[j]
        rest = [v for k, v in enumerate(work) if k not in (i, j)]
        alive = {d for v in rest for d in v.dims} | set(keep)
        out = [d for d in dict.fromkeys((*a.dims, *b.dims)) if d in alive]
        work = _merged([*rest, pair(a, b, out, ordered=False)])
    if len(work) == 2:
        return pair(work[0], work[1], [d for d in keep if d in (*work[0].dims, *work[1].dims)])
    return reduced(work[0], keep)


def reduced(v: Val, keep: Sequence[Idx]) -> Val:
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


def _next_pair(work: Sequence[Val], keep: Sequence[Idx], size: Size) -> tuple[int, int]:
    import opt_einsum

    letters = _letters([d for v in work for d in v.dims])
    text = ",".join("".join(letters[d] for d in v.dims) for v in work)
    alive = {d for v in work for d in v.dims}
    text += "->" + "".join(letters[d] for d in keep if d in alive)
    shapes = [tuple(size(d) for d in v.dims) for v in work]
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


def pair(a: Val, b: Val, out: Sequence[Idx], ordered: bool = True) -> Val:
    """Two operands: matrix product, batched matrix product, reshaped one, or einsum.

    ``ordered``: with the dimensions in the order of ``out``, else as they come.
    """
    gone = [d for d in a.dims if d in b.dims and d not in out]
    both = [d for d in out if d in a.dims and d in b.dims]
    only_a = [d for d in a.dims if d not in b.dims]
    only_b = [d for d in b.dims if d not in a.dims]
    order = [d for d in out if d in (*only_a, *only_b)]
    if only_b and order and only_a and order[0] in only_b:  # (bᵀ a) rather than (aᵀ b)ᵀ
        return pair(b, a, out)
    stray = [d for d in (*only_a, *only_b) if d not in out]
    if stray:
        return einsum(a, b, out)
    if not gone:
        return einsum(a, b, out) if not _broadcasts(a, b, out) else _outer(a, b, out)
    if len(gone) == 1 and not both:
        made = _matrix(a, b, gone[0], only_a, only_b)
        if made is not None:
            return transpose(made, out) if ordered and set(made.dims) == set(out) else made
    if len(gone) > 1 and not both:
        made = _flattened(a, b, gone, only_a, only_b)
        if made is not None:
            return transpose(made, out)
    if len(gone) == 1 and both and len(only_a) == 1 and len(only_b) == 1:
        return _batched(a, b, both, gone[0], only_a[0], only_b[0], out)
    return einsum(a, b, out)


def _broadcasts(a: Val, b: Val, out: Sequence[Idx]) -> bool:
    return tuple(out) == (*a.dims, *b.dims) or set(a.dims) >= set(b.dims)


def _outer(a: Val, b: Val, out: Sequence[Idx]) -> Val:
    left = align(a, out)
    right = align(b, out)
    return Val(Op("*", (left, right)), tuple(out))


def _matrix(a: Val, b: Val, s: Idx, only_a: list[Idx], only_b: list[Idx]) -> Val | None:
    """(…, s) @ (s, b); with both sides one axis longer at most on the right."""
    if len(only_b) > 1 and len(only_a) <= 1:
        a, b, only_a, only_b = b, a, only_b, only_a
    if len(only_b) > 1:
        return None
    if len(only_a) == len(only_b) == 1:  # u @ B rather than (B.T @ u.T).T
        given = (a.dims[-1] != s) + (b.dims[0] != s)
        if (b.dims[-1] != s) + (a.dims[0] != s) < given:
            a, b, only_a, only_b = b, a, only_b, only_a
    if len(only_a) > 1 or (len(a.dims) == 1 and len(b.dims) == 2 and a.dims[0] == s):
        left = a if a.dims[-1] == s else transpose(a, (*only_a, s))
        right = b if b.dims[0] == s else transpose(b, (s, *only_b))
        return Val(Op("@", (left.node, right.node)), (*only_a, *only_b))
    left = transpose(a, (*only_a, s))
    right = transpose(b, (s, *only_b))
    return Val(Op("@", (left.node, right.node)), (*only_a, *only_b))


def _flattened(a: Val, b: Val, gone: list[Idx], only_a: list[Idx], only_b: list[Idx]) -> Val | None:
    """Leading axes summed in the same order, one axis left each: (rows, a)ᵀ (rows, b)."""
    if len(only_a) != 1 or len(only_b) != 1:
        return None
    if a.dims != (*gone, only_a[0]) or b.dims != (*gone, only_b[0]):
        return None
    node = Lib("contract", (a.node, b.node, Lit(str(len(gone)))))
    axes = Lit(f"{tuple(range(len(gone)))}")
    node = Lib("contract", (a.node, b.node), (("axes", Lit(f"({axes.text}, {axes.text})")),))
    return Val(node, (only_a[0], only_b[0]))


def _batched(
    a: Val, b: Val, both: list[Idx], s: Idx, one: Idx, two: Idx, out: Sequence[Idx]
) -> Val:
    if [d for d in out if d in (one, two)] == [two, one]:
        a, b, one, two = b, a, two, one
    left = transpose(a, (*both, one, s))
    right = transpose(b, (*both, s, two))
    return transpose(Val(Op("@", (left.node, right.node)), (*both, one, two)), out)


def einsum(a: Val, b: Val, out: Sequence[Idx]) -> Val:
    letters = _letters([*a.dims, *b.dims])
    left, right = ("".join(letters[d] for d in v.dims) for v in (a, b))
    text = f'"{left},{right}->{"".join(letters[d] for d in out)}"'
    many = len([d for d in a.dims if d in b.dims]) > 1
    kwargs = (("optimize", Lit("True")),) if many else ()
    return Val(Lib("einsum", (Lit(text), a.node, b.node), kwargs), tuple(out))
