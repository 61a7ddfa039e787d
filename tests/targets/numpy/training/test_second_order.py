"""Second derivatives: the Hessian and the Gauss-Newton matrix, as blocks and as products.

The oracle of the Hessian is the complex step of the gradient; that of Gauss-Newton an explicit
Jacobian (complex step of the network's output) with the Hessian of the loss by that output written
by hand.
"""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad import load_all
from chalkgrad.codegen.lowering.prepare import prepared
from chalkgrad.codegen.lowering.program import build
from chalkgrad.codegen.targets.numpy.module import numpy_module, render
from chalkgrad.codegen.targets.numpy.second import gnvp, hessian
from chalkgrad.derive.chainrule.gauss_newton import gauss_newton_vector
from chalkgrad.derive.language.errors import ChalkgradError
from tests.paths import EXAMPLES
from tests.targets.numpy.training.curvature_tools import (
    SOFTMAX,
    SQUARED,
    flat,
    gap,
    hessian_by_complex_step,
    jacobian_of_output,
    loaded,
    matrix,
    module_of,
    network_of,
    products,
    slopes,
    unflat,
)

# -- the Hessian -----------------------------------------------------------------------------------

CONVOLUTION = {
    "input": {"x": [1, 6, 6]}, "target": {"y": {"shape": [3], "fact": "distribution"}},
    "layers": [
        {"conv2d": {"out": 2, "k": 3, "pad": 1, "activation": "tanh"}}, {"max_pool2d": {"k": 2}},
        "flatten", {"dense": {"units": 3}},
    ],
    "loss": "cross_entropy_logits",
}  # fmt: skip
TWO_PARTS = {  # the blocks between a and b are zero
    "axes": {"i": 3}, "input": {"x": ["i"]}, "target": {"y": []},
    "parameters": {"a": ["i"], "b": [], "c": ["i"]}, "output": "z",
    "equations": "z = sum[i](a[i]*x[i])\nL = (z - y)**2 + exp(b) + sum[i](c[i])", "loss": "L",
}  # fmt: skip


@pytest.mark.parametrize("name", ["mazur", "n232", "neuron"])
def test_hessian_of_the_lecture_networks(name, tmp_path):
    """At the worked example of the lecture."""
    (network,) = load_all(EXAMPLES / f"{name}.yaml")
    m = module_of(network, ("hessian", "hvp"), tmp_path)
    params, args = m.worked_example()
    got = matrix(m.hessian(params, *args))
    assert gap(got, hessian_by_complex_step(m, params, args)) < 1e-13
    assert np.abs(got - got.T).max() < 1e-15 * np.abs(got).max() * len(got)
    assert gap(products(m.hvp, params, args), got) < 1e-13


RECORDED = [
    [-0.0122229541891884, 0.0, -0.0122974202450361, 0.0],
    [0.0, 0.0181616027423617, 0.0, 0.01827224890066055],
    [-0.0122974202450361, 0.0, -0.01237233997136212, 0.0],
    [0.0, 0.01827224890066054, 0.0, 0.01838356914992592],
]


def test_hessian_recorded_from_pytorch(tmp_path):
    """The 2-2-2 network of lecture 002: torch.func.hessian, by w5 to w8 (w_out as [h, o])."""
    (network,) = load_all(EXAMPLES / "mazur.yaml")
    m = module_of(network, ("hessian",), tmp_path)
    params, args = m.worked_example()
    got = m.hessian(params, *args)
    assert np.reshape(got.W_o.W_o, (4, 4)) == pytest.approx(np.array(RECORDED), rel=1e-12)


def test_hessian_of_the_neuron_by_hand(tmp_path):
    """f = σ(w·x), L = (f − t)²/2: H = (s² + (f − t) s (1 − 2f)) x xᵀ with s = f(1 − f)."""
    (network,) = load_all(EXAMPLES / "neuron.yaml")
    m = module_of(network, ("hessian",), tmp_path)
    got = matrix(m.hessian(*_neuron(m)))
    f, x = 1 / (1 + np.exp(-1.0)), np.array([-1.0, -2.0, 1.0])
    s = f * (1 - f)
    assert gap(got, (s**2 + (f - 0.43) * s * (1 - 2 * f)) * np.outer(x, x)) < 1e-14


def _neuron(m):
    params, args = m.worked_example()
    return params, *args


@pytest.mark.parametrize("spec", [SOFTMAX, CONVOLUTION, TWO_PARTS], ids=["softmax", "conv", "two"])
def test_hessian_by_complex_step(spec, tmp_path):
    m = module_of(network_of("net", spec), ("hessian",), tmp_path)
    params, args = m.example(seed=1, batch=5)
    got = matrix(m.hessian(params, *args))
    assert gap(got, hessian_by_complex_step(m, params, args)) < 1e-12
    assert np.abs(got - got.T).max() < 1e-14 * np.abs(got).max()


# -- Gauss-Newton ----------------------------------------------------------------------------------

TANH = {"dense": {"units": 3, "activation": "tanh"}}
DEEP_SOFTMAX = {**SOFTMAX, "layers": [TANH, {"dense": {"units": 3}}], "penalty": []}
OUTPUTS = {
    "lecture": {
        "input": {"x": [2]}, "target": {"y": [2]}, "loss": SQUARED,
        "layers": [{"dense": {"units": 3, "activation": "sigmoid"}},
                   {"dense": {"units": 2, "activation": "sigmoid"}}],
    },
    "linear": {"input": {"x": [4]}, "target": {"y": [2]}, "layers": [{"dense": {"units": 2}}],
               "loss": SQUARED},
    "convolution": {**CONVOLUTION, "target": {"y": [3]}, "loss": SQUARED},
    "batch_norm": {"input": {"x": [4]}, "target": {"y": [2]}, "loss": SQUARED,
                   "layers": [{"dense": {"units": 3}}, "batch_norm", "tanh",
                              {"dense": {"units": 2}}]},
    "recurrence": {"input": {"x": [4, 2]}, "target": {"y": [4, 3]}, "loss": SQUARED,
                   "layers": [{"gru": {"units": 3}}]},
    "attention": {"input": {"x": [3, 4]}, "target": {"y": [3, 4]}, "loss": SQUARED,
                  "layers": [{"multi_head_attention": {"heads": 2, "causal": True}}]},
    "sum_of_samples": {"input": {"x": [3]}, "target": {"y": [2]}, "loss": SQUARED, "batch": "sum",
                       "layers": [TANH, {"dense": {"units": 2}}]},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_gauss_newton_of_a_squared_error(name, tmp_path):
    """G = JᵀJ/N, J the Jacobian of all outputs of all N samples (½ the squared error)."""
    m = module_of(network_of(name, OUTPUTS[name]), ("gnvp",), tmp_path)
    params, (x, y) = m.example(seed=2, batch=4)
    J = jacobian_of_output(m, params, [x])
    want = J.T @ J / (1 if OUTPUTS[name].get("batch") == "sum" else 4)
    got = products(m.gnvp, params, (x, y))
    assert gap(got, want) < 1e-12


@pytest.mark.parametrize("loss", ["logits", "softmax"])
def test_gauss_newton_of_softmax_is_cut_at_the_logits(loss, tmp_path):
    """G = Σ Jᵀ(diag p − p pᵀ)J/N + the penalty's own curvature, 2·rate on its weights."""
    spec = {**DEEP_SOFTMAX, "penalty": [{"l2": {"rate": 0.01, "of": "W1"}}]}
    if loss == "softmax":
        last = {"dense": {"units": 3, "activation": "softmax"}}
        spec = {**spec, "layers": [TANH, last], "loss": "cross_entropy"}
    m = module_of(network_of(f"deep_{loss}", spec), ("gnvp", "hessian"), tmp_path)
    params, (x, y) = m.example(seed=3, batch=4)

    def logits(moved):
        return np.tanh(x @ moved.W0 + moved.b0) @ moved.W1 + moved.b1

    J = slopes(logits, params).reshape(4, 3, -1)
    e = np.exp(logits(params))
    p = e / e.sum(axis=1, keepdims=True)
    B = p[:, :, None] * np.eye(3) - p[:, :, None] * p[:, None]
    want = np.einsum("nka,nkl,nlb->ab", J, B, J) / 4
    want += np.diag(0.02 * flat(unflat(params, np.zeros(len(want)))._replace(W1=np.ones((3, 3)))))
    got = products(m.gnvp, params, (x, y))
    assert gap(got, want) < 1e-13
    assert np.linalg.eigvalsh(got).min() > -1e-15  # semidefinite, where the Hessian is not
    assert np.linalg.eigvalsh(matrix(m.hessian(params, x, y))).min() < -1e-3


@pytest.mark.parametrize("name", ["linear", "softmax_regression"])
def test_gauss_newton_of_a_linear_model_is_the_hessian(name, tmp_path):
    spec = OUTPUTS["linear"] if name == "linear" else SOFTMAX
    m = module_of(network_of(name, spec), ("gnvp", "hessian"), tmp_path)
    params, args = m.example(seed=4, batch=6)
    assert gap(products(m.gnvp, params, args), matrix(m.hessian(params, *args))) < 1e-14


SPLITS = {
    "squared error": (OUTPUTS["lecture"], ("y1",)),
    "cross-entropy on logits": (DEEP_SOFTMAX, ("v1",)),
    "softmax, cross-entropy": (
        {**SOFTMAX, "layers": [{"dense": {"units": 3, "activation": "softmax"}}],
         "loss": "cross_entropy"}, ("v0",)),
    "sigmoid, binary cross-entropy": (
        {**OUTPUTS["lecture"], "loss": "binary_cross_entropy"}, ("v1",)),
    "written as equations": (
        {"axes": {"i": 4, "k": 3}, "input": {"x": ["i"]}, "target": {"y": ["k"]},
         "parameters": {"W": ["i", "k"]}, "output": "p", "loss": "L",
         "equations": "v[k] = sum[i](x[i]*W[i,k])\np[k] = softmax[k](v[k])\n"
                      "L = -sum[k](y[k]*log(p[k]))"}, ("v",)),
    "two losses": (
        {"axes": {"i": 4, "k": 3}, "input": {"x": ["i"]}, "target": {"y": ["k"], "t": []},
         "parameters": {"W": ["i", "k"], "u": ["k"]}, "output": "v", "loss": "L",
         "equations": "v[k] = tanh(sum[i](x[i]*W[i,k]))\nz = sum[k](v[k]*u[k])\n"
                      "a = sum[k]((y[k] - v[k])**2)\nb = (z - t)**2\nL = a + b"}, ("v", "z")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SPLITS))
def test_where_the_network_is_cut(name):
    """In front of what the loss is linear in: logits under softmax, the output under squares."""
    spec, where = SPLITS[name]
    found = gauss_newton_vector(prepared(network_of("net", spec).derive())).split
    assert sorted(found) == sorted(where)


def test_another_split(tmp_path):
    """Cut at the hidden layer, the parameters behind it keep their own Hessian."""
    network = network_of("hidden", DEEP_SOFTMAX)
    d = network.derive()
    path = tmp_path / "hidden.py"
    path.write_text(render(build(d), [gnvp(d, "y0"), *hessian(d)]), "utf-8")
    m = loaded(path)
    params, args = m.example(seed=5, batch=4)
    got = products(m.gnvp, params, args)
    H = matrix(m.hessian(params, *args))
    behind = slice(params.W0.size + params.b0.size, None)
    assert gap(got[behind, behind], H[behind, behind]) < 1e-13
    assert gap(got, H) > 1e-3  # in front of it the curvature of tanh is left out


@pytest.mark.parametrize("split", ["W0", "loss", "z9", "x"])
def test_a_split_must_lie_between_parameters_and_loss(split):
    d = network_of("net", DEEP_SOFTMAX).derive()
    with pytest.raises(ChalkgradError, match=f"'{split}' is no tensor between the parameters"):
        gauss_newton_vector(d, split)


def test_a_loss_without_curvature_is_refused():
    spec = {**OUTPUTS["lecture"], "loss": "absolute_error"}
    with pytest.raises(ChalkgradError, match="no second derivative by y1"):
        gauss_newton_vector(network_of("net", spec).derive())


def test_a_maximum_in_front_of_the_curvature(tmp_path):
    """The worst of several squared errors: at its winner, taken as given, the curvature of one."""
    spec = {
        "axes": {"i": 3, "k": 2}, "input": {"x": ["i"]}, "target": {"y": ["k"]}, "output": "z",
        "parameters": {"W": ["i", "k"]}, "loss": "L",
        "equations": "z[k] = tanh(sum[i](x[i]*W[i,k]))\nL = max[k]((z[k] - y[k])**2)",
    }  # fmt: skip
    network = network_of("worst", spec)
    assert gauss_newton_vector(network.derive()).split == ("z",)
    m = module_of(network, ("gnvp",), tmp_path)
    params, (x, y) = m.example(seed=7, batch=4)
    winner = ((np.tanh(x @ params.W) - y) ** 2).argmax(axis=1)
    J = jacobian_of_output(m, params, [x]).reshape(4, 2, -1)[np.arange(4), winner]
    assert gap(products(m.gnvp, params, (x, y)), 2 * J.T @ J / 4) < 1e-13


def test_names_that_begin_like_ours(tmp_path):
    """A user's tensors may be called like those of the second sweep."""
    spec = {
        "axes": {"i": 3}, "input": {"x": ["i"]}, "target": {"y": []},
        "parameters": {"w": ["i"], "e_w": ["i"], "D_w": [], "J_z": []}, "output": "B_z",
        "equations": "z = tanh(sum[i](x[i]*w[i]*e_w[i])*D_w)\nB_z = z*J_z\nslope = (B_z - y)**2",
        "loss": "slope",
    }  # fmt: skip
    m = module_of(network_of("net", spec), ("hvp", "gnvp", "hessian"), tmp_path)
    params, args = m.example(seed=6, batch=4)
    want = hessian_by_complex_step(m, params, args)
    assert gap(products(m.hvp, params, args), want) < 1e-12
    assert gap(matrix(m.hessian(params, *args)), want) < 1e-12
    J = jacobian_of_output(m, params, args[:1])
    assert gap(products(m.gnvp, params, args), 2 * J.T @ J / 4) < 1e-12


def test_an_unknown_function_is_refused():
    with pytest.raises(ChalkgradError, match="did you mean 'gnvp'"):
        numpy_module(network_of("net", SOFTMAX).derive(), second=("gvnp",))
