"""``program``: the generated program: how it trains, what it saves, how it predicts (004)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from codegen.lecture.formulas import page_key
from codegen.lecture.function_lines import page_width
from codegen.lecture.model import Block, Code, Columns, Math, Page, Panel, Row, Table, Text
from codegen.lecture.plan import Context
from codegen.lecture.printed import steady
from codegen.lecture.program_run import Generated, Inferred
from codegen.lecture.rule_steps import RulePrinter, rule_rows
from codegen.lecture.train_page import Run
from derive.deck import Program, Train
from derive.expr import Read
from derive.optimizers.schedules import modifiers
from derive.optimizers.settings import Update, update_of

LETTER = 0.172  # cm of a letter of program text in the smallest size
LONG = 17  # lines of a function that is shown whole
MANY = 8  # samples, gradients in a sentence
FEW = 6  # entries of a sample or an output
FILE = 36  # letters of a data file's line
STEP = ("loss_and_grads", "clipped", "decayed", "updated", "hessian", "gnvp", "hvp", "solved",
        "conjugate_gradients", "moved")  # fmt: skip
EPOCH = ("batches", "batch", "rate_at", "step")
LOOP = ("begun", "one_epoch", "ending")
SAVE = ("arrays", "card")
LOAD = ("read_arrays", "loads", "difference")


def pages(context: Context, options: Program) -> Iterator[Page]:
    """Training, the file of weights, inference, as far as they are asked for.

    Raises ChalkgradError for a network that cannot be trained."""
    board = context.board(options.of)
    program = Generated(board, _training(context, board.key))
    if "train" in options.show:
        yield _update(context, program)
        yield _loop(context, program)
    if "save" in options.show:
        yield _save(context, program)
        yield _load(context, program)
    if "infer" in options.show:
        yield _infer(context, program)


def _training(context: Context, key: str) -> Train | None:
    """The deck's training of a network: the first item that shows one."""
    first = next(iter(context.networks))
    found = [o for _, o in context.items if isinstance(o, Train) and (o.of or first) == key]
    return found[0] if found else None


def _page(context: Context, program: Generated, what: str, blocks: list[Block], **more: Any) -> Page:
    board = program.board
    return context.page(
        page_key(f"program-{what}", board),
        context.words("program_title", name=f"`{program.name}_train.py`"),
        blocks,
        board=board,
        subtitle=context.words(f"program_{what}_sub", **more),
        covers=(f"program-{what}-{board.key}",),
        notes=(context.words(f"program_{what}_note"),),
    )


def _code(text: str, language: str = "python") -> Code:
    return Code(text, language, size="tiny")


def _share(text: str, context: Context) -> float:
    """The part of the width that program text takes beside formulas."""
    widest = max(map(len, text.split("\n")))
    return min(0.62, max(0.4, (LETTER * widest + 0.25) / page_width(context)))


# -- train ----------------------------------------------------------------------------------------


def _update(context: Context, program: Generated) -> Page:
    """One update: the rule's equations beside the function that was printed from them."""
    words, board = context.words, program.board
    update, known = update_of(board.network), program.source.functions
    rate = rf"${board.symbols.style.rate} = {board.figure('eta', update.options['rate'], given=True)}$"
    names = [n for n in board.parameters if n not in update.freeze]
    inline = ", ".join(f"${board.inline(n)}$" for n in names[:MANY])
    if len(names) > MANY:
        inline += ", …"
    step = program.source.excerpt("step")
    if step.count("\n") > LONG:
        step = program.source.excerpt("step", STEP)
    parts = [n for n in ("clipped", "decayed", "updated") if n in known]
    if update.schedule.name != "constant" or update.warmup:
        parts.insert(0, "rate_at")
    math = Math(tuple(_equations(program, update)), size="small")
    lead = Text(words("program_update", gradients=inline, rate=rate), kind="lead")
    blocks: list[Block] = [lead]
    if parts:
        text = "\n\n".join(program.source.excerpt(n) for n in parts)
        share = _share(text, context)
        blocks += [Columns(((share, (_code(text),)), (1 - share, (math,)))), _code(step)]
    else:
        blocks += [math, _code(step)]
    return _page(context, program, "train", blocks)


def _equations(program: Generated, update: Update) -> Iterator[Row]:
    """The rate, what is done to the gradient, the rule: in the order of a step."""
    printer = RulePrinter(program.board.printer, update.rule)
    around = []
    if update.schedule.name != "constant":
        around += update.schedule.equations
    for name, known in modifiers().items():
        if getattr(update, name):
            around.append(known.equation)
    for eq in around:
        left = printer.expression(Read(eq.name, eq.indices), {})
        yield Row(left, printer.expression(eq.rhs, {}))
    yield from (Row(r.left, r.right) for r in rule_rows(program.board.printer, update.rule))


def _loop(context: Context, program: Generated) -> Page:
    """The epochs, the mini-batches, the command that runs them."""
    words, source = context.words, program.source
    told = words("program_run_own" if program.has_numbers else "program_run")
    blocks: list[Block] = [
        _code(source.excerpt("train", LOOP)),
        _code(source.excerpt("one_epoch", EPOCH)),
        Text(told, kind="lead"),
        _code(program.command(*program.training), "sh"),
    ]
    return _page(context, program, "loop", blocks)


# -- save and load --------------------------------------------------------------------------------


def _save(context: Context, program: Generated) -> Page:
    """What the file of weights holds, and the lines that write it."""
    words, card = context.words, program.loaded.NETWORK
    rows = [
        (f"`{n}`", f"`{tuple(shape)}`", f"${program.board.tex(n)}$")
        for n, shape in card["parameters"].items()
    ]
    inside = words("program_card", name=f"`{card['name']}`", fingerprint=f"`{card['fingerprint']}`")
    head = tuple(words(f"program_{k}") for k in ("array", "shape", "holds"))
    table = Table(head, (*rows, ("`__network__`", words("program_text"), inside)), "lll", size="small")
    lead = Text(words("program_file", file=f"`{program.name}.npz`"), kind="lead")
    blocks: list[Block] = [
        lead, table, _code(program.source.excerpt("save_weights", SAVE)),
        Text(words("program_fingerprint"), kind="small"),
    ]  # fmt: skip
    return _page(context, program, "save", blocks)


def _load(context: Context, program: Generated) -> Page:
    """Reading it back, and what another network's weights are told."""
    refused = Panel(context.words("program_refused"), (_code(program.refusal, "text"),), "wrong")
    blocks: list[Block] = [_code(program.source.excerpt("load_weights", LOAD)), refused]
    return _page(context, program, "load", blocks)


# -- infer ----------------------------------------------------------------------------------------


def _infer(context: Context, program: Generated) -> Page:
    """The second run: a file of inputs, the weights read back, the predictions."""
    words = context.words
    command = _code(program.command("infer", "--data", "new.csv"), "sh")
    source = _code(program.source.excerpt("do_infer", ("load_weights", "read_data", "predictions")))
    lead = Text(words("program_infer"), kind="lead")
    if not program.has_numbers:
        return _page(context, program, "infer_plain", [lead, command, source])
    found = program.inferred
    text = program.csv(found.inputs)
    lines = text.split("\n")
    table = _predictions(context, program, found)
    blocks: list[Block] = [lead, command, table]
    if max(map(len, lines)) <= FILE:
        shown = lines if len(lines) <= MANY + 1 else [*lines[: MANY + 1], "..."]
        file = Panel("`new.csv`", (_code("\n".join(shown), "text"),))
        out = Panel(words("program_predicted"), (table,))
        blocks[2:] = [Columns(((0.4, (file,)), (0.6, (out,))))]
    ones = Run(program.board, Train()).bias_columns()
    if ones:
        of = program.board.net.inputs[0].name
        what = ", ".join(f"${program.board.at(of, (k,))}$" for k in ones)
        blocks.append(Text(words("train_bias_column", what=what), kind="small"))
    return _page(context, program, "infer", [*blocks, source], count=found.epochs)


def _predictions(context: Context, program: Generated, found: Inferred) -> Table:
    """A row per sample: the outputs, and what was desired where that is one number."""
    board, words = program.board, context.words
    head, columns = [words("program_sample")], []
    for name, made in found.outputs.items():
        flat = np.reshape(made, (len(made), -1))
        if name == "class":
            head.append(words("train_class"))
            columns.append([f"`{k}`" for k in flat[:MANY, 0].tolist()])
            continue
        places = list(np.ndindex(*np.shape(made)[1:]))
        for at, column in zip(places[:FEW], flat.T, strict=False):
            head.append(f"${board.at(name, at) if len(places) > 1 else board.tex(name)}$")
            columns.append([
                f"${board.figure(f'program{n}.{name}{list(at)}', steady(x))}$"
                for n, x in enumerate(column[:MANY])
            ])  # fmt: skip
    count = len(columns[0])
    wanted = _desired(program, count)
    if wanted:
        head.append(words("train_desired"))
        columns.append(wanted)
    rows = [(str(n + 1), *(c[n] for c in columns)) for n in range(count)]
    return Table(tuple(head), tuple(rows), "r" * len(head), size="small")


def _desired(program: Generated, count: int) -> list[str]:
    board = program.board
    targets = board.network.targets
    if len(targets) != 1:
        return []
    given = np.asarray(board.network.values[targets[0].name], dtype=float)
    given = given.reshape(len(given), -1)
    if given.shape[1] != 1:
        return []
    name = targets[0].name
    return [f"${board.figure(f'{name}[{n},0]', float(x), given=True)}$"
            for n, x in enumerate(given[:count, 0])]  # fmt: skip
