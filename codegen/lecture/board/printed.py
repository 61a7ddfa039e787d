"""Numbers of a page that are not entries of its board, or have other digits than its others."""

from __future__ import annotations

from typing import Any

from ...deck.model import Figure
from ...formula.numerals import Numerals
from .board import Board, full

# Significant digits of a float that every machine agrees on. A small number is a difference of
# larger ones (a loss that has nearly gone), and has lost as many digits as it is smaller.
STEADY, STEADY_SMALL, SMALL = 12, 8, 1e-6


def printed(
    board: Board, name: str, exact: Any, numerals: Numerals | None = None, relation: str = ""
) -> str:
    """The LaTeX of a number in its own numerals, recorded for the manifest as ``key.name``."""
    chosen = numerals or board.numerals
    key = f"{board.key}.{name}"
    made = Figure(key, full(exact), chosen.plain(exact), chosen.rounding, relation)
    old = board.figures.get(key)
    if old is None or relation:
        board.figures[key] = made
    return rf"\cgn{{{key}}}{{{chosen.tex(exact)}}}"


def steady(value: Any) -> float:
    """A float without its last digits, which depend on the machine that computed it."""
    exact = float(value)
    digits = STEADY if abs(exact) >= SMALL else STEADY_SMALL
    return float(f"{exact:.{digits}g}")


def signed(made: str, negative: bool) -> str:
    """A number that follows an operation sign."""
    return f"({made})" if negative else made
