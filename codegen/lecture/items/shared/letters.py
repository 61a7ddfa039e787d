"""Letters of what is no part of a network: others where the notation uses the usual ones."""

from __future__ import annotations

from ....notation.symbols import Symbols


def any_function(symbols: Symbols) -> dict[str, str]:
    """The letters of a difference quotient, f and h, or others where a notation uses these."""
    return {"f": symbols.free("f", "g", "φ"), "h": step(symbols)}


def step(symbols: Symbols) -> str:
    """The letter of a small step."""
    return symbols.free("h", "ε", "Δ")
