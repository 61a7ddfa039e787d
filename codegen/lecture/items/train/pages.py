"""``train``: a training run: a table by rounds, the curve of the loss, inference (003, 004)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from .....derive.language.expr import Cmp, Fn, Name, Read, replace, walk
from .....derive.relations.claim import Together
from .....derive.values.entries import entry as calculated
from .....derive.values.entries import number, value
from ....deck.model import Block, Columns, Math, Page, Panel, Picture, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import EQUALS, enumerated, fenced, spaced
from ....picture.plot.curves import loss_curves
from ...board import claims
from ...board.board import Board
from ...board.context import Context
from ...board.formulas import batch_line
from ...board.printed import steady
from ..shared.room import halves, side_by_side
from .options import Options
from .parts import Condition, Run, entry

WIDE = {"4:3": 4.7, "16:9": 6.0}  # cm of the curve
ALL = 25  # rounds that are shown one by one


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The first round, the table, all rounds where they are few, the curve, inference."""
    run = Run(context.board(options.of), options)
    if run.batch > 1:
        yield _first(run)
    yield _table(run)
    if len(run.shown()) < run.trace.count <= ALL:
        yield _every(run)
    if options.plot:
        yield _curve(run)
    if options.infer:
        yield from _inference(run)


def _rate(run: Run) -> str:
    rate = run.board.figure("eta", run.trace.rate, given=True)
    return run.board.words("train_sub", rate=inline(run.board.eta, EQUALS, rate))


# -- the first round ------------------------------------------------------------------------------


def _first(run: Run) -> Page:
    """Outputs and loss over all samples, and the gradients of the first update."""
    board, start = run.board, run.trace.start
    first = run.trace[1]
    name, by = f"round0.{board.loss}", run.after(start)
    loss = board.figure(name, steady(start.loss), means=run.read(board.loss), by=by)
    output = run.output_matrix(start, "round0")
    says = _claimed(board, f"round0.{board.net.output}[")
    rows = [Row(board.named(board.net.output), output, blank=True, claim=says)]
    rows += [_total(run, loss, claims.numbers(board, [name]))]
    for name in reversed(board.parameters):
        matrix = run.gradient_matrix(first, name)
        says = _claimed(board, f"round1.{board.d.adjoint(name)}[")
        rows.append(Row(run.gradient(name), matrix, blank=True, claim=says))
    return board.page(
        "train-first",
        board.words("train_first_title"),
        [Math(tuple(rows), size="small")],
        subtitle=board.words("train_first_sub"),
        covers=(f"train-first-{board.key}",),
    )


def _total(run: Run, number: Formula, says: Together) -> Row:
    """The loss with its number; that of all samples with what it is made of."""
    if run.total is None:
        return Row(run.loss, number, blank=True, claim=says)
    made = batch_line(run.board, run.total)
    both = Together((*says.claims, *filter(None, [made.claim])))
    return dataclasses.replace(
        made, right=spaced(made.right, EQUALS, number), blank=True, claim=both
    )


def _claimed(board: Board, start: str) -> Together:
    """That all printed numbers are right whose names begin so."""
    head = f"{board.key}."
    return claims.numbers(board, (key.removeprefix(head) for key in board.figures
                                  if key.startswith(head + start)))  # fmt: skip


# -- tables ---------------------------------------------------------------------------------------


def _table(run: Run) -> Page:
    """The rounds asked for, the start above, how it ended below."""
    board = run.board
    blocks: list[Block] = []
    if run.batch <= 1 and board.has_numbers:
        blocks += _start(run)
    shown = run.shown()
    blocks.append(run.table(shown, board.words, "normal" if len(shown) < 5 else "small"))
    blocks.append(Text(_ended(run), kind="small"))
    return board.page(
        "train",
        board.words("train_title"),
        blocks,
        subtitle=_rate(run),
        covers=(f"train-{board.key}",),
        notes=(board.words("train_after"),),
    )


def _start(run: Run) -> Iterator[Block]:
    """The loss before the first update, by hand; it is not the distance of the stopping rule."""
    board = run.board
    if isinstance(calculated(board.net, board.equation(board.loss), ()), Read):
        return
    found = board.calculation(board.loss, ())
    yield Text(board.words("train_start"), kind="lead")
    yield Math((Row(found.left, found.right, blank=True, claim=found.says),), size="small")
    distance = _distance(run)
    if distance:
        loss = inline(board.number((board.loss, ())))
        told = board.words("train_distance", loss=loss, distance=distance)
        yield Text(told, kind="small")


def _distance(run: Run) -> str:
    """|f − t| at the start, where the stopping rule compares it."""
    board = run.board
    if not isinstance(run.rule, Cmp) or not isinstance(run.rule.a, Fn) or run.rule.a.name != "abs":
        return ""
    known = board.net.tensors
    names = {e: Read(e.name) for e in walk(run.rule.a) if isinstance(e, Name) and e.name in known}
    made = replace(run.rule.a, names)
    if any(isinstance(e, Name) for e in walk(made)):
        return ""
    exact = value(made, lambda e: board.exact(e[0], *e[1]))
    shown = board.figure("distance", exact, means=made)
    return inline(board.printer.expression(made, {}), EQUALS, shown)


def _ended(run: Run) -> str:
    after = run.board.words("train_after")
    if run.rule is None:
        return after
    key = "train_stopped" if run.trace.stopped else "train_not_stopped"
    rule = Condition(run.board.symbols).expression(run.rule, {})
    told = run.board.words(key, rule=inline(rule), count=run.trace.count)
    return f"{told} {after}"


def _every(run: Run) -> Page:
    """All rounds: two tables side by side where they are narrow."""
    board = run.board
    rounds = [run.trace[k] for k in range(1, run.trace.count + 1)]
    apart = run.narrow and len(rounds) > 8 and board.aspect != "4:3"
    parts = halves(rounds) if apart else [rounds]
    tables = [run.table(part, board.words, "small") for part in parts]
    return board.page(
        "train-all",
        board.words("train_all_title", count=run.trace.count),
        [side_by_side(tables) if len(tables) > 1 else tables[0]],
        subtitle=_rate(run),
        covers=(f"table-{run.trace.count}-rounds",),
    )


# -- the curve ------------------------------------------------------------------------------------


def _curve(run: Run) -> Page:
    """The loss over the rounds, and what the network makes of the samples in the last pass."""
    board, trace = run.board, run.trace
    scene = loss_curves(
        [("", [float(x) for x in trace.losses])],
        round_label=board.words("train_round"),
        loss_label=board.words("train_loss", loss=inline(run.loss)),
        decimal=board.words.decimal,
        wide=WIDE[board.aspect],
    )
    picture = Picture(scene, height=0.85, zoom=1.3)
    blocks: list[Block] = [picture]
    if 1 < run.batch <= 8 and len(board.entries(board.net.output)) == 1:
        blocks = [Columns(((0.55, (picture,)), (0.45, tuple(_last_pass(run)))))]
    return board.page(
        "train-loss",
        board.words("train_title"),
        blocks,
        subtitle=board.words("train_loss_sub"),
        covers=(f"train-loss-{board.key}", "loss-curve"),
    )


def _last_pass(run: Run) -> Iterator[Block]:
    """Samples, desired outputs, and the outputs of the last forward pass of training: that of the
    last update, so with the weights of the round before."""
    board, count = run.board, run.trace.count
    r = run.trace[count - 1]
    by = run.after(r)
    name = board.net.inputs[0].name
    target = board.net.targets[0].name if board.net.targets else ""
    head = [inline(board.named(name)), *([inline(board.named(target))] if target else [])]
    head.append(inline(board.named(board.net.output)))
    rows = []
    for n, given in enumerate(board.network.values[name]):
        cells = [_vector(run, f"{name}[{n}]", given)]
        if target:
            cells.append(inline(_given(run, target, n)))
        out = steady(entry(r.tensors[board.net.output], (n, 0)))
        key, means = f"pass{count}.{board.net.output}[{n},0]", run.read(board.net.output, (n, 0))
        cells.append(inline(board.figure(key, out, means=means, by=by)))
        rows.append(tuple(cells))
    yield Text(board.words("train_pass", count=count))
    yield Table(tuple(head), tuple(rows), align="c" * (len(head) - 1) + "r", size="small")
    key = f"pass{count}.{board.loss}"
    shown = board.figure(key, steady(r.loss), means=run.read(board.loss), by=by)
    yield Math((Row(run.loss, shown, claim=claims.numbers(board, [key])),), size="small")


def _given(run: Run, name: str, n: int) -> Formula:
    given = run.board.network.values[name][n]
    flat = given[0] if isinstance(given, list | tuple) else given
    return run.board.figure(f"{name}[{n},0]", number(flat), given=True)


def _vector(run: Run, what: str, values: Sequence[Any]) -> str:
    shown = [run.board.figure(f"{what}.{k}", number(v), given=True) for k, v in enumerate(values)]
    return inline(fenced(enumerated(shown)))


# -- inference ------------------------------------------------------------------------------------


def _inference(run: Run) -> Iterator[Page]:
    """The outputs for new rows; where training fed a constant 1 as bias, rows without it are a
    mistake and have a page that says so."""
    board = run.board
    given = run.options.infer
    right = run.mended(given)
    blocks: list[Block] = [_outputs(run, right, "infer")]
    ones = run.bias_columns()
    if ones:
        what = ", ".join(inline(board.at(board.net.inputs[0].name, (k,))) for k in ones)
        blocks.append(Text(board.words("train_bias_column", what=what), kind="small"))
    subtitle = board.words("train_infer_sub", count=run.trace.count)
    yield board.page(
        "train-infer",
        board.words("train_infer_title"),
        blocks,
        subtitle=subtitle,
        covers=(f"infer-{board.key}",),
    )
    if [list(r) for r in given] == right:
        return
    wrong = Panel(board.words("train_bias_wrong"),
                  (_outputs(run, given, "infer_wrong", "small"),), "wrong")  # fmt: skip
    good = Panel(board.words("train_bias_right"),
                 (_outputs(run, right, "infer", "small"),), "right")  # fmt: skip
    yield board.page(
        "train-infer-bias",
        board.words("train_bias_title"),
        [side_by_side((wrong, good)), Text(board.words("train_bias_note"))],
        subtitle=subtitle,
        covers=(f"infer-without-bias-{board.key}",),
        mistake=True,
    )  # fmt: skip


def _outputs(run: Run, rows: Sequence[Sequence[Any]], what: str, size: str = "normal") -> Table:
    board = run.board
    inputs, output = board.net.inputs[0].name, board.net.output
    places = board.entries(output)
    symbols = [board.at(output, at) for at in places] if len(places) > 1 else [board.named(output)]
    head = (inline(board.named(inputs)), *(inline(s) for s in symbols))
    made = []
    for k, (row, out) in enumerate(zip(rows, run.inferred(rows), strict=True)):
        cells = [_vector(run, f"{what}{k}.{inputs}", row)]
        for at in places:
            shown = board.figure(f"{what}{k}.{output}{list(at)}", steady(entry(out, at)))
            cells.append(inline(shown))
        made.append(tuple(cells))
    return Table(head, tuple(made), align="c" + "r" * len(symbols), size=size)
