"""The frame of a plot: scales, round tick values, grid and axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from ....derive.language.errors import ChalkgradError
from ..label.measure import labelled, measure
from ..label.place import Crowd
from ..scene.rect import Point, Rect
from ..scene.scene import Label, Line, Shape

_BELOW, _ASIDE = 0.17, 0.1  # the gaps between the frame and its tick labels, cm


@dataclass(frozen=True)
class Frame:
    """The window of a plot: the ranges ``x`` and ``y`` drawn ``wide`` by ``high`` cm, its lower
    left corner at ``origin``.

    ``x_label`` and ``y_label`` are rich text. ``x_ticks``, ``y_ticks``: tick values instead of
    round ones (an empty tuple: none). ``decimal`` is the mark between units and tenths.
    Raises ChalkgradError for a range that is empty.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    wide: float = 6.0
    high: float = 3.8
    x_label: str = ""
    y_label: str = ""
    decimal: str = "."
    x_ticks: Sequence[float] | None = None
    y_ticks: Sequence[float] | None = None
    grid: bool = True
    origin: Point = (0.0, 0.0)

    def __post_init__(self) -> None:
        for name, (low, high) in (("x", self.x), ("y", self.y)):
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ChalkgradError(f"the range of {name} is empty: {low} to {high}", where="plot")

    @property
    def right(self) -> float:
        return self.origin[0] + self.wide

    @property
    def top(self) -> float:
        return self.origin[1] + self.high

    @property
    def box(self) -> Rect:
        """The rectangle that it takes."""
        return (*self.origin, self.right, self.top)

    def corners(self) -> tuple[Point, ...]:
        """Its border, closed."""
        left, bottom, right, top = self.box
        return ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))

    def at(self, x: float, y: float) -> Point | None:
        """Where a point lies, in cm; None for what is not finite and has no place."""
        u, v = _part(x, self.x), _part(y, self.y)
        if u is None or v is None:
            return None
        return (self.origin[0] + u * self.wide, self.origin[1] + v * self.high)


def _part(value: float, limits: tuple[float, float]) -> float | None:
    if not math.isfinite(value):
        return None
    low, high = limits
    # what is very far away stays finite, so that clipping can cut it
    return max(-1e4, min(1e4, (value - low) / (high - low)))


def nice_ticks(low: float, high: float, about: int = 5) -> tuple[Decimal, ...]:
    """About that many multiples of 1, 2 or 5 times a power of ten between two bounds."""
    raw = (high - low) / max(about, 1)
    power = math.floor(math.log10(raw))
    part = raw / 10.0**power
    factor = 1 if part < 1.41 else 2 if part < 3.16 else 5 if part < 7.07 else 10
    step = Decimal(factor).scaleb(power)
    slack = (high - low) * 1e-9
    first, last = math.ceil((low - slack) / float(step)), math.floor((high + slack) / float(step))
    return tuple(k * step for k in range(first, last + 1))


def tick_text(value: Decimal | float, decimal: str = ".") -> str:
    """A tick's number as rich text: no needless zeros, the language's decimal mark."""
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    text = format(number.normalize() + 0, "f")
    mark = "{,}" if decimal == "," else decimal
    return f"${text.replace('.', mark)}$"


def axes(frame: Frame, crowd: Crowd, *, zero: bool = True) -> list[Shape]:
    """Grid, axes, ticks and the names of the axes; its labels are entered into ``crowd``.

    Without ``zero`` no lines are drawn for the axes (the caller draws a border)."""
    left, bottom, right, top = frame.box
    rules: list[Shape] = []
    texts: list[Label] = []
    for value, text in _fitting(frame):
        if place := frame.at(value, frame.y[0]):
            rules.append(Line(((place[0], bottom), (place[0], top)), role="grid"))
            texts.append(_label((place[0], bottom - _BELOW), text, "north"))
    for value, text in _ticks(frame.y, frame.y_ticks, frame.high / 0.75, frame.decimal):
        if place := frame.at(frame.x[0], value):
            rules.append(Line(((left, place[1]), (right, place[1])), role="grid"))
            texts.append(_label((left - _ASIDE, place[1]), text, "east"))
    shapes = rules if frame.grid else []
    shapes += [Line(ends, role="axis") for ends in (_zero_lines(frame) if zero else ())]
    shapes += [crowd.put([one]) for one in texts]
    return shapes + _names(frame, crowd)


def _fitting(frame: Frame) -> list[tuple[float, str]]:
    """The ticks of x, few enough that their numbers stand apart."""
    most = max(2, round(frame.wide / 1.1))
    tried = [_ticks(frame.x, frame.x_ticks, about, frame.decimal) for about in range(most, 0, -1)]
    if frame.x_ticks:
        tried = [tried[0][::step] for step in (1, 2, 3, 5, 10)]
    return next((made for made in tried if _stand_apart(made, frame)), tried[0][:1])


def _stand_apart(ticks: Sequence[tuple[float, str]], frame: Frame) -> bool:
    placed = [(frame.at(x, frame.y[0]), measure(text, "tiny")[0]) for x, text in ticks]
    shown = sorted((place[0], wide) for place, wide in placed if place)
    return all(b - a > (v + w) / 2 + 0.1 for (a, v), (b, w) in pairwise(shown))


def _label(where: Point, text: str, anchor: str, size: str = "tiny") -> Label:
    return labelled(Label(where, text, anchor=anchor, size=size, role="axis"))


def _zero_lines(frame: Frame) -> list[tuple[Point, Point]]:
    """The axes: through zero where it is inside, else along the left and the lower edge."""
    left, bottom, right, top = frame.box
    zero_x = frame.at(0.0, frame.y[0]) if frame.x[0] < 0 < frame.x[1] else None
    zero_y = frame.at(frame.x[0], 0.0) if frame.y[0] < 0 < frame.y[1] else None
    x = zero_x[0] if zero_x else left
    y = zero_y[1] if zero_y else bottom
    return [((left, y), (right, y)), ((x, bottom), (x, top))]


def _ticks(
    limits: tuple[float, float], given: Sequence[float] | None, about: float, decimal: str
) -> list[tuple[float, str]]:
    low, high = limits
    values: Sequence[float | Decimal] = nice_ticks(low, high, max(1, round(about)))
    if given is not None:
        values = [v for v in given if low <= v <= high]
    return [(float(v), tick_text(v, decimal)) for v in values]


def _names(frame: Frame, crowd: Crowd) -> list[Shape]:
    """The name of x at the right end of its tick labels, or below them; that of y above the top."""
    left, bottom, right, top = frame.box
    made: list[Shape] = []
    below = min([bottom, *(one.box()[1] for one in crowd.labels)])
    aside = min([left, *(one.box()[0] for one in crowd.labels)])
    if frame.x_label:
        wide, high = measure(frame.x_label, "small")
        centred = _label(((left + right) / 2, below - 0.06), frame.x_label, "north", "small")
        short = replace(
            centred, where=(right + 0.22 + wide / 2, (bottom - _BELOW + below + high) / 2)
        )
        made.append(crowd.put([short, centred] if wide < 0.7 else [centred]))
    if frame.y_label:
        name = _label((aside, top + 0.12), frame.y_label, "south", "small")
        made.append(crowd.put([replace(name, where=(aside + name.wide / 2, top + 0.18))]))
    return made
