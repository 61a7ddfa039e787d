"""Is a printed relation true? Every side is worked out, at points, for every value of its indices.

Sides in symbols are compared at points of the reader's own. Where numbers were put in, the point is
the spec's: a number is within half a unit of its last printed place of what it stands for, a
calculation gives the printed result (``=``: with the printed operands, rounded once; ``≈``: with
what the operands' own rounding allows).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chalkgrad.derive.language.equation import BATCH

from . import functions, numerals, scope, slopes, tree
from .evaluate import View
from .extent import extents, free
from .layout import UnreadableError
from .names import Names
from .points import UNKNOWN_SIZE, Point
from .values import Jacobian, MisfitError, Value, matrix

Array = np.ndarray
TOLERANCE = 1e-7
RUNS = 24  # values of free indices tried where there are more


@dataclass(frozen=True)
class Verdict:
    """``kind``: true, false, unreadable."""

    kind: str
    detail: str = ""


TRUE = Verdict("true")


@dataclass(frozen=True)
class Bench:
    """What a network's lines are held against: its points of one sample and of several, and the
    numbers of its spec."""

    names: Names
    single: Sequence[Point]
    several: Sequence[Point]
    given: Point | None
    """The spec's numbers: of one sample, or of all (pages on a training run)."""
    partly: Sequence[Point]
    known: Mapping[str, float]
    cut: bool = False
    """Does the lecture cut digits off instead of rounding?"""
    sample: int = 0
    counted: dict[str, int] = field(default_factory=dict)
    """How many values the letters of the lines before have: n_i in a line without i."""
    said: Mapping[str, int] = field(default_factory=dict)
    """How many values the line itself says that its letters have."""


def judged(relation: tree.Relation, bench: Bench, *, numbers: bool = False) -> Verdict:
    """The verdict on one relation; ``numbers``: the page marks numbers in it as worked out."""
    if "≠" in relation.signs:
        equal = judged(
            replace(relation, signs=("=",) * len(relation.signs)), bench, numbers=numbers
        )
        turned = {"true": Verdict("false", "both sides are equal"), "false": TRUE}
        return turned.get(equal.kind, equal)
    if any(isinstance(n, tree.Blank) for s in relation.sides for n in tree.walk(s)):
        return Verdict("name", "blank")
    sides, signs = asserted(relation)
    if len(sides) < 2:
        return Verdict("unreadable", "nothing is asserted")
    bench = replace(bench, said=dict(relation.counts))
    try:
        verdict = _judged(sides, signs, bench, numbers)
        if verdict.kind == "false" and _by_the_way(sides, bench):
            return Verdict("unreadable", "a second derivative by a tensor that is no input")
        return verdict
    except MisfitError as err:
        return Verdict("false", str(err))
    except UnreadableError as err:
        return Verdict("unreadable", str(err))


def judged_locally(
    relation: tree.Relation, bench: Bench, definitions: scope.Definitions
) -> Verdict:  # fmt: skip
    """The verdict on a line of a page that brings its own names."""
    sides, _ = asserted(relation)
    if len(sides) < 2:
        return Verdict("unreadable", "nothing is asserted")
    try:
        views = scope.views(sides, scope.LocalNames(bench.names), bench.single[0], definitions)
        return _symbols(sides, views)
    except MisfitError as err:
        return Verdict("false", str(err))
    except UnreadableError as err:
        return Verdict("unreadable", str(err))


def _by_the_way(sides: Sequence[tree.Node], bench: Bench) -> bool:
    nodes = (n for s in sides for n in tree.walk(s))
    return any(slopes.by_the_way(n, bench.single[0]) for n in nodes)


def asserted(relation: tree.Relation) -> tuple[list[tree.Node], list[str]]:
    """The sides that are said to be equal: behind arrows (of an update, of a path) and colons."""
    sides, signs = list(relation.sides), list(relation.signs)
    last = max((k for k, s in enumerate(signs) if s in "←→:"), default=-1) + 1
    sides, signs = sides[last:], signs[last:]
    if any(s not in "=≈∈" for s in signs):
        return [], []
    return sides, signs


def _judged(
    sides: list[tree.Node], signs: list[str], bench: Bench, numbers: bool
) -> Verdict:  # fmt: skip
    known = [k for k, s in enumerate(sides) if not isinstance(s, tree.Opaque)]
    if _unknown(sides[0], bench) and all(map(numerals.numeric, sides[1:])):
        if len(sides) > 2:  # G_1 = 0.9·0 + 0.1·0.1² = 0.001
            return _arithmetic(sides[1:], signs[1:], bench.cut)
        return Verdict("name")  # n = 2, h = 10^{-5}
    if all(numerals.numeric(sides[k]) for k in known):
        return _arithmetic(sides, signs, bench.cut)
    if all(isinstance(s, tree.Function) for s in sides):
        names = {
            functions.ALIASES.get(s.name, s.name) for s in sides if isinstance(s, tree.Function)
        }
        return TRUE if len(names) == 1 else Verdict("false", " and ".join(sorted(names)))
    if numbers and bench.given is not None:
        return _numbers(sides, signs, bench)
    if numbers and not bench.partly:
        return _without_numbers(sides, signs, bench)
    verdict = _everywhere(sides, bench, partly=numbers)
    if verdict is TRUE or bench.given is None or not any(map(numerals.calculated, sides)):
        return verdict
    return _numbers(sides, signs, bench)


def _unknown(side: tree.Node, bench: Bench) -> bool:
    """A letter that stands for nothing in the network: the line says what it is."""
    known = isinstance(side, tree.Known) and side.name not in bench.known
    return known or isinstance(side, tree.Index)


def _everywhere(sides: list[tree.Node], bench: Bench, *, partly: bool = False) -> Verdict:
    """At all points, for all values of free indices; ``partly``: where the parameters are those
    that the spec gives."""
    points = (
        bench.partly
        if partly
        else bench.several
        if _speaks_of_samples(sides, bench)
        else bench.single
    )
    for point in points:
        verdict = _symbols(sides, _views(sides, point, bench))
        if verdict is not TRUE:
            return verdict
    return TRUE


# -- relations in symbols --------------------------------------------------------------------------


def _symbols(sides: Sequence[tree.Node], views: Iterator[View]) -> Verdict:
    for view in views:
        known = [s for s in sides if not isinstance(s, tree.Opaque)]
        values = _compared(known, view)
        for other in values[1:]:
            if not _alike(values[0], other):
                where = ", ".join(f"{k} = {v}" for k, v in view.places.items())
                return Verdict("false", f"{_told(values[0])} and {_told(other)} {where}".strip())
    return TRUE


def _value(side: tree.Node, view: View) -> Array:
    made: Value = view.value(side)
    if isinstance(made, Jacobian):
        return made.array if made.matrix is None else made.matrix
    return np.asarray(matrix(made))


def _compared(sides: list[tree.Node], view: View) -> list[Array]:
    """The values of the sides; where the last is a space, their shapes."""
    for k, side in enumerate(sides):
        if isinstance(side, tree.Space):
            shapes = [np.array(np.shape(_value(s, view))) for s in sides[:k]]
            sizes = [int(_value(s, view)) for s in side.sizes]
            if len(sizes) == 1:  # a row or a column is a vector
                sizes = sorted([1, *sizes])
                shapes = [np.sort(shape) for shape in shapes]
            return [*shapes, np.array(sizes)]
    return [_value(s, view) for s in sides]


def _alike(a: Array, b: Array) -> bool:
    if a.shape != b.shape and not a.size == b.size == 1:
        return False
    a, b = np.real(a.reshape(b.shape)), np.real(b)
    scale = max(np.max(np.abs(a), initial=0), np.max(np.abs(b), initial=0), 1e-3)
    return bool(np.all(np.abs(a - b) <= TOLERANCE * scale))


def _told(value: Array) -> str:
    made = np.real(value)
    text = np.array2string(np.round(made, 6), threshold=12, separator=", ")
    return " ".join(text.split()) + (f" of shape {made.shape}" if made.ndim else "")


def _views(sides: Sequence[tree.Node], point: Point, bench: Bench) -> Iterator[View]:
    """The point as the line sees it, for every value of its free indices (sampled where many)."""
    sizes = _told_sizes(bench.said, _all_extents(sides, point))
    letters = list(dict.fromkeys(x for s in sides for x in free(s)))
    kinds = {type(n) for s in sides for n in tree.walk(s)}
    if tree.Tensor not in kinds and tree.Indicator in kinds:
        sizes = dict.fromkeys(letters, UNKNOWN_SIZE)  # δ_ij = 1[i = j], whatever they count
    for x in letters:
        if x not in sizes:
            raise UnreadableError(f"how far {x} runs")
    base = bench.names.base
    places = itertools.product(*(range(base, base + sizes[x]) for x in letters))
    total = int(np.prod([sizes[x] for x in letters], initial=1))
    if total > RUNS:
        chosen = [tuple(random.Random(k).randrange(base, base + sizes[x]) for x in letters)
                  for k in range(RUNS)]  # fmt: skip
        places = iter(chosen)  # type: ignore[assignment]
    bench.counted.update(sizes)
    start = View(point, bench.names, sizes, bench.sample, bench.known, bench.counted)
    for at in places:
        yield start.at(**dict(zip(letters, at, strict=True)))


def _told_sizes(said: Mapping[str, int], found: dict[str, int]) -> dict[str, int]:
    """How far letters run, by the axes along which they count and by what the line says."""
    for letter, count in said.items():
        if found.setdefault(letter, count) != count:
            raise MisfitError(f"{letter} has {found[letter]} values, not {count}")
    return found


def _all_extents(sides: Sequence[tree.Node], point: Point) -> dict[str, int]:
    """Of bound letters, too."""
    made: dict[str, int] = {}
    for node in (n for s in sides for n in tree.walk(s)):
        if isinstance(node, tree.Reduction):
            made |= extents((node.body,), point.network, point.batch, {})
    return made | extents(tuple(sides), point.network, point.batch, {})


def _speaks_of_samples(sides: Sequence[tree.Node], bench: Bench) -> bool:
    """Does a line name n, or N?"""
    tensors = bench.names.network.tensors
    for node in (n for s in sides for n in tree.walk(s)):
        if isinstance(node, tree.Size) and node.of == BATCH:
            return True
        if isinstance(node, tree.Tensor) and node.at:
            axes = tensors[node.name].axes
            if BATCH in axes and len(node.at) == len(axes):
                return True
    return False


# -- relations with numbers ------------------------------------------------------------------------


def _arithmetic(sides: list[tree.Node], signs: list[str], cut: bool) -> Verdict:
    """Only numbers (behind a name that is not explained): each step gives the next."""
    known = [(s, signs[k - 1] if k else "") for k, s in enumerate(sides)
             if not isinstance(s, tree.Opaque)]  # fmt: skip
    if len(known) < 2:
        return Verdict("name")
    for (before, _), (after, sign) in itertools.pairwise(known):
        verdict = _step(before, after, sign, cut)
        if verdict is not TRUE:
            return verdict
    return TRUE


def _numbers(sides: list[tree.Node], signs: list[str], bench: Bench) -> Verdict:
    assert bench.given is not None
    known = [(s, signs[k - 1] if k else "") for k, s in enumerate(sides)
             if not isinstance(s, tree.Opaque)]  # fmt: skip
    symbols = [s for s, _ in known if not numerals.numeric(s)]
    for view in _views([s for s, _ in known], bench.given, bench):
        true = _value(symbols[0], view)
        for side, _ in known:
            verdict = _near(side, true, view, bench.cut)
            if verdict is not TRUE:
                return verdict
    return _numbers_follow(known, bench)


def _numbers_follow(known: list[tuple[tree.Node, str]], bench: Bench) -> Verdict:
    """Does every number follow from the one before it?"""
    for (before, _), (after, sign) in itertools.pairwise(known):
        if numerals.numeric(before) and numerals.numeric(after):
            verdict = _step(before, after, sign, bench.cut)
            if verdict is not TRUE:
                return verdict
    return TRUE


def _without_numbers(sides: list[tree.Node], signs: list[str], bench: Bench) -> Verdict:
    """What an exercise gives only in part: symbols among themselves, numbers among themselves."""
    known = [(s, signs[k - 1] if k else "") for k, s in enumerate(sides)]
    symbols = [s for s, _ in known if not numerals.numeric(s)]
    if len(symbols) > 1:
        verdict = _everywhere(symbols, bench)
        if verdict is not TRUE:
            return verdict
    verdict = _numbers_follow(known, bench)
    if verdict is not TRUE:
        return verdict
    return TRUE if len(known) > 2 else Verdict("name", "given")


def _near(side: tree.Node, true: Array, view: View, cut: bool) -> Verdict:
    """Does a side stand for the true value, as exactly as its numbers are printed?"""
    shown = numerals.printed_matrix(side)
    if shown is not None:
        good = numerals.holds(np.real(true), *shown, cut=cut)
        return TRUE if good else Verdict("false", f"{_told(shown[0])} printed for {_told(true)}")
    value = np.real(_value(side, view))
    if value.shape != true.shape and not value.size == true.size == 1:
        return Verdict("false", f"the shapes {true.shape} and {value.shape}")
    slack = _slack(side, view, value) * (1 + cut)
    gap = np.abs(value.reshape(true.shape) - np.real(true))
    if np.all(
        gap <= slack.reshape(true.shape) + TOLERANCE * max(1e-3, np.max(np.abs(true), initial=0))
    ):
        return TRUE
    return Verdict("false", f"{_told(true)} and {_told(value)}")


def _slack(side: tree.Node, view: View | None, value: Array) -> Array:
    """How far the rounding of a side's numbers may move it."""
    made = np.zeros(np.shape(value))
    if not numerals.calculated(side):
        return made
    unit = 10.0 ** -numerals.places(side)
    for moved in numerals.shaken(side, unit):
        made = made + 1.05 * np.abs(np.real(_plain(moved, view)) - value)
    return made


def _plain(side: tree.Node, view: View | None) -> Array:
    if view is not None:
        return _value(side, view)
    return _value(side, _NOWHERE)


def _step(before: tree.Node, after: tree.Node, sign: str, cut: bool) -> Verdict:
    """A calculation and what follows from it."""
    value = np.real(_value(before, _NOWHERE))
    shown = numerals.printed_matrix(after)
    if shown is not None:
        slack = 0.0 if sign == "=" else _slack(before, None, value) * (1 + cut)
        if numerals.holds(value, shown[0], shown[1], slack, cut=cut):
            return TRUE
        return Verdict(
            "false", f"the printed numbers give {_told(value)}, printed is {_told(shown[0])}"
        )
    other = np.real(_value(after, _NOWHERE))
    gap = (_slack(before, None, value) + _slack(after, None, other)) * (1 + cut)
    if np.all(np.abs(value - other) <= gap + TOLERANCE * np.maximum(1e-3, np.abs(value))):
        return TRUE
    return Verdict("false", f"{_told(value)} and {_told(other)}")


class _Nowhere(View):
    """Evaluates what has no names."""

    def __init__(self) -> None:
        pass


_NOWHERE = _Nowhere()
