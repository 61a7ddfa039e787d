"""What the tests of second derivatives and of Newton's steps share: modules, matrices, oracles."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import numpy as np

from chalkgrad import load_all
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.targets.numpy.training.curvature import seconds, step_source
from chalkgrad.derive.optimizers.settings import update_of

SQUARED = {"squared_error": {"factor": "1/2"}}
SOFTMAX = {
    "input": {"x": [4]}, "target": {"y": {"shape": [3], "fact": "distribution"}},
    "layers": [{"dense": {"units": 3}}], "loss": "cross_entropy_logits",
    "penalty": [{"l2": {"rate": 0.01, "of": ["W0", "b0"]}}],
}  # fmt: skip


def network_of(name, spec):
    (made,) = load_all({"name": name, **spec})
    return made


def module_of(network, second, folder):
    """The generated module of a network, with these functions of second derivatives."""
    path = folder / f"{network.name}.py"
    path.write_text(numpy_module(network.derive(), second=second), "utf-8")
    return loaded(path)


def loaded(path):
    """The module in that file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def program_of(name, spec, rule, folder, second=()):
    """The functions of a second-order rule's program, with the module as ``model``."""
    network = network_of(name, {**spec, "update": rule})
    update = update_of(network)
    model = module_of(network, (*second, *seconds(update)), folder)
    made = {"np": np, "model": model}
    exec("from __future__ import annotations\n" + "\n\n\n".join(step_source(update, network)), made)
    return SimpleNamespace(**made)


def flat(params):
    return np.concatenate([np.ravel(p) for p in params])


def unflat(like, vector):
    ends = np.cumsum([np.size(p) for p in like])[:-1]
    parts = np.split(vector, ends)
    return type(like)(*(v.reshape(np.shape(p)) for v, p in zip(parts, like, strict=True)))


def matrix(blocks):
    """Params of Params as one matrix."""
    sizes = [round(np.size(blocks[k][k]) ** 0.5) for k in range(len(blocks))]
    rows = zip(blocks, sizes, strict=True)
    return np.block(
        [[np.reshape(b, (m, n)) for b, n in zip(row, sizes, strict=True)] for row, m in rows]
    )


def products(function, params, args):
    """A matrix from its products with the unit vectors."""
    unit = np.eye(flat(params).size)
    return np.array([flat(function(params, unflat(params, e), *args)) for e in unit]).T


def slopes(of, params, step=1e-30):
    """The Jacobian of ``of(params)`` (any arrays, put in a row) by the complex step."""
    w = flat(params)
    columns = []
    for e in np.eye(w.size):
        columns.append(np.imag(np.ravel(of(unflat(params, w + 1j * step * e)))) / step)
    return np.array(columns).T


def hessian_by_complex_step(m, params, args):
    def gradient(moved):
        return flat(m.backward(moved, m.forward_unchecked(moved, *args)[1])[0])

    return slopes(gradient, params)


def jacobian_of_output(m, params, args):
    """∂output/∂parameters, the checks of `predict` switched off (they refuse complex numbers)."""
    checked, m.checked = m.checked, lambda *given: given
    try:
        return slopes(lambda moved: m.predict(moved, *args), params)
    finally:
        m.checked = checked


def gap(got, want):
    return np.abs(got - want).max() / np.abs(want).max()
