"""The kinds of exercises: what is asked, and its answer worked out from the derivation."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .....derive.language.expr import Read, reads, walk
from .....derive.language.refs import ref
from .....derive.network.build import build
from .....derive.pipeline import load
from .....derive.values.entries import Entry, after_step, number, place
from ....deck.model import Block, Columns, Figure, Math, Panel, Picture, Row, Table, Text
from ....formula.rich import inline
from ....formula.tree import write
from ....formula.tree.write import dimensions, gap, row
from ...board import claims, pictures
from ...board.board import Board
from ...board.chains import ChainRule, chain_rule
from ...words import Words
from ..mistakes.library import LIBRARY
from ..mistakes.planted import Shown
from ..shared.room import halves
from ..shared.update import rate, rate_of, update_row
from .exercises import Draw

ROOM = row(gap(write.number("-0.0000")))  # where a number is to be written
ENTRIES = 4  # of a tensor whose update is asked for
PLANTED = ("one_path", "wrong_sign", "derivative_twice", "swapped_digits", "half_or_mean")


@dataclass(frozen=True)
class Exercise:
    """``question`` never holds the answer. ``wrong``: it shows something wrong on purpose."""

    question: tuple[Block, ...]
    answer: tuple[Block, ...]
    wrong: bool = False
    figures: tuple[Figure, ...] = ()


Kind = Callable[[Draw, Words], Exercise | None]


def forward(draw: Draw, words: Words) -> Exercise:
    """Output and loss from the given numbers."""
    board = draw.board
    names = [e.name for _, e in board.forward]
    asked = [Row(board.named(n), board.cells(n, lambda at: ROOM), claim=claims.ROOM) for n in names]
    answer = [_matrix(board, n) for n in names]
    return Exercise(
        (Text(words("exercise_forward")), *_numbers(board, _declared(board)), *_beside(asked)),
        (Math(tuple(answer), size="small"),),
    )


def _numbers(board: Board, names: Iterable[str]) -> tuple[Block, ...]:
    """The numbers that are given, as matrices: a drawing leaves some of a wide layer out."""
    return _beside([_matrix(board, n) for n in names])


def _matrix(board: Board, name: str) -> Row:
    """A tensor with its numbers."""
    matrix = board.number_matrix(name)
    return Row(board.named(name), matrix, ref=name, claim=claims.matrix_of_numbers(board, name))


def _declared(board: Board) -> list[str]:
    return [t.name for t in board.net.tensors.values() if t.kind != "variable"]


def _beside(rows: Sequence[Row]) -> tuple[Block, ...]:
    """Short rows in two columns."""
    return (Columns(tuple((0.5, (Math(tuple(part), size="small"),)) for part in halves(rows))),)


def chain(draw: Draw, words: Words) -> Exercise | None:
    """A chain rule with factors left out."""
    board, rng = draw.board, draw.rng
    found = []
    for name in board.parameters:
        rule = chain_rule(board, name, "full")
        if len(rule.factors) >= 3:
            found.append(rule)
    if not found:
        return None
    rule = rng.choice(found)
    gone = set(rng.sample(range(len(rule.factors)), 2))
    return Exercise(
        (Text(words("exercise_chain")), Picture(pictures.drawing(board), height=0.5),
         Math(tuple(_with_gaps(rule, gone)))),
        (Math(tuple(rule.rows())),),
    )  # fmt: skip


def _with_gaps(rule: ChainRule, gone: Collection[int]) -> list[Row]:
    """The chain with room for the factors that are ``gone``."""
    ways, k = [], 0
    for way in rule.ways:
        places = enumerate(way, k)
        ways.append(tuple(f._replace(node=gap(f.node)) if j in gone else f for j, f in places))
        k += len(way)
    return replace(rule, ways=tuple(ways)).plain()


def gradient(draw: Draw, words: Words) -> Exercise:
    """The gradient of one weight, the forward pass being given."""
    board, rng = draw.board, draw.rng
    name = rng.choice([t.name for t in board.net.parameters if len(t.axes) == 2]
                      or board.parameters)  # fmt: skip
    at = rng.choice(board.entries(name))
    adjoint = board.d.adjoint(name)
    left = board.at(adjoint, at)
    lines = list(_needed(board, (adjoint, at)))
    known = [r.tensor for e in lines for r in _reads(board, e)]
    given = [n for n in board.net.tensors if n in known and n not in board.symbols.adjoints]
    rows = [_line(board, e) for e in lines]
    return Exercise(
        (Text(words("exercise_gradient", what=inline(board.at(name, at)))),
         *_numbers(board, given), Math((Row(left, ROOM, claim=claims.ROOM),))),
        (Math(tuple(rows), size="small"),),
    )  # fmt: skip


def _reads(board: Board, at: Entry) -> Iterator[Read]:
    yield from reads(board.written(*at))


def _needed(board: Board, last: Entry) -> Iterator[Entry]:
    """The adjoint entries on the way from the loss to one of them, in order, it at the end."""
    made: dict[Entry, None] = {}

    def go(at: Entry) -> None:
        for r in _reads(board, at):
            if r.tensor in board.symbols.adjoints:
                below = (r.tensor, place(r))
                if below not in made:
                    go(below)
        made[at] = None

    go(last)
    yield from made


def _line(board: Board, at: Entry) -> Row:
    found = board.calculation(*at)
    return Row(found.left, found.right, ref=ref(*at), claim=found.says)


def update(draw: Draw, words: Words) -> Exercise:
    """One step of gradient descent for a parameter whose gradient is given."""
    board, rng = draw.board, draw.rng
    small = [n for n in board.parameters if len(board.entries(n)) <= ENTRIES]
    name = rng.choice(small or board.parameters[-1:])
    adjoint = board.d.adjoint(name)
    new = after_step(board.exact, rate_of(board))
    rows = (
        replace(_matrix(board, name), ref=""),
        replace(_matrix(board, adjoint), left=board.gradient(name), ref=""),
        Row(board.eta, rate(board), claim=claims.numbers(board, ["eta"])),
        Row(
            board.named(name), board.cells(name, lambda at: ROOM), write.BECOMES, claim=claims.ROOM
        ),
    )
    answer = [update_row(board, new, name, at) for at in board.entries(name)[: 2 * ENTRIES]]
    return Exercise(
        (Text(words("exercise_update", what=inline(board.named(name)))), *_beside(rows)),
        (Math(tuple(answer), size="small"),),
    )


def mistake(draw: Draw, words: Words) -> Exercise | None:
    """A calculation with a mistake in it, to be found."""
    known = {m.key: m for m in LIBRARY}
    keys = [k for k in PLANTED if k in known]
    draw.rng.shuffle(keys)
    for key in keys:
        shown = known[key].on(draw.board)
        if shown is not None:
            return _find(draw.board, shown, key, words)
    return None


def _find(board: Board, shown: Shown, key: str, words: Words) -> Exercise:
    wrong, right = tuple(shown.wrong), tuple(shown.right)
    check = words(f"mistake_{key}_check", **shown.slots)
    return Exercise(
        (Text(words("exercise_mistake")), *_ends(board), Math(wrong, size="small")),
        (Text(words("exercise_mistake_is", what=words(f"mistake_{key}")), "lead"),
         Panel(words("mistake_right"), (Math(right),), "right"), Text(check)),
        wrong=True,
        figures=shown.figures,
    )  # fmt: skip


def _ends(board: Board) -> tuple[Block, ...]:
    """Output, target and what compares them: enough to see what a line should be."""
    output = board.net.output
    eq = next(
        e for _, e in board.forward
        if any(isinstance(r, Read) and r.tensor == output for r in walk(e.rhs))
    )  # fmt: skip
    names = [output, *(t.name for t in board.net.targets)]
    rows = [_matrix(board, n) for n in names]
    return _beside([*rows, board.line(eq)])


def shapes(draw: Draw, words: Words) -> Exercise:
    """Shapes and number of the parameters of a dense network of drawn sizes."""
    rng, old = draw.rng, draw.board
    units = [rng.randint(2, 9) for _ in range(rng.randint(3, 4))]
    loss = {"squared_error": {"factor": 1}}
    given = load({"name": "exercise", "network": {"units": units}, "loss": loss}).spec
    spec = given.model_copy(update={"style": old.network.spec.style, "key": old.key})
    board = Board(build(spec), words)
    board.key, room = old.key, inline(ROOM)
    rows, asked, total = [], [], 0
    for t in board.net.parameters:
        size = [int(board.net.size(a)) for a in t.axes]
        count = math.prod(size)
        total += count
        if t.name in board.symbols.turned():
            size.reverse()
        symbol, shape = inline(board.named(t.name)), dimensions(map(write.number, size))
        rows.append((symbol, inline(shape), inline(board.figure(f"count.{t.name}", number(count)))))
        asked.append((symbol, room, room))
    last = words("exercise_total")
    rows.append((last, "", inline(board.figure("count", number(total)))))
    head = tuple(words(f"exercise_head_{k}") for k in ("parameter", "shape", "count"))
    name = "-".join(map(str, units))
    return Exercise(
        (
            Text(words("exercise_shapes", units=name)),
            Table(head, (*asked, (last, "", room)), "lcc"),
        ),
        (Table(head, tuple(rows), "lcr", strong=(len(rows) - 1,)),),
        figures=board.drain(),
    )


KINDS: dict[str, Kind] = {
    "forward": forward,
    "gradient": gradient,
    "chain": chain,
    "update": update,
    "mistake": mistake,
    "shapes": shapes,
}
