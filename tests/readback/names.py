"""What a printed symbol stands for, in one notation.

A reader learns the symbols from the page with the list of symbols, or from the book whose notation
it is: z^{(2)}_j is the second layer's pre-activation. `chalkgrad.codegen.notation` is that list, so
it is asked for three things only: which symbol each tensor has (`Symbols.whole`, `.entry`), in
which order and from which number a weight's indices are written, and the notation's signs. Nothing
that prints a formula is asked: the symbols are read with this package's own `tex`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

from chalkgrad.codegen.notation.symbol import Symbol
from chalkgrad.codegen.notation.symbols import Symbols
from chalkgrad.derive.language.equation import BATCH
from chalkgrad.derive.language.expr import Expr, Fn, Read, walk
from chalkgrad.derive.language.functions import is_abstract

from . import tree
from .grammar import Match, expression
from .layout import HOLE, Group, Item, Row, Script, Token, UnreadableError, parts, plain, shown
from .points import ABSTRACT, size
from .tex import read

_PRODUCTS = frozenset("×·⊙*⋆∙∘⊗") | {".*"}
ENTRYWISE = "⊙"
_SIZE = Token("letter", "n")

SIGNS = {
    "exp": r"\exp", "log": r"\ln", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan",
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sinh": r"\sinh",
    "cosh": r"\cosh", "tanh": r"\tanh", "asinh": r"\operatorname{arsinh}",
    "acosh": r"\operatorname{arcosh}", "atanh": r"\operatorname{artanh}",
    "erf": r"\operatorname{erf}", "sigmoid": r"\sigma",
}  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """A symbol's layout; in an entry's a `HOLE` stands for the indices."""

    row: Row
    name: str
    kind: str  # value, gradient
    at: tuple[int, ...] | None = None  # of a numbered weight: its place


class Names:
    """The lexicon of one network in one notation."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols, self.network = symbols, symbols.network
        self.style = symbols.style
        self.transpose = shown(_layout(self.style.transpose))
        self.entrywise = shown(_layout(self.style.elementwise))
        self.base = self.style.index_base
        self.known = {_one(self.style.rate): "rate"}  # letters of numbers that the spec says
        if symbols.shrinkage is not None:
            self.known[_one(r"\lambda")] = "λ"
        self.functions = self._functions()
        self.patterns: dict[Item, list[Pattern]] = {}
        for pattern in self._patterns():
            first = _head(pattern.row[0])
            self.patterns.setdefault(first, []).append(pattern)
        for some in self.patterns.values():
            some.sort(key=lambda p: _weight(p.row), reverse=True)

    # -- the symbols -------------------------------------------------------------------------------

    def _patterns(self) -> Iterator[Pattern]:
        for name in self.network.tensors:
            yield from self._of(self.symbols[name], name, "value")
        for name, symbol in self.symbols.deltas.items():
            yield from self._of(symbol, name, "gradient")
        for (name, at), tex in self.symbols.edges.items():
            yield Pattern(_layout(tex), name, "value", at)

    def _of(self, symbol: Symbol, name: str, kind: str) -> Iterator[Pattern]:
        """The whole, an entry, a step of a recurrence; without indices an entry is a number."""
        yield Pattern(_layout(symbol.whole), name, kind)
        if not self.rank(name):
            yield Pattern(_layout(symbol.bare), name, kind)
        yield Pattern(_layout(symbol.entry), name, kind)
        if self.rank(name) > 1:
            yield Pattern(_layout(symbol.step("<i>")), name, kind)

    def _functions(self) -> dict[Item, str]:
        """Letters of functions: σ, and g where the lecture calls its activation so."""
        made: dict[Item, str] = {}
        for name, tex in SIGNS.items():
            if name not in self.style.functions:
                made[_one(tex)] = name
        for name, printed in self.style.functions.items():
            made[_one(printed if len(printed) == 1 else rf"\operatorname{{{printed}}}")] = name
        called = {e.name for eq in self.network.written for e in walk(eq.rhs) if isinstance(e, Fn)}
        for name in called:
            if is_abstract(name):
                made[_one(name.rstrip("'"))] = ABSTRACT
        acted = {eq.rhs.name for eq in self.network.written if _activates(eq.rhs)}
        if len(acted) == 1:  # the lecture's one activation has the letter of its notation
            made.setdefault(_one(self.style.activation), acted.pop())
        return made

    # -- what the grammar asks ---------------------------------------------------------------------

    def function(self, item: Item) -> str | None:
        return self.functions.get(item)

    def sign(self, text: str) -> str:
        """⊙ for the entrywise product, × for any other sign of a product; "" for no product."""
        if text == self.entrywise:
            return ENTRYWISE
        return "×" if text in _PRODUCTS else ""

    def indices(self, row: Row) -> list[Row]:
        """Indices side by side: at commas and thin spaces."""
        made: list[list[Item]] = [[]]
        for item in row:
            if isinstance(item, Token) and (item.text == "," or item.kind == "thin"):
                made.append([])
            else:
                made[-1].append(item)
        return [tuple(m) for m in made if m]

    def letters(self, row: Row) -> frozenset[str]:
        """Letters that stand below the line: such a letter counts wherever the row shows it; n_x
        is a size, which may be called after a tensor."""
        below = [item for script in _scripts(row) if script.base != _SIZE
                 for item in script.sub or ()]  # fmt: skip
        return frozenset(
            t.text for t in below
            if isinstance(t, Token) and t.kind == "letter" and not t.face and t.text != "T"
            and not self._scalar(t)
        )  # fmt: skip

    def match(self, row: Row, at: int, index: bool) -> Match | None:
        """The longest symbol that begins here; in an index a letter counts."""
        item = row[at]
        if _head(item) in self.known and not index:
            sup = item.sup if isinstance(item, Script) else None
            return Match(tree.Known(self.known[_head(item)]), at + 1, sup)
        if index:
            found = self._letter(item) or self._counting(item)
            if found is not None:
                return Match(found, at + 1, None)
        for pattern in self.patterns.get(_head(item), ()):
            matched = self._matched(pattern, row, at)
            if matched is not None:
                return matched
        if not index:
            found = self._letter(item)
            if found is not None:
                return Match(found, at + 1, None)
        return None

    def _counting(self, item: Item) -> tree.Node | None:
        """In an index e and g are letters like any other."""
        if not isinstance(item, Token) or item.kind != "letter" or item.face:
            return None
        return None if self._scalar(item) else tree.Index(item.text)

    def _letter(self, item: Item) -> tree.Node | None:
        """An index: a letter, i', i_1 or a word that is no tensor."""
        if item == Token("letter", "N"):
            return tree.Size(BATCH)
        if isinstance(item, Token) and item.kind in ("letter", "word") and not item.face:
            if item.text in "∂π∞e" or self._scalar(item) or item in self.functions:
                return None
            return tree.Index(item.text) if item.kind == "letter" else None
        if isinstance(item, Script) and isinstance(item.base, Token) and item.base.kind == "letter":
            primes = item.sup == (Token("sign", "′"),) and item.sub is None
            number = item.sup is None and item.sub is not None and len(item.sub) == 1 \
                and isinstance(item.sub[0], Token) and item.sub[0].kind == "number"  # fmt: skip
            known = self.patterns.get(_head(item)) or _head(item) in self.functions
            if (primes or number) and not known:
                return tree.Index(shown((item,)))
        return None

    def _scalar(self, item: Item) -> bool:
        """Is this the whole symbol of a tensor of numbers without axes?"""
        return any(p.row == (item,) and self.rank(p.name) == 0 for p in self.patterns.get(item, ()))

    def rank(self, name: str) -> int:
        """Axes, without the samples."""
        return sum(a != BATCH for a in self.network.tensors[name].axes)

    def _matched(self, pattern: Pattern, row: Row, at: int) -> Match | None:
        end = at + len(pattern.row)
        if end > len(row) or row[at : end - 1] != pattern.row[:-1]:
            return None
        fit = _unified(pattern.row[-1], row[end - 1])
        if fit is None:
            return None
        inside, raised = fit
        if inside is None:
            node = self._node(
                pattern, None if pattern.at is None else _numbers(pattern.at, self.base)
            )
        else:
            try:
                places = self._places(inside)
            except UnreadableError:
                return None
            node = self._node(pattern, places)
        if pattern.kind == "gradient":
            assert isinstance(node, tree.Tensor)
            node = self.gradient(node)
        return Match(node, end, raised)

    def _places(self, inside: Row) -> tuple[tree.Node, ...]:
        pieces = self.indices(inside)
        if len(pieces) == 1 and len(pieces[0]) == 1 and isinstance(pieces[0][0], Group):
            pieces = self.indices(pieces[0][0].body)
        return tuple(expression(p, self, index=True) for p in pieces)

    def _node(self, pattern: Pattern, places: tuple[tree.Node, ...] | None) -> tree.Tensor:
        if places is None:
            return tree.Tensor(pattern.name, () if self.rank(pattern.name) == 0 else None)
        if pattern.at is not None:
            return tree.Tensor(pattern.name, places)
        return tree.Tensor(pattern.name, self._unwritten(pattern.name, places))

    def _unwritten(self, name: str, places: tuple[tree.Node, ...]) -> tuple[tree.Node, ...]:
        """Places in the stored order, with those that are not written because there is one."""
        axes = [a for a in self.network.tensors[name].axes if a != BATCH]
        made = list(places)
        if name in self.symbols.swapped and len(places) == 2:
            made.reverse()
        if self.style.drop_single and len(made) < len(axes):
            rest = iter(made)
            only = tree.Number(str(self.base))
            made = [only if size(self.network, a) == 1 else next(rest, only) for a in axes]
        return tuple(made)

    def gradient(self, of: tree.Tensor) -> tree.Slope:
        loss = self.symbols.of
        return tree.Slope(tree.Tensor(loss, () if self.rank(loss) == 0 else None), of)

    def gradient_at(self, row: Row, at: int) -> Match | None:
        """dW, and ∇_W J."""
        item = row[at]
        if item == Token("letter", "d") and self.style.derivative == "d" and at + 1 < len(row):
            found = self.match(row, at + 1, False)
            if found is not None and isinstance(found.node, tree.Tensor):
                return found._replace(node=self.gradient(found.node))
        if isinstance(item, Script) and item.base == Token("letter", "∇") and item.sub:
            below = expression(item.sub, self)
            rest = at + 1
            while rest < len(row) and isinstance(row[rest], Token) and row[rest].kind == "thin":  # type: ignore[attr-defined]
                rest += 1
            above = self.match(row, rest, False)
            if above is not None and isinstance(above.node, tree.Tensor):
                return Match(tree.Slope(above.node, below), above.after, above.raised)
        return None


@lru_cache(maxsize=4096)
def _layout(tex: str) -> Row:
    return plain(read(tex))


def _one(tex: str) -> Item:
    row = _layout(tex)
    return row[0] if len(row) == 1 else Group(row)


def _activates(rhs: Expr) -> TypeGuard[Fn]:
    """A function of one entry of one tensor."""
    return isinstance(rhs, Fn) and len(rhs.args) == 1 and isinstance(rhs.args[0], Read)


def _numbers(at: tuple[int, ...], base: int) -> tuple[tree.Node, ...]:
    return tuple(tree.Number(str(i + base)) for i in at)


def _head(item: Item) -> Item:
    """What a symbol begins with, without its scripts."""
    return item.base if isinstance(item, Script) else item


def _weight(row: Row) -> tuple[int, int, int]:
    """Longer symbols are tried first, and E_0 before E_i."""
    return len(row), int(HOLE not in _flat(row)), len(shown(row))


def _scripts(row: Row) -> Iterator[Script]:
    """Every item with something above or below it."""
    for item in row:
        if isinstance(item, Script):
            yield item
        for part in parts(item):
            yield from _scripts(part)


def _flat(row: Row) -> list[Item]:
    made: list[Item] = []
    for item in row:
        made.append(item)
        if isinstance(item, Script):
            made += _flat(item.sub or ()) + _flat(item.sup or ())
    return made


def _unified(pattern: Item, item: Item) -> tuple[Row | None, Row | None] | None:
    """(what fills the hole, what is raised beside it) where an item is the pattern; else None."""
    want = pattern if isinstance(pattern, Script) else Script(pattern)
    have = item if isinstance(item, Script) else Script(item)
    if want.base != have.base:
        return None
    inside = _filled(want.sub, have.sub)
    if inside is None:
        return None
    if want.sup is None:
        return (inside or None), have.sup
    if have.sup is None or have.sup[: len(want.sup)] != want.sup:
        return None
    return (inside or None), (have.sup[len(want.sup) :] or None)


def _filled(want: Row | None, have: Row | None) -> Row | None:
    """What fills the hole at the end of a subscript; () where there is none and both agree."""
    if want is None or HOLE not in _flat(want):
        return () if want == have else None
    if have is None:
        return None
    place = next((k for k, item in enumerate(want) if item == HOLE), None)
    if place is None:
        return None
    before, after = want[:place], want[place + 1 :]
    end = len(have) - len(after)
    if have[:place] == before and have[end:] == after and end > place:
        return have[place:end]
    return _on_unit(before, have) if not after else None


def _on_unit(before: Row, have: Row) -> Row | None:
    """out_{h_i}: the index stands below the name of the layer."""
    if len(before) != len(have) or not before or before[:-1] != have[:-1]:
        return None
    last = have[-1]
    if not isinstance(last, Script):
        return None
    unit = Script(last.base, None, last.sup) if last.sup else last.base
    return last.sub if unit == before[-1] else None
