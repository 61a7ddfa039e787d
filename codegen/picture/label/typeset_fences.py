"""Accents, roots, fences and matrices of a label, set; what stands in them is set by `typeset`."""

from __future__ import annotations

from dataclasses import replace

from . import typeset_parts as t

_COLUMNS = 10.0  # points between the columns of a matrix, at any size


def accent(mark: str, body: t.Set, level: t.Level) -> t.Set:
    size = level.size
    pen, middle = 0.045 * size, (body.wide + body.slant) / 2
    foot = body.above + (0.12 if mark in ("bar", "vec") else 0.07) * size
    if mark == "under":
        low = body.below + 0.12 * size
        line = t.Stroke(((0.0, -low), (body.wide, -low)), pen)
        return replace(body, below=low + pen, parts=(*body.parts, line))
    half = 0.2 * size if mark in ("hat", "tilde", "vec") else body.wide / 2
    rise = {"hat": 0.17, "tilde": 0.13, "vec": 0.16, "dot": 0.12}.get(mark, 0.06) * size
    marks = _mark(mark, middle, foot, half, rise, pen)
    return replace(body, above=foot + rise, parts=(*body.parts, *marks))


def _mark(kind: str, x: float, y: float, half: float, rise: float, pen: float) -> list[t.Part]:
    if kind == "hat":
        return [t.Stroke(((x - half, y), (x, y + rise), (x + half, y)), pen)]
    if kind == "tilde":
        steps = (
            (-1.0, 0.0), (-0.6, 0.8), (-0.2, 0.7), (0.2, 0.2), (0.6, 0.1), (1.0, 0.9),
        )  # fmt: skip
        return [t.Stroke(tuple((x + a * half, y + b * rise) for a, b in steps), pen)]
    if kind == "vec":
        mid, tip = y + rise / 2, x + half
        barb = 0.4 * half
        shaft = t.Stroke(((x - half, mid), (tip, mid)), pen)
        head = ((tip - barb, mid + rise / 2), (tip, mid), (tip - barb, mid - rise / 2))
        return [shaft, t.Stroke(head, pen)]
    if kind == "dot":
        return [t.Stroke(((x - pen, y + rise / 2), (x + pen, y + rise / 2)), 2.4 * pen)]
    return [t.Stroke(((x - half, y + rise / 2), (x + half, y + rise / 2)), pen)]


def root(body: t.Set, level: t.Level) -> t.Set:
    size = level.size
    pen, sign = 0.045 * size, 0.75 * size
    top, low = body.above + 0.2 * size, -max(body.below, 0.2 * size)
    path = ((0.0, top * 0.4), (0.15 * size, top * 0.5), (0.4 * size, low), (sign, top))
    line = t.Stroke((*path, (sign + body.wide + 0.08 * size, top)), pen)
    wide = sign + body.wide + 0.08 * size
    return t.Set(wide, top + pen, -low, (line, *body.placed(sign, 0.0)))


def fenced(body: t.Set, fences: str, level: t.Level) -> t.Set:
    axis, size = 0.25 * level.size, level.size
    half = 1.08 * max(body.above - axis, body.below + axis, 0.47 * size)
    grown = half > 0.62 * size
    sets = [_fence(fences[0], half, grown, level), body, _fence(fences[1], half, grown, level)]
    return t.beside([s for s in sets if s.wide or s.parts])


def _fence(char: str, half: float, grown: bool, level: t.Level) -> t.Set:
    if char == ".":
        return t.EMPTY
    if not grown:
        return t.run(char, "roman", level)
    size, axis = level.size, 0.25 * level.size
    top, low = axis + half, axis - half
    pen, wide = 0.05 * size, 0.47 * max(size, 10.0)  # large fences exist at 10 pt only
    opens = char in "([⌊⌈⟨{"
    a, b = (0.13 * size, 0.36 * size) if opens else (0.34 * size, 0.11 * size)
    bend, side = 0.12 * half, 0.03 * size if opens else -0.03 * size
    path: tuple[tuple[float, float], ...] = ((wide / 2, top), (wide / 2, low))
    if char in "[]":
        path = ((b, top), (a, top), (a, low), (b, low))
    elif char in "()":
        upper, lower = (a + side, top - 3 * bend), (a + side, low + 3 * bend)
        path = ((b, top), upper, (a, axis), lower, (b, low))
    elif char in "⟨⟩":
        path = ((b, top), (a, axis), (b, low))
    return t.Set(wide, top, -low, (t.Stroke(path, pen),))


def grid(cells: list[list[t.Set]], fences: str, level: t.Level) -> t.Set:
    size, columns = level.size, max(map(len, cells))
    widths = [max((r[k].wide for r in cells if k < len(r)), default=0.0) for k in range(columns)]
    heights = [
        (max(0.84 * size, *(c.above for c in r)), max(0.36 * size, *(c.below for c in r)))
        for r in cells
    ]
    total = sum(a + b for a, b in heights)
    y = 0.25 * size + total / 2
    parts: list[t.Placed] = []
    for row, (above, below) in zip(cells, heights, strict=True):
        x, y = 0.0, y - above
        for cell, wide in zip(row, widths, strict=False):
            parts += cell.placed(x + (wide - cell.wide) / 2, y)
            x += wide + _COLUMNS
        y -= below
    wide = sum(widths) + _COLUMNS * (columns - 1)
    body = t.Set(wide, 0.25 * size + total / 2, total / 2 - 0.25 * size, tuple(parts))
    return fenced(body, fences, level) if fences else body
