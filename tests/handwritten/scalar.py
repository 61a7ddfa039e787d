"""Networks of one parameter tensor w without data, made from a loss and its gradient.

Below them, losses that all mean the sum of w cubed and none of which bears the complex step.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np


class One(NamedTuple):
    w: np.ndarray


class NoInputs(NamedTuple):
    pass


def scalar_module(loss: Any, slope: Any) -> SimpleNamespace:
    """The module of the contract with loss(w) and its gradient slope(w)."""
    return SimpleNamespace(
        __name__="scalar",
        forward=lambda p: (loss(p.w), p.w),
        backward=lambda p, cache: (One(slope(p.w)), NoInputs()),
    )


def raises(w: Any) -> Any:
    if np.iscomplexobj(w):
        raise TypeError("no complex numbers here")
    return (w**3).sum()


def warns(w: Any) -> Any:
    held = np.empty(w.shape)
    held[...] = w
    return (held**3).sum()


def loses_a_part(w: Any) -> Any:
    return (np.abs(w) ** 2 * w).sum()


def conjugates(w: Any) -> Any:
    return (w * w * np.conj(w)).sum()


def real_part(w: Any) -> Any:
    return (w.real**3).sum()


REFUSING = (raises, warns, loses_a_part, conjugates, real_part)
