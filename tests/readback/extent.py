"""How far the letters of a formula run: a reader counts along the axes that they index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalkgrad.derive.language.equation import BATCH
from chalkgrad.derive.network.network import Network

from . import tree
from .points import size


def extents(
    nodes: tuple[tree.Node, ...], network: Network, batch: int, outer: Mapping[str, int]
) -> dict[str, int]:  # fmt: skip
    """Letter -> how many values, for what is free in the nodes; letters that are only compared with
    another run as far as that one, which may be an outer one."""
    made: dict[str, int] = {}
    pairs: list[tuple[str, str]] = []
    for node in nodes:
        for found in _counted(node, network, batch, frozenset()):
            if isinstance(found[1], str):
                pairs.append(found)  # type: ignore[arg-type]
            else:
                letter, length = found
                made[letter] = min(length, made.get(letter, length))
    known = {**outer, **made}
    for a, b in [*pairs, *reversed(pairs)]:
        for x, y in ((a, b), (b, a)):
            if x in known and y not in made:
                made[y] = known[y] = known[x]
    return made


def _counted(
    node: tree.Node, network: Network, batch: int, bound: frozenset[str]
) -> Iterator[tuple[str, int | str]]:  # fmt: skip
    """(letter, length of the axis it counts along), and pairs of letters that are compared."""
    if isinstance(node, tree.Reduction):
        bound |= set(node.bound)
    elif isinstance(node, tree.Tensor) and node.at:
        axes = network.tensors[node.name].axes if node.name in network.tensors else ()
        shown = axes[1:] if axes[:1] == (BATCH,) and len(node.at) < len(axes) else axes
        for axis, index in zip(shown, node.at, strict=False):
            if isinstance(index, tree.Index) and index.letter not in bound:
                yield index.letter, batch if axis == BATCH else size(network, axis)
    elif isinstance(node, tree.Compared) and len(node.sides) == 2:
        a, b = node.sides
        letters = [i.letter for i in (a, b) if isinstance(i, tree.Index)]
        if len(letters) == 2 and not bound & set(letters):
            yield letters[0], letters[1]
        elif len(letters) == 1 and not bound & set(letters):
            for length in _numbered(a if b == tree.Index(letters[0]) else b, network):
                yield letters[0], length
    for part in node.parts():
        yield from _counted(part, network, batch, bound)


def _numbered(node: tree.Node, network: Network) -> Iterator[int]:
    """How many classes there are, of a tensor that holds their numbers."""
    known = network.tensors.get(node.name) if isinstance(node, tree.Tensor) else None
    if known is not None and known.integer is not None:
        below = str(known.integer)
        yield int(below) if below.isdigit() else size(network, below)


def free(node: tree.Node, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """Letters that nothing binds, in the order of the page."""
    if isinstance(node, tree.Index):
        if node.letter not in bound:
            yield node.letter
        return
    if isinstance(node, tree.Spread):
        return
    if isinstance(node, tree.Reduction):
        bound |= set(node.bound)
    for part in node.parts():
        yield from free(part, bound)


def tied(
    node: tree.Reduction, sizes: Mapping[str, int], places: Mapping[str, int], base: int
) -> dict[str, int] | None:
    """Bound letters that a δ beside a sum ties to an outer one; None where none of its terms
    is left."""
    made: dict[str, int] = {}
    factors = node.body.factors if isinstance(node.body, tree.Product) else (node.body,)
    for factor in factors if node.kind == "sum" else ():
        if not isinstance(factor, tree.Indicator) or not _tie(factor.condition):
            continue
        a, b = (i.letter for i in factor.condition.sides)  # type: ignore[attr-defined]
        for x, y in ((a, b), (b, a)):
            if x in node.bound and y in places and y not in node.bound and x not in made:
                made[x] = places[y]
    inside = all(base <= i < base + sizes.get(x, 0) for x, i in made.items())
    return made if inside else None


def _tie(condition: tree.Node) -> bool:
    """Is it k = j, of two letters?"""
    return (
        isinstance(condition, tree.Compared)
        and condition.signs == ("=",)
        and all(isinstance(s, tree.Index) for s in condition.sides)
    )
