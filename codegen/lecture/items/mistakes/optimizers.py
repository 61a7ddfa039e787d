"""The mistakes of the update rules: stale state, 1 − β for 1 − βᵗ, one number for rate and decay.

The rules are the equations of `derive.optimizers`; a mistake changes one of them. They are worked
out for one weight that starts at 0 and has the gradient 0.1 in every step.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .....derive.language.expr import Expr, Name, Pow, Read, num, reads, transform
from .....derive.language.literal import whole
from .....derive.optimizers import Optimizer, optimizer
from .....derive.values.entries import Entry, Number, number, value
from ....deck.model import Row
from ....formula.latex_functions import ATOM, Tex
from ....formula.latex_printer import Printer
from .planted import Sheet, Shown

GRADIENT = Decimal("0.1")
_SYMBOLS = {
    "rate": r"\eta", "eps": r"\varepsilon", "rho": r"\rho", "beta1": r"\beta_{1}",
    "beta2": r"\beta_{2}", "M_hat": r"\hat{M}", "G_hat": r"\hat{G}",
}  # fmt: skip
_NAMES = {"adagrad": "Adagrad", "adam": "Adam", "rmsprop": "RMSprop"}
Change = Callable[[str, Expr], Expr]


def _same(name: str, expr: Expr) -> Expr:
    return expr


class _Run:
    """A rule followed for some steps; ``change`` may spoil its equations."""

    def __init__(self, s: Sheet, rule: Optimizer, kind: str, change: Change = _same) -> None:
        self.s, self.rule, self.kind, self.change = s, rule, kind, change
        self.equations = {e.name: e.rhs for e in rule.equations}

    def at(self, name: str, t: int) -> Expr:
        """The equation of step t over entries such as ``G[1]``; options have no index."""

        def visit(e: Expr) -> Expr:
            if isinstance(e, Name):
                return num(t) if e.name == "t" else Read(e.name)
            if isinstance(e, Read) and e.indices:
                return Read(e.tensor, (num(whole(e.indices[0]) or 0),))
            return e

        return self.change(name, transform(self.equations[name], visit))

    def __call__(self, at: Entry) -> Number:
        name, place = at
        if name in self.rule.options:
            return number(self.rule.options[name])
        if name == "g":
            return number(GRADIENT)
        if not place[0]:
            return number(self.rule.start.get(name, 0))
        return value(self.at(name, place[0]), self)

    # -- rows ----------------------------------------------------------------------------------

    def number(self, at: Entry) -> str:
        name, place = at
        given = name in self.rule.options or name == "g" or not place[0]
        label = f"{self.rule.name}.{self.kind}.{name}" + (f"[{place[0]}]" if place else "")
        return self.s.board.figure(f"mistake.{self.s.key}.{label}", self(at), given=given)

    def shown(self, at: Entry) -> Number:
        name, place = at
        given = name in self.rule.options or name == "g" or not place[0]
        return self(at) if given else number(self.s.board.numerals.rounded(self(at)))

    def rows(self, name: str, t: int) -> list[Row]:
        """Formula, numbers, result of one equation at one step."""
        board, expr = self.s.board, self.at(name, t)
        base = board.printer
        symbols = _Rule(base, None).expression(expr, {})
        numbers = _Rule(base, self.number).expression(expr, {})
        exact = self((name, (t,)))
        agrees = board.numerals.agrees(value(expr, self.shown), exact)
        if not agrees:
            board.report(f"mistake {self.s.key}", value(expr, self.shown), exact)
        left = _Rule(base, None).expression(Read(name, (num(t),)), {})
        relation = "=" if agrees else r"\approx"
        return [Row(left, symbols), Row("", numbers), Row("", self.number((name, (t,))), relation)]


class _Rule(Printer):
    """Prints a rule with the symbols of the literature, or with ``number`` for each of them."""

    def __init__(self, base: Printer, written: Callable[[Entry], str] | None) -> None:
        super().__init__(base.symbols)
        self.written = written

    def _read(self, e: Read) -> Tex:
        at = tuple(whole(i) or 0 for i in e.indices)
        if self.written is not None:
            return Tex(self.written((e.tensor, at)), ATOM, 0, 4.0)
        letter = _SYMBOLS.get(e.tensor, e.tensor)
        return Tex(f"{letter}_{{{at[0]}}}" if at else letter, ATOM, 0, 2.0)

    def _between(self, before: Tex, after: Tex) -> str:
        return super()._between(before, after) if self.written is None else r" \cdot "


def _shown(s: Sheet, rule: str, name: str, t: int, change: Change) -> Shown | None:
    """An equation of a rule, spoilt and right, and the weight after step t."""
    known = optimizer(rule)
    wrong, right = _Run(s, known, "wrong", change), _Run(s, known, "right")
    if not s.tell_apart((wrong((name, (t,))), right((name, (t,))))):
        return None
    weight: Entry = ("w", (t,))
    rows = [run.rows(name, t) for run in (wrong, right)]
    slots: dict[str, Any] = {
        "rule": _NAMES[rule], "step": str(t),
        "wrong": f"${wrong.number((name, (t,)))}$", "right": f"${right.number((name, (t,)))}$",
        "rate": f"${right.number(('rate', ()))}$", "gradient": f"${right.number(('g', (t,)))}$",
        "wrong_weight": f"${wrong.number(weight)}$", "right_weight": f"${right.number(weight)}$",
    }  # fmt: skip
    return Shown(rows[0], rows[1], slots)


def stale_state(s: Sheet) -> Shown | None:
    """Adagrad's step with the state from before this gradient."""

    def change(name: str, expr: Expr) -> Expr:
        def back(e: Expr) -> Expr:
            if isinstance(e, Read) and e.tensor == "G" and e.indices:
                return Read("G", (num((whole(e.indices[0]) or 1) - 1),))
            return e

        return transform(expr, back) if name == "w" else expr

    return _shown(s, "adagrad", "w", 1, change)


def adam_power(s: Sheet) -> Shown | None:
    """Adam's corrections with 1 − β for 1 − βᵗ; nothing shows at t = 1."""

    def change(name: str, expr: Expr) -> Expr:
        def bare(e: Expr) -> Expr:
            beta = isinstance(e, Pow) and any(r.tensor.startswith("beta") for r in reads(e.base))
            return e.base if beta and isinstance(e, Pow) else e

        return transform(expr, bare) if name.endswith("_hat") else expr

    return _shown(s, "adam", "M_hat", 2, change)


def rate_as_decay(s: Sheet) -> Shown | None:
    """RMSprop with one number for the rate and for the decay."""

    def change(name: str, expr: Expr) -> Expr:
        def one(e: Expr) -> Expr:
            return Read("rate") if isinstance(e, Read) and e.tensor == "rho" else e

        return transform(expr, one) if name == "G" else expr

    return _shown(s, "rmsprop", "G", 1, change)
