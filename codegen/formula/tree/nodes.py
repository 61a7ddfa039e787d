"""A formula as a tree of what is seen: every printer of mathematics prints these nodes.

`codegen.formula.reader` makes the tree of LaTeX; a node keeps the command it was written with, so
that the printer of TeX gives back what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Node:
    """What a formula is made of."""

    __match_args__: ClassVar[tuple[str, ...]] = ()  # the names of the fields

    def __str__(self) -> str:
        raise TypeError("a tree has no text of its own: a printer gives it")


@dataclass(frozen=True, slots=True)
class Sign(Node):
    """A letter, an operator, a fence or a function's name. ``kind`` is TeX's class; ``limits``:
    its scripts stand below and above it."""

    source: str
    text: str
    face: str
    kind: str = "ord"
    limits: bool = False


@dataclass(frozen=True, slots=True)
class Number(Node):
    """Digits with a point; ``{,}`` is a decimal comma."""

    text: str


@dataclass(frozen=True, slots=True)
class Space(Node):
    """A space that is set; ``mu`` is its width in math units."""

    source: str
    mu: float


@dataclass(frozen=True, slots=True)
class Blank(Node):
    """A space that TeX does not set: the TeX we write keeps it, so that people can read it."""


@dataclass(frozen=True, slots=True)
class Switch(Node):
    """A command for the rest of its group: ``\\displaystyle``; or a place: ``\\allowbreak``."""

    command: str


@dataclass(frozen=True, slots=True)
class Row(Node):
    """Nodes side by side; the hash, which the caches of printers ask for often, is kept."""

    items: tuple[Node, ...]
    _hash: int = field(default=0, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        if not self._hash:
            object.__setattr__(self, "_hash", hash((type(self), self.items)))
        return self._hash

    @property
    def atoms(self) -> tuple[Node, ...]:
        """What is seen of the items."""
        return tuple(n for n in self.items if not isinstance(n, Blank))


@dataclass(frozen=True, slots=True)
class Group(Row):
    """A row in braces: one atom for what stands beside it."""


@dataclass(frozen=True, slots=True)
class Scripts(Node):
    """A base with scripts, each with its mark: ``_``, ``^``, or ``'``, which is a script itself.
    ``placed`` is ``limits`` or ``nolimits`` where that was said."""

    base: Node
    marks: tuple[tuple[str, Node], ...]
    placed: str = ""

    @property
    def low(self) -> Node | None:
        return next((script for mark, script in self.marks if mark == "_"), None)

    @property
    def raised(self) -> tuple[Node, ...]:
        """What is raised: primes, and the script of ``^``."""
        return tuple(script for mark, script in self.marks if mark != "_")


@dataclass(frozen=True, slots=True)
class Fraction(Node):
    """``\\frac`` and its sizes; ``\\binom`` has parentheses and no line."""

    command: str
    over: Node
    under: Node


@dataclass(frozen=True, slots=True)
class Root(Node):
    body: Node
    index: Row | None = None


@dataclass(frozen=True, slots=True)
class Stacked(Node):
    """``\\overset``, ``\\underset``: something small above or below."""

    command: str
    mark: Node
    base: Node


@dataclass(frozen=True, slots=True)
class Arrow(Node):
    """``\\xrightarrow[below]{above}``."""

    command: str
    above: Node
    below: Row | None = None


@dataclass(frozen=True, slots=True)
class Command(Node):
    """A command with one argument."""

    command: str
    body: Node


class Faced(Command):
    """Letters in a face: ``\\mathbf``."""


class Accent(Command):
    """A mark over or under something: ``\\hat``, ``\\overline``, ``\\underbrace``."""


class Operator(Command):
    """``\\operatorname``, with a star where its scripts are bounds."""


class Classed(Command):
    """``\\mathbin`` and its kind: what TeX takes the argument for."""


class Padded(Command):
    """What is left out, framed or made flat: ``\\phantom``, ``\\boxed``, ``\\smash``, ``\\not``."""


class Modulo(Command):
    """``\\pmod``."""


@dataclass(frozen=True, slots=True)
class Fenced(Node):
    """``\\left( … \\middle| … \\right)``: one fence more than parts; a point is no fence."""

    fences: tuple[Sign, ...]
    parts: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Big(Node):
    """A fence of a fixed size: ``\\bigl(``."""

    command: str
    fence: Sign


@dataclass(frozen=True, slots=True)
class Line(Node):
    """A line of a grid: its cells, how many rules stand above it, the space that it asks for."""

    cells: tuple[Row, ...]
    rules: int = 0
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Grid(Node):
    """A matrix, cases or aligned lines; ``columns`` is the argument of an array."""

    environment: str
    lines: tuple[Line, ...]
    columns: str = ""

    @property
    def kept(self) -> tuple[Line, ...]:
        """The lines that are seen: a break before the end begins none."""
        last = self.lines[-1]
        empty = len(last.cells) == 1 and not last.cells[0].atoms and not last.rules
        return self.lines[:-1] if len(self.lines) > 1 and empty else self.lines


@dataclass(frozen=True, slots=True)
class Lines(Node):
    """``\\substack``: lines under a sum."""

    lines: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Text in one font, which is the command that asked for it (``itshape``, ``textbf``)."""

    text: str
    font: str = ""


@dataclass(frozen=True, slots=True)
class Text(Node):
    """``\\text{…}``: words, and formulas between them."""

    command: str
    runs: tuple[Words | Row, ...]


@dataclass(frozen=True, slots=True)
class Marked(Node):
    """One of our own marks: ``\\cgf{2}{…}`` has the kind cgf and the key 2."""

    kind: str
    key: str
    body: Node


BLANK, EMPTY = Blank(), Group(())


_LEAVES = {Sign, Number, Space, Blank, Switch, Words}


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, in the order of print."""
    waiting: list[Any] = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, tuple):
            waiting.extend(reversed(here))
        elif isinstance(here, Node):
            yield here
            if type(here) not in _LEAVES:
                waiting.extend([getattr(here, n) for n in reversed(here.__match_args__)])


def marks(node: Node) -> Iterator[Marked]:
    """Our own marks in a formula."""
    return (n for n in walk(node) if isinstance(n, Marked))


def rebuilt(row: Row, change: Callable[[Node], Node]) -> Row:
    """The tree with every node changed, what is inside first; a row stays one."""

    def made(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(made, value))
        if not isinstance(value, Node):
            return value
        if type(value) not in _LEAVES:
            value = type(value)(*(made(getattr(value, name)) for name in value.__match_args__))
        return change(value)

    new = made(row)
    assert isinstance(new, Row)
    return new


def words_of(node: Node) -> str:
    """The letters of a name, such as the argument of ``\\operatorname``."""
    made = []
    for n in walk(node):
        match n:
            case Sign(source=source, text=text):
                made.append(text if source.startswith("\\") else source)
            case Number(text=text) | Words(text=text):
                made.append(text)
            case Space():
                made.append("\u2009")
    return "".join(made)


_SIDES = {"l": "open", "r": "close", "m": "rel"}
# after these a minus is a sign, not a difference
BEFORE_SIGN = frozenset(("", "op", "bin", "rel", "open", "punct"))


def kind(node: Node) -> str:
    """TeX's class of an atom; ``space`` for what is none."""
    match node:
        case Sign():
            return node.kind
        case Big():
            return _SIDES.get(node.command[-1], "ord")
        case Scripts():
            return kind(node.base)
        case Fenced() | Fraction() | Grid():
            return "inner"
        case Operator():
            return "op"
        case Classed():
            return node.command.removeprefix("math")
        case Marked():
            inside = node.body.atoms if isinstance(node.body, Row) else (node.body,)
            return kind(inside[0]) if len(inside) == 1 else "ord"
        case Space() | Switch() | Blank():
            return "space"
    return "ord"
