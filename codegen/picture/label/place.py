"""Labels that keep out of each other's way: the first of several places where one fits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    wanted, sizes = [labels[k].where[1] for k in order], [labels[k].high for k in order]
    places = dict(zip(order, settled(wanted, sizes, gap, low, high), strict=True))
    return [replace(one, where=(one.where[0], places[k])) for k, one in enumerate(labels)]


def settled(
    wanted: Sequence[float], sizes: Sequence[float], gap: float,
    low: float = -math.inf, high: float = math.inf,
) -> list[float]:  # fmt: skip
    """Where things of these sizes stand that are wanted at rising heights: ``gap`` apart, moved as
    little as needed (in the mean), between ``low`` and ``high`` where that is possible."""
    blocks: list[tuple[range, float]] = []  # neighbours that push each other, and their middle

    def tall(members: range) -> float:
        return sum(sizes[k] for k in members) + gap * (len(members) - 1)

    def places(members: range, middle: float) -> Iterator[float]:
        bottom = middle - tall(members) / 2
        for k in members:
            yield bottom + sizes[k] / 2
            bottom += sizes[k] + gap

    def block(members: range) -> tuple[range, float]:
        shifts = [wanted[k] - y for k, y in zip(members, places(members, 0.0), strict=True)]
        half = tall(members) / 2
        return members, max(low + half, min(high - half, sum(shifts) / len(shifts)))

    for k in range(len(wanted)):
        blocks.append(block(range(k, k + 1)))
        while len(blocks) > 1:
            (below, y), (above, z) = blocks[-2:]
            if z - y >= (tall(below) + tall(above)) / 2 + gap - 1e-9:
                break
            blocks[-2:] = [block(range(below.start, above.stop))]
    return [y for members, middle in blocks for y in places(members, middle)]
