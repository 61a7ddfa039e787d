"""The numbers of a rule step by step, in the algebra of `derive.values.arrays`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..language.errors import ChalkgradError
from ..language.evaluate import evaluate
from ..language.expr import Add, Expr, Idx, Name, Read, num, transform
from ..values.arrays import Array, Arrays
from .options import check_known
from .rules import Optimizer, formed, optimizer


def worked(
    rule: str | Optimizer,
    gradients: Sequence[Any],
    values: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    rates: Sequence[Any] | None = None,
    first: int = 1,
) -> tuple[Mapping[str, Array], ...]:
    """Every tensor of the rule after each step, float64.

    Parameters
    ----------
    rule : a shipped rule's name, or the rule itself.
    gradients : one per step, numbers or arrays of the parameter's shape; for ``minibatch`` the
        samples' gradients of each step (samples first); for ``newton`` (n,) vectors.
    values : ``w`` before the first step (default 0), ``H`` for Newton ((n, n), the same for every
        step), and another ``start`` of the state.
    options : instead of the default hyperparameters; one that is on may choose another form.
    rates : the rate of every step, where it changes.
    first : the number t of the first of these steps; ``values`` then hold the state before it.

    Raises
    ------
    ChalkgradError
        for an unknown rule or option, a missing or singular Hessian.
    """
    asked = dict(options or {})
    plain = optimizer(rule) if isinstance(rule, str) else rule
    check_known(asked, [*plain.options, *plain.more], plain.name, "optimizers")
    rule = formed(plain, asked)
    given = dict(values or {})
    settings = {k: np.asarray(float(asked.get(k, v))) for k, v in rule.options.items()}
    state = {k: float(v) for k, v in rule.start.items()} | {"w": 0.0}
    here: dict[str, Array] = {k: np.asarray(given.get(k, v), dtype=float) for k, v in state.items()}
    fixed = _matrices(rule, given)
    made = []
    for t, gradient in enumerate(gradients, start=first):
        if rates is not None:
            settings["rate"] = np.asarray(float(rates[t - first]))
        here = _step(rule, t, np.asarray(gradient, dtype=float), here, {**settings, **fixed})
        made.append(here)
    return tuple(made)


def _matrices(rule: Optimizer, given: Mapping[str, Any]) -> dict[str, Array]:
    """The given matrix H, and its inverse where the rule reads that of H itself."""
    if not rule.inverse:
        return {}
    if "H" not in given:
        raise ChalkgradError("no value for 'H'", where="optimizers", hint="give H")
    H = np.asarray(given["H"], dtype=float)
    return {"H": H, **{inv: _inverse(of, H) for inv, of in rule.inverse.items() if of == "H"}}


def _inverse(of: str, value: Array) -> Array:
    try:
        return np.linalg.inv(value)
    except np.linalg.LinAlgError:
        raise ChalkgradError(f"the matrix {of} has no inverse", where="optimizers") from None


def _step(
    rule: Optimizer, t: int, gradient: Array, before: Mapping[str, Array],
    known: Mapping[str, Array],
) -> dict[str, Array]:  # fmt: skip
    """The equations of step t in order, each for all entries at once."""
    if (rule.samples or rule.vector) and gradient.ndim != 1:
        what = f"{rule.name} takes one list of numbers a step, got the shape {gradient.shape}"
        raise ChalkgradError(what, where="optimizers")
    sizes = dict.fromkeys(("i", "j", "b"), gradient.shape[0] if gradient.ndim else 1)
    values = {**known, next(iter(rule.samples), "g"): gradient}
    values |= {f"{name}@before": value for name, value in before.items()}
    now: dict[str, Array] = {}
    for eq in rule.equations:
        left = [Idx(i.name, i.name, -1) for i in eq.indices[1:] if isinstance(i, Name)]
        env: dict[Expr, Array] = {
            i: np.arange(sizes[i.axis]).reshape([-1 if k == m else 1 for m in range(len(left))])
            for k, i in enumerate(left)
        }
        algebra = Arrays(values, sizes.__getitem__, env, len(left))
        made = np.asarray(evaluate(_at_step(eq.rhs, t, sizes), algebra), dtype=float)
        now[eq.name] = values[eq.name] = made
        for inv, of in rule.inverse.items():
            if of == eq.name:
                values[inv] = _inverse(of, made)
    return now


def _at_step(e: Expr, t: int, axes: Mapping[str, int]) -> Expr:
    """Step t of an equation: x[t-1] is ``x@before``, x[t] is x; the other letters are indices."""

    def visit(x: Expr) -> Expr:
        if isinstance(x, Name):
            if x.name == "t":
                return num(t)
            return Idx(x.name, x.name, -1) if x.name in axes else Read(x.name)
        if isinstance(x, Read) and x.indices:
            first, *rest = x.indices
            return Read(f"{x.tensor}@before" if isinstance(first, Add) else x.tensor, tuple(rest))
        return x

    return transform(e, visit)
