"""``circuit``: a computational graph, values forward and gradients backward (lectures 002, 003)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import Fn, Name, Read, mul, num, replace, walk
from .....derive.language.refs import entry_of
from .....derive.relations.claim import Claim, Together
from .....derive.relations.relation import Relation
from .....derive.relations.steps import StepTruth
from .....derive.steps.step_nodes import D, Line, worked_out
from .....derive.topics.circuits import Circuit as Graph
from .....derive.topics.circuits import Group, circuit
from .....derive.values.entries import number, value
from ....deck.model import Block, Math, Page, Picture, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree.nodes import BLANK
from ....formula.tree.write import EQUALS, derivative, joined, row, sign, spaced
from ...board.board import Board
from ...board.context import Context
from ...board.printed import signed
from ..shared.numbers import calculated
from ..shared.room import HIGH, in_two_on_pages, side_by_side
from .options import Options
from .parts import TIMES, Drawn, Formulas, local_slope

KNOWN = ("sigmoid", "softplus")  # functions whose gates are recognised without being asked for
FORMULAS = 3  # equations above a graph
SMALL = 0.7  # a graph that has to be smaller is reported, its letters shrink, too
ROWS = 5  # products in one column
SAID = 0.9  # cm of the sentence above the products, or of that below


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The graph, its gradients as products, the gates of a function drawn as one."""
    board = context.board(options.of)
    made = _graph(board, options)
    target = options.from_ or board.loss
    plain = Drawn(board, made, target)
    yield _picture(context, plain, rules=options.rules, blank=options.blank)
    if options.blank:
        return
    yield _products(plain)
    if made.groups and made.collapsed is not None:
        yield _group(plain)
        yield _collapsed(plain, Drawn(board, made.collapsed, target))


def _graph(board: Board, options: Options) -> Graph:
    """The circuit with the group asked for, or one that it is known to hold."""
    if not board.has_numbers:
        raise ChalkgradError("a circuit needs numbers", where=f"networks.{board.key}.values")
    if options.group:
        return circuit(board.network, of=options.from_, group=options.group)
    plain = circuit(board.network, of=options.from_, split=options.split)
    for name in KNOWN:
        if options.split and any(n.op == "exp" for n in plain.nodes):
            try:
                return circuit(board.network, of=options.from_, group=name)
            except ChalkgradError:
                continue
    return plain


def _title(plain: Drawn) -> str:
    return plain.board.words("circuit_title", what=inline(plain.symbol(plain.of)))


def _picture(context: Context, plain: Drawn, *, rules: bool, blank: bool) -> Page:
    board = plain.board
    blocks: list[Block] = []
    formulas = [r for _, eq in board.forward if (r := _equation(board, eq.name, plain))]
    if len(formulas) <= FORMULAS:
        blocks.append(Math(tuple(formulas), size="small"))
    reveal = "none" if blank else "gate"
    scene = plain.scene(reveal=reveal)
    (left, low), (right, high) = scene.frame()
    large = min(13.8 / (right - left), 5.5 / (high - low)) < SMALL
    picture = Picture(scene, height=0.78, zoom=1.35, whole=large)
    if large:
        context.reports.append(board.words("circuit_large", network=board.key))
    if rules:
        part = 0.66 if board.aspect == "4:3" else 0.7
        blocks.append(side_by_side((picture, _rules(plain)), part, 1 - part))
    else:
        blocks.append(picture)
    return board.page(
        "circuit",
        _title(plain),
        blocks,
        subtitle=board.words("circuit_sub"),
        steps=plain.steps(reveal),
        covers=(f"circuit-{board.key}",),
        notes=(board.words("circuit_notes"),),
    )


def _equation(board: Board, name: str, plain: Drawn) -> Row | None:
    """An equation that the circuit computes."""
    if not any(n.name.partition("[")[0] == name for n in plain.circuit.nodes):
        return None
    return board.line(board.equation(name), ref=name, number=board.equation_number(name))


def _rules(plain: Drawn) -> Table:
    """Function and local gradient, a line each."""
    head = (plain.board.words("circuit_function"), plain.board.words("circuit_rule"))
    rows = tuple((inline(f), inline(d)) for f, d in plain.rules())
    return Table(head, rows, align="cc", size="small")


def _products(plain: Drawn) -> Page:
    """Upstream times local gradient, for every node in the order of the backward pass."""
    board = plain.board
    rows = list(plain.rows(board.words))
    blocks: list[Block] = [Text(board.words("circuit_lead"), kind="lead")]
    if len(rows) <= ROWS:
        blocks += [Picture(plain.scene(), height=0.4), Math(tuple(rows))]
    else:
        blocks += in_two_on_pages(board, rows, HIGH - SAID)
    gates = [node for node in plain.derived if not node.name]
    if gates:
        alike = any(len(plain.alike(gate)) > 1 for gate in gates)
        said = ["circuit_boxes", *(["circuit_boxes_alike"] if alike else [])]
        blocks.append(Text(" ".join(map(board.words, said)), kind="small"))
    return board.page(
        "circuit-gradients",
        _title(plain),
        blocks,
        subtitle=board.words("circuit_products"),
        covers=(f"circuit-products-{board.key}", "local-gradient"),
    )


# -- the gates of a function as one ---------------------------------------------------------------


def _group(plain: Drawn) -> Page:
    """The circuit with the gates framed, and the algebra that makes them one."""
    board, group = plain.board, plain.circuit.groups[0]
    name = board.printer.called(group.name)
    steps = group.steps.short()
    printer = Formulas(board.symbols)
    truth = StepTruth(group.steps)

    def says(x: Line) -> Claim:
        return Claim(truth, Relation((x.left, x.right)))

    rows = [
        Row(printer.expression(x.left), printer.expression(x.right), claim=says(x))
        for x in steps.definitions
    ]
    left = printer.expression(steps.lines[0].left)
    told = [x for x in steps.lines if worked_out(x.right)]
    for k in range(0, len(told), 2):
        pair = told[k : k + 2]
        right = joined((printer.expression(x.right) for x in pair), BLANK, EQUALS, BLANK)
        rows.append(Row(row() if k else left, right, claim=Together(tuple(map(says, pair)))))
    return board.page(
        f"circuit-{group.name}",
        board.words("circuit_group_title", name=inline(name)),
        [Picture(plain.group_scene(group), height=0.4), Math(tuple(rows), size="small")],
        subtitle=board.words("circuit_group_sub", count=len(group.nodes)),
        covers=(f"group-{group.name}",),
    )


def _collapsed(plain: Drawn, one: Drawn) -> Page:
    """The same circuit with one gate: its local gradient is the product of those it replaces."""
    board, group = plain.board, plain.circuit.groups[0]
    name = board.printer.called(group.name)
    rows = [_product(plain), _identity(plain)]
    return board.page(
        f"circuit-{group.name}-gate",
        board.words("circuit_gate_title", name=inline(name)),
        [
            Picture(one.scene(), height=0.55, zoom=1.2),
            Text(board.words("circuit_gate_lead", count=len(group.nodes)), kind="lead"),
            Math(tuple(r for r in rows if r is not None)),
        ],
        subtitle=board.words("circuit_gate_sub"),
        covers=(f"gate-{group.name}",),
    )


def _product(plain: Drawn) -> Row:
    """The product of the local gradients of the gates in the group."""
    board, group = plain.board, plain.circuit.groups[0]
    shown = board.numerals.rounded
    parts, exact, redone = [], number(1), number(1)
    before = group.input
    for node in (plain.circuit[i] for i in group.nodes):
        local, made = plain.local(node, before)
        exact, redone = exact * local, redone * number(shown(local))
        parts.append(signed(made, shown(local).is_signed()))
        before = node.id
    slope = _slope(group)
    relation, result = calculated(
        board, f"local.{group.name}", redone, exact, means=slope, by=plain.truth
    )
    chain = pairwise([group.input, *group.nodes])
    says = plain.says(slope, mul(local_slope(gate, source) for source, gate in chain))
    left = derivative(board.printer.called(group.name), sign("v"), of=sign("d"))
    body = joined(reversed(parts), BLANK, TIMES, BLANK)
    return Row(row(left), spaced(body, relation, result), blank=True, claim=says)


def _slope(group: Group) -> D:
    """The derivative of the group's value by its input."""
    return D(Read(group.output), Read(group.input))


def _identity(plain: Drawn) -> Row | None:
    """The derivative of the function with numbers: f (1 − f) = 0.73 (1 − 0.73) = 0.20."""
    board, group = plain.board, plain.circuit.groups[0]
    text = plain.circuit[group.output].name
    if not text:
        return None
    name, at = entry_of(text)
    output = Read(name, tuple(num(k) for k in at))
    call = Fn(group.name, (Name("v"),))
    expr = replace(group.steps.result, {call: output})
    if any(isinstance(e, Name) for e in walk(expr)):
        return None
    exact = value(expr, lambda e: board.exact(e[0], *e[1]))
    redone = value(expr, lambda e: number(board.shown(e)))
    relation, result = calculated(board, f"slope.{group.name}", redone, exact, means=expr)
    formula = board.printer.expression(expr, {})
    right = spaced(formula, EQUALS, board.substituted(expr), relation, result)
    says = plain.says(_slope(group), replace(group.steps.result, {call: Read(group.output)}))
    return Row(row(), right, blank=True, claim=says)
