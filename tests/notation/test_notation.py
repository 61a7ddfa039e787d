"""Every preset prints a network as its book does: exact LaTeX, in entries and in matrices."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import pytest

from chalkgrad import load
from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.console.pdf import compile_pdf
from chalkgrad.codegen.formula.latex_matrix import matrix_lines
from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.notation.general import general as general_symbol
from chalkgrad.codegen.notation.presets import notation, notations
from chalkgrad.codegen.notation.symbols import Symbols, symbols_of
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import Cmp, Iverson, Read, num
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.pipeline import load_all
from tests.paths import SPECS

PRESETS = ["ando", "ando_layers", "ando_neuron", "cs230", "d2l", "goodfellow", "huertas",
           "huertas_net", "mari", "mazur", "ng", "nielsen"]  # fmt: skip


@cache
def dense(*units: int) -> Derivation:
    spec = {"name": "t", "network": {"units": list(units), "activation": "sigmoid"},
            "loss": {"squared_error": {"factor": "1/2"}}}  # fmt: skip
    return per_sample(load(spec).derive())


def printer(style: str, d: Derivation) -> Printer:
    symbols = symbols_of(d, style)
    symbols.of = d.network.sample_loss
    return Printer(symbols)


def entry(style: str, d: Derivation, name: str) -> str:
    """The equation of a tensor in entries."""
    eq = next(e for e in [*d.forward, *(s.equation for s in d.steps)] if e.name == name)
    left, right = printer(style, d).equation(eq, letters([Read(eq.name, eq.indices), eq.rhs]))
    return f"{kept(left)} = {right.text}"


def matrix(style: str, d: Derivation, name: str) -> str:
    eq = next(e for e in [*d.forward, *(s.equation for s in d.steps)] if e.name == name)
    lines = matrix_lines(printer(style, d), eq, d, shapes=False)
    return " ".join(f"{kept(x.left)} = {x.right.text}" for x in lines)


def place(style: str, d: Derivation, name: str, *at: int) -> str:
    return kept(printer(style, d).expression(Read(name, tuple(num(k) for k in at))))


def test_the_presets_are_those_of_the_lectures():
    assert [n for n in PRESETS if n not in notations()] == []
    assert all(notation(n).source and notation(n).about for n in PRESETS)


FORWARD = {
    "mari": (r"v^{1}_{j} = \sum_{i} y^{0}_{i}\, w^{1}_{i,j} + b^{1}_{j}",
             r"\mathbf{v}^{1} = \mathbf{y}^{0}\;\mathbf{W}^{1} + \mathbf{b}^{1}"),
    "ng": (r"z^{(3)}_{j} = \sum_{i} w^{(2)}_{j,i}\, a^{(2)}_{i} + w^{(2)}_{j,0}",
           r"z^{(3)} = w^{(2)}\;a^{(2)} + w^{(2)}_{\cdot,0}"),
    "cs230": (r"z^{[2]}_{j} = \sum_{i} W^{[2]}_{j,i}\, a^{[1]}_{i} + b^{[2]}_{j}",
              r"z^{[2]} = W^{[2]}\;a^{[1]} + b^{[2]}"),
    "ando": (r"m_{2,j} = \sum_{i} h_{i} \times W_{2,(i,j)} + b_{2,j}",
             r"m_{2} = h\;W_{2} + b_{2}"),
    "ando_neuron": (r"z^{2}_{j} = \sum_{i} a_{i} \cdot W^{2}_{i,j} + b^{2}_{j}", ""),
    "ando_layers": (r"z^{2}_{j} = \sum_{i} a^{1}_{i}\, w^{2}_{i,j} + b^{2}_{j}",
                    r"z^{2} = a^{1}\;w^{2} + b^{2}"),
    "huertas": (r"z^{o}_{j} = \sum_{i} W^{o}_{j,i}\, h(x)_{i} + b^{o}_{j}",
                r"z^{o} = W^{o}\;h(x) + b^{o}"),
    "huertas_net": (r"\mathit{in}_{o_{j}} = \sum_{i} w^{o}_{j,i}\, \mathit{out}_{h_{i}} + "
                    r"b_{o_{j}}", ""),
    "mazur": (r"\mathit{net}_{o_{j}} = \sum_{i} w^{o}_{j,i}\, \mathit{out}_{h_{i}} + b_{o_{j}}",
              ""),
    "nielsen": (r"z^{3}_{j} = \sum_{i} w^{3}_{j,i}\, a^{2}_{i} + b^{3}_{j}",
                r"z^{3} = w^{3}\;a^{2} + b^{3}"),
    "goodfellow": (r"a^{(2)}_{j} = \sum_{i} W^{(2)}_{j,i}\, h^{(1)}_{i} + b^{(2)}_{j}",
                   r"\bm{a}^{(2)} = \bm{W}^{(2)}\;\bm{h}^{(1)} + \bm{b}^{(2)}"),
    "d2l": (r"z^{(2)}_{j} = \sum_{i} w^{(2)}_{j,i}\, h_{i} + b^{(2)}_{j}",
            r"\mathbf{z}^{(2)} = \mathbf{W}^{(2)}\;\mathbf{h} + \mathbf{b}^{(2)}"),
}  # fmt: skip


@pytest.mark.parametrize("style", PRESETS)
def test_forward(style: str):
    d = dense(2, 3, 2)
    assert (entry(style, d, "v1"), matrix(style, d, "v1")) == FORWARD[style]


OUTPUT = {
    "mari": r"\ell_{j} = \frac{(y_{j} - \hat{y}^{1}_{j})^{2}}{2}",
    "ng": r"\ell_{j} = \frac{(y_{j} - a^{(3)}_{j})^{2}}{2}",
    "cs230": r"\ell_{j} = \frac{(y_{j} - a^{[2]}_{j})^{2}}{2}",
    "ando": r"\ell_{j} = \frac{(y_{j} - z_{j})^{2}}{2}",
    "ando_neuron": r"\ell_{j} = \frac{(e_{j} - y_{j})^{2}}{2}",
    "ando_layers": r"\ell_{j} = \frac{(y_{j} - a^{2}_{j})^{2}}{2}",
    "huertas": r"\ell_{j} = \frac{(y_{j} - f(x)_{j})^{2}}{2}",
    "huertas_net": r"L_{o_{j}} = \frac{(\mathit{target}_{o_{j}} - \mathit{out}_{o_{j}})^{2}}{2}",
    "mazur": r"E_{o_{j}} = \frac{(\mathit{target}_{o_{j}} - \mathit{out}_{o_{j}})^{2}}{2}",
    "nielsen": r"\ell_{j} = \frac{(y_{j} - a^{3}_{j})^{2}}{2}",
    "goodfellow": r"\ell_{j} = \frac{(y_{j} - \hat{y}_{j})^{2}}{2}",
    "d2l": r"\ell_{j} = \frac{(y_{j} - o_{j})^{2}}{2}",
}


@pytest.mark.parametrize("style", PRESETS)
def test_output_and_target_have_the_symbols_of_the_preset(style: str):
    assert entry(style, dense(2, 3, 2), "l") == OUTPUT[style]


GRADIENTS = {  # by the first weights, by the hidden activation, by the first pre-activation
    "mari": (r"\frac{\partial L}{\partial \mathbf{W}^{0}} = "
             r"\mathbf{x}^{\top}\;\frac{\partial L}{\partial \mathbf{v}^{0}}",
             r"\frac{\partial L}{\partial \mathbf{y}^{0}} = "
             r"\frac{\partial L}{\partial \mathbf{v}^{1}}\;(\mathbf{W}^{1})^{\top}",
             r"\frac{\partial L}{\partial \mathbf{v}^{0}} = \frac{\partial L}{\partial \mathbf{y}"
             r"^{0}} \odot \mathbf{y}^{0} \odot \bigl(1 - \mathbf{y}^{0}\bigr)"),
    "ng": (r"\frac{\partial E}{\partial w^{(1)}} = \delta^{(2)}\;x^{T}",
           r"\frac{\partial E}{\partial a^{(2)}} = (w^{(2)})^{T}\;\delta^{(3)}",
           r"\delta^{(2)} = \frac{\partial E}{\partial a^{(2)}} \mathbin{.*} a^{(2)} "
           r"\mathbin{.*} \bigl(1 - a^{(2)}\bigr)"),
    "cs230": (r"dW^{[1]} = dz^{[1]}\;x^{T}",
              r"da^{[1]} = (W^{[2]})^{T}\;dz^{[2]}",
              r"dz^{[1]} = da^{[1]} * a^{[1]} * \bigl(1 - a^{[1]}\bigr)"),
    "ando": (r"\frac{\partial \mathrm{SSE}}{\partial W_{1}} = "
             r"x^{T}\;\frac{\partial \mathrm{SSE}}{\partial m_{1}}",
             r"\frac{\partial \mathrm{SSE}}{\partial h} = "
             r"\frac{\partial \mathrm{SSE}}{\partial m_{2}}\;W_{2}^{T}",
             r"\frac{\partial \mathrm{SSE}}{\partial m_{1}} = \frac{\partial \mathrm{SSE}}"
             r"{\partial h} \odot h \odot \bigl(1 - h\bigr)"),
    "ando_layers": (r"\frac{\partial \mathcal{L}}{\partial w^{1}} = x^{T}\;\delta^{1}",
                    r"\frac{\partial \mathcal{L}}{\partial a^{1}} = \delta^{2}\;(w^{2})^{T}",
                    r"\delta^{1} = \frac{\partial \mathcal{L}}{\partial a^{1}} \odot a^{1} "
                    r"\odot \bigl(1 - a^{1}\bigr)"),
    "huertas": (r"\frac{\partial \mathrm{loss}}{\partial W^{h}} = "
                r"\frac{\partial \mathrm{loss}}{\partial z^{h}}\;x^{T}",
                r"\frac{\partial \mathrm{loss}}{\partial h(x)} = "
                r"(W^{o})^{T}\;\frac{\partial \mathrm{loss}}{\partial z^{o}}",
                r"\frac{\partial \mathrm{loss}}{\partial z^{h}} = \frac{\partial \mathrm{loss}}"
                r"{\partial h(x)} \odot h(x) \odot \bigl(1 - h(x)\bigr)"),
    "nielsen": (r"\frac{\partial C}{\partial w^{2}} = \delta^{2}\;x^{T}",
                r"\frac{\partial C}{\partial a^{2}} = (w^{3})^{T}\;\delta^{3}",
                r"\delta^{2} = \frac{\partial C}{\partial a^{2}} \odot a^{2} \odot "
                r"\bigl(1 - a^{2}\bigr)"),
    "goodfellow": (r"\nabla_{\bm{W}^{(1)}} J = \bigl(\nabla_{\bm{a}^{(1)}} J\bigr)\;\bm{x}^{\top}",
                   r"\nabla_{\bm{h}^{(1)}} J = (\bm{W}^{(2)})^{\top}\;"
                   r"\bigl(\nabla_{\bm{a}^{(2)}} J\bigr)",
                   r"\nabla_{\bm{a}^{(1)}} J = \bigl(\nabla_{\bm{h}^{(1)}} J\bigr) \odot "
                   r"\bm{h}^{(1)} \odot \bigl(1 - \bm{h}^{(1)}\bigr)"),
    "d2l": (r"\frac{\partial J}{\partial \mathbf{W}^{(1)}} = "
            r"\frac{\partial J}{\partial \mathbf{z}^{(1)}}\;\mathbf{x}^{\top}",
            r"\frac{\partial J}{\partial \mathbf{h}} = "
            r"(\mathbf{W}^{(2)})^{\top}\;\frac{\partial J}{\partial \mathbf{z}^{(2)}}",
            r"\frac{\partial J}{\partial \mathbf{z}^{(1)}} = \frac{\partial J}{\partial "
            r"\mathbf{h}} \odot \mathbf{h} \odot \bigl(1 - \mathbf{h}\bigr)"),
}  # fmt: skip


@pytest.mark.parametrize("style", GRADIENTS)
def test_gradients_in_matrices(style: str):
    d = dense(2, 3, 2)
    assert tuple(matrix(style, d, n) for n in ("dW0", "dy0", "dv0")) == GRADIENTS[style]


ENTRIES = {  # the weight from unit 0 to unit 1 of the first layer, the gradient of W1[1, 0]
    "mari": ("w^{0}_{0,1}", r"\frac{\partial L}{\partial w^{1}_{1,0}}"),
    "ng": ("w^{(1)}_{2,1}", r"\frac{\partial E}{\partial w^{(2)}_{1,2}}"),
    "cs230": ("W^{[1]}_{2,1}", "dW^{[2]}_{1,2}"),
    "ando": ("W_{1,(1,2)}", r"\frac{\partial \mathrm{SSE}}{\partial W_{2,(2,1)}}"),
    "ando_neuron": ("W^{1}_{1,2}", r"\frac{\partial L}{\partial W^{2}_{2,1}}"),
    "ando_layers": ("w^{1}_{1,2}", r"\frac{\partial \mathcal{L}}{\partial w^{2}_{2,1}}"),
    "huertas": ("W^{h}_{2,1}", r"\frac{\partial \mathrm{loss}}{\partial W^{o}_{1,2}}"),
    "huertas_net": ("w_{3}", r"\frac{\partial L_{\mathrm{total}}}{\partial w_{8}}"),
    "mazur": ("w_{3}", r"\frac{\partial E_{\mathrm{total}}}{\partial w_{8}}"),
    "nielsen": ("w^{2}_{2,1}", r"\frac{\partial C}{\partial w^{3}_{1,2}}"),
    "goodfellow": ("W^{(1)}_{2,1}", r"\frac{\partial J}{\partial W^{(2)}_{1,2}}"),
    "d2l": ("w^{(1)}_{2,1}", r"\frac{\partial J}{\partial w^{(2)}_{1,2}}"),
}


@pytest.mark.parametrize("style", PRESETS)
def test_one_weight_and_its_gradient(style: str):
    d = dense(2, 3, 2)
    assert (place(style, d, "W0", 0, 1), place(style, d, "dW1", 1, 0)) == ENTRIES[style]


DEEP = {  # of 3-3-3-1: last pre-activation, second hidden, last weight, last bias, its delta
    "mari": (r"v^{2}_{0}", r"y^{1}_{0}", r"w^{2}_{0,0}", r"b^{2}_{0}",
             r"\frac{\partial L}{\partial v^{2}_{0}}"),
    "ng": (r"z^{(4)}_{1}", r"a^{(3)}_{1}", r"w^{(3)}_{1,1}", r"w^{(3)}_{1,0}", r"\delta^{(4)}_{1}"),
    "cs230": (r"z^{[3]}_{1}", r"a^{[2]}_{1}", r"W^{[3]}_{1,1}", r"b^{[3]}_{1}", r"dz^{[3]}_{1}"),
    "ando": (r"m_{3,1}", r"h_{2,1}", r"W_{3,(1,1)}", r"b_{3,1}",
             r"\frac{\partial \mathrm{SSE}}{\partial m_{3,1}}"),
    "ando_neuron": (r"z^{3}", r"a^{2}_{1}", r"W^{3}_{1}", r"b^{3}",
                    r"\frac{\partial L}{\partial z^{3}}"),
    "ando_layers": (r"z^{3}", r"a^{2}_{1}", r"w^{3}_{1}", r"b^{3}", r"\delta^{3}"),
    "huertas": (r"z^{o}_{1}", r"h^{h'}(x)_{1}", r"W^{o}_{1,1}", r"b^{o}_{1}",
                r"\frac{\partial \mathrm{loss}}{\partial z^{o}_{1}}"),
    "huertas_net": (r"\mathit{in}_{o1}", r"\mathit{out}_{h'1}", r"w_{19}", r"b_{o1}",
                    r"\frac{\partial L_{\mathrm{total}}}{\partial \mathit{in}_{o1}}"),
    "mazur": (r"\mathit{net}_{o1}", r"\mathit{out}_{h'1}", r"w_{19}", r"b_{o1}",
              r"\frac{\partial E_{\mathrm{total}}}{\partial \mathit{net}_{o1}}"),
    "nielsen": (r"z^{4}_{1}", r"a^{3}_{1}", r"w^{4}_{1,1}", r"b^{4}_{1}", r"\delta^{4}_{1}"),
    "goodfellow": (r"a^{(3)}_{1}", r"h^{(2)}_{1}", r"W^{(3)}_{1,1}", r"b^{(3)}_{1}",
                   r"\frac{\partial J}{\partial a^{(3)}_{1}}"),
    "d2l": (r"z^{(3)}_{1}", r"h^{(2)}_{1}", r"w^{(3)}_{1,1}", r"b^{(3)}_{1}",
            r"\frac{\partial J}{\partial z^{(3)}_{1}}"),
}  # fmt: skip


@pytest.mark.parametrize("style", PRESETS)
def test_a_deep_network(style: str):
    d = dense(3, 3, 3, 1)
    made = (place(style, d, "v2", 0), place(style, d, "y1", 0), place(style, d, "W2", 0, 0),
            place(style, d, "b2", 0), place(style, d, "dv2", 0))  # fmt: skip
    assert made == DEEP[style]


@pytest.mark.parametrize("style", PRESETS)
@pytest.mark.parametrize("units", [(1, 1), (2, 3, 2), (3, 3, 3, 1)])
def test_no_two_tensors_look_alike(style: str, units: tuple[int, ...]):
    symbols = symbols_of(dense(*units), style)
    names = [n for n in symbols.network.tensors if n not in symbols.adjoints]
    shown = [symbols[n].whole for n in names] + [s.whole for s in symbols.deltas.values()]
    assert len(set(shown)) == len(shown)
    assert len({symbols[n].entry for n in names}) == len(names)
    assert symbols.clashes == []


# -- a general layer --------------------------------------------------------------------------


RECURSION = {
    "ng": (r"\delta^{(l)}", r"(w^{(l)})", r"\delta^{(l+1)}", "z^{(l)}", "a^{(l-1)}"),
    "nielsen": (r"\delta^{l}", r"(w^{l+1})", r"\delta^{l+1}", "z^{l}", "a^{l-1}"),
    "ando_layers": (r"\delta^{l}", r"(w^{l+1})", r"\delta^{l+1}", "z^{l}", "a^{l-1}"),
    "cs230": ("dz^{[l]}", "(W^{[l+1]})", "dz^{[l+1]}", "z^{[l]}", "a^{[l-1]}"),
    "goodfellow": (r"\nabla_{\bm{a}^{(k)}} J", r"(\bm{W}^{(k+1)})",
                   r"\nabla_{\bm{a}^{(k+1)}} J", r"\bm{a}^{(k)}", r"\bm{h}^{(k-1)}"),
    "mari": (r"\frac{\partial L}{\partial \mathbf{v}^{l}}", r"(\mathbf{W}^{l+1})",
             r"\frac{\partial L}{\partial \mathbf{v}^{l+1}}", r"\mathbf{v}^{l}",
             r"\mathbf{y}^{l-1}"),
}  # fmt: skip


@pytest.mark.parametrize("style", RECURSION)
def test_the_symbols_of_a_general_layer(style: str):
    symbols = printer(style, dense(2, 3, 2)).symbols

    def general(role: str, layer: str) -> str:
        return kept(general_symbol(symbols, role, layer))

    made = (general("delta", "l"), f"({general('weight', 'l+1')})", general("delta", "l+1"),
            general("pre", "l"), general("hidden", "l-1"))  # fmt: skip
    assert made == RECURSION[style]


def test_the_end_of_a_general_layer_and_its_refusals():
    ng = partial(general_symbol, printer("ng", dense(2, 3, 2)).symbols)
    assert kept(ng("weight", "l+1")) == "w^{(l)}"
    assert kept(ng("delta", "L")) == r"\delta^{(L)}"
    assert kept(ng("output", "L")) == "a^{(L)}"
    assert kept(ng("weight", "l", gradient=True)) == r"\frac{\partial E}{\partial w^{(l-1)}}"
    assert (kept(ng("loss")), kept(ng("activation"))) == ("E", "g")
    mari = partial(general_symbol, printer("mari", dense(2, 3, 2)).symbols)
    assert kept(mari("weight", "l")) == r"\mathbf{W}^{l}"
    assert kept(mari("output", "L")) == r"\hat{\mathbf{y}}^{K}"
    with pytest.raises(ChalkgradError, match="did you mean 'weight'"):
        ng("weigth", "l")
    with pytest.raises(ChalkgradError, match="no general layer"):
        ng("weight", "k")


# -- names that a person chose ----------------------------------------------------------------


def test_free_equations_keep_their_names():
    net = next(n for n in load_all(SPECS / "ng.yaml") if n.spec.key == "neuron")
    d = per_sample(net.derive())
    assert (
        entry("ng", d, "f") == r"f = \frac{1}{1 + \exp(-(w_{0}\, x_{0} + w_{1}\, x_{1} + w_{2}))}"
    )
    assert entry("ng", d, "dw0").startswith(r"\frac{\partial L}{\partial w_{0}} = ")
    assert symbols_of(d, "ng")["L"].whole == "L"
    assert symbols_of(d, "ng")["loss"].whole == r"\overline{L}"


def test_the_network_of_the_lecture_keeps_its_edge_numbers():
    net = next(n for n in load_all(SPECS / "mazur.yaml") if n.spec.key == "net")
    d = per_sample(net.derive())
    assert place("huertas_net", d, "W_h", 0, 1) == "w_{3}"
    assert place("huertas_net", d, "W_o", 0, 0) == "w_{5}"
    assert place("mari", d, "W_o", 1, 1) == "w_{8}"  # the spec numbers them, whatever the notation
    assert place("mazur", d, "dW_o", 1, 0) == r"\frac{\partial E_{\mathrm{total}}}{\partial w_{6}}"
    assert place("mazur", d, "v_h", 0) == r"\mathit{net}_{h1}"
    assert place("huertas_net", d, "target", 1) == r"\mathit{target}_{o2}"
    assert place("huertas_net", d, "i", 0) == "i_{1}"
    assert place("huertas_net", d, "b_h") == "b_{1}"
    assert place("huertas_net", d, "b_o") == "b_{2}"


def test_penalties_make_the_loss_of_the_data_a_part():
    spec = {"name": "t", "network": {"units": [2, 1], "activation": "tanh"},
            "loss": "squared_error", "penalty": [{"l2": {"rate": 0.1}}]}  # fmt: skip
    d = load(spec).derive()
    shown = {s: [symbols_of(d, s)[n].whole for n in ("L", "loss")] for s in PRESETS}
    assert shown["d2l"] == ["L", "J"]
    assert shown["nielsen"] == ["C_{0}", "C"]
    assert shown["cs230"] == [r"\mathcal{L}", "J"]
    assert shown["mari"] == ["L", r"\mathcal{L}"]


def test_the_language_may_bring_its_decimal_sign():
    d = dense(2, 3, 2)
    symbols = symbols_of(d, "ng", decimal="{,}")
    assert kept(Printer(symbols).expression(expression(".25*3"))) == r"0{,}25 \cdot 3"
    assert notation("ng").decimal == "."


def test_where_delta_is_a_derivative_it_is_not_kronecker_s():
    d = dense(2, 3, 2)
    (i,) = d.step("x").equation.indices
    (j,) = d.forward[1].indices
    for style, said in (("mari", r"\delta_{i\,j}"), ("ng", r"\mathbf{1}[i = j]")):
        made = kept(printer(style, d).expression(Iverson(Cmp("==", i, j)), {i: "i", j: "j"}))
        assert made == said


# -- clashes ----------------------------------------------------------------------------------


def own(**changed: object) -> Symbols:
    return symbols_of(dense(2, 3, 2), changed)


def test_a_clash_is_reported_with_what_to_do():
    symbols = own(base="ng", symbols={"output": {"letter": "y", "number": "never"}})
    assert symbols.clashes == [
        "y would be both the target y and the output y1: written y and ŷ; "
        "choose output_accent or names"
    ]
    assert symbols["y1"].whole == r"\hat{y}"
    assert symbols["y"].whole == "y"


def test_a_clash_of_two_layers_falls_back_to_the_network_s_names():
    symbols = own(base="ng", symbols={"hidden": {"letter": "z"}})
    assert symbols.clashes == [
        "z⁽²⁾ would be both the pre-activation v0 and the activation y0: written z⁽²⁾ and y⁽²⁾; "
        "choose names"
    ]


def test_a_delta_that_is_taken_is_reported():
    symbols = own(base="ng", symbols={"hidden": {"letter": r"\delta"}})
    assert symbols.clashes == [
        "δ⁽²⁾ would be both the activation y0 and the derivative by the pre-activation v0: "
        "written δ⁽²⁾ and ∂Ē/∂z⁽²⁾; choose names"
    ]


def test_names_mend_a_clash():
    symbols = own(base="ng", symbols={"output": {"letter": "y", "number": "never"}},
                  names={"y1": "p"})  # fmt: skip
    assert symbols.clashes == []
    assert symbols["y1"].whole == "p"


# -- documents --------------------------------------------------------------------------------


def test_the_articles_of_all_presets_compile(tmp_path: Path):
    """One document: the bodies of all articles in one preamble."""
    texts = [article(dense(2, 3, 2), style) for style in PRESETS]
    deep = [article(load_all(SPECS / "ando.yaml")[k].derive()) for k in (1, 2)]
    head, _, _ = texts[0].partition(r"\begin{document}")
    bodies = []
    for k, text in enumerate([*texts, *deep]):
        body = text.partition(r"\begin{document}")[2].partition(r"\end{document}")[0]
        bodies.append(body.replace("{eq:", f"{{eq:{k}:").replace(r"\maketitle", ""))
    path = tmp_path / "all.tex"
    joined = "\n\\clearpage\n".join(bodies)
    path.write_text(f"{head}\\begin{{document}}\n{joined}\n\\end{{document}}\n", encoding="utf-8")
    compile_pdf(path)
    log = path.with_suffix(".log").read_text("utf-8", "replace")
    assert "Overfull" not in log
    assert "! " not in log
