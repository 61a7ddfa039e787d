"""A function as a growing sum of ReLUs: one step of a reveal for each term."""

from __future__ import annotations

from collections.abc import Sequence

from ..label.measure import labelled
from ..label.place import Crowd, framed
from ..scene.rect import Point
from ..scene.scene import Circle, Label, Scene
from .axes import Frame, axes
from .plot import Data, clipped, legend

_PIECE = 0.55  # of a line, beside its name
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
    shapes += clipped(target, upper, "thin")
    shapes += legend((0.0, upper.top + 0.28), _PIECE, target_label, "thin", 1)
    for k in range(len(sums)):
        at, until = k + 1, (0 if k + 1 == len(sums) else k + 1)
        shapes += clipped(sums[k], upper, "thick", at=at, until=until)
        shapes += clipped(terms[k], lower, "rising", at=at, until=until)
        place = upper.at(*knots[k])
        if place:
            shapes.append(Circle(place, 0.06, role="dot", at=at))
        shapes += legend((2.2, upper.top + 0.28), _PIECE, sum_labels[k], "thick", at, until)
        shapes += legend((0.0, lower.top + 0.26), _PIECE, term_labels[k], "rising", at, until)
        if k < len(notes) and notes[k]:
            where = (upper.right, upper.top + 0.28)
            shapes.append(labelled(Label(where, notes[k], anchor="east", at=at, until=until)))
    return framed(shapes, about)
