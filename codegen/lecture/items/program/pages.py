"""``program``: the generated program: how it trains, what it saves, how it predicts (004)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .....derive.language.parser import Parsed
from .....derive.optimizers.schedules import modifiers
from .....derive.optimizers.settings import Update, update_of
from ....deck.model import Block, Code, Math, Page, Panel, Table, Text
from ....formula.rich import inline
from ....formula.tree.write import EQUALS
from ...board.board import Board
from ...board.context import Context
from ...board.printed import steady
from ..optimizers.rule_steps import RulePrinter
from ..shared.room import fits, page_width, side_by_side
from ..train.options import Options as Train
from ..train.parts import Run
from .options import Options
from .run import Generated, Inferred

LETTER = 0.172  # cm of a letter of program text in the smallest size
ROOM = 7.0  # cm of a page for its blocks
LONG = 15  # lines of a function that is shown whole
MANY = 8  # samples, gradients in a sentence
FEW = 6  # entries of a sample or an output
FILE = 36  # letters of a data file's line
KNOWN = 12  # letters of a fingerprint


def pages(context: Context, options: Options) -> Iterator[Page]:
    """Training, the file of weights, inference, as far as they are asked for.

    Raises ChalkgradError for a network that cannot be trained."""
    board = context.board(options.of)
    program = Generated(board, _training(context, board.key))
    if "train" in options.show:
        yield from _update(program)
        yield _epoch(program)
        yield _run(program)
    if "save" in options.show:
        yield _save(program)
        yield _load(program)
    if "infer" in options.show:
        yield _infer(program)
        if program.has_numbers:
            yield _numbers(program)


def _training(context: Context, key: str) -> Train | None:
    """The deck's training of a network: the first item that shows one."""
    first = next(iter(context.networks))
    found = [o for _, o in context.items if isinstance(o, Train) and (o.of or first) == key]
    return found[0] if found else None


def _page(program: Generated, what: str, blocks: list[Block], **more: Any) -> Page:
    board = program.board
    return board.page(
        f"program-{what}",
        board.words("program_title", name=f"`{program.name}_train.py`"),
        blocks,
        subtitle=board.words(f"program_{what}_sub", **more),
        covers=(f"program-{what}-{board.key}",),
        notes=(board.words(f"program_{what}_note"),),
    )


def _code(text: str, language: str = "python") -> Code:
    return Code(text, language, size="tiny")


def _share(text: str, board: Board) -> float:
    """The part of the width that program text takes beside formulas."""
    widest = max(map(len, text.split("\n")))
    return min(0.62, max(0.4, (LETTER * widest + 0.25) / page_width(board)))


# -- train ----------------------------------------------------------------------------------------


def _update(program: Generated) -> Iterator[Page]:
    """One update: the rule's equations beside the functions that were printed from them, and the
    step that calls these for every parameter; on as few pages as have room for them."""
    words, board = program.board.words, program.board
    update = update_of(board.network)
    eta = board.figure("eta", update.options["rate"], given=True)
    names = [n for n in board.parameters if n not in update.freeze]
    gradients = [inline(board.flat(n)) for n in names[:MANY]] + ["…"] * (len(names) > MANY)
    rate = inline(board.eta, EQUALS, eta)
    lead = Text(words("program_update", gradients=", ".join(gradients), rate=rate), kind="lead")
    groups: list[list[Block]] = [[lead]]
    for block in (*_pairs(program, update), _step(program)):
        if len(groups[-1]) > 1 and not fits(board, [*groups[-1], block], ROOM):
            groups.append([Text(words("program_step"), kind="lead")])
        groups[-1].append(block)
    for group in groups:
        yield _page(program, "train", group)


def _step(program: Generated) -> Code:
    whole = program.source.excerpt("step", whole=True)
    return _code(whole if whole.count("\n") < LONG else program.source.excerpt("step"))


def _pairs(program: Generated, update: Update) -> Iterator[Block]:
    """Every function of an update beside its equations, in the order of a step; a rule of second
    order has its step only."""
    printer = RulePrinter(program.board.printer, update.rule)
    found: dict[str, list[Parsed]] = {"rate_at": [], "clipped": [], "decayed": []}
    if update.schedule.name != "constant":
        found["rate_at"] += update.schedule.equations
    for name, known in modifiers().items():
        if getattr(update, name):
            place = {"warmup": "rate_at", "clip_norm": "clipped", "clip_value": "clipped"}
            found[place.get(name, "decayed")].append(known.equation)
    found["updated"] = list(update.rule.equations)
    for function, equations in found.items():
        if not equations:
            continue
        math = Math(tuple(map(printer.row, equations)), size="small")
        if function not in program.source.functions:
            yield math
            continue
        text = program.source.excerpt(function)
        share = _share(text, program.board)
        yield side_by_side((_code(text), math), share, 1 - share)


def _epoch(program: Generated) -> Page:
    """One pass over the samples, a mini-batch after the other."""
    lead = Text(program.board.words("program_epoch"), kind="lead")
    return _page(program, "epoch", [lead, _code(program.source.excerpt("one_epoch"))])


def _run(program: Generated) -> Page:
    """The epochs, and the command that runs them."""
    told = program.board.words("program_run_own" if program.has_numbers else "program_run_data")
    blocks: list[Block] = [
        _code(program.source.excerpt("train")),
        Text(told, kind="lead"),
        _code(program.command(*program.training), "sh"),
    ]
    return _page(program, "run", blocks)


# -- save and load --------------------------------------------------------------------------------


def _save(program: Generated) -> Page:
    """What the file of weights holds, and the lines that write it."""
    words, card = program.board.words, program.loaded.NETWORK
    rows = [
        (f"`{n}`", f"`{tuple(shape)}`", inline(program.board.named(n)))
        for n, shape in card["parameters"].items()
    ]
    inside = words("program_card", fingerprint=f"`{card['fingerprint'][:KNOWN]}…`")
    head = tuple(words(f"program_{k}") for k in ("array", "shape", "holds"))
    table = Table(
        head, (*rows, ("`__network__`", words("program_text"), inside)), "lll", size="small"
    )
    lead = Text(words("program_file", file=f"`{program.name}.npz`"), kind="lead")
    blocks: list[Block] = [lead, table, _code(program.source.excerpt("save_weights"))]
    said = Text(words("program_fingerprint"), kind="small")
    if fits(program.board, [*blocks, said], ROOM):
        return _page(program, "save", [*blocks, said])
    made = _page(program, "save", blocks)
    return replace(made, notes=(*made.notes, said.text))


def _load(program: Generated) -> Page:
    """Reading it back, and what another network's weights are told."""
    words = program.board.words
    refused = Panel(words("program_refused"), (_code(program.refusal, "text"),), "wrong")
    blocks: list[Block] = [_code(program.source.excerpt("load_weights")), refused]
    return _page(program, "load", blocks)


# -- infer ----------------------------------------------------------------------------------------


def _infer(program: Generated) -> Page:
    """The second run: the weights read back, a file of inputs, the predictions."""
    source = program.source
    text = f"{source.excerpt('do_infer')}\n\n{source.excerpt('predictions')}"
    command = program.command("infer", "--data", "new.csv")
    lead = Text(program.board.words("program_infer"), kind="lead")
    return _page(program, "infer", [lead, _code(command, "sh"), _code(text)])


def _numbers(program: Generated) -> Page:
    """What it prints for the samples of the spec after the training."""
    words, found = program.board.words, program.inferred
    lines = program.csv(found.inputs).split("\n")
    table = _predictions(program, found)
    blocks: list[Block] = [_code(program.command("infer", "--data", "new.csv"), "sh"), table]
    if max(map(len, lines)) <= FILE:
        shown = lines if len(lines) <= MANY + 1 else [*lines[: MANY + 1], "..."]
        file = Panel("`new.csv`", (_code("\n".join(shown), "text"),))
        out = Panel(words("program_predicted"), (table,))
        blocks[1:] = [side_by_side((file, out), 0.4, 0.6)]
    ones = Run(program.board, Train()).bias_columns()
    if ones:
        of = program.board.net.inputs[0].name
        what = ", ".join(inline(program.board.at(of, (k,))) for k in ones)
        blocks.append(Text(words("train_bias_column", what=what)))
    return _page(program, "numbers", blocks, count=found.epochs)


def _predictions(program: Generated, found: Inferred) -> Table:
    """A row per sample: the outputs, and what was desired where that is one number."""
    board, words = program.board, program.board.words
    head, columns = [words("program_sample")], []
    for name, made in found.outputs.items():
        flat = np.reshape(made, (len(made), -1))
        if name == "class":
            head.append(words("train_class"))
            columns.append([f"`{k}`" for k in flat[:MANY, 0].tolist()])
            continue
        places = list(np.ndindex(*np.shape(made)[1:]))
        for at, column in zip(places[:FEW], flat.T, strict=False):
            head.append(inline(board.at(name, at) if len(places) > 1 else board.named(name)))
            columns.append([
                inline(board.figure(f'program{n}.{name}{list(at)}', steady(x)))
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
    return [inline(board.figure(f'{name}[{n},0]', float(x), given=True))
            for n, x in enumerate(given[:count, 0])]  # fmt: skip
