"""The steps of Newton, Newton-CG and Gauss-Newton, and how they converge.

A step is redone with dense linear algebra from the complex-step Hessian; what a run arrives at is
compared with a minimum found otherwise, or with the certified values of NIST.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chalkgrad.codegen.targets.numpy.training.curvature import step_source
from chalkgrad.codegen.targets.numpy.training.parts.conjugate import conjugate_gradients
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.optimizers import worked
from chalkgrad.derive.optimizers.settings import update_of
from tests.targets.numpy.training.curvature_tools import (
    SOFTMAX,
    flat,
    gap,
    hessian_by_complex_step,
    matrix,
    network_of,
    products,
    program_of,
    unflat,
)

# -- conjugate gradients ---------------------------------------------------------------------------


def system(count, seed=0):
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((count, count))
    return half @ half.T + np.eye(count), rng.standard_normal(count)


@pytest.mark.parametrize("count", [1, 2, 10, 60])
def test_conjugate_gradients_solve(count):
    A, b = system(count)
    x = conjugate_gradients(lambda v: A @ v, b, 1e-13, 10 * count)
    assert gap(x, np.linalg.solve(A, b)) < 1e-10


def test_conjugate_gradients_end_after_as_many_steps_as_different_curvatures():
    rng = np.random.default_rng(1)
    Q = np.linalg.qr(rng.standard_normal((50, 50)))[0]
    A, b = Q @ np.diag(np.repeat([1.0, 10.0, 100.0], [20, 20, 10])) @ Q.T, rng.standard_normal(50)
    calls = []
    x = conjugate_gradients(lambda v: calls.append(v) or A @ v, b, 1e-12, 50)
    assert len(calls) == 3
    assert gap(x, np.linalg.solve(A, b)) < 1e-12


def test_the_tolerance_is_relative_and_the_iterations_are_bounded():
    A, b = system(40)
    for scale in (1e-8, 1.0, 1e8):
        calls = []
        x = conjugate_gradients(lambda v, c=calls: c.append(v) or A @ v, scale * b, 1e-2, 400)
        assert np.linalg.norm(scale * b - A @ x) <= 1e-2 * np.linalg.norm(scale * b)
        if scale < 1:
            first = len(calls)
        assert len(calls) == first < 40
    calls = []
    conjugate_gradients(lambda v: calls.append(v) or A @ v, b, 1e-12, 7)
    assert len(calls) == 7
    assert not conjugate_gradients(lambda v: A @ v, 0 * b, 1e-12, 7).any()


def test_negative_curvature_ends_the_iteration():
    """At once: b, steepest descent; later: the last step, still a direction of descent."""
    A, b = np.diag([-1.0, 2.0, 3.0]), np.array([5.0, 1.0, 1.0])
    assert (conjugate_gradients(lambda v: A @ v, b, 1e-9, 9) == b).all()
    b = np.array([1.0, 2.0, 2.0])
    x = conjugate_gradients(lambda v: A @ v, b, 1e-9, 9)
    assert b @ x > 0
    assert not np.array_equal(x, b)
    first = (b @ b) / (b @ A @ b) * b
    assert gap(x, first) < 1e-15  # the second direction curves downwards


# -- one step --------------------------------------------------------------------------------------

DEEP = {
    **SOFTMAX, "penalty": [],
    "layers": [{"dense": {"units": 3, "activation": "tanh"}}, {"dense": {"units": 3}}],
}  # fmt: skip
RULES = ["newton", "newton_cg", "gauss_newton"]
OTHER = {"tolerance": 1e-12, "iterations": 500}


def options(rule, **given):
    return {rule: {**given, **({} if rule == "newton" else OTHER)}}


def one_step(p, params, args, rate=1.0):
    """(the change of the parameters as a vector, loss, norm)."""
    moved, state, loss, norm = p.step(params, {}, args, 1, rate)
    assert state == {}
    return flat(moved) - flat(params), loss, norm


def curvature(p, rule, params, args):
    """The matrix of the rule, from oracles of its own."""
    if rule == "gauss_newton":  # its oracle: test_second_order.py
        return products(p.model.gnvp, params, args)
    return hessian_by_complex_step(p.model, params, args)


@pytest.mark.parametrize("rule", RULES)
def test_a_step_solves_the_damped_system(rule, tmp_path):
    p = program_of("net", DEEP, options(rule, damping=0.3), tmp_path)
    params, args = p.model.example(seed=1, batch=6)
    H = curvature(p, rule, params, args)
    loss, grads = p.model.loss_and_grads(params, *args)
    A = H + 0.3 * np.eye(len(H))
    assert np.linalg.eigvalsh(A).min() > 0
    change, told, norm = one_step(p, params, args, rate=0.5)
    assert gap(change, -0.5 * np.linalg.solve(A, flat(grads))) < 1e-10
    assert told == loss
    assert norm == pytest.approx(np.linalg.norm(flat(grads)), rel=1e-14)


@pytest.mark.parametrize("rule", RULES)
def test_l2_of_the_update_is_in_gradient_and_curvature(rule, tmp_path):
    """As the penalty l2/2·ΣW² in the loss, which is in H by derivation."""
    inside = {**DEEP, "penalty": [{"l2": {"rate": 0.05, "of": ["W0", "W1"]}}]}
    given = {"damping": 0.3, "l2": 0.1, "decay": ["W0", "W1"]}
    outside = program_of("outside", DEEP, options(rule, **given), tmp_path)
    within = program_of("within", inside, options(rule, damping=0.3), tmp_path)
    params, args = outside.model.example(seed=1, batch=6)
    same = within.model.Params(*params)
    change, _, _ = one_step(outside, params, args)
    assert gap(change, one_step(within, same, args)[0]) < 1e-10
    without = program_of("without", DEEP, options(rule, damping=0.3), tmp_path)
    assert gap(one_step(without, without.model.Params(*params), args)[0], change) > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_frozen_parameters_stay_and_the_others_solve_their_own_system(rule, tmp_path):
    p = program_of("net", DEEP, options(rule, damping=0.3, freeze=["b0", "W1"]), tmp_path)
    params, args = p.model.example(seed=1, batch=6)
    moved = p.step(params, {}, args, 1, 1.0)[0]
    assert moved.b0 is params.b0
    assert moved.W1 is params.W1
    free = flat(unflat(params, np.zeros(flat(params).size))._replace(
        W0=np.ones_like(params.W0), b1=np.ones_like(params.b1))) == 1  # fmt: skip
    H = curvature(p, rule, params, args)[np.ix_(free, free)]
    g = flat(p.model.loss_and_grads(params, *args)[1])[free]
    want = np.linalg.solve(H + 0.3 * np.eye(len(H)), g)
    change, _, norm = one_step(p, params, args)
    assert gap(change[free], -want) < 1e-10
    assert norm == pytest.approx(np.linalg.norm(g), rel=1e-14)


@pytest.mark.parametrize("rule", RULES)
def test_clip_norm_shortens_the_gradient_and_so_the_step(rule, tmp_path):
    plain = program_of("plain", DEEP, options(rule, damping=0.3), tmp_path)
    params, args = plain.model.example(seed=1, batch=6)
    change, _, norm = one_step(plain, params, args)
    half = float(norm / 2)
    p = program_of("net", DEEP, options(rule, damping=0.3, clip_norm=half), tmp_path)
    shorter, _, told = one_step(p, p.model.Params(*params), args)
    assert told == pytest.approx(norm, rel=1e-14)  # before clipping
    assert gap(shorter, change / 2 * norm / (norm + 1e-6)) < 1e-9


@pytest.mark.parametrize("rule", RULES)
def test_float32_stays_float32(rule, tmp_path):
    p = program_of("net", DEEP, options(rule, damping=0.3), tmp_path)
    params, args = p.model.example(seed=1, batch=6)
    change, _, _ = one_step(p, params, args)
    params, args = p.model.example(seed=1, dtype=np.float32, batch=6)
    moved = p.step(params, {}, args, 1, np.float64(1.0))[0]
    assert all(w.dtype == np.float32 for w in moved)
    assert gap(flat(moved).astype(float) - flat(params), change) < 1e-4


def test_a_step_is_that_of_the_rule_worked_by_hand(tmp_path):
    """The equations of rules.yaml, which the lecture prints, with this gradient and Hessian."""
    p = program_of("net", SOFTMAX, {"newton": {}}, tmp_path)
    params, args = p.model.example(seed=1, batch=6)
    given = {"w": flat(params), "H": matrix(p.model.hessian(params, *args))}
    g = flat(p.model.loss_and_grads(params, *args)[1])
    (by_hand,) = worked("newton", [g], given, {"rate": 0.7})
    assert gap(one_step(p, params, args, rate=0.7)[0], by_hand["w"] - given["w"]) < 1e-10


# -- what is refused -------------------------------------------------------------------------------


def test_a_singular_hessian_is_told_with_the_damping(tmp_path):
    """Softmax does not change when all its biases grow: without a penalty H has no inverse."""
    p = program_of("net", {**SOFTMAX, "penalty": []}, {"newton": {}}, tmp_path)
    params, args = p.model.example(seed=1, batch=6)
    with pytest.raises(ValueError, match=r"has no inverse.*larger damping than 0"):
        p.step(params, {}, args, 1, 1.0)
    p = program_of("damped", {**SOFTMAX, "penalty": []}, {"newton": {"damping": 0.1}}, tmp_path)
    assert np.isfinite(one_step(p, p.model.Params(*params), args)[0]).all()


def test_a_gradient_that_is_not_finite_leaves_the_parameters(tmp_path):
    p = program_of("net", SOFTMAX, {"newton": {}}, tmp_path)
    params, (x, y) = p.model.example(seed=1)
    moved, _, _, norm = p.step(params, {}, (x * np.nan, y), 1, 1.0)
    assert moved is params
    assert np.isnan(norm)


@pytest.mark.parametrize("given", [{"l1": 0.1}, {"weight_decay": 0.1}, {"clip_value": 1}])
@pytest.mark.parametrize("rule", RULES)
def test_modifiers_that_do_not_fit_are_refused(rule, given):
    (name,) = given
    with pytest.raises(ChalkgradError, match=f"{rule} takes no {name}"):
        network_of("net", {**SOFTMAX, "update": {rule: given}})


def test_a_hessian_that_does_not_fit_into_memory_is_refused():
    spec = {**SOFTMAX, "input": {"x": [5000]}}
    network = network_of("net", {**spec, "update": {"newton": {"freeze": ["b0"]}}})
    with pytest.raises(ChalkgradError, match=r"Hessian of 15000 parameters(.|\n)*newton_cg"):
        step_source(update_of(network), network)
    network = network_of("net", {**spec, "update": "newton_cg"})
    assert step_source(update_of(network), network)


def test_nothing_to_learn_is_refused():
    network = network_of("net", {**SOFTMAX, "update": {"newton": {"freeze": ["W0", "b0"]}}})
    with pytest.raises(ChalkgradError, match="every parameter is frozen"):
        step_source(update_of(network), network)


# -- convergence -----------------------------------------------------------------------------------


def classes(count=90, seed=7):
    """Three overlapping clouds of points in four dimensions, one-hot targets."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, count)
    centres = rng.standard_normal((3, 4))
    return centres[label] + rng.standard_normal((count, 4)), np.eye(3)[label]


def run(p, params, args, steps, rate=1.0):
    """The parameters before every step, and after the last."""
    made = [params]
    for t in range(1, steps + 1):
        made.append(p.step(made[-1], {}, args, t, rate)[0])
    return made


def minimum(p, params, args):
    """Where the gradient vanishes up to rounding: short steps with the complex-step Hessian."""
    w = flat(params)
    for _ in range(60):
        here = unflat(params, w)
        g = flat(p.model.loss_and_grads(here, *args)[1])
        s = np.linalg.solve(hessian_by_complex_step(p.model, here, args), g)
        w = w - s / max(1, np.linalg.norm(s))
    assert np.linalg.norm(flat(p.model.loss_and_grads(unflat(params, w), *args)[1])) < 1e-15
    return w


def away(params, best, distance):
    """A point at this distance of the minimum."""
    u = np.random.default_rng(1).standard_normal(len(best))
    return unflat(params, best + distance * u / np.linalg.norm(u))


def table(p, points, args, best):
    """Rows (k, loss, gradient norm, error, ratio e_{k+1}/e_k²), printed as well (pytest -s)."""
    errors = [np.linalg.norm(flat(w) - best) for w in points]
    rows = []
    print("\n  k  loss                |gradient|  error     error/(error before)²")
    for k, (w, e) in enumerate(zip(points, errors, strict=True)):
        loss, grads = p.model.loss_and_grads(w, *args)
        ratio = e / errors[k - 1] ** 2 if k else np.nan
        rows.append((k, float(loss), np.linalg.norm(flat(grads)), e, ratio))
        print("  {}  {:.16f}  {:.2e}    {:.2e}  {:.3g}".format(*rows[-1]))
    return rows


@pytest.mark.parametrize("rule", RULES)
def test_newton_converges_quadratically_on_softmax_regression(rule, tmp_path):
    """Gauss-Newton too: the model is linear in its parameters, so G is the Hessian."""
    p = program_of("net", SOFTMAX, options(rule, damping=0), tmp_path)
    args, params = classes(), p.model.init(0)
    best = minimum(p, params, args)
    rows = table(p, run(p, away(params, best, 0.5), args, 6), args, best)
    errors = [row[3] for row in rows]
    ratios = [ratio for *_, e, ratio in rows[1:] if e > 1e-12]  # below, rounding is all there is
    assert len(ratios) >= 4
    assert max(ratios) < 1  # bounded, and towards one constant:
    assert ratios[-1] == pytest.approx(ratios[-2], rel=0.05)
    first = next(k for k, e in enumerate(errors) if e <= 1e-2)
    assert min(errors[: first + 5]) < 1e-12


def test_damped_newton_from_far_away(tmp_path):
    """The full step overshoots for ever; with damping, or half of it, every step goes down."""
    full = program_of("full", SOFTMAX, {"newton": {}}, tmp_path)
    damped = program_of("damped", SOFTMAX, {"newton": {"damping": 0.1}}, tmp_path)
    args, params = classes(), full.model.init(0)
    best = minimum(full, params, args)

    def losses(p, points):
        return [float(p.model.forward(w, *args)[0]) for w in points]

    far = away(params, best, 10)
    lost = losses(full, run(full, far, args, 20))
    assert min(lost[1:]) > lost[0]
    points = run(damped, damped.model.Params(*far), args, 60)
    down = losses(damped, points)
    assert all(b < a for a, b in itertools.pairwise(down))
    assert np.linalg.norm(flat(points[-1]) - best) < 1e-3
    half = run(full, far, args, 40, rate=0.5)
    assert np.linalg.norm(flat(half[-1]) - best) < 1e-10
    end = run(full, full.model.Params(*points[-1]), args, 3)  # near enough for full steps now
    assert np.linalg.norm(flat(end[-1]) - best) < 1e-13


# A certified nonlinear least-squares problem: Misra1a of NIST's Statistical Reference Datasets
# (y = b1(1 − exp(−b2 x)); here b1 = 100a and b2 = b/1000, so that both are near 1).
MISRA = {
    "input": {"x": []}, "target": {"y": []}, "parameters": {"a": [], "b": []}, "output": "z",
    "equations": "z = 100*a*(1 - exp(-b*x/1000))\nL = (y - z)**2", "loss": "L", "batch": "sum",
}  # fmt: skip
MISRA_X = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1,
           689.1, 760.0]  # fmt: skip
MISRA_Y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40,
           75.47, 81.78]  # fmt: skip


@pytest.mark.parametrize("start", [(5.0, 0.1), (2.5, 0.5)], ids=["start 1", "start 2"])
def test_gauss_newton_finds_the_certified_least_squares_of_nist(start, tmp_path):
    rule = {"gauss_newton": {"damping": 0, **OTHER}}
    p = program_of("misra", MISRA, rule, tmp_path)
    args = np.array(MISRA_X), np.array(MISRA_Y)
    params = p.model.Params(*map(np.array, start))
    points = run(p, params, args, 10)
    assert float(points[-1].a) == pytest.approx(2.3894212918, rel=1e-10)
    assert float(points[-1].b) == pytest.approx(0.55015643181, rel=1e-10)
    assert float(p.model.forward(points[-1], *args)[0]) == pytest.approx(0.12455138894, rel=1e-9)


ROSENBROCK = {
    "input": {"x": []}, "target": {"y": []}, "parameters": {"a": [], "b": []}, "output": "r",
    "equations": "r = x - a\ns = b - a**2\nL = (r - y)**2 + 100*s**2", "loss": "L",
}  # fmt: skip


def test_newton_in_the_valley_of_rosenbrock(tmp_path):
    """From (−1.2, 1) the first iterate is (−1.1752809, 1.3806742): Dennis, Schnabel (1983)."""
    p = program_of("valley", ROSENBROCK, {"newton": {}}, tmp_path)
    args = np.ones(1), np.zeros(1)
    points = run(p, p.model.Params(np.array(-1.2), np.array(1.0)), args, 7)
    assert flat(points[1]) == pytest.approx([-1.1752809, 1.3806742], abs=1e-7)
    assert flat(points[-1]) == pytest.approx([1, 1], abs=1e-12)


def test_gauss_newton_in_the_valley_of_rosenbrock_needs_two_steps(tmp_path):
    """Both residuals, z = (r, s), are cut; the second is linear once a is right."""
    p = program_of("valley", ROSENBROCK, {"gauss_newton": {"damping": 0, **OTHER}}, tmp_path)
    args = np.ones(1), np.zeros(1)
    points = run(p, p.model.Params(np.array(-1.2), np.array(1.0)), args, 2)
    assert flat(points[1])[0] == pytest.approx(1, abs=1e-10)
    assert flat(points[2]) == pytest.approx([1, 1], abs=1e-10)


def test_newton_cg_goes_down_where_the_hessian_is_indefinite(tmp_path):
    """Newton's step would climb to the saddle at 0 of (a² − 1)² + b²."""
    spec = {
        "input": {"x": []}, "target": {"y": []}, "parameters": {"a": [], "b": []}, "output": "z",
        "equations": "z = x*(a**2 - 1)\nL = (z - y)**2 + b**2", "loss": "L",
    }  # fmt: skip
    cg = program_of("cg", spec, options("newton_cg"), tmp_path)
    newton = program_of("newton", spec, {"newton": {}}, tmp_path)
    args = np.ones(1), np.zeros(1)
    near = np.array(0.3), np.array(0.1)
    assert flat(run(newton, newton.model.Params(*near), args, 8)[-1]) == pytest.approx([0, 0])
    assert flat(run(cg, cg.model.Params(*near), args, 20)[-1]) == pytest.approx([1, 0], abs=1e-9)
