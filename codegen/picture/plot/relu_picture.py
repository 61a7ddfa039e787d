"""A function as a growing sum of ReLUs: one step of a reveal for each term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..label.measure import labelled
from ..label.place import Crowd, framed
from ..scene.rect import Point
from ..scene.scene import Circle, Label, Line, Scene, Shape
from .axes import Frame, axes
from .plot import Data, pieces_inside

_WIDE, _HIGH, _STRIP = 8.6, 3.0, 1.1  # of the plot and of the strip below it, cm


def relu_sum_scene(
    target: Data,
    sums: Sequence[Data],
    terms: Sequence[Data],
    knots: Sequence[Point],
    *,
    target_label: str,
    sum_labels: Sequence[str],
    term_labels: Sequence[str],
    notes: Sequence[str] = (),
    decimal: str = ".",
    about: str = "",
) -> Scene:
    """Step k shows the function (thin), its sum of k terms (thick) with the knots so far, and the
    k-th term alone (dashed) in a strip below, at the same scale.

    ``sums[k]``, ``terms[k]`` are the points of step k + 1 and ``knots[k]`` the point of its knot on
    the function; what leaves the window is cut. The labels (rich text) and ``notes`` (the error,
    say) change with the step. All sequences but ``notes`` have one length.
    """
    xs = [p[0] for p in target if p]
    ys = [p[1] for p in target if p]
    room = 0.22 * ((max(ys) - min(ys)) or 1.0)  # a sum leaves the function before its next knot
    y = (min(ys) - room, max(ys) + room)
    x = (min(xs), max(xs))
    upper = Frame(x, y, _WIDE, _HIGH, decimal=decimal, x_ticks=())
    reach = (y[1] - y[0]) / _HIGH * _STRIP / 2  # the same scale as above
    origin = (0.0, -_STRIP - 0.62)
    lower = Frame(x, (-reach, reach), _WIDE, _STRIP, "$x$", decimal=decimal, origin=origin)
    shapes = axes(upper, Crowd()) + axes(lower, Crowd())
    shapes += _curve(target, upper, "thin")
    shapes += _legend((0.0, upper.top + 0.28), target_label, "thin", 1, 0)
    for k in range(len(sums)):
        at, until = k + 1, (0 if k + 1 == len(sums) else k + 1)
        shapes += _curve(sums[k], upper, "thick", at, until)
        shapes += _curve(terms[k], lower, "rising", at, until)
        place = upper.at(*knots[k])
        if place:
            shapes.append(Circle(place, 0.06, role="dot", at=at))
        shapes += _legend((2.2, upper.top + 0.28), sum_labels[k], "thick", at, until)
        shapes += _legend((0.0, lower.top + 0.26), term_labels[k], "rising", at, until)
        if k < len(notes) and notes[k]:
            where = (upper.right, upper.top + 0.28)
            shapes.append(labelled(Label(where, notes[k], anchor="east", at=at, until=until)))
    return framed(shapes, about)


def _curve(points: Data, frame: Frame, role: str, at: int = 1, until: int = 0) -> Iterator[Shape]:
    for piece in pieces_inside(points, frame):
        yield Line(tuple(piece), role=role, at=at, until=until)


def _legend(place: Point, text: str, role: str, at: int, until: int) -> Iterator[Shape]:
    """A short piece of the line and its name."""
    if text:
        x, y = place
        yield Line(((x, y), (x + 0.55, y)), role=role, at=at, until=until)
        name = Label((x + 0.67, y), text, anchor="west", role=role, at=at, until=until)
        yield labelled(name)
