"""Which axes are one: the union of sizes that reading one with another's index implies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..language.equation import BATCH
from ..language.errors import ChalkgradError
from ..language.evaluate import evaluate
from ..language.expr import Cmp, Div, Expr, Fn, Idx, Name, Pow
from ..language.literal import Rationals
from ..language.parser import expression

MAX_SIZE = 10**9


def shown_axis(axis: str) -> str:
    """An axis id for a message: its letter, or its place where the tensor gave a size only."""
    letter, _, place = axis.split("@")[0].partition(":")
    return f"{int(place) + 1} of {letter}" if place.isdecimal() else letter


class Axes:
    """Union-find over axis ids with a size each: an int, a symbol (text) or not known yet."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.known: dict[str, tuple[int | str, str]] = {}  # root -> (size, who said so)

    def root(self, axis: str) -> str:
        path = []
        while (up := self.parent.get(axis, axis)) != axis:
            path.append(axis)
            axis = up
        for p in path:
            self.parent[p] = axis
        return axis

    def declare(self, axis: str, size: int | str, who: str) -> None:
        if isinstance(size, int) and not 1 <= size <= MAX_SIZE:
            raise ChalkgradError(
                f"the size {size if abs(size) < 10**18 else '…'} is not between 1 and 10**9",
                where=who,
            )
        root = self.root(axis)
        if root in self.known and self.known[root][0] != size:
            self._clash(axis, self.known[root], (size, who))
        self.known.setdefault(root, (size, who))

    def union(self, a: str, b: str, who: str) -> None:
        ra, rb = self.root(a), self.root(b)
        if ra == rb:
            return
        if rb == BATCH or (ra != BATCH and len(rb) < len(ra)):
            ra, rb = rb, ra
        ka, kb = self.known.get(ra), self.known.get(rb)
        if ka and kb and ka[0] != kb[0]:
            self._clash(a, (ka[0], f"{ka[1]}; {who}"), kb)
        self.parent[rb] = ra
        if kb and not ka:
            self.known[ra] = kb

    @staticmethod
    def _clash(axis: str, one: tuple[int | str, str], two: tuple[int | str, str]) -> None:
        raise ChalkgradError(
            f"the axis {shown_axis(axis)} has two sizes: {one[0]} ({one[1]}) "
            f"and {two[0]} ({two[1]})",
            hint="give the two axes different index names, or mend the size",
        )

    def size(self, axis: str) -> int | str | None:
        found = self.known.get(self.root(axis))
        return found[0] if found else None

    def declared(self, text: int | str, lookup: dict[str, int | str | None], who: str) -> int | str:
        """A size from a number, a name or a formula such as ``(h + 2*pad - k)//stride + 1``."""
        if isinstance(text, int):
            return text
        return evaluate_size(expression(str(text), who), lookup, who)


def evaluate_size(expr: Expr, lookup: dict[str, int | str | None], who: str) -> int | str:
    """Integer arithmetic over known sizes. A lone unknown name stays a symbol."""
    if isinstance(expr, Name) and isinstance(found := lookup.get(expr.name, expr.name), str):
        return found
    value = evaluate(expr, _Sizes(lookup, who))
    if value.denominator != 1:
        raise ChalkgradError(f"the size {value} is not a whole number", where=who)
    return int(value)


class _Sizes(Rationals):
    """Arithmetic with + - * / // over the sizes of ``lookup``; every refusal says why."""

    def __init__(self, lookup: Mapping[str, int | str | None], who: str) -> None:
        super().__init__()
        self.lookup, self.who = lookup, who

    def refuse(self, kind: type[Expr]) -> NoReturn:
        raise ChalkgradError(_WHY.get(kind, _WHY[Expr]), where=self.who)

    def size(self, axis: str) -> int:
        found = self.lookup.get(axis)
        if not isinstance(found, int):
            raise ChalkgradError(f"the size of '{axis}' is not known here", where=self.who)
        return found

    def symbol(self, e: Idx | Name) -> int:
        return self.size(e.name)

    def compare(self, op: str, a: Any, b: Any) -> NoReturn:
        self.refuse(Cmp)

    def call(self, name: str, args: Sequence[Any]) -> Any:
        return super().call(name, args) if name == "floor_div" else self.refuse(Fn)


_WHY: dict[type[Expr], str] = {
    Expr: "a size is whole-number arithmetic: + - * / // and names",
    Div: "a size is divided by zero",
    Pow: "this power is no size",
}
