"""``optimizers``: update rules, what their symbols mean, two steps by hand, their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace as replaced
from decimal import Decimal
from typing import Any

from .....derive.language.expr import Name, Read
from .....derive.optimizers import Optimizer
from .....derive.optimizers.defined import defined
from .....derive.values.entries import Entry
from ....deck.model import Block, Columns, Math, Page, Table, Text
from ....formula.numerals import Numerals
from ....formula.rich import inline, plain
from ....formula.tree import write
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import EQUALS, chained, row, sign, space
from ....layout import extent
from ...board.board import Board
from ...board.context import Context
from ...words import Words
from ..shared.room import HIGH, fits, halves, page_width, side_by_side
from .options import Options
from .rule_around import modifier_pages, schedule_pages
from .rule_choice import Choice, chosen, meaning
from .rule_newton import MATRICES, matrices_of, matrix_rows, whole_rule
from .rule_paths import path_pages
from .rule_steps import BATCH, RulePrinter, Run, rule_rows, tests, used
from .trajectories import SURFACES

GRADIENTS = (Decimal("0.1"), Decimal("0.2"))  # of the steps worked by hand
SAMPLES = ((Decimal("0.05"), Decimal("0.15")), (Decimal("0.3"), Decimal("0.1")))
SLOPES = ((Decimal("0.5"), Decimal("-0.3")),)  # of Newton's two entries at w_0 = 0
DIGITS = 4
# names of the rules' tensors -> what their words are found by
KEYS = {
    "G": "squares", "M": "mean", "G_hat": "squares_hat", "M_hat": "mean_hat", "Hinv": "hinv",
    "Ainv": "ainv", "A": "damped_matrix", "H": "curvature", "P": "product", "D": "squares_steps",
    "v": "own_step", "G_max": "squares_max", "mu": "mu_now",
}  # fmt: skip
TEST = row(sign("["), space(","), sign("cdot"), space(","), sign("]"))  # a condition, 0 or 1
STEPS = 2
FULL = 7.3  # cm of blocks from which on a page is split
MANY, SHORT = 3, 5  # equations that are set larger; that leave more room to their legend
WIDTHS = {1: (1.0,), 2: (0.47, 0.53)}  # of the columns of a step
SHARES, EQUAL = (0.42, 0.58), (0.5, 0.5)  # of a rule and its legend


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The rule and its symbols, then its numbers, for every name; their paths; then what stands
    around a rule, where it is asked for.

    Raises ChalkgradError for an unknown rule or option."""
    around = options.schedules or options.modifiers
    board = context.board()
    own = defined(board.net)
    asked = chosen(options.names, own) if options.names or not around else []
    for choice in asked:
        *before, first = _rule(context, choice)
        second = _worked(context, choice)
        both = _together(board, first, second) if not before else None
        yield from (*before, first, second) if both is None else (both,)
    if len(asked) > 1:
        yield from path_pages(context, asked, SURFACES[options.surface])
    if options.schedules:
        yield from schedule_pages(context)
    if options.modifiers:
        yield from modifier_pages(context)


def _together(board: Board, first: Page, second: Page) -> Page | None:
    """The rule and its numbers on one page, where they fit; the numbers come after the rule."""
    later = first.steps
    moved = tuple(_after(b, later) for b in second.blocks)
    for kept in (first.blocks, first.blocks[:-1]):  # the last block is the source
        if fits(board, [*kept, *moved]):
            return replaced(first, blocks=(*kept, *moved), steps=later + second.steps,
                            covers=(*first.covers, *second.covers),
                            figures=second.figures)  # fmt: skip
    return None


def _after(block: Block, steps: int) -> Block:
    """A block that is shown so many clicks later."""
    if isinstance(block, Columns):
        columns = tuple((w, tuple(_after(b, steps) for b in c)) for w, c in block.columns)
        return replaced(block, columns=columns, at=steps + 1)
    if isinstance(block, Math):
        rows = tuple(replaced(r, at=r.at + steps) for r in block.rows)
        return replaced(block, rows=rows, at=block.at + steps)
    return replaced(block, at=block.at + steps)


# -- the rule -------------------------------------------------------------------------------------


def _rule(context: Context, choice: Choice) -> list[Page]:
    """The equations beside their legend; a legend that has no room there is a page of its own."""
    board, words, rule = context.board(), context.words, choice.rule
    run = run_of(context, rule, choice.options)
    rows = [
        replaced(row, claim=run.says_rule(eq))
        for row, eq in zip(rule_rows(board.printer, rule), rule.equations, strict=True)
    ]
    size = "normal" if len(rows) <= MANY else "small"
    shares = SHARES if len(rows) <= SHORT else EQUAL
    lead = Text(choice.says(words), kind="lead")
    legend = _legend(context, rule)
    math = Math(tuple(rows), size=size)
    blocks: list[Block] = [lead, side_by_side((math, legend), *shares)]
    if rule.inverse:
        vectors, matrix = whole_rule(board, run)
        blocks[1] = side_by_side((Math((*rows, vectors)), legend), *SHARES)
        whole = [*blocks, Math((matrix,), size="small", at=2)]
        if not rule.equations[1:] or fits(board, whole):
            blocks = whole
    pages = []
    if extent.stack(blocks, page_width(board), HIGH) > FULL:
        blocks = [lead, math]
        pages = [_legend_page(context, choice, legend)]
    source = Text(plain(rule.source), kind="small")
    if fits(board, [*blocks, source]):
        blocks.append(source)
    made = context.page(
        f"optimizers-{choice.page}",
        choice.title(words),
        blocks,
        board=board,
        subtitle=words("rule_sub"),
        steps=max(len(rows), max(b.at for b in blocks)),
        notes=(plain(rule.source),),
        covers=(f"optimizer-{choice.page}",),
    )
    return [made, *pages]


def _legend_page(context: Context, choice: Choice, legend: Table) -> Page:
    """The meaning of every symbol, in two columns."""
    parts = [replaced(legend, rows=tuple(rows)) for rows in halves(legend.rows)]
    return context.page(
        f"optimizers-{choice.page}-legend", choice.title(context.words),
        [side_by_side(parts)],
        subtitle=context.words("rule_sub"), covers=(f"optimizer-{choice.page}",),
    )  # fmt: skip


def _legend(context: Context, rule: Optimizer) -> Table:
    words = context.words
    rows = []
    for name in used(rule):
        if said := meaning(words, name, rule, KEYS):
            rows.append((inline(_symbol(context, rule, name)), said))
    if rule.samples:
        rows.append((inline(BATCH), words("symbol_batch")))
    if tests(rule):
        rows.append((inline(TEST), words("symbol_test")))
    return Table((words("symbol_head"), words("meaning_head")), tuple(rows), "ll", size="small")


def _symbol(context: Context, rule: Optimizer, name: str) -> Formula:
    """The symbol as it stands in the rule, at step t."""
    printer = RulePrinter(context.board().printer, rule)
    if name in rule.options:
        return printer.symbol(name)
    rest: tuple[Name, ...] = ()
    if name in rule.inverse or name in MATRICES:
        rest = (Name("i"), Name("j"))
    elif name in rule.samples:
        rest = (Name("b"),)
    elif rule.vector:
        rest = (Name("i"),)
    return printer.expression(Read(name, (Name("t"), *rest)), {})


# -- two steps by hand ----------------------------------------------------------------------------


def run_of(context: Context, rule: Optimizer, options: Mapping[str, Any] | None = None) -> Run:
    """The rule with the gradients that its pages use; ``options`` instead of its defaults."""
    given: dict[Entry, Any] = {}
    sizes: dict[str, int] = {}
    if rule.samples:
        (name,) = rule.samples
        sizes["b"] = len(SAMPLES[0])
        given |= {(name, (t, b)): g for t, row in enumerate(SAMPLES, 1) for b, g in enumerate(row)}
    elif rule.vector:
        sizes |= {"i": 2, "j": 2}
        given |= {("g", (t, i)): g for t, row in enumerate(SLOPES, 1) for i, g in enumerate(row)}
        given |= matrices_of(rule)
    else:
        given |= {("g", (t,)): g for t, g in enumerate(GRADIENTS, 1)}
    numerals = Numerals(DIGITS, True, "half_up", context.words.decimal)
    return Run(context.board().printer, rule, given, numerals, options or {}, sizes=sizes)


def _worked(context: Context, choice: Choice) -> Page:
    board, words, rule = context.board(), context.words, choice.rule
    run = run_of(context, rule, choice.options)
    run.stem = f"optimizers.{choice.page}"
    steps = STEPS if not rule.vector else 1
    size = "small" if len(rule.equations) <= MANY else "tiny"
    columns: list[tuple[Block, ...]] = []
    for t in range(1, steps + 1):
        rows = [run.row(eq.name, t, at) for eq in rule.equations if len(eq.indices) <= 2
                for at in _entries(rule)]  # fmt: skip
        head = Text(inline(sign("t"), EQUALS, write.number(t)), kind="lead", at=t)
        columns.append((head, Math(tuple(replaced(r, at=t) for r in rows), size=size)))
    blocks: list[Block] = [Text(_given(rule, run, words), "small")]
    if rule.vector:
        blocks.append(Math(matrix_rows(rule, run), size="small"))
    blocks.append(Columns(tuple(zip(WIDTHS[steps], columns, strict=True))))
    note = next((k for k in (f"rule_{choice.page.replace('-', '_')}_note",
                             f"rule_{rule.name}_note") if words.has(k)), "")  # fmt: skip
    if note and (not rule.on or note != f"rule_{rule.name}_note"):
        blocks.append(Text(words(note, **_slots(rule, run)), "small", at=steps))
    board.reports.extend(r for r in run.reports if r not in board.reports)
    return context.page(
        f"optimizers-{choice.page}-numbers",
        choice.title(words),
        blocks,
        subtitle=words("rule_numbers_sub"),
        steps=steps,
        covers=(f"optimizer-{choice.page}-numbers",),
        figures=run.figures.values(),
    )


def _entries(rule: Optimizer) -> list[tuple[int, ...]]:
    return [(0,), (1,)] if rule.vector else [()]


def _slots(rule: Optimizer, run: Run) -> dict[str, str]:
    made = {"rate": inline(run.figure(("rate", ())))}
    if not rule.vector:
        made["first"] = inline(run.figure(("w", (1,))))
    return made


def _given(rule: Optimizer, run: Run, words: Words) -> str:
    """w_0 = 0, g_1 = 0.1, g_2 = 0.2, and the hyperparameters."""
    printer = RulePrinter(run.base, rule)
    parts = []
    for name in rule.options:
        parts.append(inline(printer.symbol(name), EQUALS, run.figure((name, ()))))
    starts = [(name, (0, *at)) for name, at in _starts(rule)]
    for exact in sorted({run(e) for e in starts}):
        same = [e for e in starts if run(e) == exact]
        parts.append(inline(chained([*map(printer.entry, same), run.figure(same[0])])))
    for entry in run.given:
        if entry[0] in rule.inverse or entry[0] in MATRICES:
            continue
        if entry[1][0] <= (1 if rule.vector else STEPS):
            parts.append(inline(printer.entry(entry), EQUALS, run.figure(entry)))
    return words("rule_given", what=", ".join(parts))


def _starts(rule: Optimizer) -> list[tuple[str, tuple[int, ...]]]:
    return [(n, at) for n in ("w", *rule.start) for at in _entries(rule)]
