"""Two notations side by side, and activations without a name."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy
from typer.testing import CliRunner, Result

from chalkgrad import check, numpy_module
from chalkgrad.codegen.article.renotate import renotation
from chalkgrad.codegen.command.main import app
from chalkgrad.codegen.console.pdf import compile_pdf
from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.derive.chainrule.calculus import _class, rule, to_sympy
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.chain import chain_form
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.language.errors import BoardOnlyError, ChalkgradError
from chalkgrad.derive.language.expr import Fn, Name, Read, walk
from chalkgrad.derive.language.functions import FUNCTIONS, is_abstract
from chalkgrad.derive.language.text import text
from chalkgrad.derive.pipeline import load, load_all
from tests.paths import SPECS


def chalkgrad(*args: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in args])


def test_two_notations_line_by_line():
    d = load_all(SPECS / "mari.yaml")[0].derive()
    lines = {x.number: (x.left, x.right) for x in renotation(d, "mari", "ng").lines}
    assert lines[1] == (
        r"v^{0}_{j} = \sum_{i} x_{i}\, w^{0}_{i,j} + b^{0}_{j}",
        r"z^{(2)}_{j} = \sum_{i} w^{(1)}_{j,i}\, x_{i} + w^{(1)}_{j,0}",
    )
    assert lines[13] == (
        r"\frac{\partial L}{\partial w^{1}_{i,j}} = y^{0}_{i}\, \frac{\partial L}"
        r"{\partial v^{1}_{j}}",
        r"\frac{\partial E}{\partial w^{(2)}_{j,i}} = a^{(2)}_{i}\, \delta^{(3)}_{j}",
    )
    same = renotation(d, "mari", "mari").lines[0]
    assert (same.left, same.right) == (lines[1][0], lines[1][0])
    assert set(lines) == {*range(1, 7), *range(10, 20)}  # how samples combine is left out


def test_the_dictionary():
    d = load_all(SPECS / "mari.yaml")[0].derive()
    made = renotation(d, None, "goodfellow")
    assert made.left == "mari"
    rows = {
        name: (one.whole, other.whole, one.plain, other.plain)
        for name, (one, other) in made.symbols.items()
    }
    assert rows["y1"] == (r"\hat{\mathbf{y}}^{1}", r"\hat{\bm{y}}", "ŷ¹", "ŷ")
    assert rows["W0"] == (r"\mathbf{W}^{0}", r"\bm{W}^{(1)}", "W⁰", "W⁽¹⁾")
    assert made.lines[0].right_matrix == (r"\bm{a}^{(1)} = \bm{W}^{(1)}\;\bm{x} + \bm{b}^{(1)}")


def test_the_command_prints_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "140")
    said = chalkgrad("renotate", SPECS / "mari.yaml", "--to", "ng")
    assert said.exit_code == 0, said.output
    assert "W0    W⁰    w⁽¹⁾" in said.output
    line = next(x for x in said.output.splitlines() if x.startswith("(13)"))
    cells = [c.strip() for c in line.split("  ") if c.strip()]
    assert cells == [
        "(13)", "∂L/∂W¹[i,j] = y⁰[i]·∂L/∂v¹[j]", "∂E/∂w⁽²⁾[j,i] = a⁽²⁾[i]·δ⁽³⁾[j]"
    ]  # fmt: skip


def test_the_command_on_a_narrow_screen_and_of_one_network(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "60")
    said = chalkgrad("renotate", SPECS / "mazur.yaml", "--network", "net", "--to", "mazur")
    assert said.exit_code == 0, said.output
    assert "out_h[j] = sigmoid(net_h[j])" in said.output
    assert all(len(x) < 110 for x in said.output.splitlines())


def test_the_command_writes_a_document(tmp_path: Path):
    out = tmp_path / "both.tex"
    said = chalkgrad("renotate", SPECS / "mari.yaml", "--from", "d2l", "--to", "cs230", "-o", out)
    assert said.exit_code == 0, said.output
    compile_pdf(out)
    log = out.with_suffix(".log").read_text("utf-8", "replace")
    assert "Overfull" not in log
    assert "Undefined" not in log


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("--to", "nng"), "did you mean 'ng'"),
        (("--to", "ng", "--from", "maris"), "did you mean 'mari'"),
        (("--to", "ng", "--network", "x"), "no network"),
        (("--to", "ng", "-o", "/nowhere/at/all.tex"), "cannot be written"),
    ],
)
def test_wrong_arguments(args: tuple[str, ...], word: str):
    said = chalkgrad("renotate", SPECS / "mari.yaml", *args)
    assert said.exit_code == 2
    assert word in said.stderr


# -- g ----------------------------------------------------------------------------------------


def test_an_activation_may_stay_abstract():
    d = per_sample(load_all(SPECS / "ando.yaml")[2].derive())  # two
    step = d.step("v0").equation
    assert text(step.rhs) == "dy0[j]*g'(v0[j])"
    printer = Printer(symbols_of(d))
    printer.symbols.of = "L"
    left, right = printer.equation(step, letters([Read(step.name, step.indices), step.rhs]))
    assert f"{kept(left)} = {right.text}" == (
        r"\delta^{1} = \frac{\partial \mathcal{L}}{\partial a^{1}}\, g'(z^{1})"
    )
    assert chain_form(d, "W0")[1] is not None
    assert d.network.shape("W0") == ("n_x", 1)


def test_the_single_neuron_of_the_lecture():
    net = load_all(SPECS / "ando.yaml")[1]
    d = per_sample(net.derive())
    printer = Printer(symbols_of(d))
    printer.symbols.of = "L"
    shown = []
    for eq in [*d.forward[:4], d.step("W0").equation, d.step("v0").equation]:
        left, right = printer.equation(eq, letters([Read(eq.name, eq.indices), eq.rhs]))
        shown.append(f"{kept(left)} = {right.text}")
    assert shown == [
        r"z = \sum_{i} x_{i} \cdot W_{i} + b", "y = g(z)", r"\ell = \frac{(e - y)^{2}}{2}",
        r"L = \ell", r"\frac{\partial L}{\partial W_{i}} = x_{i} \cdot "
        r"\frac{\partial L}{\partial z}",
        r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial y} \cdot g'(z)",
    ]  # fmt: skip


def test_sympy_derives_g_and_its_derivatives():
    v = sympy.Symbol("v")
    g = _class("g")(v**2)
    assert sympy.diff(g, v) == 2 * v * _class("g'")(v**2)
    assert rule("g", 0) == Fn("g'", (Name("a0"),))
    assert rule("g'", 0) == Fn("g''", (Name("a0"),))
    assert to_sympy(Fn("phi", (Name("v"),))) == _class("phi")(v)
    assert not any(is_abstract(name) for name in FUNCTIONS)
    assert is_abstract("g"), is_abstract("phi'")
    assert not is_abstract("sigmoyd")


def test_greek_names_are_printed_as_letters():
    spec = {"name": "t", "network": {"units": [2, 2], "activation": "phi"}, "loss": "squared_error"}
    d = per_sample(load(spec).derive())
    made = kept(Printer(symbols_of(d, "d2l")).expression(d.step("v0").equation.rhs, {}))
    assert made.endswith(r"\phi'(z_{j})")


def test_no_numbers_of_an_abstract_network(tmp_path: Path):
    spec = {"name": "t", "network": {"units": [2, 2], "activation": "g"}, "loss": "squared_error",
            "values": {"x": [1, 2], "y": [0, 1], "W0": [[1, 2], [3, 4]], "b0": [0, 0]}}  # fmt: skip
    d = load(spec).derive()
    assert any(isinstance(e, Fn) and e.name == "g" for e in walk(d.forward[1].rhs))
    for ask in (numpy_module, check, lambda d: d["W0"].numbers):
        with pytest.raises(BoardOnlyError, match="'g' is an abstract function"):
            ask(d)
    said = chalkgrad("check", SPECS / "ando.yaml")
    assert said.exit_code == 2
    assert "abstract function" in said.stderr
    made = chalkgrad("build", SPECS / "ando.yaml", "-o", tmp_path, "--only", "latex")
    assert made.exit_code == 0, made.output
    assert (tmp_path / "ando_two.tex").exists()


@pytest.mark.parametrize("word", ["gg", "sigmoyd", "relu7"])
def test_a_misspelt_activation_is_still_refused(word: str):
    spec = {"name": "t", "network": {"units": [2, 2], "activation": word}, "loss": "squared_error"}
    with pytest.raises(ChalkgradError, match="there is no activation"):
        load(spec)
