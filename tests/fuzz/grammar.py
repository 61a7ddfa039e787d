"""Text to tree and back, for the oracle and the shrinker: an own reader of the language.

It shares nothing with `derive`: a slip of the engine's parser must not be the oracle's slip too.
A node is a tuple: its kind, then its parts.

    ("num", text)  ("const", "pi" | "inf")  ("name", i)  ("read", x, (index, …))  ("size", axis)
    ("+", (a, …))  ("*", (a, …))  ("neg", a)  ("/", a, b)  ("//", a, b)  ("**", a, b)
    ("fn", f, (a, …))  ("where", c, a, b)  ("bracket", c)
    ("cmp", (op, …), (a, …))  ("and", (c, …))  ("or", (c, …))  ("not", c)
    ("reduce", op, (i, …), c | None, body), the normalisers too
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

Node = tuple[Any, ...]

REDUCTIONS = ("sum", "mean", "max", "min", "prod", "argmax", "argmin", "logsumexp")
NORMALISERS = ("softmax", "log_softmax")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
CONDITIONS = ("cmp", "and", "or", "not")

_TOKEN = re.compile(
    r"(?P<skip>[ \t\r]+|\#[^\n]*)|(?P<end>\n|;)"
    r"|(?P<num>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z]\w*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/<>=()\[\],|])"
)


class Equation(NamedTuple):
    """``name[indices] = rhs``; indices are names."""

    name: str
    indices: tuple[str, ...]
    rhs: Node


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at, depth, place = 0, 0, 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise ValueError(f"what is {text[place : place + 20]!r}?")
            kind, word = str(found.lastgroup), found.group()
            depth += (word in ("(", "[")) - (word in (")", "]"))
            place = found.end()
            if kind != "skip" and not (word == "\n" and depth):
                self.tokens.append((kind, word))
        self.tokens += [("end", ""), ("stop", "")]

    @property
    def word(self) -> str:
        return self.tokens[self.at][1]

    def take(self, *words: str) -> str:
        if self.word in words and self.tokens[self.at][0] in ("sign", "word"):
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def need(self, word: str) -> None:
        if not self.take(word):
            raise ValueError(f"expected {word!r}, found {self.word!r}")

    def name(self) -> str:
        kind, word = self.tokens[self.at]
        if kind != "word":
            raise ValueError(f"expected a name, found {word!r}")
        self.at += 1
        return word

    # -- the grammar, loosest first ---------------------------------------------------------------

    def equations(self) -> list[Equation]:
        found = []
        while self.tokens[self.at][0] != "stop":
            if self.tokens[self.at][0] == "end":
                self.at += 1
                continue
            name = self.name()
            left = tuple(i[1] for i in self.list("]")) if self.take("[") else ()
            self.need("=")
            found.append(Equation(name, left, self.any()))
        return found

    def any(self) -> Node:
        return self.joined("or", lambda: self.joined("and", self.negated))

    def joined(self, word: str, part: Any) -> Node:
        parts = [part()]
        while self.take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else (word, tuple(map(bare, parts)))

    def negated(self) -> Node:
        if self.take("not"):
            return ("not", bare(self.negated()))
        operands, signs = [self.sum()], []
        while sign := self.take(*COMPARISONS):
            signs.append(sign)
            operands.append(self.sum())
        return ("cmp", tuple(signs), tuple(operands)) if signs else operands[0]

    def sum(self) -> Node:
        terms = [self.term()]
        while sign := self.take("+", "-"):
            terms.append(self.term() if sign == "+" else ("neg", self.term()))
        return terms[0] if len(terms) == 1 else ("+", tuple(terms))

    def term(self) -> Node:
        left, product = self.signed(), False
        while sign := self.take("*", "/", "//"):
            right = self.signed()
            if sign == "*":  # a product in brackets stays a factor of its own
                left = ("*", (*(left[1] if product else (left,)), right))
            else:
                left = (sign, left, right)
            product = sign == "*"
        return left

    def signed(self) -> Node:
        if self.take("-"):
            return ("neg", self.signed())
        if self.take("+"):
            return self.signed()
        base = self.atom()
        return ("**", base, self.signed()) if self.take("**") else base

    def atom(self) -> Node:
        kind, word = self.tokens[self.at]
        if kind == "num":
            self.at += 1
            return ("num", word)
        if self.take("("):
            inner = self.any()
            self.need(")")
            return ("bracket", inner) if inner[0] in CONDITIONS else inner
        word = self.name()
        if word in ("pi", "inf"):
            return ("const", word)
        if self.take("["):
            if word == "size":
                axis = self.name()
                self.need("]")
                return ("size", axis)
            if word in REDUCTIONS + NORMALISERS:
                return self.reduction(word)
            return ("read", word, self.list("]"))
        if self.take("("):
            args = self.list(")")
            return ("where", bare(args[0]), *args[1:]) if word == "where" else ("fn", word, args)
        return ("name", word)

    def reduction(self, op: str) -> Node:
        bound = [self.name()]
        while self.take(","):
            bound.append(self.name())
        cond = bare(self.any()) if self.take("|") else None
        self.need("]")
        self.need("(")
        body = self.any()
        self.need(")")
        return ("reduce", op, tuple(bound), cond, body)

    def list(self, close: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.take(close):
            if found:
                self.need(",")
            found.append(self.any())
        return tuple(found)


def bare(e: Node) -> Node:
    """A condition in brackets is the condition where a condition is needed."""
    return e[1] if e[0] == "bracket" else e  # type: ignore[no-any-return]


def equations(text: str) -> list[Equation]:
    """All equations of a text, in its order. Raises ValueError for what is no equation."""
    return _Reader(text).equations()


def expression(text: str) -> Node:
    """One formula."""
    return _Reader(text).any()


# -- parts -----------------------------------------------------------------------------------------


def children(e: Node) -> list[Node]:
    """The nodes right below one, in the order `rebuilt` takes them."""
    found: list[Node] = []
    for part in e[1:]:
        if isinstance(part, tuple):
            found += [part] if _is_node(part) else [p for p in part if _is_node(p)]
    return found


def rebuilt(e: Node, parts: list[Node]) -> Node:
    """The same node over other parts."""
    left = iter(parts)

    def put(part: Any) -> Any:
        if not isinstance(part, tuple):
            return part
        return next(left) if _is_node(part) else tuple(map(put, part))

    return (e[0], *map(put, e[1:]))


_KINDS = frozenset(
    {"num", "const", "name", "read", "size", "+", "*", "neg", "/", "//", "**", "fn", "where"}
    | {"bracket", "cmp", "and", "or", "not", "reduce"}
)


def _is_node(part: Any) -> bool:
    """A node, not a tuple of index names or signs (no index is called like a kind)."""
    return isinstance(part, tuple) and bool(part) and part[0] in _KINDS


def walk(e: Node) -> list[Node]:
    """The node and everything below it."""
    found = [e]
    for child in children(e):
        found += walk(child)
    return found


# -- back to text ----------------------------------------------------------------------------------

_LEVEL = {"or": 0, "and": 1, "not": 2, "cmp": 3, "+": 4, "neg": 4, "*": 5, "/": 5, "//": 5, "**": 7}


def text(e: Node) -> str:
    """The formula as text; reading it gives an equal tree."""
    kind = e[0]
    if kind in ("num", "const", "name"):
        return str(e[1])
    if kind == "size":
        return f"size[{e[1]}]"
    if kind == "read":
        return f"{e[1]}[{','.join(map(text, e[2]))}]"
    if kind == "fn":
        return f"{e[1]}({', '.join(map(text, e[2]))})"
    if kind == "where":
        return f"where({', '.join(map(text, e[1:]))})"
    if kind == "bracket":
        return f"({text(e[1])})"
    if kind == "reduce":
        cond = f" | {text(e[3])}" if e[3] is not None else ""
        return f"{e[1]}[{','.join(e[2])}{cond}]({text(e[4])})"
    return _operator(e)


def _operator(e: Node) -> str:
    kind = e[0]
    if kind == "+":
        first, *rest = e[1]
        made = _in(first, 5 if first[0] != "neg" else 4)
        for term in rest:
            minus = term[0] == "neg"
            made += f" {'-' if minus else '+'} {_in(term[1] if minus else term, 5)}"
        return made
    if kind == "*":
        first, *rest = e[1]
        return "*".join([_in(first, 6 if first[0] == "*" else 5), *(_in(a, 6) for a in rest)])
    if kind in ("/", "//"):
        return f"{_in(e[1], 5)}{kind}{_in(e[2], 6)}"
    if kind == "**":
        return f"{_in(e[1], 8)}**{_in(e[2], 7)}"
    if kind == "neg":
        return f"-{_in(e[1], 6)}"
    if kind == "not":
        return f"not {_in(e[1], 2)}"
    if kind == "cmp":
        made = _in(e[2][0], 4)
        for sign, operand in zip(e[1], e[2][1:], strict=True):
            made += f" {sign} {_in(operand, 4)}"
        return made
    return f" {kind} ".join(_in(a, _LEVEL[kind] + 1) for a in e[1])


def _in(e: Node, level: int) -> str:
    """In brackets where it binds looser than its place; a formula that starts with - too."""
    shown = text(e)
    return f"({shown})" if _LEVEL.get(e[0], 9) < level else shown


def equation_text(eq: Equation) -> str:
    left = f"{eq.name}[{','.join(eq.indices)}]" if eq.indices else eq.name
    return f"{left} = {text(eq.rhs)}"
