"""Start values of recurrences: used, computed ahead, with samples where they have any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.checking import check_module
from chalkgrad.codegen.targets.loading import load_module
from chalkgrad.codegen.targets.numpy.module import numpy_module

SPEC: dict[str, Any] = {
    "name": "start",
    "axes": {"t": 3, "j": 2, "k": 3},
    "input": {"x": ["t", "j"]},
    "parameters": {"a": ["j"], "w": ["j"]},
    "loss": "L",
}
H = "h[t,j] = x[t,j] + w[j]*h[t-1,j]; L = sum[j](h[2,j]**2); "
ENCODER = "e[t,j] = tanh(x[t,j] + a[j]*e[t-1,j]); c[j] = tanh(e[2,j]); "
DECODER = "h[t,j] = tanh(w[j]*h[t-1,j]); L = sum[t,j](h[t,j]**2)"


def spec(equations: str, start: str = "h0", **more: Any) -> dict[str, Any]:
    return SPEC | {"equations": equations, "initial": {"h": start}} | more


def module(folder: Path, given: dict[str, Any]) -> Any:
    path = folder / "start.py"
    path.write_text(numpy_module(load(given).derive()), "utf-8")
    return load_module(path)


@pytest.mark.parametrize(
    "equations",
    [
        H + "h0[j] = tanh(a[j])",
        H + "h0[j] = tanh(c[j]); c[j] = a[j]*x[0,j]",
        H + "h0 = a[0]",
        "h[t,j] = x[t,j] + w[j]*h[t+1,j]; L = sum[j](h[0,j]**2); h0[j] = a[j]**2",
        DECODER + "; h0[n,j] = a[j]*(x[n,0,j] - mean[n](x[n,0,j]))",
    ],
)
def test_the_equations_of_a_start_value_are_used_and_have_gradients(tmp_path: Path, equations: str):
    assert not check_module(module(tmp_path, spec(equations))).failed
    with pytest.raises(ChalkgradError, match="the parameter 'a' is not used"):
        load(spec(equations) | {"initial": {}})


@pytest.mark.parametrize("equations", [ENCODER + DECODER, DECODER + "; " + ENCODER])
def test_a_decoder_that_reads_only_its_start_has_samples(tmp_path: Path, equations: str):
    made = module(tmp_path, spec(equations, "c"))
    params, (x,) = made.example(batch=5)
    e = np.zeros((5, 2))
    for t in range(3):
        e = np.tanh(x[:, t] + params.a * e)
    h, losses = np.tanh(e), np.zeros(5)
    for _ in range(3):
        h = np.tanh(params.w * h)
        losses += (h**2).sum(axis=1)
    assert np.isclose(made.forward(params, x)[0], losses.mean(), rtol=1e-14)
    assert not check_module(made).failed


def test_the_equations_of_the_spec_are_ordered_with_their_start_values():
    names = [eq.name for eq in load(spec(DECODER + "; " + ENCODER, "c")).written]
    assert names.index("e") < names.index("c") < names.index("h")


@pytest.mark.parametrize(
    ("equations", "start", "what"),
    [
        (H + "b[j] = h[2,j] + a[j]", "b", "'h' starts from 'b', which is computed from 'h'"),
        (H + "b[j] = a[j]", "h", "'h' starts from 'h'"),
        (H, "b", "there is no tensor 'b'"),
        (H + "b[k] = a[0]*k", "b", r"shape \[3\]; without the axis of its steps 'h' has \[2\]"),
        (H, "x", r"shape \[3, 2\]; without"),
        ("h[t,j] = x[t,j]*w[j]*a[j]; L = sum[j](h[2,j])", "a", "'h' is no recurrence"),
        (
            "h[t,j] = h[t-1,j]*mean[n](x[n,t,j]); L = sum[j](h[2,j]*a[j]*w[j]); b[j] = x[0,j]",
            "b",
            "has the shape .* and samples",
        ),
    ],
)
def test_what_can_start_nothing_is_refused(equations: str, start: str, what: str):
    with pytest.raises(ChalkgradError, match=what) as caught:
        load(spec(equations, start))
    assert "'h'" in caught.value.what or caught.value.where == "start: initial.h"
