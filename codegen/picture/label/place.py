"""Labels that keep out of each other's way: the first of several places where one fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..scene.rect import Point, Rect, crosses, grown, overlap
from ..scene.scene import Label, Line, Scene, Shape

MARGIN = 0.05  # between a drawing and its frame


def framed(
    shapes: Sequence[Shape],
    about: str = "",
    anchors: Mapping[str, Point] | None = None,
    room: float = MARGIN,
) -> Scene:
    """A scene whose frame leaves a hair of room round its shapes: lines have a width."""
    made = Scene(tuple(shapes), about, anchors=dict(anchors or {}))
    (x0, y0), (x1, y1) = made.frame()
    return replace(made, low=(x0 - room, y0 - room), high=(x1 + room, y1 + room))


def together(a: Shape, b: Shape) -> bool:
    """Whether some step of the reveal shows both."""
    last = min(s.until or 10**9 for s in (a, b))
    return max(a.at, b.at) <= last


@dataclass
class Crowd:
    """The labels placed so far and what they must not touch."""

    lines: list[tuple[Point, Point]] = field(default_factory=list)
    rects: list[Rect] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    gap: float = 0.04

    def avoid(self, line: Line) -> None:
        """Labels placed from now on keep off this line."""
        self.lines += list(pairwise(line.points))

    def cost(self, label: Label) -> int:
        """How badly a label stands: 100 for each label or rectangle it touches, 1 a line."""
        box = label.box()
        hits = sum(
            together(label, one) and overlap(box, one.box(), self.gap) for one in self.labels
        )
        hits += sum(overlap(box, rect, self.gap) for rect in self.rects)
        wide = grown(box, self.gap)
        return 100 * hits + sum(crosses(wide, p, q) for p, q in self.lines)

    def put(self, candidates: Iterable[Label]) -> Label:
        """The first candidate that touches nothing, else the one that touches least."""
        best: Label | None = None
        least = 10**9
        for one in candidates:
            cost = self.cost(one)
            if cost < least:
                best, least = one, cost
            if not least:
                break
        assert best is not None
        self.labels.append(best)
        return best


def spread(labels: Sequence[Label], low: float, high: float, gap: float = 0.06) -> list[Label]:
    """Labels of one column, moved up and down as little as needed so that they do not overlap.

    They stay between ``low`` and ``high`` where that is possible; the order of their heights stays.
    Only labels anchored at their centre, east or west.
    """
    order = sorted(range(len(labels)), key=lambda k: labels[k].where[1])
    blocks: list[tuple[list[int], float]] = []  # labels that touch, and the middle they share
    for k in order:
        blocks.append(([k], _kept(labels[k].where[1], labels[k].high, low, high)))
        while len(blocks) > 1 and _touch(blocks[-2], blocks[-1], labels, gap):
            (lower, _), (upper, _) = blocks[-2:]
            members = lower + upper
            tall = _tall(members, labels, gap)
            middle = _wanted(members, labels, gap)
            blocks[-2:] = [(members, _kept(middle, tall, low, high))]
    places: dict[int, float] = {}
    for members, middle in blocks:
        bottom = middle - _tall(members, labels, gap) / 2
        for k in members:
            places[k] = bottom + labels[k].high / 2
            bottom += labels[k].high + gap
    return [replace(one, where=(one.where[0], places[k])) for k, one in enumerate(labels)]


def _kept(middle: float, tall: float, low: float, high: float) -> float:
    return max(low + tall / 2, min(high - tall / 2, middle))


def _tall(members: Sequence[int], labels: Sequence[Label], gap: float) -> float:
    return sum(labels[k].high for k in members) + gap * (len(members) - 1)


def _touch(
    lower: tuple[list[int], float],
    upper: tuple[list[int], float],
    labels: Sequence[Label],
    gap: float,
) -> bool:
    room = (_tall(lower[0], labels, gap) + _tall(upper[0], labels, gap)) / 2 + gap
    return upper[1] - lower[1] < room - 1e-9


def _wanted(members: Sequence[int], labels: Sequence[Label], gap: float) -> float:
    """The middle of a block that moves its labels least (in the mean)."""
    bottom, shifts = -_tall(members, labels, gap) / 2, 0.0
    for k in members:
        shifts += labels[k].where[1] - (bottom + labels[k].high / 2)
        bottom += labels[k].high + gap
    return shifts / len(members)
