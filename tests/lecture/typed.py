"""Rows of a display between trees, which decks hold, and the TeX in which tests say them."""

from __future__ import annotations

from typing import Any, NamedTuple

from chalkgrad.codegen.deck.model import Row, Strip
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree.nodes import Sign
from chalkgrad.codegen.formula.tree.reader import shown


def typed(left: str, right: str, relation: str = "=", **more: Any) -> Row:
    """A row that somebody typed in TeX."""
    sign = shown(relation).items[:1]
    assert not sign or isinstance(sign[0], Sign)
    return Row(shown(left), shown(right), sign[0] if sign else None, **more)


def typed_strip(*cells: str, **more: Any) -> Strip:
    return Strip(tuple(map(shown, cells)), **more)


class TexRow(NamedTuple):
    """A row of a display as TeX."""

    left: str
    right: str
    relation: str
    note: str
    row: Row

    @property
    def number(self) -> int:
        return self.row.number


def as_tex(r: Row) -> TexRow:
    sign = "" if r.relation is None else kept(r.relation)
    return TexRow(kept(r.left), kept(r.right), sign, r.note, r)
