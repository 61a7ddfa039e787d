"""The helper functions that modules carry: erf to the last digits, extremes, complex steps."""

from __future__ import annotations

import math
import types

import mpmath
import numpy as np
import pytest

from chalkgrad.codegen.targets.numpy.helpers import HELPERS


@pytest.fixture(scope="module")
def helpers() -> types.ModuleType:
    """All helper functions in one module, as a generated file would hold them."""
    module = types.ModuleType("helpers_under_test")
    module.__dict__["np"] = np
    for text in HELPERS.values():
        exec(compile(text, "<helper>", "exec"), module.__dict__)
    return module


def points() -> np.ndarray:
    rng = np.random.default_rng(0)
    tiny = 10 ** rng.uniform(-300, 1, 9_990) * rng.choice([-1, 1], 9_990)
    edges = [0.0, -0.0, 0.84375, -0.84375, 4, 6, 1e308, -1e308, np.inf, -np.inf]
    return np.concatenate([rng.uniform(-7, 7, 60_000), rng.standard_normal(30_000), tiny, edges])


def ulps(got: np.ndarray, expected: np.ndarray) -> float:
    return float((np.abs(got - expected) / np.spacing(np.abs(expected))).max())


def test_erf_is_within_two_ulp(helpers: types.ModuleType) -> None:
    x = points()
    assert len(x) == 100_000
    assert ulps(helpers.erf(x), np.array([math.erf(v) for v in x])) <= 2
    some = x[:: len(x) // 2000]
    exact = np.array([float(mpmath.erf(mpmath.mpf(float(v)))) for v in some])
    assert ulps(helpers.erf(some), exact) <= 2


def test_erf_keeps_single_precision_and_its_sign_of_zero(helpers: types.ModuleType) -> None:
    x = points().clip(-10, 10).astype(np.float32)
    got = helpers.erf(x)
    assert got.dtype == np.float32
    assert ulps(got, np.array([math.erf(float(v)) for v in x], np.float32)) <= 1
    assert np.isnan(helpers.erf(np.array([np.nan]))).all()
    np.testing.assert_array_equal(np.signbit(helpers.erf(np.array([-0.0, 0.0]))), [True, False])


def test_erf_passes_a_complex_step(helpers: types.ModuleType) -> None:
    x = np.linspace(-8, 8, 401)
    slope = helpers.erf(x + 1e-100j).imag / 1e-100
    np.testing.assert_allclose(slope, 2 / math.sqrt(math.pi) * np.exp(-x * x), rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_stable_helpers_at_a_thousand(helpers: types.ModuleType, dtype: type) -> None:
    z = np.array([-1000, 0, 1000], dtype)
    np.testing.assert_array_equal(helpers.sigmoid(z), np.array([0, 0.5, 1], dtype))
    np.testing.assert_array_equal(helpers.softplus(z), np.array([0, math.log(2), 1000], dtype))
    np.testing.assert_array_equal(helpers.log_sigmoid(z), np.array([-1000, -math.log(2), 0], dtype))
    np.testing.assert_array_equal(helpers.softmax(z, axis=-1), np.array([0, 0, 1], dtype))
    np.testing.assert_array_equal(helpers.log_softmax(z, axis=-1), [-2000, -1000, 0])
    assert helpers.logsumexp(z, axis=0) == 1000
    close = np.array([1000 - math.log(2), 0, 1000 - math.log(2)], dtype)
    np.testing.assert_allclose(helpers.log_cosh(z), close, atol=4 * np.finfo(dtype).eps)
    for name in ("sigmoid", "softplus", "log_sigmoid", "log_cosh", "erf", "absolute"):
        assert getattr(helpers, name)(z).dtype == dtype, name


def test_a_complex_step_through_sigmoid_is_its_slope_even_where_it_ends(
    helpers: types.ModuleType,
) -> None:
    z = np.array([-1000, -750, -40, 0, 40, 1000.0])
    y = helpers.sigmoid(z)
    slope = helpers.sigmoid(z + 1e-30j).imag / 1e-30
    np.testing.assert_allclose(slope, y * (1 - y), rtol=1e-14, atol=1e-17)


@pytest.mark.parametrize(
    ("start", "stride", "dilation"),
    [(0, 1, 1), (-2, 2, 1), (1, 1, 3), (-3, 3, 2), (4, 2, 1), (12, 1, 1), (-20, 1, 1)],
)
def test_fold_is_the_adjoint_of_reading_windows(
    helpers: types.ModuleType, start: int, stride: int, dilation: int
) -> None:
    """Along one axis, and along two that are read in different ways."""
    rng = np.random.default_rng(3)
    size, count, width = 9, 4, 3
    at = start + stride * np.arange(count) + dilation * np.arange(width)[:, None]
    inside = (at >= 0) & (at < size)
    x, w = rng.standard_normal((2, size)), rng.standard_normal((2, width, count))
    windows = np.where(inside, x[:, at.clip(0, size - 1)], 0)
    back = helpers.fold(w, size=(size,), start=(start,), stride=(stride,), dilation=(dilation,))
    assert back.shape == x.shape
    assert (windows * w).sum() == pytest.approx((x * back).sum(), rel=1e-12, abs=1e-300)

    rows = np.arange(5) + np.arange(2)[:, None]  # of the second axis: each one, two at a time
    x, w = rng.standard_normal((size, 6)), rng.standard_normal((width, 2, count, 5))
    both = x[at.clip(0, size - 1)[:, None, :, None], rows[None, :, None, :]]
    both = np.where(inside[:, None, :, None], both, 0)
    back = helpers.fold(
        w, size=(size, 6), start=(start, 0), stride=(stride, 1), dilation=(dilation, 1)
    )
    assert (both * w).sum() == pytest.approx((x * back).sum(), rel=1e-12, abs=1e-300)


def test_maxima_over_windows_and_their_first_places(helpers: types.ModuleType) -> None:
    """With ties, with a single place, and for the numbers of a complex step."""
    rng = np.random.default_rng(5)
    w = rng.integers(0, 4, (3, 5, 2, 3)).astype(float)
    flat = w.reshape(3, 5, -1)
    np.testing.assert_array_equal(helpers.window_max(w, 2), flat.max(axis=-1))
    np.testing.assert_array_equal(helpers.window_argmax(w, 2), flat.argmax(axis=-1))
    stepped = helpers.window_max(w + 1e-30j, 2)
    np.testing.assert_array_equal(stepped, flat.max(axis=-1) + 1e-30j)
    np.testing.assert_array_equal(helpers.window_max(w[..., :1], 1), w[..., 0])


def test_scatter_add_counts_repeats_and_drops_what_is_outside(helpers: types.ModuleType) -> None:
    index = np.array([[0, 2], [2, -1], [5, 3]])
    got = helpers.scatter_add(index, np.ones((3, 2, 2)), 4)
    np.testing.assert_array_equal(got, [[1, 1], [0, 0], [2, 2], [1, 1]])


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("softplus", lambda v: mpmath.log1p(mpmath.exp(v))),
        ("log_sigmoid", lambda v: -mpmath.log1p(mpmath.exp(-v))),
        ("log_cosh", lambda v: mpmath.log1p(2 * mpmath.sinh(v / 2) ** 2)),
    ],
)
def test_logarithms_near_their_zeros_keep_their_digits(
    helpers: types.ModuleType, name: str, exact: object
) -> None:
    """In real numbers and under a complex step, whose real part NumPy's log1p would lose."""
    x = np.concatenate([-np.logspace(-12, 2.8, 80), np.logspace(-12, 2.8, 80)])
    with mpmath.workdps(50):
        right = np.array([float(exact(mpmath.mpf(float(v)))) for v in x])  # type: ignore[operator]
    np.testing.assert_allclose(getattr(helpers, name)(x), right, rtol=1e-15)
    np.testing.assert_allclose(getattr(helpers, name)(x + 1e-30j).real, right, rtol=1e-15)


def test_logsumexp_of_nothing_but_minus_infinity(helpers: types.ModuleType) -> None:
    z = np.array([[-np.inf, -np.inf], [-np.inf, 3], [0, 0]])
    assert helpers.logsumexp(z, axis=1).tolist() == [-np.inf, 3, math.log(2)]


def test_clamp_takes_the_lower_bound_first(helpers: types.ModuleType) -> None:
    """where(z <= low, low, …): also where the bounds cross."""
    z = np.array([-1.0, 0.5, 2])
    assert helpers.clamp(z, 0, 1).tolist() == [0, 0.5, 1]
    assert helpers.clamp(z, 1, 0).tolist() == [1, 1, 0]
