"""``shapes``: the products of the forward and the backward pass with their sizes (004)."""

from __future__ import annotations

from chalkgrad import load
from chalkgrad.codegen.deck.model import Picture, Table
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items.shapes.pages import _Drawer, _parts
from chalkgrad.codegen.picture.diagram.shapes import Array
from chalkgrad.codegen.picture.scene.scene import Label, Line
from tests.lecture.items.deck_items import item_pages, of_kind, page, pages, words_of

DEEP = {
    "name": "deep", "network": {"units": [4, 8, 3], "activation": "relu"},
    "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip


def texts(p) -> list[str]:
    return [
        s.text for picture in of_kind(p, Picture) for s in picture.scene.shapes
        if isinstance(s, Label)
    ]  # fmt: skip


def drawer(spec) -> _Drawer:
    return _Drawer(Context([load(spec)], "en", None).board())


def sizes(row) -> list[tuple[str, str]]:
    return [x.sizes for x in row if isinstance(x, Array)]


def test_the_forward_pass_of_xor():
    p = page(pages("ando", "shapes"), "shapes-forward-xor")
    shown = texts(p)
    for name in ("$x$", "$W_{1}$", "$m_{1}$", "$h$", "$W_{2}$", "$m_{2}$"):
        assert name in shown
    joined = "".join(t for t in shown if t.strip("$") in "(,)1234n")
    assert "$($$n$$,$$3$$)$$($$3$$,$$4$$)$$($$n$$,$$4$$)$" in joined
    assert "$($$n$$,$$4$$)$$($$4$$,$$1$$)$$($$n$$,$$1$$)$" in joined


def test_a_bracket_joins_the_sizes_that_must_agree():
    p = page(pages("ando", "shapes"), "shapes-forward-xor")
    shapes = of_kind(p, Picture)[0].scene.shapes
    assert len([s for s in shapes if isinstance(s, Line) and s.factor]) == 2


def test_the_backward_pass_has_its_transposes():
    found = [p for p in pages("ando", "shapes") if p.id.startswith("shapes-backward")]
    shown = [t for p in found for t in texts(p)]
    for name in ("$h^{T}$", "$W_{2}^{T}$", "$x^{T}$"):
        assert name in shown
    assert r"$\partial \mathrm{SSE} / \partial W_{1}$" in shown
    assert r"$\partial \mathrm{SSE} / \partial x$" not in shown


def test_a_row_notation_has_samples_in_rows_and_adds_the_bias():
    d = drawer({**DEEP, "style": {"notation": "mari"}})
    row = d.forward(d.network.equations[0])
    assert sizes(row)[:4] == [("$n$", "$4$"), ("$4$", "$8$"), ("$1$", "$8$"), ("$n$", "$8$")]


def test_a_column_notation_has_samples_in_columns():
    d = drawer({**DEEP, "style": {"notation": "cs230"}})
    row = d.forward(d.network.equations[0])
    assert sizes(row)[:4] == [("$8$", "$4$"), ("$4$", "$n$"), ("$8$", "$1$"), ("$8$", "$n$")]


def test_inner_sizes_agree_and_a_gradient_has_its_tensors_shape():
    d = drawer(DEEP)
    for step in d.board.whole.steps:
        row = d.product(step.equation)
        if row is None:
            continue
        a, b, *_, made = sizes(row)
        assert a[1] == b[0]
        assert made == (a[0], b[1])


def test_wide_layers_stay_on_the_page():
    wide = {**DEEP, "network": {"units": [784, 256, 10], "activation": "sigmoid"}}
    for p in item_pages(wide, "shapes"):
        for picture in of_kind(p, Picture):
            (left, low), (right, high) = picture.scene.frame()
            assert right - left <= 13.8
            assert high - low <= 6.0


def test_pages_are_filled_evenly():
    d = drawer(DEEP)
    row = d.forward(d.network.equations[0])
    assert [len(c) for c in _parts([row] * 3, 0.1, (6.0, 6.0))] in ([1, 1], [1, 1, 1])


def test_tensors_of_more_axes_are_a_table():
    conv = {
        "name": "c", "input": {"x": [1, 6, 6]}, "target": {"y": [32]},
        "layers": [{"conv2d": {"out": 2, "k": 3}}, "relu", "flatten"],
        "loss": "squared_error",
    }  # fmt: skip
    (p,) = item_pages(conv, "shapes")
    assert of_kind(p, Table)
    assert "$(1, 6, 6)$" in words_of(p)


def test_portuguese():
    told = words_of(page(pages("ando", "shapes", "pt"), "shapes-forward-xor"))
    assert "Dimensões das matrizes" in told
    assert "$n$ é o número de amostras" in told
