"""Where a long formula may be broken: before a relation, a + or a − outside of all groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeGuard

from .tree import nodes as t
from .tree.nodes import BEFORE_SIGN, BLANK, EMPTY, kind, rebuilt, walk

SUMS = {"+", "−", "±", "∓"}
_WIDE = 9  # math units of a space at which a line may end
_NO_BREAK = {":", "∣"}  # relations inside of what belongs together
_WHOLE = "["  # opens what no line tears: the condition of an indicator, an interval


def is_relation(node: t.Node) -> TypeGuard[t.Sign]:
    """A sign at which lines are aligned and broken."""
    return isinstance(node, t.Sign) and node.kind == "rel" and node.text not in _NO_BREAK


def breakable(row: t.Row, *, inside: int = 0, products: bool = False) -> list[t.Row]:
    """The formula in pieces that may stand on lines of their own.

    ``inside``: how many plain parentheses may be open at a break. ``products``: a break is also
    allowed between factors, for a product that is wider than a line. Joined, the pieces are the
    formula (with ``{}`` before a sign, so that it keeps its spaces)."""
    made: list[t.Row] = []
    current: list[t.Node] = []
    before: t.Node | None = None
    fences: list[str] = []  # those open here
    for item in row.items:
        torn = len(fences) <= inside and _WHOLE not in fences
        if torn and before is not None and _may_break(item, before, products):
            piece = _stripped(_unmarked(current))
            if piece:
                made.append(t.Row(piece))
                current = [EMPTY] if is_relation(item) or kind(item) == "bin" else []
        _nest(fences, item)
        current.append(item)
        before = before if item == BLANK else item
    rest = _stripped(current)
    return [*made, t.Row(rest)] if rest else made


def closed(row: t.Row) -> bool:
    """Is no parenthesis open at the end of a formula?"""
    fences: list[str] = []
    for item in row.items:
        _nest(fences, item)
    return not fences


@lru_cache(maxsize=2000)
def terms(row: t.Row) -> tuple[t.Row, ...]:
    """A formula in the pieces that may stand on lines of their own."""
    return tuple(breakable(spaced(row)))


def _stripped(items: Sequence[t.Node]) -> tuple[t.Node, ...]:
    """Without blanks at the ends."""
    seen = [k for k, n in enumerate(items) if n != BLANK]
    return tuple(items[seen[0] : seen[-1] + 1]) if seen else ()


def _unmarked(items: Sequence[t.Node]) -> Sequence[t.Node]:
    """Without the ``{}`` that an earlier break put before the sign that comes next."""
    rest = _stripped(items)
    alone = rest[-2:-1] in ((), (BLANK,))
    return rest[:-1] if rest[-1:] == (EMPTY,) and alone else rest


def _nest(fences: list[str], item: t.Node) -> None:
    """Keep account of a fence that the item opens or closes; [0, 1) closes what it opened, too."""
    sign = _fence(item)
    if sign is not None and sign.kind == "open":
        fences.append(sign.text)
    elif sign is not None and fences:
        fences.pop()


def _fence(item: t.Node) -> t.Sign | None:
    """The sign of a parenthesis, alone or with scripts."""
    while isinstance(item, t.Scripts):
        item = item.base
    sign = item.fence if isinstance(item, t.Big) else item
    if not isinstance(sign, t.Sign) or sign.text in "!?":
        return None
    return sign if sign.kind in ("open", "close") else None


def _may_break(item: t.Node, before: t.Node, products: bool) -> bool:
    first = _first(item) if _appears(item) else item
    if is_relation(first) or (isinstance(item, t.Space) and item.mu >= _WIDE):
        return not is_relation(before)
    if kind(first) == "bin" and (products or (isinstance(first, t.Sign) and first.text in SUMS)):
        return not is_relation(before) if _appears(item) else kind(before) not in BEFORE_SIGN
    return products and _meet(before, item)


def _meet(before: t.Node, item: t.Node) -> bool:
    """Two factors in parentheses."""
    opens = isinstance(item, t.Fenced) or (isinstance(item, t.Sign) and item.text == "(")
    fence = _fence(before)
    closes = fence is not None and fence.kind == "close" and not isinstance(before, t.Scripts)
    return opens and (closes or isinstance(before, t.Fenced))


# -- parts that appear ---------------------------------------------------------------------------


def _appears(node: t.Node) -> TypeGuard[t.Marked]:
    return isinstance(node, t.Marked) and node.kind == "cgat"


def _first(mark: t.Marked) -> t.Node:
    """What a part that appears begins with; an empty group in front does not count."""
    items = mark.body.atoms if isinstance(mark.body, t.Row) else (mark.body,)
    rest = items[1:] if items[:1] == (EMPTY,) else items
    return rest[0] if rest else EMPTY


def spaced(row: t.Row) -> t.Row:
    """``\\cgat{2}{= x}`` is one atom for TeX, shown or not: signs at its ends get an empty
    neighbour, so that they keep their spaces and nothing moves when it appears."""
    return rebuilt(row, _spaced) if any(map(_appears, walk(row))) else row


def _spaced(node: t.Node) -> t.Node:
    if not isinstance(node, t.Row):
        return node
    before: t.Node | None = None
    made = []
    for item in node.items:
        made.append(_neighboured(item, before) if _appears(item) else item)
        before = before if item == BLANK else item
    return type(node)(tuple(made))


def _neighboured(mark: t.Marked, before: t.Node | None) -> t.Marked:
    if not isinstance(mark.body, t.Row) or not mark.body.atoms:
        return mark
    items = mark.body.items
    first, last = _first(mark), mark.body.atoms[-1]
    unary = before is None or kind(before) in BEFORE_SIGN
    lead = is_relation(first) or (kind(first) == "bin" and not unary)
    if lead and mark.body.atoms[0] != EMPTY:
        items = (EMPTY, *items)
    if is_relation(last) or kind(last) == "bin":
        items = (*items, EMPTY)
    return t.Marked(mark.kind, mark.key, type(mark.body)(items))
