"""Rich text of a label as positioned runs: TeX's rules for scripts and fractions, in points.

One reading serves measuring and SVG, so a picture's boxes and its drawn text agree. Positions are
relative to the left end of the baseline, y upwards; lines of text are never broken.
"""

from __future__ import annotations

from dataclasses import replace

from ...formula import formula as f
from ...formula.rich import pieces
from . import typeset_fences as fences
from .typeset_parts import (
    AXIS,
    EMPTY,
    SIZES,
    Level,
    Panel,
    Run,
    Set,
    Stroke,
    beside,
    piled,
    run,
)

_RULE, _GAP = 0.04, 0.12
_BEFORE = {  # spaces in mu between two classes, in text and display style
    ("ord", "op"): 3, ("ord", "bin"): 4, ("ord", "rel"): 5, ("ord", "inner"): 3,
    ("op", "ord"): 3, ("op", "op"): 3, ("op", "rel"): 5, ("op", "inner"): 3,
    ("bin", "ord"): 4, ("bin", "op"): 4, ("bin", "open"): 4, ("bin", "inner"): 4,
    ("rel", "ord"): 5, ("rel", "op"): 5, ("rel", "open"): 5, ("rel", "inner"): 5,
    ("close", "op"): 3, ("close", "bin"): 4, ("close", "rel"): 5, ("close", "inner"): 3,
    ("punct", "ord"): 3, ("punct", "op"): 3, ("punct", "rel"): 3, ("punct", "open"): 3,
    ("punct", "close"): 3, ("punct", "punct"): 3, ("punct", "inner"): 3,
    ("inner", "ord"): 3, ("inner", "op"): 3, ("inner", "bin"): 4, ("inner", "rel"): 5,
    ("inner", "open"): 3, ("inner", "punct"): 3, ("inner", "inner"): 3,
}  # fmt: skip


def typeset(rich: str, size: str = "small") -> Set:
    """A rich text set on one line at a named size (tiny, small, normal)."""
    return _rich(rich, Level(SIZES[size]), "sans")


def _rich(rich: str, level: Level, face: str) -> Set:
    made: list[Set] = []
    for piece in pieces(rich):
        if piece.kind == "math":
            made.append(put(f.formula(piece.text), level))
        elif piece.kind in ("bold", "italic"):
            made.append(_rich(piece.text, level, f"sans{piece.kind}"))
        else:
            made.append(run(piece.text, "mono" if piece.kind == "code" else face, level))
    return beside(made)


def put(node: f.Node, level: Level) -> Set:
    """A node of a formula, set."""
    match node:
        case f.Glyph(face="large"):
            return _large(node, level)
        case f.Glyph():
            return run(node.text, node.face, level)
        case f.Row():
            return _row(node, replace(level, display=True) if node.display else level)
        case f.Scripts():
            return _scripts(node, level)
        case f.Frac():
            return _frac(node, level)
        case f.Space():
            return Set(node.em * level.size, 0.0, 0.0)
        case f.Marked():
            return _marked(node, level)
        case f.Stacked():
            return _stacked(node, level)
        case f.Accent():
            return fences.accent(node.mark, put(node.base, level), level)
        case f.Root():
            return fences.root(put(node.body, level), level)
        case f.Fenced():
            return fences.fenced(put(node.body, level), node.fences, level)
        case f.Grid():
            text = replace(level, display=False)
            cells = [[put(c, text) for c in row] for row in node.rows]
            return fences.grid(cells, node.fences, level)


def _kind(node: f.Node) -> str:
    if isinstance(node, f.Glyph):
        return node.kind
    if isinstance(node, f.Scripts):
        return _kind(node.base)
    if isinstance(node, f.Fenced | f.Frac | f.Grid):
        return "inner"
    if isinstance(node, f.Marked):
        inside = node.body.items if isinstance(node.body, f.Row) else (node.body,)
        return _kind(inside[0]) if len(inside) == 1 else "ord"
    return "space" if isinstance(node, f.Space) else "ord"


def _row(row: f.Row, level: Level) -> Set:
    sets: list[Set] = []
    gaps: list[float] = []
    last = ""
    kinds = [*map(_kind, row.items)]
    for item, kind, after in zip(row.items, kinds, (*kinds, "")[1:], strict=True):
        if kind == "bin" and (
            last in ("", "bin", "op", "rel", "open", "punct")
            or after in ("", "rel", "close", "punct")
        ):
            kind = "ord"
        mu = _BEFORE.get((last, kind), 0) if level.depth == 0 or kind == "op" else 0
        sets.append(put(item, level))
        gaps.append(mu / 18 * level.size)
        last = last if kind == "space" else kind
    return beside(sets, gaps)


def _large(node: f.Glyph, level: Level) -> Set:
    """A sum or product sign: larger than a letter, centred on the axis."""
    size = max(level.size, 10.0 if level.depth == 0 else 0.0) * (1.4 if level.display else 1.0)
    wide = {"∏": 0.944, "∫": 0.6}.get(node.text, 1.056) * size
    axis = AXIS * level.size
    sign = Run(0.0, axis - 0.25 * size, node.text, "symbol", size, wide)
    return Set(wide, axis + 0.5 * size, 0.5 * size - axis, (sign,))


def _scripts(node: f.Scripts, level: Level) -> Set:
    base = put(node.base, level)
    if isinstance(node.base, f.Glyph) and node.base.face == "large" and level.display:
        return _limits(base, node, level)
    size, small = level.size, level.down()
    single = _single(node.base)
    high = put(node.high, small) if node.high is not None else None
    low = put(node.low, small) if node.low is not None else None
    up = 0.0 if single else base.above - 0.386 * small.size
    down = 0.0 if single else base.below + 0.05 * small.size
    if high is not None:
        up = max(up, (0.413 if level.display else 0.363) * size, high.below + 0.108 * size)
    if low is not None:
        least = 0.247 if high is not None else 0.15
        down = max(down, least * size, 0.0 if high else low.above - 0.344 * size)
    if high is not None and low is not None:
        down = max(down, 4 * _RULE * size - (up - high.below) + low.above)
    start = base.wide - (base.slant if low is not None else 0.0)
    parts = [*base.parts]
    wide = base.wide
    if high is not None:
        parts += high.placed(base.wide, up)
        wide = max(wide, base.wide + high.wide + 0.5)
    if low is not None:
        parts += low.placed(start, -down)
        wide = max(wide, start + low.wide + 0.5)
    above = max(base.above, high.above + up if high else 0.0)
    below = max(base.below, low.below + down if low else 0.0)
    return Set(wide, above, below, tuple(parts))


def _single(node: f.Node) -> bool:
    """One character: its scripts keep their usual height."""
    if isinstance(node, f.Row):
        return len(node.items) == 1 and _single(node.items[0])
    if isinstance(node, f.Marked):
        return _single(node.body)
    return isinstance(node, f.Glyph) and len(node.text) == 1 and node.face != "large"


def _limits(base: Set, node: f.Scripts, level: Level) -> Set:
    """A sum in display style: its bounds stand above and below."""
    small, gap = level.down(), 0.2 * level.size
    high = put(node.high, small) if node.high is not None else EMPTY
    low = put(node.low, small) if node.low is not None else EMPTY
    up, down = base.above + gap + high.below, base.below + gap + low.above
    return piled([(base, 0.0), (high, up), (low, -down)])


def _stacked(node: f.Stacked, level: Level) -> Set:
    """``\\underset``, ``\\overset``: like the bounds of a sum; a brace is a row of its own."""
    base = put(node.base, level)
    if node.brace:
        deep, rule = 0.5 * level.size, 2 * _RULE * level.size
        y = -base.below - deep / 2
        line = ((0.0, y + deep / 4), (0.1 * base.wide, y), (0.9 * base.wide, y),
                (base.wide, y + deep / 4))  # fmt: skip
        base = Set(base.wide, base.above, base.below + deep, (*base.parts, Stroke(line, rule)))
    if node.low is None and node.high is None:
        return base
    return _limits(base, f.Scripts(node.base, node.low, node.high), level)


def _frac(node: f.Frac, level: Level) -> Set:
    display = level.display or node.display
    inner = level if display and level.depth == 0 else level.down()
    inner = replace(inner, display=False)
    over, under = put(node.over, inner), put(node.under, inner)
    size, axis = level.size, AXIS * level.size
    rule = _RULE * size
    gap = (3 if display else 1) * rule + rule / 2
    up = max((0.677 if display else 0.394) * size, axis + gap + over.below)
    down = max((0.686 if display else 0.345) * size, gap - axis + under.above)
    pad = _GAP * size
    wide = max(over.wide, under.wide) + 2 * pad
    bar = Stroke(((pad / 2, axis), (wide - pad / 2, axis)), rule)
    return piled([(Set(wide, 0.0, 0.0, (bar,)), 0.0), (over, up), (under, -down)])


def _marked(node: f.Marked, level: Level) -> Set:
    body = put(node.body, level)
    tag = (node.kind, node.key)
    if node.kind == "cgblank":
        return replace(body, parts=())
    if node.kind != "cgf":
        return replace(body, parts=body.placed(0.0, 0.0, tag))
    pad = 0.2 * level.size  # the box of a factor stands a little away from it
    box = (0.0, -body.below - pad, body.wide + 2 * pad, body.above + pad)
    return Set(box[2], box[3], -box[1], (Panel(box, (tag,)), *body.placed(pad, 0.0, tag)))
