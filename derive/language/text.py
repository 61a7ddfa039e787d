"""Trees back to the equation language: what messages, `show` and the documentation print."""

from __future__ import annotations

from .expr import (
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
)  # fmt: skip

_OR, _AND, _NOT, _CMP, _ADD, _MUL, _NEG, _POW, _ATOM = range(9)


def text(expr: Expr) -> str:
    """The expression in the language it was written in."""
    return _text(expr)[0]


def number_text(n: Num) -> str:
    if n.text:
        return n.text
    v = n.value
    return str(v.numerator) if v.denominator == 1 else f"{v.numerator}/{v.denominator}"


def axis_text(axis: str) -> str:
    return axis.split("@")[0]


def _wrap(expr: Expr, level: int) -> str:
    made, have = _text(expr)
    return f"({made})" if have < level else made


def _text(e: Expr) -> tuple[str, int]:
    if isinstance(e, Num):
        made = number_text(e)
        return made, _MUL if "/" in made else _NEG if made.startswith("-") else _ATOM
    if isinstance(e, Const | Name | Idx):
        return e.name, _ATOM
    if isinstance(e, Size):
        return f"size[{axis_text(e.axis)}]", _ATOM
    if isinstance(e, Read):
        inside = ",".join(text(i) for i in e.indices)
        return (f"{e.tensor}[{inside}]" if e.indices else e.tensor), _ATOM
    if isinstance(e, Add):
        made = _wrap(e.args[0], _ADD)
        for a in e.args[1:]:
            made += f" - {_wrap(a.arg, _MUL)}" if isinstance(a, Neg) else f" + {_wrap(a, _MUL)}"
        return made, _ADD
    if isinstance(e, Mul):
        first = _wrap(e.args[0], _MUL)
        return "*".join([first, *(_wrap(a, _NEG) for a in e.args[1:])]), _MUL
    if isinstance(e, Neg):
        return f"-{_wrap(e.arg, _MUL)}", _MUL
    if isinstance(e, Div):
        return f"{_wrap(e.num, _MUL)} / {_wrap(e.den, _NEG)}", _MUL
    if isinstance(e, Pow):
        return f"{_wrap(e.base, _ATOM)}**{_wrap(e.exp, _POW)}", _POW
    if isinstance(e, Fn) and e.name == "floor_div":
        return f"{_wrap(e.args[0], _MUL)}//{_wrap(e.args[1], _NEG)}", _MUL
    if isinstance(e, Fn):
        return f"{e.name}({', '.join(text(a) for a in e.args)})", _ATOM
    if isinstance(e, Reduce | Normal):
        bound = ",".join(text(i) for i in e.idxs)
        cond = f" | {text(e.cond)}" if e.cond is not None else ""
        return f"{e.op}[{bound}{cond}]({text(e.body)})", _ATOM
    if isinstance(e, Where):
        return f"where({text(e.cond)}, {text(e.a)}, {text(e.b)})", _ATOM
    if isinstance(e, Cmp):
        return f"{_wrap(e.a, _ADD)} {e.op} {_wrap(e.b, _ADD)}", _CMP
    if isinstance(e, Logic) and e.op == "not":
        return f"not {_wrap(e.args[0], _NOT)}", _NOT
    if isinstance(e, Logic):
        level = _AND if e.op == "and" else _OR
        return f" {e.op} ".join(_wrap(a, level + 1) for a in e.args), level
    if isinstance(e, Iverson):
        return f"({text(e.cond)})", _ATOM
    raise TypeError(f"no text for {type(e).__name__}")
