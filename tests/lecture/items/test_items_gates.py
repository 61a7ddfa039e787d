"""``gates``: truth tables, decision boundaries, XNOR from three neurons (§3 D)."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.deck.model import Picture, Table
from chalkgrad.codegen.lecture.items.gates.parts import boundaries, boundary
from tests.lecture.items.deck_items import (
    bare,
    figures,
    item_pages,
    of_kind,
    page,
    pages,
    rows,
    same,
    words_of,
)

SIGMOID = {
    -30: "9.357622969e-14", -10: "4.539786870e-5", 10: "0.9999546021", 30: "0.99999999999990642",
}  # fmt: skip
XNOR = {"00": "0.9999545609", "01": "4.548037851e-5", "10": "4.548037851e-5", "11": "0.9999545609"}


@pytest.mark.parametrize(("key", "nets"), [("and", (-30, -10, -10, 10)), ("or", (-10, 10, 10, 30))])
def test_the_truth_table_of_a_neuron(key, nets):
    p = page(pages("ng", "gates"), f"gates-{key}")
    here = figures(p)
    for bits, net in zip(("00", "01", "10", "11"), nets, strict=True):
        assert here[f"{key}.row{bits}.v0[0]"].printed == str(net)
        assert same(here[f"{key}.row{bits}.y0[0]"], SIGMOID[net])
    classes = [r[-1] for r in of_kind(p, Table)[0].rows]
    assert classes == [f"**{int(b)}**" for b in ((0, 0, 0, 1) if key == "and" else (0, 1, 1, 1))]
    assert key.upper() in p.title


def test_a_small_output_is_not_printed_as_zero():
    here = figures(page(pages("ng", "gates"), "gates-and"))
    assert here["and.row00.y0[0]"].printed == "9.4e-14"


def test_the_formula_and_the_line_have_the_weights():
    p = page(pages("ng", "gates"), "gates-and")
    formula, line = (f"{bare(r.left)} = {bare(r.right)}" for r in rows(p))
    assert formula == r"a^{(2)}_{1} = \sigma(-30 + 20\, x_{1} + 20\, x_{2})"
    assert line == r"-30 + 20\, x_{1} + 20\, x_{2} = 0"


def test_the_plane_shows_the_side_of_class_1():
    p = page(pages("ng", "gates"), "gates-and")
    plane = of_kind(p, Picture)[1].scene
    assert sum(s.role == "dot" for s in plane.shapes) == 1
    assert sum(s.role == "ring" for s in plane.shapes) == 3
    assert any(s.role == "shade" for s in plane.shapes)


def test_xnor_is_or_of_and_and_nor():
    p = page(pages("ng", "gates"), "gates-xnor")
    assert "XNOR = OR(AND, NOR)" in p.subtitle
    assert [bare(r.note) for r in rows(p)] == [
        "$x_{1}$ AND $x_{2}$", "$x_{1}$ NOR $x_{2}$", "$a^{(2)}_{1}$ OR $a^{(2)}_{2}$",
    ]  # fmt: skip
    assert bare(rows(p)[1].right) == r"\sigma(10 - 20\, x_{1} - 20\, x_{2})"
    edges = [s for s in of_kind(p, Picture)[0].scene.shapes if s.role == "weight" and s.ref]
    assert {s.ref for s in edges} >= {"b0[1]", "W0[1,1]", "W1[0,0]", "b1[0]"}


def test_xnor_outputs_and_two_lines():
    p = page(pages("ng", "gates"), "gates-lines-xnor")
    here = figures(p)
    for bits, digits in XNOR.items():
        assert same(here[f"xnor.row{bits}.y1[0]"], digits)
    assert [r[-1] for r in of_kind(p, Table)[0].rows] == ["**1**", "**0**", "**0**", "**1**"]
    lines = [s for s in of_kind(p, Picture)[0].scene.shapes if s.role.startswith("boundary")]
    assert {s.at for s in lines} == {1, 2}
    assert p.steps == 2
    assert len(rows(p)) == 2


def test_a_page_shows_what_more_units_and_layers_do():
    p = page(pages("ng", "gates"), "gates-more")
    assert len(of_kind(p, Picture)) == len(boundaries()) == 4
    shaded = [sum(s.role == "shade" for s in boundary(k, "", "").shapes) for k in boundaries()]
    assert shaded == [1, 1, 1, 1]
    told = words_of(p)
    assert "2 hidden units" in told
    assert "2 hidden layers" in told


def test_single_neurons_have_no_such_page():
    spec = {"name": "g", "network": {"units": [2, 1], "activation": "sigmoid"},
            "values": {"b0": 30, "W0": [-20, -20]}}  # fmt: skip
    found = item_pages(spec, {"gates": ["main"]})
    assert [p.id for p in found] == ["gates"]
    assert "NAND" in found[0].title


def test_three_hidden_units_are_shown_without_a_composition():
    spec = {"name": "g", "network": {"units": [2, 3, 1], "activation": "sigmoid"},
            "values": {"b0": [-10, 30, 5], "W0": [[20, -20, 1], [20, -20, 1]],
                       "b1": -30, "W1": [20, 20, 1]}}  # fmt: skip
    found = item_pages(spec, {"gates": ["main"]})
    assert "XOR" in found[0].title
    assert "= " not in found[0].subtitle


def test_portuguese():
    told = words_of(page(pages("ng", "gates", "pt"), "gates-and"))
    assert "tabela-verdade e fronteira de decisão" in told
    assert r"9{,}4 \cdot 10^{-14}" in told
