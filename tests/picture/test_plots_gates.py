"""Gates, regions, array shapes and the sum of ReLUs: what is drawn is what is meant."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.formula.style import style
from chalkgrad.codegen.picture.diagram.gates import HalfPlane, gate_plot, region_plot
from chalkgrad.codegen.picture.diagram.shapes import Array, Sign, shape_scene
from chalkgrad.codegen.picture.plot.axes import Frame
from chalkgrad.codegen.picture.scene.scene import Box, Circle, Label, Line, Scene
from tests.picture.plots_cases import (
    and_neuron,
    and_plot,
    relu_sum,
    shapes_forward,
    shapes_large,
    xnor_plot,
)


def lines(scene: Scene, role: str) -> list[Line]:
    return [s for s in scene.shapes if isinstance(s, Line) and s.role == role]


def labels(scene: Scene) -> dict[str, Label]:
    return {s.text: s for s in scene.shapes if isinstance(s, Label)}


def inside(polygon: Line, x: float, y: float) -> bool:
    """Even and odd crossings of a ray."""
    odd = False
    points = polygon.points
    for (a, b), (c, d) in zip(points, points[1:] + points[:1], strict=True):
        if (b > y) != (d > y) and x < a + (y - b) / (d - b) * (c - a):
            odd = not odd
    return odd


def test_the_half_plane_holds_the_true_points_only() -> None:
    for scene, truth in ((and_plot(), [0, 0, 0, 1]), (xnor_plot(), [1, 0, 0, 1])):
        points = [s for s in scene.shapes if isinstance(s, Circle)]
        shades = lines(scene, "shade")
        for point, value in zip(points, truth, strict=True):
            assert point.role == ("dot" if value else "ring")
            assert any(inside(s, *point.centre) for s in shades) == bool(value)


def test_the_line_has_the_intercepts_of_its_weights() -> None:
    scene = and_plot()
    border = next(s for s in lines(scene, "boundary") if not s.arrow)
    unit = 3.6 / 2  # cm per unit, and the frame begins at -0.5
    got = [(x / unit - 0.5, y / unit - 0.5) for x, y in border.points]
    assert got == [pytest.approx((1.5, 0.0)), pytest.approx((0.0, 1.5))]


def test_two_borders_differ_without_colour() -> None:
    assert len(lines(xnor_plot(), "boundary2")) == 1
    assert style().look("boundary").dash != style().look("boundary2").dash


def test_the_arrow_points_into_the_half_plane() -> None:
    arrows = [s for s in xnor_plot().shapes if isinstance(s, Line) and s.arrow]
    directions = [
        (s.points[1][0] - s.points[0][0], s.points[1][1] - s.points[0][1]) for s in arrows
    ]
    assert directions[0][0] > 0 < directions[0][1]
    assert directions[1][0] < 0 > directions[1][1]


def test_a_line_outside_the_square_is_not_drawn() -> None:
    scene = gate_plot([], [HalfPlane(1, 0, -9, "far")], x_label="$x$", y_label="$y$")
    assert lines(scene, "shade") == []
    assert lines(scene, "boundary") == []
    assert "far" not in labels(scene)


def test_the_weights_stand_on_their_edges() -> None:
    scene = and_neuron()
    edges = lines(scene, "weight")
    weights = [s for s in scene.shapes if isinstance(s, Label) and s.role == "weight"]
    assert [s.text for s in weights] == ["$-30$", "$20$", "$20$"]
    for edge, label in zip(edges, weights, strict=True):
        (x0, y0), (x1, y1) = edge.points
        x, y = label.where
        assert (x - x0) * (y1 - y0) == pytest.approx((y - y0) * (x1 - x0), abs=1e-9)


def test_a_grid_of_digits_shows_its_region() -> None:
    axis = [k / 10 for k in range(11)]
    grid = [[float(x > 0.5) for x in axis] for _ in axis]
    scene = region_plot(axis, axis, grid, Frame((0, 1), (0, 1), 2.0, 2.0))
    (shade,) = lines(scene, "shade")
    assert inside(shade, 1.9, 1.0)
    assert not inside(shade, 0.9, 1.0)
    (border,) = lines(scene, "boundary")  # not along the frame
    assert {round(x, 6) for x, _ in border.points} == {1.1}


def test_a_region_without_a_border_has_no_line() -> None:
    scene = region_plot([0, 1], [0, 1], [[1, 1], [1, 1]], Frame((0, 1), (0, 1)))
    assert len(lines(scene, "shade")) == 1
    assert lines(scene, "boundary") == []


def boxes(scene: Scene) -> list[tuple[float, float]]:
    return [
        (round(s.high[0] - s.low[0], 6), round(s.high[1] - s.low[1], 6))
        for s in scene.shapes
        if isinstance(s, Box)
    ]


def test_arrays_are_in_proportion() -> None:
    x, w, m, *_ = boxes(shapes_forward())
    assert x == pytest.approx((1.26, 1.68))
    assert w == pytest.approx((1.68, 1.26))
    assert m == pytest.approx((1.68, 1.68))


def test_large_arrays_are_capped_and_small_ones_stay_visible() -> None:
    sizes = boxes(shapes_large())
    assert max(max(size) for size in sizes) == pytest.approx(2.0)
    assert min(min(size) for size in sizes) == pytest.approx(0.42)
    assert lines(shapes_large(), "cell") == []


def test_inner_sizes_share_a_colour_and_a_bracket() -> None:
    scene = shapes_large()
    joined = [s for s in scene.shapes if isinstance(s, Label) and s.factor == 1]
    assert [s.text for s in joined] == ["$784$", "$784$"]
    (bracket,) = lines(scene, "thin")
    assert bracket.points[0][0] == pytest.approx(joined[0].where[0])
    assert bracket.points[-1][0] == pytest.approx(joined[1].where[0])
    assert bracket.points[0][1] < joined[0].box()[1]


def test_each_product_has_its_own_colour() -> None:
    items = [
        Array("$A$", 2, 3),
        Sign("$\\cdot$", product=True),
        Array("$B$", 3, 4),
        Sign("$\\cdot$", product=True),
        Array("$C$", 4, 1),
    ]
    coloured = [
        (s.text, s.factor) for s in shape_scene([items]).shapes if isinstance(s, Label) and s.factor
    ]
    assert coloured == [("$3$", 1), ("$3$", 1), ("$4$", 2), ("$4$", 2)]


def test_symbolic_sizes_are_printed() -> None:
    scene = shapes_forward()
    assert sum(s.text == "$n$" for s in scene.shapes if isinstance(s, Label)) == 4


def test_the_sum_grows_by_one_term_a_step() -> None:
    count = 6
    scene = relu_sum(count)
    for step in range(1, count + 1):
        shown = [s for s in scene.shapes if s.at <= step and (not s.until or step <= s.until)]
        names = {s.text for s in shown if isinstance(s, Label)}
        assert f"$f_{{{step}}}$" in names
        assert not any(f"$f_{{{k}}}$" in names for k in range(1, count + 1) if k != step)
        assert sum(isinstance(s, Circle) for s in shown) == step
        assert {s.role for s in shown if isinstance(s, Line)} >= {"thin", "thick", "rising"}


def test_the_term_is_drawn_at_the_scale_of_the_sum() -> None:
    """The first sum is a constant and its first term, so both lines are parallel."""
    scene = relu_sum(6)
    total = next(s for s in lines(scene, "thick") if s.at == 1 and len(s.points) > 2)
    term = next(s for s in lines(scene, "rising") if s.at == 1 and len(s.points) > 2)

    def slope(line: Line) -> float:
        (a, b), (c, d) = line.points[0], line.points[-1]
        return (d - b) / (c - a)

    assert slope(total) == pytest.approx(slope(term))
