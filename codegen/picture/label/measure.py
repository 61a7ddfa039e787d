"""How large a label is on paper, in cm: what keeps the labels of a picture apart."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ...formula.tree.nodes import Node
from ..scene.scene import Label
from .typeset import put, typeset
from .typeset_parts import SIZES, Level, Set

POINT = 2.54 / 72.27  # a TeX point in cm
PLATE = 0.03  # how far the background behind a label reaches beyond it, in cm


@lru_cache(maxsize=20000)
def setting(rich: str, size: str) -> Set:
    """The text set in points (see `codegen.picture.label.typeset`)."""
    return typeset(rich, size)


@lru_cache(maxsize=20000)
def extent_of(rich: str, size: str) -> tuple[float, float, float]:
    """Width, height over the baseline and depth below it, in cm."""
    return _extent(setting(rich, size), size)


def _extent(made: Set, size: str) -> tuple[float, float, float]:
    """A text without descenders keeps a small depth, so that what stands side by side has one
    baseline."""
    em = SIZES[size]
    above, below = max(made.above, 0.45 * em), max(made.below, 0.05 * em)
    return made.wide * POINT, above * POINT, below * POINT


def measure(rich: str, size: str = "small") -> tuple[float, float]:
    """Width and height of a rich text in cm as pdflatex sets it (Latin Modern; text sans, as in
    beamer, mathematics serif), within about a tenth."""
    wide, above, below = extent_of(rich, size)
    return wide, above + below


def measure_formula(node: Node, size: str) -> tuple[float, float]:
    """Width and height of a formula in cm."""
    wide, above, below = _extent(put(node, Level(SIZES[size], drawn=False)), size)
    return wide, above + below


def labelled(label: Label) -> Label:
    """The label with its measured extent, unless it has one already."""
    if label.wide:
        return label
    wide, high = measure(label.text, label.size)
    return replace(label, wide=wide, high=high)


def baseline(label: Label) -> tuple[float, float]:
    """Where the text of a label begins: the left end of its baseline in cm."""
    left, bottom, _, _ = labelled(label).box()
    return left, bottom + extent_of(label.text, label.size)[2]
