"""What every part of the lowering shares: sizes, ranks of indices, temporaries, live conditions.

`codegen.lower` implements `value`; `windows`, `scatter` and `reductions` only use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from derive.equation import Tensor
from derive.errors import ChalkgradError
from derive.expr import Expr, Idx, Name, Read, conjunction, walk

from .arrays import Attr, Call, Lit, Node, Op, Val, Var
from .elementwise import align

TYPICAL_BATCH = 64


@dataclass
class Context:
    """``fixed`` are loop indices (their variable's name), ``temporaries`` the named parts that must
    be computed first, ``live`` the conditions under which values count."""

    sizes: Mapping[str, int | str]
    tensors: Mapping[str, Tensor]
    rank: dict[Idx, int] = field(default_factory=dict)
    fixed: dict[Idx, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    temporaries: list[tuple[str, Val]] = field(default_factory=list)
    live: list[Expr] = field(default_factory=list)
    local: Mapping[str, Val] = field(default_factory=dict)

    def value(self, e: Expr) -> Val:
        """An index expression as an array, with the index of each of its dimensions."""
        raise NotImplementedError

    def order(self, idxs: Sequence[Idx]) -> None:
        for i in idxs:  # samples come first in every array
            place = len(self.rank) - (1000 if self.is_batch(i.axis) else 0)
            self.rank.setdefault(i, place)

    def sorted(self, dims: Sequence[Idx]) -> list[Idx]:
        unique = list(dict.fromkeys(dims))
        self.order(unique)
        return sorted(unique, key=self.rank.__getitem__)

    def size(self, axis_id: str) -> int:
        found = self.sizes.get(axis_id, "N")
        if isinstance(found, int):
            return found
        if found == "N":
            return TYPICAL_BATCH
        raise ChalkgradError(
            f"the size '{found}' is a symbol; NumPy code needs a number",
            where="axes",
            hint="give the size a number, or build only the derivation: --only latex",
        )

    def is_batch(self, axis_id: str) -> bool:
        return self.sizes.get(axis_id, "N") == "N"

    def size_text(self, axis_id: str) -> str:
        return "N" if self.is_batch(axis_id) else str(self.size(axis_id))

    def temporary(self, name: str, v: Val) -> Val:
        """A part with a name of its own, computed before the equation (the same one only once)."""
        for known, value in self.temporaries:
            if value.node == v.node:
                return Val(Var(known), v.dims, v.kind)
        base, k = name, 2
        while name in self.taken:
            name, k = f"{base}{k}", k + 1
        self.taken.add(name)
        self.temporaries.append((name, v))
        return Val(Var(name), v.dims, v.kind)

    def as_float(self, v: Val) -> Val:
        if v.kind in ("float", "scalar"):
            return v
        if not v.dims and v.kind == "int":
            return v
        return Val(Attr(v.node, "astype", (Var("dtype"),)), v.dims)

    def elementwise(self, op: str, vals: Sequence[Val], kind: str = "float") -> Val:
        dims = self.sorted([d for v in vals for d in v.dims])
        return Val(Op(op, tuple(align(v, dims) for v in vals)), tuple(dims), kind)

    def guarded(self, cond: Expr, body: Expr) -> Val:
        """[cond]·body with a strong zero: the body counts, and is safe, only where cond holds."""
        mask = self.value(cond)
        self.live.append(cond)
        inner = self.as_float(self.value(body))
        self.live.pop()
        dims = self.sorted([*mask.dims, *inner.dims])
        if not mask.dims:
            return Val(Op("*", (mask.node, inner.node)), inner.dims)
        if not inner.dims:
            made = Op("*", (Attr(mask.node, "astype", (Var("dtype"),)), inner.node))
            return Val(made, mask.dims)
        return Val(Call("np.where", (align(mask, dims), align(inner, dims), Lit("0"))), tuple(dims))

    def safe(self, v: Val, instead: str) -> Val:
        """A dangerous argument, replaced where no live branch needs it."""
        if not self.live or not v.dims:
            return v
        cond = conjunction(self.live)
        assert cond is not None
        saved, self.live = self.live, []
        mask = self.value(cond)
        self.live = saved
        if not mask.dims or not protects(cond, v.dims):
            return v
        dims = self.sorted([*mask.dims, *v.dims])
        return Val(Call("np.where", (align(mask, dims), align(v, dims), Lit(instead))), tuple(dims))

    def select(self, mask: Val, a: Val, b: Val) -> Val:
        a, b = (self.as_float(v) if v.kind in ("bool", "int") and v.dims else v for v in (a, b))
        dims = self.sorted([*mask.dims, *a.dims, *b.dims])
        node: Node = Call("np.where", tuple(align(v, dims) for v in (mask, a, b)))
        if a.kind == b.kind == "scalar" or not (a.dims or b.dims):
            node = Attr(node, "astype", (Var("dtype"),))
        return Val(node, tuple(dims))

    def spread(self, v: Val, dims: Sequence[Idx]) -> Val:
        """Every dimension present, in order (an axis that is not read is repeated)."""
        if set(v.dims) == set(dims):
            return Val(align(v, dims), tuple(dims), v.kind)
        node = Call("np.broadcast_to", (align(v, dims), self.shape(dims)))
        return Val(node, tuple(dims), v.kind)

    def shape(self, dims: Sequence[Idx]) -> Node:
        """The sizes of some indices as a tuple."""
        texts = [self.size_text(i.axis) for i in dims]
        return Lit(f"({', '.join(texts)}{',' if len(texts) == 1 else ''})")


def protects(cond: Expr, idxs: Sequence[Idx]) -> bool:
    """Can a condition keep dangerous values out? On data, or on their own indices, it can."""
    data = any(isinstance(x, Read | Name) for x in walk(cond))  # Name: the argument of a helper
    return data or any(i in idxs for i in walk(cond))
