"""Value and gradients of every catalogue entry against PyTorch (development environment only).

Not collected by default, because it needs PyTorch:  pytest tests/development
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chalkgrad.derive import catalogue
from chalkgrad.derive.network.network import Network
from tests.catalogue import catalogue_cases as table
from tests.catalogue.catalogue_cases import CASES, Array, Case
from tests.catalogue.torch_reference import REFERENCES

WORST: dict[str, tuple[float, float]] = {}

# PyTorch refuses batch statistics of one number, and leaves 1e-14 where the normalised value of a
# single number has derivatives that are exactly 0.
NOT_IN_TORCH = {
    "batch_norm[1]",
    "batch_norm1d[1x1]",
    "batch_norm2d[1x1x1]",
    "instance_norm[1x1x1]",
    "layer_norm[1x1]",
    "group_norm(groups=1)[1x1x1]",
}


def apart(got: Array, expected: Array, largest: float) -> float:
    """The relative error of DESIGN.md; a few roundings of the largest gradient are only that."""
    gap = float(np.max(np.abs(got - expected), initial=0.0))
    if gap <= 8 * np.finfo(float).eps * max(largest, 1.0):
        return gap / max(largest, 1.0)
    return gap / (float(np.max(np.abs(expected), initial=0.0)) + 1e-6 * largest)


def options(case: Case) -> dict[str, Any]:
    """Numbers as Python has them; factor as a number."""
    made = case.read_options()
    for name, value in made.items():
        if catalogue.definition(case.entry).options[name].type == "expression":
            outputs = table.entries(case.compared)
            made[name] = float(Fraction(str(value).replace("outputs", str(outputs))))
        elif not isinstance(value, bool | int | str | dict):
            made[name] = float(value)
    return made


def activated(case: Case, given: Mapping[str, torch.Tensor], v: torch.Tensor) -> torch.Tensor:
    """The activation that a layer carries."""
    activation = case.options.get("activation")
    if activation is None:
        return v
    ((name, more),) = (
        activation.items() if isinstance(activation, dict) else ((activation, {}),)
    )  # fmt: skip
    full = {k: float(x) for k, x in table.read_options(name, more).items()}
    return REFERENCES[name]({**given, "v": v}, full)


def torch_loss(case: Case, made: Network, t: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The loss of the case's network, from PyTorch's own layers."""
    reference, known = REFERENCES[case.entry], options(case)
    local = {name.removesuffix("_a"): value for name, value in t.items()}
    if case.kind == "penalty":
        v = t["x"] @ t["W0"] + t["b0"]
        weighed = (v * t["r"]).reshape(len(v), -1).sum(1).mean()
        return weighed + reference({"W": t["W0"]}, known)
    if case.kind == "loss":
        return reference(local, known).mean()
    v = activated(case, local, reference(local, known))
    return (v * t["r"]).reshape(len(v), -1).sum(1).mean()


def compared(
    case: Case, made: Network, given: Mapping[str, Array], folder: Path
) -> tuple[float, float]:
    """Errors of the value and of the worst gradient."""
    module = table.write_module(made, folder / "net.py")
    loss, grads = table.run(module, made, given)
    t = {n: torch.tensor(v, requires_grad=n in grads) for n, v in given.items()}
    expected = torch_loss(case, made, t)
    expected.backward()
    largest = max((float(np.max(np.abs(g), initial=0.0)) for g in grads.values()), default=0.0)
    worst = max(
        (apart(g, t[n].grad.numpy(), largest) for n, g in grads.items()), default=0.0
    )  # fmt: skip
    value = expected.item()
    return abs(float(loss) - value) / max(1.0, abs(value)), worst


IN_TORCH = [case for case in CASES if case.title not in NOT_IN_TORCH]


@pytest.mark.parametrize("case", IN_TORCH, ids=lambda case: case.title)
def test_value_and_gradients_equal_those_of_pytorch(case: Case, tmp_path: Path) -> None:
    made = table.network(case)
    found = compared(case, made, table.data(case, made, case.batch), tmp_path)
    WORST[case.title] = found
    assert max(found) < 1e-10


FAR = [case for case in IN_TORCH if not case.infinite and not case.special]


@pytest.mark.parametrize("case", FAR, ids=lambda case: case.title)
def test_far_out_too(case: Case, tmp_path: Path) -> None:
    """Inputs near ±1000, no two of them equal."""
    made = table.network(case)
    given = table.data(case, made, case.batch)
    rng = np.random.default_rng(1)
    for t in made.inputs:
        if t.integer is None:
            shape = given[t.name].shape
            given[t.name] = rng.choice([-1.0, 1.0], shape) * rng.uniform(900, 1100, shape)
    found = compared(case, made, given, tmp_path)
    WORST[f"far {case.title}"] = found
    assert max(found) < 1e-10


@pytest.fixture(scope="module", autouse=True)
def _report() -> Iterator[None]:
    """Prints the worst errors (pytest -s)."""
    yield
    for k, what in enumerate(("value", "gradient")):
        worst = sorted(WORST.items(), key=lambda item: -item[1][k])[:5]
        print(f"\nworst {what}: " + ", ".join(f"{n} {e[k]:.1e}" for n, e in worst))


def test_every_entry_has_a_reference() -> None:
    assert sorted(REFERENCES) == catalogue.names()
    assert {case.entry for case in IN_TORCH} == set(REFERENCES)
