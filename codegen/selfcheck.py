"""The module's own check: its gradients against differences of its own loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .program import Program


def text(p: Program) -> str:
    """``self_check`` and the main block of the module."""
    n = p.derivation.network
    order = [t.name for t in (*n.inputs, *n.targets)]
    floats = [order.index(t.name) for t in n.inputs if t.integer is None]
    return _TEXT.replace("FLOATS", repr(tuple(floats)))


_TEXT = '''
def self_check(entries=40, step=1e-30, tolerance=1e-10):
    """Worst relative error of every gradient, by finite differences along the imaginary axis.

    The loss at w + i*step has the imaginary part step * dloss/dw to the last digit: no cancellation,
    so vanishing gradients are judged too. Returns {name: error}.
    """
    params, args = example()
    grads, inputs = backward(params, forward(params, *args)[1])
    named = [(name, "params", k, g) for k, (name, g) in enumerate(zip(Params._fields, grads))]
    spots = zip(Inputs._fields, FLOATS, inputs)
    named += [(name, "args", k, g) for name, k, g in spots]
    rng = np.random.default_rng(1)
    errors = {}
    for name, kind, k, grad in named:
        entry = rng.permutation(grad.size)[:entries]
        found = np.empty(entry.size)
        for m, e in enumerate(entry):
            moved = {"params": list(params), "args": list(args)}
            array = moved[kind][k].astype(complex)
            array.flat[e] += 1j * step
            moved[kind][k] = array
            loss = forward_unchecked(Params(*moved["params"]), *moved["args"])[0]
            found[m] = np.imag(loss) / step
        gap = np.abs(grad.ravel()[entry] - found).max()
        errors[name] = gap / (np.abs(found).max() + 1e-300) if gap > 1e-300 else 0.0
        if not errors[name] <= tolerance and gap < 1e-14 * max(np.abs(g).max() for *_, g in named):
            errors[name] = 0.0  # zero to rounding
    return errors


if __name__ == "__main__":
    worst = self_check()
    for name, error in worst.items():
        print(f"d{name:<12} worst error {error:.1e}  {'ok' if error <= 1e-10 else 'FAILED'}")
    sys.exit(0 if all(error <= 1e-10 for error in worst.values()) else 1)
'''
