"""Numbers for a page that every machine prints alike, and their signs."""

from __future__ import annotations

from typing import Any

# Significant digits of a float that every machine agrees on. A small number is a difference of
# larger ones (a loss that has nearly gone), and has lost as many digits as it is smaller.
STEADY, STEADY_SMALL, SMALL = 12, 8, 1e-6


def steady(value: Any) -> float:
    """A float without its last digits, which depend on the machine that computed it."""
    exact = float(value)
    digits = STEADY if abs(exact) >= SMALL else STEADY_SMALL
    return float(f"{exact:.{digits}g}")


def signed(made: str, negative: bool) -> str:
    """A number that follows an operation sign."""
    return f"({made})" if negative else made
