"""``optimizers``: update rules, what their symbols mean, two steps by hand, their paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace as replaced
from decimal import Decimal
from fractions import Fraction
from typing import Any

from codegen.document import extent
from codegen.lecture import trajectories
from codegen.lecture.function_lines import HIGH, PAPER, page_width
from codegen.lecture.model import Block, Columns, Math, Page, Picture, Row, Table, Text
from codegen.lecture.plan import Context
from codegen.lecture.printed import steady
from codegen.lecture.rich import plain
from codegen.lecture.rule_steps import BATCH, RulePrinter, Run, rule_rows, used
from codegen.numerals import Numerals
from derive.deck import Optimizers
from derive.entries import Entry, number
from derive.expr import Name, Read, num
from derive.optimizers import Optimizer, names, optimizer

GRADIENTS = (Decimal("0.1"), Decimal("0.2"))  # of the steps worked by hand
SAMPLES = ((Decimal("0.05"), Decimal("0.15")), (Decimal("0.3"), Decimal("0.1")))
# Newton's two entries: the Hessian of a bowl, and its gradient at w_0 = 0
HESSIAN = ((2, 1), (1, 1))
SLOPES = ((Decimal("0.5"), Decimal("-0.3")),)
DIGITS = 4
# names of the rules' tensors -> what their words are found by
KEYS = {"G": "squares", "M": "mean", "G_hat": "squares_hat", "M_hat": "mean_hat", "Hinv": "hinv"}
STEPS = 2
MANY = 3  # equations that are set larger
WIDTHS = {1: (1.0,), 2: (0.47, 0.53)}  # of the columns of a step


def pages(context: Context, options: Optimizers) -> Iterator[Page]:
    """The rule and its symbols, then its numbers, for every name; at the end their paths.

    Raises ChalkgradError for an unknown rule."""
    chosen = [optimizer(n) for n in options.names or names()]
    for rule in chosen:
        first, second = _rule(context, rule), _worked(context, rule)
        both = _together(first, second, page_width(context))
        yield from (first, second) if both is None else (both,)
    if len(chosen) > 1:
        yield from _paths(context, chosen)


def _together(first: Page, second: Page, wide: float) -> Page | None:
    """The rule and its numbers on one page, where they fit; the numbers come after the rule."""
    later = first.steps
    moved = tuple(_after(b, later) for b in second.blocks)
    for kept in (first.blocks, first.blocks[:-1]):  # the last block is the source
        if extent.stack([*kept, *moved], wide, HIGH) <= HIGH:
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


def _title(context: Context, rule: Optimizer) -> str:
    return context.words(f"rule_{rule.name}")


# -- the rule -------------------------------------------------------------------------------------


def _rule(context: Context, rule: Optimizer) -> Page:
    board, words = context.board(), context.words
    rows = rule_rows(board.printer, rule)
    size = "normal" if len(rows) <= MANY else "small"
    blocks: list[Block] = [
        Text(words(f"rule_{rule.name}_says"), kind="lead"),
        Columns(((0.42, (Math(tuple(rows), size=size),)), (0.58, (_legend(context, rule),)))),
    ]
    if rule.inverse:
        vectors, hessian = _newton(context, rule)
        left = (Math((*rows, vectors)),)
        blocks[1] = Columns(((0.42, left), (0.58, (_legend(context, rule),))))
        blocks.append(Math((hessian,), size="small", at=2))
    source = Text(plain(rule.source), kind="small")
    if extent.stack([*blocks, source], page_width(context), HIGH) <= HIGH:
        blocks.append(source)
    return context.page(
        f"optimizers-{rule.name}",
        _title(context, rule),
        blocks,
        board=board,
        subtitle=words("rule_sub"),
        steps=max(len(rows), 2 if rule.inverse else 1),
        notes=(plain(rule.source),),
        covers=(f"optimizer-{rule.name}",),
    )


def _legend(context: Context, rule: Optimizer) -> Table:
    words = context.words
    rows = []
    for name in used(rule):
        key = KEYS.get(name, name)
        own = f"symbol_{key}_{rule.name}"
        said = words(own if words.has(own) else f"symbol_{key}")
        rows.append((f"${_symbol(context, rule, name)}$", said))
    if rule.samples:
        rows.append((f"${BATCH}$", words("symbol_batch")))
    return Table((words("symbol_head"), words("meaning_head")), tuple(rows), "ll", size="small")


def _symbol(context: Context, rule: Optimizer, name: str) -> str:
    """The symbol as it stands in the rule, at step t."""
    printer = RulePrinter(context.board().printer, rule)
    if name in rule.options:
        return printer.symbol(name)
    rest: tuple[Name, ...] = ()
    if name in rule.inverse:
        rest = (Name("i"), Name("j"))
    elif name in rule.samples:
        rest = (Name("b"),)
    elif rule.vector:
        rest = (Name("i"),)
    return printer.expression(Read(name, (Name("t"), *rest)), {})


def _newton(context: Context, rule: Optimizer) -> tuple[Row, Row]:
    """The rule with whole vectors, and the Hessian entry by entry."""
    board = context.board()
    loss = board.symbols[board.loss].at("") if board.loss in board.net.tensors else "L"
    rate = board.symbols.style.rate

    def second(a: str, b: str) -> str:
        below = (
            rf"\partial w_{{{a}}}^{{2}}" if a == b else rf"\partial w_{{{a}}}\, \partial w_{{{b}}}"
        )
        return rf"\frac{{\partial^{{2}} {loss}}}{{{below}}}"

    cells = [[second(a, b) for b in ("1", "2", "n")] for a in ("1", "2", "n")]
    lines = [rf"{row[0]} & {row[1]} & \cdots & {row[2]}" for row in cells]
    lines.insert(2, r"\vdots & \vdots & \ddots & \vdots")
    matrix = r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"
    return (
        Row("w_{t}", rf"w_{{t - 1}} - {rate}\, H_{{t}}^{{-1}}\, g_{{t}}"),
        Row("H", matrix),
    )


# -- two steps by hand ----------------------------------------------------------------------------


def run_of(context: Context, rule: Optimizer) -> Run:
    """The rule with the gradients that its pages use."""
    given: dict[Entry, Any] = {}
    sizes: dict[str, int] = {}
    if rule.samples:
        (name,) = rule.samples
        sizes["b"] = len(SAMPLES[0])
        given |= {(name, (t, b)): g for t, row in enumerate(SAMPLES, 1) for b, g in enumerate(row)}
    elif rule.vector:
        sizes |= {"i": 2, "j": 2}
        given |= {("g", (t, i)): g for t, row in enumerate(SLOPES, 1) for i, g in enumerate(row)}
        given |= _inverse(rule)
    else:
        given |= {("g", (t,)): g for t, g in enumerate(GRADIENTS, 1)}
    numerals = Numerals(DIGITS, True, "half_up", context.words.decimal)
    return Run(context.board().printer, rule, given, numerals, sizes=sizes)


def _inverse(rule: Optimizer) -> dict[Entry, Any]:
    """H⁻¹ of the two entries, exact."""
    (name,) = rule.inverse
    (a, b), (c, d) = HESSIAN
    det = Fraction(a * d - b * c)
    cells = ((d / det, -b / det), (-c / det, a / det))
    return {(name, (0, i, j)): x for i, row in enumerate(cells) for j, x in enumerate(row)}


def _worked(context: Context, rule: Optimizer) -> Page:
    board, words = context.board(), context.words
    run = run_of(context, rule)
    steps = STEPS if not rule.vector else 1
    size = "small" if len(rule.equations) <= MANY else "tiny"
    columns: list[tuple[Block, ...]] = []
    for t in range(1, steps + 1):
        rows = [run.row(eq.name, t, at) for eq in rule.equations for at in _entries(rule)]
        head = Text(f"$t = {t}$", kind="lead", at=t)
        columns.append((head, Math(tuple(replaced(r, at=t) for r in rows), size=size)))
    blocks: list[Block] = [Text(_given(context, rule, run), "small")]
    if rule.vector:
        blocks.append(Math(_matrices(context, rule, run), size="small"))
    blocks.append(Columns(tuple(zip(WIDTHS[steps], columns, strict=True))))
    if words.has(f"rule_{rule.name}_note"):
        blocks.append(Text(words(f"rule_{rule.name}_note", **_slots(rule, run)), "small", at=steps))
    board.reports.extend(r for r in run.reports if r not in board.reports)
    page = context.page(
        f"optimizers-{rule.name}-numbers",
        _title(context, rule),
        blocks,
        subtitle=words("rule_numbers_sub"),
        steps=steps,
        covers=(f"optimizer-{rule.name}-numbers",),
    )
    return replaced(page, figures=tuple(run.figures.values()))


def _entries(rule: Optimizer) -> list[tuple[int, ...]]:
    return [(0,), (1,)] if rule.vector else [()]


def _slots(rule: Optimizer, run: Run) -> dict[str, str]:
    made = {"rate": f"${run.figure(('rate', ()))}$"}
    if not rule.vector:
        made["first"] = f"${run.figure(('w', (1,)))}$"
    return made


def _given(context: Context, rule: Optimizer, run: Run) -> str:
    """w_0 = 0, g_1 = 0.1, g_2 = 0.2, and the hyperparameters."""
    words = context.words
    printer = RulePrinter(run.base, rule)
    parts = []
    for name in rule.options:
        parts.append(f"${printer.symbol(name)} = {run.figure((name, ()))}$")
    starts = [(name, (0, *at)) for name, at in _starts(rule)]
    for exact in sorted({run(e) for e in starts}):
        same = [e for e in starts if run(e) == exact]
        left = " = ".join(
            printer.expression(Read(n, (num(0), *(num(k + 1) for k in at))), {})
            for n, (_, *at) in same
        )
        parts.append(f"${left} = {run.figure(same[0])}$")
    for entry in run.given:
        if entry[0] in rule.inverse:
            continue
        name, (t, *at) = entry
        left = printer.expression(Read(name, (num(t), *(num(k + 1) for k in at))), {})
        if t <= (1 if rule.vector else STEPS):
            parts.append(f"${left} = {run.figure(entry)}$")
    return words("rule_given", what=", ".join(parts))


def _starts(rule: Optimizer) -> list[tuple[str, tuple[int, ...]]]:
    return [(n, at) for n in ("w", *rule.start) for at in _entries(rule)]


def _matrices(context: Context, rule: Optimizer, run: Run) -> tuple[Row, ...]:
    (name,) = rule.inverse
    rows = [" & ".join(_recorded(run, f"H[{i},{j}]", x) for j, x in enumerate(r))
            for i, r in enumerate(HESSIAN)]  # fmt: skip
    inverse = [" & ".join(run.figure((name, (0, i, j))) for j in range(2)) for i in range(2)]

    def matrix(lines: Sequence[str]) -> str:
        return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"

    right = rf"{matrix(rows)}, \qquad H^{{-1}} = {matrix(inverse)}"
    return (Row("H", right),)


def _recorded(run: Run, name: str, exact: Any) -> str:
    from codegen.lecture.board import full
    from codegen.lecture.model import Figure

    key = f"optimizers.{run.rule.name}.{name}"
    shown = run.numerals.more(6)
    run.figures[key] = Figure(key, full(number(exact)), shown.plain(exact), shown.rounding)
    return rf"\cgn{{{key}}}{{{shown.tex(number(exact))}}}"


# -- paths ----------------------------------------------------------------------------------------


def _paths(context: Context, chosen: Sequence[Optimizer]) -> Iterator[Page]:
    """Every rule from the same place on the same surface, one a click; then the losses."""
    board, words = context.board(), context.words
    kept = board.numerals
    board.numerals = Numerals(3, True, "half_up", words.decimal)
    found = [trajectories.path(rule.name) for rule in chosen]
    labels = [words(f"rule_{p.name}_short") for p in found]
    shown = (1, 5, trajectories.STEPS)
    cells = []
    for p, label in zip(found, labels, strict=True):
        rate = board.figure(f"optimizers.paths.{p.name}.rate", p.options["rate"], given=True)
        after = [(f"optimizers.paths.{p.name}.loss[{k}]", steady(p.losses[k])) for k in shown]
        losses = [board.figure(key, loss) for key, loss in after]
        cells.append((label, f"${rate}$", *(f"${x}$" for x in losses)))
    rate_symbol = board.symbols.style.rate
    head = ("", f"${rate_symbol}$", *(f"$t = {k}$" for k in shown))
    picture = trajectories.scene(
        found, labels, x_label="$w_1$", y_label="$w_2$", best=r"$w^{\ast}$",
        decimal=words.decimal, about=words("paths_about"),
        wide=6.5 - (PAPER["16:9"] - page_width(context)),
    )  # fmt: skip
    start = ", ".join(
        board.figure(f"optimizers.paths.start[{k}]", Decimal(str(x)), given=True)
        for k, x in enumerate(trajectories.START)
    )
    surface = r"L = \frac{1}{2} w_1^2 + \frac{5}{2} w_2^2"
    told = Text(words("paths_surface", loss=f"${surface}$", start=f"$({start})$"))
    table = (Text(words("paths_losses")), Table(head, tuple(cells), "lrrrr"))
    title = words("rule_paths_title")
    board.numerals = kept
    yield context.page(
        "optimizers-paths", title, (told, Picture(picture, height=0.82)),
        steps=len(found), covers=("optimizers-compared",),
    )  # fmt: skip
    yield context.page(
        "optimizers-paths-losses", title, table, board=board, covers=("optimizers-compared",)
    )
