"""Names on the edges of a layer: each on its own edge, on nothing else, near the source if it can.

A search with backtracking. Where not all names find a place, the drawing keeps those of the first
and the last source, then those of the two outer edges: a reader sees the pattern, the rest follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..label.measure import PLATE, labelled
from ..scene.rect import Point, Rect, crosses, grown, overlap
from ..scene.scene import Label
from .model import SIZE

_WANTED = 0.3  # the place on the edge, from its source
_STEP, _COARSE, _MANY = 0.0125, 0.03, 12  # steps along an edge; coarse where edges are many
_GAP = 0.03
_EFFORT = 4000  # steps of the search


@dataclass(frozen=True)
class Edge:
    start: Point
    end: Point
    ref: str
    text: str

    def at(self, t: float) -> Point:
        (a, b), (c, d) = self.start, self.end
        return a + t * (c - a), b + t * (d - b)


def name_edges(edges: Sequence[Edge], solid: Sequence[Rect], right: float) -> list[Label]:
    """Labels for as many edges as have room. ``solid`` are rectangles that they must not touch,
    ``right`` is where the units begin."""
    places = {e.ref: _places(e, edges, solid, right) for e in edges}
    sources = list(dict.fromkeys(e.start for e in edges))
    for keep in (sources, [sources[0], sources[-1]] if sources else []):
        wanted = [e for e in edges if e.start in keep]
        found = _search(wanted, places)
        if found:
            return found
    outer = [edges[0], edges[-1]] if edges else []
    return _search(outer, places) or _greedy(outer, places)


def _places(edge: Edge, edges: Sequence[Edge], solid: Sequence[Rect], right: float) -> list[Label]:
    """The label wherever it touches neither another edge nor what is drawn, best place first."""
    made = []
    wanted = 0.5 if len(edges) == 1 else _WANTED
    name = Label((0.0, 0.0), edge.text, "centre", SIZE, True, role="weight", ref=edge.ref)
    first = labelled(name)
    others = [e for e in edges if e is not edge]
    step = _STEP if len(edges) <= _MANY else _COARSE
    for k in range(round(1 / step)):
        one = replace(first, where=edge.at(k * step))
        box = one.box()
        plate = grown(box, PLATE)
        if not (
            box[0] < edge.start[0] + 0.03
            or box[2] > right - 0.16
            or any(overlap(plate, rect, _GAP) for rect in solid)
            or any(crosses(plate, e.start, e.end) for e in others)
        ):
            made.append((abs(k * step - wanted), k, one))
    return [one for _, _, one in sorted(made, key=lambda m: m[:2])]


def _search(edges: Sequence[Edge], places: dict[str, list[Label]]) -> list[Label]:
    """One place for each edge so that no two touch; empty where the search finds none."""
    order = sorted(edges, key=lambda e: len(places[e.ref]))
    chosen: list[Label] = []
    left = [_EFFORT]

    def go(k: int) -> bool:
        if k == len(order):
            return True
        for one in places[order[k].ref]:
            left[0] -= 1
            if left[0] < 0:
                return False
            if _free(one, chosen):
                chosen.append(one)
                if go(k + 1):
                    return True
                chosen.pop()
        return False

    return chosen if go(0) else []


def _greedy(edges: Sequence[Edge], places: dict[str, list[Label]]) -> list[Label]:
    chosen: list[Label] = []
    for edge in edges:
        chosen += [one for one in places[edge.ref] if _free(one, chosen)][:1]
    return chosen


def _free(one: Label, chosen: Sequence[Label]) -> bool:
    return not any(overlap(one.box(), other.box(), 2 * _GAP) for other in chosen)
