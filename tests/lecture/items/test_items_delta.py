"""``delta``: each layer and layer l, transposes and order right; LECTURES.md §1 and §2."""

from __future__ import annotations

import pytest

from chalkgrad.codegen.deck.model import Bullets, Picture, Table
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.derive.language.errors import ChalkgradError
from tests.lecture.items.item_pages import LANGUAGES, blocks, fits, pages_of, rows, written


def made(spec="ng", of="deep", layers="each", language="en"):
    return pages_of(spec, "delta", {"of": of, "layers": layers}, language)


def general(notation, bias=None, units=(3, 4, 2), **more):
    network = {"units": list(units), "activation": "sigmoid"}
    if bias:
        network["bias"] = bias
    spec = {
        "name": "net", "style": {"notation": notation},
        "network": network,
        "loss": {"squared_error": {"factor": "1/2"}}, **more,
    }  # fmt: skip
    return pages_of(spec, "delta", {"layers": "general"})


def test_one_delta_a_click_from_the_last_layer():
    page = made()[1]
    deltas = [r for r in rows(page) if r.row.ref]
    assert [r.row.ref for r in deltas] == ["dv2", "dv1", "dv0"]
    assert [r.row.at for r in deltas] == [1, 2, 3] == list(range(1, page.steps + 1))
    for k, r in zip((4, 3, 2), deltas, strict=True):
        assert rf"\delta^{{({k})}}" in r.left


def test_the_path_is_lit_and_every_delta_defined():
    """LECTURES §1, 003: a 4-layer net with the path lit; E = ½(a − y)²; δ = ∂E/∂z."""
    page = made()[0]
    lit = {s.ref: s.at for b in blocks(page) if isinstance(b, Picture) for s in b.scene.shapes
           if s.role == "lit"}  # fmt: skip
    assert [lit[f"W{k}[0,0]"] for k in (2, 1, 0)] == [1, 2, 3]
    found = {r.left: r.right for r in rows(page)}
    assert r"\bigl(a^{(4)}" in found[r"\ell_{j}"] or "a^{(4)}" in found[r"\ell_{j}"]
    assert found[r"\cgc{1}{\delta^{(4)}}"] == r"\frac{\partial E}{\partial z^{(4)}}"


def test_entry_by_entry_the_bias_is_the_weight_of_the_constant_1():
    """LECTURES §4, ng: ∂E/∂w^{(l)}_{ij} = a^{(l)}_j δ^{(l+1)}_i, a_0 = 1."""
    found = {r.left: r.right for r in rows(made()[2])}
    assert found[r"\frac{\partial E}{\partial w^{(2)}_{j,i}}"] == r"a^{(2)}_{i}\, \delta^{(3)}_{j}"
    assert found[r"\frac{\partial E}{\partial w^{(2)}_{j,0}}"] == r"\delta^{(3)}_{j}"


def test_the_weight_stands_transposed_before_the_delta():
    """ng: δ^{(3)} = (w^{(3)})ᵀ δ^{(4)} .* g'(z^{(3)})."""
    second = rows(made()[1])[1]
    plain = [
        second.right.index(x) for x in ("(w^{(3)})^{T}", r"\delta^{(4)}", r"\mathbin{.*}", "g'")
    ]
    assert plain == sorted(plain)
    assert "z^{(3)}" in second.right


def test_the_shapes_stand_underneath():
    second = rows(made()[1])[1]
    assert r"\scriptscriptstyle 3 \times 1}{(w^{(3)})^{T}}" in second.right
    assert r"\scriptscriptstyle 1 \times 1}{\delta^{(4)}}" in second.right


@pytest.mark.parametrize(
    ("language", "said"), [("en", "drops the bias column"), ("pt", "descarta a coluna do viés")]
)
def test_drop_the_bias_column(language, said):
    """LECTURES §2, 003: δ⁽³⁾ with the bias inside of w."""
    assert said in written(made(language=language)[1])


def test_the_slope_of_the_activation_here():
    last = rows(made()[1])[-1]
    assert last.left == "g'(z^{(l)})"
    assert last.right == r"a^{(l)} \mathbin{.*} \bigl(1 - a^{(l)}\bigr)"


def test_weight_and_bias_gradients():
    page = made()[2]
    found = {r.row.ref: r.right for r in rows(page)}
    found.pop("")
    assert set(found) == {"dW2", "dW1", "dW0", "db2", "db1", "db0"}
    assert found["dW0"].index(r"\delta^{(2)}") < found["dW0"].index("x^{T}")


GENERAL = {
    "ando_layers": {
        r"\delta^{l}": r"\bigl(\delta^{l+1}\;(w^{l+1})^{T}\bigr) \odot g'\bigl(z^{l}\bigr)",
        r"\frac{\partial \mathcal{L}}{\partial w^{l}}": r"(a^{l-1})^{T}\;\delta^{l}",
        r"\frac{\partial \mathcal{L}}{\partial b^{l}}": r"\delta^{l}",
    },
    "ng": {
        r"\delta^{(l)}":
            r"\bigl((w^{(l)})^{T}\;\delta^{(l+1)}\bigr) \mathbin{.*} g'\bigl(z^{(l)}\bigr)",
        r"\frac{\partial E}{\partial w^{(l-1)}}": r"\delta^{(l)}\;(a^{(l-1)})^{T}",
    },
    "mari": {
        r"\frac{\partial L}{\partial \mathbf{v}^{l}}":
            r"\Bigl(\frac{\partial L}{\partial \mathbf{v}^{l+1}}\;(\mathbf{W}^{l+1})^{\top}\Bigr)"
            r" \odot g'\bigl(\mathbf{v}^{l}\bigr)",
    },
}  # fmt: skip


@pytest.mark.parametrize("notation", ["ando_layers", "ng", "mari"])
def test_layer_l_has_its_transposes(notation):
    """LECTURES §2, 004: not δ^{l+1} w^{l+1} without transpose."""
    found = {r.left: r.right for r in rows(general(notation)[0])}
    for left, right in GENERAL[notation].items():
        assert found[left].replace(r"\bigl(\bigl(", r"\bigl((") == right, left


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lectures_general_rules(language):
    pages = made("ando", "two", "general", language)
    assert [p.id for p in pages] == ["delta-general-two", "delta-legend-two", "delta-chain-two"]
    assert "(w^{l+1})^{T}" in written(pages[0])
    legend = next(b for b in blocks(pages[1]) if isinstance(b, Table))
    shown = {r[0] for r in legend.rows}
    assert {"$w^{l}$", "$b^{l}$", "$z^{l}$", "$a^{l}$", r"$\delta^{l}$", r"$\odot$"} <= shown
    assert [r[2] for r in legend.rows if r[0] == "$w^{l}$"] == [r"$n_{l-1} \times n_{l}$"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "a variation of $w^{L}$ causes $z^{L}$ to vary"),
        ("pt", "uma variação de $w^{L}$ faz $z^{L}$ variar"),
    ],
)
def test_the_sentence_chain(language, said):
    page = made("ando", "two", "general", language)[2]
    says = [i for b in blocks(page) if isinstance(b, Bullets) for i in b.items]
    assert says[0] == said
    assert len(says) == 6


def test_a_network_without_bias_has_no_bias_rule():
    text = "\n".join(written(p) for p in general("ando_layers", bias="none"))
    assert "bias" not in text
    assert "b^{l}" not in text


def test_one_layer_has_only_its_own_rules():
    pages = general("ando_layers", units=(3, 2))
    assert "l+1" not in written(pages[0])
    assert "l+1" not in written(pages[2])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("spec", "of"),
    [
        ("ng", "deep"),
        ("ando", "two"),
        ("ando", "one"),
        ("mari", "main"),
        ("mazur", "net"),
    ],
)
def test_every_page_is_one_page(language, spec, of):
    for layers in ("each", "general"):
        for page in made(spec, of, layers, language):
            assert fits(page), page.id


@pytest.mark.parametrize("notation", notations())
def test_the_last_delta_of_a_class_number_stands_entry_by_entry(notation):
    spec = {
        "name": "net", "input": {"x": [2]}, "target": {"y": {"shape": [], "integer": 2}},
        "layers": [{"dense": {"units": 2, "activation": "log_softmax"}}], "loss": "nll",
        "style": {"notation": notation},
    }  # fmt: skip
    first = rows(pages_of(spec, "delta", {"layers": "general"})[0])[0]
    assert first.note == "the last layer"
    assert first.right.startswith("e^{")
    assert " - " in first.right


def test_what_is_no_stack_is_refused():
    with pytest.raises(ChalkgradError, match="no stack of dense layers"):
        made("ng", "sum")


def test_a_single_neuron_is_worked_out_from_the_loss_back():
    """LECTURES §1, 004: ½(y − e)²; the notation writes entries only."""
    page = next(p for p in pages_of("ando", "gradients", {"of": "one"}) if "worked" in p.id)
    right = [r.right for r in rows(page)]
    assert right[1] == r"\cgc{1}{y - e}"
    assert "g'(z)" in right[2].replace(r"\left", "").replace(r"\right", "")
    assert right[3].startswith("x_{i}")
    assert fits(page)


def test_a_symbolic_size_is_a_letter_with_its_index():
    page = next(p for p in pages_of("ando", "gradients", {"of": "two"})
                if p.id == "gradients-W0-matrix-two")  # fmt: skip
    assert "n_{x}" in written(page)
    assert r"\_" not in written(page)


def test_the_sentence_chain_under_a_penalty_is_that_of_the_loss_without_it():
    given = {"name": "net", "network": {"units": [2, 3, 2], "activation": "tanh"},
             "loss": "squared_error", "penalty": {"l2": {"rate": 0.1}},
             "style": {"notation": "d2l"}}  # fmt: skip
    found = pages_of(given, "delta", {"layers": "general"})
    chain = next(p for p in found if p.id == "delta-chain")
    assert all(r.left.startswith(r"\frac{\partial L}") for r in rows(chain))
    assert all(r.row.claim.verdict.holds for r in rows(chain))
