"""Rich text of a label as positioned runs: TeX's rules for scripts and fractions, in points.

One reading serves measuring and SVG, so a picture's boxes and its drawn text agree. Positions are
relative to the left end of the baseline, y upwards. Rules and parameters are those of Appendix G
of The TeXbook for the Computer Modern fonts; lines of text are never broken.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from codegen.lecture.rich import pieces

from . import formula as f

SIZES = {"tiny": 9.0, "small": 10.0, "normal": 10.95}
_SCRIPT = {9.0: (6.0, 5.0), 10.0: (7.0, 5.0), 10.95: (8.0, 6.0)}
_OPTICAL = ((5.0, 1.36), (6.0, 1.22), (7.0, 1.139), (8.0, 1.063), (9.0, 1.028), (10.0, 1.0))
_AXIS, _RULE, _GAP = 0.25, 0.04, 0.12
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
_OTHER = {
    "…": (1.33, 0.11, 0.0, 0.0), "⋯": (1.33, 0.31, 0.0, 0.0), "⋮": (0.278, 0.9, 0.0, 0.0),
    "⋱": (1.28, 0.82, 0.0, 0.0), "—": (1.0, 0.43, 0.0, 0.0), "≠": (0.778, 0.716, 0.215, 0.0),
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Characters of one face and size; ``tags`` are our macros around them, outermost first."""

    x: float
    y: float
    text: str
    face: str
    size: float
    wide: float
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stroke:
    """A drawn line of a formula: a fraction's bar, a hat, a root, a bracket."""

    points: tuple[tuple[float, float], ...]
    width: float
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Panel:
    """The tinted box behind a factor (``\\cgf``): left, bottom, right, top."""

    box: tuple[float, float, float, float]
    tags: tuple[tuple[str, str], ...]


Part = Run | Stroke | Panel


@dataclass(frozen=True)
class Set:
    """Something set: its extent and its parts."""

    wide: float
    above: float
    below: float
    parts: tuple[Part, ...] = ()
    slant: float = 0.0

    def moved(self, x: float, y: float) -> tuple[Part, ...]:
        return tuple(_moved(p, x, y) for p in self.parts)


def _moved(part: Part, x: float, y: float) -> Part:
    if isinstance(part, Run):
        return replace(part, x=part.x + x, y=part.y + y)
    if isinstance(part, Stroke):
        return replace(part, points=tuple((a + x, b + y) for a, b in part.points))
    left, bottom, right, top = part.box
    return replace(part, box=(left + x, bottom + y, right + x, top + y))


@cache
def _metrics() -> dict[str, dict[str, tuple[float, float, float, float]]]:
    raw = yaml.safe_load(Path(__file__).with_name("metrics.yaml").read_text("utf-8"))
    made = {
        face: {c: (v[0] / 1000, v[1] / 1000, v[2] / 1000, v[3] / 1000) for c, v in rows.items()}
        for face, rows in raw.items()
    }
    made["bolditalic"] = {c: (1.12 * w, h, d, i) for c, (w, h, d, i) in made["italic"].items()}
    made["bolditalic"] |= {c: v for c, v in made["bold"].items() if c not in made["bolditalic"]}
    made["sansitalic"], made["script"] = made["sans"], made["italic"]
    return made


def _glyph(char: str, face: str) -> tuple[float, float, float, float]:
    """Width, height, depth and slant of a character in em."""
    if face == "mono":
        return 0.525, 0.62, 0.2 if char in "gjpqy,;_" else 0.0, 0.0
    if char == " ":
        return 0.333, 0.0, 0.0, 0.0
    for table in (face, "roman", "symbol", "italic"):
        if char in _metrics()[table]:
            return _metrics()[table][char]
    parts = unicodedata.normalize("NFD", char)
    if parts[0] != char and parts[0].isascii():
        wide, high, deep, slant = _glyph(parts[0], face)
        tall = 0.0 if parts[1] in "\u0327\u0328" else 0.69 if parts[0].islower() else 0.93
        return wide, max(high, tall), max(deep, 0.0 if tall else 0.2), slant
    return _OTHER.get(char, (0.7, 0.7, 0.1, 0.0))


def optical(size: float) -> float:
    """How much wider than at 10 pt the letters of a small size are, per em."""
    if size <= _OPTICAL[0][0]:
        return _OPTICAL[0][1]
    for (a, p), (b, q) in pairwise(_OPTICAL):
        if size <= b:
            return p + (q - p) * (size - a) / (b - a)
    return 1.0


@dataclass(frozen=True)
class Level:
    """Font size of the place where something is set: text, script or scriptscript."""

    base: float
    depth: int = 0
    display: bool = False

    @property
    def size(self) -> float:
        scripts = _SCRIPT.get(self.base, (0.7 * self.base, 0.5 * self.base))
        return (self.base, *scripts)[min(self.depth, 2)]

    def down(self) -> Level:
        return Level(self.base, self.depth + 1)


def typeset(rich: str, size: str = "small") -> Set:
    """A rich text set on one line at a named size (tiny, small, normal)."""
    return _rich(rich, Level(SIZES[size]), "sans")


def _rich(rich: str, level: Level, face: str) -> Set:
    made: list[Set] = []
    for piece in pieces(rich):
        if piece.kind == "math":
            made.append(put(f.formula(piece.text), level))
        elif piece.kind == "bold":
            made.append(_rich(piece.text, level, "sansbold"))
        elif piece.kind == "italic":
            made.append(_rich(piece.text, level, "sansitalic"))
        else:
            made.append(_run(piece.text, "mono" if piece.kind == "code" else face, level))
    return beside(made)


def beside(sets: list[Set], gaps: list[float] | None = None) -> Set:
    """Sets on one baseline, ``gaps[k]`` before the k-th."""
    x = 0.0
    parts: list[Part] = []
    for k, one in enumerate(sets):
        x += gaps[k] if gaps else 0.0
        parts.extend(one.moved(x, 0.0))
        x += one.wide
    above = max((s.above for s in sets), default=0.0)
    below = max((s.below for s in sets), default=0.0)
    return Set(x, above, below, tuple(parts), sets[-1].slant if sets else 0.0)


def _run(text: str, face: str, level: Level) -> Set:
    size = level.size
    glyphs = [_glyph(c, face) for c in text]
    scale = size * (optical(size) if face != "mono" else 1.0)
    wide = sum(g[0] for g in glyphs) * scale
    above = max((g[1] for g in glyphs), default=0.0) * size
    below = max((g[2] for g in glyphs), default=0.0) * size
    slant = glyphs[-1][3] * scale if glyphs else 0.0
    return Set(wide + slant, above, below, (Run(0.0, 0.0, text, face, size, wide),), slant)


def put(node: f.Node, level: Level) -> Set:
    """A node of a formula, set."""
    if isinstance(node, f.Glyph):
        return _large(node, level) if node.face == "large" else _run(node.text, node.face, level)
    if isinstance(node, f.Row):
        return _row(node, replace(level, display=True) if node.display else level)
    if isinstance(node, f.Scripts):
        return _scripts(node, level)
    if isinstance(node, f.Frac):
        return _frac(node, level)
    if isinstance(node, f.Space):
        return Set(node.em * level.size, 0.0, 0.0)
    if isinstance(node, f.Marked):
        return _marked(node, level)
    if isinstance(node, f.Stacked):
        return _stacked(node, level)
    from . import typeset_fences as fences

    return fences.put(node, level)


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
    for k, item in enumerate(row.items):
        kind = _kind(item)
        after = next((_kind(n) for n in row.items[k + 1 :]), "")
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
    axis = _AXIS * level.size
    run = Run(0.0, axis - 0.25 * size, node.text, "symbol", size, wide)
    return Set(wide, axis + 0.5 * size, 0.5 * size - axis, (run,))


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
        parts += high.moved(base.wide, up)
        wide = max(wide, base.wide + high.wide + 0.5)
    if low is not None:
        parts += low.moved(start, -down)
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
    high = put(node.high, small) if node.high is not None else Set(0.0, 0.0, 0.0)
    low = put(node.low, small) if node.low is not None else Set(0.0, 0.0, 0.0)
    wide = max(base.wide, high.wide, low.wide)
    up, down = base.above + gap + high.below, base.below + gap + low.above
    parts = [*base.moved((wide - base.wide) / 2, 0.0)]
    parts += high.moved((wide - high.wide) / 2, up) + low.moved((wide - low.wide) / 2, -down)
    return Set(wide, up + high.above, down + low.below, tuple(parts))


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
    size, axis = level.size, _AXIS * level.size
    rule = _RULE * size
    gap = (3 if display else 1) * rule + rule / 2
    up = max((0.677 if display else 0.394) * size, axis + gap + over.below)
    down = max((0.686 if display else 0.345) * size, gap - axis + under.above)
    pad = _GAP * size
    wide = max(over.wide, under.wide) + 2 * pad
    bar = Stroke(((pad / 2, axis), (wide - pad / 2, axis)), rule)
    parts = [bar, *over.moved((wide - over.wide) / 2, up)]
    parts += under.moved((wide - under.wide) / 2, -down)
    return Set(wide, up + over.above, down + under.below, tuple(parts))


def _marked(node: f.Marked, level: Level) -> Set:
    body = put(node.body, level)
    tag = (node.kind, node.key)
    if node.kind == "cgblank":
        return replace(body, parts=())
    parts: list[Part] = [replace(p, tags=(tag, *p.tags)) for p in body.parts]
    if node.kind != "cgf":
        return replace(body, parts=tuple(parts))
    pad = 0.2 * level.size  # the box of a factor stands a little away from it
    box = (0.0, -body.below - pad, body.wide + 2 * pad, body.above + pad)
    inside = [_moved(p, pad, 0.0) for p in parts]
    return Set(box[2], box[3], -box[1], (Panel(box, (tag,)), *inside))
