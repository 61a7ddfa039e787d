"""What `chalkgrad show` prints, read: a tokenizer and a parser of its own.

The terminal speaks the language of the code: names and indices as in the spec, counted from 0,
vectors as rows, @ for a product of matrices, ∂L/∂W in one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

from chalkgrad.derive.language.equation import BATCH
from chalkgrad.derive.language.functions import is_abstract
from chalkgrad.derive.network.network import Network

from . import tree
from .documents import Line
from .layout import UnreadableError
from .points import ABSTRACT
from .tree import Node

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*|𝟏|Σ|Π|∞|π)|(?P<raised>ᵀ|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<sign>∂⁺|[∂=≈←≤≥≠<>+−\-·×@⊙⊘/()\[\],;|\^'])"
)
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_PRODUCTS = {"·": "", "×": "×", "@": "", "⊙": "⊙", "⊘": "⊘"}
_REDUCTIONS = {"Σ": "sum", "Π": "prod", "max": "max", "min": "min", "mean": "mean",
               "argmax": "argmax"}  # fmt: skip
_COMPARISONS = frozenset("=≠<>≤≥")
_NUMBER_AT_HEAD = re.compile(r"^\(\d+\)\s+")
_CONSTANTS = {"pi": tree.Number("pi"), "inf": tree.Number("inf"), "N": tree.Size(BATCH)}
_INDICATOR = re.compile(r"(1\[.*\]) is 1 for (.*), else 0")
_ASIDE = re.compile(
    r"\s{2,}\S.*$|(?<=[\])\w])(?: [a-z]{2,})+$|\s\((\d+(,( \d+)?)*)?\)$"
)  # a reason, a shape


class CodeNames:
    """The names of the code, for the evaluation: rows, counted from 0, nothing turned."""

    def __init__(self, network: Network) -> None:
        self.network, self.base = network, 0
        self.style = SimpleNamespace(vectors="row")
        self.symbols = SimpleNamespace(swapped=frozenset(), classes=frozenset(), role=self._role)

    def _role(self, name: str) -> str:
        return "loss" if name in (self.network.loss, self.network.sample_loss) else ""

    def rank(self, name: str) -> int:
        return sum(a != BATCH for a in self.network.tensors[name].axes)


def terminal(text: str) -> Iterator[Line]:
    """The lines with a relation; a page is the heading that they stand below."""
    page = ""
    for number, whole in enumerate(text.splitlines(), 1):
        if whole and not whole.startswith(" "):
            page = whole.strip()
            continue
        source = _ASIDE.sub("", _NUMBER_AT_HEAD.sub("", whole.strip()))
        if re.search(r"[=≈]", source):
            joins = "continues" if source.startswith("=") else ""
            yield Line(page, number, source, joins=joins)


def relation(source: str, network: Network) -> tree.Relation:
    """The tree of a line; the left side of a continued one is missing."""
    if meant := _INDICATOR.fullmatch(source):
        source = f"{meant[1]} = where({meant[2]}, 1, 0)"
    reader = _Reader(source, network)
    sides: list[Node] = [tree.Opaque("")] if reader.ahead() == "=" else [reader.sum()]
    signs = []
    while reader.ahead() in ("=", "≈", "←"):
        signs.append(reader.take())
        sides.append(reader.sum())
    if reader.ahead():
        raise UnreadableError(f"unexpected {reader.ahead()}")
    return tree.Relation(tuple(sides), tuple(signs))


class _Reader:
    def __init__(self, source: str, network: Network) -> None:
        self.network, self.at = network, 0
        self.counting = 0  # inside of how many brackets of indices, where i is a letter first
        self.bound: frozenset[str] = frozenset()  # what is summed over is no tensor, either
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(source):
            found = _TOKEN.match(source, place)
            if found is None:
                raise UnreadableError(f"the sign {source[place]}")
            place = found.end()
            if found.lastgroup != "space":
                self.tokens.append((str(found.lastgroup), found[0]))

    def ahead(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def need(self, text: str) -> None:
        if self.ahead() != text:
            raise UnreadableError(f"expected {text}, found {self.ahead()}")
        self.at += 1

    # -- sums, products, powers --------------------------------------------------------------------

    def sum(self) -> Node:
        terms = [self.signed()]
        while self.ahead() in ("+", "−", "-"):
            minus = self.take() != "+"
            term = self.product()
            terms.append(tree.Negative(term) if minus else term)
        return terms[0] if len(terms) == 1 else tree.Sum(tuple(terms))

    def signed(self) -> Node:
        if self.ahead() in ("−", "-"):
            self.at += 1
            return tree.Negative(self.product())
        return self.product()

    def product(self) -> Node:
        factors, signs = [self.power()], list[str]()
        while self.ahead() in _PRODUCTS or self.ahead() == "/":
            if self.ahead() == "/":
                self.at += 1
                top = _product(factors, signs)
                factors, signs = [tree.Quotient(top, self.power())], []
            else:
                signs.append(_PRODUCTS[self.take()])
                factors.append(self.power())
        return _product(factors, signs)

    def power(self) -> Node:
        node = self.atom()
        while self.at < len(self.tokens) and self.tokens[self.at][0] == "raised":
            mark = self.take()
            if mark == "ᵀ":
                node = tree.Transposed(node)
            else:
                node = tree.Power(node, tree.Number(mark.translate(_DIGITS)), entrywise=True)
        if self.ahead() == "^":
            self.at += 1
            node = tree.Power(node, self.atom(), entrywise=True)
        return node

    # -- atoms -------------------------------------------------------------------------------------

    def atom(self) -> Node:
        if self.at >= len(self.tokens):
            raise UnreadableError("something is missing at the end")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return self.indicator() if text == "1" and self.ahead() == "[" else tree.Number(text)
        if text in ("−", "-"):
            return tree.Negative(self.power())
        if text == "(":
            node = self.sum()
            self.need(")")
            return node
        if text == "[":
            return self.matrix()
        if text in ("∂", "∂⁺"):
            return self.slope(direct=text == "∂⁺")
        if kind == "name":
            return self.named(text)
        raise UnreadableError(f"unexpected {text}")

    def indicator(self) -> Node:
        self.need("[")
        condition = self.condition()
        self.need("]")
        return tree.Indicator(condition)

    def condition(self) -> Node:
        """Comparisons with and, or, not between them."""
        return self.logic("or", lambda: self.logic("and", self.test))

    def logic(self, word: str, part: Callable[[], Node]) -> Node:
        sides = [part()]
        while self.ahead() == word:
            self.at += 1
            sides.append(part())
        return sides[0] if len(sides) == 1 else tree.Logic(word, tuple(sides))

    def test(self) -> Node:
        """A comparison, or a condition in brackets."""
        if self.ahead() == "not":
            self.at += 1
            return tree.Logic("not", (self.test(),))
        start = self.at
        try:
            return self.comparison()
        except UnreadableError:
            self.at = start
        self.need("(")
        inside = self.condition()
        self.need(")")
        return inside

    def comparison(self) -> Node:
        sides, signs = [self.sum()], list[str]()
        while self.ahead() in _COMPARISONS:
            signs.append(self.take())
            sides.append(self.sum())
        if not signs:
            raise UnreadableError("no condition")
        return tree.Compared(tuple(sides), tuple(signs))

    def matrix(self) -> Node:
        """Numbers beside each other, rows between semicolons."""
        rows: list[list[Node]] = [[]]
        while self.ahead() != "]":
            if self.ahead() == "[":
                raise UnreadableError("a list of matrices")
            if self.ahead() == ";":
                self.at += 1
                rows.append([])
            else:
                rows[-1].append(self.signed())
        self.at += 1
        return tree.Array(tuple(map(tuple, rows)))

    def slope(self, *, direct: bool) -> Node:
        top = self.named(self.take())
        self.need("/")
        self.need("∂")
        return tree.Slope(top, self.named(self.take()), direct=direct)

    def named(self, name: str) -> Node:
        if name == "𝟏":
            return tree.Ones()
        if name in _REDUCTIONS and self.ahead() == "[":
            return self.reduction(_REDUCTIONS[name])
        if name in ("softmax", "log_softmax") and self.ahead() == "[":
            return self.normalised(log=name == "log_softmax")
        if name == "size" and self.ahead() == "[":
            (letter,) = self.letters()
            return tree.Size(letter)
        if name == "where":
            return self.cases()
        if name not in self.network.tensors:
            if self.ahead() in ("(", "'"):
                return self.call(name)
            if name in _CONSTANTS:
                return _CONSTANTS[name]
        letter = (self.counting and self.no_places(name) is None) or name in self.bound
        if name not in self.network.tensors or (letter and self.ahead() != "["):
            return tree.Index(name)
        places = tuple(self.places()) if self.ahead() == "[" else None
        return tree.Tensor(name, places if places is not None else self.no_places(name))

    def call(self, name: str) -> Node:
        """A function, or its derivative; g without a formula is the one that the points have."""
        primes = 0
        while self.ahead() == "'":
            self.at, primes = self.at + 1, primes + 1
        known = ABSTRACT if is_abstract(name) else name
        return tree.Call(known, tuple(self.arguments()), primes)

    def no_places(self, name: str) -> tuple[Node, ...] | None:
        known = self.network.tensors.get(name)
        return () if known is not None and set(known.axes) <= {BATCH} else None

    def places(self) -> list[Node]:
        self.need("[")
        self.counting += 1
        made = [self.sum()]
        while self.ahead() == ",":
            self.at += 1
            made.append(self.sum())
        self.counting -= 1
        self.need("]")
        return made

    def letters(self) -> list[str]:
        return [n.letter if isinstance(n, tree.Index) else "" for n in self.places()]

    def arguments(self) -> list[Node]:
        self.need("(")
        made = [self.sum()]
        while self.ahead() == ",":
            self.at += 1
            made.append(self.sum())
        self.need(")")
        return made

    def reduction(self, kind: str) -> Node:
        self.need("[")
        letters, conditions = [self.take()], list[Node]()
        while self.ahead() == ",":
            self.at += 1
            letters.append(self.take())
        outer, self.bound = self.bound, self.bound | frozenset(letters)
        if self.ahead() == "|":
            self.at += 1
            conditions.append(self.condition())
        self.need("]")
        (body,) = self.arguments()
        self.bound = outer
        return tree.Reduction(kind, tuple(letters), tuple(conditions), body)

    def normalised(self, *, log: bool) -> Node:
        """softmax[k](z[k]): the sum below runs over a letter of its own."""
        letters = self.letters()
        (body,) = self.arguments()
        inner = body
        for letter in letters:
            inner = renamed(inner, letter, f"{letter}′")
        fresh = tuple(f"{x}′" for x in letters)
        total = tree.Reduction("sum", fresh, (), tree.Call("exp", (inner,)))
        if log:
            return tree.Sum((body, tree.Negative(tree.Call("log", (total,)))))
        return tree.Quotient(tree.Call("exp", (body,)), total)

    def cases(self) -> Node:
        self.need("(")
        condition = self.condition()
        self.need(",")
        yes = self.sum()
        self.need(",")
        no = self.sum()
        self.need(")")
        return tree.Cases(((yes, condition), (no, None)))


def _product(factors: Sequence[Node], signs: Sequence[str]) -> Node:
    return factors[0] if len(factors) == 1 else tree.Product(tuple(factors), tuple(signs))


def renamed(node: Node, letter: str, other: str) -> Node:
    """The tree with another letter."""
    if node == tree.Index(letter):
        return tree.Index(other)
    return tree.rebuilt(node, lambda part: renamed(part, letter, other))
