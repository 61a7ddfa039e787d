"""The mistakes of the update rules: stale state, 1 − β for 1 − βᵗ, one number for rate and decay.

The rules are the equations of `derive.optimizers`; a mistake changes one of them. They are worked
out for one weight that starts at 0 and has the gradient 0.1 in every step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from decimal import Decimal

from .....derive.language.expr import Add, Expr, Name, Neg, Pow, Read, num, transform
from .....derive.optimizers import Optimizer, optimizer
from .....derive.values.entries import Entry
from ....deck.model import Row
from ....formula.rich import inline
from ....formula.tree.write import row
from ..optimizers.rule_steps import Run
from .planted import Sheet, Shown

GRADIENT = Decimal("0.1")
Change = Callable[[Expr], Expr]


def _shown(
    s: Sheet, rule: str, name: str, t: int, change: Change, spoilt: Collection[str]
) -> Iterator[Shown]:
    """An equation of a rule at step t, spoilt and right, and the weight after it."""
    known, place, weight = optimizer(rule), (name, (t,)), ("w", (t,))
    changed = tuple(
        replace(e, rhs=transform(e.rhs, change)) if e.name in spoilt else e for e in known.equations
    )
    wrong = _run(s, replace(known, equations=changed), "wrong")
    right = _run(s, known, "right")
    if not s.tell_apart((wrong(place), right(place))):
        return
    wrong.numerals = right.numerals = s.board.numerals
    rows = _rows(wrong, name, t), _rows(right, name, t)
    slots = {
        "rule": s.board.words(f"rule_{rule}"), "step": str(t),
        "wrong": inline(wrong.figure(place)), "right": inline(right.figure(place)),
        "rate": inline(right.figure(('rate', ()))), "gradient": inline(right.figure(('g', (t,)))),
        "wrong_weight": inline(wrong.figure(weight)), "right_weight": inline(right.figure(weight)),
    }  # fmt: skip
    s.board.reports.extend([*wrong.reports, *right.reports])
    yield Shown(*rows, slots, (*wrong.figures.values(), *right.figures.values()))


def _run(s: Sheet, rule: Optimizer, kind: str) -> Run:
    given: dict[Entry, Decimal] = {("g", (t,)): GRADIENT for t in (1, 2)}
    stem = f"{s.board.key}.mistake.{s.key}.{rule.name}.{kind}"
    return Run(s.board.printer, rule, given, s.board.numerals, stem=stem)


def _rows(run: Run, name: str, t: int) -> list[Row]:
    """Formula, numbers, result of one equation at one step."""
    left, formula, numbers, relation, result = run.calculation(name, t)
    return [Row(left, formula), Row(row(), numbers), Row(row(), result, relation)]


def stale_state(s: Sheet) -> Iterator[Shown]:
    """Adagrad's step with the state from before this gradient."""

    def back(e: Expr) -> Expr:
        before = Add((Name("t"), Neg(num(1))))
        return Read("G", (before,)) if isinstance(e, Read) and e.tensor == "G" else e

    return _shown(s, "adagrad", "w", 1, back, ["w"])


def adam_power(s: Sheet) -> Iterator[Shown]:
    """Adam's corrections with 1 − β for 1 − βᵗ; nothing shows at t = 1."""

    def bare(e: Expr) -> Expr:
        power = isinstance(e, Pow) and isinstance(e.base, Name) and e.base.name.startswith("beta")
        return e.base if isinstance(e, Pow) and power else e

    return _shown(s, "adam", "M_hat", 2, bare, ["M_hat", "G_hat"])


def rate_as_decay(s: Sheet) -> Iterator[Shown]:
    """RMSprop with one number for the rate and for the decay."""

    def one(e: Expr) -> Expr:
        return Name("rate") if e == Name("rho") else e

    return _shown(s, "rmsprop", "G", 1, one, ["G"])
