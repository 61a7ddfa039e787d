"""Numbers for a page that every machine prints alike, and their signs."""

from __future__ import annotations

from typing import Any

from ...formula.numerals import decimal
from ...formula.tree.nodes import Row as Formula
from ...formula.tree.write import fenced

# Significant digits of a float that every machine agrees on. A small number is a difference of
# larger ones (a loss that has nearly gone), and has lost as many digits as it is smaller.
STEADY, STEADY_SMALL, SMALL = 12, 8, 1e-6


def steady(value: Any) -> float:
    """A float without its last digits, which depend on the machine that computed it."""
    exact = float(value)
    digits = STEADY if abs(exact) >= SMALL else STEADY_SMALL
    return float(f"{exact:.{digits}g}")


def signed(made: Formula, negative: bool) -> Formula:
    """A number that follows an operation sign."""
    return fenced(made) if negative else made


def full(exact: Any) -> str:
    """A value with 17 significant digits, shorter where it ends earlier."""
    made = decimal(exact)
    return f"{made:.17g}" if made.is_finite() else str(made)


def declared_short(exact: Any) -> bool:
    return len(decimal(exact).normalize().as_tuple().digits) <= 8
