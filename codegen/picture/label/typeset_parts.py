"""What a label is set with: runs of letters, strokes and panels, and the letters' metrics.

Rules and parameters are those of Appendix G of The TeXbook for the Computer Modern fonts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

SIZES = {"tiny": 9.0, "small": 10.0, "normal": 10.95}
_SCRIPT = {9.0: (6.0, 5.0), 10.0: (7.0, 5.0), 10.95: (8.0, 6.0)}
_OPTICAL = ((5.0, 1.36), (6.0, 1.22), (7.0, 1.139), (8.0, 1.063), (9.0, 1.028), (10.0, 1.0))
AXIS = 0.25  # height of the axis, in em
_OTHER = {
    "…": (1.33, 0.11, 0.0, 0.0), "⋯": (1.33, 0.31, 0.0, 0.0), "⋮": (0.278, 0.9, 0.0, 0.0),
    "⋱": (1.28, 0.82, 0.0, 0.0), "—": (1.0, 0.43, 0.0, 0.0), "≠": (0.778, 0.716, 0.215, 0.0),
    **dict.fromkeys("⟶⟵⟸⟺", (1.638, 0.511, 0.011, 0.0)), "⟷": (1.858, 0.511, 0.011, 0.0),
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
    parts: tuple[Part | Placed, ...] = ()
    slant: float = 0.0

    def placed(self, x: float, y: float, *tags: tuple[str, str]) -> tuple[Placed, ...]:
        """What it is as a part of another set."""
        return (Placed(self, x, y, tags),) if self.parts else ()

    def drawn(self) -> Iterator[Part]:
        """Every part at its place."""
        for part in self.parts:
            if isinstance(part, Placed):
                yield from part.drawn()
            else:
                yield part


@dataclass(frozen=True)
class Placed:
    """A set ``x`` to the right and ``y`` upwards in another. Its parts are moved there when it is
    drawn: most of what is set is only measured."""

    inside: Set
    x: float
    y: float
    tags: tuple[tuple[str, str], ...] = ()

    def drawn(self) -> Iterator[Part]:
        for part in self.inside.drawn():
            here = moved(part, self.x, self.y)
            yield replace(here, tags=(*self.tags, *here.tags)) if self.tags else here


EMPTY = Set(0.0, 0.0, 0.0)


def moved(part: Part, x: float, y: float) -> Part:
    """The part, moved by ``x`` to the right and ``y`` upwards."""
    if isinstance(part, Run):  # the most of what is set: `replace` takes four times as long
        return Run(part.x + x, part.y + y, part.text, part.face, part.size, part.wide, part.tags)
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
    made["sansbolditalic"] = made["sansbold"]
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
    """Font size of the place where something is set: text, script or scriptscript; the face of its
    letters, where it is not their own; and whether it is drawn, or only measured."""

    base: float
    depth: int = 0
    display: bool = False
    face: str = ""
    drawn: bool = True

    @property
    def size(self) -> float:
        scripts = _SCRIPT.get(self.base, (0.7 * self.base, 0.5 * self.base))
        return (self.base, *scripts)[min(self.depth, 2)]

    def down(self) -> Level:
        return Level(self.base, self.depth + 1, face=self.face, drawn=self.drawn)


def beside(sets: list[Set], gaps: list[float] | None = None) -> Set:
    """Sets on one baseline, ``gaps[k]`` before the k-th."""
    x = 0.0
    parts: list[Placed] = []
    for k, one in enumerate(sets):
        x += gaps[k] if gaps else 0.0
        parts.extend(one.placed(x, 0.0))
        x += one.wide
    above = max((s.above for s in sets), default=0.0)
    below = max((s.below for s in sets), default=0.0)
    return Set(x, above, below, tuple(parts), sets[-1].slant if sets else 0.0)


def piled(sets: list[tuple[Set, float]]) -> Set:
    """Sets over one another, centred, each with the height of its baseline."""
    wide = max(one.wide for one, _ in sets)
    parts = [p for one, y in sets for p in one.placed((wide - one.wide) / 2, y)]
    above, below = max(s.above + y for s, y in sets), max(s.below - y for s, y in sets)
    return Set(wide, above, below, tuple(parts))


@lru_cache(maxsize=20000)
def run(text: str, face: str, level: Level) -> Set:
    """Characters of one face, set."""
    size = level.size
    glyphs = [_glyph(c, face) for c in text]
    scale = size * (optical(size) if face != "mono" else 1.0)
    wide = sum(g[0] for g in glyphs) * scale
    above = max((g[1] for g in glyphs), default=0.0) * size
    below = max((g[2] for g in glyphs), default=0.0) * size
    slant = glyphs[-1][3] * scale if glyphs else 0.0
    parts = (Run(0.0, 0.0, text, face, size, wide),) if level.drawn else ()
    return Set(wide + slant, above, below, parts, slant)
