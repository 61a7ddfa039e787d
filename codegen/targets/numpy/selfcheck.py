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
    an error that rounding could cause is forgiven. How much it causes, the points nearby tell,
    where other digits are lost: a gradient that cancels to zero is nothing else.
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

    directions = {name: rng.standard_normal(grad.shape) for name, grad in gradients(point).items()}

    def terms(point):
        """{name: the gradient along u, entry by entry, and last what it should add up to}"""
        made = {}
        for name, grad in gradients(point).items():
            u = directions[name]
            moved = {**point, name: point[name] + 1j * step * u}
            made[name] = np.append(grad * u, np.imag(forward_unchecked(*split(moved))[0]) / step)
        return made

    def near(point):
        return {
            k: v * (1 + 2.0**-40 * rng.standard_normal(v.shape)) if k in directions else v
            for k, v in point.items()
        }

    here, nearby = terms(point), [terms(near(point)) for _ in range(6)]
    errors = {}
    for name, found in here.items():
        noise = max(abs(other[name] - found).sum() for other in nearby)
        gap = abs(found[:-1].sum() - found[-1])
        errors[name] = gap / (abs(found[:-1]).sum() + 1e12 * noise + 1e-300)
    return errors


if __name__ == "__main__":
    errors = self_check()
    for name, error in errors.items():
        print(f"PREFIX{name:<12} error {error:.1e}  {'ok' if error < 1e-10 else 'FAILED'}")
    raise SystemExit(0 if all(error < 1e-10 for error in errors.values()) else 1)
'''
