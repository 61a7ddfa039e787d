"""Layout to tree, as mathematicians read: products bind before sums, Σ reaches to the next sign.

A `Lexicon` knows the names; what is neither a name nor a number, a sign or a function known here
is not readable.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

from . import forms, tree
from .layout import (
    LAYER,
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
from .rows import bare, counted, divided, nesting, parted, split, trimmed, words, wrapped
from .tree import Node

_COMPARISONS = frozenset("=<>≤≥≠")
NAMED = words(
    "CELU ELU GELU LReLU ReLU ReLU6 SELU SiLU arccos arcsin arctan celu cos cosh elu erf exp "
    "floor gelu hard_sigmoid hard_swish hard_tanh hardsigmoid hardswish leaky_relu ln log "
    "log_sigmoid log_softmax logsumexp max min mish relu relu6 selu sigm sigmoid sign silu "
    "sin sinh softmax softplus softsign swish tan tanh threshold "
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
    counts: dict[str, int] = {}
    for part in parted(row):
        if found := counted(part):
            counts |= found
            continue
        sides, signs = split(part)
        nodes = [_left(sides[0], lexicon, letters, open=not made and bool(signs))]
        nodes += [expression(s, lexicon, bound=letters) for s in sides[1:]]
        made.append(tree.Relation(tuple(nodes), tuple(signs)))
    if counts and not made:
        return [tree.Relation((tree.Opaque(shown(row)),), ())]
    return [replace(r, counts=tuple(counts.items())) for r in made]


def _left(side: Row, lexicon: Lexicon, letters: frozenset[str], *, open: bool) -> Node:
    """The left side: nothing where the line goes on with the one before; a name that nothing
    explains (of a gate of a circuit, of a quantity of a rule) is opaque."""
    side = trimmed(side)
    if not side and open:
        return tree.Opaque("")
    if open and any(isinstance(bare(t), Boxed) for t in side):
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


def expression(
    row: Row, lexicon: Lexicon, *, index: bool = False, bound: frozenset[str] = frozenset()
) -> Node:  # fmt: skip
    """The tree of one side; ``bound`` letters are indices, whatever else is called so."""
    reader = Reader(row, lexicon, index, bound)
    node = reader.sum()
    reader.end()
    return node


def condition(row: Row, lexicon: Lexicon, bound: frozenset[str] = frozenset()) -> Node:
    """The tree of what is true or false: comparisons, and, or, not."""
    for sign, spelled in (("or", ("or", "ou", "∨")), ("and", ("and", "e", "∧"))):
        pieces = divided(row, spelled)
        if len(pieces) > 1:
            return tree.Logic(sign, tuple(condition(p, lexicon, bound) for p in pieces))
    bare = trimmed(row)
    if bare and bare[0] == Token("sign", "¬"):
        return tree.Logic("not", (condition(tuple(bare[1:]), lexicon, bound),))
    if wrapped(bare):
        return condition(tuple(bare[1:-1]), lexicon, bound)
    return _comparison(tuple(bare), lexicon, bound)


def _comparison(row: Row, lexicon: Lexicon, bound: frozenset[str]) -> Node:
    sides, signs = split(row)
    if not signs or not set(signs) <= _COMPARISONS:
        raise UnreadableError(f"no condition: {shown(row)}")
    nodes = tuple(expression(s, lexicon, bound=bound) for s in sides)
    return tree.Compared(nodes, tuple(signs))


class Reader:
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
            if item.text in "/⊘":
                return item.text
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
            return forms.reduced(self, kind, item)
        name = self.function(item)
        if name is not None and self.argued():
            return forms.call(self, name, item)
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
                return forms.fraction(self, top, bottom)
            case Root(body):
                return tree.Call("sqrt", (self.inner(body),))
            case Accent("_", (Token("blank"),)):
                return tree.Blank()
            case Below(body, note):
                return forms.below(self, body, note)
            case Grid():
                return forms.grid(self, item)
            case Group(body) | Boxed(body):
                return self.inner(body)
        raise UnreadableError(f"the sign {shown((item,))}")

    def inner(self, row: Row) -> Node:
        return expression(row, self.lexicon, index=self.index, bound=self.bound)

    def place(self, row: Row) -> Node:
        """An index."""
        return expression(row, self.lexicon, index=True)

    def condition(self, row: Row, bound: frozenset[str]) -> Node:
        return condition(row, self.lexicon, bound)

    def token(self, token: Token) -> Node:
        if token.kind == "number":
            return self.number(token)
        if token.kind == "open":
            return self.bracketed(token)
        if token.text == "∂":
            return forms.inline_slope(self)
        if token.text in "|‖" and token.kind == "sign":
            return self.magnitude(token.text)
        if token.text in "⋯⋮⋱…" and token.kind == "sign":
            return tree.Dots()
        if token.text == "∞":
            return tree.Number("inf")
        if token.text == "π":
            return tree.Number("pi")
        if token == Token("letter", "R", "double"):
            return tree.Space(())
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
        if token.face == LAYER:
            raise UnreadableError(f"no layer {token.text} of this")
        if token.face in ("bold", "double"):
            ahead = self.row[self.at] if self.at < len(self.row) else None
            if isinstance(ahead, Token) and ahead.text == "[":
                self.at += 1
                return tree.Indicator(condition(self.enclosed("]"), self.lexicon, self.bound))
            if token.text == "1":
                return tree.Ones()
        return tree.Number(token.text)

    def enclosed(self, closing: str) -> Row:
        """What stands before the bracket that closes; `close` is that bracket with its scripts."""
        depth, start = 1, self.at
        while self.at < len(self.row):
            item = self.row[self.at]
            depth += nesting(item)
            self.at += 1
            if not depth:
                self.close = item
                return self.row[start : self.at - 1]
        raise UnreadableError(f"no {closing}")

    def script(self, base: Item, sub: Row | None, sup: Row | None) -> Node:
        if isinstance(base, Token) and base.text == "δ" and sub and not sup:
            return self.delta(sub)
        if base == Token("letter", "R", "double") and sup and not sub:
            sizes = tuple(self.inner(s) for s in divided(sup, ("×",)))
            return tree.Space(sizes)
        if base == Token("letter", "e") and sup and not sub:
            return tree.Call("exp", (self.inner(sup),))
        if isinstance(base, Token) and base.text == "n" and sub and not sup:
            return tree.Size(shown(sub))
        if sub is None and sup is not None:
            bare = Reader((base,), self.lexicon, self.index, self.bound)
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

    @staticmethod
    def reduction(item: Item) -> str:
        bare = item.base if isinstance(item, Script) else item
        if not isinstance(item, Script) or item.sub is None or not isinstance(bare, Token):
            return ""
        return _REDUCTIONS.get(bare.text, "")

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
