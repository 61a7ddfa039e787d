"""Hessian-vector and Gauss-Newton products of small random networks against JAX in float64.

    python -m pytest -s tests/development/test_second_random_jax.py

Not collected by default, because JAX is no dependency. JAX differentiates the equations as they
were parsed (tests/development/jax_equations.py): 60 networks of equations, 40 stacks of layers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chalkgrad import ChalkgradError, load
from chalkgrad.codegen.lowering.prepare import prepared, stable_network
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.chainrule.gauss_newton import gauss_newton_vector
from chalkgrad.derive.network.network import Network
from tests.development.jax_equations import Equations
from tests.development.random_networks import network
from tests.development.random_stacks import stack
from tests.targets.numpy.training.curvature_tools import flat, loaded, unflat

jax.config.update("jax_enable_x64", True)

BATCH = 3
WORST: dict[str, tuple[float, str]] = {}
COUNT: Counter[str] = Counter()
Given = Mapping[str, Any]


def _stacks(count: int) -> list[int]:
    """Seeds of stacks that have weights, none of them many."""
    found = []
    seed = 0
    while len(found) < count:
        net = load(stack(seed).spec)
        sizes = [int(np.prod(net.shape(t.name))) for t in net.parameters]
        if sizes and sum(sizes) < 80:
            found.append(seed)
        seed += 1
    return found


SPECS = {
    **{f"equations {seed}": network(seed) for seed in range(60)},
    **{f"stack {seed}": stack(seed).spec for seed in _stacks(40)},
}


@pytest.fixture(scope="module", params=list(SPECS))
def case(request: Any, tmp_path_factory: Any) -> Any:
    """(name, network, module, params, data, split)."""
    net = load(SPECS[request.param])
    d = net.derive()
    try:
        split = gauss_newton_vector(prepared(d)).split
    except ChalkgradError as err:
        if "no second derivative" not in str(err):
            raise
        split = None
    second = ("hvp", "gnvp") if split is not None else ("hvp",)
    path = tmp_path_factory.mktemp("second") / f"{net.name}.py"
    path.write_text(numpy_module(d, second=second), "utf-8")
    module = loaded(path)
    params, data = module.example(seed=1, batch=BATCH)
    return request.param, net, module, params, data, split


def loss_of(net: Network, data: Any, split: tuple[str, ...] = ()) -> Callable[..., Any]:
    """(loss, split tensors) as a function of parameters, and of the split ones where given."""
    given = dict(zip((t.name for t in (*net.inputs, *net.targets)), data, strict=True))
    written = {eq.name for eq in net.written}
    equations = net.written if set(split) <= written else stable_network(net).equations

    def run(p: Given, z: Given | None = None) -> Any:
        made = Equations(net, equations, {**given, **p}, BATCH, z).values
        return made[net.loss], {name: made[name] for name in split}

    return run


def judged(what: str, name: str, got: Any, want: Any) -> None:
    error = float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-3))
    WORST[what] = max(WORST.get(what, (0.0, "")), (error, name))
    COUNT[what] += 1
    assert error < 1e-9


def direction(params: Any) -> Any:
    return unflat(params, np.random.default_rng(2).standard_normal(flat(params).size))


def test_hessian_vector_product(case: Any) -> None:
    name, net, m, params, data, _ = case
    D = direction(params)
    run = loss_of(net, data)
    here = params._asdict()
    assert float(m.forward(params, *data)[0]) == pytest.approx(
        float(jax.jit(run)(here)[0]), rel=1e-11
    )
    slope = jax.grad(lambda p: run(p)[0])
    want = jax.jit(lambda p, along: jax.jvp(slope, (p,), (along,))[1])(here, D._asdict())
    judged("hvp", name, flat(m.hvp(params, D, *data)), flat([want[n] for n in params._fields]))


def test_gauss_newton_product(case: Any) -> None:
    """Jᵀ(B(J·D)) by jvp, jvp of grad and vjp; the parameters in the loss itself are cut as well."""
    name, net, m, params, data, split = case
    if split is None:  # the loss is not curved, and that is said
        with pytest.raises(ChalkgradError, match="no second derivative"):
            gauss_newton_vector(prepared(net.derive()))
        return
    D, here = direction(params), params._asdict()
    run = loss_of(net, data, split)

    def both(p: Given) -> Any:
        return p, run(p)[1]

    slope = jax.grad(lambda pz: run(pz[0], pz[1])[0])

    @jax.jit
    def product(p: Given, along: Given) -> Any:
        out, back = jax.vjp(both, p)
        ahead = jax.jvp(both, (p,), (along,))[1]
        return back(jax.jvp(slope, (out,), (ahead,))[1])[0]

    made = product(here, D._asdict())
    got = flat(m.gnvp(params, D, *data))
    judged("gnvp", name, got, flat([jnp.asarray(made[n]) for n in params._fields]))


@pytest.fixture(scope="module", autouse=True)
def _report() -> Iterator[None]:
    """The number of products and the worst errors (pytest -s)."""
    yield
    print(f"\n{dict(COUNT)}, worst {WORST}")
