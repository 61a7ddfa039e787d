"""Paths are added on every page that shows a chain: rows, colours and arcs say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import chalkgrad
from chalkgrad.codegen.deck.model import Block, Deck, Math, Page, Picture, inner
from chalkgrad.codegen.documents.page.numbers import board_data
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.formula.latex_matrix import matrix_lines
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.codegen.picture.scene.scene import Arc
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.chain import chain
from tests.lecture.typed import TexRow, as_tex
from tests.paths import CASES

FACTOR = re.compile(r"\\cgf\{(\d+)\}")
SEVERAL = {"skip": "x", "branches_scalar": "h", "penalty_d2l": "W1"}
RESIDUAL = {
    "name": "residual", "input": {"h": []}, "target": {"y": []},
    "parameters": {"w0": [], "b0": [], "w1": [], "b1": []}, "output": "s",
    "equations": """
        v = w0*h + b0; a = tanh(v); f = w1*a + b1; k = h; s = f + k
        L = (s - y)**2/2""",
    "loss": "L", "values": {"h": 0.6, "w0": 0.4, "b0": 0.2, "w1": 0.8, "b1": -0.2, "y": 1.2},
    "style": {"chain": "full"}, "deck": [{"gradients": {"wrt": ["h"], "level": ["numbers"]}}],
}  # fmt: skip


def deck_of(spec: Any, *sets: str) -> Deck:
    path = CASES / "printing" / f"{spec}.yaml" if isinstance(spec, str) else spec
    return lecture(chalkgrad.load_all(path, sets), "en")


def blocks(given: tuple[Block, ...]) -> Iterator[Block]:
    for block in given:
        yield block
        yield from blocks(inner(block))


def rows(page: Page) -> list[TexRow]:
    return [as_tex(row) for b in blocks(page.blocks) if isinstance(b, Math) for row in b.rows]


def page_of(deck: Deck, start: str) -> Page:
    return next(p for p in deck.pages if p.id == start)


@pytest.mark.parametrize("notation", notations())
@pytest.mark.parametrize("name", SEVERAL)
def test_rows_and_arcs_are_the_paths_in_every_notation(name: str, notation: str) -> None:
    deck = deck_of(name, f"style.notation={notation}")
    page = page_of(deck, f"gradients-{SEVERAL[name]}")
    d = per_sample(chalkgrad.load(CASES / "printing" / f"{name}.yaml").derive())
    ways = chain(d, SEVERAL[name], "reuse", [p.id.split("-")[1] for p in deck.pages[1:]]).ways
    shown = [row for row in rows(page) if FACTOR.search(row.right)]
    assert len(shown) == len(ways) > 1
    assert [row.relation for row in shown] == ["=", *["+"] * (len(ways) - 1)]
    colours = [FACTOR.findall(row.right) for row in shown]
    assert [set(found) for found in colours] == [{str(k)} for k in range(1, len(ways) + 1)]
    arcs = [s for b in page.blocks if isinstance(b, Picture) for s in b.scene.shapes
            if isinstance(s, Arc)]  # fmt: skip
    assert {str(a.factor) for a in arcs} <= {k for found in colours for k in found}
    assert slides(deck).count(r"\begin{frame}") >= len(deck.pages)
    assert "merror" not in html_page(deck)


@pytest.mark.parametrize("name", ["skip", "branches_scalar"])
def test_each_path_has_an_arc_for_each_of_its_factors(name: str) -> None:
    page = page_of(deck_of(name), f"gradients-{SEVERAL[name]}")
    (picture,) = (b for b in page.blocks if isinstance(b, Picture))
    arcs = sorted(s.factor for s in picture.scene.shapes if isinstance(s, Arc))
    printed = sorted(int(k) for row in rows(page) for k in FACTOR.findall(row.right))
    assert arcs == printed


def test_a_sum_is_revealed_path_by_path() -> None:
    page = page_of(deck_of("skip"), "gradients-x")
    steps = [re.findall(r"\\cgat\{(\d+)\}", row.right) for row in rows(page)]
    assert steps == [["2", "3", "4", "5", "6"], ["7", "8"]]
    assert [row.row.at for row in rows(page)] == [1, 7]
    assert page.steps == 8


@pytest.mark.parametrize("name", [*SEVERAL, "tanh_by_exponentials", "softmax_written"])
def test_no_line_says_the_same_on_both_sides(name: str) -> None:
    network = chalkgrad.load(CASES / "printing" / f"{name}.yaml")
    wrt = [s.of for s in network.derive().steps if s.of and s.of != network.loss]
    levels = f"deck=[{{gradients: {{wrt: [{', '.join(wrt)}], level: [chain, index]}}}}]"
    for page in deck_of(name, levels).pages:
        for row in rows(page):
            bare = re.sub(r"\\cg(?:f|c|at)\{\d+\}", "", row.right)
            assert row.left != bare.strip("{} "), page.id


def test_the_index_level_carries_its_indices_on_both_factors() -> None:
    page = page_of(deck_of("index_level"), "gradients-W1-index")
    assert (
        rows(page)[0].right == r"\sum_{k} \frac{\partial L}{\partial v^{1}_{k}} \times "
        r"\frac{\partial v^{1}_{k}}{\partial w^{1}_{i,j}}"
    )


def test_what_the_loss_alone_reads_is_printed_by_its_formula() -> None:
    deck = deck_of("skip", "deck=[{gradients: {wrt: [s], level: [chain]}}]")
    (row,) = rows(page_of(deck, "gradients-s"))
    assert "s_{j} - y_{j}" in row.right


def test_the_direct_part_of_a_gradient_has_its_sign_and_its_formula() -> None:
    deck = lecture(chalkgrad.load_all("autoencoder", [
        "deck=[{gradients: {wrt: [x], level: [chain, index]}}]"]), "en")  # fmt: skip
    chains = [row for p in deck.pages if "index" not in p.id for row in rows(p)]
    (said,) = (row.right for row in chains if row.left.startswith(r"\frac{\partial^{+} L}"))
    assert said == "x_{i} - y_{i}"
    first = rows(page_of(deck, "gradients-x-index"))[0]
    assert first.right.endswith(r"+ \frac{\partial^{+} L}{\partial x_{i}}")


def test_the_residual_block_of_the_lecture_with_its_numbers() -> None:
    page = page_of(deck_of(RESIDUAL), "gradients-h-numbers")
    plain = re.sub(r"\\cg[a-z]+\{[^{}]*\}", "", " ".join(r.right for r in rows(page)))
    assert re.findall(r"-?\d+\.\d{4}", plain)[-3:] == ["-0.1244", "-0.4691", "-0.5935"]


def test_the_page_works_out_the_product_of_every_path_again() -> None:
    board = Board(chalkgrad.load(RESIDUAL), words("en"))
    shown = [f.id for p in deck_of(RESIDUAL).pages for f in p.figures]
    ways = [i for i in shown if i.count("/") > 1]
    assert ways == ["main.L/s/f/a/v/h", "main.L/s/k/h"]
    data = board_data(board, shown)
    assert data is not None
    assert set(ways) <= {node.id for node in data.nodes}


def test_without_matrix_form_the_level_is_shown_entry_by_entry_and_says_so() -> None:
    spec = {
        "name": "conv", "axes": {"i": 5, "j": 3, "k": 3}, "input": {"x": ["i"]},
        "parameters": {"w": ["k"]},
        "equations": "z[j] = sum[k](w[k]*x[j+k]); L = sum[j](z[j]**2)", "loss": "L",
        "deck": [{"gradients": {"wrt": ["w"], "level": ["matrix"]}}],
    }  # fmt: skip
    page = page_of(deck_of(spec), "gradients-w-matrix")
    assert page.subtitle == "it has no matrix form"
    assert rows(page)[0].left == r"\frac{\partial L}{\partial w_{k}}"


def test_what_a_chain_starts_from_is_shown_once_in_an_item() -> None:
    item = "deck=[{gradients: {wrt: [W_down, b_down], level: [chain], chain: full}}]"
    deck = lecture(chalkgrad.load_all("transformer", [item]), "en")
    lefts = [row.left for page in deck.pages for row in rows(page) if row.left]
    assert sum("res2" in left for left in lefts) == 1


@pytest.mark.parametrize("notation", ["mari", "nielsen"])
def test_two_rows_are_multiplied_entry_by_entry(notation: str) -> None:
    network = chalkgrad.load({
        "name": "cross", "axes": {"k": 3}, "input": {"p": ["k"]}, "target": {"y": ["k"]},
        "equations": "l[k] = xlogy(y[k], p[k]); L = sum[k](l[k])", "loss": "L", "output": "p",
    })  # fmt: skip
    board = Board(network, words("en"), notation=notation)
    (line,) = matrix_lines(board.printer, board.equation("l"), board.d, shapes=False)
    times = board.symbols.style.elementwise
    assert f" {times} \\ln" in line.right.text
