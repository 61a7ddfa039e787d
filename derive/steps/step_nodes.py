"""Lines of a derivation by hand: the nodes ``D`` and ``Limit``, a line, and a list of lines.

A line says ``left = right`` and why; every right side of one list, from the first derivative on,
has the same value, so a printer may leave any of them out (`Steps.short`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..language.expr import Expr, node, walk


@node
class D(Expr):
    """d(arg)/d(wrt), not yet worked out; ``wrt`` is a ``Name`` or an entry (``Read``)."""

    arg: Expr
    wrt: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.arg, self.wrt)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return D(*children)


@node
class Limit(Expr):
    """The limit of ``body`` as ``of`` goes to ``to``."""

    of: Expr
    to: Expr
    body: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.of, self.to, self.body)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        return Limit(*children)


# Why a line follows from the one before. Printers look the words up by these keys.
REASONS = (
    "definition",          # the function is its formula
    "limit",               # the derivative is the limit of a difference quotient
    "derivative",          # what is to be found
    "sum_rule", "constant_factor", "product_rule", "quotient_rule", "reciprocal_rule",
    "power_rule", "exponential_rule", "chain_rule", "known_derivative", "cases",
    "delta",               # an entry by an entry: 1 where they are the same, else 0
    "contract",            # a sum over a delta has one term left
    "as_power",            # a power that is not a number is an exponential
    "substitute_formula",  # a name is replaced by its formula
    "factor",              # a common factor stands in front of a bracket
    "expand",              # brackets are multiplied out
    "simplify",            # signs, numbers and common factors are gathered
    "split",               # one fraction becomes several
    "add_and_subtract",    # a numerator is written as (m + n) - m
    "common_factor",       # numerator and denominator are divided by the same
    "power_of_quotient",   # a power of a fraction is a fraction of powers
    "identity",            # the two sides are equal (proved by SymPy and at points in the tests)
    "substitute_output",   # the function's own value is read
    "of_loss",             # the loss derived by what it reads itself
    "local_derivative",    # an equation derived by what it reads
    "insert",              # both derivatives of a product are written out
    "fact_sum_one",        # the entries of a distribution sum to 1
)  # fmt: skip
_MINOR = {"constant_factor", "sum_rule"}


@dataclass(frozen=True)
class Line:
    """``left = right`` with its reason; ``minor``: a lecturer would do it in the head.

    ``fact`` is the declared statement that the line uses (Σ_k y[k] = 1), where it uses one;
    ``function`` the function whose derivative the line is."""

    left: Expr
    right: Expr
    reason: str
    fact: Expr | None = None
    function: str = ""

    @property
    def minor(self) -> bool:
        return self.reason in _MINOR


@dataclass(frozen=True)
class Steps(Sequence[Line]):
    """The lines of one derivative.

    ``definitions`` come first (their left sides are different things); ``lines`` are one chain of
    equal right sides, the first the derivative itself, the last the printed identity. ``kinks`` are
    the expressions at whose zeros there is a corner. ``wrt`` is what is differentiated by.
    """

    name: str
    wrt: Expr
    definitions: tuple[Line, ...]
    lines: tuple[Line, ...]
    kinks: tuple[Expr, ...] = ()
    lemmas: tuple[Steps, ...] = field(default=())

    def __getitem__(self, k: Any) -> Any:
        return self.lines[k]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    @property
    def result(self) -> Expr:
        """The derivative, worked out."""
        return self.lines[-1].right

    def short(self) -> Steps:
        """Without the minor lines; the first and the last line stay."""
        last = len(self.lines) - 1
        kept = [x for k, x in enumerate(self.lines) if not x.minor or k in (0, last)]
        return Steps(self.name, self.wrt, self.definitions, tuple(kept), self.kinks, self.lemmas)


def worked_out(e: Expr) -> bool:
    """Is no derivative left to be taken?"""
    return not any(isinstance(x, D) for x in walk(e))
