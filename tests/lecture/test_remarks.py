"""What stands beside an equation so that its letters can be read."""

from __future__ import annotations

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.board.remarks import says_ranges
from chalkgrad.codegen.lecture.words import words
from tests.lecture.items.item_pages import pages_of, rows

NET = {"name": "net", "input": {"x": [6, 4]}, "target": {"y": [12]}, "output": "f",
       "axes": {"i": 3, "p": 2, "q": 5, "u": 12, "j": 4},
       "equations": "m[i,j] = max[p | 2*i + p < 6](x[2*i + p, j])\n"
                    "s[i,j] = sum[q](x[i + q, j])\n"
                    "f[u] = sum[i,j](s[i,j]*m[i,j]*(u == size[j]*i + j))\n"
                    "L = sum[u]((f[u] - y[u])**2)", "loss": "L"}  # fmt: skip


def said(name: str, notation: str) -> str:
    (network,) = load_all({**NET, "style": {"notation": notation}})
    board = Board(network, words("en"))
    return says_ranges(board, board.equation(name))


@pytest.mark.parametrize(("name", "notation", "text"), [
    ("m", "mari", "$p = 0,1$"), ("m", "ando", "$p = 1,2$"),
    ("s", "mari", r"$q = 0,\dots,4$"), ("f", "mari", "$n_{j} = 4$"), ("L", "mari", ""),
])  # fmt: skip
def test_an_equation_says_how_far_its_letters_run_where_no_tensor_does(
    name: str, notation: str, text: str
) -> None:
    assert said(name, notation) == text


def test_the_forward_pass_says_it_beside_the_equation() -> None:
    found = [r for p in pages_of(NET, "forward") for r in rows(p)]
    assert [r.note for r in found if r"\max" in r.right] == ["$p = 0,1$"]
