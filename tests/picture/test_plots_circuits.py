"""Circuits: numbers at their wires, few crossings, the steps of the reveal, one gate for four."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from chalkgrad.codegen.picture.diagram.circuit import Node, circuit_scene, circuit_steps
from chalkgrad.codegen.picture.diagram.layering import crossings, layered
from chalkgrad.codegen.picture.scene.rect import crosses
from chalkgrad.codegen.picture.scene.scene import Box, Circle, Label, Line, Scene
from chalkgrad.derive.language.errors import ChalkgradError
from tests.picture.clashes import clashes
from tests.picture.plots_cases import (
    NEURON,
    NEURON_GRADIENTS,
    NEURON_VALUES,
    NEURON_WIRES,
    SHARED,
    SHARED_WIRES,
    SIGMA,
    SUM,
    SUM_WIRES,
    neuron_circuit,
    shared_circuit,
    sigma_circuit,
    sum_circuit,
)


def numbers(scene: Scene, role: str) -> dict[str, Label]:
    return {s.ref: s for s in scene.shapes if isinstance(s, Label) and s.role == role}


@pytest.mark.parametrize("breadth", [14.0, 40.0])
def test_values_above_and_gradients_below_the_same_wire(breadth: float) -> None:
    scene = neuron_circuit(breadth=breadth)
    values, gradients = numbers(scene, "value"), numbers(scene, "gradient")
    assert {k: s.text.strip("$") for k, s in values.items()} == NEURON_VALUES
    assert {k: s.text.strip("$") for k, s in gradients.items()} == NEURON_GRADIENTS
    for key in values:
        wire = scene.anchors[key][1]
        assert gradients[key].box()[3] < wire < values[key].box()[1]
        assert gradients[key].where[0] == values[key].where[0]


def test_every_wire_leads_into_its_gate() -> None:
    scene = neuron_circuit()
    wires = {s.ref: s for s in scene.shapes if isinstance(s, Line) and s.arrow}
    assert len(wires) == len(NEURON_WIRES) + 1
    for a, b in NEURON_WIRES:
        x, y = wires[f"{a}>{b}"].points[-1]
        to = scene.anchors[b]
        assert abs(x - to[0]) <= 0.7
        assert abs(y - to[1]) <= 0.33


@pytest.mark.parametrize(
    ("nodes", "wires"), [(NEURON, NEURON_WIRES), (SUM, SUM_WIRES), (SHARED, SHARED_WIRES)]
)
def test_no_wires_cross(nodes: list, wires: list) -> None:
    made = layered([n.key for n in nodes], wires)
    count = max(made.layer.values()) + 1
    rows = [
        sorted((k for k in made.layer if made.layer[k] == layer), key=lambda k: -made.y[k])
        for layer in range(count)
    ]
    assert crossings(rows, made.links) == 0


def test_crossings_are_reduced() -> None:
    wires = [("a", "h"), ("b", "g"), ("c", "f")]
    made = layered(list("abcfgh"), wires)
    order = sorted("fgh", key=lambda k: -made.y[k])
    first = sorted("abc", key=lambda k: -made.y[k])
    assert crossings([first, order], wires) == 0
    assert crossings([list("abc"), list("fgh")], wires) == 3


def test_a_long_wire_runs_level() -> None:
    made = layered([n.key for n in NEURON], NEURON_WIRES)
    chain = made.chain["w2", "t"]
    assert len(chain) == 4
    assert {made.y[key] for key in chain[1:-1]} == {made.y["w2"]}


def test_a_wire_backwards_is_refused() -> None:
    with pytest.raises(ChalkgradError, match="does not lead forwards"):
        layered(["a", "b"], [("b", "a")])
    with pytest.raises(ChalkgradError, match="does not lead forwards"):
        layered(["a", "b"], [("a", "c")])


def test_the_reveal_goes_forward_and_then_back() -> None:
    steps = circuit_steps(SUM, SUM_WIRES, "each")
    assert steps.values == {"x": 1, "y": 1, "z": 1, "q": 2, "f": 3}
    assert steps.gradients == {"f": 4, "q": 5, "z": 6, "x": 7, "y": 8}
    assert steps.count == 8
    gates = circuit_steps(SUM, SUM_WIRES, "gate")
    assert gates.gradients == {"f": 4, "q": 5, "z": 5, "x": 6, "y": 6}
    assert circuit_steps(SUM, SUM_WIRES, "none").count == 1


def test_a_gradient_waits_for_all_its_shares() -> None:
    steps = circuit_steps(SHARED, SHARED_WIRES, "gate")
    shares = [steps.shares["x", "a"], steps.shares["x", "b"]]
    assert shares[0] != shares[1]
    assert steps.gradients["x"] == max(shares)
    shown = numbers(shared_circuit(), "gradient")
    assert shown["x>b"].at == steps.shares["x", "b"]
    assert shown["x"].at == steps.gradients["x"]


def test_the_scene_follows_the_steps() -> None:
    scene = sum_circuit("each")
    gradients = numbers(scene, "gradient")
    assert [gradients[k].at for k in ("f", "q", "z", "x", "y")] == [4, 5, 6, 7, 8]
    assert {s.at for s in scene.shapes if isinstance(s, Line | Circle)} == {1}


def test_four_gates_become_one() -> None:
    before, after = numbers(neuron_circuit(), "gradient"), numbers(sigma_circuit(), "gradient")
    assert set(before) - set(after) == {"n", "e", "o"}
    assert all(after[k].text == before[k].text for k in after)


@pytest.mark.parametrize("breadth", [14.0, 40.0])
def test_the_group_frames_its_gates_and_no_other(breadth: float) -> None:
    scene = neuron_circuit(breadth=breadth)
    (frame,) = (s for s in scene.shapes if isinstance(s, Box) and s.role == "group")
    for node in NEURON:
        x, y = scene.anchors[node.key]
        inside = frame.low[0] < x < frame.high[0] and frame.low[1] < y < frame.high[1]
        assert inside == (node.key in SIGMA.keys)


def test_a_circuit_is_not_folded_for_its_last_gate() -> None:
    """Where two wires run side by side to the end, a second row would hold one gate only."""
    nodes = [Node("x", "$x$", input=True), Node("y", "$y$", input=True)]
    nodes += [Node(f"{of}{k}", r"$\times$") for k in range(1, 9) for of in "xy"]
    nodes += [Node("s", "$+$"), Node("l", "$-1$")]
    wires = [(f"{of}{k or ''}", f"{of}{k + 1}") for k in range(8) for of in "xy"]
    wires += [("x8", "s"), ("y8", "s"), ("s", "l")]
    scene = circuit_scene(nodes, wires, {n.key: "$0.1234$" for n in nodes}, breadth=5.0)
    assert scene.anchors["l"][0] > scene.anchors["s"][0]


def test_a_wide_circuit_is_folded() -> None:
    wide, folded = neuron_circuit(breadth=40.0), neuron_circuit(breadth=14.0)
    assert wide.frame()[1][0] > 14.0
    assert folded.frame()[1][0] - folded.frame()[0][0] < 14.0
    assert folded.anchors["n"][1] < min(folded.anchors[k][1] for k in ("w2", "t"))
    assert folded.anchors["n"][0] < folded.anchors["t"][0]


def test_a_square_of_one_number() -> None:
    nodes = [SUM[0], SUM[3]]
    steps = circuit_steps(nodes, [("x", "q"), ("x", "q")], "gate")
    assert steps.gradients == {"q": 3, "x": 4}


def drawn_at_random(seed: int) -> Scene:
    """A circuit of up to ten gates with numbers of four digits; every gate leads to the last."""
    r = random.Random(seed)
    nodes = [Node(f"x{k}", f"$x_{k}$", input=True) for k in range(r.randint(2, 4))]
    wires: list[tuple[str, str]] = []
    for k in range(r.randint(1, 9)):
        text = r.choice(["$+$", "$\\times$", "$\\exp$", "$\\max(0, \\cdot)$"])
        for source in r.sample(nodes, 2 if text in ("$+$", "$\\times$") else 1):
            wires.append((source.key, f"g{k}"))
        nodes.append(Node(f"g{k}", text))
    last = nodes[-1].key
    open_ends = [n.key for n in nodes if n.key not in {a for a, _ in wires} and n.key != last]
    for k, key in enumerate(open_ends):
        wires += [(last, f"j{k}"), (key, f"j{k}")]
        nodes.append(Node(f"j{k}", "$+$"))
        last = f"j{k}"
    order = [*(n for n in nodes if n.input), *(n for n in nodes if not n.input)]
    numbers = [{n.key: f"${r.uniform(-20, 20):.4f}$" for n in nodes} for _ in range(2)]
    several = {a for a, _ in wires if sum(b == a for b, _ in wires) > 1}
    shares = {w: f"${r.uniform(-9, 9):.4f}$" for w in wires if w[0] in several and seed % 2}
    return circuit_scene(order, wires, *numbers, shares=shares, breadth=r.choice([14.0, 99.0]))


@pytest.mark.parametrize("seed", range(40))
def test_numbers_touch_neither_each_other_nor_a_wire(seed: int) -> None:
    scene = drawn_at_random(seed)
    assert clashes(scene) == []
    wires = [s for s in scene.shapes if isinstance(s, Line)]
    for label in (s for s in scene.shapes if isinstance(s, Label)):
        left, bottom, right, top = label.box()
        core = (left + 0.02, bottom + 0.04, right - 0.02, top - 0.04)
        for wire in wires:
            assert not any(crosses(core, p, q) for p, q in pairwise(wire.points)), label.text
