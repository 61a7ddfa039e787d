"""Axes, curves, level lines: where things lie, and what is refused."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.codegen.picture.label.place import Crowd, spread
from chalkgrad.codegen.picture.plot.axes import Frame, nice_ticks, tick_text
from chalkgrad.codegen.picture.plot.contour import level_lines, outlines
from chalkgrad.codegen.picture.plot.curves import loss_curves
from chalkgrad.codegen.picture.plot.plot import (
    Curve,
    Dot,
    pieces_inside,
    plot,
    sample,
)
from chalkgrad.codegen.picture.scene.rect import overlap
from chalkgrad.codegen.picture.scene.scene import Circle, Label, Line, Scene
from chalkgrad.derive.language.errors import ChalkgradError
from tests.picture.clashes import clashes
from tests.picture.plots_cases import surface_plot

FRAME = Frame((-2, 2), (-1, 1), 4.0, 2.0)


def lines(scene: Scene, role: str) -> list[Line]:
    return [s for s in scene.shapes if isinstance(s, Line) and s.role == role]


def texts(scene: Scene) -> list[str]:
    return [s.text for s in scene.shapes if isinstance(s, Label)]


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_and_inside(low: float, wide: float) -> None:
    high = low + wide
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 11
    slack = 1e-8 * (abs(low) + wide)
    assert all(low - slack <= float(t) <= high + slack for t in ticks)
    steps = {b - a for a, b in pairwise(ticks)}
    assert len(steps) == 1
    assert steps.pop().normalize().as_tuple().digits in ((1,), (2,), (5,))


@pytest.mark.parametrize(
    ("value", "mark", "text"),
    [
        (Decimal("0.50"), ",", "$0{,}5$"),
        (Decimal("-20"), ",", "$-20$"),
        (Decimal("1E+3"), ".", "$1000$"),
        (-0.25, ".", "$-0.25$"),
        (Decimal("0.0"), ",", "$0$"),
    ],
)
def test_tick_texts(value: Decimal | float, mark: str, text: str) -> None:
    assert tick_text(value, mark) == text


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_the_numbers_below_the_axis_stand_apart(low: float, wide: float) -> None:
    scene = plot([], Frame((low, low + wide), (0, 1), wide=3.5))
    assert clashes(scene, gap=0.05) == []
    assert any(s.anchor == "north" for s in scene.shapes if isinstance(s, Label))


def test_given_ticks_are_thinned() -> None:
    frame = Frame((0, 1000), (0, 1), wide=4, x_ticks=[50.0 * k for k in range(21)])
    scene = plot([], frame)
    assert clashes(scene) == []
    assert "$0$" in texts(scene)


@pytest.mark.parametrize("limits", [(1.0, 1.0), (2.0, 1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_an_empty_range_is_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(ChalkgradError, match="range of x is empty"):
        Frame(limits, (0, 1))


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=12))
def test_clipped_curves_stay_inside(points: list[tuple[float, float]]) -> None:
    left, bottom, right, top = FRAME.box
    for piece in pieces_inside(points, FRAME):
        assert len(piece) > 1
        assert all(left - 1e-9 <= x <= right + 1e-9 for x, _ in piece)
        assert all(bottom - 1e-9 <= y <= top + 1e-9 for _, y in piece)


def test_clipping_keeps_what_is_inside() -> None:
    (piece,) = pieces_inside([(-4, 0), (0, 0), (0, 3)], FRAME)
    assert piece == [(0.0, 1.0), (2.0, 1.0), (2.0, 2.0)]


def test_a_jump_interrupts_the_curve() -> None:
    points = sample(lambda x: math.copysign(0.5, x), -2, 2, jumps=(0,))
    assert points.count(None) == 1
    (left, right) = pieces_inside(points, FRAME)
    assert {y for _, y in left} == {0.5}
    assert {y for _, y in right} == {1.5}


def test_a_kink_is_sampled_and_a_pole_is_a_gap() -> None:
    assert (0.3, 0.3) in sample(lambda x: x, -1, 1, n=5, kinks=(0.3,))
    assert sample(lambda x: 1 / x, -1, 1, n=3) == [(-1, -1), None, (1, 1)]


def test_open_and_filled_points() -> None:
    scene = plot([], FRAME, dots=[Dot(0, 0), Dot(1, 0.5, open=True), Dot(0, math.nan)])
    assert [s.role for s in scene.shapes if isinstance(s, Circle)] == ["dot", "ring"]


def test_names_at_the_right_end_are_spread() -> None:
    curves = [Curve([(-2, 0), (2, 0.02 * k)], f"curve {k}", f"series{k + 1}") for k in range(5)]
    scene = plot(curves, FRAME)
    assert clashes(scene) == []
    names = {s.text: s for s in scene.shapes if isinstance(s, Label) and s.anchor == "west"}
    heights = [names[f"curve {k}"].where[1] for k in range(5)]
    assert heights == sorted(heights)
    assert all(s.where[0] > FRAME.right for s in names.values())


@given(st.lists(st.floats(0, 3), min_size=1, max_size=6))
def test_spread_keeps_order_and_distance(heights: list[float]) -> None:
    labels = [Label((0, y), "x", anchor="west", wide=1, high=0.3) for y in heights]
    made = spread(labels, 0, 4, gap=0.05)
    for a in range(len(labels)):
        assert made[a].box()[1] >= -1e-9
        assert made[a].box()[3] <= 4 + 1e-9
        for b in range(a):
            assert not overlap(made[a].box(), made[b].box(), 0.04)
            if heights[a] < heights[b]:
                assert made[a].where[1] < made[b].where[1]


def test_labels_that_are_apart_do_not_move() -> None:
    labels = [Label((0, y), "x", anchor="west", wide=1, high=0.3) for y in (0.5, 2.0)]
    assert spread(labels, 0, 4) == labels


def test_a_crowd_takes_the_first_free_place() -> None:
    crowd = Crowd()
    taken = crowd.put([Label((0, 0), "a", wide=1, high=1)])
    second = [Label((x, 0), "b", wide=1, high=1) for x in (0.5, 3.0, 6.0)]
    assert crowd.put(second).where == (3.0, 0)
    assert taken.where == (0, 0)
    later = Label((0, 0), "c", wide=1, high=1, at=2)
    gone = Crowd(labels=[Label((0, 0), "a", wide=1, high=1, until=1)])
    assert gone.put([later]) is later


def test_an_asymptote_crosses_the_whole_frame() -> None:
    (level,) = lines(plot([], FRAME, levels=[0.5]), "target")
    assert level.points == ((0.0, 1.5), (4.0, 1.5))


def test_a_circle_is_one_closed_level_line() -> None:
    xs = [-2 + k / 20 for k in range(81)]
    (line,) = level_lines(xs, xs, [[x * x + y * y for x in xs] for y in xs], 1.0)
    assert line[0] == line[-1]
    assert all(math.hypot(x, y) == pytest.approx(1, abs=1e-3) for x, y in line)


@pytest.mark.parametrize(("level", "corner"), [(0.4, (1.0, -1.0)), (0.6, (-1.0, -1.0))])
def test_a_saddle_is_open_where_its_middle_is(level: float, corner: tuple[float, float]) -> None:
    """Two lines, each round one corner: the low ones if the middle is above, else the high ones."""
    ends = level_lines([-1.0, 1.0], [-1.0, 1.0], [[1, 0], [0, 1]], level)
    assert len(ends) == 2
    near = [max(math.dist(p, corner) for p in line) for line in ends]
    assert min(near) == pytest.approx(0.8)


def test_outlines_of_a_ring_are_a_shape_and_its_hole() -> None:
    xs = [-2 + k / 20 for k in range(81)]
    ring = [[float(1 < x * x + y * y < 3) for x in xs] for y in xs]
    assert [inside for _, inside in outlines(xs, xs, ring, 0.5)] == [True, False]


def test_outlines_that_meet_the_border_are_closed_there() -> None:
    xs = [0.0, 1.0, 2.0]
    ((points, inside),) = outlines(xs, xs, [[1, 1, 1]] * 3, 0.5)
    assert inside
    assert {(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)} <= set(points)


def test_a_grid_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ChalkgradError, match="3 rows of 2"):
        level_lines([0, 1], [0, 1, 2], [[1, 2], [3, 4]], 0.5)


def test_rounds_are_whole_and_the_words_are_the_callers() -> None:
    scene = loss_curves(
        [("", [1.0, 0.5, 0.25])], round_label="rodada", loss_label="perda", decimal=","
    )
    assert {"rodada", "perda", "$0$", "$1$", "$2$"} <= set(texts(scene))
    assert "$0.2$" not in texts(scene)
    assert "$0{,}2$" in texts(scene)


def test_losses_that_never_change_have_a_window() -> None:
    scene = loss_curves([("", [0.1, 0.1])], round_label="k", loss_label="$L$")
    assert len(lines(scene, "series1")) == 1


def test_paths_differ_by_their_marks_and_the_marks_stand_apart() -> None:
    marks = [s for s in surface_plot().shapes if s.role.endswith("mark")]
    first = [s.centre for s in marks if isinstance(s, Circle) and s.role == "series1mark"]
    assert len(first) > 5
    on_path = [p for p in first if p[0] <= 6.6]  # one more stands in the list of names
    assert all(math.dist(a, b) > 0.16 for a, b in pairwise(on_path))
    corners = {s.role: len(s.points) for s in marks if isinstance(s, Line)}
    assert corners == {"series2mark": 4, "series3mark": 3}
