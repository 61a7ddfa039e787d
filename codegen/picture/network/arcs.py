"""What is laid over a network's drawing: arcs of the chain rule, boxes, a lit path, numbers.

Every function returns a new scene; steps of a reveal are counted from 1. What a drawing does not
show (a unit that dots stand for) is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ....derive.language.refs import ref
from ..label.measure import labelled, measure
from ..label.place import Crowd
from ..scene.rect import Point, Rect, grown, holds, overlap, united
from ..scene.scene import Arc, Box, Circle, Label, Line, Scene, Shape, bounds
from .arcs_route import factor_arc, peak, solid, whole_arc
from .regions import column, fastening, over, region, under

Entry = tuple[str, tuple[int, ...]]
_BESIDE = 0.2  # cm between neighbours at most
_ASIDE = 0.13  # arriving and leaving arcs stand so far from the middle of a box


@dataclass(frozen=True)
class _Factor:
    """One factor of a chain: from ``above`` to ``below``, its colour, its step of the reveal;
    ``under``: its arc passes below the network."""

    above: str
    below: str
    colour: int
    step: int
    under: bool


def _factors(scene: Scene, paths: Sequence[Sequence[str]], first_step: int) -> list[_Factor]:
    """The factors of all paths, each once. One path has a colour per factor, of several each has
    one, and every second one passes below the network, where the loss needs no arc to the box that
    makes it; what is not drawn is passed over."""
    made: dict[tuple[str, str], _Factor] = {}
    step = first_step
    for way, path in enumerate(paths, 1):
        drawn = [(k, n) for k, n in enumerate(path) if region(scene, n) is not None]
        for (_, a), (k, b) in pairwise(drawn):
            if way % 2 == 0 and a == path[0] and _neighbours(scene, a, b):
                continue
            colour = way if len(paths) > 1 else k
            at = max(1, step + k - 1)
            made.setdefault((a, b), _Factor(a, b, colour, at, under=way % 2 == 0))
        step += len(path) - 1
    return list(made.values())


def _neighbours(scene: Scene, a: str, b: str) -> bool:
    """Do two tensors stand side by side?"""
    return overlap(fastening(scene, a), fastening(scene, b), _BESIDE)


def chain_arcs(scene: Scene, *paths: Sequence[str], first_step: int = 2) -> Scene:
    """One arc per factor along each path (``["L", "y1", "v1", "W1"]``) and one from end to end.

    The k-th arc and the box round the tensor it reaches have the colour of factor k, of several
    paths that of their path, and appear at ``first_step + k - 1``, path by path; the arc of the
    whole derivative stands there from the step before. The header row moves up where the arcs need
    its place."""
    factors = _factors(scene, paths, first_step)
    if not factors:
        return scene
    scene = chain_boxes(scene, *paths, first_step=first_step)
    blocks, first, last = solid(scene), factors[0].above, factors[-1].below
    arcs = [_arc(scene, blocks, f, starts=f.above == first) for f in factors]
    every: list[Arc | Line] = [*arcs]
    turns = any(a.end[0] > a.start[0] + 3 * _ASIDE for a in arcs)  # a recurrence, on the way back
    if len(arcs) > 1 and not turns:
        above, below = fastening(scene, first), fastening(scene, last)
        start = (above[2] + _ASIDE, above[3] + 0.02)
        step = max(1, first_step - 1)
        ways = [a for a, f in zip(arcs, factors, strict=True) if not _is_loop(scene, f)]
        every.append(whole_arc(blocks, ways, start, _top(below, -_ASIDE), (above, below), step))
    return over(_lifted(scene, max(map(peak, every))), every)


def _is_loop(scene: Scene, f: _Factor) -> bool:
    """Does a parameter stand in the box that it is read by?"""
    above, below = fastening(scene, f.above), fastening(scene, f.below)
    return above[0] <= below[0] and below[2] <= above[2]


def _arc(scene: Scene, blocks: Sequence[Rect], f: _Factor, *, starts: bool) -> Arc:
    above, below = fastening(scene, f.above), fastening(scene, f.below)
    if f.under:
        above, below, blocks = _flipped(above), _flipped(below), [_flipped(b) for b in blocks]
    start, end = _top(above, 0.0 if starts else -_ASIDE), _top(below, _ASIDE)
    made = factor_arc(blocks, start, end, (above, below), f.colour, f.step)
    if not f.under:
        return made
    (x0, y0), (x1, y1) = made.start, made.end
    return replace(made, start=(x0, -y0), end=(x1, -y1), height=-made.height)


def _flipped(rect: Rect) -> Rect:
    """Upside down."""
    left, bottom, right, top = rect
    return (left, -top, right, -bottom)


def chain_boxes(scene: Scene, *paths: Sequence[str], first_step: int | None = None) -> Scene:
    """The boxes round the tensors of the paths in the colours of the factors: at once, or one a
    step from ``first_step`` on."""
    below: list[Shape] = []
    reached: set[str] = set()
    step = 1 if first_step is None else first_step
    for way, path in enumerate(paths, 1):
        for k, name in enumerate(path[1:], 1):
            if name not in reached:
                reached.add(name)
                at = 1 if first_step is None else max(1, step + k - 1)
                below += _boxes(scene, name, way if len(paths) > 1 else k, at)
        step += len(path) - 1
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
        Box(r[:2], r[2:], 0.08, role=role, factor=factor, ref=name, at=at)
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
    held = united(rects)
    return over(scene, [Box(held[:2], held[2:], 0.14, role="region", at=at, until=until)])


def active_path(
    scene: Scene, entries: Sequence[Entry], *, factors: Sequence[int] = (), at: int = 1
) -> Scene:
    """The entries of one path lit: weights as thick edges, everything else in a tinted box, its
    wire strong. The k-th entry has the colour of factor k, or of ``factors[k-1]``."""
    boxes: list[Shape] = []
    strong: list[Shape] = []
    for k, entry in enumerate(entries):
        name = ref(*entry)
        factor = factors[k] if k < len(factors) else k + 1
        own = [s for s in scene.shapes if s.ref == name]
        labels = [s for s in own if isinstance(s, Label) and not _inside(s, scene)]
        lines = [s for s in own if isinstance(s, Line) and s.role in ("wire", "weight", "bias")]
        for line in lines:
            strong.append(replace(line, role="lit", factor=factor, at=at))
        for label in labels:
            box = grown(label.box(), 0.05, 0.03)
            made = Box(box[:2], box[2:], 0.07, role="reach", factor=factor, ref=name, at=at)
            edge = any(s.role == "weight" for s in lines)
            (strong if edge else boxes).append(made)
            strong.append(replace(label, factor=factor, plate=False, at=at))
    return over(under(scene, boxes), strong)


def _inside(label: Label, scene: Scene) -> bool:
    """The sign in a unit or gate, which is no symbol of the entry."""
    return any(
        (isinstance(s, Circle) and s.centre == label.where)
        or (isinstance(s, Box) and s.role in ("gate", "box") and holds(bounds(s), label.where))
        for s in scene.shapes
    )


def values_on(scene: Scene, values: Mapping[str, str]) -> Scene:
    """Numbers (rich text) at the wires: under the symbol where it is free, else beside it."""
    crowd = Crowd(gap=0.04)
    for shape in scene.shapes:
        if isinstance(shape, Label):
            crowd.labels.append(shape)
        elif isinstance(shape, Circle | Box) and shape.role not in ("reach", "region"):
            crowd.rects.append(bounds(shape))
        elif isinstance(shape, Line):
            crowd.avoid(shape)
    made: list[Shape] = []
    for of, text in values.items():
        for label in scene.shapes:
            if isinstance(label, Label) and label.ref == of and not _inside(label, scene):
                best = crowd.put(_beside(label, text))
                crowd.labels.pop()
                if crowd.cost(best) < 100:
                    crowd.labels.append(best)
                    made.append(best)
    return over(scene, made)


def _beside(label: Label, text: str) -> list[Label]:
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
        one = Label(where, text, anchor, label.size, plate, role="value", ref=label.ref)
        made.append(labelled(one))
    return made
