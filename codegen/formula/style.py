"""Colours and line widths of the pictures: one file, ``style.yaml``, for TikZ, SVG and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ...derive.language.errors import ChalkgradError, suggest

_FILE = Path(__file__).with_name("style.yaml")


@dataclass(frozen=True)
class Look:
    """How a role is drawn. Colours are ``#rrggbb``, ``fill`` is empty for shapes that are not
    filled, ``width`` (of a line) and ``dash`` (on, off) are in points."""

    stroke: str
    fill: str
    width: float
    text: str
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Factor:
    """The colours of one factor of a chain: line, tint of its box, text (contrast >= 4.5 on white
    and on the tint)."""

    stroke: str
    tint: str
    text: str


@dataclass(frozen=True)
class Style:
    ink: str
    paper: str
    factors: tuple[Factor, ...]
    factor_width: float
    roles: Mapping[str, Look]

    def look(self, role: str) -> Look:
        """The look of a role. Raises ChalkgradError for one that ``style.yaml`` does not have."""
        if role not in self.roles:
            raise ChalkgradError(
                f"the pictures know no role '{role}'",
                where="codegen/formula/style.yaml",
                hint=suggest(role, self.roles),
            )
        return self.roles[role]

    def factor(self, k: int) -> Factor:
        """The colours of factor ``k`` (from 1); after the last one they begin again."""
        return self.factors[(k - 1) % len(self.factors)]

    def number(self, k: int) -> int:
        """The number (from 1) of the palette's entry that factor ``k`` uses."""
        return (k - 1) % len(self.factors) + 1


@cache
def style() -> Style:
    """The shipped style."""
    raw: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    roles = {
        name: Look(
            row["stroke"],
            row.get("fill", ""),
            float(row["width"]),
            row["text"],
            tuple(float(d) for d in row.get("dash", ())),
        )
        for name, row in raw["roles"].items()
    }
    factors = tuple(Factor(**row) for row in raw["factors"])
    return Style(raw["ink"], raw["paper"], factors, float(raw["factor"]["width"]), roles)


def palette() -> tuple[Factor, ...]:
    """The colours of the factors in their order; the documents and the page use the same."""
    return style().factors


def contrast(one: str, other: str) -> float:
    """Contrast of two ``#rrggbb`` colours, from 1 to 21 (WCAG 2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    lit = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2]
