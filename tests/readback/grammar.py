"""Layout to tree, as mathematicians read: products bind before sums, a sum reaches to the next sign.

A `Lexicon` knows the names; what is neither a name nor a number, a sign or a function known here
is not readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from . import tree
from .layout import (
    Accent,
    Below,
    Boxed,
    Fraction,
    Grid,
    Group,
    Item,
    Root,
    Row,
    Script,
    Token,
    UnreadableError,
    plain,
    shown,
)
from .tree import Node

RELATIONS = frozenset("=≈←→≤≥<>≠⇒≡:∈")
_COMPARISONS = frozenset("=<>≤≥≠")
NAMED = frozenset(
    """ln log exp sin cos tan sinh cosh tanh max min softmax sigmoid sigm relu ReLU relu6 ReLU6
    softplus sign threshold LReLU GELU SiLU ELU SELU CELU erf arctan arcsin arccos mish hardswish
    hardsigmoid softsign logsumexp log_softmax floor leaky_relu silu gelu elu selu celu
    ReLU swish hard_sigmoid hard_tanh hard_swish log_sigmoid""".split()
)
_CLOSING = {"(": ")", "[": "]", "⌊": "⌋", "⌈": "⌉", "⟨": "⟩"}
_REDUCTIONS = {"∑": "sum", "∏": "prod", "max": "max", "min": "min", "arg max": "argmax",
               "argmin": "argmin", "arg min": "argmin", "argmax": "argmax"}  # fmt: skip


class Match(NamedTuple):
    """What a name stands for, where the row goes on, what is still raised to the right of it."""

    node: Node
    after: int
    raised: Row | None


class Lexicon(Protocol):
    """The names of one document."""

    def match(self, row: Row, at: int, index: bool) -> Match | None: ...
    def gradient_at(self, row: Row, at: int) -> Match | None: ...
    def function(self, item: Item) -> str | None: ...
    def indices(self, row: Row) -> list[Row]: ...
    def letters(self, row: Row) -> frozenset[str]: ...
    def sign(self, text: str) -> str: ...
    transpose: str


def relations(
    row: Row, lexicon: Lexicon, letters: frozenset[str] = frozenset()
) -> list[tree.Relation]:  # fmt: skip
    """The relations of a line: one for each part between wide gaps; ``letters`` count places in the
    lines before."""
    made: list[tree.Relation] = []
    row = plain(row)
    letters |= lexicon.letters(row)
    for part in parted(row):
        sides, signs = split(part)
        nodes = [_left(sides[0], lexicon, letters, open=not made and bool(signs))]
        nodes += [expression(s, lexicon, bound=letters) for s in sides[1:]]
        made.append(tree.Relation(tuple(nodes), tuple(signs)))
    return made


def _left(side: Row, lexicon: Lexicon, letters: frozenset[str], *, open: bool) -> Node:
    """The left side: nothing where the line goes on with the one before; a name that nothing
    explains (of a gate of a circuit, of a quantity of a rule) is opaque."""
    side = _trimmed(side)
    if not side and open:
        return tree.Opaque("")
    if open and any(isinstance(_bare(t), Boxed) for t in side):
        return tree.Opaque(shown(side))
    try:
        node = expression(side, lexicon, bound=letters)
    except UnreadableError:
        if open and len(side) == 1:
            return tree.Opaque(shown(side))
        raise
    if open and isinstance(node, tree.Operator) and isinstance(node.by, tree.Index):
        return tree.Opaque(shown(side))  # dσ/dv, where v is no name of the network
    return node


def _bare(item: Item) -> Item:
    return item.base if isinstance(item, Script) else item


def parted(row: Row) -> list[Row]:
    """The formulas of a line that stand side by side, without the commas between them."""
    parts: list[list[Item]] = [[]]
    depth = 0
    for item in row:
        depth += _depth(item)
        if isinstance(item, Token) and (item.kind in ("gap", "text") or item.text == "with"):
            parts.append([])
        elif isinstance(item, Token) and item.text == ";" and not depth:
            parts.append([])
        else:
            parts[-1].append(item)
    return [_unframed(p) for p in map(_trimmed, parts) if p]


def _unframed(part: Row) -> Row:
    """A relation that is framed as a whole."""
    if len(part) == 1 and isinstance(part[0], Boxed) and split(part[0].body)[1]:
        return part[0].body
    return part


def _trimmed(row: Sequence[Item]) -> Row:
    part = list(row)
    while part and isinstance(part[-1], Token) and (part[-1].text in ",." or part[-1].kind == "thin"):
        part = part[:-1]
    while part and isinstance(part[0], Token) and part[0].kind == "thin":
        part = part[1:]
    return tuple(part)


def _depth(item: Item) -> int:
    bare = item.base if isinstance(item, Script) else item
    if not isinstance(bare, Token):
        return 0
    return (bare.kind == "open") - (bare.kind == "close")


def split(row: Row) -> tuple[list[Row], list[str]]:
    """The sides of a relation, and the signs between them, outside of all brackets."""
    sides: list[list[Item]] = [[]]
    signs: list[str] = []
    depth = 0
    for item in row:
        depth += _depth(item)
        if isinstance(item, Token) and item.kind == "sign" and item.text in RELATIONS and not depth:
            signs.append(item.text)
            sides.append([])
        else:
            sides[-1].append(item)
    return [tuple(s) for s in sides], signs


def expression(
    row: Row, lexicon: Lexicon, *, index: bool = False, bound: frozenset[str] = frozenset()
) -> Node:  # fmt: skip
    """The tree of one side; ``bound`` letters are indices, whatever else is called so."""
    reader = _Reader(row, lexicon, index, bound)
    node = reader.sum()
    reader.end()
    return node


def condition(row: Row, lexicon: Lexicon, bound: frozenset[str] = frozenset()) -> Node:
    """The tree of what is true or false: comparisons, and, or, not."""
    for sign, words in (("or", ("or", "ou", "∨")), ("and", ("and", "e", "∧"))):
        pieces = _divided(row, words)
        if len(pieces) > 1:
            return tree.Logic(sign, tuple(condition(p, lexicon, bound) for p in pieces))
    bare = _trimmed(row)
    if bare and bare[0] == Token("sign", "¬"):
        return tree.Logic("not", (condition(tuple(bare[1:]), lexicon, bound),))
    if _wrapped(bare):
        return condition(tuple(bare[1:-1]), lexicon, bound)
    return _comparison(tuple(bare), lexicon, bound)


def _comparison(row: Row, lexicon: Lexicon, bound: frozenset[str]) -> Node:
    sides, signs = split(row)
    if not signs or not set(signs) <= _COMPARISONS:
        raise UnreadableError(f"no condition: {shown(row)}")
    nodes = tuple(expression(s, lexicon, bound=bound) for s in sides)
    return tree.Compared(nodes, tuple(signs))


def _wrapped(row: Sequence[Item]) -> bool:
    """Do the first and the last bracket belong together?"""
    if len(row) < 2 or not isinstance(row[0], Token) or row[0].text != "(":
        return False
    depth = 0
    for k, item in enumerate(row):
        depth += _depth(item)
        if not depth:
            return k == len(row) - 1 and isinstance(item, Token)
    return False


def _divided(row: Row, words: Sequence[str]) -> list[Row]:
    pieces: list[list[Item]] = [[]]
    depth = 0
    for item in row:
        depth += _depth(item)
        if isinstance(item, Token) and item.text.strip() in words and not depth \
                and item.kind in ("word", "text", "sign"):  # fmt: skip
            pieces.append([])
        else:
            pieces[-1].append(item)
    return [tuple(p) for p in pieces]


class _Reader:
    """A row read from left to right."""

    def __init__(
        self, row: Row, lexicon: Lexicon, index: bool, bound: frozenset[str]
    ) -> None:  # fmt: skip
        self.row, self.lexicon, self.index, self.bound, self.at = row, lexicon, index, bound, 0

    # -- where we are ------------------------------------------------------------------------------

    def peek(self) -> Item | None:
        while self.at < len(self.row):
            item = self.row[self.at]
            if isinstance(item, Token) and item.kind == "thin":
                self.at += 1
                continue
            return item
        return None

    def sign_ahead(self, signs: str) -> str:
        item = self.peek()
        if isinstance(item, Token) and item.kind == "sign" and item.text and item.text in signs:
            return item.text
        return ""

    def end(self) -> None:
        if self.peek() is not None:
            raise UnreadableError(f"unexpected {shown(self.row[self.at :])}")

    # -- sums and products -------------------------------------------------------------------------

    def sum(self) -> Node:
        terms = [self.term()]
        while sign := self.sign_ahead("+-"):
            self.at += 1
            term = self.product()
            terms.append(term if sign == "+" else tree.Negative(term))
        return terms[0] if len(terms) == 1 else tree.Sum(tuple(terms))

    def term(self) -> Node:
        sign = self.sign_ahead("+-")
        self.at += bool(sign)
        made = self.product()
        return tree.Negative(made) if sign == "-" else made

    def product(self) -> Node:
        factors, signs = [self.factor()], list[str]()
        while (item := self.peek()) is not None:
            sign = self.multiplier(item)
            if sign == "/":
                self.at += 1
                factors[-1] = tree.Quotient(factors[-1], self.factor())
                continue
            if sign is None and not self.begins(item):
                break
            self.at += bool(sign)
            signs.append(sign or "")
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else tree.Product(tuple(factors), tuple(signs))

    def multiplier(self, item: Item) -> str | None:
        if isinstance(item, Token) and item.kind == "sign":
            if item.text == "/":
                return "/"
            return self.lexicon.sign(item.text) or None
        return None

    @staticmethod
    def begins(item: Item) -> bool:
        """Can a factor begin here?"""
        bare = item.base if isinstance(item, Script) else item
        if isinstance(bare, Token):
            return bare.kind not in ("sign", "close", "text") or bare.text in "∑∏∂‖√∞⌊⋯⋮⋱…"
        return True

    # -- factors -----------------------------------------------------------------------------------

    def factor(self) -> Node:
        item = self.peek()
        if item is None:
            raise UnreadableError("something is missing at the end")
        gradient = None if self.index else self.lexicon.gradient_at(self.row, self.at)
        if gradient is not None:  # dW, also where d is an index
            self.at = gradient.after
            return self.raised(gradient.node, gradient.raised)
        if isinstance(item, Token) and item.text in self.bound and not item.face \
                and not self.argued():  # fmt: skip
            self.at += 1
            return tree.Index(item.text)
        found = self.lexicon.match(self.row, self.at, self.index)
        if found is not None:
            self.at = found.after
            return self.raised(found.node, found.raised)
        kind = self.reduction(item)
        if kind:
            return self.reduced(kind, item)
        name = self.function(item)
        if name is not None and self.argued():
            return self.call(name, item)
        if name is not None and len(self.row) == 1 and not isinstance(item, Script):
            self.at += 1
            return tree.Function(name)
        return self.atom(item)

    def atom(self, item: Item) -> Node:
        self.at += 1
        match item:
            case Token():
                return self.token(item)
            case Script(base, sub, sup):
                return self.script(base, sub, sup)
            case Fraction(top, bottom):
                return self.fraction(top, bottom)
            case Root(body):
                return tree.Call("sqrt", (self.inner(body),))
            case Accent("_", (Token("blank"),)):
                return tree.Blank()
            case Below(body, note):
                return self.below(body, note)
            case Grid():
                return self.grid(item)
            case Group(body) | Boxed(body):
                return self.inner(body)
        raise UnreadableError(f"the sign {shown((item,))}")

    def inner(self, row: Row) -> Node:
        return expression(row, self.lexicon, index=self.index, bound=self.bound)

    def token(self, token: Token) -> Node:
        if token.kind == "number":
            return self.number(token)
        if token.kind == "open":
            return self.bracketed(token)
        if token.text == "∂":
            return self.inline_slope()
        if token.text in "|‖" and token.kind == "sign":
            return self.magnitude(token.text)
        if token.text in "⋯⋮⋱…" and token.kind == "sign":
            return tree.Dots()
        if token.text == "∞":
            return tree.Number("inf")
        if token.text == "π":
            return tree.Number("pi")
        if token == Token("letter", "e"):
            return tree.Call("exp", (tree.Number("1"),))
        raise UnreadableError(f"the name {token.text or token.kind}")

    def bracketed(self, token: Token) -> Node:
        """What stands in brackets, to the power that is raised at the closing one."""
        row = self.enclosed(_CLOSING[token.text])
        close = self.close
        body = self.inner(row)
        if token.text == "[":
            body = tree.Spread(body)
        elif token.text == "⌊":
            body = tree.Call("floor", (body,))
        if not isinstance(close, Script):
            return body
        if close.sub:
            raise UnreadableError(f"an index at the bracket of {shown(row)}")
        return self.raised(body, close.sup)

    def number(self, token: Token) -> Node:
        if token.face in ("bold", "double"):
            ahead = self.row[self.at] if self.at < len(self.row) else None
            if isinstance(ahead, Token) and ahead.text == "[":
                self.at += 1
                return tree.Indicator(condition(self.enclosed("]"), self.lexicon, self.bound))
            if token.text == "1":
                return tree.Ones()
        return tree.Number(token.text)

    def enclosed(self, closing: str) -> Row:
        """What stands before the bracket that closes; a power of it is applied by `raised_close`."""
        depth, start = 1, self.at
        while self.at < len(self.row):
            item = self.row[self.at]
            depth += _depth(item)
            self.at += 1
            if not depth:
                self.close = item
                return self.row[start : self.at - 1]
        raise UnreadableError(f"no {closing}")

    def script(self, base: Item, sub: Row | None, sup: Row | None) -> Node:
        if isinstance(base, Token) and base.text == "δ" and sub and not sup:
            return self.delta(sub)
        if base == Token("letter", "R", "double") and sup and not sub:
            sizes = tuple(self.inner(s) for s in _divided(sup, ("×",)))
            return tree.Space(sizes)
        if base == Token("letter", "e") and sup and not sub:
            return tree.Call("exp", (self.inner(sup),))
        if isinstance(base, Token) and base.text == "n" and sub and not sup:
            return tree.Size(shown(sub))
        if sub is None and sup is not None:
            bare = _Reader((base,), self.lexicon, self.index, self.bound)
            return self.raised(bare.factor(), sup)
        raise UnreadableError(f"the name {shown((Script(base, sub, sup),))}")

    def delta(self, sub: Row) -> Node:
        sides = self.lexicon.indices(sub)
        if len(sides) != 2:
            raise UnreadableError(f"δ of {shown(sub)}")
        pair = tuple(expression(s, self.lexicon, index=True) for s in sides)
        return tree.Indicator(tree.Compared(pair, ("=",)))

    def raised(self, node: Node, sup: Row | None) -> Node:
        """The node with what stands to the right above it."""
        if not sup:
            return node
        first = sup[0]
        if isinstance(first, Token) and first.text == self.lexicon.transpose and len(sup) == 1:
            return tree.Transposed(node)
        if isinstance(first, Token) and first.text == "∘" and len(sup) > 1:
            return tree.Power(node, self.inner(sup[1:]), entrywise=True)
        return tree.Power(node, self.inner(sup))

    def magnitude(self, sign: str) -> Node:
        depth = self.at
        while depth < len(self.row):
            item = self.row[depth]
            bare = item.base if isinstance(item, Script) else item
            if isinstance(bare, Token) and bare.text == sign:
                body = self.inner(self.row[self.at : depth])
                self.at = depth + 1
                node = tree.Norm(body) if sign == "‖" else tree.Magnitude(body)
                return self.raised(node, item.sup if isinstance(item, Script) else None)
            depth += 1
        raise UnreadableError(f"no closing {sign}")

    # -- fractions and derivatives -----------------------------------------------------------------

    def fraction(self, top: Row, bottom: Row) -> Node:
        if bottom and _differential(bottom[0]) and top and _differential(top[0]):
            return self.slope(top, bottom)
        return tree.Quotient(self.inner(top), self.inner(bottom))

    def slope(self, top: Row, bottom: Row) -> Node:
        direct = isinstance(top[0], Script) and top[0].sup == (Token("sign", "+"),)
        second = isinstance(top[0], Script) and top[0].sup == (Token("number", "2"),)
        under = self.under(bottom)
        over = tuple(t for t in top[1:] if not (isinstance(t, Token) and t.kind == "thin"))
        if not over:
            if len(under) != 1 or self.peek() is None:
                raise UnreadableError("∂/∂ of nothing")
            return tree.Operator(under[0], self.factor())
        name = self.inner(over)
        if not isinstance(name, tree.Tensor) and len(under) == 1 and not second:
            return tree.Operator(under[0], name)
        if second:
            first, then = (*under, *under)[:2]
            return tree.Slope(name, first, then=then)
        if len(under) != 1:
            raise UnreadableError(f"∂ by {shown(bottom)}")
        return tree.Slope(name, under[0], direct=direct)

    def under(self, bottom: Row) -> list[Node]:
        """The names of a denominator, each behind its ∂."""
        pieces: list[list[Item]] = []
        for item in bottom:
            if _differential(item):
                pieces.append([])
            elif not (isinstance(item, Token) and item.kind == "thin"):
                pieces[-1].append(item)
        return [self.inner(tuple(p)) for p in pieces]

    def inline_slope(self) -> Node:
        """∂L / ∂x in one line."""
        start = self.at
        while self.at < len(self.row) and self.row[self.at] != Token("sign", "/"):
            self.at += 1
        top = self.row[start : self.at]
        self.at += 1
        if self.peek() != Token("letter", "∂"):
            raise UnreadableError("∂ without a denominator")
        self.at += 1
        while self.peek() is not None and isinstance(self.row[self.at], Token) \
                and self.row[self.at].kind == "thin":  # fmt: skip
            self.at += 1
        return tree.Slope(self.inner(top), self.factor())

    def below(self, body: Row, note: Row) -> Node:
        sizes = _divided(note, ("×",))
        if len(sizes) < 2:
            return self.inner(body)
        shape = tuple(expression(s, self.lexicon) for s in sizes)
        return tree.Shaped(self.inner(body), shape)

    # -- reductions and functions ------------------------------------------------------------------

    @staticmethod
    def reduction(item: Item) -> str:
        bare = item.base if isinstance(item, Script) else item
        if not isinstance(item, Script) or item.sub is None or not isinstance(bare, Token):
            return ""
        return _REDUCTIONS.get(bare.text, "")

    def reduced(self, kind: str, item: Item) -> Node:
        assert isinstance(item, Script)
        self.at += 1
        assert item.sub is not None
        bound, conditions = self.limits(item.sub)
        outer, self.bound = self.bound, self.bound | set(bound)
        body = self.product()
        self.bound = outer
        return tree.Reduction(kind, bound, conditions, body)

    def limits(self, sub: Row) -> tuple[tuple[str, ...], tuple[Node, ...]]:
        """The bound letters and the conditions under a sum."""
        lines = [sub]
        if len(sub) == 1 and isinstance(sub[0], Grid):
            lines = [cell for cells in sub[0].rows for cell in cells]
        letters = []
        for piece in self.lexicon.indices(lines[0]):
            if len(piece) != 1:
                raise UnreadableError(f"a sum over {shown(lines[0])}")
            letters.append(shown(piece))
        inside = self.bound | set(letters)
        return tuple(letters), tuple(condition(line, self.lexicon, inside) for line in lines[1:])

    def function(self, item: Item) -> str | None:
        """The function that is named here."""
        bare = item.base if isinstance(item, Script) else item
        name = self.lexicon.function(bare)
        if name is None and isinstance(bare, Token) and bare.kind == "word" and bare.text in NAMED:
            name = bare.text
        return name

    def argued(self) -> bool:
        """Does an argument follow at once?"""
        ahead = self.row[self.at + 1] if self.at + 1 < len(self.row) else None
        bare = ahead.base if isinstance(ahead, Script) else ahead
        return isinstance(bare, Grid) or (isinstance(bare, Token) and bare.text == "(")

    def call(self, name: str, item: Item) -> Node:
        sup = item.sup if isinstance(item, Script) else None
        primes = sum(t == Token("sign", "′") for t in sup or ())
        rest = tuple(t for t in sup or () if t != Token("sign", "′"))
        self.at += 1
        head = self.row[self.at]
        if isinstance(head, Grid):
            self.at += 1
            args: tuple[Node, ...] = (self.grid(head),)
            after = None
        else:
            self.at += 1
            row = self.enclosed(")")
            args = tuple(self.inner(p) for p in _divided(row, (",",)))
            after = self.close
        at = None
        if isinstance(after, Script) and after.sub:
            at = tuple(expression(p, self.lexicon, index=True)
                       for p in self.lexicon.indices(after.sub))  # fmt: skip
        made: Node = tree.Call(name, args, primes, at)
        return self.raised(self.raised(made, after.sup if isinstance(after, Script) else None), rest)

    # -- grids -------------------------------------------------------------------------------------

    def grid(self, grid: Grid) -> Node:
        if grid.kind == "cases":
            return tree.Cases(tuple(self.case(cells) for cells in grid.rows))
        if grid.kind != "matrix":
            raise UnreadableError(f"a grid of the kind {grid.kind}")
        width = {len(r) for r in grid.rows}
        if len(width) != 1:
            raise UnreadableError("a matrix with rows of different lengths")
        return tree.Array(tuple(tuple(self.inner(c) for c in r) for r in grid.rows))

    def case(self, cells: tuple[Row, ...]) -> tuple[Node, Node | None]:
        said = tuple(
            t for t in (cells[1] if len(cells) > 1 else ())
            if not (isinstance(t, Token) and t.text.strip() in ("if", "se"))
        )  # fmt: skip
        words = {t.text.strip() for t in said if isinstance(t, Token)}
        if not said or words & {"otherwise", "senão", "caso contrário"}:
            return self.inner(cells[0]), None
        return self.inner(cells[0]), condition(said, self.lexicon, self.bound)


def _differential(item: Item) -> bool:
    bare = item.base if isinstance(item, Script) else item
    return isinstance(bare, Token) and (
        bare.text == "∂" or (bare.text == "d" and bare.kind == "letter")
    )
