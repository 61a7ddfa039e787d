"""The numbers of the page: its script works them out and prints them as Python does."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad.codegen.deck.model import Deck, Figure, Math, Page, Row
from chalkgrad.codegen.documents.page.board import BoardData, script_data, tree
from chalkgrad.codegen.documents.page.numbers import board_data
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.formula.numerals import Numerals
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.items.shared.update import frozen, rate_of
from chalkgrad.codegen.lecture.words import words
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import (
    Cmp,
    Fn,
    Iverson,
    Logic,
    Mul,
    Neg,
    Num,
    Pow,
    Read,
    Where,
    num,
)
from chalkgrad.derive.language.functions import FUNCTIONS
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.language.refs import ref
from chalkgrad.derive.pipeline import load_all
from chalkgrad.derive.values.entries import Exact, after_step, value
from tests.documents.browser import Window, chromium
from tests.lecture.typed import typed
from tests.paths import CASES, EXAMPLES

POINTS = (-700.5, -30.0, -2.25, -0.75, -1e-9, 0.0, 1e-9, 0.5, 1.75, 6.0, 30.0, 700.5)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    folder = tmp_path_factory.mktemp("board")
    page = folder / "empty.html"
    page.write_text(html_page(Deck("d", "en", "d", "", (Page("p", "title", "t", ()),))), "utf-8")
    with chromium(folder / "profile") as made:
        made.open(page)
        yield made


def evaluated(window: Window, trees: list[Any], known: dict[str, float]) -> list[float]:
    # numbers travel as text: WebDriver has no infinity and no NaN
    script = """const [trees, known] = [JSON.parse(arguments[0]), JSON.parse(arguments[1])];
        return trees.map((t) => String(Number(chalkgrad.evaluate(t, (id) => known[id]))))"""
    made = window.js(script, json.dumps(trees), json.dumps(known))
    return [float(x.replace("Infinity", "inf")) for x in made]


def functions() -> list[tuple[str, int]]:
    known = [f for f in FUNCTIONS.values() if f.name != "floor_div"]
    return [(f.name, f.least) for f in known]


@pytest.mark.parametrize(("name", "count"), functions(), ids=lambda x: str(x))
def test_every_function_has_its_value(window: Window, name: str, count: int) -> None:
    others = [num(1), num(6)][: count - 1]
    trees, expected = [], []
    for x in POINTS:
        arg = expression(str(abs(x)))
        e = Fn(name, (arg if x >= 0 else Neg(arg), *others))
        try:
            exact = value(e, lambda k: None)
            if abs(exact.imag) > 0 or not np.isfinite(float(exact.real)):
                continue
        except (ValueError, ZeroDivisionError, ArithmeticError, TypeError):
            continue  # outside of its domain
        trees.append(tree(e))
        expected.append(float(exact.real))
    assert len(expected) >= 2
    np.testing.assert_allclose(evaluated(window, trees, {}), expected, rtol=2e-12, atol=1e-16)


def test_conditions_products_and_powers(window: Window) -> None:
    a, b = Read("a"), Read("W", (num(1), num(0)))
    cases = [
        (Where(Cmp("<", a, b), a, b), 2.0),
        (Where(Logic("and", (Cmp(">", a, b), Cmp("==", a, a))), a, b), 3.0),
        (Logic("not", (Cmp("!=", a, a),)), 1.0),
        (Iverson(Logic("or", (Cmp("<=", b, a), Cmp(">=", b, a)))), 1.0),
        (Mul((Iverson(Cmp(">", a, b)), Fn("log", (Neg(a),)))), 0.0),  # a strong zero
        (Where(Cmp(">", a, num(0)), a, Fn("log", (Neg(a),))), 2.0),
        (Pow(a, b), 8.0),
        (Pow(Neg(a), num(3)), -8.0),
        (expression("pi"), np.pi),
        (Num(expression("0.1").value), 0.1),  # type: ignore[attr-defined]
    ]
    known = {"main.a": 2.0, "main.W[1,0]": 3.0}
    made = evaluated(window, [tree(e, "main.") for e, _ in cases], known)
    assert made == [x for _, x in cases]


def test_what_a_page_cannot_work_out_is_refused() -> None:
    for text in ("sum[i](x[i])", "softmax[i](x[i])", "x[i]"):
        with pytest.raises(ChalkgradError, match="the page cannot"):
            tree(expression(text))
    with pytest.raises(ChalkgradError, match="'g'"):
        tree(Fn("g", (num(1),)))


# -- print ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounding", ["half_up", "half_even", "truncate"])
@pytest.mark.parametrize(("count", "significant"), [(4, False), (2, False), (4, True), (1, True)])
def test_numbers_print_as_in_the_lecture(
    window: Window, rounding: str, count: int, significant: bool
) -> None:
    chance = random.Random(7)
    values = [0.0, -0.0, 1.0, -3.0, 0.32, 0.3200001, 0.00005, -0.00005, 0.00015, 2.5, 0.125, 1e-9,
              -4.385677345e-4, 0.99995, -0.99999999, 1234.5, 9.9995, 123456789.0, 2.5e16,
              123456789012345678.0, 1e60, -1.2345e20,
              0.6906458405, 0.5, 12.0, 1e-5, 0.04, -0.039999999]  # fmt: skip
    values += [
        chance.choice([-1, 1]) * chance.random() * 10 ** chance.randint(-9, 6) for _ in range(150)
    ]
    values += [round(chance.random(), chance.randint(1, 6)) for _ in range(100)]
    board = {"count": count, "significant": significant, "rounding": rounding}
    script = "return arguments[0].map((v) => chalkgrad.text(chalkgrad.parts(v, arguments[1])))"
    numerals = Numerals(count, significant, rounding)
    assert window.js(script, values, board) == [numerals.plain(v) for v in values]


def test_sums_of_printed_numbers(window: Window) -> None:
    cases = {"0.5793*0.5+0.35": 0.63965, "(-0.2139)*0.1681*0.6593": -0.2139 * 0.1681 * 0.6593,
             "0.5-0.01*(-0.0905)": 0.500905, "4.386*10^-4": 4.386e-4, "2-(3-4)": 3.0, "-2*3": -6.0,
             "2*10^3+1": 2001.0, "1+": None, "x": None, "": None, "(1": None}  # fmt: skip
    made = window.js("return arguments[0].map((t) => chalkgrad.sum(t))", list(cases))
    for (text, expected), got in zip(cases.items(), made, strict=True):
        assert got == (pytest.approx(expected, rel=1e-14) if expected is not None else None), text


# -- a whole network -------------------------------------------------------------------------------


def network(name: str, language: str = "en") -> tuple[Board, BoardData]:
    board = Board(load_all(EXAMPLES / f"{name}.yaml")[0], words(language))
    ids = ["main.y0[0]/v0[0]", f"main.after.{board.loss}", "main.new.W0[0,0]"]
    made = board_data(board, ids)
    assert made is not None
    return board, made


@pytest.mark.parametrize("name", ["n111", "n232", "mazur", "neuron"])
def test_every_number_of_a_network(window: Window, name: str) -> None:
    """The script's values after a change are those that Python works out with 40 digits."""
    board, data = network(name)
    changed = dict(board.network.values)
    key = board.parameters[0]
    changed[key] = (np.array(changed[key], dtype=float) * 1.25 - 0.125).tolist()
    exact = Exact(board.d, changed)
    inputs = dict(data.data()["inputs"])
    for at in board.entries(key):
        inputs[f"{data.key}.{ref(key, at)}"] = float(exact(key, *at))
    script = """const [boards, inputs] = [JSON.parse(arguments[0]), arguments[1]];
        return [...chalkgrad.values(boards[0], inputs)]"""
    made = dict(window.js(script, script_data([data]), inputs))
    count = 0
    for name_ in [*(e.name for e in board.d.forward), *(s.equation.name for s in board.d.steps)]:
        for at in board.entries(name_):
            shown = f"{data.key}.{ref(name_, at)}"
            assert made[shown] == pytest.approx(float(exact(name_, *at)), rel=1e-12, abs=1e-15), (
                shown
            )
            count += 1
    assert count >= 10


@pytest.mark.parametrize("notation", ["mari", "ng"])
def test_the_numbers_of_a_page_count_classes_as_the_pages_do(window: Window, notation: str) -> None:
    """What the script works out of the fields is what stands on the pages."""
    spec = CASES / "printing" / "class_numbers.yaml"
    board = Board(load_all(spec)[0], words("en"), notation=notation)
    data = board_data(board)
    assert data is not None
    script = """const boards = JSON.parse(arguments[0]);
        return [...chalkgrad.values(boards[0], boards[0].inputs)]"""
    made = dict(window.js(script, script_data([data])))
    for name in ("y", "q", "c", "u", "L", "dz"):
        for at in board.entries(name):
            board.number((name, at))
    printed = {f.id: float(f.value) for f in board.drain()}
    assert printed["main.c"] == 2 + board.symbols.style.index_base
    assert {k: made[k] for k in printed} == pytest.approx(printed)


def test_local_derivatives_paths_and_the_step(window: Window) -> None:
    board = Board(load_all(EXAMPLES / "mazur.yaml")[0], words("en"))
    key, second = board.key, board.parameters[0]
    weight = ref(second, board.entries(second)[0])
    ids = [f"{key}.path1.{weight}", f"{key}.path2.{weight}", f"{key}.after.{board.loss}"]
    data = board_data(board, ids)
    assert data is not None
    inputs = data.data()["inputs"]
    script = """const [boards, inputs] = [JSON.parse(arguments[0]), arguments[1]];
        return [...chalkgrad.values(boards[0], inputs)]"""
    made = dict(window.js(script, script_data([data]), inputs))
    slope = made[f"{key}.{board.d.adjoint(second)}{weight.removeprefix(second)}"]
    assert made[ids[0]] + made[ids[1]] == pytest.approx(slope, rel=1e-12)
    rate = inputs[f"{key}.eta"]
    assert made[f"{key}.new.{weight}"] == pytest.approx(inputs[f"{key}.{weight}"] - rate * slope)
    after = after_step(board.exact, rate_of(board), frozen(board))
    assert made[ids[2]] == pytest.approx(float(after(board.loss)), rel=1e-12)


def test_a_batch_of_samples_is_not_worked_out() -> None:
    assert board_data(Board(load_all(EXAMPLES / "xor.yaml")[0], words("en"))) is None


def test_only_what_a_page_shows_is_kept() -> None:
    _, data = network("n232")
    small = data.only(["main.y0[1]"])
    assert [n.id for n in small.nodes] == ["main.v0[1]", "main.y0[1]"]
    after = data.only(["main.after.L"])
    assert "main.dW0[1,2]" in {n.id for n in after.nodes}


def test_the_data_cannot_end_its_element() -> None:
    hostile = BoardData("</script><script>alert(1)//\u2028", "", (), ())
    made = script_data([hostile])
    assert not set("<>&\u2028") & set(made)
    assert json.loads(made)[0]["key"] == hostile.key


# -- the page -------------------------------------------------------------------------------------


def one_number_page(board: Board, data: BoardData, rows: tuple[Row, ...], folder: Path) -> Path:
    figures = tuple(Figure(i, "", "", "half_up", "=") for i in ("main.v1[0]", "main.dW1[0,0]"))
    page = Page("n", "example", "Numbers", (Math(rows),), network="main", figures=figures)
    path = folder / "numbers.html"
    path.write_text(
        html_page(Deck("d", "pt", "d", "", (page,), decimal=","), boards=[data]), "utf-8"
    )
    return path


def test_changing_a_number_changes_the_page(window: Window, tmp_path: Path) -> None:
    board, data = network("n111", "pt")

    def n(at: tuple[str, tuple[int, ...]]) -> str:
        return kept(board.number(at))

    def cgn(name: str, shown: str) -> str:
        return rf"\cgn{{main.{name}}}{{{shown}}}"

    rows = (
        typed("v^1_0", rf"{n(('y0', (0,)))} \times {n(('W1', (0, 0)))} + {n(('b1', (0,)))} = "
            rf"{n(('v1', (0,)))}"),
        typed("dw", rf"({n(('dy1', (0,)))}) \times {cgn('y1[0]/v1[0]', '0{,}2261')} \times "
            rf"{n(('y0', (0,)))} = {n(('dW1', (0, 0)))}"),
        typed("x", cgn("unknown[0]", "7")),
    )  # fmt: skip
    data = board_data(board, ["main.y1[0]/v1[0]"]) or data
    window.open(one_number_page(board, data, rows, tmp_path))

    def shown(name: str) -> str:
        found = window.all(f"math [data-id='main.{name}']")
        return str(window.js("return arguments[0].textContent", found[-1]))

    def relations() -> list[str]:
        return window.js("return [...document.querySelectorAll('mtd.cg-l mo')]"
                         ".map((e) => e.textContent).filter((t) => '=≈'.includes(t))")  # fmt: skip

    assert shown("v1[0]") == "0,6397"
    assert relations() == ["=", "="]
    window.js("document.querySelector('#board details').open = true")
    field = window.find("[data-input='main.W1[0,0]']")
    field.clear()
    field.send_keys("0,77777")
    exact = Exact(board.d, {**board.network.values, "W1": [[0.77777]]})
    numerals = board.numerals
    for name, at in [("v1", (0,)), ("dW1", (0, 0)), ("y0", (0,))]:
        shown_as = numerals.text(exact(name, *at))
        assert shown(f"{name}[{','.join(map(str, at))}]") == shown_as
    assert shown("W1[0,0]") == "0,77777"  # what is given prints as it was typed
    # 0.5793 · 0.77777 + 0.35 = 0.80056…: the printed digits give 0.8006, as does the network;
    # the second row is redone from its own printed factors
    left = [float(shown(k).replace(",", ".").replace("−", "-")) for k in
            ("dy1[0]", "y1[0]/v1[0]", "y0[0]")]  # fmt: skip
    agrees = numerals.agrees(left[0] * left[1] * left[2], exact("dW1", 0, 0))
    v = 0.5793 * 0.77777 + 0.35
    assert relations() == [
        "=" if numerals.agrees(v, exact("v1", 0)) else "≈", "=" if agrees else "≈",
    ]  # fmt: skip
    assert window.all(".cg-changed")
    stale = window.find("[data-id='main.unknown[0]']")
    assert "cg-stale" in (stale.get_attribute("class") or "")
    assert stale.get_attribute("title") == "não recalculado"
    field.clear()
    field.send_keys("0,5x")
    assert field.get_attribute("aria-invalid") == "true"
    assert window.find("#said").text == "Isto não é um número"
    window.find("#reset").click()
    assert shown("v1[0]") == "0,6397"
    assert relations() == ["=", "="]
    assert not window.all(".cg-changed, .cg-stale, [aria-invalid]")
    assert window.complaints() == []
