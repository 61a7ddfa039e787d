"""Widths and heights of rich text and formulas in cm, from the metrics of the pictures' labels."""

from __future__ import annotations

from functools import lru_cache

from ..formula.tex_break import terms
from ..formula.tex_math import math_tex
from ..picture.label.measure import POINT, measure
from ..picture.label.typeset_parts import SIZES

POINTS = dict(reversed(SIZES.items()))  # the largest first
BRACE = 8 * POINT  # under a formula, above its label
LONG = 400  # characters
_BIG = {r"\bigg": 26.5, r"\Bigg": 32.0, r"\Big": 20.5}


def display(latex: str, size: str = "normal") -> tuple[float, float]:
    """Width and height in cm of a displayed formula."""
    return displayed(math_tex(latex), size)


@lru_cache(maxsize=20000)
def displayed(tex: str, size: str = "normal") -> tuple[float, float]:
    """`display` of what has passed the gate to TeX, as the `terms` of a formula have."""
    if not tex.strip():
        return 0.0, 0.0
    if len(tex) > LONG:  # a long sum is as wide as its terms and as high as the highest
        parts = terms(tex)
        if len(parts) > 1 and max(map(len, parts)) < 0.95 * len(tex):
            found = [displayed(p, size) for p in parts]
            return sum(w for w, _ in found), max(h for _, h in found)
    flat, labels = _unbraced(tex.replace(r"\boxed", r"\cgf{1}"))
    wide, high = measure(rf"$\displaystyle {flat}$", size)
    for command, least in _BIG.items():
        if command in flat:
            high = max(high, least * POINT)
    if r"\frac" in flat:  # big fences over or under a bar come on top of the fraction
        high += 4 * POINT * min(flat.count(r"\Bigl") + flat.count(r"\biggl"), 3)
    if r"\begin{cases}" in flat:
        high += 2.7 * POINT * (1 + flat.count("\\\\"))
        wide += 11 * POINT
    under = max((measure(f"${label}$", size)[1] for label in labels), default=0.0)
    return wide, high * 1.03 + 0.02 + (under * 0.8 + BRACE if labels else 0.0)


def _unbraced(latex: str) -> tuple[str, list[str]]:
    """The formula without the labels under (over) its braces, and the labels."""
    made, labels = latex, []
    for mark in (r"\underbrace", r"\overbrace"):
        while (start := made.find(mark)) >= 0:
            body = stop = _group_end(made, start + len(mark))
            label = "x"
            if made[body : body + 1] in ("_", "^"):
                stop = _group_end(made, body + 1)
                label = made[body + 1 : stop]
            labels.append(label)
            inside = made[start + len(mark) : body]
            more = 0.75 * measure(f"${label}$", "normal")[0] - measure(f"${inside}$", "normal")[0]
            inside += r"\quad" * round(max(more, 0.0) / (10 * POINT) + 0.4 * (more > 0))
            made = made[:start] + inside + made[stop:]
    return made, labels


def _group_end(text: str, start: int) -> int:
    """Where the group (or the single token) that begins at ``start`` ends."""
    depth = 0
    for k in range(start, len(text)):
        depth += (text[k] == "{") - (text[k] == "}")
        if depth == 0:
            return k + 1
    return len(text)
