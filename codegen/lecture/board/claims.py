"""What matrices of entries claim: each entry stands at its place, each number is right."""

from __future__ import annotations

from collections.abc import Iterable

from ....derive.language.expr import Read
from ....derive.language.refs import ref
from ....derive.relations.claim import Claim, Silent, Statement, Together
from ....derive.relations.relation import WHOLE, Cells, Part
from .board import Board
from .matrices import LIMIT, Grid
from .trees import entry_read

NAME = Silent("a name")
DEFINITION = Silent("a definition")
ROOM = Silent("to be filled in")


def placed(board: Board, name: str, limit: int = LIMIT) -> Claim | Silent:
    """That the entries of a vector or a matrix stand where the notation writes them; of a number or
    a list of matrices there is nothing but the name."""
    tensor = board.net.tensors[board.symbols.adjoints.get(name, name)]
    sizes = [board.net.size(a) for a in tensor.axes]
    if not 1 <= len(sizes) <= 2:
        return NAME
    grid = Grid.of([int(s) for s in sizes], turned=name in board.symbols.turned(), limit=limit)
    cells = Cells(tuple(tuple(entry_read(name, grid.at(i, j)) for j in grid.columns)
                        for i in grid.rows))  # fmt: skip
    return board.says(Part(Read(name), grid.rows, grid.columns), cells, kind=WHOLE)


def numbers(board: Board, names: Iterable[str]) -> Together:
    """That the printed numbers of these names are right."""
    found = (board.figures.get(f"{board.key}.{name}") for name in names)
    return Together(tuple(f.claim for f in found if f is not None and f.claim is not None))


def matrix_of_numbers(board: Board, name: str) -> Together:
    """That the numbers of a tensor's entries are right, and stand at their places."""
    claims: list[Statement] = list(numbers(board, (ref(name, at) for at in board.entries(name)))
                                   .claims)  # fmt: skip
    place = placed(board, name)
    return Together((*claims, place) if isinstance(place, Claim) else tuple(claims))
