"""Random stacks of layers against PyTorch in float64: the loss and every gradient.

    python -m pytest -s tests/development/test_random_stacks_torch.py
    STACKS=1000:1500 python -m pytest -s tests/development/test_random_stacks_torch.py

Not collected by default, because it needs PyTorch. Without STACKS the seeds below are run. Each
stack meets three kinds of data: normal numbers, whole numbers with ties and zeros, inputs × 300.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from chalkgrad import load
from chalkgrad.derive import catalogue
from chalkgrad.derive.network.expansion import present
from chalkgrad.derive.network.network import Network
from tests.catalogue import catalogue_cases as table
from tests.catalogue.catalogue_cases import Array
from tests.catalogue.torch_reference import REFERENCES, Reference
from tests.development.random_stacks import ENTRIES, Item, Stack, stack
from tests.development.stack_data import KINDS, data

SEEDS = os.environ.get("STACKS", "0:162")
RANGE = range(*(int(s) for s in SEEDS.split(":")))
WORST: dict[str, tuple[float, str]] = {}
COUNT: Counter[str] = Counter()
LEFT_OUT: list[str] = []

Tensors = Mapping[str, torch.Tensor]


def _batch_norm(p: Tensors, o: Mapping[str, Any]) -> torch.Tensor:
    """By its formula: PyTorch's own refuses one value per channel."""
    x = p["x"]
    over = [k for k in range(x.dim()) if k != 1]
    mu = x.mean(over, keepdim=True)
    z = (x - mu) / torch.sqrt(((x - mu) ** 2).mean(over, keepdim=True) + o["eps"])
    place = [-1, *[1] * (x.dim() - 2)]
    z = z * p["gamma"].reshape(place) if "gamma" in p else z
    return z + p["beta"].reshape(place) if "beta" in p else z


def _gaussian(p: Tensors, o: Mapping[str, Any]) -> torch.Tensor:
    """F.gaussian_nll_loss lets the gradient through where it holds the variance at eps."""
    s = torch.clamp(p["v"], min=o["eps"])
    return _summed((torch.log(s) + (p["t"] - p["m"]) ** 2 / s) / 2, o)


def _summed(each: torch.Tensor, o: Mapping[str, Any]) -> torch.Tensor:
    return each.reshape(len(each), -1).sum(1) * o["factor"]


def _nll(p: Tensors, o: Mapping[str, Any]) -> torch.Tensor:
    """F.nll_loss refuses its own gradient behind a movedim (grad_input must be contiguous)."""
    return _summed(-p["q"].gather(-1, p["t"][..., None]), o)


def _group_norm(p: Tensors, o: Mapping[str, Any]) -> torch.Tensor:
    """By its formula, instances too: PyTorch refuses one value per group."""
    n, c, h, w = p["x"].shape
    x = p["x"].reshape(n, o.get("groups", c), -1)
    mu = x.mean(2, keepdim=True)
    z = (x - mu) / torch.sqrt(((x - mu) ** 2).mean(2, keepdim=True) + o["eps"])
    z = z.reshape(n, c, h, w)
    z = z * p["gamma"][:, None, None] if "gamma" in p else z
    return z + p["beta"][:, None, None] if "beta" in p else z


# Where PyTorch's own has another convention at a corner, or less accuracy, it is put together there
# from functions that have neither.
OWN: dict[str, Reference] = {
    "batch_norm": _batch_norm, "batch_norm1d": _batch_norm, "batch_norm2d": _batch_norm,
    "instance_norm": _group_norm, "group_norm": _group_norm, "gaussian_nll": _gaussian, "nll": _nll,
    "cross_entropy_integer": lambda p, o: _nll({"q": p["p"].log(), "t": p["t"]}, o),
    # linear beyond a threshold of 20, which leaves 2e-9
    "softplus": lambda p, o: torch.logaddexp(p["v"], torch.zeros_like(p["v"])),
    "mish": lambda p, o: p["v"]
    * torch.tanh(torch.logaddexp(p["v"], torch.zeros_like(p["v"]))),
    # F.hardswish has the mean of both slopes at its corners
    "hard_swish": lambda p, o: p["v"] * F.relu6(p["v"] + 3) / 6,
    # amax shares the gradient between equals
    "global_max_pool1d": lambda p, o: p["x"].max(-1).values,
    "global_max_pool2d": lambda p, o: p["x"].flatten(-2).max(-1).values,
}  # fmt: skip
# A loss of probabilities behind the layer that makes them, from the scores: the same, without
# infinity where a probability rounds to 0.
BEHIND: dict[tuple[str, str], Reference] = {
    ("sigmoid", "binary_cross_entropy"): REFERENCES["binary_cross_entropy_logits"],
    ("softmax", "cross_entropy"): REFERENCES["cross_entropy_logits"],
    ("softmax", "cross_entropy_integer"): REFERENCES["cross_entropy_logits_integer"],
    ("softmax", "kl_divergence"): lambda p, o: _summed(
        torch.xlogy(p["t"], p["t"]) - p["t"] * torch.log_softmax(p["z"], -1), o
    ),
}


def reference(kind: str) -> Reference:
    return OWN.get(kind) or REFERENCES[kind]


class Run:
    """A stack in PyTorch: its items in order, parameters in the order of the module's."""

    def __init__(self, made: Stack, net: Network, t: dict[str, torch.Tensor]) -> None:
        self.made, self.tensors = made, t
        self.parameters = iter(p.name for p in net.parameters)
        self.named = {name: t[name] for name in made.inputs}
        self.owned: dict[str, dict[str, torch.Tensor]] = {}
        self.before = t["x"]

    def loss(self) -> torch.Tensor:
        last = self.named["x"]
        for item in self.made.items:
            last = self.item(item, last)
        kind, options = self.made.loss.kind, self.options(self.made.loss)
        stable = BEHIND.get((self.made.items[-1].kind, kind))
        if stable:
            each = stable({"z": self.before, "t": self.tensors["y"]}, options)
        else:
            sources = [self.named[s] for s in self.made.loss.sources] or [last]
            each = self.call(kind, options, sources)
        total = each.mean() if self.made.batch == "mean" else each.sum()
        for penalty in self.made.penalties:
            for name in self.weights:
                local = {"W": self.tensors[name]}
                total = total + reference(penalty.kind)(local, self.options(penalty))
        return total

    def item(self, item: Item, last: torch.Tensor) -> torch.Tensor:
        sources = [self.named[s] for s in item.sources] or [last]
        self.before = sources[0]
        shared = f"{item.share}" if item.share else None
        v = self.call(item.kind, self.options(item), sources, item.alias, shared)
        carried = item.options.get("activation")
        if carried:
            name, given = (
                next(iter(carried.items())) if isinstance(carried, dict) else (carried, {})
            )
            inner = f"{item.alias}.activation" if item.alias else None
            v = self.call(name, self.options(Item(name, given or {})), [v], inner,
                          f"{item.share}.activation" if item.share else None)  # fmt: skip
        if item.alias:
            self.named[item.alias] = v
        return v

    def call(
        self, kind: str, options: Mapping[str, Any], sources: list[Any], alias: str | None = None,
        share: str | None = None,
    ) -> torch.Tensor:  # fmt: skip
        found = catalogue.definition(kind)
        local = dict(zip(found.input, sources, strict=True))
        local.update({t: self.tensors["y"] for t in found.target})
        own = self.owned.get(share) if share else None
        if own is None:
            own = {}
            for name, decl in found.parameters.items():
                if present(decl.if_, options, kind):
                    own[decl.name or name] = self.tensors[next(self.parameters)]
        if alias:
            self.owned[alias] = own
        return reference(kind)({**local, **own}, options)

    def options(self, item: Item) -> dict[str, Any]:
        """All options as Python has them; factor as a number."""
        given = {k: v for k, v in item.options.items() if k != "activation"}
        made = table.read_options(item.kind, given)
        for name, value in made.items():
            if catalogue.definition(item.kind).options[name].type == "expression":
                target = self.tensors["y"]
                outputs = target[0].numel()
                made[name] = float(Fraction(str(value).replace("outputs", str(outputs))))
            elif not isinstance(value, bool | int | str | dict):
                made[name] = float(value)
        return made

    @property
    def weights(self) -> list[str]:
        """What a penalty without ``of:`` holds small."""
        return [n for n in self.names if self.tensors[n].dim() > 1]

    @property
    def names(self) -> list[str]:
        return [n for n in self.tensors if n not in (*self.made.inputs, "y")]


def in_torch(made: Stack, net: Network, given: Mapping[str, Array]) -> tuple[float, dict[str, Any]]:
    floats = [n for n, v in given.items() if v.dtype.kind == "f" and n != "y"]
    t = {n: torch.tensor(v, requires_grad=n in floats) for n, v in given.items()}
    loss = Run(made, net, t).loss()
    grads = torch.autograd.grad(loss, [t[n] for n in floats], allow_unused=True)
    zero = {n: np.zeros_like(given[n]) for n in floats}
    found = {n: zero[n] if g is None else g.numpy() for n, g in zip(floats, grads, strict=True)}
    return loss.item(), found


def gap(got: tuple[Any, Mapping[str, Any]], want: tuple[Any, Mapping[str, Any]],
        given: Mapping[str, Array]) -> float:  # fmt: skip
    """The worst relative error of the loss and the gradients (by tensor, DESIGN's measure).

    What is left of terms that cancel is no error: roundings of the largest gradient or datum.
    """
    largest = max((float(np.abs(g).max(initial=0)) for g in want[1].values()), default=0.0)
    scale = max(1.0, largest, *(float(np.abs(v).max(initial=0)) for v in given.values()))
    worst = abs(float(got[0]) - want[0]) / max(1.0, abs(want[0]))
    for n, g in want[1].items():
        error = float(np.abs(got[1][n] - g).max(initial=0))
        if error > 64 * np.finfo(float).eps * scale:
            worst = max(worst, error / (float(np.abs(g).max()) + 1e-6 * max(largest, error)))
    return worst


def moved(given: Mapping[str, Array], seed: int) -> dict[str, Array]:
    """The same numbers, each off by up to one rounding."""
    rng = np.random.default_rng(seed)
    return {
        n: v * (1 + rng.choice([-1, 1], v.shape) * np.finfo(float).eps)
        if v.dtype.kind == "f"
        else v
        for n, v in given.items()
    }


def judged(made: Stack, net: Network, module: Any, kind: str) -> tuple[float, str]:
    """The error, and why it is left out where PyTorch itself has no nine digits there."""
    given = data(made, net, module, kind)
    with np.errstate(all="ignore"):
        want = in_torch(made, net, given)
    finite = np.isfinite(want[0]) and all(np.isfinite(g).all() for g in want[1].values())
    if not finite:
        return 0.0, "not finite in PyTorch"
    error = gap(table.run(module, net, given), want, given)
    if error >= 1e-9:
        own = max(gap(in_torch(made, net, moved(given, s)), want, given) for s in range(3))
        if own > error / 50:
            return error, f"PyTorch moves by {own:.0e} under one rounding"
    return error, ""


@pytest.mark.parametrize("seed", RANGE)
def test_a_random_stack_equals_pytorch(seed: int, tmp_path: Path) -> None:
    made = stack(seed)
    COUNT.update(made.entries())
    net = load(made.spec)
    module = table.write_module(net, tmp_path / f"{net.name}.py")
    for kind in KINDS:
        error, why = judged(made, net, module, kind)
        if why:
            LEFT_OUT.append(f"{seed} {kind}: {error:.0e}, {why}")
            continue
        WORST[kind] = max(WORST.get(kind, (0.0, "")), (error, f"seed {seed}"))
        assert error < 1e-9, (kind, made.spec)


@pytest.fixture(scope="module", autouse=True)
def _report() -> Iterator[None]:
    """The worst errors, what was left out and how often each entry occurred (pytest -s)."""
    yield
    print(f"\nseeds {SEEDS}; worst errors: {WORST}\nleft out: {len(LEFT_OUT)}")
    print("\n".join(LEFT_OUT))
    rows = [f"{n} {COUNT[n]}" for n in ENTRIES]
    print("\n".join(", ".join(rows[k : k + 8]) for k in range(0, len(rows), 8)))


def test_every_entry_occurs() -> None:
    """Each entry has a seed of its own among the first ones, however few are compared here."""
    first = range(len(ENTRIES))
    assert {n for seed in first for n in stack(seed).entries()} == set(ENTRIES)
