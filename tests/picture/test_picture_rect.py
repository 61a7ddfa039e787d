"""Points and rectangles: what crosses, holds and lies on the way."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.picture.scene.rect import crosses, segment_inside, towards


def test_a_line_through_a_rectangle_crosses_it_and_one_beside_it_does_not() -> None:
    rect = (0.0, 0.0, 2.0, 1.0)
    assert crosses(rect, (-1, 0.5), (3, 0.5))
    assert crosses(rect, (0.5, 0.5), (0.6, 0.5))
    assert not crosses(rect, (-1, 1.5), (3, 1.5))
    assert not crosses(rect, (-0.5, 0.6), (0.6, 1.7))
    assert segment_inside((-1, 0.5), (3, 0.5), rect) == ((0, 0.5), (2, 0.5))


def test_a_point_on_the_way_to_another() -> None:
    assert towards((1, 1), (4, 5), 2.5) == pytest.approx((2.5, 3.0))
