"""The mistake library: each wrong number is the one that the mistake gives, and is caught."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import Columns, Figure, Math, Page, Panel
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.items.mistakes.library import LIBRARY
from chalkgrad.codegen.lecture.items.mistakes.planted import Sheet, flat
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.lecture.words import words
from chalkgrad.derive.language.errors import ChalkgradError
from tests.lecture.items.item_pages import written
from tests.lecture.typed import as_tex

SPECS = [
    ("lecture_mari", "main"), ("lecture_mari", "e111"), ("lecture_mazur", "net"),
    ("lecture_ng", "neuron"), ("lecture_ando", "xor"),
]  # fmt: skip


@cache
def made(
    spec: str, key: str, only: str = "", language: str = "en", digits: int = 0
) -> dict[str, Page]:
    """The pages of ``mistakes``, by mistake."""
    sets = [f"deck=[{{mistakes: {{of: {key}, only: [{only}]}}}}]"]
    if digits:
        sets += [f"style.digits={digits}", "style.rounding=half_up"]
    pages = lecture(load_all(spec, sets), language).pages
    return {p.covers[0].removeprefix("mistake."): p for p in pages}


def figure(page: Page, name: str) -> Figure:
    (found,) = {f for f in page.figures if f.id == name}
    return found


def starts(page: Page, name: str, digits: str) -> bool:
    return figure(page, name).value.startswith(digits)


@pytest.mark.parametrize(("spec", "key"), SPECS)
@pytest.mark.parametrize("language", ["en", "pt"])
def test_pages_are_marked_and_show_wrong_right_and_check(spec: str, key: str, language: str):
    pages = made(spec, key, language=language)
    assert len(pages) >= 3
    for page in pages.values():
        assert page.mistake
        columns, check = page.blocks[1:]
        assert isinstance(columns, Columns)
        assert isinstance(check, Panel)
        panels = [block for _, inside in columns.columns for block in inside]
        kinds = [p.kind for p in panels if isinstance(p, Panel)]
        assert kinds == ["wrong", "right"]
        wrong, right = (p.blocks for p in panels if isinstance(p, Panel))
        assert wrong != right
        assert page.steps == 3


def test_which_mistakes_a_network_can_show():
    """A network with one unit per layer has one path; 003's neuron has no hidden layer."""
    shown = {k for k in made("lecture_mari", "e111")}
    assert "one_path" not in shown
    assert {"swapped_digits", "absolute_loss", "derivative_twice", "wrong_layer"} <= shown
    assert {m.key for m in LIBRARY if not m.of} - {"quotient_sign", "absolute_loss"} == set(
        made("lecture_mari", "main")
    )


def test_updated_weights_gives_the_loss_of_the_well_known_post():
    page = made("lecture_mazur", "net", "updated_weights")["updated_weights"]
    assert starts(page, "net.mistake.updated_weights.after.L", "0.2910279239")
    assert starts(page, "net.after.L", "0.29102777369")
    assert (
        figure(page, "net.mistake.updated_weights.after.L").printed
        != figure(page, "net.after.L").printed
    )


def test_one_path_leaves_out_the_second_term():
    page = made("lecture_mazur", "net", "one_path")["one_path"]
    assert starts(page, "net.mistake.one_path.dy_h[0]", "0.05539942465")
    assert starts(page, "net.dy_h[0]", "0.03635030639")


def test_swapped_digits_are_those_of_the_chalkboard():
    page = made("lecture_mari", "e111", "swapped_digits")["swapped_digits"]
    assert figure(page, "e111.mistake.swapped_digits.dy1[0]").printed == "-0.9606"
    assert figure(page, "e111.dy1[0]").printed == "-0.6906"


def test_the_distance_is_not_the_loss():
    page = made("lecture_ng", "neuron", "absolute_loss", digits=4)["absolute_loss"]
    assert figure(page, "neuron.mistake.absolute_loss.distance").printed == "0.3011"
    assert figure(page, "neuron.L").printed == "0.0453"


def test_a_square_matrix_turns_without_a_shape_error():
    """w6 stands where w7 belongs: 0.4·δ1 + 0.45·δ2."""
    page = made("lecture_mazur", "net", "wrong_transpose")["wrong_transpose"]
    wrong = float(figure(page, "net.mistake.wrong_transpose.dy_h[0]").value)
    assert wrong == pytest.approx(0.40 * 0.1384985616 + 0.45 * -0.03809823652, abs=1e-10)


def test_shapes_that_do_not_fit_need_no_number():
    page = made("lecture_mari", "main", "wrong_transpose")["wrong_transpose"]
    assert r"3 \times 2" in written(page)
    assert r"2 \times 3" in written(page)


def test_the_bias_column_adds_a_component():
    """b1 · δ1 = 0.3·(−0.0359678982) + 0.35·0.1191903105"""
    page = made("lecture_mari", "main", "bias_column")["bias_column"]
    extra = float(figure(page, "main.mistake.bias_column.extra").value)
    assert extra == pytest.approx(0.3 * -0.0359678982 + 0.35 * 0.1191903105, abs=1e-9)


def test_the_wrong_sign_climbs():
    page = made("lecture_mari", "main", "wrong_sign")["wrong_sign"]
    loss = {k: float(figure(page, f"main.{k}L").value)
            for k in ("", "after.", "mistake.wrong_sign.after.")}  # fmt: skip
    assert loss["after."] < loss[""] < loss["mistake.wrong_sign.after."]
    assert starts(page, "main.after.L", "0.3626552383")


def test_a_tanh_network_has_the_plus_of_004():
    spec: dict[str, Any] = {
        "name": "t", "network": {"units": [1, 1, 1], "activation": "tanh"},
        "loss": {"squared_error": {"factor": 1}},
        "values": {"x": 0.5, "y": 1, "W0": 0.4, "b0": 0.1, "W1": 0.3, "b1": 0.2},
        "deck": [{"mistakes": ["quotient_sign"]}],
    }  # fmt: skip
    (page,) = lecture(load_all(spec), "en").pages
    wrong = float(figure(page, "main.mistake.quotient_sign.wrong.y1'").value)
    right = float(figure(page, "main.mistake.quotient_sign.right.y1'").value)
    assert wrong - 1 == pytest.approx(1 - right)
    assert right < 1 < wrong


def test_update_rules():
    """LECTURES.md §2: the first step of Adagrad is the rate; Adam's power shows at t = 2."""
    only = "stale_state, adam_power, rate_as_decay"
    pages = made("lecture_mari", "main", only)
    adagrad, adam = pages["stale_state"], pages["adam_power"]
    label = "main.mistake.stale_state.adagrad"
    assert float(figure(adagrad, f"{label}.right.w[1]").value) == pytest.approx(-0.01, abs=1e-8)
    assert float(figure(adagrad, f"{label}.wrong.w[1]").value) == pytest.approx(-1e5)
    label = "main.mistake.adam_power.adam"
    assert float(figure(adam, f"{label}.right.M_hat[2]").value) == pytest.approx(0.1)
    assert float(figure(adam, f"{label}.wrong.M_hat[2]").value) == pytest.approx(0.19)
    label = "main.mistake.rate_as_decay.rmsprop"
    assert float(figure(pages["rate_as_decay"], f"{label}.right.G[1]").value) == pytest.approx(1e-3)


def test_a_spoilt_rule_is_printed_like_the_rules_themselves():
    """With the rate of the notation, and a power of ten without the factor 1."""
    sets = ["style.notation=ng", "deck=[{mistakes: {only: [stale_state]}}]"]
    (page,) = lecture(load_all("lecture_mari", sets), "en").pages
    panels = [p for _, column in page.blocks[1].columns for p in column]
    for panel in panels:
        symbols, numbers, _ = map(as_tex, panel.blocks[0].rows)
        assert r"\alpha" in symbols.right
        assert r"\eta" not in symbols.right
        assert "{10^{-8}}" in numbers.right


def test_update_rules_come_with_the_optimisers():
    assert "adam_power" not in made("lecture_mari", "main")
    networks = load_all("lecture_mari", ["deck=[{mistakes: {only: [adam_power]}}]"])
    assert len(lecture(networks, "en").pages) == 1


@pytest.mark.parametrize(("spec", "key"), SPECS)
def test_the_quotient_that_catches_is_the_gradient(spec: str, key: str):
    """Of every page: what is measured prints as the right gradient does, not as the wrong one."""
    seen = 0
    for name, page in made(spec, key).items():
        label = f"{key}.mistake.{name}.quotient."
        for f in page.figures:
            if f.id.startswith(label):
                at = f.id.removeprefix(label)
                adjoint = f"d{at}"
                right = figure(page, f"{key}.{adjoint}")
                wrong = figure(page, f"{key}.mistake.{name}.{adjoint}")
                assert float(f.value) == pytest.approx(float(right.value), rel=1e-6)
                assert f.printed == right.printed != wrong.printed
                seen += 1
    assert seen >= 1 or key == "neuron"


def test_difference_quotients_of_every_parameter():
    for spec, key in SPECS[:3]:
        network = {n.spec.key: n for n in load_all(spec)}[key]
        sheet = Sheet(Board(network, words("en")), "x")
        for name in sheet.board.parameters:
            for at in sheet.board.entries(name):
                exact = sheet.exact(sheet.d.adjoint(name), *at)
                assert abs(sheet.quotient((name, at)) - exact) < 1e-10


def test_refusals():
    with pytest.raises(ChalkgradError, match="did you mean 'one_path'"):
        made("lecture_mari", "main", "one_paths")
    with pytest.raises(ChalkgradError, match="'e111' cannot show the mistake 'one_path'"):
        made("lecture_mari", "e111", "one_path")


def test_digits_of_the_other_pages_stay():
    """A page that needs more digits to show a difference changes no other page."""
    networks = load_all("lecture_mari", ["deck=[{mistakes: [updated_weights]}, forward: numbers]"])
    page = lecture(networks, "en").pages[-1]
    assert figure(page, "main.y0[0]").printed == "0.6248"


def test_fractions_in_a_sentence_are_slashed():
    made = flat(formula(r"\cgr{a}{\frac{\partial L}{\partial w_{0,1}}}"))
    assert kept(made) == r"\cgr{a}{\partial L/\partial w_{0,1}}"


def test_no_sentence_has_an_empty_slot():
    for language in ("en", "pt"):
        for spec, key in SPECS:
            for page in made(spec, key, language=language).values():
                text = repr(page.blocks)
                assert not re.search(r"\{(what|wrong|right|count|rate|check|unit)\}", text)
                assert any(isinstance(b, Columns | Panel | Math) for b in page.blocks)
