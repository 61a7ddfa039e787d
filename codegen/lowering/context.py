"""What every part of the lowering shares: sizes, ranks of indices, temporaries, live conditions.

`codegen.lowering.lower` implements `value`; `windows`, `scatter` and `reductions` only use it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ...derive.language.equation import Tensor
from ...derive.language.errors import ChalkgradError
from ...derive.language.expr import Expr, Idx, Logic, Name, Read, indices, walk
from ...derive.rewrite.domains import has_pole
from .arrays import Attr, Cond, Item, Lib, Lit, Node, Op, Val, Var, kind_of
from .elementwise import align
from .passes.table import ALL, Pass

TYPICAL_BATCH = 64


@dataclass
class Context:
    """``fixed`` are loop indices (their variable's name), ``temporaries`` the named parts that must
    be computed first, ``live`` the conditions under which values count; ``steps`` are tensors that
    hold the step of a loop at hand and no other."""

    sizes: Mapping[str, int | str]
    tensors: Mapping[str, Tensor]
    rank: dict[Idx, int] = field(default_factory=dict)
    fixed: dict[Idx, str] = field(default_factory=dict)
    steps: Collection[str] = ()
    taken: set[str] = field(default_factory=set)
    temporaries: list[tuple[str, Val]] = field(default_factory=list)
    shapes: dict[str, str] = field(default_factory=dict)  # of temporaries, where one is to be said
    live: list[Expr] = field(default_factory=list)
    local: Mapping[str, Val] = field(default_factory=dict)
    passes: frozenset[Pass] = ALL

    def value(self, e: Expr) -> Val:
        """An index expression as an array, with the index of each of its dimensions."""
        raise NotImplementedError

    def order(self, idxs: Sequence[Idx]) -> None:
        for i in idxs:  # samples come first in every array
            place = len(self.rank) - (1000 if self.is_batch(i.axis) else 0)
            self.rank.setdefault(i, place)

    def ahead(self, idxs: Sequence[Idx]) -> None:
        """These come before all others, the samples too."""
        for k, i in enumerate(idxs):
            self.rank[i] = k - 2000

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

    def temporary(self, name: str, v: Val, shape: str = "") -> Val:
        """A part with a name of its own, computed before the equation (the same one only once)."""
        for known, value in self.temporaries:
            if value.node == v.node:
                return Val(Var(known), v.dims, v.kind)
        base, k = name, 2
        while name in self.taken:
            name, k = f"{base}{k}", k + 1
        self.taken.add(name)
        self.temporaries.append((name, v))
        self.shapes[name] = shape
        return Val(Var(name), v.dims, v.kind)

    def is_window(self, v: Val) -> bool:
        """Is it a view whose entries overlap in memory?"""
        made = next((known.node for name, known in self.temporaries if v.node == Var(name)), v.node)
        return isinstance(made, Item) and isinstance(made.obj, Lib) and made.obj.func == "windows"

    def as_float(self, v: Val) -> Val:
        """A value of the module's dtype; a Python number adapts to what it meets and stays one."""
        if v.kind in ("float", "scalar"):
            return v
        return Val(Attr(v.node, "astype", (Var("dtype"),)), v.dims)

    def elementwise(self, op: str, vals: Sequence[Val], kind: str = "") -> Val:
        dims = self.sorted([d for v in vals for d in v.dims])
        node = Op(op, tuple(align(v, dims) for v in vals))
        return Val(node, tuple(dims), kind or kind_of(vals))

    # -- conditions -------------------------------------------------------------------------

    @contextmanager
    def under(self, *conds: Expr | None) -> Iterator[None]:
        """What is lowered here counts only where the conditions hold."""
        saved = self.live
        self.live = [*saved, *(c for c in conds if c is not None)]
        yield
        self.live = saved

    @contextmanager
    def instead(self, conds: Sequence[Expr]) -> Iterator[None]:
        """What is lowered here counts where these conditions hold, whatever stands around it."""
        saved, self.live = self.live, list(conds)
        yield
        self.live = saved

    @contextmanager
    def within(self, free: Collection[Idx]) -> Iterator[None]:
        """What is lowered here has these indices (and bound ones of its own) and no other.

        A test on another index cannot tell its entries apart: as a safe argument it would only
        add an axis, which a sum over all axes but ``free`` would then sum as well.
        """
        saved = self.live
        own = {*free, *self.fixed}
        self.live = [t for c in saved for t in conjuncts(c) if own.issuperset(indices(t))]
        yield
        self.live = saved

    def guarded(self, cond: Expr, body: Expr) -> Val:
        """[cond]·body with a strong zero: the body counts, and is safe, only where cond holds."""
        mask = self.value(cond)
        with self.under(cond):
            inner = self.as_float(self.value(body))
        if mask.dims and not inner.dims and not has_pole(body):
            made = Op("*", (Attr(mask.node, "astype", (Var("dtype"),)), inner.node))
            return Val(made, mask.dims)
        return self.select(mask, inner, Val(Lit("0"), (), "scalar"))

    def safe(self, v: Val, instead: str, beside: Sequence[Val] = ()) -> Val:
        """A dangerous argument, replaced where no live branch needs it; ``beside`` are the other
        arguments, on whose indices the danger depends too (0**b where b is negative)."""
        tests = list(dict.fromkeys(t for c in self.live for t in conjuncts(c)))
        if not v.dims and not any(a.dims for a in beside):  # it is computed once for all entries
            tests = [t for t in tests if all(i in self.fixed for i in indices(t))]
        whole = [d for a in (v, *beside) for d in a.dims]
        own = [k for k, t in enumerate(tests) if self._protects(t, whole)]
        if not own or isinstance(v.node, Lit):
            return v
        mask = self._mask(tests, own)
        if mask.dims and not whole:  # the argument of a helper, tested by another
            return v
        return self.select(mask, v, Val(Lit(instead), (), "scalar"))

    def _mask(self, tests: Sequence[Expr], own: Sequence[int]) -> Val:
        """Some of the tests at once; each is itself looked at only where those before it hold."""
        masks = []
        for k in own:
            with self.instead(tests[:k]):
                masks.append(self.value(tests[k]))
        if len(masks) == 1:
            return masks[0]
        plain = kind_of(masks) == "scalar"
        return self.elementwise("and" if plain else "&", masks, "scalar" if plain else "bool")

    def select(self, mask: Val, a: Val, b: Val) -> Val:
        """a where the mask holds, else b."""
        a, b = self.as_float(a), self.as_float(b)
        dims = self.sorted([*mask.dims, *a.dims, *b.dims])
        if not dims and a.kind == b.kind == "scalar":
            return Val(Cond(mask.node, a.node, b.node), (), "scalar")
        node: Node = Lib("where", tuple(align(v, dims) for v in (mask, a, b)))
        if a.kind == b.kind == "scalar":
            node = Attr(node, "astype", (Var("dtype"),))
        return Val(node, tuple(dims))

    def _protects(self, cond: Expr, idxs: Sequence[Idx]) -> bool:
        """Can a test keep dangerous values out? On data, their own indices or a loop's step."""
        data = any(isinstance(x, Read | Name) for x in walk(cond))  # Name: a helper's argument
        own = indices(cond)
        return data or any(i in idxs for i in own) or all(i in self.fixed for i in own)

    def number(self, v: Val) -> Val:
        """A Python number as an array of the module's dtype; any other value as it is."""
        return self.spread(v, ()) if v.kind == "scalar" else v

    def spread(self, v: Val, dims: Sequence[Idx]) -> Val:
        """Every dimension present, in order (an axis that is not read is repeated)."""
        if v.kind == "scalar":
            return Val(Lib("full", (self.shape(dims), v.node, Lit("dtype"))), tuple(dims))
        if set(v.dims) == set(dims):
            return Val(align(v, dims), tuple(dims), v.kind)
        node = Lib("broadcast", (align(v, dims), self.shape(dims)))
        return Val(node, tuple(dims), v.kind)

    def shape(self, dims: Sequence[Idx]) -> Lit:
        """The sizes of some indices as a tuple."""
        texts = [self.size_text(i.axis) for i in dims]
        return Lit(f"({', '.join(texts)}{',' if len(texts) == 1 else ''})")


def conjuncts(cond: Expr) -> tuple[Expr, ...]:
    """The tests that hold where a condition holds."""
    return cond.args if isinstance(cond, Logic) and cond.op == "and" else (cond,)
