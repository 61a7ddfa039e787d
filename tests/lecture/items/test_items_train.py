"""``train``: the 19 rounds of the neuron (§3 B), XOR for 1000 rounds and its inference (§3 E)."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.deck.model import Panel, Picture, Table
from chalkgrad.derive.language.errors import ChalkgradError
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

ROUNDS = {
    1: ("2.0591917092", "-2.8816165817", "-3.0591917092", "0.6558489278"),
    2: ("2.1101683217", "-2.7796633565", "-3.1101683217", "0.5839451779"),
    3: ("2.1475697964", "-2.7048604071", "-3.1475697964", "0.5286140064"),
    19: ("2.2135940659", "-2.5728118683", "-3.2135940659", "0.4300702856"),
}
FIRST = ("0.7986828861", "0.8337031587", "0.8286969020", "0.8568527866")
DW1 = ("0.2798218166", "0.2341626464", "0.2389914517", "0.2261897545")
DW0 = (
    ("0.0174448578", "0.0052531337", "0.0211400129", "0.0146949023"),
    ("0.0202504315", "0.0054338515", "0.0217725251", "0.0139855565"),
    ("0.0607013692", "0.0160182838", "0.0579338963", "0.0410929821"),
)
LAST = ("0.0274441161", "0.9771621918", "0.9648465346", "0.0322949592")


# -- the neuron of 003 ----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["train-neuron", "train-all-neuron"])
def test_the_rounds_of_the_neuron(key):
    here = figures(page(pages("ng", "train"), key))
    for k, numbers in ROUNDS.items():
        for name, digits in zip(("w0", "w1", "w2", "f"), numbers, strict=True):
            assert same(here[f"neuron.round{k}.{name}"], digits)


def test_round_three_prints_2_15():
    table = of_kind(page(pages("ng", "train"), "train-neuron"), Table)[0]
    assert [bare(c) for c in table.rows[2][:4]] == ["3", "$2.15$", "$-2.70$", "$-3.15$"]
    assert not any("2.14" in words_of(p) for p in pages("ng", "train"))


def test_w0_and_w2_move_by_the_same():
    here = figures(page(pages("ng", "train"), "train-all-neuron"))
    for k in range(1, 20):
        w0, w2 = (float(here[f"neuron.round{k}.{n}"].value) for n in ("w0", "w2"))
        assert w0 - 2 == pytest.approx(-(w2 + 3), abs=1e-10)


def test_the_table_shows_what_is_asked_for():
    table = of_kind(page(pages("ng", "train"), "train-neuron"), Table)[0]
    assert [r[0] for r in table.rows] == ["1", "2", "3", "19"]
    assert [bare(c) for c in table.head] == ["round", *(f"${x}$" for x in (
        "w_{0}", "w_{1}", "w_{2}", "f", "L"))]  # fmt: skip


def test_all_nineteen_rounds_stand_on_one_page():
    p = page(pages("ng", "train"), "train-all-neuron")
    assert "19" in p.title
    assert p.covers == ("table-19-rounds",)
    shown = [r[0] for t in of_kind(p, Table) for r in t.rows]
    assert shown == [str(k) for k in range(1, 20)]


def test_the_loss_is_not_the_distance():
    p = page(pages("ng", "train"), "train-neuron")
    here = figures(p)
    assert same(here["neuron.L"], "0.0453181339")
    assert here["neuron.L"].printed == "0.05"
    assert same(here["neuron.distance"], "0.3010585786")
    (row,) = rows(p)
    assert bare(row.right) == r"\frac{(f - t)^{2}}{2} = \frac{(0.73 - 0.43)^{2}}{2} = 0.05"
    assert r"\lvert f - t \rvert = 0.30" in words_of(p)


def test_with_four_digits_the_loss_is_453():
    p = page(pages("ng", "train", sets=("style.digits=4",)), "train-neuron")
    assert figures(p)["neuron.L"].printed == "0.0453"


def test_the_stopping_rule_is_told():
    told = words_of(page(pages("ng", "train"), "train-neuron"))
    assert r"$\lvert f - t \rvert < 10^{-4}$: met for the first time after round 19" in told


def test_portuguese_neuron():
    told = words_of(page(pages("ng", "train", "pt"), "train-neuron"))
    assert "Critério de parada" in told
    assert "$2{,}15$" in told
    assert "taxa de aprendizado" in told


# -- XOR of 004 -----------------------------------------------------------------------------------


def test_the_first_round_over_all_samples():
    here = figures(page(pages("ando", "train"), "train-first-xor"))
    for k, digits in enumerate(FIRST):
        assert same(here[f"xor.round0.y1[{k},0]"], digits)
        assert same(here[f"xor.round1.dW1[{k},0]"], DW1[k])
    for i, row in enumerate(DW0):
        for j, digits in enumerate(row):
            assert same(here[f"xor.round1.dW0[{i},{j}]"], digits)
    assert same(here["xor.round0.L"], "1.4290904412")
    assert here["xor.round0.L"].printed == "1.42909044"


def test_the_thousandth_forward_pass():
    p = page(pages("ando", "train"), "train-loss-xor")
    here = figures(p)
    for k, digits in enumerate(LAST):
        assert same(here[f"xor.pass1000.y1[{k},0]"], digits)
    assert same(here["xor.pass1000.L"], "0.003553475512")
    curve = [s for s in of_kind(p, Picture)[0].scene.shapes if s.role == "series1"]
    assert sum(len(s.points) for s in curve) > 900


def test_inference_feeds_the_bias():
    found = pages("ando", "train")
    p = page(found, "train-infer-xor")
    assert not p.mistake
    table = of_kind(p, Table)[0]
    assert [bare(r[0]) for r in table.rows] == [r"$(0,\; 1,\; 1)$", r"$(1,\; 1,\; 1)$"]
    here = figures(p)
    assert float(here["xor.infer0.y1[0]"].value) > 0.97
    assert float(here["xor.infer1.y1[0]"].value) < 0.04


def test_the_rows_without_the_bias_are_a_mistake():
    found = pages("ando", "train")
    p = page(found, "train-infer-bias-xor")
    assert p.mistake
    assert [x.kind for x in of_kind(p, Panel)] == ["wrong", "right"]
    here = figures(p)
    assert f"{float(here['xor.infer_wrong0.y1[0]'].value):.4f}" == "0.2998"
    assert f"{float(here['xor.infer_wrong1.y1[0]'].value):.4f}" == "0.0061"
    others = [q for q in found if not q.mistake]
    assert not any("0.2998" in words_of(q) or "0.0061" in words_of(q) for q in others)


def test_portuguese_xor():
    told = words_of(page(pages("ando", "train", "pt"), "train-infer-bias-xor"))
    assert "inferência" in told
    assert "0{,}29976" in told


# -- other runs -----------------------------------------------------------------------------------

LINE = {
    "name": "line", "input": {"x": []}, "target": {"t": []}, "parameters": {"w": []},
    "equations": "f = w*x; L = (f - t)**2/2", "values": {"x": 1, "t": 1, "w": 0},
    "update": {"sgd": {"rate": 0.5}},
}  # fmt: skip


def test_without_show_the_first_some_and_the_last():
    found = item_pages(LINE, {"train": {"max": 40}})
    assert [r[0] for r in of_kind(found[0], Table)[0].rows] == ["1", "2", "3", "10", "40"]
    assert len(found) == 1  # 40 rounds are not shown one by one


def test_a_rule_that_is_not_met_is_told():
    found = item_pages(LINE, {"train": {"max": 3, "stop": "L < 1e-9"}})
    assert "not met within 3 rounds" in words_of(found[0])


def test_a_long_run_keeps_what_it_shows():
    found = item_pages(LINE, {"train": {"rounds": 2500, "show": [7, 1200]}})
    assert [r[0] for r in of_kind(found[0], Table)[0].rows] == ["7", "1200"]


def test_a_round_that_is_not_there_is_refused():
    with pytest.raises(ChalkgradError, match="round 50 is not there"):
        item_pages(LINE, {"train": {"max": 5, "show": [50]}})


def test_the_number_of_a_sample_is_no_second_superscript():
    gate = {"name": "gate", "network": {"units": [1, 1], "activation": "sigmoid"},
            "loss": "squared_error", "update": {"sgd": {"rate": 1}}, "style": {"notation": "mari"},
            "samples": {"x": [[0], [1]], "y": [0, 1]},
            "values": {"W0": [[0.5]], "b0": [0]}}  # fmt: skip
    table = of_kind(page(item_pages(gate, {"train": {"rounds": 2}}), "train"), Table)[0]
    assert r"$(\hat{\mathbf{y}}^{0})^{\,(1)}$" in table.head


def test_the_loss_of_all_samples_has_the_symbol_of_the_total_and_says_what_it_is_made_of():
    first = page(pages("ando", "train"), "train-first-xor")
    made = [r for r in rows(first) if r.left == r"\mathrm{Loss}"]
    assert bare(made[0].right) == r"\sum_{n} \mathrm{SSE}_{n} = 1.42909044"
    assert r"\partial \mathrm{Loss}" in rows(first)[-1].left
    table = of_kind(page(pages("ando", "train"), "train-xor"), Table)[0]
    assert table.head[-1] == r"$\mathrm{Loss}$"
    last = rows(page(pages("ando", "train"), "train-loss-xor"))[-1]
    assert last.left == r"\mathrm{Loss}"
