"""Conjugate gradients: a linear system solved from products of its matrix with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


# -- program --
def conjugate_gradients(
    product: Callable[[Any], Any], b: Any, tolerance: float, iterations: int
) -> Any:
    """x with A x = b, for a symmetric A (P, P) of which only product(v) = A v is known.

    Ends when the residual is at most ``tolerance`` times the length of b, and after ``iterations``.
    Where A curves downwards along the next direction, the x before it is the answer, in the first
    iteration b itself: w - x is then a step of gradient descent.
    Source: Nocedal, Wright, Numerical Optimization (2006), algorithms 5.2 and 7.1.
    """
    x, residual = np.zeros_like(b), b
    direction, square = b, b @ b
    enough = tolerance**2 * square
    for k in range(iterations):
        if square <= enough:
            break
        changed = product(direction)
        curvature = direction @ changed
        if curvature <= 0:
            return x if k else b
        length = square / curvature
        x = x + length * direction
        residual = residual - length * changed
        before, square = square, residual @ residual
        direction = residual + square / before * direction
    return x
