"""``gates``: neurons as logical gates: truth table, decision boundary, drawing (lecture 003)."""

from __future__ import annotations

from collections.abc import Iterator

from .....derive.language.refs import ref
from .....derive.topics.truth import Row as TruthRow
from .....derive.topics.truth import Unit
from ....deck.model import Block, Columns, Math, Page, Picture, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree.nodes import Row as Formula
from ....formula.tree.write import EQUALS, lowered, number, sign, spaced
from ...board.context import Context
from ...board.trees import entry_read
from .options import Options
from .parts import Gate, boundaries, boundary


def pages(context: Context, options: Options) -> Iterator[Page]:
    """A page per neuron, two per network with hidden units, and one about larger networks."""
    composed = False
    for key in options.of or list(context.networks):
        gate = Gate(context.board(key))
        if gate.hidden:
            composed = True
            yield _composed(gate)
            yield _lines(gate)
        else:
            yield _single(gate)
    if composed:
        yield _more(context)


def _single(gate: Gate) -> Page:
    """The drawing and the formula over the truth table; the plane beside them."""
    board, unit = gate.board, gate.outputs[0]
    left, right = gate.formula(unit)
    line = Row(gate.net_value(unit.net_entry), number(0), claim=gate.says_net(unit.net_entry))
    blocks: tuple[Block, ...] = (
        Picture(gate.drawing(), height=0.36),
        Math((Row(left, right, ref=ref(*unit.entry), claim=gate.says_unit(unit)),), size="small"),
        _table(gate),
    )
    plane: tuple[Block, ...] = (
        Picture(gate.plot(), height=0.66),
        Text(board.words("gates_line"), kind="small"),
        Math((line,), size="small"),
    )
    return board.page(
        "gates",
        board.words("gates_title", name=gate.name),
        [Columns(((0.58, blocks), (0.42, plane)))],
        subtitle=board.words("gates_sub"),
        covers=(f"gate-{board.key}", f"truth-table-{board.key}"),
        notes=(board.words("gates_side"),),
    )


def _table(gate: Gate) -> Table:
    """Inputs, net values and outputs of every neuron, the class of the output."""
    board = gate.board
    shown = [*gate.hidden, *gate.outputs]
    inputs = [inline(board.at(*e)) for e in gate.inputs()]
    head = list(inputs)
    for unit in shown:
        if not gate.hidden:
            head.append(inline(board.at(*unit.net_entry)))
        head.append(inline(board.at(*unit.entry)))
    joined = f"{inputs[0]} {gate.name} {inputs[1]}"
    head.append(gate.name if gate.hidden else joined)
    rows = []
    for row in gate.table.rows:
        cells = [inline(number(x)) for x in row.inputs]
        for unit in (next(u for u in row.units if u.entry == s.entry) for s in shown):
            if not gate.hidden:
                cells.append(inline(_number(gate, row, unit, net=True)))
            cells.append(inline(_number(gate, row, unit)))
        cells.append(f"**{row.classes[0]}**")
        rows.append(tuple(cells))
    return Table(tuple(head), tuple(rows), align="c" * len(head), size="small")


def _number(gate: Gate, row: TruthRow, unit: Unit, *, net: bool = False) -> Formula:
    at, exact = (unit.net_entry, unit.net) if net else (unit.entry, unit.output)
    bits = "".join(map(str, row.inputs))
    means, by = entry_read(*at), gate.numbers(row.inputs)
    return gate.board.figure(f"row{bits}.{ref(*at)}", exact, means=means, by=by)


# -- a gate of several neurons --------------------------------------------------------------------


def _composed(gate: Gate) -> Page:
    """The network, and every neuron as a gate of its own."""
    board = gate.board
    rows = []
    for unit in [*gate.hidden, *gate.outputs]:
        left, right = gate.formula(unit)
        rows.append(Row(left, right, note=_is(gate, unit), ref=ref(*unit.entry),
                        claim=gate.says_unit(unit)))  # fmt: skip
    return board.page(
        "gates",
        board.words("gates_net_title", name=gate.name),
        [
            Text(board.words(_why(gate), count=len(gate.hidden)), kind="lead"),
            Picture(gate.drawing(), height=0.5),
            Math(tuple(rows), size="small"),
        ],
        subtitle=_composition(gate),
        covers=(f"gate-{board.key}",),
    )


def _why(gate: Gate) -> str:
    """Of XOR and XNOR no line separates the classes."""
    return "gates_compose" if gate.table.name in ("xor", "xnor") else "gates_layers"


def _is(gate: Gate, unit: Unit) -> str:
    """x_1 AND x_2."""
    hidden = unit in gate.hidden
    name = gate.gate(gate.unit_gate(unit) if hidden else gate.over_hidden())
    pair = gate.inputs() if hidden else [u.entry for u in gate.hidden]
    if not name or len(pair) != 2:
        return ""
    a, b = (inline(gate.board.at(*e)) for e in pair)
    return f"{a} {name} {b}"


def _composition(gate: Gate) -> str:
    """XNOR = OR(AND, NOR)."""
    parts = [gate.gate(gate.unit_gate(u)) for u in gate.hidden]
    last = gate.gate(gate.over_hidden())
    if not last or not all(parts):
        return gate.board.words("gates_sub")
    formula = f"{gate.name} = {last}({', '.join(parts)})"
    return gate.board.words("gates_composed_sub", formula=formula)


def _lines(gate: Gate) -> Page:
    """The truth table with the hidden units beside the plane with their lines."""
    board = gate.board
    lines = tuple(
        Row(board.at(*unit.net_entry), spaced(gate.net_value(unit.net_entry), EQUALS, number(0)),
            ref=ref(*unit.net_entry), claim=gate.says_net(unit.net_entry))
        for unit in gate.hidden
    )  # fmt: skip
    table: tuple[Block, ...] = (
        _table(gate),
        Text(board.words("gates_line"), kind="small"),
        Math(lines, size="small"),
    )
    plane: tuple[Block, ...] = (Picture(gate.plot(reveal=True), height=0.75),)
    part = 0.66 if board.aspect == "4:3" else 0.58
    return board.page(
        "gates-lines",
        board.words("gates_net_title", name=gate.name),
        [Columns(((part, table), (1 - part, plane)))],
        subtitle=board.words("gates_table_sub"),
        steps=len(gate.table.decisions),
        covers=(f"truth-table-{board.key}", f"decision-lines-{board.key}"),
    )


def _more(context: Context) -> Page:
    """Regions of networks with more units and layers."""
    columns = []
    for k, key in enumerate(boundaries()):
        scene = boundary(key, *(inline(lowered(sign("x"), number(k))) for k in (1, 2)))
        text = Text(context.words(f"gates_more_{k}"), kind="small")
        inside: tuple[Block, ...] = (Picture(scene, height=0.55), text)
        columns.append((0.25, inside))
    return context.page(
        "gates-more",
        context.words("gates_more_title"),
        [Columns(tuple(columns)), Text(context.words("gates_more_note"))],
        subtitle=context.words("gates_more_sub"),
        covers=("hidden-units-and-layers",),
    )
