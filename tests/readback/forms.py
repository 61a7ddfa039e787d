"""Forms built of several rows: fractions, derivatives, sums with their limits, calls, grids.

Each takes the `Reader` at hand, whose place in the row it moves on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import tree
from .layout import Grid, Item, Row, Script, Token, UnreadableError, shown
from .rows import differential, divided
from .tree import Node

if TYPE_CHECKING:
    from .grammar import Reader


def fraction(reader: Reader, top: Row, bottom: Row) -> Node:
    if bottom and differential(bottom[0]) and top and differential(top[0]):
        return slope(reader, top, bottom)
    return tree.Quotient(reader.inner(top), reader.inner(bottom))


def slope(reader: Reader, top: Row, bottom: Row) -> Node:
    direct = isinstance(top[0], Script) and top[0].sup == (Token("sign", "+"),)
    second = isinstance(top[0], Script) and top[0].sup == (Token("number", "2"),)
    below = under(reader, bottom)
    over = tuple(t for t in top[1:] if not (isinstance(t, Token) and t.kind == "thin"))
    if not over:
        if len(below) != 1 or reader.peek() is None:
            raise UnreadableError("∂/∂ of nothing")
        return tree.Operator(below[0], reader.factor())
    name = reader.inner(over)
    if isinstance(name, tree.Slope) and name.then is None and len(below) == 1:
        return tree.Slope(name.top, below[0], then=name.bottom)  # ∂δ/∂w is ∂²L/∂w∂v
    if not isinstance(name, tree.Tensor) and len(below) == 1 and not second:
        return tree.Operator(below[0], name)
    if second:
        below = [b.base if isinstance(b, tree.Power) else b for b in below]  # ∂w∂w as ∂(w)²
        first, then = (*below, *below)[:2]
        return tree.Slope(name, first, then=then)
    if len(below) != 1:
        raise UnreadableError(f"∂ by {shown(bottom)}")
    return tree.Slope(name, below[0], direct=direct)


def under(reader: Reader, bottom: Row) -> list[Node]:
    """The names of a denominator, each behind its ∂."""
    pieces: list[list[Item]] = []
    for item in bottom:
        if differential(item):
            pieces.append([])
        elif not (isinstance(item, Token) and item.kind == "thin"):
            pieces[-1].append(item)
    return [reader.inner(tuple(p)) for p in pieces]


def inline_slope(reader: Reader) -> Node:
    """∂L / ∂x in one line."""
    start = reader.at
    while reader.at < len(reader.row) and reader.row[reader.at] != Token("sign", "/"):
        reader.at += 1
    top = reader.row[start : reader.at]
    reader.at += 1
    if reader.peek() != Token("letter", "∂"):
        raise UnreadableError("∂ without a denominator")
    reader.at += 1
    while reader.peek() is not None and isinstance(reader.row[reader.at], Token) \
            and reader.row[reader.at].kind == "thin":  # fmt: skip
        reader.at += 1
    return tree.Slope(reader.inner(top), reader.factor())


def below(reader: Reader, body: Row, note: Row) -> Node:
    sizes = divided(note, ("×",))
    if len(sizes) < 2:
        return reader.inner(body)
    shape = tuple(reader.inner(s) for s in sizes)
    return tree.Shaped(reader.inner(body), shape)


def reduced(reader: Reader, kind: str, item: Item) -> Node:
    assert isinstance(item, Script)
    reader.at += 1
    assert item.sub is not None
    bound, conditions = limits(reader, item.sub)
    outer, reader.bound = reader.bound, reader.bound | set(bound)
    body = reader.product()
    reader.bound = outer
    return tree.Reduction(kind, bound, conditions, body)


def limits(reader: Reader, sub: Row) -> tuple[tuple[str, ...], tuple[Node, ...]]:
    """The bound letters and the conditions under a sum."""
    lines = [sub]
    if len(sub) == 1 and isinstance(sub[0], Grid):
        lines = [cell for cells in sub[0].rows for cell in cells]
    letters = []
    for piece in reader.lexicon.indices(lines[0]):
        if len(piece) != 1:
            raise UnreadableError(f"a sum over {shown(lines[0])}")
        letters.append(shown(piece))
    inside = reader.bound | set(letters)
    return tuple(letters), tuple(reader.condition(line, inside) for line in lines[1:])


def call(reader: Reader, name: str, item: Item) -> Node:
    sup = item.sup if isinstance(item, Script) else None
    primes = sum(t == Token("sign", "′") for t in sup or ())
    rest = tuple(t for t in sup or () if t != Token("sign", "′"))
    reader.at += 1
    head = reader.row[reader.at]
    if isinstance(head, Grid):
        reader.at += 1
        args: tuple[Node, ...] = (grid(reader, head),)
        after = None
    else:
        reader.at += 1
        row = reader.enclosed(")")
        args = tuple(reader.inner(p) for p in divided(row, (",",)))
        after = reader.close
    at = None
    if isinstance(after, Script) and after.sub:
        at = tuple(reader.place(p)
                   for p in reader.lexicon.indices(after.sub))  # fmt: skip
    made: Node = tree.Call(name, args, primes, at)
    return reader.raised(
        reader.raised(made, after.sup if isinstance(after, Script) else None), rest
    )


def grid(reader: Reader, grid: Grid) -> Node:
    if grid.kind == "cases":
        return tree.Cases(tuple(case(reader, cells) for cells in grid.rows))
    if grid.kind != "matrix":
        raise UnreadableError(f"a grid of the kind {grid.kind}")
    width = {len(r) for r in grid.rows}
    if len(width) != 1:
        raise UnreadableError("a matrix with rows of different lengths")
    return tree.Array(tuple(tuple(reader.inner(c) for c in r) for r in grid.rows))


def case(reader: Reader, cells: tuple[Row, ...]) -> tuple[Node, Node | None]:
    said = tuple(
        t for t in (cells[1] if len(cells) > 1 else ())
        if not (isinstance(t, Token) and t.text.strip() in ("if", "se"))
    )  # fmt: skip
    words = {t.text.strip() for t in said if isinstance(t, Token)}
    if not said or words & {"otherwise", "senão", "caso contrário"}:
        return reader.inner(cells[0]), None
    return reader.inner(cells[0]), reader.condition(said, reader.bound)
