"""Index expressions to array expressions: the heart of the NumPy printer.

`Lowering.value` gives a node and the index of each of its dimensions. Elementwise trees stay one
expression; products under a sum go to `codegen.contract`; reads that are not plain go to
`codegen.windows`. Dimensions are ordered by rank: the left side's indices first, bound ones after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.equation import Tensor
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
    indices,
    mul,
    walk,
)

from . import reductions, windows
from .arrays import Attr, Call, Lit, Node, Op, Val, Var, number
from .context import Context, protects
from .elementwise import align
from .helpers import NUMPY_NAMES, SAFE


class Lowering(Context):
    """Lowers one equation."""

    def equation(self, left: Sequence[Idx], rhs: Expr) -> Val:
        """A right side as an array whose dimensions are exactly ``left``."""
        left = [i for i in left if i not in self.fixed]
        self.order(left)
        made = self.value(rhs)
        if made.kind == "bool":
            made = self.as_float(made)
        if set(made.dims) == set(left):
            return Val(align(made, left), tuple(left), made.kind)
        shape = self.shape(left)
        if not made.dims:
            return Val(Call("np.full", (shape, made.node, Var("dtype"))), tuple(left))
        return Val(Call("np.broadcast_to", (align(made, left), shape)), tuple(left), made.kind)

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

    def _reduce(self, e: Reduce) -> Val:
        return reductions.reduce(self, e)

    def _normal(self, e: Normal) -> Val:
        return reductions.normal(self, e)

    def _neg(self, e: Neg) -> Val:
        v = self.value(e.arg)
        v = self.as_float(v) if v.kind == "bool" else v
        return Val(Op("neg", (v.node,)), v.dims, v.kind)

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

    def _div(self, e: Div) -> Val:
        if any(isinstance(x, Read) for x in walk(e.den)):  # [c]*a/b counts, and divides, where c
            factors = e.num.args if isinstance(e.num, Mul) else (e.num,)
            cond = conjunction([f.cond for f in factors if isinstance(f, Iverson)])
            if cond is not None and protects(cond, list(indices(e.den))):
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


def _uncast(v: Val) -> Val:
    """A constant is compared as it stands, without a cast to the data's dtype."""
    if isinstance(v.node, Attr) and v.node.name == "astype" and isinstance(v.node.obj, Var):
        return Val(v.node.obj, v.dims, v.kind)
    return v


def reads_float(e: Expr, tensors: Mapping[str, Tensor]) -> bool:
    """Does a condition depend on float data (is it a kink)?"""
    return any(isinstance(r, Read) and tensors[r.tensor].integer is None for r in walk(e))
