"""Pictures of every kind, as the lectures draw them, for the tests of `codegen.picture`."""

from __future__ import annotations

import math
from itertools import pairwise

from chalkgrad.codegen.picture.diagram.circuit import Group, Node, circuit_scene
from chalkgrad.codegen.picture.diagram.gates import (
    HalfPlane,
    Neuron,
    Sample,
    Weight,
    gate_plot,
    neuron_scene,
    region_plot,
)
from chalkgrad.codegen.picture.diagram.shapes import Array, Sign, shape_scene
from chalkgrad.codegen.picture.plot.axes import Frame
from chalkgrad.codegen.picture.plot.curves import Track, loss_curves, surface
from chalkgrad.codegen.picture.plot.plot import Curve, Dot, plot, sample
from chalkgrad.codegen.picture.plot.relu_picture import relu_sum_scene
from chalkgrad.codegen.picture.scene.scene import Scene


def sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v))


def sigmoid_plot() -> Scene:
    frame = Frame((-6, 6), (-0.1, 1.1), x_label="$v$", y_ticks=(0, 0.25, 0.5, 0.75, 1), decimal=",")
    curves = [
        Curve(sample(sigmoid, -6, 6), "$g(v)$"),
        Curve(sample(lambda v: sigmoid(v) * (1 - sigmoid(v)), -6, 6), "$g'(v)$", "derivative"),
    ]
    return plot(curves, frame, levels=[1], about="a sigmoid")


def relu_plot() -> Scene:
    step = sample(lambda v: 1.0 if v > 0 else 0.0, -2, 2, jumps=(0,))
    curves = [
        Curve(sample(lambda v: max(0.0, v), -2, 2, kinks=(0,)), "$g(v)$"),
        Curve(step, "$g'(v)$", "derivative"),
    ]
    dots = [Dot(0, 1, open=True), Dot(0, 0)]
    return plot(curves, Frame((-2, 2), (-0.25, 1.5), x_label="$v$"), dots=dots)


def pole_plot() -> Scene:
    curves = [Curve(sample(lambda x: 1 / x, -2, 2, jumps=(0,)), "$1/x$")]
    return plot(curves, Frame((-2, 2), (-3, 3), x_label="$x$"))


def loss_plot() -> Scene:
    rows = [(name, [2 * rate**k for k in range(20)]) for name, rate in RATES]
    return loss_curves(rows, round_label="round", loss_label="loss $L$")


RATES = (("SGD", 0.9), ("Adam", 0.8), ("RMSprop", 0.805))


def path(rate: float, keep: float) -> list[tuple[float, float]]:
    x, y, u, v = -2.6, 1.6, 0.0, 0.0
    made = [(x, y)]
    for _ in range(30):
        u, v = keep * u - rate * x, keep * v - 5 * rate * y
        x, y = x + u, y + v
        made.append((x, y))
    return made


def surface_plot() -> Scene:
    xs, ys = [-3 + k / 10 for k in range(61)], [-2 + k / 10 for k in range(41)]
    tracks = [
        Track(path(0.34, 0), "gradient"),
        Track(path(0.05, 0.8), "momentum", at=2),
        Track(path(0.06, 0), "small steps", at=3),
    ]
    return surface(
        xs,
        ys,
        [[x * x / 2 + 2.5 * y * y for x in xs] for y in ys],
        frame=Frame((-3, 3), (-2, 2), 6.6, 4.2, "$w_1$", "$w_2$"),
        tracks=tracks,
        best=(0, 0),
        best_label="$w^\\ast$",
    )


NEURON = [
    *(Node(key, f"${key[0]}_{key[1]}$", input=True) for key in ("w0", "x0", "w1", "x1", "w2")),
    Node("p0", "$\\times$"),
    Node("p1", "$\\times$"),
    Node("s", "$+$"),
    Node("t", "$+$"),
    Node("n", "$\\times(-1)$"),
    Node("e", "$\\exp$"),
    Node("o", "$+1$"),
    Node("f", "$1/x$"),
]
NEURON_WIRES = [
    ("w0", "p0"),
    ("x0", "p0"),
    ("w1", "p1"),
    ("x1", "p1"),
    ("p0", "s"),
    ("p1", "s"),
    ("s", "t"),
    ("w2", "t"),
    ("t", "n"),
    ("n", "e"),
    ("e", "o"),
    ("o", "f"),
]
NEURON_VALUES = dict(
    zip(
        [n.key for n in NEURON],
        ("2", "-1", "-3", "-2", "-3", "-2", "6", "4", "1", "-1", "0.3679", "1.3679", "0.7311"),
        strict=True,
    )
)
NEURON_GRADIENTS = dict(
    zip(
        [n.key for n in NEURON],
        (
            *("-0.1966", "0.3932", "-0.3932", "-0.5898", "0.1966", "0.1966", "0.1966", "0.1966"),
            *("0.1966", "-0.1966", "-0.5344", "-0.5344", "1"),
        ),
        strict=True,
    )
)
SIGMA = Group(["n", "e", "o", "f"], "$\\sigma$", "sigma")


def maths(texts: dict[str, str]) -> dict[str, str]:
    return {key: f"${text}$" for key, text in texts.items()}


def neuron_circuit(reveal: str = "none", breadth: float = 14.0) -> Scene:
    return circuit_scene(
        NEURON,
        NEURON_WIRES,
        maths(NEURON_VALUES),
        maths(NEURON_GRADIENTS),
        output="$f$",
        reveal=reveal,
        group=SIGMA,
        breadth=breadth,
    )


def sigma_circuit() -> Scene:
    """The group as one node, which takes the place of its last one."""
    nodes = [n for n in NEURON if n.key not in SIGMA.keys]
    wires = [w for w in NEURON_WIRES if not set(w) & set(SIGMA.keys)]
    nodes, wires = [*nodes, Node("f", SIGMA.text)], [*wires, ("t", "f")]
    return circuit_scene(
        nodes, wires, maths(NEURON_VALUES), maths(NEURON_GRADIENTS), output="$f$", reveal="each"
    )


SUM = [*(Node(k, f"${k}$", input=True) for k in "xyz"), Node("q", "$+$"), Node("f", "$\\times$")]
SUM_WIRES = [("x", "q"), ("y", "q"), ("q", "f"), ("z", "f")]


def sum_circuit(reveal: str = "gate") -> Scene:
    return circuit_scene(
        SUM,
        SUM_WIRES,
        maths({"x": "-2", "y": "5", "z": "-4", "q": "3", "f": "-12"}),
        maths({"x": "-4", "y": "-4", "z": "3", "q": "-4", "f": "1"}),
        output="$f$",
        reveal=reveal,
    )


SHARED = [
    Node("x", "$x$", input=True),
    Node("y", "$y$", input=True),
    Node("a", "$\\times$"),
    Node("b", "$\\sin$"),
    Node("f", "$+$"),
]
SHARED_WIRES = [("x", "a"), ("y", "a"), ("x", "b"), ("a", "f"), ("b", "f")]


def shared_circuit() -> Scene:
    return circuit_scene(
        SHARED,
        SHARED_WIRES,
        maths({"x": "2", "y": "5", "a": "10", "b": "0.91", "f": "10.91"}),
        maths({"x": "4.58", "y": "2", "a": "1", "b": "1", "f": "1"}),
        shares={("x", "a"): "$5$", ("x", "b"): "$-0.42$"},
        output="$f$",
        reveal="gate",
    )


AND = [Sample(x, y, int(x and y)) for x in (0, 1) for y in (0, 1)]
XNOR = [Sample(x, y, int(x == y)) for x in (0, 1) for y in (0, 1)]
AND_PLANE = HalfPlane(20, 20, -30, "$-30 + 20x_1 + 20x_2 = 0$")


def and_plot() -> Scene:
    return gate_plot(AND, [AND_PLANE], x_label="$x_1$", y_label="$x_2$")


def xnor_plot() -> Scene:
    planes = [HalfPlane(20, 20, -30, "$a_1$"), HalfPlane(-20, -20, 10, "$a_2$", at=2)]
    return gate_plot(XNOR, planes, x_label="$x_1$", y_label="$x_2$")


def and_neuron() -> Scene:
    inputs = [Neuron("b", "$+1$"), Neuron("x1", "$x_1$"), Neuron("x2", "$x_2$")]
    weights = [Weight("b", "f", "$-30$"), Weight("x1", "f", "$20$"), Weight("x2", "f", "$20$")]
    return neuron_scene([inputs, [Neuron("f", "$g$", "$f_w(x)$")]], weights)


def xnor_neurons() -> Scene:
    columns = [
        [Neuron("b", "$+1$"), Neuron("x1", "$x_1$"), Neuron("x2", "$x_2$")],
        [Neuron("c", "$+1$"), Neuron("h1", "$a_1$"), Neuron("h2", "$a_2$")],
        [Neuron("f", "$g$", "$f_w(x)$")],
    ]
    first = {"h1": (-30, 20, 20), "h2": (10, -20, -20)}
    weights = [
        Weight(start, end, f"${w}$")
        for end, row in first.items()
        for start, w in zip(("b", "x1", "x2"), row, strict=True)
    ]
    second = zip(("c", "h1", "h2"), (-10, 20, 20), strict=True)
    weights += [Weight(start, "f", f"${w}$") for start, w in second]
    return neuron_scene(columns, weights, pitch=3.2, row=1.3)


AXIS = [-2 + k / 15 for k in range(61)]


def ring_region() -> Scene:
    values = [[1.05 - abs(math.hypot(x, y) - 1.1) for x in AXIS] for y in AXIS]
    return region_plot(
        AXIS,
        AXIS,
        values,
        Frame((-2, 2), (-2, 2), 3.6, 3.6, "$x_1$", "$x_2$"),
    )


def shapes_forward() -> Scene:
    first = [
        Array("$X$", 4, 3, "$n$"),
        Sign("$\\cdot$", product=True),
        Array("$W_1$", 3, 4, ref="W1"),
        Sign("$=$"),
        Array("$m_1$", 4, 4, "$n$"),
    ]
    back = [
        Array("$z_1^\\top$", 4, 4, "", "$n$"),
        Sign("$\\cdot$", product=True),
        Array("$\\delta_2$", 4, 1, "$n$"),
        Sign("$=$"),
        Array("$\\partial L/\\partial W_2$", 4, 1),
    ]
    return shape_scene([first, back])


def shapes_large() -> Scene:
    items = [
        Array("$x$", 1, 784),
        Sign("$\\cdot$", product=True),
        Array("$W^0$", 784, 256),
        Sign("$+$"),
        Array("$b^0$", 1, 256),
        Sign("$=$"),
        Array("$v^0$", 1, 256),
    ]
    return shape_scene([items])


def relu_sum(count: int = 6) -> Scene:
    def height(x: float) -> float:
        return math.sin(3 * x) + x / 2

    places = [-3 + 6 * k / count for k in range(count + 1)]
    slopes = [(height(b) - height(a)) / (b - a) for a, b in pairwise(places)]
    jumps = [b - a for a, b in zip([0.0, *slopes], slopes, strict=False)]

    def total(x: float, terms: int) -> float:
        return height(-3) + sum(
            jump * max(0.0, x - t) for jump, t in zip(jumps[:terms], places, strict=False)
        )

    return relu_sum_scene(
        sample(height, -3, 3),
        [sample(lambda x, k=k: total(x, k + 1), -3, 3, kinks=places) for k in range(count)],
        [
            sample(lambda x, k=k: jumps[k] * max(0.0, x - places[k]), -3, 3, kinks=places)
            for k in range(count)
        ],
        [(t, height(t)) for t in places[:count]],
        target_label="$f$",
        sum_labels=[f"$f_{{{k + 1}}}$" for k in range(count)],
        term_labels=[f"${jump:.2f}\\,(x - t)^+$" for jump in jumps],
        notes=[f"error $0.{k}$" for k in range(count)],
    )


SCENES = {
    made.__name__: made
    for made in (
        sigmoid_plot,
        relu_plot,
        pole_plot,
        loss_plot,
        surface_plot,
        neuron_circuit,
        sigma_circuit,
        sum_circuit,
        shared_circuit,
        and_plot,
        xnor_plot,
        and_neuron,
        xnor_neurons,
        ring_region,
        shapes_forward,
        shapes_large,
        relu_sum,
    )
}
