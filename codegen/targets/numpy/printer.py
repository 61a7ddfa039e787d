"""Array expressions as NumPy: what it calls the operations, and the text as a formatter sets it."""

from __future__ import annotations

from ...lowering.arrays import Attr, Call, Cond, Item, Lib, Lit, Node, Op, Tup, Var

# operation of the lowering -> NumPy
NAMES = {
    "exp": "np.exp", "log": "np.log", "sqrt": "np.sqrt", "sin": "np.sin", "cos": "np.cos",
    "tan": "np.tan", "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan",
    "sinh": "np.sinh", "cosh": "np.cosh", "tanh": "np.tanh", "asinh": "np.arcsinh",
    "acosh": "np.arccosh", "atanh": "np.arctanh", "expm1": "np.expm1", "log1p": "np.log1p",
    "maximum": "np.maximum", "minimum": "np.minimum", "power": "np.power", "sign": "np.sign",
    "where": "np.where", "full": "np.full", "zeros_like": "np.zeros_like", "range": "np.arange",
    "broadcast": "np.broadcast_to", "pad": "np.pad", "clip": "np.clip", "divide": "np.divide",
    "swap_axes": "np.swapaxes", "new_axis": "np.expand_dims", "windows": "sliding_window_view",
    "contract": "np.tensordot", "einsum": "np.einsum", "double": "np.float64",
}  # fmt: skip
_CONSTANTS = {"pi": "np.pi", "inf": "np.inf", "-inf": "-np.inf"}

_PREC = {
    "or": 1, "and": 2, "not": 3, "<": 5, "<=": 5, ">": 5, ">=": 5, "==": 5, "!=": 5,
    "|": 6, "&": 8, "+": 10, "-": 10, "*": 11, "/": 11, "//": 11, "@": 11, "neg": 12, "~": 12,
    "**": 13,
}  # fmt: skip
_ATOM = 15
UNARY = {"neg": "-", "~": "~", "not": "not "}


def called(node: Call) -> str:
    """What NumPy calls an operation; a helper of the module, or Python's own, by its name."""
    return NAMES[node.func] if isinstance(node, Lib) else node.func


def source(node: Node) -> str:
    """Python source of an array expression, formatted as a formatter would."""
    return _src(node)[0]


def _paren(node: Node, level: int) -> str:
    text, have = _src(node)
    return f"({text})" if have < level else text


def _args(args: tuple[Node, ...], kwargs: tuple[tuple[str, Node], ...]) -> str:
    return ", ".join([*(source(a) for a in args), *(f"{k}={source(v)}" for k, v in kwargs)])


def _src(node: Node) -> tuple[str, int]:
    if isinstance(node, Var):
        return node.name, _ATOM
    if isinstance(node, Lit):
        text = _CONSTANTS.get(node.text, node.text)
        return text, _lit_level(text)
    if isinstance(node, Call):
        return f"{called(node)}({_args(node.args, node.kwargs)})", _ATOM
    if isinstance(node, Attr):
        head = _paren(node.obj, _ATOM)
        head = f"({head})" if head[0].isdigit() else head  # 2.real is no Python
        if node.args is None:
            return f"{head}.{node.name}", _ATOM
        return f"{head}.{node.name}({_args(node.args, node.kwargs)})", _ATOM
    if isinstance(node, Item):
        return f"{_paren(node.obj, _ATOM)}[{', '.join(source(i) for i in node.items)}]", _ATOM
    if isinstance(node, Cond):
        return f"{_paren(node.a, 1)} if {_paren(node.test, 1)} else {_paren(node.b, 1)}", 0
    if isinstance(node, Tup):
        inner = ", ".join(source(i) for i in node.items)
        return f"({inner},)" if len(node.items) == 1 else f"({inner})", _ATOM
    return _operation(node)


def _lit_level(text: str) -> int:
    if text.startswith("-"):
        return _PREC["neg"]
    return _ATOM if not any(c in text for c in " +*/") else 0


def _operation(node: Op) -> tuple[str, int]:
    level = _PREC[node.op]
    if node.op in UNARY:
        return f"{UNARY[node.op]}{_paren(node.args[0], level)}", level
    if node.op == "**":
        base, exp = node.args
        simple = isinstance(base, Var | Lit | Attr) and isinstance(exp, Var | Lit)
        gap = "" if simple and _src(base)[1] == _ATOM else " "
        return f"{_paren(base, _ATOM)}{gap}**{gap}{_paren(exp, level)}", level
    first = node.args[0]
    # a comparison does not chain here: (a < b) == c keeps its brackets
    out = _paren(first, level + (level == _PREC["<"]))
    for a in node.args[1:]:
        if node.op == "+" and isinstance(a, Op) and a.op == "neg":
            out += f" - {_paren(a.args[0], level + 1)}"
        else:
            out += f" {node.op} {_paren(a, level + 1)}"
    return out, level
