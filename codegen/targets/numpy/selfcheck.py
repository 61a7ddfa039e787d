"""The module's own check: its gradients against the complex step on its own loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...lowering.program import Program


def text(p: Program) -> str:
    """``self_check``. It reads the module's own SHAPES, example, forward_unchecked and backward."""
    return _TEXT.replace("PREFIX", p.derivation.prefix)


_TEXT = '''
def self_check(seed=0, step=1e-30):
    """{name: relative error} of every gradient along a random direction u.

    Expected is the complex step: the loss at w + i*step*u has the imaginary part step * slope.
    No two numbers are subtracted, so that even a vanishing gradient is judged to its last digits;
    an error that one rounding of the data could cause is forgiven.
    """
    rng = np.random.default_rng(seed)
    params, data = example(seed)
    point = dict(zip(SHAPES, (*params, *data)))

    def split(point):
        values = [*point.values()]
        return Params(*values[: len(params)]), *values[len(params) :]

    def gradients(point):
        grads, inputs = backward(split(point)[0], forward(*split(point))[1])
        return {**grads._asdict(), **inputs._asdict()}

    grads = gradients(point)
    nearby = gradients({k: np.nextafter(v, 9e9) if k in grads else v for k, v in point.items()})
    errors = {}
    for name, grad in grads.items():
        u = rng.standard_normal(grad.shape)
        moved = {**point, name: point[name] + 1j * step * u}
        gap = abs((grad * u).sum() - np.imag(forward_unchecked(*split(moved))[0]) / step)
        rounding = abs((nearby[name] - grad) * u).sum()
        errors[name] = gap / (abs(grad * u).sum() + 1e12 * rounding + 1e-300)
    return errors


if __name__ == "__main__":
    errors = self_check()
    for name, error in errors.items():
        print(f"PREFIX{name:<12} error {error:.1e}  {'ok' if error < 1e-10 else 'FAILED'}")
    raise SystemExit(0 if all(error < 1e-10 for error in errors.values()) else 1)
'''
