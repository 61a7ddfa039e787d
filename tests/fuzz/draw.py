"""A network from a seed: its spec, how its data are drawn, and the constructs it contains."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import draw_equations as eqs
from . import grammar
from .census import census
from .draw_loops import recurrence
from .draw_net import Net
from .draw_terms import Writer

# How often a construct is wanted; the others stand in Writer.ways with OFTEN.
OFTEN = 0.2
RARE = {
    "computed_index": 0.35, "outside": 0.3, "logsumexp|": 0.27, "max|": 0.26, "min|": 0.25,
    "strided": 0.25, "integer_value": 0.25, "log_softmax|": 0.25, "zero_power": 0.25, "mask": 0.27,
    "mean|": 0.24, "reversed": 0.24, "xlogy": 0.22, "prod|": 0.22, "softmax|": 0.22,
    "or": 0.1, "gathered": 0.15,
}  # fmt: skip
STRUCTURE = {
    "recurrence": 0.1, "backwards": 0.21, "mutual": 0.2, "start": 0.13, "computed_start": 0.19,
    "batch_statistic": 0.18, "twin": 0.2, "winner": 0.3, "distribution": 0.19,
    "class_number": 0.2, "penalty": 0.22, "batch_sum": 0.2, "size1": 0.25, "outputs": 0.3,
    "no_samples": 0.06,
}  # fmt: skip
OF_SAMPLES = ("batch_statistic", "twin", "distribution", "class_number", "batch_sum")
LOOPS = ("recurrence", "backwards", "mutual", "start", "computed_start")


@dataclass(frozen=True)
class Drawn:
    """A spec, ``data``: tensor -> how its numbers are drawn, ``drew``: its constructs."""

    seed: int
    spec: dict[str, Any]
    data: dict[str, str]
    drew: Counter[str] = field(repr=False)


def draw(seed: int) -> Drawn:
    """The network of a seed, always the same."""
    rng = random.Random(seed)
    wanted = [k for k in Writer.ways if rng.random() < RARE.get(k, OFTEN)]
    structure = [k for k, p in STRUCTURE.items() if rng.random() < p]
    rng.shuffle(wanted)
    if "no_samples" in structure:
        structure = [k for k in structure if k not in OF_SAMPLES]
    net = Net(rng, [*wanted, *structure], samples="no_samples" not in structure)
    _axes(net)
    net.loss = net.pick(("L", "L", "L", "L", "loss", "J"))
    net.taken.add(net.loss)
    if net.take("batch_sum"):
        net.extra["batch"] = "sum"
    makers = _makers(net, structure)
    for make in makers:
        make(net)
    eqs.loss(net)
    net.prune()
    if net.take("penalty"):
        _penalty(net)
    spec = _spec(net, seed)
    data = {name: net.data[name] for name in net.data if name in net.tensors}
    return Drawn(seed, spec, data, census(spec, data))


def _axes(net: Net) -> None:
    for name in net.rng.sample(["i", "j", "k", "t", "s", "l"], net.pick((3, 3, 4))):
        size = net.pick((1, 2, 2, 3, 3, 3, 4))
        twins = [a for a, s in net.sizes.items() if net.axes[a] == s]
        if twins and net.chance(0.25):
            like = net.pick(twins)
            net.axes[name], net.sizes[name] = like, net.sizes[like]
        elif twins and net.chance(0.08) and net.sizes[twins[0]] < 3:
            net.axes[name], net.sizes[name] = f"2*{twins[0]}", 2 * net.sizes[twins[0]]
        else:
            net.axes[name] = net.sizes[name] = size
        net.taken.add(name)
    if net.take("size1") and 1 not in net.sizes.values():
        name = net.pick(
            [a for a in net.sizes if all(str(s).count(a) == 0 for s in net.axes.values())]
        )
        net.axes[name] = net.sizes[name] = 1


def _makers(net: Net, structure: list[str]) -> list[Any]:
    made: list[Any] = []
    if any(k in LOOPS for k in structure):
        net.take("recurrence")
        made.append(recurrence)
    if net.take("winner") or any(
        k.startswith("computed_") and k != "computed_start" for k in net.wanted
    ):
        made.append(eqs.winner)
    if "batch_statistic" in structure:
        net.take("batch_statistic")
        made.append(_statistic_only)
    if "twin" in structure:
        made.append(eqs.statistic)
    more = ("mutual", "computed_start", "distribution", "class_number")
    room = 7 - len(made) - sum(k in net.wanted for k in more)  # 8 equations, one is the loss
    if room < 0:
        net.take("class_number")
    least = 0 if made else 1
    made += [eqs.plain] * net.rng.randint(least, max(least, min(3, room)))
    net.rng.shuffle(made)
    if net.chance(0.7):  # so that others can use the winner
        made.sort(key=lambda make: make is not eqs.winner)
    return made


def _statistic_only(net: Net) -> None:
    held = net.take("twin")
    eqs.statistic(net)
    if held:
        net.wanted.append("twin")


def _penalty(net: Net) -> None:
    matrices = [t.name for t in net.tensors.values() if t.kind == "parameters" and t.axes]
    if matrices:
        use: dict[str, Any] = {"rate": net.pick((0.1, 0.5))}
        use["of"] = net.pick(matrices) if net.chance(0.5) else matrices[:2]
        net.extra["penalty"] = [{net.pick(("l2", "l2", "l1")): use}]


def _spec(net: Net, seed: int) -> dict[str, Any]:
    lines = [grammar.equation_text(eq) for eq in grammar.equations("\n".join(net.lines))]
    net.rng.shuffle(lines)
    if net.chance(0.15):
        lines = _written(net, lines)
    spec: dict[str, Any] = {"name": f"fuzz{seed}", "axes": dict(net.axes)}
    spec |= {k: v for k in ("input", "target", "parameters", "constants")
             if (v := net.declared.get(k))}  # fmt: skip
    outputs = _outputs(net)
    if outputs:
        spec["output"] = outputs if len(outputs) > 1 else outputs[0]
    if net.initial:
        spec["initial"] = dict(net.initial)
    spec |= net.extra
    return {**spec, "equations": "\n".join(lines) + "\n", "loss": net.loss}


def _written(net: Net, lines: list[str]) -> list[str]:
    """The same equations as people write them: comments, two on a line, numbers otherwise."""
    made = [line.replace("0.5", net.pick((".5", "5e-1", "0.50"))) for line in lines]
    made = [f"{line}   # {net.pick(('so far', 'x = 1; y[i]', ''))}" if net.chance(0.3) else line
            for line in made]  # fmt: skip
    if len(made) > 2 and "#" not in made[0]:
        made[:2] = [f"{made[0]} ; {made[1]}"]
    made[-1] = made[-1].replace(" + ", "  +  ").replace("(", "( ", 1)
    return ["", *made]


def _outputs(net: Net) -> list[str]:
    made = [t.name for t in net.tensors.values() if t.kind == "variable" and t.data == "computed"]
    count = 2 if net.take("outputs") and len(made) > 1 else min(1, len(made))
    return net.rng.sample(made, count)


# -- numbers ---------------------------------------------------------------------------------------


def numbers(
    spec: Mapping[str, Any], kinds: Mapping[str, str], sizes: Mapping[str, int], batch: int,
    seed: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Data at one point: every given tensor, samples first. float32 can hold all of it exactly."""
    rng = np.random.default_rng([seed, batch])
    made = {}
    for kind in ("parameters", "input", "target", "constants"):
        for name, shape in spec.get(kind, {}).items():
            form = shape if isinstance(shape, Mapping) else {"shape": shape}
            own = [a if isinstance(a, int) else sizes[a] for a in form["shape"]]
            full = tuple([batch, *own] if kind in ("input", "target") else own)
            if kind == "constants":
                made[name] = np.array(form["value"], int if "integer" in form else float)
            elif "integer" in form:
                below = form["integer"]
                top = below if isinstance(below, int) else sizes[below]
                made[name] = rng.integers(0, top, full)
            else:
                made[name] = _floats(rng, kinds.get(name, "normal"), full)
    return made


def _floats(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    if kind == "grid":
        return np.asarray(rng.choice([-1, -0.5, 0, 0, 0.5, 1], shape))
    if kind == "nonneg":
        return np.asarray(rng.choice([0, 0, 0.5, 1, 1.5], shape))
    if kind == "positive":
        values = rng.uniform(0.5, 1.5, shape)
    elif kind == "distribution":  # of 64ths: they sum to 1 exactly
        return np.asarray(rng.multinomial(64, np.ones(shape[-1]) / shape[-1], shape[:-1]) / 64)
    else:
        values = np.clip(0.7 * rng.standard_normal(shape), -1.6, 1.6)
    return np.asarray(values).astype(np.float32).astype(np.float64)
