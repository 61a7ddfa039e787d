"""Exercises: the same from the same seed, different for every variant, their answers right."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from chalkgrad import load, load_all
from chalkgrad.codegen.deck.formulas import printed
from chalkgrad.codegen.deck.model import Block, Page
from chalkgrad.codegen.formula.tree.nodes import marks
from chalkgrad.codegen.lecture.items.exercises.exercises import (
    base_network,
    draws,
    letter,
    straight,
)
from chalkgrad.codegen.lecture.items.exercises.kinds import KINDS
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.lecture.words import words
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.values.numbers import numbers_of
from tests.lecture.items.item_pages import written

RELU: dict[str, Any] = {
    "name": "r", "network": {"units": [2, 2, 1], "activation": ["relu", "identity"]},
    "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip


def made(options: str, language: str = "en", spec: str = "lecture_mari") -> list[Page]:
    return list(lecture(load_all(spec, [f"deck=[{{exercises: {options}}}]"]), language).pages)


def test_the_same_seed_gives_the_same_bytes():
    assert made("{seed: 7, count: 6, variants: 2}") == made("{seed: 7, count: 6, variants: 2}")
    assert made("{seed: 7}") != made("{seed: 8}")


def test_every_kind_is_asked_and_answered_at_the_end():
    pages = made("{seed: 1, count: 6, variants: 2}")
    asked, answers = pages[:12], pages[12:]
    assert {p.covers[0].removeprefix("exercise.") for p in asked[:6]} == set(KINDS)
    labels = [f"{v}{k}" for v in "AB" for k in range(1, 7)]
    assert [p.id for p in asked] == [f"exercises-{x}" for x in labels]
    assert [p.id for p in answers] == [f"exercises-{x}-answer" for x in labels]
    assert all(p.id.endswith("-answer") is False for p in asked)
    short = made("{seed: 1, count: 2, answers: false}", "pt")
    assert [p.title for p in short] == ["Exercício 1", "Exercício 2"]


def test_variants_have_their_own_numbers():
    network = load("n232")
    rows = draws(network, words("en"), seed=3, count=2, variants=12)
    values = [repr(draw.board.network.values) for row in rows for draw in row]
    assert len(set(values)) == 24
    assert [row[0].label for row in rows][:3] == ["A1", "B1", "C1"]


def test_letters():
    assert [letter(k) for k in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def flat(value: Any) -> list[Any]:
    return [x for v in value for x in flat(v)] if isinstance(value, list) else [value]


def test_numbers_are_nice():
    """Multiples of 0.1, none of them 0 beside the targets; whole numbers where all is straight."""
    for row in draws(load("n232"), words("en"), seed=5, count=2, variants=5):
        for draw in row:
            for name, value in draw.board.network.values.items():
                assert all(x * 10 == int(x * 10) and (x or name == "y") for x in flat(value))
    network = load(RELU)
    assert straight(network)
    assert not straight(load("n232"))
    for row in draws(network, words("en"), seed=5, count=3, variants=5):
        for draw in row:
            assert all(x == int(x) for v in draw.board.network.values.values() for x in flat(v))
            exact = draw.board.exact
            for name in ("v0", "y0", "y1", "L", "dW0", "dW1", "db0"):
                for at in draw.board.entries(name):
                    assert Decimal(str(exact(name, *at))) * 2 % 1 == 0  # halves at most


@pytest.mark.parametrize("spec", [RELU, "n232"])
def test_answers_agree_with_another_evaluator(spec: Any):
    """Every number of question and answer against `derive.values.numbers`, which shares no code."""
    checked = 0
    for row in draws(load(spec), words("en"), seed=11, count=2, variants=3):
        for draw in row:
            board = draw.board
            values = numbers_of(board.whole, board.network.values)
            for kind in ("forward", "gradient"):
                KINDS[kind](draw, words("en"))
            for f in board.drain():
                name, _, at = f.id.removeprefix(f"{board.key}.").rstrip("]").partition("[")
                if name in values:
                    place = tuple(int(k) for k in at.split(",") if k)
                    array = np.asarray(values[name])
                    array = array[0] if array.ndim > len(place) else array
                    assert float(f.value) == pytest.approx(float(array[place]), abs=1e-12)
                    checked += 1
            assert all(np.abs(values[f"d{t.name}"]).max() > 0 for t in board.net.parameters)
    assert checked > 100


def tensors(blocks: Iterable[Block], key: str) -> set[str]:
    """The tensors whose numbers blocks print."""
    ids = (m.key for row in printed(blocks) for m in marks(row) if m.kind == "cgn")
    return {i.removeprefix(f"{key}.").partition("[")[0] for i in ids}


def test_a_question_does_not_hold_its_answer():
    """Numbers of the forward exercise are the given ones; the gradient asked for is not there."""
    network = load("n232")
    for row in draws(network, words("en"), seed=2, count=1, variants=4):
        board = row[0].board
        given = [t.name for t in board.net.tensors.values() if t.kind != "variable"]
        asked = KINDS["forward"](row[0], words("en"))
        assert asked is not None
        assert tensors(asked.question, board.key) == set(given)
        asked = KINDS["gradient"](row[0], words("en"))
        assert asked is not None
        assert not any(name.startswith("d") for name in tensors(asked.question, board.key))
        assert any(name.startswith("dW") for name in tensors(asked.answer, board.key))


def test_find_the_mistake_is_marked():
    pages = made("{seed: 1, count: 6}")
    marked = [p for p in pages if p.mistake]
    assert [p.covers for p in marked if p.covers] == [("exercise.mistake",)]
    assert len(marked) == 2


def test_too_large_networks():
    big = load({**RELU, "network": {"units": [8, 8, 8], "activation": "sigmoid"}})
    with pytest.raises(ChalkgradError, match="144 parameters"):
        base_network(big, named=True)
    own = base_network(big, named=False)
    assert own.shape("W0") == (2, 2)
    abstract = load({**RELU, "network": {"units": ["m", 1], "activation": "g"}})
    with pytest.raises(ChalkgradError, match="symbols as sizes"):
        base_network(abstract, named=True)


def test_the_spec_s_notation_and_language_are_kept():
    pages = made("{seed: 4, count: 6}", "pt")
    text = "\n".join(map(written, pages))
    assert "0{,}" in text
    assert r"\mathbf{W}^{0}" in text
