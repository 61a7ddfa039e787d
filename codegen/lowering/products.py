"""Two operands under a sum as one matrix product of reshaped operands.

Their indices fall into four groups: ``gone`` (in both, summed), ``both`` (in both, kept: a product
for each), and those that only one operand has. With one axis a group, every contraction is a
product; what differs is which operand must be copied for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import prod

from ...derive.language.expr import Idx
from .arrays import Attr, Lib, Lit, Node, Op, Val, Var
from .context import Context
from .elementwise import transpose

Group = list[Idx]
Side = tuple[Val, list[Group]]  # an operand, and the groups that become its axes


@dataclass(frozen=True)
class _Pair:
    """Two operands and their groups; ``out`` is the order that is asked for."""

    a: Val
    b: Val
    out: tuple[Idx, ...]

    @property
    def both(self) -> Group:
        return [d for d in self.out if d in self.a.dims and d in self.b.dims]

    @property
    def only_a(self) -> Group:
        return [d for d in self.a.dims if d not in self.b.dims]

    @property
    def only_b(self) -> Group:
        return [d for d in self.b.dims if d not in self.a.dims]

    def gone(self, of: Val) -> Group:
        """In the order of one operand."""
        return [d for d in of.dims if d in self.a.dims and d in self.b.dims and d not in self.out]

    def swapped(self) -> _Pair:
        return _Pair(self.b, self.a, self.out)


def product(low: Context, a: Val, b: Val, out: Sequence[Idx]) -> Val | None:
    """Σ over the indices that both have and ``out`` has not, its dimensions as they come.

    None for a matrix times a vector in every sample, and for sums of elementwise products.
    """
    pair = _Pair(a, b, tuple(out))
    if pair.both and not (pair.only_a and pair.only_b):
        return None
    made = _shared_matrix(low, pair) or _shared_matrix(low, pair.swapped())
    if made is None and not pair.both:
        made = _summed_over_samples(low, pair)
    return made or _plain(low, pair)


def _shared_matrix(low: Context, pair: _Pair) -> Val | None:
    """All samples share the matrix ``a``: (rows, gone) @ (samples, gone, columns), as a convolution
    does it with its kernels; behind the product the samples still come first."""
    split = _samples_ahead(pair) or _samples_as_asked(pair)
    if split is None:
        return None
    samples, rows, columns = split
    lead = [[d] for d in pair.both]
    left, right = _arranged(
        low,
        pair,
        lambda gone: [
            (pair.a, [*lead, rows, gone]),
            (pair.b, [*([d] for d in samples), *lead, gone, columns]),
        ],
    )
    return _opened(low, Op("@", (left, right)), [*samples, *pair.both], rows, columns)


def _samples_ahead(pair: _Pair) -> tuple[Group, Group, Group] | None:
    """(samples, rows, columns) where ``b`` is (samples, gone, columns) as it stands."""
    dims, gone = list(pair.b.dims), pair.gone(pair.b)
    if pair.both or not gone:
        return None
    at = dims.index(gone[0])
    samples, columns = dims[:at], dims[at + len(gone) :]
    whole = dims == [*samples, *gone, *columns]
    return (
        (samples, pair.only_a, columns) if whole and samples and columns and pair.only_a else None
    )


def _samples_as_asked(pair: _Pair) -> tuple[Group, Group, Group] | None:
    """(samples, rows, columns) where the result is asked for as (samples, both, rows, columns)."""
    out = list(pair.out)
    ahead = next((k for k, d in enumerate(out) if d not in pair.only_b), 0)
    samples = out[:ahead]
    rows = [d for d in out if d in pair.only_a]
    columns = [d for d in out if d in pair.only_b and d not in samples]
    whole = out == [*samples, *pair.both, *rows, *columns]
    return (samples, rows, columns) if whole and samples and rows and columns else None


def _summed_over_samples(low: Context, pair: _Pair) -> Val | None:
    """Σ over samples of a product for each, where one product over all of them would copy both
    operands: dK of a convolution from (samples, o, pixels) and (samples, pixels, c)."""
    a, b, only_a, only_b = pair.a, pair.b, pair.only_a, pair.only_b
    first = zip(a.dims, b.dims, strict=False)
    samples = [d for d, _ in takewhile(lambda d: d[0] == d[1] and d[0] not in pair.out, first)]
    if not samples or len(samples) == len(pair.gone(a)) or not only_a or not only_b:
        return None
    if any(_free(low, v, [own, pair.gone(v)]) for v, own in ((a, only_a), (b, only_b))):
        return None
    lead = [[d] for d in samples]

    def sides(gone: Group) -> list[Side]:
        rest = [d for d in gone if d not in samples]
        return [(a, [*lead, only_a, rest]), (b, [*lead, rest, only_b])]

    left, right = _arranged(low, pair, sides)
    axes = Lit("0") if len(samples) == 1 else Lit(str(tuple(range(len(samples)))))
    node = Attr(Op("@", (left, right)), "sum", (), (("axis", axes),))
    return _opened(low, node, [], only_a, only_b)


def _plain(low: Context, pair: _Pair) -> Val:
    """(both, rows, gone) @ (both, gone, columns)"""
    lead = [[d] for d in pair.both]
    rows, columns = pair.only_a, pair.only_b
    left, right = _arranged(
        low,
        pair,
        lambda gone: [(pair.a, [*lead, rows, gone]), (pair.b, [*lead, gone, columns])],
    )
    return _opened(low, Op("@", (left, right)), pair.both, rows, columns)


# -- reshaping -----------------------------------------------------------------------------------


def _arranged(low: Context, pair: _Pair, sides: Callable[[Group], list[Side]]) -> list[Node]:
    """Both operands with an axis a group, the summed indices in the order that copies less."""

    def copies(gone: Group) -> int:
        return sum(not _free(low, v, groups) for v, groups in sides(gone))

    best = min((pair.gone(pair.a), pair.gone(pair.b)), key=copies)
    return [_grouped(low, v, groups) for v, groups in sides(best)]


def _turned(groups: list[Group]) -> list[Group]:
    """The last two changed over."""
    return [*groups[:-2], *groups[:-3:-1]]


def _flat(groups: list[Group]) -> tuple[Idx, ...]:
    return tuple(d for group in groups for d in group)


def _free(low: Context, v: Val, groups: list[Group]) -> bool:
    """Is it a view, perhaps a transposed one? Overlapping windows are copied by every reshape."""
    if all(len(g) <= 1 for g in groups):
        return True
    return not low.is_window(v) and v.dims in (_flat(groups), _flat(_turned(groups)))


def _grouped(low: Context, v: Val, groups: list[Group]) -> Node:
    """The operand with one axis a group; an empty group has none."""
    groups = [g for g in groups if g]
    if all(len(g) == 1 for g in groups):
        return transpose(v, _flat(groups)).node
    if v.dims == _flat(_turned(groups)) != _flat(groups) or (
        low.is_window(v) and v.dims.index(groups[-2][0]) > v.dims.index(groups[-1][0])
    ):
        return _last_two(_grouped(low, v, _turned(groups)), len(groups))
    moved = transpose(v, _flat(groups))
    axes = _axes(low, groups)
    node = Attr(moved.node, "reshape", tuple(map(Lit, axes)))
    if not low.is_window(v):
        return node
    assert isinstance(v.node, Var)
    name = v.node.name.removesuffix("_win") + "_cols"
    shape = "" if "-1" in axes else f"({', '.join(axes)})"
    return low.temporary(name, Val(node, v.dims, v.kind), shape).node


def _last_two(node: Node, axes: int) -> Node:
    if axes == 2:
        return Attr(node, "T")
    return Lib("swap_axes", (node, Lit("-1"), Lit("-2")))


def _axes(low: Context, groups: list[Group]) -> list[str]:
    """The sizes of groups; one that holds the batch beside others is left to NumPy."""
    texts: list[str] = []
    for group in groups:
        known = [low.size(d.axis) for d in group if not low.is_batch(d.axis)]
        count = prod(known)
        batches = len(group) - len(known)
        if not batches:
            texts.append(str(count))
        elif batches == 1 and not known:
            texts.append("N")
        elif "-1" not in texts:
            texts.append("-1")
        else:
            texts.append(" * ".join(["N"] * batches + [str(count)] * bool(known)))
    return texts


def _opened(low: Context, node: Node, lead: Group, rows: Group, columns: Group) -> Val:
    """The product with every index on an axis of its own again."""
    dims = (*lead, *rows, *columns)
    if len(rows) > 1 or len(columns) > 1:
        node = Attr(node, "reshape", tuple(Lit(low.size_text(d.axis)) for d in dims))
    return Val(node, dims)
