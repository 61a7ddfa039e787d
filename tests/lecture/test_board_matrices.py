"""Matrices of cells: what is turned, what is elided, what has more than two axes."""

from __future__ import annotations

from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree.nodes import Row
from chalkgrad.codegen.formula.tree.write import number
from chalkgrad.codegen.lecture.board.matrices import bmatrix


def cell(at: tuple[int, ...]) -> Row:
    return number("".join(map(str, at)))


def test_three_axes_are_the_list_of_what_stands_at_each_place_of_the_first() -> None:
    inner = (r"\begin{bmatrix} 000 & 001 \end{bmatrix}", r"\begin{bmatrix} 100 & 101 \end{bmatrix}")
    assert kept(bmatrix((2, 1, 2), cell)) == rf"\Bigl( {inner[0]},\; {inner[1]} \Bigr)"


def test_of_many_places_the_first_and_the_last_are_written() -> None:
    made = kept(bmatrix((9, 1, 1), cell, limit=4))
    assert [k for k in range(9) if f"{k}00" in made] == [0, 1, 8]
    assert made.count(r"\cdots") == 1


def test_turned_matrices_stand_in_the_list_turned() -> None:
    made = kept(bmatrix((1, 1, 2), cell, turned=True))
    assert made == r"\Bigl( \begin{bmatrix} 000 \\ 001 \end{bmatrix} \Bigr)"
