"""Update rules as equations (rules.yaml), and their numbers step by step.

    optimizer("adam").equations         parsed, in the order of a step: state first
    worked("adagrad", [0.1], {"w": 1.0})[0]["w"]

The rules are what the lectures mean, not what they print (LECTURES.md §2): the state is updated
before it is used, Adam's corrections are 1 − β**t with eps outside of the root, RMSprop's decay is
a number of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from ..errors import ChalkgradError, suggest
from ..expr import Add, Expr, Idx, Name, Read, num, transform
from ..network import Network
from ..numbers import Evaluator
from ..parser import Parsed, equations
from ..strict_yaml import load_text

__all__ = ["Optimizer", "names", "optimizer", "worked"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Optimizer:
    """One rule. ``equations`` define the tensors of step t in order, ``w`` last.

    ``options`` are the hyperparameters with their defaults, ``start`` the state before the first
    step, ``inverse`` names that stand for the inverse of a given matrix (``Hinv`` of ``H``),
    ``vector`` the letters of the parameter's entries where entries are mixed (Newton), ``samples``
    the tensors given per sample with their letters (mini-batch).
    """

    name: str
    summary: str
    source: str
    equations: tuple[Parsed, ...]
    options: Mapping[str, Decimal]
    start: Mapping[str, Decimal] = field(default_factory=dict)
    inverse: Mapping[str, str] = field(default_factory=dict)
    vector: tuple[str, ...] = ()
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def _all() -> dict[str, Any]:
    text = resources.files(__name__).joinpath("rules.yaml").read_text("utf-8")
    made: Any = load_text(text, "optimizers/rules.yaml")
    return dict(made)


def names() -> list[str]:
    """The rules, in the order of the lecture."""
    return list(_all())


@cache
def optimizer(name: str) -> Optimizer:
    """A rule by its name. Raises ChalkgradError, with a suggestion, for an unknown one."""
    if name not in _all():
        raise ChalkgradError(f"there is no optimiser '{name}'", where="optimizers",
                             hint=suggest(name, _all()))  # fmt: skip
    given = _all()[name]
    return Optimizer(
        name, given["summary"], given["source"], tuple(equations(given["equations"], name)),
        {k: Decimal(v) for k, v in given["options"].items()},
        {k: Decimal(v) for k, v in given.get("start", {}).items()}, given.get("inverse", {}),
        tuple(given.get("vector", ())),
        {k: tuple(v) for k, v in given.get("samples", {}).items()},
    )  # fmt: skip


def worked(
    name: str,
    gradients: Sequence[Any],
    values: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> tuple[Mapping[str, Array], ...]:
    """Every tensor of the rule after each step, float64.

    Parameters
    ----------
    gradients : one per step, numbers or arrays of the parameter's shape; for ``minibatch`` the
        samples' gradients of each step (samples first); for ``newton`` (n,) vectors.
    values : ``w`` before the first step (default 0), ``H`` for Newton ((n, n), the same for every
        step), and another ``start`` of the state.
    options : instead of the default hyperparameters.

    Raises
    ------
    ChalkgradError
        for an unknown rule or option, a missing or singular Hessian.
    """
    rule = optimizer(name)
    given = dict(values or {})
    settings = _settings(rule, options or {})
    state = {k: float(v) for k, v in rule.start.items()} | {"w": 0.0}
    here: dict[str, Array] = {k: np.asarray(given.get(k, v), dtype=float) for k, v in state.items()}
    fixed = {inv: _inverse(given, of) for inv, of in rule.inverse.items()}
    made = []
    for t, gradient in enumerate(gradients, start=1):
        here = _step(rule, t, np.asarray(gradient, dtype=float), here, {**settings, **fixed})
        made.append(here)
    return tuple(made)


def _settings(rule: Optimizer, given: Mapping[str, Any]) -> dict[str, Array]:
    for key in given:
        if key not in rule.options:
            raise ChalkgradError(f"{rule.name} has no option '{key}'", where="optimizers",
                                 hint=suggest(key, rule.options))  # fmt: skip
    return {k: np.asarray(float(given.get(k, v))) for k, v in rule.options.items()}


def _inverse(given: Mapping[str, Any], of: str) -> Array:
    if of not in given:
        raise ChalkgradError(f"no value for '{of}'", where="optimizers", hint=f"give {of}")
    try:
        return np.linalg.inv(np.asarray(given[of], dtype=float))
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
    run = Evaluator(Network(rule.name, {}, (), sizes, "", "", ""))
    run.values = {**known, next(iter(rule.samples), "g"): gradient}
    run.values |= {f"{name}@before": value for name, value in before.items()}
    now: dict[str, Array] = {}
    for eq in rule.equations:
        left = [Idx(i.name, i.name, -1) for i in eq.indices[1:] if isinstance(i, Name)]
        env: dict[Expr, Array] = {i: np.arange(sizes[i.axis]) for i in left}
        made = np.asarray(run.value(_at_step(eq.rhs, t, sizes), env, len(left)), dtype=float)
        now[eq.name] = run.values[eq.name] = made
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
