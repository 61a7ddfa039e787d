"""The meaning of a printed formula: one small tree for every format and notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace


class Node:
    """Anything that has a value."""

    def parts(self) -> Iterator[Node]:
        """The nodes directly inside."""
        for field in fields(self):  # type: ignore[arg-type]
            yield from _nodes(getattr(self, field.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything inside, from outside inwards."""
    yield node
    for part in node.parts():
        yield from walk(part)


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with other parts."""

    def changed(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(changed(v) for v in value)
        return change(value) if isinstance(value, Node) else value

    return replace(node, **{f.name: changed(getattr(node, f.name)) for f in fields(node)})  # type: ignore[type-var,arg-type]


@dataclass(frozen=True)
class Number(Node):
    """As printed: its digits say how exact it is."""

    text: str


@dataclass(frozen=True)
class Index(Node):
    """A letter that counts places; the batch size and sizes of axes are `Size`."""

    letter: str


@dataclass(frozen=True)
class Size(Node):
    """N, or the number of values of an index."""

    of: str


@dataclass(frozen=True)
class Known(Node):
    """A number that the spec says: the learning rate, the λ of a penalty."""

    name: str


@dataclass(frozen=True)
class Opaque(Node):
    """A name that stands alone on a side and is explained nowhere on the page."""

    text: str


@dataclass(frozen=True)
class Tensor(Node):
    """A tensor of the network, as a whole (``at`` is None) or one entry of it."""

    name: str
    at: tuple[Node, ...] | None = None


@dataclass(frozen=True)
class Slope(Node):
    """∂top/∂bottom; ``direct``: only where top's own equation reads bottom; ``second``: the two
    names of a second derivative's denominator."""

    top: Node
    bottom: Node
    direct: bool = False
    then: Node | None = None


@dataclass(frozen=True)
class Operator(Node):
    """∂/∂x applied to an expression."""

    by: Node
    body: Node


@dataclass(frozen=True)
class Sum(Node):
    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Negative(Node):
    body: Node


@dataclass(frozen=True)
class Product(Node):
    """Factors in printed order; ``signs[k]`` stands before factor k + 1: "" side by side, × of a
    chain, ⊙ and ⊘ entry by entry."""

    factors: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Quotient(Node):
    top: Node
    bottom: Node


@dataclass(frozen=True)
class Power(Node):
    base: Node
    exponent: Node
    entrywise: bool = False


@dataclass(frozen=True)
class Transposed(Node):
    body: Node


@dataclass(frozen=True)
class Call(Node):
    """A function of its arguments; ``primes`` counts its derivatives."""

    name: str
    args: tuple[Node, ...]
    primes: int = 0
    at: tuple[Node, ...] | None = None


@dataclass(frozen=True)
class Reduction(Node):
    """``kind``: sum, prod, max, min, mean, argmax."""

    kind: str
    bound: tuple[str, ...]
    conditions: tuple[Node, ...]
    body: Node


@dataclass(frozen=True)
class Compared(Node):
    sides: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Logic(Node):
    sign: str
    sides: tuple[Node, ...]


@dataclass(frozen=True)
class Indicator(Node):
    condition: Node


@dataclass(frozen=True)
class Cases(Node):
    """(value, condition or None) in order."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Array(Node):
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Dots(Node):
    """An entry of a matrix that stands for those left out."""


@dataclass(frozen=True)
class Blank(Node):
    """Left for the class to fill in."""


@dataclass(frozen=True)
class Space(Node):
    """ℝ of these sizes."""

    sizes: tuple[Node, ...]


@dataclass(frozen=True)
class Function(Node):
    """The name of a function alone: g = σ."""

    name: str


@dataclass(frozen=True)
class Spread(Node):
    """[a_{k,i}]: the matrix of all entries of what stands inside."""

    body: Node


@dataclass(frozen=True)
class Ones(Node):
    """A vector of ones as long as its place asks."""


@dataclass(frozen=True)
class Shaped(Node):
    """With its shape printed beneath."""

    body: Node
    shape: tuple[Node, ...]


@dataclass(frozen=True)
class Norm(Node):
    body: Node


@dataclass(frozen=True)
class Magnitude(Node):
    body: Node


@dataclass(frozen=True)
class Relation:
    """Sides in the order printed; ``signs[k]`` stands between side k and side k + 1. ``counts``:
    how many values its letters have, where the line says so beside it (p, q = 0, 1)."""

    sides: tuple[Node, ...]
    signs: tuple[str, ...]
    counts: tuple[tuple[str, int], ...] = ()
