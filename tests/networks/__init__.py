"""Networks that the catalogue does not contain, written as equations, by family.

Every `Trial` is a spec and what its data needs; tests/targets/numpy/test_any_network.py judges all
of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Trial:
    """One network. ``positive`` names the tensors drawn from (0.3, 1.5); ``ones`` the axes that
    may shrink to size 1; ``given`` fixed numbers; ``large`` the tensors that the extreme test
    scales to about 1000; ``lonely`` whether a batch of one sample makes sense."""

    name: str
    spec: Mapping[str, Any]
    positive: tuple[str, ...] = ()
    ones: tuple[str, ...] = ()
    large: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    lonely: bool = True


def trial(
    name: str,
    equations: str,
    *,
    positive: str = "",
    ones: str = "",
    large: str = "",
    given: Mapping[str, Any] | None = None,
    lonely: bool = True,
    **spec: Any,
) -> Trial:
    """A trial from its equations; the other keys are those of a spec."""
    full = {"name": name, "equations": equations, "loss": "L", **spec}
    words = [tuple(text.split()) for text in (positive, ones, large)]
    return Trial(name, full, *words, dict(given or {}), lonely)
