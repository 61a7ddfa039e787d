"""``circuit``: a computational graph, values forward and gradients backward (lectures 002, 003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import Expr, Fn, Name, Read, num, replace, walk
from .....derive.language.refs import entry_of
from .....derive.steps.step_nodes import worked_out
from .....derive.topics.circuits import Circuit as Graph
from .....derive.topics.circuits import circuit
from .....derive.values.entries import number, value
from ....deck.model import Block, Columns, Math, Page, Picture, Row, Table, Text
from ...board.board import Board
from ...board.context import Context
from ...board.formulas import page_key
from ...board.printed import signed
from ...board.products import APPROX
from .options import Options
from .parts import TIMES, Drawn, Formulas

KNOWN = ("sigmoid", "softplus")  # functions whose gates are recognised without being asked for
FORMULAS = 3  # equations above a graph
SMALL = 0.7  # a graph that has to be smaller is reported
ROWS = 5  # products in one column


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The graph, its gradients as products, the gates of a function drawn as one."""
    board = context.board(options.of)
    made = _graph(board, options)
    target = options.from_ or board.loss
    plain = Drawn(board, made, target)
    yield _picture(context, plain, rules=options.rules, blank=options.blank)
    if options.blank:
        return
    yield _products(context, plain)
    if made.groups and made.collapsed is not None:
        yield _group(context, plain)
        yield _collapsed(context, plain, Drawn(board, made.collapsed, target))


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


def _title(context: Context, plain: Drawn) -> str:
    return context.words("circuit_title", what=f"${plain.symbol(plain.of)}$")


def _picture(context: Context, plain: Drawn, *, rules: bool, blank: bool) -> Page:
    board = plain.board
    blocks: list[Block] = []
    formulas = [r for _, eq in board.forward if (r := _equation(board, eq.name, plain))]
    if len(formulas) <= FORMULAS:
        blocks.append(Math(tuple(formulas), size="small"))
    reveal = "none" if blank else "gate"
    scene = plain.scene(reveal=reveal)
    picture = Picture(scene, height=0.78, zoom=1.35)
    (left, low), (right, high) = scene.frame()
    if min(13.8 / (right - left), 5.5 / (high - low)) < SMALL:
        context.reports.append(context.words("circuit_large", network=board.key))
    if rules:
        part = 0.66 if board.aspect == "4:3" else 0.7
        blocks.append(Columns(((part, (picture,)), (1 - part, (_rules(context, plain),)))))
    else:
        blocks.append(picture)
    return context.page(
        page_key("circuit", board),
        _title(context, plain),
        blocks,
        board=board,
        subtitle=context.words("circuit_sub"),
        steps=plain.steps(reveal),
        covers=(f"circuit-{board.key}",),
        notes=(context.words("circuit_notes"),),
    )


def _equation(board: Board, name: str, plain: Drawn) -> Row | None:
    """An equation that the circuit computes."""
    if not any(n.name.partition("[")[0] == name for n in plain.circuit.nodes):
        return None
    left, right = board.index(name)
    return Row(left, right, ref=name, number=board.equation_number(name))


def _rules(context: Context, plain: Drawn) -> Table:
    """Function and local gradient, a line each."""
    head = (context.words("circuit_function"), context.words("circuit_rule"))
    rows = tuple((f"${f}$", f"${d}$") for f, d in plain.rules())
    return Table(head, rows, align="cc", size="small")


def _products(context: Context, plain: Drawn) -> Page:
    """Upstream times local gradient, for every node in the order of the backward pass."""
    board = plain.board
    rows = list(plain.rows(context.words))
    blocks: list[Block] = [Text(context.words("circuit_lead"), kind="lead")]
    if len(rows) <= ROWS:
        blocks += [Picture(plain.scene(), height=0.4), Math(tuple(rows))]
    else:
        blocks.append(_beside(rows))
    if any(r"\boxed" in row.left for row in rows):
        blocks.append(Text(context.words("circuit_boxes"), kind="small"))
    return context.page(
        page_key("circuit-gradients", board),
        _title(context, plain),
        blocks,
        board=board,
        subtitle=context.words("circuit_products"),
        covers=(f"circuit-products-{board.key}", "local-gradient"),
    )


def _beside(rows: Sequence[Row]) -> Columns:
    half = (len(rows) + 1) // 2
    parts = [Math(tuple(part), size="small") for part in (rows[:half], rows[half:])]
    return Columns(tuple((0.5, (part,)) for part in parts))


# -- the gates of a function as one ---------------------------------------------------------------


def _group(context: Context, plain: Drawn) -> Page:
    """The circuit with the gates framed, and the algebra that makes them one."""
    board, group = plain.board, plain.circuit.groups[0]
    name = board.printer.function(group.name)
    steps = group.steps.short()
    printer = Formulas(board.symbols)
    rows = [Row(_side(printer, x.left), _side(printer, x.right)) for x in steps.definitions]
    left = _side(printer, steps.lines[0].left)
    told = [_side(printer, x.right) for x in steps.lines if worked_out(x.right)]
    for k in range(0, len(told), 2):
        rows.append(Row("" if k else left, " = ".join(told[k : k + 2])))
    return context.page(
        page_key(f"circuit-{group.name}", board),
        context.words("circuit_group_title", name=f"${name}$"),
        [Picture(plain.group_scene(group), height=0.4), Math(tuple(rows), size="small")],
        board=board,
        subtitle=context.words("circuit_group_sub", count=len(group.nodes)),
        covers=(f"group-{group.name}",),
    )


def _side(printer: Formulas, e: Expr) -> str:
    return printer.expression(e, {})


def _collapsed(context: Context, plain: Drawn, one: Drawn) -> Page:
    """The same circuit with one gate: its local gradient is the product of those it replaces."""
    board, group = plain.board, plain.circuit.groups[0]
    name = board.printer.function(group.name)
    rows = [_product(plain), _identity(plain)]
    return context.page(
        page_key(f"circuit-{group.name}-gate", board),
        context.words("circuit_gate_title", name=f"${name}$"),
        [
            Picture(one.scene(), height=0.55, zoom=1.2),
            Text(context.words("circuit_gate_lead", count=len(group.nodes)), kind="lead"),
            Math(tuple(r for r in rows if r is not None)),
        ],
        board=board,
        subtitle=context.words("circuit_gate_sub"),
        covers=(f"gate-{group.name}",),
    )


def _product(plain: Drawn) -> Row:
    """The product of the local gradients of the gates in the group."""
    board, group = plain.board, plain.circuit.groups[0]
    shown = board.numerals.rounded
    parts, exact, redone = [], number(1), number(1)
    before = group.input
    nodes = [plain.circuit[i] for i in group.nodes]
    for node in nodes:
        local, tex = plain.local(node, before)
        exact, redone = exact * local, redone * number(shown(local))
        parts.append(signed(tex, shown(local) < 0))
        before = node.id
    relation = _relation(board, redone, exact, f"local.{group.name}")
    result = board.figure(f"local.{group.name}", exact, relation="=" if relation == "=" else "≈")
    left = rf"\frac{{d {_function(plain)}}}{{d v}}"
    body = f" {TIMES} ".join(reversed(parts))
    return Row(left, f"{body} {relation} {result}", blank=True)


def _function(plain: Drawn) -> str:
    return plain.board.printer.function(plain.circuit.groups[0].name)


def _relation(board: Board, redone: object, exact: object, what: str) -> str:
    if board.numerals.agrees(redone, exact):
        return "="
    board.report(what, redone, exact)
    return APPROX


def _identity(plain: Drawn) -> Row | None:
    """The derivative of the function with numbers: f (1 − f) = 0.73 (1 − 0.73) = 0.20."""
    board, group = plain.board, plain.circuit.groups[0]
    text = plain.circuit[group.output].name
    if not text:
        return None
    name, at = entry_of(text)
    output = Read(name, tuple(num(k) for k in at))
    expr = replace(group.steps.result, {Fn(group.name, (Name("v"),)): output})
    if any(isinstance(e, Name) for e in walk(expr)):
        return None
    exact = value(expr, lambda e: board.exact(e[0], *e[1]))
    relation = board.relation(expr, exact, f"slope.{group.name}")
    said = "=" if relation == "=" else "≈"
    result = board.figure(f"slope.{group.name}", exact, relation=said)
    formula = board.printer.expression(expr, {})
    return Row("", f"{formula} = {board.substituted(expr)} {relation} {result}", blank=True)
