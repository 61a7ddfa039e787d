"""The generated updates against torch.optim and the ONNX reference (development environment only).

    pytest tests/development/test_optimizers_torch.py
    python -m tests.development.test_optimizers_torch      records
    tests/optimizers/trajectories.json

The ordinary tests compare with what is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from tests.optimizers import rule_cases as table
from tests.optimizers.rule_cases import (
    AROUND,
    CASES,
    KEPT,
    ONNX,
    PER_EPOCH,
    RULES,
    Case,
    Params,
    flat,
)

RECORDED = Path(table.__file__).with_name("trajectories.json")
CLOSE = 1e-12
TRAINING = "ai.onnx.preview.training"


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    """NAdam keeps its product in the default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


# -- torch.optim -----------------------------------------------------------------------------------


def torch_run(case: Case) -> list[Params]:
    """The parameters after every step."""
    assert case.torch is not None
    kind, own = case.torch
    made = {k: torch.tensor(np.array(v)) for k, v in table.start()._asdict().items()}
    learned = [k for k in made if k not in case.frozen]
    groups = [{"params": [made[k]], **case.groups.get(k, {})} for k in learned]
    optimizer = getattr(torch.optim, kind)(groups, **own)
    plans = [getattr(torch.optim.lr_scheduler, s)(optimizer, **o) for s, o in case.schedules]
    after = []
    for t, grads in enumerate(table.gradients(), start=1):
        for name, g in grads._asdict().items():
            made[name].grad = torch.tensor(np.array(g)) if name in learned else None
        for clip, bound in case.clip:
            getattr(torch.nn.utils, clip)([made[k] for k in learned], bound)
        optimizer.step()
        if not case.epochs or t % PER_EPOCH == 0:
            for plan in plans:
                plan.step()
        after.append(Params(*(v.numpy().copy() for v in made.values())))
    return after


@pytest.mark.parametrize("case", [*RULES, *AROUND], ids=lambda c: c.name)
def test_the_generated_update_is_torchs(case: Case) -> None:
    assert furthest(table.followed(case.update).params, torch_run(case)) < CLOSE


def furthest(ours: list[Params], theirs: list[Params]) -> float:
    """The largest difference of an entry in any step, relative to 1 or to the entry."""
    a, b = np.array([flat(p) for p in ours]), np.array([flat(p) for p in theirs])
    return float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b))))


def test_the_gradients_try_something() -> None:
    """Clips bind in some steps and not in others, and an entry is 0 in some."""
    norms = [np.linalg.norm(flat(g)) for g in table.gradients()]
    assert min(norms) == 0 < 0.5 < max(norms)
    assert sum(n > 0.5 for n in norms) >= 5 <= sum(n < 0.5 for n in norms)


# -- ONNX ------------------------------------------------------------------------------------------


def onnx_run(case: Case, first: int = 0) -> list[Params]:
    """The parameters after every step; the operator counts from ``first``."""
    assert case.onnx is not None
    kind, own = case.onnx
    states = {"Adagrad": ["H"], "Momentum": ["V"], "Adam": ["V", "H"]}[kind]
    inputs, outputs = ["R", "T", "X", "G", *states], ["X2", *(f"{s}2" for s in states)]
    node = onnx.helper.make_node(kind, inputs, outputs, domain=TRAINING, **own)
    kinds = {"T": onnx.TensorProto.INT64}
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node], "update",
        [value(n, kinds.get(n, onnx.TensorProto.DOUBLE), None) for n in inputs],
        [value(n, onnx.TensorProto.DOUBLE, None) for n in outputs],
    )  # fmt: skip
    run = ReferenceEvaluator(onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid(TRAINING, 1)]))  # fmt: skip
    rate = np.array(0.1)
    begun = 0.5 if kind == "Adagrad" else 0.0
    here = {k: [v, *(np.full_like(v, begun) for _ in states)]
            for k, v in table.start()._asdict().items()}  # fmt: skip
    after = []
    for t, grads in enumerate(table.gradients()):
        for name, g in grads._asdict().items():
            x, *old = here[name]
            given = [rate, np.array(t + first), x, g, *old]
            here[name] = run.run(None, dict(zip(inputs, given, strict=True)))
        after.append(Params(*(np.asarray(here[k][0]) for k in Params._fields)))
    return after


def first_of(case: Case) -> int:
    """ONNX's T counts from 0 (rate decay, dampening); its Adam corrects from T = 1 on."""
    return 1 if case.onnx is not None and case.onnx[0] == "Adam" else 0


@pytest.mark.parametrize("case", ONNX, ids=lambda c: c.name)
def test_the_generated_update_is_onnxs(case: Case) -> None:
    theirs = onnx_run(case, first_of(case))
    assert furthest(table.followed(case.update).params, theirs) < CLOSE


def test_onnx_adds_adams_eps_elsewhere() -> None:
    """To sqrt(G), before its correction: the same step has another eps here, from step to step."""
    own = {"alpha": 0.875, "beta": 0.96875, "epsilon": 2.0**-10}
    case = Case("", "", onnx=("Adam", own))
    text = "{{adam: {{rate: 0.1, beta1: 0.875, beta2: 0.96875, eps: {}}}}}"
    theirs = onnx_run(case, 1)
    assert furthest(table.followed(text.format(2.0**-10)).params, theirs) > 1e-4
    first = table.followed(text.format(2.0**-10 / (1 - 0.96875) ** 0.5)).params[:1]
    assert furthest(first, theirs[:1]) < CLOSE  # at t = 1 this eps is the same


def test_onnx_does_not_correct_adam_at_0() -> None:
    """Counted from 0, as its documentation shows it, the first step is another one."""
    assert furthest(onnx_run(CASES["onnx adam, eps next to 0"], 0)[:1],
                    onnx_run(CASES["onnx adam, eps next to 0"], 1)[:1]) > 1e-2  # fmt: skip


# -- where PyTorch differs -------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["momentum", "nesterov"])
def test_a_schedule_tells_the_velocities_apart(rule: str) -> None:
    """Our velocity holds the rate, PyTorch's does not: one path only while the rate is constant."""
    own = {"lr": 0.1, "momentum": 0.9, "nesterov": rule == "nesterov"}
    case = Case("", "", ("SGD", own), [("ExponentialLR", {"gamma": 0.8})])
    text = f"{{{rule}: {{rate: 0.1, schedule: {{exponential: {{factor: 0.8}}}}}}}}"
    assert furthest(table.followed(text).params, torch_run(case)) > 1e-2


def test_after_its_last_step_torchs_cosine_rises_again() -> None:
    own = [("CosineAnnealingLR", {"T_max": 5})]
    theirs = torch_run(Case("", "", ("SGD", {"lr": 0.1}), own))
    ours = table.followed("{sgd: {rate: 0.1, schedule: {cosine: {steps: 5}}}}").params
    assert furthest(ours[:5], theirs[:5]) < CLOSE
    assert furthest(ours, theirs) > 1e-2


# -- recording -------------------------------------------------------------------------------------


def recorded() -> str:
    """The parameters of every case after the steps KEPT, as JSON."""
    made: dict[str, Any] = {}
    for name, case in CASES.items():
        after = torch_run(case) if case.torch else onnx_run(case, first_of(case))
        made[name] = {str(t): flat(after[t - 1]) for t in KEPT}
    made["versions"] = {"torch": torch.__version__.partition("+")[0], "onnx": onnx.__version__}
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in made.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_the_recorded_file_is_complete() -> None:
    """Its numbers are those of these libraries, to the last digits of other builds."""
    old, new = json.loads(RECORDED.read_text("utf-8")), json.loads(recorded())
    assert old.keys() == new.keys()
    for name in CASES:
        for t in map(str, KEPT):
            np.testing.assert_allclose(old[name][t], new[name][t], rtol=CLOSE, atol=CLOSE)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    RECORDED.write_text(recorded(), encoding="utf-8", newline="\n")
    print(f"{len(CASES)} trajectories in {RECORDED.name}")
