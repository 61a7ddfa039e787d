"""`init` of a module: the parameters to start from, a line each, drawn in their order.

Without `init:` in the spec every bias is 0 and every weight normal with the variance 1 / fan-in
(or what its declaration says). The named initialisations stand in derive/spec/initial.py, the fans
in derive/network/starts.py.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence

from ....derive.language.equation import Tensor
from ....derive.language.expr import ONE, Expr, Neg
from ....derive.language.text import text
from ....derive.network.starts import fans, is_bias, starts
from ....derive.spec.initial import Start, number
from ...lowering.arrays import Attr, Call, Item, Lit, Node, Op, Var
from ...lowering.lower import Lowering
from ...lowering.program import Program
from .data import array_lines, shape_text
from .layout import WIDTH, call, literal
from .printer import source

ORTHOGONAL = '''
def orthogonal(rng, rows, columns):
    """A random matrix with orthonormal columns; with orthonormal rows where it is wide."""
    normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diag(r))  # so that every such matrix is equally likely
    return q if rows >= columns else q.T
'''
MOST_NAMES = 8  # that a line of the docstring lists


def init(p: Program) -> str:
    """``def init(seed, dtype)``, as text."""
    network = p.plain
    asked = starts(network)
    fields: list[str] = []
    for t in network.parameters:
        fields += _field(p, t, asked[t.name]) if t.name in asked else [_unasked(p, t)]
    lines = ["def init(seed=0, dtype=np.float64):", *_docstring(network.parameters, asked)]
    if any(re.search(r"\brng\b", line) for line in fields):
        lines.append("    rng = np.random.default_rng(seed)")
    if not fields:
        return "\n".join([*lines, "    return Params()"])
    return "\n".join([*lines, "    return Params(", *fields, "    )"])


def helpers(p: Program) -> list[str]:
    """The functions that `init` calls."""
    used = any(start.name == "orthogonal" for start in starts(p.plain).values())
    return [ORTHOGONAL] if used else []


# -- without `init:` -----------------------------------------------------------------------------


def _unasked(p: Program, t: Tensor) -> str:
    shape = shape_text(p, t)
    start = _declared(t)
    if start != "fan_in":
        if start in ("zeros", "ones"):
            return f"        {t.name}=np.{start}({shape}, dtype),"
        return f"        {t.name}=np.full({shape}, {float(start)!r}, dtype),"
    fan = fans(p.plain, t.name).fan_in
    if not t.axes:
        return f"        {t.name}=np.array(rng.standard_normal(), dtype),"
    if fan == 1:
        return f"        {t.name}=rng.standard_normal({shape}).astype(dtype),"
    return f"        {t.name}=(rng.standard_normal({shape}) / {fan}**0.5).astype(dtype),"


def _declared(t: Tensor) -> str:
    if t.init is not None:
        return str(t.init)
    return "zeros" if is_bias(t) else "fan_in"


# -- with `init:` --------------------------------------------------------------------------------


def _field(p: Program, t: Tensor, start: Start) -> list[str]:
    """``name=…,`` on one line where it fits."""
    shape = shape_text(p, t)
    if start.numbers is not None:
        if not isinstance(start.numbers, list):
            return _lines(f"{t.name}=np.full", [shape, literal(start.numbers), "dtype"])
        *first, last = array_lines(f"{t.name}=", start.numbers, "dtype", " " * 8)
        return [*first, f"{last},"]
    formulas = start.formulas(fans(p.plain, t.name))
    if "value" in formulas:
        value = source(_node(formulas["value"]))
        if value in ("0", "1"):
            return [f"        {t.name}=np.{'zeros' if value == '0' else 'ones'}({shape}, dtype),"]
        return _lines(f"{t.name}=np.full", [shape, value, "dtype"])
    drawn = _drawn(p, t, formulas, shape if t.axes else "")
    if not t.axes:
        return _lines(f"{t.name}=np.array", [source(drawn), "dtype"])
    line = f"        {t.name}={source(Attr(drawn, 'astype', (Var('dtype'),)))},"
    return [line] if len(line) <= WIDTH else _lines(f"{t.name}=np.array", [source(drawn), "dtype"])


def _lines(head: str, items: Sequence[str]) -> list[str]:
    *first, last = call(head, items, " " * 8)
    return [*first, f"{last},"]


def _drawn(p: Program, t: Tensor, formulas: Mapping[str, Expr], shape: str) -> Node:
    """The draw as float64; ``shape`` is empty for a single number."""
    size = (Lit(shape),) if shape else ()
    if "low" in formulas:
        bounds = tuple(_node(formulas[k]) for k in ("low", "high"))
        return Call("rng.uniform", (*bounds, *size))
    if "bound" in formulas:
        return _times(formulas["bound"], Call("rng.uniform", (_node(Neg(ONE)), _node(ONE), *size)))
    if "gain" in formulas:
        return _times(formulas["gain"], _orthogonal(p, t, shape))
    if "mean" in formulas and number(formulas["mean"]) != 0:
        return Call("rng.normal", (_node(formulas["mean"]), _node(formulas["std"]), *size))
    return _times(formulas["std"], Call("rng.standard_normal", size))


def _orthogonal(p: Program, t: Tensor, shape: str) -> Node:
    """The matrix in the parameter's shape; a vector is one column."""
    network = p.plain
    sizes = [int(s) for s in network.shape(t.name)]
    leading = fans(network, t.name).rows if len(sizes) > 1 else len(sizes)
    rows, columns = math.prod(sizes[:leading]), math.prod(sizes[leading:])
    made = Call("orthogonal", (Var("rng"), Lit(str(rows)), Lit(str(columns))))
    if not shape:
        return Item(made, (Lit("0"), Lit("0")))
    return made if len(sizes) == 2 else Attr(made, "reshape", (Lit(shape),))


def _times(scale: Expr, drawn: Node) -> Node:
    return drawn if number(scale) == 1 else Op("*", (_node(scale), drawn))


def _node(e: Expr) -> Node:
    """Numbers under + * / and roots as they stand, so that the formula is still to be seen."""
    return Lowering({}, {}).value(e).node


# -- what the docstring says ---------------------------------------------------------------------


def _docstring(parameters: Sequence[Tensor], asked: Mapping[str, Start]) -> list[str]:
    if not asked:
        return [f'    """{_unasked_says(parameters)}"""']
    said: dict[str, list[str]] = {}
    for t in parameters:
        said.setdefault(_says(t, asked.get(t.name)), []).append(t.name)
    lines = ['    """Params to start from, drawn in their order from the seed.', ""]
    for how, names in said.items():
        more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
        line = f"{', '.join([*names[:MOST_NAMES], *more])}: {how}"
        lines += textwrap.wrap(line, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8)
    return [*lines, '    """']


def _says(t: Tensor, start: Start | None) -> str:
    """Such as ``glorot_uniform, within ±sqrt(6/(fan_in + fan_out))``."""
    if start is None:
        how = _declared(t)
        return "normal, std 1/sqrt(fan_in)" if how == "fan_in" else how
    if start.numbers is not None:
        return "numbers of the spec"
    said = {k: text(e) for k, e in start.formulas().items()}
    if start.name in ("zeros", "ones"):
        return start.name
    if "value" in said:
        return said["value"]
    if "low" in said:
        return f"uniform from {said['low']} to {said['high']}"
    if "gain" in said:
        return "orthogonal" + (f", times {said['gain']}" if said["gain"] != "1" else "")
    if "bound" in said:
        return f"{start.name}, |w| <= {said['bound']}"
    mean = said.get("mean", "0")
    return f"{start.name}, {'' if mean == '0' else f'mean {mean}, '}std {said['std']}"


def _unasked_says(parameters: Sequence[Tensor]) -> str:
    starts = {_declared(t) for t in parameters}
    if not starts:
        return "The empty Params."
    said = ["random weights (normal, variance 1 / fan-in)"] if "fan_in" in starts else []
    said += ["zeros"] if "zeros" in starts else []
    said += ["ones"] if "ones" in starts else []
    said += ["constants"] if starts - {"fan_in", "zeros", "ones"} else []
    return f"Params to start from: {', '.join(said)}."
