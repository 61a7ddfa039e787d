"""What the signs of an article mean, of those that it prints."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from ...derive.chainrule.derivation import Derivation
from ...derive.language.expr import Idx, Num, Read, reads
from ..formula.rich import Rich, inline
from ..formula.tree.nodes import BLANK, Node, Row, Scripts, walk
from ..formula.tree.reader import formula
from ..formula.tree.write import bold, number, row, sign
from ..lecture.words import Words
from ..notation.model import Notation

_ONE, _SIZE, _DELTA = bold(number(1)), sign("n"), sign("δ")


def signs_said(words: Words, style: Notation, d: Derivation, formulas: Iterable[Row]) -> Rich:
    """Sentences on the indices, n_k, reads outside of an axis, δ, 1[…], ⊙ and ⊘."""
    rows = [n for f in formulas for n in walk(f) if isinstance(n, Row)]
    pairs = {(_base(a), b) for r in rows for a, b in itertools.zip_longest(r.items, r.items[1:])}
    lowered = {n.base for r in rows for n in r.items if isinstance(n, Scripts) and n.low}
    base = style.index_base
    said = [words("article_indices_same" if base == 0 else "article_indices", base=base)]
    if base and any(t.integer not in (None, "*") for t in d.network.tensors.values()):
        said.append(words("article_classes"))
    if _SIZE in lowered:
        said.append(words("article_sizes"))
    if _leaves_its_axis(d):
        said.append(words("article_outside"))
    if (_ONE, sign("[")) in pairs:
        said.append(words("article_indicator"))
    if _DELTA in lowered and style.derivative != "delta":
        said.append(words("article_delta"))
    if any(one == _ONE and after != sign("[") for one, after in pairs):
        said.append(words("article_ones"))
    for mark, key in ((formula(style.elementwise), "multiplies"), (row(sign("oslash")), "divides")):
        if any((BLANK, item) in pairs for item in mark.items[:1]):
            said.append(words(f"article_{key}", sign=inline(mark)))
    return " ".join(said)


def _base(node: Node) -> Node:
    return node.base if isinstance(node, Scripts) else node


def _leaves_its_axis(d: Derivation) -> bool:
    """Is a tensor read at a place that is worked out, as x[i + 1] is?"""
    equations = (*d.forward, *(s.equation for s in d.steps))
    places = (i for eq in equations for r in reads(eq.rhs) for i in r.indices)
    return any(not isinstance(i, Idx | Num | Read) for i in places)
