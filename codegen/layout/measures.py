"""Widths and heights of rich text and formulas in cm, from the metrics of the pictures' labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

from ..formula.line_breaks import breakable
from ..formula.tex_printer import tex
from ..formula.tree.nodes import (
    Accent,
    Big,
    Fraction,
    Grid,
    Lines,
    Node,
    Row,
    Scripts,
    Switch,
    rebuilt,
    walk,
)
from ..formula.tree.write import space
from ..picture.label.measure import POINT, measure_formula
from ..picture.label.typeset_parts import SIZES

POINTS = dict(reversed(SIZES.items()))  # the largest first
BRACE = 8 * POINT  # under a formula, above its label
LONG = 400  # characters of TeX
_BIG = {"bigg": 26.5, "Bigg": 32.0, "Big": 20.5}
_QUAD = space("quad")
_DISPLAYED = Switch("displaystyle")


@lru_cache(maxsize=20000)
def display(row: Row, size: str = "normal") -> tuple[float, float]:
    """Width and height in cm of a displayed formula."""
    if not row.atoms:
        return 0.0, 0.0
    long = len(tex(row))
    if long > LONG:  # a long sum is as wide as its terms and as high as the highest
        parts = breakable(row)
        if len(parts) > 1 and max(len(tex(p)) for p in parts) < 0.95 * long:
            found = [display(p, size) for p in parts]
            return sum(w for w, _ in found), max(h for _, h in found)
    labels: list[Node] = []
    nodes = list(walk(row))
    if any(map(_braced, nodes)):
        row = rebuilt(row, partial(_unbraced, labels))
        nodes = list(walk(row))
    wide, high = measure_formula(Row((_DISPLAYED, row)), size)
    more, least, over = _grown(nodes)
    under = max((measure_formula(label, size)[1] for label in labels), default=0.0)
    high = (max(high, least) + over) * 1.03 + 0.02
    return wide + more, high + (under * 0.8 + BRACE if labels else 0.0)


def _grown(nodes: Sequence[Node]) -> tuple[float, float, float]:
    """What big fences, fractions and cases take beyond what is measured: width, the least height,
    height."""
    bigs = [n.command for n in nodes if isinstance(n, Big)]
    least = max((_BIG.get(name.rstrip("lrm"), 0.0) for name in bigs), default=0.0)
    wide = high = 0.0
    if any(isinstance(n, Fraction) and n.command == "frac" for n in nodes):
        # big fences over or under a bar come on top of the fraction
        high += 4 * min(sum(name in ("Bigl", "biggl") for name in bigs), 3)
    if any(isinstance(n, Grid) and n.environment == "cases" for n in nodes):
        ends = sum(len(n.lines) - 1 for n in nodes if isinstance(n, Grid | Lines))
        high += 2.7 * (1 + ends)
        wide += 11
    return wide * POINT, least * POINT, high * POINT


def _braced(node: Node) -> bool:
    return (
        isinstance(node, Scripts)
        and isinstance(node.base, Accent)
        and node.base.command.endswith("brace")
    )


def _unbraced(labels: list[Node], node: Node) -> Node:
    """What a brace holds, without the label under (over) it, which is added to ``labels``; what is
    narrower than its label gets room at its end."""
    if not _braced(node):
        return node
    assert isinstance(node, Scripts)
    assert isinstance(node.base, Accent)
    (_, label), *_ = node.marks
    labels.append(label)
    more = 0.75 * _wide(label) - _wide(node.base.body)
    return Row((node.base.body, *[_QUAD] * round(max(more, 0.0) / (10 * POINT) + 0.4 * (more > 0))))


def _wide(node: Node) -> float:
    return measure_formula(node, "normal")[0]
