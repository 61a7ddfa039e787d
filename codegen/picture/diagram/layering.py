"""Layers for a drawing of a directed graph without cycles (Sugiyama's method, kept small)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ....derive.language.errors import ChalkgradError
from ..label.place import settled

Wire = tuple[str, str]
_SWEEPS = 12


@dataclass(frozen=True)
class Layering:
    """``layer`` and ``y`` (in rows, upwards, around 0) of every node and of the unnamed places
    through which a long wire passes; ``chain[a, b]`` are the places a wire passes, from b's side
    of a to b; ``links`` are all its pieces."""

    layer: Mapping[str, int]
    y: Mapping[str, float]
    chain: Mapping[Wire, tuple[str, ...]]
    links: tuple[Wire, ...]


def layered(nodes: Sequence[str], wires: Sequence[Wire]) -> Layering:
    """The layering of ``nodes`` (in an order in which every wire leads forwards).

    Raises ChalkgradError where a wire leads backwards or to an unknown node.
    """
    rank = {key: k for k, key in enumerate(nodes)}
    layer = dict.fromkeys(nodes, 0)
    for a, b in wires:
        if a not in rank or b not in rank or rank[a] >= rank[b]:
            raise ChalkgradError(f"the wire {a} > {b} does not lead forwards", where="circuit")
    for b in nodes:
        layer[b] = max((layer[a] + 1 for a, to in wires if to == b), default=0)
    chain: dict[Wire, tuple[str, ...]] = {}
    links: list[Wire] = []
    for a, b in wires:
        passed = [f"{a}>{b}:{k}" for k in range(layer[a] + 1, layer[b])]
        layer |= {place: layer[a] + 1 + k for k, place in enumerate(passed)}
        chain[a, b] = (a, *passed, b)
        links += pairwise(chain[a, b])
    order = _ordered(layer, links)
    heights = _straight(_heights(order, links), order, chain)
    return Layering(layer, heights, chain, tuple(links))


def _ordered(layer: Mapping[str, int], links: Sequence[Wire]) -> list[list[str]]:
    """The places of each layer from top to bottom: sweeps of barycentres; the best order stays."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for key, k in layer.items():
        rows[k].append(key)
    best, least = [list(row) for row in rows], crossings(rows, links)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for k in range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1):
            other = rows[k - 1] if forward else rows[k + 1]
            _sort(rows[k], other, links)
        count = crossings(rows, links)
        if count < least:
            best, least = [list(row) for row in rows], count
    return best


def _sort(row: list[str], other: Sequence[str], links: Sequence[Wire]) -> None:
    place = {key: k for k, key in enumerate(other)}
    own = {key: k for k, key in enumerate(row)}
    ends = [*links, *((b, a) for a, b in links)]

    def middle(key: str) -> float:
        near = [place[a] for a, b in ends if b == key and a in place]
        return sum(near) / len(near) if near else float(own[key])

    row.sort(key=lambda key: (middle(key), own[key]))


def crossings(rows: Sequence[Sequence[str]], links: Sequence[Wire]) -> int:
    """How many pairs of links between neighbouring layers cross."""
    count = 0
    for upper, lower in pairwise(rows):
        left = {key: k for k, key in enumerate(upper)}
        right = {key: k for k, key in enumerate(lower)}
        pairs = [(left[a], right[b]) for a, b in links if a in left and b in right]
        for k, (a, b) in enumerate(pairs):
            count += sum((a - c) * (b - d) < 0 for c, d in pairs[k + 1 :])
    return count


def _heights(order: Sequence[Sequence[str]], links: Sequence[Wire]) -> dict[str, float]:
    """Heights at least one row apart within a layer, each near the middle of its neighbours."""
    y = {key: (len(row) - 1) / 2 - k for row in order for k, key in enumerate(row)}
    for sweep in range(2 * _SWEEPS):
        for row in order if sweep % 2 == 0 else list(reversed(order)):
            _settle(row, y, links, before=sweep % 2 == 0)
    middle = (max(y.values(), default=0.0) + min(y.values(), default=0.0)) / 2
    return {key: round(value - middle, 6) for key, value in y.items()}


def _straight(
    y: dict[str, float], order: Sequence[Sequence[str]], chain: Mapping[Wire, tuple[str, ...]]
) -> dict[str, float]:
    """Long wires run level from where they begin, or to where they end, if there is room."""
    made = dict(y)
    for (a, b), places in chain.items():
        passed = places[1:-1]
        for level in (made[a], made[b]) if passed else ():
            tried = made | dict.fromkeys(passed, level)
            if all(_apart(row, tried) for row in order):
                made = tried
                break
    return made


def _apart(row: Sequence[str], y: Mapping[str, float]) -> bool:
    return all(y[a] - y[b] > 1 - 1e-6 for a, b in pairwise(row))


def _settle(row: Sequence[str], y: dict[str, float], links: Sequence[Wire], before: bool) -> None:
    """Each near the middle of its neighbours in the layer before (or behind), a row apart."""
    wanted = []
    for key in row:
        ends = [(b, a) if before else (a, b) for a, b in links]
        near = [y[other] for own, other in ends if own == key]
        wanted.append(sum(near) / len(near) if near else y[key])
    made = settled([-want for want in wanted], [0.0] * len(row), gap=1.0)
    y.update((key, -place) for key, place in zip(row, made, strict=True))
