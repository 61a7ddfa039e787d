"""The value of an expression in which only numbers stand: what folds, and what divides by zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .evaluate import Arithmetic, UnknownError, known
from .expr import Div, Expr, Fn, Num, Pow, Size
from .tokens import MAX_EXPONENT

MAX_BITS = 10_000  # of a power
# 0 at 0; of the other functions no value is a fraction
_ODD = ("sqrt", "sign", "sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "erf",
        "expm1", "log1p", "relu")  # fmt: skip
Sizes = Mapping[str, int | str]


class Rationals(Arithmetic):
    """Whole numbers and fractions, exact; what is none, or is not small, is refused."""

    def __init__(self, sizes: Sizes | None = None, env: Mapping[Any, Any] | None = None) -> None:
        self.sizes, self.env = sizes or {}, env or {}

    def number(self, value: Fraction) -> Any:
        return value.numerator if value.denominator == 1 else value

    def size(self, axis: str) -> int:
        size = self.sizes.get(axis)
        return size if isinstance(size, int) else self.refuse(Size)

    def div(self, a: Any, b: Any) -> Any:
        return Fraction(a, b) if b != 0 else self.refuse(Div)

    def power(self, a: Any, b: Any) -> Any:
        if b.denominator != 1 or abs(b) > MAX_EXPONENT or (a == 0 and b < 0):
            self.refuse(Pow)
        bits = max(a.numerator.bit_length(), a.denominator.bit_length())
        return Fraction(a) ** int(b) if bits * abs(b) <= MAX_BITS else self.refuse(Pow)

    def call(self, name: str, args: Sequence[Any]) -> Any:
        """Functions of numbers that are whole numbers again: where log, sin … are 0."""
        if name in ("max", "min"):
            return max(args) if name == "max" else min(args)
        if name == "floor_div":
            return args[0] // args[1] if args[1] != 0 else self.refuse(Div)
        if name == "abs":
            return abs(args[0])
        zero = args == [1] if name == "log" else name in _ODD and args == [0]
        return 0 if zero else self.refuse(Fn)

    def logic(self, op: str, parts: Sequence[Callable[[], Any]]) -> bool:
        """One part that decides is enough, whatever is not known of the others."""
        if op == "not":
            return not parts[0]()
        decides, unknown = op == "or", None
        for part in parts:
            try:
                if part() == decides:
                    return decides
            except UnknownError as err:
                unknown = err
        if unknown is not None:
            raise unknown
        return not decides


def literal(expr: Expr, sizes: Sizes | None = None) -> Fraction | None:
    """The value of an expression of numbers, and of the sizes that are known; else None."""
    made = known(expr, Rationals(sizes))
    return None if made is None else Fraction(made)


def whole(expr: Expr) -> int | None:
    """The value of an index expression of numbers; None where it reads a tensor."""
    made = expr.value if isinstance(expr, Num) else known(expr, _NUMBERS)  # most often a Num
    return int(made) if made is not None and made.denominator == 1 else None


def truth(cond: Expr) -> bool | None:
    """Whether a condition on numbers holds; None where it depends on values."""
    made: bool | None = known(cond, _NUMBERS)
    return made


_NUMBERS = Rationals()
