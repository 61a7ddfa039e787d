"""Index expressions to array expressions: the heart of the NumPy printer.

`Lowering.value` gives a node and the index of each of its dimensions. Elementwise trees stay one
expression; products under a sum go to `codegen.contract`; reads that are not plain go to
`codegen.windows`. Dimensions are ordered by rank: the left side's indices first, bound ones after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from derive.equation import Tensor
from derive.errors import ChalkgradError
from derive.expr import (
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
    conjunction,
    mul,
    walk,
)
from derive.simplify import factors_of

from . import scatter, windows
from .arrays import Attr, Call, Lit, Node, Op, Val, Var, number
from .contract import axis, contract, reduced
from .elementwise import align
from .helpers import NUMPY_NAMES, SAFE

TYPICAL_BATCH = 64


@dataclass
class Lowering:
    """Lowers one equation. ``fixed`` are loop indices (their variable's name), ``temporaries`` the
    named parts that must be computed first, ``live`` the conditions under which values count."""

    sizes: Mapping[str, int | str]
    tensors: Mapping[str, Tensor]
    rank: dict[Idx, int] = field(default_factory=dict)
    fixed: dict[Idx, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    temporaries: list[tuple[str, Val]] = field(default_factory=list)
    live: list[Expr] = field(default_factory=list)
    local: Mapping[str, Val] = field(default_factory=dict)

    def equation(self, left: Sequence[Idx], rhs: Expr) -> Val:
        """A right side as an array whose dimensions are exactly ``left``."""
        left = [i for i in left if i not in self.fixed]
        self.order(left)
        made = self.value(rhs)
        if made.kind == "bool":
            made = self.as_float(made)
        if set(made.dims) == set(left):
            return Val(align(made, left), tuple(left), made.kind)
        shape = Lit(
            "("
            + ", ".join(self.size_text(i.axis) for i in left)
            + ("," if len(left) == 1 else "")
            + ")"
        )
        if not made.dims:
            return Val(Call("np.full", (shape, made.node, Var("dtype"))), tuple(left))
        return Val(Call("np.broadcast_to", (align(made, left), shape)), tuple(left), made.kind)

    # -- small things -----------------------------------------------------------------------

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

    # -- expressions ------------------------------------------------------------------------

    def value(self, e: Expr) -> Val:
        method = getattr(self, f"_{type(e).__name__.lower()}", None)
        if method is None:
            raise TypeError(f"nothing lowers {type(e).__name__}")
        made: Val = method(e)
        return made

    def _num(self, e: Num) -> Val:
        v = e.value
        if v.denominator == 1:
            text = str(v.numerator)
            return Val(number(text if len(text) <= 15 else f"{float(v)!r}"), (), "scalar")
        return Val(number(repr(float(v))), (), "scalar")

    def _const(self, e: Const) -> Val:
        return Val(Lit("np.pi" if e.name == "pi" else "np.inf"), (), "scalar")

    def _size(self, e: Size) -> Val:
        return Val(Var("N") if self.is_batch(e.axis) else Lit(str(self.size(e.axis))), (), "scalar")

    def _idx(self, e: Idx) -> Val:
        if e in self.fixed:
            return Val(Var(self.fixed[e]), (), "int")
        self.order([e])
        return Val(Call("np.arange", (Lit(self.size_text(e.axis)),)), (e,), "int")

    def _name(self, e: Name) -> Val:
        return self.local[e.name]

    def _read(self, e: Read) -> Val:
        return windows.read(self, e)

    def _neg(self, e: Neg) -> Val:
        v = self.value(e.arg)
        v = self.as_float(v) if v.kind == "bool" else v
        return Val(Op("neg", (v.node,)), v.dims, v.kind)

    def elementwise(self, op: str, vals: Sequence[Val], kind: str = "float") -> Val:
        dims = self.sorted([d for v in vals for d in v.dims])
        return Val(Op(op, tuple(align(v, dims) for v in vals)), tuple(dims), kind)

    def _kind(self, vals: Sequence[Val]) -> str:
        kinds = {v.kind for v in vals}
        if kinds <= {"scalar"}:
            return "scalar"
        return "int" if kinds <= {"scalar", "int"} else "float"

    def _add(self, e: Add) -> Val:
        vals = [self.value(a.arg if isinstance(a, Neg) else a) for a in e.args]
        kind = self._kind(vals)
        vals = [self.as_float(v) if v.kind == "bool" or kind == "float" else v for v in vals]
        dims = self.sorted([d for v in vals for d in v.dims])
        nodes: list[Node] = []
        for a, v in zip(e.args, vals, strict=True):
            node = align(v, dims)
            nodes.append(Op("neg", (node,)) if isinstance(a, Neg) else node)
        return Val(Op("+", tuple(nodes)), tuple(dims), kind)

    def _mul(self, e: Mul) -> Val:
        masks = [f for f in e.args if isinstance(f, Iverson)]
        rest = [f for f in e.args if not isinstance(f, Iverson)]
        cond = conjunction([m.cond for m in masks])
        if cond is not None and rest:
            return self.guarded(cond, Mul(tuple(rest)) if len(rest) > 1 else rest[0])
        vals = [self.value(a) for a in e.args]
        if len({v.kind for v in vals}) > 1 or vals[0].kind == "bool":
            kind = self._kind(vals)
            arrays = [v for v in vals if v.kind == "float"]
            vals = [self._factor(v, bool(arrays), kind) for v in vals]
        else:
            kind = self._kind(vals)
        return self.elementwise("*", vals, kind)

    def _factor(self, v: Val, beside_float: bool, kind: str) -> Val:
        """0/1 factors multiply a float array as they are; alone they become floats."""
        if v.kind == "bool" and beside_float:
            return v
        if v.kind in ("bool", "int") and v.dims and kind == "float":
            return self.as_float(v)
        return v

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
        if not mask.dims or not _protects(cond, v.dims):
            return v
        dims = self.sorted([*mask.dims, *v.dims])
        return Val(Call("np.where", (align(mask, dims), align(v, dims), Lit(instead))), tuple(dims))

    def _div(self, e: Div) -> Val:
        if any(isinstance(x, Read) for x in walk(e.den)):  # [c]*a/b counts, and divides, where c
            factors = e.num.args if isinstance(e.num, Mul) else (e.num,)
            cond = conjunction([f.cond for f in factors if isinstance(f, Iverson)])
            if cond is not None and _protects(cond, _free(e.den)):
                rest = mul([f for f in factors if not isinstance(f, Iverson)])
                return self.guarded(cond, Div(rest, e.den))
        over, under = self.value(e.num), self.value(e.den)
        over = self.as_float(over) if over.kind in ("bool", "int") and over.dims else over
        under = self.as_float(under) if under.kind in ("bool", "int") and under.dims else under
        kind = "scalar" if over.kind == under.kind == "scalar" else "float"
        return self.elementwise("/", [over, self.safe(under, "1")], kind)

    def _pow(self, e: Pow) -> Val:
        base, exp = self.value(e.base), self.value(e.exp)
        base = self.as_float(base) if base.kind in ("bool", "int") and base.dims else base
        exp = self.as_float(exp) if exp.kind in ("bool", "int") and exp.dims else exp
        if not isinstance(e.exp, Num) or e.exp.value.denominator != 1 or e.exp.value < 0:
            base = self.safe(base, "1")
        kind = "scalar" if base.kind == exp.kind == "scalar" else "float"
        return self.elementwise("**", [base, exp], kind)

    def _fn(self, e: Fn) -> Val:
        vals = [self.value(a) for a in e.args]
        if e.name == "floor_div":
            return self.elementwise("//", vals, "int")
        if all(v.kind == "scalar" for v in vals):
            return self._constant_call(e, vals)
        vals = [self.as_float(v) if v.kind in ("bool", "int") else v for v in vals]
        if e.name in SAFE:
            vals[SAFE[e.name][0]] = self.safe(vals[SAFE[e.name][0]], SAFE[e.name][1])
        if e.name == "step":
            return self.elementwise(">", [vals[0], Val(Lit("0"))], "bool")
        if e.name == "square":
            return Val(Op("**", (vals[0].node, Lit("2"))), vals[0].dims)
        if e.name == "identity":
            return vals[0]
        dims = self.sorted([d for v in vals for d in v.dims])
        name = NUMPY_NAMES.get(e.name, e.name)
        args = tuple(align(v, dims) for v in vals)
        if e.name == "relu":
            args = (*args, Lit("0"))
        return Val(Call(name, args), tuple(dims))

    def _constant_call(self, e: Fn, vals: Sequence[Val]) -> Val:
        """A function of numbers is a Python float: an np.float64 would promote float32 arrays."""
        if e.name == "sqrt":
            return Val(Op("**", (vals[0].node, Lit("0.5"))), (), "scalar")
        name = NUMPY_NAMES.get(e.name, e.name)
        args = tuple(v.node for v in vals) + ((Lit("0"),) if e.name == "relu" else ())
        if e.name == "step":
            return Val(Call("float", (Op(">", (vals[0].node, Lit("0"))),)), (), "scalar")
        return Val(Call("float", (Call(name, args),)), (), "scalar")

    def _iverson(self, e: Iverson) -> Val:
        made = self.value(e.cond)
        if not made.dims and not any(isinstance(x, Read) for x in walk(e.cond)):
            return Val(Call("float", (made.node,)), (), "scalar")  # of Python's own numbers
        return made

    def _cmp(self, e: Cmp) -> Val:
        a, b = self.value(e.a), self.value(e.b)
        return self.elementwise(e.op, [_uncast(a), _uncast(b)], "bool")

    def _logic(self, e: Logic) -> Val:
        vals = [self.value(a) for a in e.args]
        scalar = not any(v.dims for v in vals)
        if e.op == "not":
            return Val(Op("not" if scalar else "~", (vals[0].node,)), vals[0].dims, "bool")
        op = e.op if scalar else {"and": "&", "or": "|"}[e.op]
        return self.elementwise(op, vals, "bool")

    def _where(self, e: Where) -> Val:
        mask = self.value(e.cond)
        self.live.append(e.cond)
        a = self.value(e.a)
        self.live[-1] = Logic("not", (e.cond,))
        b = self.value(e.b)
        self.live.pop()
        return self.select(mask, a, b)

    def select(self, mask: Val, a: Val, b: Val) -> Val:
        a, b = (self.as_float(v) if v.kind in ("bool", "int") and v.dims else v for v in (a, b))
        dims = self.sorted([*mask.dims, *a.dims, *b.dims])
        node: Node = Call("np.where", tuple(align(v, dims) for v in (mask, a, b)))
        if a.kind == b.kind == "scalar" or not (a.dims or b.dims):
            node = Attr(node, "astype", (Var("dtype"),))
        return Val(node, tuple(dims))

    # -- reductions -------------------------------------------------------------------------

    def _reduce(self, e: Reduce) -> Val:
        bound = [i for i in e.idxs if isinstance(i, Idx)]
        free = self.sorted([i for i in _free(e) if i not in self.fixed])
        self.order(bound)
        if e.op == "sum":
            return self._sum(e.body, bound, free, e.cond)
        if e.op == "mean":
            return self._mean(e, bound, free)
        body = self.masked(e, {"max": "-np.inf", "min": "np.inf", "prod": "1"})
        dims = [*(d for d in self.sorted(body.dims) if d not in bound), *bound]
        if set(bound) <= set(body.dims) and (len(bound) == 1 or not e.op.startswith("arg")):
            dims = list(body.dims)
        full = self.spread(body, dims)
        kept = tuple(d for d in dims if d not in bound)
        axes = tuple(k for k, d in enumerate(dims) if d in bound)
        if e.op in ("argmax", "argmin"):
            return self._winner(e, full, kept, axes)
        where = (("axis", axis(axes)),)
        if e.op == "logsumexp":
            return Val(Call("logsumexp", (full.node,), where), kept)
        return Val(Attr(full.node, e.op, (), where if kept else ()), kept)

    def masked(self, e: Reduce | Normal, instead: Mapping[str, str]) -> Val:
        """The body where the condition holds, the neutral value elsewhere."""
        if e.cond is None:
            return self.value(e.body)
        op = e.op.removeprefix("arg")
        neutral = instead.get(op, "-np.inf")
        mask = self.value(e.cond)
        self.live.append(e.cond)
        inner = self.value(e.body)
        self.live.pop()
        dims = self.sorted([*mask.dims, *inner.dims])
        args = (align(mask, dims), align(inner, dims), Lit(neutral))
        return Val(Call("np.where", args), tuple(dims))

    def spread(self, v: Val, dims: Sequence[Idx]) -> Val:
        """Every dimension present, in order (an axis that is not read is repeated)."""
        if set(v.dims) == set(dims):
            return Val(align(v, dims), tuple(dims), v.kind)
        shape = (
            "("
            + ", ".join(self.size_text(i.axis) for i in dims)
            + ("," if len(dims) == 1 else "")
            + ")"
        )
        return Val(Call("np.broadcast_to", (align(v, dims), Lit(shape))), tuple(dims), v.kind)

    def _winner(self, e: Reduce, full: Val, kept: tuple[Idx, ...], axes: tuple[int, ...]) -> Val:
        node = full.node
        if len(axes) > 1:  # the last ones
            shape = [*(self.size_text(i.axis) for i in kept), "-1"]
            node = Attr(node, "reshape", tuple(Lit(s) for s in shape))
        return Val(Attr(node, e.op, (), (("axis", Lit(str(axes[0]))),)), kept, "int")

    def _mean(self, e: Reduce, bound: list[Idx], free: Sequence[Idx]) -> Val:
        body = self.value(e.body) if len(factors_of(e.body)) == 1 else None
        if body is not None and set(bound) <= set(body.dims):
            body = self.as_float(body)
            axes = [k for k, d in enumerate(body.dims) if d in bound]
            where = () if len(axes) == len(body.dims) else (("axis", axis(axes)),)
            kept = tuple(d for d in body.dims if d not in bound)
            return Val(Attr(body.node, "mean", (), where), kept)
        made = self._sum(e.body, bound, free, None)
        sizes = [self._size(Size(i.axis)).node for i in bound]
        over = Op("*", tuple(sizes)) if len(sizes) > 1 else sizes[0]
        return Val(Op("/", (made.node, over)), made.dims)

    def _sum(self, body: Expr, bound: list[Idx], free: Sequence[Idx], cond: Expr | None) -> Val:
        special = scatter.scattered(self, body, bound, free, cond)
        if special is not None:
            return special
        if isinstance(body, Add) and cond is None and all(map(_contracts, body.args)):
            return self.value(Add(tuple(Reduce("sum", tuple(bound), a) for a in body.args)))
        operands, outer = self.operands(body, bound, cond)
        missing = [i for i in bound if not any(i in v.dims for v in operands)]
        made = contract(operands, free, lambda d: self.size(d.axis))
        for i in missing:
            outer.append(self._size(Size(i.axis)))
        outer = [v for v in outer if v.node != Lit("1")]
        return self.elementwise("*", [*outer, made]) if outer else made

    def operands(
        self, body: Expr, bound: list[Idx], cond: Expr | None
    ) -> tuple[list[Val], list[Val]]:
        """The factors under a sum as arrays; conditions are strong zeros on the factors they meet."""
        parts = factors_of(body)
        conds = [p.cond for p in parts if isinstance(p, Iverson)]
        everything = conjunction([cond, *conds])
        plain = [p for p in parts if not isinstance(p, Iverson)]
        if everything is not None:
            self.live.append(everything)
        vals = [self.as_float(self.value(p)) for p in plain]
        if everything is not None:
            self.live.pop()
            vals = self._with_mask(self.value(everything), vals)
        inner = [v for v in vals if any(d in bound for d in v.dims)]
        outer = [v for v in vals if not any(d in bound for d in v.dims)]
        if not inner:
            inner, outer = [outer[0]], outer[1:]
        return inner, outer

    def _with_mask(self, mask: Val, vals: list[Val]) -> list[Val]:
        """Put the mask on the factor that shares most of its dimensions (strong zero there)."""
        best = (
            max(range(len(vals)), key=lambda k: (len(set(vals[k].dims) & set(mask.dims)), -k))
            if vals
            else -1
        )
        if best < 0 or not vals[best].dims:
            return [*vals, self.as_float(mask)]
        v = vals[best]
        dims = self.sorted([*mask.dims, *v.dims])
        if not mask.dims:
            node: Node = Op("*", (mask.node, v.node))
        else:
            node = Call("np.where", (align(mask, dims), align(v, dims), Lit("0")))
        return [*vals[:best], Val(node, tuple(dims)), *vals[best + 1 :]]

    def _normal(self, e: Normal) -> Val:
        bound = [i for i in e.idxs if isinstance(i, Idx)]
        self.order(bound)
        body = self.masked(e, {})
        kept = [d for d in self.sorted(body.dims) if d not in bound]
        full = self.spread(body, [*kept, *bound])
        axes = axis([k - len(bound) for k in range(len(bound))])
        node = Call(e.op, (full.node,), (("axis", axes),))
        at = dict(zip(bound, e.at, strict=True))
        dims = tuple(at.get(d, d) for d in full.dims)
        return Val(node, tuple(d for d in dims if isinstance(d, Idx)))


def _contracts(term: Expr) -> bool:
    """Is a term under a sum a product of factors with different indices (a matrix product)?"""
    factors = factors_of(term)
    lists = [set(_free(f)) for f in factors if _free(f)]
    return len(lists) > 1 and any(a != lists[0] for a in lists)


def _protects(cond: Expr, idxs: Sequence[Idx]) -> bool:
    """Can a condition keep dangerous values out? One on data can, one on the values' own indices."""
    data = any(isinstance(x, Read | Name) for x in walk(cond))  # Name: the argument of a helper
    return data or any(i in idxs for i in walk(cond))


def _uncast(v: Val) -> Val:
    """A constant is compared as it stands, without a cast to the data's dtype."""
    if isinstance(v.node, Attr) and v.node.name == "astype" and isinstance(v.node.obj, Var):
        return Val(v.node.obj, v.dims, v.kind)
    return v


def _free(e: Expr) -> list[Idx]:
    from derive.expr import indices

    return list(indices(e))


def reads_float(e: Expr, tensors: Mapping[str, Tensor]) -> bool:
    """Does a condition depend on float data (is it a kink)?"""
    return any(isinstance(r, Read) and tensors[r.tensor].integer is None for r in walk(e))


__all__ = ["Lowering", "reads_float", "reduced"]
