"""What is worked out by hand behind a cross-entropy is worked out as p − y, in every item."""

from __future__ import annotations

import re

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items import pages_of
from chalkgrad.codegen.lecture.items.entries import deck_item
from tests.lecture.items.item_pages import figure, rows
from tests.paths import CASES

EXAMPLE = CASES / "printing" / "example_softmax_cross_entropy.yaml"
DECK = CASES / "printing" / "softmax_deck.yaml"
SHORT = r"\hat{y}^{1}_{j} - y_{j}"


def made(item, options=None, given=EXAMPLE):
    name, asked = deck_item({item: options or {}})
    return {p.id: p for p in pages_of(name)(Context(load_all(given), "en", None), asked)}


def bare(latex: str) -> str:
    """Without the marks that link a symbol or a number."""
    return re.sub(r"\\cg[rnc]\{[^{}]*\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", latex)


def test_the_example_has_its_numbers_below_the_long_form():
    long, short = rows(made("example")["example-v1"])
    assert r"\odot" in long.right
    assert (short.left, short.right.count(r"\odot"), short.right.count(" - ")) == ("", 0, 1)
    assert figure(made("example")["example-v1"], "dv1[0]").printed == "-0.5488"


def test_the_formulas_on_the_board_s_edge_say_it():
    assert SHORT in [r.right for r in rows(made("example")["example-board"])]


def test_an_answer_uses_it_and_nothing_that_it_does_not_need():
    pages = made("exercises", {"seed": 1, "count": 4})
    answer = next(p for p in pages.values() if any(r"v^{0}_{1}" in r.left for r in rows(p)))
    lines = {bare(r.left): bare(r.right) for r in rows(answer)}
    start = next(right for left, right in lines.items() if r"\partial v^{1}_{0}" in left)
    assert bare(start).startswith(r"\hat{y}^{1}_{0} - y_{0} =")
    assert not any(r"\partial \hat{y}" in left for left in lines)


def test_the_deck_s_numbers_are_right():
    page = made("gradients", {"wrt": "z", "level": "numbers"}, DECK)["gradients-z-numbers"]
    wanted = [("0.1415", "0.1415"), ("0.2849", "-0.7151"), ("0.5737", "0.5737")]
    for k, (p, dz) in enumerate(wanted):
        assert figure(page, f"p[{k}]").printed == p
        assert figure(page, f"dz[{k}]").printed == dz
    exact = [float(figure(page, f"dp[{k}]").value) for k in range(3)]
    assert exact == pytest.approx([0, -3.510338011262, 0], abs=1e-12)


def test_the_sign_of_the_error_is_that_of_p_minus_y():
    page = made("mistakes", {"only": "wrong_sign"})["mistakes-wrong-sign"]
    wrong, *_, right = (bare(r.right) for r in rows(page) if r.left)
    assert right == r"\hat{y}^{1}_{0} - y_{0}"
    assert wrong == rf"-({right})"


@pytest.mark.parametrize("layers", ["each", "general"])
def test_the_deltas_start_from_it(layers, tmp_path):
    spec = tmp_path / "net.yaml"
    network = "{units: [2, 3, 2], activation: sigmoid}"
    spec.write_text(f"name: net\nnetwork: {network}\nloss: binary_cross_entropy\n", "utf-8")
    page = next(p for p in made("delta", {"layers": layers}, spec).values() if "deltas" in p.title)
    first = rows(page)[0].right
    assert "{y}" in first
    assert first.count(" - ") == 1
    assert r"\odot" not in first
