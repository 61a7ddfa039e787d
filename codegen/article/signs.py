"""What the signs of an article mean, of those that it prints."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...derive.chainrule.derivation import Derivation
from ...derive.language.expr import Idx, Num, Read, reads
from ..lecture.words import Words
from ..notation.model import Notation


def signs_said(words: Words, style: Notation, d: Derivation, formulas: Iterable[str]) -> str:
    """Sentences on the indices, n_k, reads outside of an axis, δ, 1[…], ⊙ and ⊘."""
    printed = " ".join(formulas)
    base = style.index_base
    said = [words("article_indices_same" if base == 0 else "article_indices", base=base)]
    if base and any(t.integer not in (None, "*") for t in d.network.tensors.values()):
        said.append(words("article_classes"))
    if r"n_{" in printed:
        said.append(words("article_sizes"))
    if _leaves_its_axis(d):
        said.append(words("article_outside"))
    if r"\mathbf{1}[" in printed:
        said.append(words("article_indicator"))
    if r"\delta_{" in printed and style.derivative != "delta":
        said.append(words("article_delta"))
    if re.search(r"\\mathbf\{1\}(?!\[)", printed):
        said.append(words("article_ones"))
    for sign, key in ((style.elementwise, "multiplies"), (r"\oslash", "divides")):
        if f" {sign} " in printed:
            said.append(words(f"article_{key}", sign=f"${sign}$"))
    return " ".join(said)


def _leaves_its_axis(d: Derivation) -> bool:
    """Is a tensor read at a place that is worked out, as x[i + 1] is?"""
    equations = (*d.forward, *(s.equation for s in d.steps))
    places = (i for eq in equations for r in reads(eq.rhs) for i in r.indices)
    return any(not isinstance(i, Idx | Num | Read) for i in places)
