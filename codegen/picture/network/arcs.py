"""What is laid over a network's drawing: arcs of the chain rule, boxes, a lit path, numbers.

Every function returns a new scene; steps of a reveal are counted from 1. What a drawing does not
show (a unit that dots stand for) is passed over.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ....derive.language.refs import ref
from ..label.measure import labelled, measure
from ..label.place import Crowd
from ..scene.scene import Box, Circle, Label, Line, Point, Scene, Shape
from .arcs_route import Route
from .regions import Rect, column, grown, over, region, under, united

Entry = tuple[str, tuple[int, ...]]
_ASIDE = 0.13  # arriving and leaving arcs stand so far from the middle of a box


def chain_arcs(
    scene: Scene,
    path: Sequence[str],
    *,
    first_step: int = 2,
    labels: Sequence[str] = (),
    total: str = "",
) -> Scene:
    """One arc per factor along ``path`` (``["L", "y1", "v1", "W1"]``) and one from end to end.

    The k-th arc, the box round the tensor it reaches and its label (rich text, ``labels[k-1]``)
    have the colour of factor k and appear at ``first_step + k - 1``; the arc of the whole
    derivative, with the label ``total``, stands there from the step before. The header row moves up
    where the arcs need its place."""
    names = [n for n in path if region(scene, n) is not None]
    if len(names) < 2:
        return scene
    steps = {n: max(1, first_step + k - 1) for k, n in enumerate(path[1:], 1)}
    factors = {n: k for k, n in enumerate(path[1:], 1)}
    rects = {n: r for n in names if (r := region(scene, n)) is not None}
    below: list[Shape] = []
    for name in names[1:]:
        below += _boxes(scene, name, factors[name], steps[name])
    scene = under(scene, below)
    route = Route(scene)
    first, last = rects[names[0]], rects[names[-1]]
    ends = (first[2] + _ASIDE, first[3] + 0.02), _top(last, -_ASIDE)
    if len(names) > 2:
        route.reserve(ends[0])
        route.reserve(ends[1])
    texts = dict(zip(path[1:], labels, strict=False))
    for k, (a, b) in enumerate(itertools.pairwise(names)):
        start, both = _top(rects[a], 0.0 if k == 0 else -_ASIDE), (rects[a], rects[b])
        route.arc(start, _top(rects[b], _ASIDE), texts.get(b, ""), factors[b], steps[b], both)
    if len(names) > 2:
        route.whole(*ends, total, max(1, first_step - 1), (first, last))
    return over(_lifted(scene, route.top), route.shapes)


def chain_boxes(scene: Scene, path: Sequence[str]) -> Scene:
    """The boxes of `chain_arcs` round the tensors of ``path``, all at once and without arcs."""
    below: list[Shape] = []
    for k, name in enumerate(path[1:], 1):
        if region(scene, name) is not None:
            below += _boxes(scene, name, k, 1)
    return under(scene, below)


def _top(rect: Rect, aside: float) -> Point:
    return (rect[0] + rect[2]) / 2 + aside, rect[3] + 0.02


def _boxes(scene: Scene, name: str, factor: int, at: int) -> list[Shape]:
    """A tinted box round a tensor; biases stand apart, each has its own."""
    own = [s for s in scene.shapes if _is_of(s.ref, name)]
    biases = [s for s in own if s.role == "bias" and isinstance(s, Label)]
    role = "outline" if any(s.role == "weight" for s in own) else "reach"
    rects = [region(scene, b.ref) for b in biases] or [region(scene, name)]
    return [
        Box((r[0], r[1]), (r[2], r[3]), 0.08, role=role, factor=factor, ref=name, at=at)
        for r in rects
        if r is not None
    ]


def _is_of(ref: str, name: str) -> bool:
    return ref == name or ref.startswith(f"{name}[")


def _lifted(scene: Scene, top: float) -> Scene:
    """The header above ``top``."""
    heads = [s for s in scene.shapes if isinstance(s, Label) and s.role == "header"]
    rise = top + 0.08 - min((h.box()[1] for h in heads), default=top + 1)
    if rise <= 0:
        return scene
    shapes = tuple(
        replace(s, where=(s.where[0], s.where[1] + rise)) if isinstance(s, Label) and s in heads
        else s for s in scene.shapes
    )  # fmt: skip
    anchors = {
        k: (p[0], p[1] + rise) if k.startswith("#") and k.endswith(".high") else p
        for k, p in scene.anchors.items()
    }
    low, high = scene.frame()
    return Scene(shapes, scene.about, low, (high[0], high[1] + rise), anchors)


def region_box(scene: Scene, tensors: Sequence[str], *, at: int = 1, until: int = 0) -> Scene:
    """A box round the columns that hold these tensors, header included (the build-up's moving
    box)."""
    rects = [r for n in tensors if (r := column(scene, n) or region(scene, n)) is not None]
    if not rects:
        return scene
    left, bottom, right, top = united(rects)
    box = Box((left, bottom), (right, top), 0.14, role="region", at=at, until=until)
    return over(scene, [box])


def active_path(
    scene: Scene,
    entries: Sequence[Entry | str],
    *,
    factors: Sequence[int] = (),
    at: int = 1,
    until: int = 0,
) -> Scene:
    """The entries of one path lit: weights as thick edges, everything else in a tinted box, its
    wire strong. The k-th entry has the colour of factor k, or of ``factors[k-1]``."""
    boxes: list[Shape] = []
    strong: list[Shape] = []
    for k, entry in enumerate(entries):
        name = entry if isinstance(entry, str) else ref(*entry)
        factor = factors[k] if k < len(factors) else k + 1
        own = [s for s in scene.shapes if s.ref == name]
        labels = [s for s in own if isinstance(s, Label) and not _inside(s, scene)]
        lines = [s for s in own if isinstance(s, Line) and s.role in ("wire", "weight", "bias")]
        for line in lines:
            strong.append(replace(line, role="lit", factor=factor, at=at, until=until))
        for label in labels:
            box = grown(label.box(), 0.05, 0.03)
            low, high = (box[0], box[1]), (box[2], box[3])
            made = Box(low, high, 0.07, role="reach", factor=factor, ref=name, at=at, until=until)
            edge = any(s.role == "weight" for s in lines)
            (strong if edge else boxes).append(made)
            strong.append(replace(label, factor=factor, plate=False, at=at, until=until))
    return over(under(scene, boxes), strong)


def _inside(label: Label, scene: Scene) -> bool:
    """The sign in a unit or gate, which is no symbol of the entry."""
    return any(
        (isinstance(s, Circle) and s.centre == label.where)
        or (
            isinstance(s, Box)
            and s.role in ("gate", "box")
            and s.low[0] < label.where[0] < s.high[0]
            and s.low[1] < label.where[1] < s.high[1]
        )
        for s in scene.shapes
    )  # fmt: skip


def values_on(scene: Scene, values: Mapping[str, str], *, at: int = 1) -> Scene:
    """Numbers (rich text) at the wires: under the symbol where it is free, else beside it."""
    crowd = Crowd(gap=0.04)
    for shape in scene.shapes:
        if isinstance(shape, Label):
            crowd.labels.append(shape)
        elif isinstance(shape, Circle | Box) and shape.role not in ("reach", "region"):
            points = _corners(shape)
            crowd.rects.append(points)
        elif isinstance(shape, Line):
            crowd.avoid(shape)
    made: list[Shape] = []
    for of, text in values.items():
        for label in scene.shapes:
            if isinstance(label, Label) and label.ref == of and not _inside(label, scene):
                best = crowd.put(_beside(label, text, at))
                crowd.labels.pop()
                if crowd.cost(best) < 100:
                    crowd.labels.append(best)
                    made.append(best)
    return over(scene, made)


def _corners(shape: Circle | Box) -> Rect:
    if isinstance(shape, Box):
        return (*shape.low, *shape.high)
    (x, y), r = shape.centre, shape.radius
    return x - r, y - r, x + r, y + r


def _beside(label: Label, text: str, at: int) -> list[Label]:
    """Places for a number, the usual one first: under a wire, beside a bias or a weight."""
    left, bottom, right, top = label.box()
    middle, centre = (left + right) / 2, (bottom + top) / 2
    wire, half = bottom - 0.06, measure(text, label.size)[0] / 2
    low = wire - 0.09
    places = [((middle, low), "north"), ((right + 0.06 - half, low), "north"),
              ((left - 0.06 + half, low), "north"), ((middle, top + 0.04), "south"),
              ((right + 0.06, centre), "west"), ((left - 0.06, centre), "east")]  # fmt: skip
    if label.role in ("bias", "weight"):
        places = [places[4], places[0], places[3], places[5]]
    plate = label.role == "weight"
    made = []
    for where, anchor in places:
        one = Label(where, text, anchor, label.size, plate, role="value", ref=label.ref, at=at)
        made.append(labelled(one))
    return made
