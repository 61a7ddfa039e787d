"""Second derivatives from the same sweep: against the complex step of the first ones."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad import load_all
from chalkgrad.codegen.targets.numpy.module import numpy_module
from tests.targets.numpy.training.curvature_tools import loaded

MLP = {
    "input": {"x": [2]},
    "target": {"y": [2]},
    "loss": {"squared_error": {"factor": "1/outputs"}},
}
SPECS = {
    "lecture": {**MLP, "layers": [
        {"dense": {"units": 3, "activation": "sigmoid"}},
        {"dense": {"units": 2, "activation": "sigmoid"}},
    ]},
    "softmax_regression": {
        "input": {"x": [4]}, "target": {"y": {"shape": [3], "fact": "distribution"}},
        "layers": [{"dense": {"units": 3}}], "loss": "cross_entropy_logits",
        "penalty": [{"l2": {"rate": 0.1}}],
    },
    "convolution_max_pool": {
        "input": {"x": [1, 6, 6]}, "target": {"y": [2]},
        "layers": [
            {"conv2d": {"out": 2, "k": 3, "pad": 1, "activation": "tanh"}},
            {"max_pool2d": {"k": 2}}, "flatten", {"dense": {"units": 2}},
        ],
        "loss": "squared_error",
    },
    "attention": {
        "input": {"x": [3, 4]}, "target": {"y": [3, 4]},
        "layers": [{"multi_head_attention": {"heads": 2, "causal": True}}], "loss": "squared_error",
    },
    "embedding_layer_norm": {
        "input": {"t": {"shape": [5], "integer": 7}}, "target": {"y": [5, 2]},
        "layers": [
            {"embedding": {"vocab": 7, "units": 3}}, "layer_norm",
            {"dense": {"units": 2, "activation": "gelu"}},
        ],
        "loss": "squared_error",
    },
    "batch_norm": {
        "input": {"x": [4]}, "target": {"y": [2]},
        "layers": [{"dense": {"units": 3}}, "batch_norm", "tanh", {"dense": {"units": 2}}],
        "loss": "squared_error",
    },
    "recurrence": {
        "input": {"x": [4, 2]}, "target": {"y": [4, 3]}, "layers": [{"gru": {"units": 3}}],
        "loss": "squared_error",
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(SPECS))
def module(request, tmp_path_factory):
    (network,) = load_all({"name": f"second_{request.param}", **SPECS[request.param]})
    path = tmp_path_factory.mktemp("second") / f"{network.name}.py"
    path.write_text(numpy_module(network.derive(), second=("hvp", "hessian")), "utf-8")
    return loaded(path)


def worst(got, want):
    scale = max(np.abs(w).max() for w in want)
    return max(np.abs(a - b).max() for a, b in zip(got, want, strict=True)) / scale


def directional(m, params, direction, args, step=1e-30):
    """The gradient's derivative along a direction, by complex step."""
    moved = m.Params(*(p + 1j * step * v for p, v in zip(params, direction, strict=True)))
    grads = m.backward(moved, m.forward_unchecked(moved, *args)[1])[0]
    return [np.imag(g) / step for g in grads]


def test_hessian_vector_product(module):
    params, args = module.example()
    rng = np.random.default_rng(5)
    direction = module.Params(*(rng.standard_normal(np.shape(p)) for p in params))
    want = directional(module, params, direction, args)
    assert worst(module.hvp(params, direction, *args), want) < 1e-11


def test_hessian_is_symmetric_and_agrees(module):
    params, args = module.example()
    blocks = module.hessian(params, *args)
    sizes = [np.size(p) for p in params]
    full = np.block(
        [
            [np.reshape(blocks[a][b], (sizes[a], sizes[b])) for b in range(len(sizes))]
            for a in range(len(sizes))
        ]
    )
    scale = np.abs(full).max()
    assert np.abs(full - full.T).max() < 1e-11 * scale
    rng = np.random.default_rng(6)
    direction = module.Params(*(rng.standard_normal(np.shape(p)) for p in params))
    flat = np.concatenate([v.ravel() for v in direction])
    want = np.concatenate([np.ravel(w) for w in directional(module, params, direction, args)])
    assert np.abs(full @ flat - want).max() < 1e-11 * np.abs(want).max()


# of cos(k), cos(k + 1), cos(k + 2), cos(k + 3) in W, the direction, x and y: by JAX
GAUSS_NEWTON = {
    "logsumexp[i](x[i]*W[i,k])": [
        [-0.02943524164302556, -0.0060695148256532895],
        [-0.14044418498911984, -0.18777088687214044],
        [-0.11401575625822147, -0.007522760331038034],
    ],
    "prod[i](1 + x[i]*W[i,k]/2)": [
        [-0.08449736620265746, 0.012611129507908454],
        [-0.26484150183870814, 0.0018165583174569594],
        [-0.21172276446277727, 0.08742505676524064],
    ],
}


@pytest.mark.parametrize("form", GAUSS_NEWTON)
def test_gauss_newton_through_logsumexp_and_prod(form, tmp_path):
    """What the first sweep splits off (a softmax, the product of the others) is computed too."""
    spec = {
        "name": "gn", "axes": {"i": 3, "k": 2}, "input": {"x": ["i"]}, "target": {"y": ["k"]},
        "parameters": {"W": ["i", "k"]}, "loss": "L",
        "equations": f"z[k] = {form}\nL = sum[k]((z[k] - y[k])**2)",
    }  # fmt: skip
    (network,) = load_all(spec)
    (tmp_path / "gn.py").write_text(numpy_module(network.derive(), second=("gnvp",)), "utf-8")
    module = loaded(tmp_path / "gn.py")
    W, D, x, y = (
        np.cos(np.arange(np.prod(shape)) + k).reshape(shape)
        for k, shape in enumerate([(3, 2), (3, 2), (3, 3), (3, 2)])
    )
    (got,) = module.gnvp(module.Params(W), module.Params(D), x, y)
    np.testing.assert_allclose(got, GAUSS_NEWTON[form], rtol=1e-13)
