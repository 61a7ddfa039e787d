"""A scene as SVG: shapes and positioned text, no script, no foreign object, no style of its own
beside the colours of ``style.yaml`` (a page may restyle the classes ``cg-ROLE``).

Every shape carries what it stands for: ``data-ref``, ``data-factor``, ``data-at``, ``data-until``.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from ...formula.style import style
from ..label.measure import CM, baseline, labelled, setting
from ..label.typeset_parts import Panel, Run, Stroke
from ..scene.curve import controls
from ..scene.rect import Point
from ..scene.scene import Arc, Box, Circle, Label, Line, Mark, Scene, Shape

PX = 40.0  # user units per cm
_PT = PX * CM  # user units per TeX point
_SERIF = "'Latin Modern Math','STIX Two Math','Cambria Math','Times New Roman',serif"
_SANS = "'Latin Modern Sans','Helvetica Neue',Arial,sans-serif"
_FACES = {
    "roman": (_SERIF, ""), "symbol": (_SERIF, ""),
    "italic": (_SERIF, ' font-style="italic"'), "script": (_SERIF, ' font-style="italic"'),
    "bold": (_SERIF, ' font-weight="bold"'),
    "bolditalic": (_SERIF, ' font-weight="bold" font-style="italic"'),
    "sans": (_SANS, ""), "sansbold": (_SANS, ' font-weight="bold"'),
    "sansitalic": (_SANS, ' font-style="italic"'),
    "mono": ("'Latin Modern Mono',Menlo,Consolas,monospace", ""),
}  # fmt: skip
# what most shapes and letters share, said once; the rest says it itself
_INHERITED = f'font-family="{_SERIF}" text-anchor="middle" stroke-linejoin="round"'
_UPRIGHT = "∂∇∞"  # in an italic face, but shown upright by some fonts: they have their own slant


def svg(scene: Scene, *, step: int | None = None, standalone: bool) -> str:
    """The scene as one ``<svg>`` element; ``step`` keeps what is visible at that step (none: all
    that is never hidden again carries ``data-at``, and a page shows it step by step).

    ``standalone`` makes it a file of its own: namespace, size in cm, white background."""
    (x0, y0), (x1, y1) = scene.frame()
    wide, high = (x1 - x0) * PX, (y1 - y0) * PX
    place = _Place(x0, y1)
    shapes = [s for s in scene.shapes if step is None or _visible(s, step)]
    size = f' width="{_n(wide / PX)}cm" height="{_n(high / PX)}cm"' if standalone else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cg-picture" role="img"{size} '
        f'viewBox="0 0 {_n(wide)} {_n(high)}" {_INHERITED}>'
    )
    made = ['<?xml version="1.0" encoding="UTF-8"?>', head] if standalone else [head]
    if scene.about:
        first = scene.about.split(". ")[0]
        made.append(f"<title>{_text(first)}</title><desc>{_text(scene.about)}</desc>")
    if standalone:
        made.append(f'<rect width="{_n(wide)}" height="{_n(high)}" fill="{style().paper}"/>')
    made += [line for shape in shapes for line in _shape(shape, place)]
    return "\n".join([*made, "</svg>"]) + ("\n" if standalone else "")


class _Place:
    """From cm with y upwards to user units with y downwards."""

    def __init__(self, left: float, top: float) -> None:
        self.left, self.top = left, top

    def __call__(self, p: Point) -> Point:
        return (p[0] - self.left) * PX, (self.top - p[1]) * PX

    def text(self, p: Point) -> str:
        x, y = self(p)
        return f"{_n(x)} {_n(y)}"


def _visible(shape: Mark, step: int) -> bool:
    return shape.at <= step and (not shape.until or step <= shape.until)


def _n(x: float) -> str:
    return f"{round(x, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Text of an XML document; what XML cannot hold becomes a replacement character."""
    kept = "".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in text)
    return xml_escape(kept.encode("utf-8", "replace").decode())


def _attributes(shape: Mark, kind: str) -> str:
    names = [f"cg-{kind}", f"cg-{shape.role or 'plain'}"]
    if shape.factor:
        names.append(f"cg-f{style().number(shape.factor)}")
    made = f' class="{" ".join(names)}"'
    if shape.ref:
        made += f" data-ref={quoteattr(_text(shape.ref))}"
    if shape.factor:
        made += f' data-factor="{shape.factor}"'
    if shape.at > 1:
        made += f' data-at="{shape.at}"'
    return made + (f' data-until="{shape.until}"' if shape.until else "")


def _paint(shape: Mark, *, filled: bool) -> tuple[str, str]:
    """Attributes of a line, and its colour (the arrow head has the same)."""
    look = style().look(shape.role)
    stroke, fill, wide = look.stroke, look.fill, look.width
    if shape.factor:
        factor = style().factor(shape.factor)
        stroke, fill = factor.stroke, factor.tint if fill else ""
        wide = max(wide, style().factor_width)
    shown = fill if filled and fill else "none"
    made = f' fill="{shown}" stroke="{stroke}" stroke-width="{_n(wide * _PT)}"'
    if look.dash and not shape.factor:
        made += f' stroke-dasharray="{" ".join(_n(d * _PT) for d in look.dash)}"'
    return made, stroke


def _shape(shape: Shape, place: _Place) -> Iterator[str]:
    if isinstance(shape, Label):
        yield from _label(shape, place)
    elif isinstance(shape, Line | Arc):
        yield from _path(shape, place)
    elif isinstance(shape, Circle):
        x, y = place(shape.centre)
        paint, _ = _paint(shape, filled=True)
        yield (
            f'<circle{_attributes(shape, "shape")} cx="{_n(x)}" cy="{_n(y)}" '
            f'r="{_n(shape.radius * PX)}"{paint}/>'
        )
    else:
        yield _box(shape, place)


def _box(shape: Box, place: _Place) -> str:
    (a, b), (c, d) = place(shape.low), place(shape.high)
    paint, _ = _paint(shape, filled=True)
    rounded = f' rx="{_n(shape.rounded * PX)}"' if shape.rounded else ""
    return (
        f'<rect{_attributes(shape, "shape")} x="{_n(min(a, c))}" y="{_n(min(b, d))}" '
        f'width="{_n(abs(c - a))}" height="{_n(abs(d - b))}"{rounded}{paint}/>'
    )


def _path(shape: Line | Arc, place: _Place) -> Iterator[str]:
    """A line or an arc, and its arrow head as a shape of its own (markers take no colour)."""
    closed = isinstance(shape, Line) and shape.closed
    paint, stroke = _paint(shape, filled=closed)
    if isinstance(shape, Arc):
        a, b = controls(shape)
        points: tuple[Point, ...] = (shape.start, a, b, shape.end)
    else:
        points = shape.points
    wide = style().look(shape.role).width
    wide = max(wide, style().factor_width) if shape.factor else wide
    tip: tuple[Point, ...] = ()
    if shape.arrow:
        tip = _head(points[-2], points[-1], wide)
        points = (*points[:-1], tip[2])
    if isinstance(shape, Arc):
        d = f"M{place.text(points[0])}C" + " ".join(place.text(p) for p in points[1:])
    else:
        d = "M" + "L".join(place.text(p) for p in points) + ("Z" if closed else "")
    if not tip:
        yield f'<path{_attributes(shape, "shape")} d="{d}"{paint}/>'
        return
    corners = "L".join(place.text(p) for p in tip)
    yield (
        f'<g{_attributes(shape, "shape")}><path d="{d}"{paint}/>'
        f'<path class="cg-head" d="M{corners}Z" fill="{stroke}"/></g>'
    )


def _head(before: Point, end: Point, wide: float) -> tuple[Point, ...]:
    """The corners of an arrow head: tip, left, where the line ends under it, right."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    far = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / far, dy / far
    long, half = (4.2 + 1.6 * wide) * CM, (1.6 + 0.9 * wide) * CM
    back = (end[0] - long * ux, end[1] - long * uy)
    notch = (end[0] - 0.7 * long * ux, end[1] - 0.7 * long * uy)
    left = (back[0] - half * uy, back[1] + half * ux)
    right = (back[0] + half * uy, back[1] - half * ux)
    return (end, left, notch, right)


def _label(label: Label, place: _Place) -> Iterator[str]:
    measured = label if label.wide else labelled(label)
    look = style().look(label.role)
    colour = style().factor(label.factor).text if label.factor else look.text
    made = [f'<g{_attributes(label, "label")} fill="{colour}">']
    if label.plate:
        left, bottom, right, top = measured.box()
        pad = 0.03
        x, y = place((left - pad, top + pad))
        made.append(
            f'<rect class="cg-plate" x="{_n(x)}" y="{_n(y)}" '
            f'width="{_n((right - left + 2 * pad) * PX)}" '
            f'height="{_n((top - bottom + 2 * pad) * PX)}" fill="{style().paper}"/>'
        )
    x, y = place(baseline(measured))
    for part in setting(label.text, label.size).parts:
        if isinstance(part, Run):
            made.append(_run(part, x, y, colour))
        elif isinstance(part, Stroke):
            made.append(_stroke(part, x, y, colour))
        else:
            made.append(_panel(part, x, y))
    yield "".join([*made, "</g>"])


def _tagged(tags: tuple[tuple[str, str], ...], colour: str) -> tuple[str, str]:
    """Attributes for our own macros around a part, and its colour."""
    made = ""
    for kind, key in tags:
        if kind in ("cgf", "cgc") and key.isdigit() and int(key):
            colour = style().factor(int(key)).text
            made += f' data-factor="{int(key)}"'
        elif kind == "cghl":
            colour = style().look("highlight").text
        elif kind in ("cgr", "cgn", "cgat"):
            name = {"cgr": "ref", "cgn": "figure", "cgat": "at"}[kind]
            made += f" data-{name}={quoteattr(_text(key))}"
    return made, colour


def _run(run: Run, x: float, y: float, colour: str) -> str:
    """Characters at their place; ``textLength`` holds them to it whatever font is there. A single
    letter stands in the middle of its place with its own width."""
    tags, own = _tagged(run.tags, colour)
    family, slope = _FACES[run.face]
    if run.text.strip() in _UPRIGHT:
        slope = ""
    if any(kind == "cghl" for kind, _ in run.tags):
        slope += "" if "weight" in slope else ' font-weight="bold"'
    paint = f' fill="{own}"' if own != colour else ""
    left, base, wide = x + run.x * _PT, y - run.y * _PT, run.wide * _PT
    font = "" if family == _SERIF else f' font-family="{family}"'
    shown = f'font-size="{_n(run.size * _PT)}"{font}{slope}{paint}{tags}'
    if len(run.text) == 1:
        at = f'x="{_n(left + wide / 2)}" y="{_n(base)}"'
    else:
        at = (
            f'x="{_n(left)}" y="{_n(base)}" text-anchor="start" textLength="{_n(wide)}" '
            f'lengthAdjust="spacingAndGlyphs" xml:space="preserve"'
        )
    return f"<text {at} {shown}>{_text(run.text)}</text>"


def _stroke(part: Stroke, x: float, y: float, colour: str) -> str:
    tags, own = _tagged(part.tags, colour)
    d = "M" + "L".join(f"{_n(x + a * _PT)} {_n(y - b * _PT)}" for a, b in part.points)
    return f'<path d="{d}" fill="none" stroke="{own}" stroke-width="{_n(part.width * _PT)}"{tags}/>'


def _panel(part: Panel, x: float, y: float) -> str:
    left, bottom, right, top = part.box
    key = part.tags[0][1]
    k = int(key) if key.isdigit() and int(key) else 1
    return (
        f'<rect x="{_n(x + left * _PT)}" y="{_n(y - top * _PT)}" '
        f'width="{_n((right - left) * _PT)}" height="{_n((top - bottom) * _PT)}" rx="3" '
        f'fill="{style().factor(k).tint}" stroke="{style().factor(k).stroke}" '
        f'data-factor="{k}"/>'
    )
