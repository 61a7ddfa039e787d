"""Arcs of the chain rule, moving boxes, a lit path and numbers, laid over the drawing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.codegen.picture.network.arcs import active_path, chain_arcs, region_box, values_on
from chalkgrad.codegen.picture.network.network import network_scene
from chalkgrad.codegen.picture.network.regions import column, region
from chalkgrad.codegen.picture.scene.curve import point_at
from chalkgrad.codegen.picture.scene.rect import crosses, grown, overlap
from chalkgrad.codegen.picture.scene.scene import Arc, Box, Label, Line, Scene
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.chain import chain
from chalkgrad.derive.pipeline import derive
from tests.picture.picture_cases import colliding, crossed, drawing, labels, outside

PATHS = (
    ("L", "y1", "v1", "W1"), ("L", "y1", "v1", "b1"), ("L", "y1", "v1", "y0"),
    ("L", "y1", "v1", "y0", "v0", "W0"), ("L", "y0", "v0", "W0"), ("L", "y0", "v0", "b0"),
)  # fmt: skip


def arcs(scene: Scene) -> list[Arc]:
    return [s for s in scene.shapes if isinstance(s, Arc)]


@pytest.mark.parametrize("path", PATHS, ids="-".join)
def test_one_arc_a_factor_and_one_for_all(path: tuple[str, ...]) -> None:
    plain = drawing("n232", 3.4)
    scene = chain_arcs(plain, path)
    made = arcs(scene)
    assert [a.factor for a in made] == list(range(1, len(path)))
    assert [a.at for a in made] == list(range(2, len(path) + 1))
    whole = [s for s in scene.shapes if isinstance(s, Line) and s.role == "total"]
    assert len(whole) == 1
    assert whole[0].at == 1
    for arc, name in zip(made, path[1:], strict=True):  # it ends on top of the tensor's box
        rect = region(plain, name)
        assert rect is not None
        assert rect[0] - 0.2 <= arc.end[0] <= rect[2] + 0.2
        assert arc.end[1] == pytest.approx(rect[3], abs=0.05)
    assert colliding(scene) == []
    assert outside(scene) == []


@pytest.mark.parametrize("path", PATHS, ids="-".join)
def test_arcs_pass_over_labels_and_not_through_them(path: tuple[str, ...]) -> None:
    scene = chain_arcs(drawing("n232", 3.4), path)
    for shape in scene.shapes:
        if isinstance(shape, Arc):
            points = [point_at(shape, k / 60) for k in range(6, 55)]
        elif isinstance(shape, Line) and shape.role == "total":
            points = list(shape.points[3:-3])
        else:
            continue
        touched = [
            one.text
            for one in labels(scene)
            if any(crosses(grown(one.box(), -0.01), p, q) for p, q in pairwise(points))
        ]
        assert not [t for t in touched if "w^" in t]


def test_the_header_moves_up_over_the_arcs() -> None:
    plain = drawing("n232", 3.4)
    scene = chain_arcs(plain, PATHS[3])
    heads = [one for one in labels(scene) if one.role == "header"]
    highest = max(point_at(a, k / 40)[1] for a in arcs(scene) for k in range(41))
    assert min(h.box()[1] for h in heads) > highest
    moved, before = column(scene, "W0"), column(plain, "W0")
    assert moved is not None
    assert before is not None
    assert moved[3] > before[3]
    assert moved[1] == before[1]


def test_first_step_shifts_the_reveal() -> None:
    scene = chain_arcs(drawing("n232"), PATHS[0], first_step=1)
    assert [a.at for a in arcs(scene)] == [1, 2, 3]
    boxes = [s for s in scene.shapes if isinstance(s, Box) and s.factor]
    assert {(b.ref, b.factor, b.at) for b in boxes} == {
        ("y1", 1, 1), ("v1", 2, 2), ("W1", 3, 3)
    }  # fmt: skip


def test_tensors_that_are_not_drawn_are_passed_over() -> None:
    scene = chain_arcs(drawing("deep"), ["L", "y9", "v9", "y5", "v1", "W1"])
    assert [a.factor for a in arcs(scene)] == [1, 2, 4, 5]
    assert chain_arcs(drawing("deep"), ["L", "y5"]) == drawing("deep")


def test_the_moving_box() -> None:
    scene = region_box(drawing("n232"), ["W1", "b1"], at=2, until=2)
    box = scene.shapes[-1]
    assert isinstance(box, Box)
    assert (box.at, box.until, box.role) == (2, 2, "region")
    heads = [s for s in labels(scene) if s.role == "header" and r"\mathbf{W}^{1}" in s.text]
    left, bottom, right, top = heads[0].box()
    assert box.low[0] < left
    assert right < box.high[0]
    assert box.low[1] < bottom
    assert top < box.high[1]
    both = region_box(drawing("n232"), ["v0", "y0", "W1"]).shapes[-1]
    assert isinstance(both, Box)
    assert both.high[0] == box.high[0]
    assert both.low[0] < box.low[0]


def test_a_lit_path_paints_its_edge_and_symbols_again() -> None:
    plain = drawing("n232")
    entries = [("y1", (0,)), ("v1", (0,)), ("y0", (1,)), ("W1", (1, 0))]
    scene = active_path(plain, entries, factors=[1, 2, 3, 3])
    lit = [s for s in scene.shapes if isinstance(s, Line) and s.role == "lit"]
    assert {(s.ref, s.factor) for s in lit} == {
        ("y1[0]", 1), ("v1[0]", 2), ("y0[1]", 3), ("W1[1,0]", 3)
    }  # fmt: skip
    again = [s for s in labels(scene) if s.factor]
    assert {s.text for s in again} == {
        r"$\hat{y}^{1}_{0}$", "$v^{1}_{0}$", "$y^{0}_{1}$", "$w^{1}_{1,0}$"
    }  # fmt: skip
    assert colliding(scene) == []
    assert crossed(scene) == []
    assert active_path(plain, [("W1", (7, 7))]).shapes == plain.shapes


def test_numbers_stand_under_their_wires() -> None:
    scene = drawing("n232", 4.5, "$0.0000$")
    wanted = {f"{n}[{k}]": "$0.5793$" for n in ("v0", "y0") for k in range(3)}
    wanted |= {f"{n}[{k}]": "$0.6546$" for n in ("v1", "y1") for k in range(2)}
    wanted |= {"L": "$0.3630$", "x[0]": "$0.3$", "x[1]": "$0.7$", "b0[1]": "$0.25$"}
    made = values_on(scene, wanted)
    numbers = {s.ref: s for s in labels(made) if s.role == "value"}
    assert numbers.keys() == wanted.keys()
    signs = (r"$\Sigma$", "$g$", r"$\ell$")
    symbols = {s.ref: s for s in labels(scene) if s.role != "header" and s.text not in signs}
    for ref in ("v0[1]", "y0[2]", "v1[0]", "L"):
        assert numbers[ref].box()[3] < symbols[ref].box()[1], ref
    assert colliding(made) == []
    assert outside(made) == []


def test_a_number_without_room_is_left_out() -> None:
    crowd = Label((0.0, 0.0), "$a$", "centre", "tiny", False, 0.3, 0.3, ref="a")
    rings = [
        Label((x, y), "$b$", "centre", "tiny", False, 0.9, 0.6)
        for x in (-1.0, 0.0, 1.0)
        for y in (-0.55, 0.0, 0.55)
        if (x, y) != (0.0, 0.0)
    ]
    scene = Scene((crowd, *rings))
    assert values_on(scene, {"a": "$0.1234$"}).shapes == scene.shapes
    assert not overlap(crowd.box(), rings[0].box())


@pytest.mark.parametrize(("penalty", "tensor"), [({"l2": {"rate": 0.1}}, "y0"), (None, "v0")])
def test_every_factor_from_the_cost_down_has_its_arc(
    penalty: dict[str, Any] | None, tensor: str
) -> None:
    column = {"unflatten": {"channels": 1, "height": 3, "width": 1}}
    blocks = {"input": {"x": [3]}, "target": {"y": [1, 3, 2]},
              "layers": [column, {"dense": {"units": 2}}]}  # fmt: skip
    layers = {"network": {"units": [3, 4, 2], "activation": "relu"}} if penalty else blocks
    loss = "squared_error" if penalty else "cross_entropy_logits"
    given = {"name": "net", **layers, "loss": loss, **({"penalty": penalty} if penalty else {})}
    (network,) = load_all(given)
    d = per_sample(derive(network))
    scene = network_scene(d.network, symbols_of(d))
    (way,) = chain(d, tensor, "reuse").ways
    path = [way[0].of.tensor, *(factor.wrt.tensor for factor in way)]
    assert [a.factor for a in arcs(chain_arcs(scene, path))] == list(range(1, len(way) + 1))
