"""A scene as SVG: shapes and positioned text, no script, no foreign object, no style of its own
beside the colours of ``style.yaml`` (a page may restyle the classes ``cg-ROLE``).

Every shape carries what it stands for: ``data-ref``, ``data-factor``, ``data-at``, ``data-until``.
"""

from __future__ import annotations

from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from ...formula.mathml.alphabets import styled
from ...formula.style import Style, style
from ..label.measure import PLATE, POINT, baseline, labelled, setting
from ..label.typeset_parts import Panel, Run, Stroke
from ..scene.curve import controls
from ..scene.rect import Point, Rect, bounding, grown
from ..scene.scene import Arc, Circle, Label, Line, Mark, Scene, Shape

PX = 40.0  # user units per cm
_PT = PX * POINT  # user units per TeX point
_SERIF = "'Latin Modern Math','STIX Two Math','Cambria Math','Times New Roman',serif"
_SANS = "'Latin Modern Sans','Helvetica Neue',Arial,sans-serif"
_FACES = {
    "roman": (_SERIF, ""), "symbol": (_SERIF, ""),
    "italic": (_SERIF, ' font-style="italic"'), "script": (_SERIF, ' font-style="italic"'),
    "bold": (_SERIF, ' font-weight="bold"'),
    "bolditalic": (_SERIF, ' font-weight="bold" font-style="italic"'),
    "sans": (_SANS, ""), "sansbold": (_SANS, ' font-weight="bold"'),
    "sansitalic": (_SANS, ' font-style="italic"'),
    "sansbolditalic": (_SANS, ' font-weight="bold" font-style="italic"'),
    "mono": ("'Latin Modern Mono',Menlo,Consolas,monospace", ""),
}  # fmt: skip
# With a font of mathematics at hand its own letters: face -> family, look, Unicode's alphabet.
_MATHS = {
    "symbol": ("'New Computer Modern Math'", "", ""),
    "italic": ("'New Computer Modern Math'", "", "italic"),
    "script": ("'New Computer Modern Math'", "", "script"),
    "bolditalic": ("'New Computer Modern Math'", "", "bold-italic"),
    "roman": ("'New Computer Modern'", "", ""),
    "bold": ("'New Computer Modern'", ' font-weight="bold"', ""),
}
# what most shapes and letters share, said once; the rest says it itself
_INHERITED = f'font-family="{_SERIF}" text-anchor="middle" stroke-linejoin="round"'
_UPRIGHT = "∂∇∞"  # in an italic face, but shown upright by some fonts: they have their own slant


def svg(scene: Scene, *, standalone: bool, look: Style | None = None, maths: bool = False) -> str:
    """The scene as one ``<svg>`` element with all steps of its reveal: what is not always visible
    carries ``data-at`` and ``data-until``, and a page shows it step by step.

    ``standalone`` makes it a file of its own: namespace, size in cm, white background. ``look``:
    other colours than the shipped ones; ``maths``: the reader has New Computer Modern Math."""
    (x0, y0), (x1, y1) = scene.frame()
    wide, high = (x1 - x0) * PX, (y1 - y0) * PX
    place = _Place(x0, y1, look or style(), maths)
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
        made.append(f'<rect width="{_n(wide)}" height="{_n(high)}" fill="{place.style.paper}"/>')
    made += [_shape(shape, place) for shape in scene.shapes]
    return "\n".join([*made, "</svg>"]) + ("\n" if standalone else "")


class _Place:
    """From cm with y upwards to user units with y downwards; and what is drawn there looks so."""

    def __init__(self, left: float, top: float, look: Style, maths: bool) -> None:
        self.left, self.top, self.style, self.maths = left, top, look, maths

    def letters(self, run: Run) -> tuple[str, str, str]:
        """The family and the look of a run's font, and its characters in it."""
        if self.maths and run.face in _MATHS:
            family, slope, alphabet = _MATHS[run.face]
            return family, slope, styled(run.text, alphabet)
        family, slope = _FACES[run.face]
        return family, "" if run.text.strip() in _UPRIGHT else slope, run.text

    def __call__(self, p: Point) -> Point:
        return (p[0] - self.left) * PX, (self.top - p[1]) * PX

    def text(self, p: Point) -> str:
        x, y = self(p)
        return f"{_n(x)} {_n(y)}"


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


def _paint(shape: Mark, style: Style, *, filled: bool) -> tuple[str, str, float]:
    """Attributes of a line, its colour (the arrow head has the same) and its width in points."""
    look = style.look(shape.role)
    stroke, fill, wide = look.stroke, look.fill, look.width
    if shape.factor:
        factor = style.factor(shape.factor)
        stroke, fill = factor.stroke, factor.tint if fill else ""
        wide = max(wide, style.factor_width)
    shown = fill if filled and fill else "none"
    made = f' fill="{shown}" stroke="{stroke}" stroke-width="{_n(wide * _PT)}"'
    if look.dash and not shape.factor:
        made += f' stroke-dasharray="{" ".join(_n(d * _PT) for d in look.dash)}"'
    return made, stroke, wide


def _shape(shape: Shape, place: _Place) -> str:
    if isinstance(shape, Label):
        return _label(shape, place)
    if isinstance(shape, Line | Arc):
        return _path(shape, place)
    if isinstance(shape, Circle):
        (x, y), r = place(shape.centre), _n(shape.radius * PX)
        kind, geometry = "circle", f'cx="{_n(x)}" cy="{_n(y)}" r="{r}"'
    else:
        rounded = f' rx="{_n(shape.rounded * PX)}"' if shape.rounded else ""
        corners = bounding((place(shape.low), place(shape.high)))
        kind, geometry = "rect", _sides(corners) + rounded
    paint, *_ = _paint(shape, place.style, filled=True)
    return f"<{kind}{_attributes(shape, 'shape')} {geometry}{paint}/>"


def _sides(rect: Rect) -> str:
    """A rectangle in user units."""
    left, top, right, foot = rect
    x, y, wide, high = (_n(v) for v in (left, top, right - left, foot - top))
    return f'x="{x}" y="{y}" width="{wide}" height="{high}"'


def _path(shape: Line | Arc, place: _Place) -> str:
    """A line or an arc, and its arrow head as a shape of its own (markers take no colour)."""
    if isinstance(shape, Arc):
        points: tuple[Point, ...] = (shape.start, *controls(shape), shape.end)
        arrow, closed = True, False
    else:
        points, arrow, closed = shape.points, shape.arrow, shape.closed
    paint, stroke, wide = _paint(shape, place.style, filled=closed)
    tip = _head(points[-2], points[-1], wide) if arrow else ()
    if tip:
        points = (*points[:-1], tip[2])
    first, *rest = map(place.text, points)
    way = "C" + " ".join(rest) if isinstance(shape, Arc) else "".join(f"L{p}" for p in rest)
    d, attributes = f"M{first}{way}{'Z' if closed else ''}", _attributes(shape, "shape")
    if not tip:
        return f'<path{attributes} d="{d}"{paint}/>'
    head = f'<path class="cg-head" d="M{"L".join(map(place.text, tip))}Z" fill="{stroke}"/>'
    return f'<g{attributes}><path d="{d}"{paint}/>{head}</g>'


def _head(before: Point, end: Point, wide: float) -> tuple[Point, ...]:
    """The corners of an arrow head: tip, left, where the line ends under it, right."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    far = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / far, dy / far
    long, half = (4.2 + 1.6 * wide) * POINT, (1.6 + 0.9 * wide) * POINT
    back = (end[0] - long * ux, end[1] - long * uy)
    notch = (end[0] - 0.7 * long * ux, end[1] - 0.7 * long * uy)
    left = (back[0] - half * uy, back[1] + half * ux)
    right = (back[0] + half * uy, back[1] - half * ux)
    return (end, left, notch, right)


def _label(label: Label, place: _Place) -> str:
    measured = labelled(label)
    colour = place.style.look(label.role).text
    if label.factor:
        colour = place.style.factor(label.factor).text
    made = [f'<g{_attributes(label, "label")} fill="{colour}">']
    if label.plate:
        left, bottom, right, top = grown(measured.box(), PLATE)
        corners = (*place((left, top)), *place((right, bottom)))
        made.append(f'<rect class="cg-plate" {_sides(corners)} fill="{place.style.paper}"/>')
    x, y = place(baseline(measured))
    for part in setting(label.text, label.size).drawn():
        match part:
            case Run():
                made.append(_run(part, x, y, colour, place))
            case Stroke():
                made.append(_stroke(part, x, y, colour, place.style))
            case Panel():
                made.append(_panel(part, x, y, place.style))
    return "".join([*made, "</g>"])


def _tagged(tags: tuple[tuple[str, str], ...], colour: str, style: Style) -> tuple[str, str]:
    """Attributes for our own macros around a part, and its colour."""
    made = ""
    for kind, key in tags:
        if kind in ("cgf", "cgc") and key.isdigit() and int(key):
            colour = style.factor(int(key)).text
            made += f' data-factor="{int(key)}"'
        elif kind == "cghl":
            colour = style.look("highlight").text
        elif kind in ("cgr", "cgn", "cgat"):
            name = {"cgr": "ref", "cgn": "figure", "cgat": "at"}[kind]
            made += f" data-{name}={quoteattr(_text(key))}"
    return made, colour


def _run(run: Run, x: float, y: float, colour: str, place: _Place) -> str:
    """Characters at their place; ``textLength`` holds them to it whatever font is there. A single
    letter stands in the middle of its place with its own width."""
    tags, own = _tagged(run.tags, colour, place.style)
    family, slope, letters = place.letters(run)
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
    return f"<text {at} {shown}>{_text(letters)}</text>"


def _stroke(part: Stroke, x: float, y: float, colour: str, style: Style) -> str:
    tags, own = _tagged(part.tags, colour, style)
    d = "M" + "L".join(f"{_n(x + a * _PT)} {_n(y - b * _PT)}" for a, b in part.points)
    return f'<path d="{d}" fill="none" stroke="{own}" stroke-width="{_n(part.width * _PT)}"{tags}/>'


def _panel(part: Panel, x: float, y: float, style: Style) -> str:
    left, bottom, right, top = part.box
    corners = (x + left * _PT, y - top * _PT, x + right * _PT, y - bottom * _PT)
    key = part.tags[0][1]
    k = int(key) if key.isdigit() and int(key) else 1
    factor = style.factor(k)
    return (
        f'<rect {_sides(corners)} rx="3" fill="{factor.tint}" stroke="{factor.stroke}" '
        f'data-factor="{k}"/>'
    )
