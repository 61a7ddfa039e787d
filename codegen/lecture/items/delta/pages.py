"""``delta``: the recursion of the deltas, layer by layer or for a general layer l."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from .....derive.forms.chain import Local
from .....derive.forms.matrix_nodes import Slope
from .....derive.language.equation import Equation
from .....derive.language.expr import Expr, Fn, Read
from .....derive.relations.relation import WHOLE
from .....derive.topics.recursion import Recursion, Rule, recursion
from ....deck.model import Block, Bullets, Columns, Math, Page, Picture, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree.reader import formula
from ....formula.tree.write import derivative, fenced, marked, primed, row, sign
from ....notation.general import general
from ....picture.network.arcs import active_path
from ...board import pictures
from ...board.board import Board
from ...board.chains import Factor, coloured
from ...board.context import Context
from ...board.formulas import FormPrinter, matrices, oriented
from .general_layer import LayerPrinter, abstract, activation, slope_of
from .options import Options


def pages(context: Context, options: Options) -> Iterator[Page]:
    """``each``: a path of the network, the deltas from the last layer back, the gradients.
    ``general``: the rules of layer l with a legend, and what causes what. Raises ChalkgradError for
    a network that is no stack of dense layers."""
    board = context.board(options.of)
    if options.layers == "general":
        yield from _general(board)
    else:
        yield from _each(board)


# -- each layer -----------------------------------------------------------------------------------


def _each(board: Board) -> Iterator[Page]:
    own, words = recursion(board.network), board.words
    network = abstract(board)
    plain = Board(network, words, notation=board.symbols.style.name)
    found = recursion(network)
    yield _lit(plain, found)
    deltas = [_row(plain, r, at=k) for k, r in enumerate(found.deltas, 1)]
    slope = slope_of(own)
    if network is not board.network and slope is not None:
        deltas.append(_slope(board, own, slope, at=len(deltas)))
    blocks: list[Block] = [Math(tuple(deltas)), Text(words("delta_back"))]
    if found.biases:
        blocks.append(Text(words("delta_bias_column"), kind="small"))
    yield board.page(
        "delta",
        words("delta_title"),
        blocks,
        subtitle=words("delta_sub"),
        steps=len(found.deltas),
        covers=("deltas",),
    )
    weights = Math(
        tuple(_row(board, r, at=k) for k, r in enumerate(found.weights, 1)), size="small"
    )
    biases = [_row(board, b, at=_step(found, b)) for b in found.biases]
    both: Block = weights
    if biases:
        both = Columns(((0.55, (weights,)), (0.45, (Math(tuple(biases), size="small"),))))
    yield board.page(
        "delta-weights",
        words("delta_weights_title"),
        [both, _entries(plain, found)],
        subtitle=words("delta_sub"),
        steps=len(found.weights),
        covers=("weight-gradients",),
    )


def _slope(board: Board, own: Recursion, slope: Expr, *, at: int) -> Row:
    """g'(v^l) = y^l ⊙ (1 − y^l)."""
    printer = LayerPrinter(board, own, board.network)
    left = row(primed(sign(activation(board))), fenced(printer.symbol("v", "l")))
    form = printer.oriented(slope, f"{board.d.prefix}v@l")
    function = board.equation(own.layers[0].output).rhs
    says = None
    if isinstance(function, Fn):
        says = printer.claims.whole(Slope(function.name, Read("v@l")), form)
    return Row(left, printer.expression(form), at=at, note=board.words("delta_slope"), claim=says)


def _lit(board: Board, found: Recursion) -> Page:
    """The network with one path from the loss back, a layer a click, and what each delta is."""
    words = board.words
    scene = pictures.drawing(board, 3.4)
    loss = board.named(board.loss)
    first = [
        board.line(eq, ref=eq.name) for _, eq in reversed(board.forward) if board.is_loss(eq.name)
    ]
    deltas: list[Block] = []
    for k, layer in enumerate(reversed(found.layers), 1):
        path = [(layer.output, (0,)), (layer.net, (0,)), (layer.weight, (0, 0))]
        scene = active_path(scene, path, factors=[k] * len(path), at=k)
        left = board.gradient(layer.net)
        spelled = row(derivative(loss, board.named(layer.net)))
        if left != spelled:
            eq = board.equation(board.d.adjoint(layer.net))
            meant = Local(Read(board.loss), Read(layer.net, eq.indices))
            says = board.says(Read(eq.name, eq.indices), meant)
            same = Row(row(marked("cgc", k, left)), spelled, ref=f"d{layer.net}", claim=says)
            deltas.append(Math((same,), at=k))
    blocks: list[Block] = [Picture(scene, height=0.55), Math(tuple(first), size="small")]
    if deltas:
        blocks.append(Columns(tuple((1 / len(deltas), (d,)) for d in deltas)))
    return board.page(
        "delta-net",
        words("delta_net_title"),
        blocks,
        subtitle=words("delta_net_sub"),
        steps=len(found.layers),
        covers=("delta-path",),
    )


def _entries(board: Board, found: Recursion) -> Block:
    """The rules in words, and those of a layer entry by entry: a bias belongs to the constant 1."""
    layer = found.layers[min(1, len(found.layers) - 1)]
    rules = [r.equation for r in (*found.weights, *found.biases)
             if r.of in (layer.weight, layer.bias)]  # fmt: skip
    says = Text(board.words("delta_outer_bias" if layer.bias else "delta_outer"))
    parts: list[tuple[float, tuple[Block, ...]]] = [(0.44, (says,))]
    for eq in rules:
        parts.append((0.56 / len(rules), (Math((_index(board, eq),), size="small"),)))
    return Columns(tuple(parts))


def _step(found: Recursion, bias: Rule) -> int:
    """The click of the weights of the same layer."""
    layer = next(x for x in found.layers if x.bias == bias.of)
    return next(k for k, w in enumerate(found.weights, 1) if w.of == layer.weight)


def _row(board: Board, rule: Rule, *, at: int) -> Row:
    """A rule over whole tensors with the shapes underneath; by indices where it has no such form,
    or where the notation writes entries only."""
    name = rule.equation.name
    if rule.matrix is None or not matrices(board):
        return _index(board, rule.equation, at=at, ref=name)
    printer = FormPrinter(board)
    printer.shapes = True
    form = oriented(board, rule.matrix, name)
    right = printer.expression(form)
    says = board.says(Read(name), form, kind=WHOLE)
    return Row(printer.titled(name), right, at=at, ref=name, claim=says)


def _index(board: Board, eq: Equation, **more: Any) -> Row:
    return board.line(eq, **more)


# -- layer l --------------------------------------------------------------------------------------


def _general(board: Board) -> Iterator[Page]:
    network, words = abstract(board), board.words
    found = recursion(network)
    printer = LayerPrinter(board, found, network)
    rows = [_last(printer, found)]
    if found.loss is not None and found.loss.matrix is not None:
        rows.append(printer.row(found.loss, 1, words("delta_loss")))
    if found.hidden is not None:
        rows.append(printer.row(found.hidden, 2, words("delta_any")))
    rows.append(printer.row(found.weight, 3, words("delta_weight")))
    if found.bias is not None:
        rows.append(printer.row(found.bias, 4, words("delta_bias")))
    blocks: list[Block] = [Math(tuple(rows))]
    if found.bias is not None:
        blocks.append(Text(words("delta_bias_column"), kind="small"))
    yield board.page(
        "delta-general",
        words("delta_general_title"),
        blocks,
        subtitle=words("delta_general_sub"),
        steps=rows[-1].at,
        covers=("delta-rules",),
    )
    yield board.page(
        "delta-legend",
        words("delta_legend_title"),
        [_legend(printer, found)],
        covers=("legend",),
    )
    yield board.page(
        "delta-chain",
        words("delta_chain_title"),
        _chain(printer, found),
        subtitle=words("delta_chain_sub"),
        steps=4,
        covers=("sentence-chain",),
    )


def _last(printer: LayerPrinter, found: Recursion) -> Row:
    """δ^L; that of this network, entry by entry, where it has no matrix form (a class number)."""
    board, note = printer.board, printer.board.words("delta_last")
    if found.output.matrix is not None:
        return printer.row(found.output, 1, note)
    return replace(_row(board, found.deltas[0], at=1), note=note)


def _legend(printer: LayerPrinter, found: Recursion) -> Table:
    """Symbol, meaning, shape."""
    words, s = printer.board.words, printer.symbol
    vector, weight = (inline(printer.extents(Read(name))) for name in ("v@l", "W@l"))
    function, first_input = (general(printer.symbols, k) for k in ("activation", "input"))
    rows = [
        (", ".join(inline(formula(x)) for x in printer.style.general), words("legend_layer"), ""),
        (inline(s("W", "l")), words("legend_weight"), weight),
        (inline(s("b", "l")), words("legend_bias"), vector),
        (inline(s("v", "l")), words("legend_pre"), vector),
        (f"{inline(function)}, {inline(primed(function))}", words("legend_activation"), ""),
        (inline(s("y", "l")), words("legend_hidden"), vector),
        (inline(s("y", "l-1")), words("legend_below", input=inline(first_input)), ""),
        (inline(s("y", "L")), words("legend_output"), ""),
        (inline(s("v", "l", True)), words("legend_delta", pre=inline(s("v", "l"))), vector),
        (inline(formula(printer.style.elementwise)), words("legend_elementwise"), ""),
    ]  # fmt: skip
    if found.bias is None:
        del rows[2]
    head = (words("symbol_head"), words("meaning_head"), words("shape_head"))
    return Table(head, tuple(rows), "lll", size="small")


def _chain(printer: LayerPrinter, found: Recursion) -> list[Block]:
    """The sentences of a single neuron, its chain, and that of a layer further back."""
    board, words = printer.board, printer.board.words
    loss = board.net.sample_loss  # a penalty in the cost would read the weights on a way of its own

    def told(lead: str, tensors: list[str], at: int) -> tuple[Block, ...]:
        """What causes what, from the weight up; then the chain from the loss down to it."""
        names = list(map(printer.named, tensors))
        says = (words("causes", one=inline(b), other=inline(a)) for a, b in pairwise(names))
        down = {printer.named(t): t for t in (loss, *tensors)}  # y is v without a g
        factors = [
            Factor(derivative(a, b), down[a], down[b], k)
            for k, (a, b) in enumerate(pairwise(down), 1)
        ]
        left = row(derivative(printer.named(loss), names[-1]))
        chain = coloured(factors, printer.style.product)
        line = Row(left, chain, claim=printer.claims.chain(loss, tensors))
        return (
            Text(words(lead), kind="lead", at=at),
            Bullets(tuple(says)[::-1], at=at),
            Math((line,), size="small", at=at + 1),
        )

    last = told("chain_lead", [loss, "y@L", "v@L", "W@L"], 1)
    if found.hidden is None:
        return [*last]
    before = told("chain_back", ["v@l+1", "y@l", "v@l", "W@l"], 3)
    return [Columns(((0.48, last), (0.52, before)))]
