"""The update as equations, for the report: schedule, what is done to the gradient, the rule."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ...derive.language.expr import Div, Fn, Read, walk
from ...derive.language.parser import Parsed
from ...derive.optimizers.schedules import modifiers
from ...derive.optimizers.settings import Update
from ...derive.pipeline import Network, derive
from ..deck.model import Row
from ..documents.page.rich import lines
from ..formula.latex_functions import ATOM, Tex
from ..formula.latex_printer import Printer
from ..formula.mathml.printer import mathml_of
from ..formula.tree.nodes import Row as Formula
from ..formula.tree.nodes import Sign
from ..formula.tree.write import (
    BECOMES,
    EQUALS,
    between,
    lettered,
    lowered,
    number,
    row,
    sign,
    text,
)
from ..lecture.items.optimizers.rule_steps import RulePrinter
from ..notation.symbols import symbols_of

_SYMBOLS: dict[str, Formula] = {
    name: row(sign(letter))
    for name, letter in {
        "eta": "eta", "eta_warm": "eta", "g_clipped": "g", "g_decayed": "g", "w_decayed": "w",
        "damping": "lambda", "rate_decay": "gamma", "factor": "f",
    }.items()
} | {
    "warmup": lowered(sign("T"), text("warm")), "low": lowered(sign("eta"), text("low")),
    "initial": lowered(sign("G"), number(0)),
}  # fmt: skip


class _UpdatePrinter(RulePrinter):
    """Rule, schedule and modifiers in one set of symbols. What is changed before the rule keeps
    its letter, with a left arrow in place of the equals sign."""

    moving = False  # the rate of update t is not that of the first
    in_schedule = False
    flat = True  # no schedule: a warm-up alone moves the rate

    def symbol(self, name: str) -> Formula:
        if name == "rate" and self.moving:
            return lowered(sign("eta"), number(0) if self.in_schedule else sign("t"))
        return _SYMBOLS.get(name) or super().symbol(name)

    def _read(self, e: Read) -> Tex:
        if e.tensor == "norm":
            norm = between("lVert", lowered(sign("g"), self.index(e.indices[0])), "rVert")
            return Tex(norm, ATOM, 0, 4.0)
        if e.tensor == "eta" and self.flat:
            return Tex(lowered(sign("η"), number(0)))
        return super()._read(e)

    def _fn(self, e: Fn) -> Tex:
        if e.name == "floor_div":
            return Tex(between("lfloor", super()._div(Div(*e.args)).node, "rfloor"), ATOM, 0, 4.0)
        return super()._fn(e)


def update_lines(network: Network, update: Update) -> str:
    """The equations of a step in their order, as MathML."""
    printer = _printer(network, update)
    changes = modifiers()
    around = [changes[name].equation for name, _ in _around(update) if name in changes]
    rate = [] if update.schedule.name == "constant" else list(update.schedule.equations)
    warm = [eq for eq in around if eq.name == "eta_warm"]
    printer.in_schedule = True
    rows = [_row(printer, eq) for eq in rate]
    # alone it is times the constant rate, after a schedule times the schedule's
    rows += [_row(printer, eq, BECOMES if rate else EQUALS) for eq in warm]
    printer.in_schedule = False
    rows += [_row(printer, eq, BECOMES) for eq in around if eq not in warm]
    rows += [_row(printer, eq) for eq in update.rule.equations]
    return lines(rows)


def _printer(network: Network, update: Update) -> _UpdatePrinter:
    made = _UpdatePrinter(Printer(symbols_of(derive(network))), update.rule)
    made.moving = update.schedule.name != "constant" or update.warmup > 0
    made.flat = update.schedule.name == "constant"
    return made


def _row(printer: RulePrinter, eq: Parsed, relation: Sign = EQUALS) -> Row:
    whole = Read(eq.name, eq.indices)
    if eq.name == "w_decayed":  # what changes is the weight before the step
        whole = next(e for e in walk(eq.rhs) if isinstance(e, Read) and e.tensor == "w")
    left = printer.expression(whole, {})
    return Row(left, printer.expression(eq.rhs, {}), relation=relation)


def _around(update: Update) -> list[tuple[str, Decimal]]:
    """What is done beside the rule, in the order of a step; only what is on."""
    given = {
        "clip_norm": update.clip_norm, "clip_value": update.clip_value, "l2": update.l2,
        "l1": update.l1, "weight_decay": update.weight_decay, "warmup": Decimal(update.warmup),
    }  # fmt: skip
    inside = update.rule.options
    return [(k, v) for k, v in given.items() if v is not None and v != 0 and k not in inside]


def numbers(network: Network, update: Update, rate: float) -> list[tuple[str, str, str]]:
    """Every number of the update: its symbol as MathML, its name in a spec, its value."""
    printer = _printer(network, update)
    printer.in_schedule = True
    found: dict[str, object] = {**update.options, "rate": f"{rate:g}"}
    found |= {**update.schedule.options, **dict(_around(update))}
    symbols = {k: printer.symbol(k) for k in found}
    return [(mathml_of(symbols[k]) if symbols[k] != lettered(k) else "", k, _value(v))
            for k, v in found.items()]  # fmt: skip


def _value(v: object) -> str:
    if isinstance(v, Decimal):
        return f"{v.normalize():f}" if v.adjusted() > -5 else f"{v.normalize():e}"
    return str(v)


def in_words(update: Update, history: Iterable[float]) -> str:
    """``0.1 in every epoch``, or how it moved."""
    seen = list(history)
    if min(seen) == max(seen):
        return f"{seen[0]:.6g} in every epoch"
    return f"{seen[0]:.6g} in the first epoch, {seen[-1]:.6g} in the last ({update.schedule.name})"
