"""The network's drawing: what stands where, and that nothing touches what it should not."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from chalkgrad import load
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.picture.network.model import NetworkOptions
from chalkgrad.codegen.picture.network.network import network_scene
from chalkgrad.codegen.picture.network.regions import column, region
from chalkgrad.codegen.picture.network.stack import stack_of
from chalkgrad.codegen.picture.printers.tikz import SIZE_COMMANDS
from chalkgrad.codegen.picture.scene.scene import Box, Circle, Line, Scene
from tests.picture.picture_cases import (
    BLOCKS,
    STACKS,
    board,
    colliding,
    crossed,
    drawing,
    labels,
    outside,
)

HEIGHTS = (2.5, 3.4, 4.5)


def of_role(scene: Scene, role: str) -> list[str]:
    return [s.text.strip("$") for s in labels(scene) if s.role == role]


@pytest.mark.parametrize("name", [*STACKS, *BLOCKS])
def test_nothing_collides_at_any_height(name: str) -> None:
    for height in HEIGHTS:
        scene = drawing(name, height)
        assert colliding(scene) == [], height
        assert crossed(scene) == [], height
        assert outside(scene) == [], height


@pytest.mark.parametrize("name", [*STACKS, *BLOCKS])
def test_it_is_laid_out_for_its_page(name: str) -> None:
    """Laid out and not scaled: the labels keep their 9 points on a page of 128 mm."""
    made = board(name)
    for width, aspect in ((11.6, 128.0), (13.6, 160.0)):
        scene = network_scene(made.net, made.symbols, NetworkOptions(width=width))
        (left, bottom), (right, top) = scene.frame()
        scale = min(1.0, (aspect / 10 - 1.2) / (right - left), 6.0 / (top - bottom))
        assert scale > 1 - 1e-9
    sizes = {float(re.findall(r"[\d.]+", SIZE_COMMANDS[one.size])[0]) for one in labels(scene)}
    assert min(sizes) >= 9


def test_the_lecture_network_names_everything() -> None:
    scene = drawing("n232", 4.5)
    header = of_role(scene, "header")
    assert header[1] == r"\mathbf{W}^{0},\,\mathbf{b}^{0}"
    assert header[0] == r"\mathbf{x}"
    assert header[-1] == "L"
    assert header[4] == r"\mathbf{v}^{1},\,\hat{\mathbf{y}}^{1}"
    weights = [s.ref for s in labels(scene) if s.role == "weight"]
    assert sorted(weights) == sorted(
        [f"W0[{i},{j}]" for i in range(2) for j in range(3)]
        + [f"W1[{i},{j}]" for i in range(3) for j in range(2)]
    )
    assert "w^{0}_{0,2}" in of_role(scene, "weight")
    assert of_role(scene, "bias").count("1") == 5
    named = {s.ref for s in scene.shapes}
    for ref in ("x[1]", "v0[2]", "y0[2]", "v1[1]", "y1[1]", "b0[0]", "b1[1]", "L", "y"):
        assert ref in named


def test_edges_go_from_their_source_to_their_unit() -> None:
    scene = drawing("n232")
    units = {s.ref: s for s in scene.shapes if isinstance(s, Circle) and s.role == "unit"}
    edge = next(s for s in scene.shapes if isinstance(s, Line) and s.ref == "W1[2,0]")
    x, y = units["v1[0]"].centre
    end = edge.points[-1]
    assert ((end[0] - x) ** 2 + (end[1] - y) ** 2) ** 0.5 == pytest.approx(units["v1[0]"].radius)
    wire = next(
        s for s in scene.shapes if isinstance(s, Line) and s.ref == "y0[2]" and s.role == "wire"
    )
    assert edge.points[0] == wire.points[-1]


def test_edge_numbers_and_shared_biases() -> None:
    scene = drawing("edges")
    assert sorted(of_role(scene, "weight")) == [f"w_{{{k}}}" for k in range(1, 9)]
    by_ref = {s.ref: s.text for s in labels(scene) if s.role == "weight"}
    assert by_ref["W_h[1,0]"] == r"$w_{2}$"  # the second weight into the first unit
    biases = [s.ref for s in labels(scene) if s.role == "bias" and s.ref]
    assert biases == ["b_h", "b_h", "b_o", "b_o"]


def test_to_from_indices_follow_the_notation() -> None:
    """ng writes w_{to,from} and counts from 1; the ref stays that of the array."""
    by_ref = {s.ref: s.text for s in labels(drawing("ng-xnor")) if s.role == "weight"}
    assert by_ref["W0[1,0]"] == "$w^{(1)}_{1,2}$"


def test_wide_layers_are_elided() -> None:
    scene = drawing("784-256-10")
    refs = {s.ref for s in scene.shapes}
    assert {"x[0]", "x[1]", "x[783]", "v0[0]", "v0[1]", "v0[255]", "y1[9]"} <= refs
    assert not {"x[2]", "v0[2]", "y1[2]"} & refs
    dots = [s for s in scene.shapes if isinstance(s, Circle) and s.role == "dot"]
    assert len(dots) % 3 == 0
    assert len(dots) >= 9
    gates = [s for s in scene.shapes if isinstance(s, Box) and s.role == "gate"]
    assert "y1" in [s.ref for s in gates]  # softmax is one box for all units
    assert sum(len(of_role(drawing(n), "weight")) for n in ("784-256-10", "4-8-8-3")) > 0


def test_deep_networks_are_elided() -> None:
    scene = drawing("deep")
    refs = {s.ref for s in scene.shapes}
    assert {"v0[0]", "v1[0]", "v9[0]"} <= refs
    assert not any(r.startswith("v5[") for r in refs)
    assert region(scene, "v5") is None


def test_few_units_need_no_elision() -> None:
    assert not [s for s in drawing("5-5-5-5").shapes if s.role == "dot"]


def test_a_symbol_as_size_ends_with_its_name() -> None:
    assert r"x_{n_{x}}" in [s.text.strip("$") for s in labels(drawing("ando-one"))]


@pytest.mark.parametrize(
    ("name", "found"),
    [("n232", True), ("autoencoder", True), ("784-256-10", True), ("transformer", False),
     ("digits_conv", False), ("circuit", False), ("neuron", False)],
)  # fmt: skip
def test_what_is_a_stack(name: str, found: bool) -> None:
    made = board(name)
    stack = stack_of(made.net, made.symbols)
    assert (stack is not None) == found
    if stack is not None:
        assert stack.loss == made.net.sample_loss
        assert stack.layers[-1].out == made.net.output


def test_a_box_shows_the_function_of_its_unit_as_the_equations_write_it() -> None:
    same = stack_of(board("n232").net, board("n232").symbols)
    other = stack_of(board("autoencoder").net, board("autoencoder").symbols)
    assert same is not None
    assert other is not None
    assert [one.gate for one in same.layers] == ["$g$", "$g$"]
    assert [one.gate for one in other.layers] == [r"$\tanh$", r"$\sigma$"]


def test_columns_stand_side_by_side_and_hold_their_tensors() -> None:
    scene = drawing("n232")
    order = [column(scene, n) for n in ("x", "W0", "v0", "W1", "v1", "L")]
    for a, b in pairwise(order):
        assert a is not None
        assert b is not None
        assert a[2] <= b[0] + 0.05
    assert column(scene, "b1") == column(scene, "W1")
    for name in ("x", "W0", "v0", "y0", "W1", "v1", "y1", "L"):
        inner, outer = region(scene, name), column(scene, name)
        assert inner is not None
        assert outer is not None
        assert outer[0] - 0.1 <= inner[0]
        assert inner[2] <= outer[2] + 0.1
        assert outer[1] <= inner[1] + 0.1
        assert inner[3] <= outer[3]


def test_the_block_diagram_of_a_transformer_shows_its_additions() -> None:
    scene = drawing("transformer")
    sums = [s.ref for s in scene.shapes if isinstance(s, Circle)]
    assert sums == ["y_res1", "y_res2"]
    skip = [s for s in scene.shapes if isinstance(s, Line) and s.ref == "x"]
    assert len(skip) == 1
    texts = [s.text for s in labels(scene)]
    assert texts.count("6 × 8") >= 4
    assert region(scene, "W_up") is not None


def test_names_of_blocks_come_from_the_options() -> None:
    made = board("digits_conv")
    options = NetworkOptions(names={"flatten": "achatar"})
    texts = [s.text for s in labels(network_scene(made.net, made.symbols, options))]
    assert "achatar" in texts
    assert "flatten" not in texts


def test_reserved_wires_are_longer() -> None:
    def wires(scene: Scene) -> list[float]:
        return [
            s.points[-1][0] - s.points[0][0]
            for s in scene.shapes
            if isinstance(s, Line) and s.role == "wire" and s.ref.startswith(("v", "y0"))
        ]

    from chalkgrad.codegen.picture.label.measure import measure

    assert min(wires(drawing("n232", 4.5, "$0.0000$"))) > measure("$0.0000$", "tiny")[0]
    assert min(wires(drawing("n232"))) < measure("$0.0000$", "tiny")[0]


def test_a_network_without_inputs_is_drawn() -> None:
    spec = {
        "name": "bare", "parameters": {"w": [3]}, "loss": "L",
        "equations": "L = sum[i](w[i]*w[i])",
    }  # fmt: skip
    made = Board(load(spec), words("en"))
    scene = network_scene(made.net, made.symbols)
    assert "L" in {s.ref for s in scene.shapes}
    assert outside(scene) == []
