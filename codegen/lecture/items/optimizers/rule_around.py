"""What stands around a rule: schedules of its rate, clipping, L1 and L2, decoupled decay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .....derive.language.expr import Name, tensors, walk
from .....derive.language.parser import Parsed
from .....derive.optimizers import Optimizer, optimizer
from .....derive.optimizers.schedules import modifiers, schedule
from .....derive.values.entries import Entry
from ....deck.model import Math, Page, Picture, Row, Table, Text
from ....formula.numerals import Numerals
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import EQUALS, enumerated, lowered, sign, spaced
from ....picture.plot.axes import Frame
from ....picture.plot.curves import SERIES
from ....picture.plot.plot import Curve, plot
from ...board.context import Context
from ...board.printed import steady
from ..shared.room import lacking
from .rule_steps import RulePrinter, Run

RATE, LAST = Decimal("0.1"), 60  # the plotted rate, and how many updates
PLANS: dict[str, dict[str, Any]] = {
    "constant": {},
    "step": {"every": 20, "factor": Decimal("0.5")},
    "exponential": {"factor": Decimal("0.95")},
    "linear": {"steps": 60, "low": 0},
    "cosine": {"steps": 60, "low": 0},
}
WARMUP = 10
# a gradient of two entries, the weight before the step, and how strong each modifier is
GRADIENT, WEIGHT = (Decimal(3), Decimal(4)), Decimal("0.5")
STRONG = {
    "clip_norm": Decimal(1), "clip_value": Decimal(1), "l2": Decimal("0.1"), "l1": Decimal("0.1"),
    "weight_decay": Decimal("0.1"), "rate": RATE, "warmup": Decimal(WARMUP),
}  # fmt: skip
DECAY = Decimal("0.1")  # of the comparison of L2 with decoupled decay
DIGITS = 4


# -- schedules ------------------------------------------------------------------------------------


def schedule_pages(context: Context) -> Iterator[Page]:
    """The formulas of all schedules; then the rate over the updates, one a click."""
    board, words = context.board(), context.words
    plans = [schedule({name: given}) for name, given in PLANS.items()]
    warm = modifiers()["warmup"].equation
    runs = [_run(context, p.name, p.equations, p.options) for p in plans]
    last = {**plans[-1].options, "warmup": Decimal(WARMUP)}
    runs.append(_run(context, "warmup", (*plans[-1].equations, warm), last))
    names = [*(p.name for p in plans), "warmup"]
    cells, curves = [], []
    for k, (name, run) in enumerate(zip(names, runs, strict=True)):
        eq = run.rule.equations[-1]
        row = RulePrinter(board.printer, run.rule).row(eq)
        numbers = [_option(run, o) for o in (plans[k].options if k < len(plans) else ["warmup"])]
        label = words(f"schedule_{name}")
        cells.append((label, inline(row.whole), inline(enumerated(numbers)) if numbers else ""))
        points = [(float(t), steady(run((eq.name, (t,))))) for t in range(1, LAST + 1)]
        curves.append(Curve(points, label, SERIES[k], at=k + 1))
    shown, now = _option(runs[0], "rate"), inline(lowered(board.eta, sign("t")))
    keys = ("schedule_head", "modifier_formula", "schedule_numbers")
    figures = [f for run in runs for f in run.figures.values()]
    title = words("schedules_title")
    lead = Text(words("schedules_lead", rate=inline(board.eta), now=now, given=inline(shown)))
    table = Table(tuple(words(k) for k in keys), tuple(cells), "lll", size="small")
    yield context.page("optimizers-schedules", title, [lead, table], figures=figures,
                       covers=("optimizer-schedules",))  # fmt: skip
    frame = Frame((0, LAST), (0, float(RATE) * 1.1), 6.6 - lacking(board), 4.4, inline(sign("t")),
                  now, words.decimal)  # fmt: skip
    picture = plot(curves, frame, about=words("schedules_about"))
    yield context.page(
        "optimizers-schedules-plot", title, (Picture(picture, height=0.95),), steps=len(curves),
        covers=("optimizer-schedules",),
    )  # fmt: skip


def _option(run: Run, name: str) -> Formula:
    symbol = RulePrinter(run.base, run.rule).symbol(name)
    return spaced(symbol, EQUALS, run.figure((name, ())))


def _run(context: Context, name: str, equations: tuple[Parsed, ...], options: Any,
         given: dict[Entry, Any] | None = None) -> Run:  # fmt: skip
    """Equations that are no rule, followed by the machinery of rules."""
    rule = Optimizer(name, "", "", equations, {"rate": RATE, **options})
    numerals = Numerals(DIGITS, True, "half_up", context.words.decimal)
    return Run(context.board().printer, rule, given or {}, numerals)


# -- modifiers ------------------------------------------------------------------------------------


def modifier_pages(context: Context) -> Iterator[Page]:
    """Each modifier with a worked number; then L2 inside of Adam and the decay beside it."""
    words = context.words
    rows: list[Row] = []
    figures: list[Any] = []
    reports: list[str] = []
    cells = []
    shown = [n for n in modifiers() if n != "warmup"]
    for k, name in enumerate(shown, start=1):
        eq = modifiers()[name].equation
        options = {name: STRONG[name], "rate": RATE}
        norm = sum(g * g for g in GRADIENT).sqrt()  # type: ignore[union-attr]
        given: dict[Entry, Any] = {("norm", (1,)): norm, ("g", (1,)): GRADIENT[0],
                                   ("w", (0,)): WEIGHT}  # fmt: skip
        run = _run(context, name, (eq,), options, given)
        formula, worked = RulePrinter(run.base, run.rule).row(eq), run.row(eq.name, 1)
        used = [name, *(["rate"] if Name("rate") in walk(eq.rhs) else [])]
        what = [
            *(_option(run, o) for o in used),
            *(_known(run, e) for e in given if e[0] in tensors(eq.rhs)),
        ]
        cells.append((words(f"modifier_{name}"), inline(formula.whole)))
        rows.append(replace(worked, at=k, note=inline(enumerated(what))))
        figures += run.figures.values()
        reports += run.reports
    board = context.board()
    board.reports.extend(r for r in reports if r not in board.reports)
    title = words("modifiers_title")
    yield context.page(
        "optimizers-modifiers", title,
        [Text(words("modifiers_lead")),
         Table((words("modifier_head"), words("modifier_formula")), tuple(cells), "ll"),
         Text(words("modifiers_norm"), "small")],
        covers=("optimizer-modifiers",),
    )  # fmt: skip
    yield context.page(
        "optimizers-modifiers-numbers", title,
        [Text(words("modifiers_numbers")), Math(tuple(rows), size="small")],
        figures=figures, steps=len(rows), covers=("optimizer-modifiers",),
    )  # fmt: skip
    yield _compared(context)


def _known(run: Run, e: Entry) -> Formula:
    return spaced(RulePrinter(run.base, run.rule).entry(e), EQUALS, run.figure(e))


def _compared(context: Context) -> Page:
    """The first step of Adam: alone, with L2 in its gradient, and with decoupled decay."""
    words, board = context.words, context.board()
    gradient, weight = Decimal("0.1"), Decimal(1)
    printer = RulePrinter(board.printer, optimizer("adamw"))
    decay = printer.symbol("weight_decay")
    numerals = Numerals(6, True, "half_up", words.decimal)
    cells: list[tuple[str, ...]] = []
    figures: list[Any] = []
    runs: list[Run] = []
    cases = (("adam", "adam", gradient), ("adam_l2", "adam", gradient + DECAY * weight),
             ("adamw", "adamw", gradient))  # fmt: skip
    for name, rule, g in cases:
        options = {"weight_decay": DECAY} if rule == "adamw" else {}
        run = Run(board.printer, optimizer(rule), {("g", (1,)): g, ("w", (0,)): weight}, numerals,
                  options, stem=f"optimizers.compared.{name}")  # fmt: skip
        said = words(f"compared_{name}", decay=inline(decay))
        cells.append((said, inline(run.figure(("g", (1,)))), inline(run.figure(("w", (1,))))))
        figures += run.figures.values()
        runs.append(run)
    last = printer.rule.equations[-1]
    row = replace(printer.row(last), claim=runs[-1].says_rule(last))
    start, first, after = (("w", (0,)), ("g", (1,)), ("w", (1,)))
    told = ((printer.entry(start), weight), (printer.entry(first), gradient), (decay, DECAY))
    given = inline(enumerated(spaced(x, EQUALS, numerals.formula(y)) for x, y in told))
    head = ("", inline(printer.entry(first)), inline(printer.entry(after)))
    table = Table(head, tuple(cells), "lrr")
    return context.page(
        "optimizers-decay-compared", words("modifiers_title"),
        [Text(words("compared_lead")), Math((row,)), Text(words("rule_given", what=given)), table,
         Text(words("compared_says"), at=2)],
        figures=figures, subtitle=words("compared_sub"), steps=2, covers=("optimizer-decay",),
    )  # fmt: skip
