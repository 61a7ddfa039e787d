"""Index expressions to array expressions: the heart of the NumPy printer.

`Lowering.value` gives a node and the index of each of its dimensions. Elementwise trees stay one
expression; products under a sum go to `codegen.lowering.contract`; reads that are not plain go to
`codegen.lowering.windows`. Dimensions are ordered by rank: the left side's indices first, bound
ones after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...derive.language.equation import Tensor
from ...derive.language.expr import (
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
from ...derive.language.literal import literal
from ...derive.rewrite.domains import singular
from . import reductions, windows
from .arrays import Attr, Call, Lib, Lit, Node, Op, Val, Var, kind_of, may_be_zero, number
from .calls import DIRECT, HELPERS, SAFE
from .context import Context
from .elementwise import align, power
from .passes.table import Pass


class Lowering(Context):
    """Lowers one equation."""

    def equation(self, left: Sequence[Idx], rhs: Expr, whole: bool = False) -> Val:
        """A right side as an array whose dimensions are exactly ``left``.

        It has the module's dtype, or holds whole numbers where ``whole``.
        """
        left = [i for i in left if i not in self.fixed]
        self.order(left)
        made = self.value(rhs)
        made = made if whole else self.as_float(made)
        shape = self.shape(left)
        if not made.dims and (left or made.kind == "scalar"):
            return Val(
                Lib("full", (shape, made.node, Lit("int" if whole else "dtype"))), tuple(left)
            )
        if set(made.dims) == set(left):
            return Val(align(made, left), tuple(left), made.kind)
        return Val(Lib("broadcast", (align(made, left), shape)), tuple(left), made.kind)

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
        return Val(Lit("pi" if e.name == "pi" else "inf"), (), "scalar")

    def _size(self, e: Size) -> Val:
        return Val(Var("N") if self.is_batch(e.axis) else Lit(str(self.size(e.axis))), (), "scalar")

    def _idx(self, e: Idx) -> Val:
        if e in self.fixed:  # the number of a step, a Python int
            return Val(Var(self.fixed[e]), (), "scalar")
        self.order([e])
        return Val(Lib("range", (Lit(self.size_text(e.axis)),)), (e,), "int")

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

    def _add(self, e: Add) -> Val:
        places = windows.counted(self, e)
        if places is not None:
            return places
        vals = [self.value(a.arg if isinstance(a, Neg) else a) for a in e.args]
        kind = kind_of(vals)
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
        kind = kind_of(vals)
        if kind == "float":
            vals = [v if _beside_float(vals, k) else self.as_float(v) for k, v in enumerate(vals)]
        return self.elementwise("*", vals, kind)

    def _div(self, e: Div) -> Val:
        if singular(e):  # [c]*a/b counts, and divides, where c
            factors = e.num.args if isinstance(e.num, Mul) else (e.num,)
            cond = conjunction([f.cond for f in factors if isinstance(f, Iverson)])
            if cond is not None:
                rest = mul([f for f in factors if not isinstance(f, Iverson)])
                return self.guarded(cond, Div(rest, e.den))
        over, under = self.as_float(self.value(e.num)), self.as_float(self.value(e.den))
        under = self.safe(under, "1")
        if over.kind == under.kind == "scalar" and may_be_zero(under.node):
            node = Call("float", (Lib("divide", (over.node, under.node)),))
            return Val(node, (), "scalar")  # Python's own division would raise
        return self.elementwise("/", [over, under])

    def _pow(self, e: Pow) -> Val:
        base, exp = self.as_float(self.value(e.base)), self.as_float(self.value(e.exp))
        if not isinstance(e.exp, Num) or e.exp.value.denominator != 1 or e.exp.value < 0:
            base = self.safe(base, "1", [exp])
        if Pass.POWERS in self.passes and isinstance(e.exp, Num) and base.kind == "float":
            made = power(base.node, e.exp.value)
            if made is not None:
                return Val(made, base.dims)
        return self.elementwise("**", [base, exp])

    def _fn(self, e: Fn) -> Val:
        vals = [self.value(a) for a in e.args]
        if e.name == "floor_div":
            return self.elementwise("//", vals)
        vals = [self.as_float(v) for v in vals]
        if e.name in SAFE:
            at, instead = SAFE[e.name]
            vals[at] = self.safe(vals[at], instead, vals[:at] + vals[at + 1 :])
        if all(v.kind == "scalar" for v in vals):
            return self._constant_call(e, vals)
        if e.name == "step":
            return self.elementwise(">", [vals[0], Val(Lit("0"))], "bool")
        if e.name == "square":
            return Val(Op("**", (vals[0].node, Lit("2"))), vals[0].dims)
        if e.name == "identity":
            return vals[0]
        name, operation = _called(e)
        if operation is Call:  # a helper asks for the dtype of what it computes with
            own = (0, 1) if name == "xlogy" else (0,)
            vals = [self.number(v) if k in own else v for k, v in enumerate(vals)]
        dims = self.sorted([d for v in vals for d in v.dims])
        args = tuple(align(v, dims) for v in vals)
        if e.name == "relu":
            args = (*args, Lit("0"))
        return Val(operation(name, args), tuple(dims))

    def _constant_call(self, e: Fn, vals: Sequence[Val]) -> Val:
        """A function of numbers is Python's float: a library's float64 would promote float32."""
        if e.name == "log" and vals[0].node == Lit("0"):
            return Val(Op("neg", (Lit("inf"),)), (), "scalar")
        if e.name == "sqrt":
            return Val(Op("**", (vals[0].node, Lit("0.5"))), (), "scalar")
        if e.name == "step":
            return Val(Call("float", (Op(">", (vals[0].node, Lit("0"))),)), (), "scalar")
        if e.name in ("identity", "square"):
            node = vals[0].node
            return Val(node if e.name == "identity" else Op("**", (node, Lit("2"))), (), "scalar")
        name, operation = _called(e)
        args = tuple(v.node for v in vals) + ((Lit("0"),) if e.name == "relu" else ())
        if operation is Call or name == "power":  # of floats, never of whole numbers
            args = tuple(Lib("double", (a,)) for a in args)
        return Val(Call("float", (operation(name, args),)), (), "scalar")

    def _iverson(self, e: Iverson) -> Val:
        made = self.value(e.cond)
        if made.kind == "scalar":  # of Python's own numbers
            return Val(Call("float", (made.node,)), (), "scalar")
        return made

    _delta = _iverson

    def _cmp(self, e: Cmp) -> Val:
        vals = [self.value(e.a), self.value(e.b)]
        kind = "scalar" if kind_of(vals) == "scalar" else "bool"
        return self.elementwise(e.op, [_uncast(v) for v in vals], kind)

    def _logic(self, e: Logic) -> Val:
        vals = []
        for k, a in enumerate(e.args):  # each is asked only where those before it leave it open
            before = [t if e.op == "and" else Logic("not", (t,)) for t in e.args[:k]]
            with self.under(*before):
                vals.append(self.value(a))
        kind = "scalar" if kind_of(vals) == "scalar" else "bool"
        plain = kind == "scalar"  # Python's own True and False
        if e.op == "not":
            return Val(Op("not" if plain else "~", (vals[0].node,)), vals[0].dims, kind)
        op = e.op if plain else {"and": "&", "or": "|"}[e.op]
        return self.elementwise(op, vals, kind)

    def _where(self, e: Where) -> Val:
        mask = self.value(e.cond)
        with self.under(e.cond):
            a = self.value(e.a)
        with self.under(Logic("not", (e.cond,))):
            b = self.value(e.b)
        return self.select(mask, a, b)


def _beside_float(vals: Sequence[Val], k: int) -> bool:
    """May a 0/1 factor stand as it is? It takes the dtype of a float array that it meets first
    (a product is done from the left; with a number it would become float64)."""
    if vals[k].kind != "bool":
        return False
    met = vals[:k] if k else vals[1:2]
    return any(v.kind == "float" for v in met)


def _called(e: Fn) -> tuple[str, type[Call]]:
    """The operation, or the helper of the module, that computes a function."""
    if e.name == "clip":  # numbers in order need no care; low may be above high otherwise
        low, high = (literal(a) for a in e.args[1:])
        return ("clip" if low is not None and high is not None and low <= high else "clamp"), Call
    if e.name in DIRECT:
        return DIRECT[e.name], Lib
    return HELPERS.get(e.name, e.name), Call


def _uncast(v: Val) -> Val:
    """A constant is compared as it stands, without a cast to the data's dtype."""
    if isinstance(v.node, Attr) and v.node.name == "astype" and isinstance(v.node.obj, Var):
        return Val(v.node.obj, v.dims, v.kind)
    return v


def reads_float(e: Expr, tensors: Mapping[str, Tensor]) -> bool:
    """Does a condition depend on float data (is it a kink)?"""
    return any(isinstance(r, Read) and tensors[r.tensor].integer is None for r in walk(e))
