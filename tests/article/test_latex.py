"""The article compiles cleanly, numbers as the derivation does, and lets no text of a spec act."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chalkgrad import latex, load, network_from_equations
from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.notation.escape import escape
from chalkgrad.codegen.notation.names import index_tex, split_name
from chalkgrad.codegen.notation.presets import notation, notations
from chalkgrad.codegen.notation.symbols import Symbols, symbols_of
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import Read
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.network.network import Network


def n232() -> Network:
    return load("n232")


def rnn() -> Network:
    return network_from_equations(
        "h[t,j] = tanh(sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j]) + b[j])\n"
        "z[k] = sum[t,j](h[t,j]*W[j,k])\np[k] = exp(z[k])/sum[q](exp(z[q]))\n"
        "L = -sum[k](y[k]*log(p[k]))",
        inputs={"x": [5, 2]}, targets={"y": ([3], "distribution")},
        parameters={"U": [2, 3], "b": [3], "V": [3, 3], "W": [3, 3]}, loss="L", output="p",
    )  # fmt: skip


def conv() -> Network:
    return network_from_equations(
        "a[o,i] = sum[p](x[2*i + p - 1]*K[o,p])\nm[o,u] = max[q | u+q < 4](a[o,u+q])\n"
        "r[o,u] = relu(m[o,u])\nc[o] = mean[u](r[o,u])\n"
        "s[o] = (r[o,0]-c[o])/sqrt(mean[u]((r[o,u]-c[o])**2) + 0.01)\nL = sum[o](s[o]**2)",
        inputs={"x": [8]}, parameters={"K": [3, 3]}, axes={"i": 4, "q": 2, "u": 3, "p": 3},
        loss="L", output="s",
    )  # fmt: skip


def cross_entropy() -> Network:
    return network_from_equations(
        "v[j] = sum[i](x[i]*W0[i,j]) + b0[j]\nz[k] = sum[j](tanh(v[j])*W1[j,k]) + b1[k]\n"
        "p[k] = exp(z[k])/sum[q](exp(z[q]))\nL = -sum[k](y[k]*log(p[k]))",
        inputs={"x": [4]}, targets={"y": ([3], "distribution")},
        parameters={"W0": [4, 5], "b0": [5], "W1": [5, 3], "b1": [3]}, loss="L", output="p",
    )  # fmt: skip


def batch_statistics() -> Network:
    return network_from_equations(
        "mu[d] = mean[n](x[n,d])\nv[n,d] = mean[n](x[n,d])*a[d] - mu[d] + x[n,d]*a[d]\n"
        "L[n] = sum[d](v[n,d]**2)",
        inputs={"x": [3]}, parameters={"a": [3]}, loss="L",
    )  # fmt: skip


def wide() -> Network:
    terms = " + ".join(f"a{k}[i]*sin(x[i]*{k}.5 - a{k + 1}[i])**2" for k in range(0, 20, 2))
    return network_from_equations(
        f"u[i] = {terms}\n"
        f"v[i] = where(x[i] > 0, {terms}, where(x[i] < -1, ({terms})/(1 + x[i]**2), {terms}))\n"
        f"w[i] = exp(-({terms}))*({terms})/(1 + ({terms})**2)\n"
        f"L = sum[i](u[i]*v[i]*w[i]*sqrt({terms}))",
        inputs={"x": [4]}, parameters={f"a{k}": [4] for k in range(20)}, loss="L", output="w",
    )  # fmt: skip


def deep() -> Network:
    lines, shapes, before = [], {}, "x"
    for k in range(50):
        lines.append(f"v{k}[j] = sum[i]({before}[i]*W{k}[i,j]) + b{k}[j]")
        lines.append(f"y{k}[j] = tanh(v{k}[j])")
        shapes |= {f"W{k}": [4, 4], f"b{k}": [4]}
        before = f"y{k}"
    lines.append(f"L = sum[j](({before}[j] - t[j])**2)")
    return network_from_equations(
        "\n".join(lines), inputs={"x": [4]}, targets={"t": [4]}, parameters=shapes, loss="L",
        output=before,
    )  # fmt: skip


def compiled(tex: str, folder: Path) -> str:
    """The log of the second run of pdflatex, which must succeed."""
    (folder / "a.tex").write_text(tex, encoding="utf-8")
    command = [
        "pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "a.tex",
    ]  # fmt: skip
    for _ in range(2):
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    log = (folder / "a.log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[-3000:]
    assert (folder / "a.pdf").stat().st_size > 10_000
    return log


def clean(log: str) -> None:
    assert not re.search(r"^!", log, re.M)
    assert "undefined" not in log
    assert "multiply" not in log
    assert "invalid in math mode" not in log
    widths = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    heights = [float(w) for w in re.findall(r"Overfull \\vbox \(([\d.]+)pt", log)]
    assert max(widths + heights, default=0.0) < 1.0


@pytest.mark.parametrize("build", [n232, rnn, conv, cross_entropy, batch_statistics, wide, deep])
def test_the_article_compiles_without_a_complaint(build: Callable[[], Network], tmp_path: Path):
    clean(compiled(article(build().derive()), tmp_path))


@pytest.mark.parametrize("build", [n232, rnn, conv, cross_entropy, batch_statistics, wide])
def test_the_tags_are_the_numbers_of_the_derivation(build: Callable[[], Network]):
    d = build().derive()
    tags = [int(k) for k in re.findall(r"\\chalk(?:line|pages)\{(\d+)\}", article(d))]
    assert sorted(tags) == list(range(1, len(d.forward) + len(d.steps) + 1))


def test_every_tag_stands_at_its_own_equation():
    d = n232().derive()
    lines = dict(re.findall(r"\\chalkline\{(\d+)\}\{\\chalk\w+\{(.*)\}\}", article(d)))
    printer = Printer(symbols_of(per_sample(d)), breaks=True)
    printer.symbols.of = "L"
    one = per_sample(d)
    for number, eq in one.numbered():
        if eq.name != "loss":
            assert lines[str(number)].startswith(
                kept(printer.left(eq, letters([Read(eq.name, eq.indices)])))
            )
    step = d.step("W1")
    assert lines[str(step.number)].startswith(r"\frac{\partial L}{\partial w^{1}_{i,j}} =")


def test_the_article_is_deterministic():
    assert article(n232().derive()) == article(n232().derive()) == latex(n232().derive())


def test_the_lecture_s_lines():
    tex = article(n232().derive())
    assert r"v^{0}_{j} = \sum_{i} x_{i}\, w^{0}_{i,j} \chalkbreak + b^{0}_{j}" in tex
    assert (
        r"\frac{\partial L}{\partial \mathbf{W}^{0}} = "
        r"\frac{\partial L}{\partial \hat{\mathbf{y}}^{1}} \times "
        r"\frac{\partial \hat{\mathbf{y}}^{1}}{\partial \mathbf{v}^{1}} \times "
        r"\frac{\partial \mathbf{v}^{1}}{\partial \mathbf{y}^{0}} \times "
        r"\frac{\partial \mathbf{y}^{0}}{\partial \mathbf{v}^{0}} \times "
        r"\frac{\partial \mathbf{v}^{0}}{\partial \mathbf{W}^{0}}"
    ) in tex
    assert r"(\mathbf{y}^{0})^{\top}" in tex
    assert r"\delta_{" in tex
    assert r"\mathcal{L} = \frac{1}{N} \sum_{n} L_{n}" in tex


# -- one expression ---------------------------------------------------------------------------


def printed(text: str) -> str:
    network = n232()
    printer = Printer(Symbols(notation("mari"), network))
    return kept(printer.expression(expression(text), {}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a - (b - c)", r"\mathbf{a} - (\mathbf{b} - \mathbf{c})"),
        ("(a + b)*c", r"(\mathbf{a} + \mathbf{b})\, \mathbf{c}"),
        ("-(a + b)", r"-(\mathbf{a} + \mathbf{b})"),
        ("(-a)**2", r"(-\mathbf{a})^{2}"),
        ("-a**2", r"-\mathbf{a}^{2}"),
        ("(a*b)**2", r"(\mathbf{a}\, \mathbf{b})^{2}"),
        ("(a**b)**2", r"(\mathbf{a}^{\mathbf{b}})^{2}"),
        ("sigmoid(a)**2", r"(\sigma(\mathbf{a}))^{2}"),
        ("a*(-b)", r"\mathbf{a}\, (-\mathbf{b})"),
        ("a/(b*c)", r"\frac{\mathbf{a}}{\mathbf{b}\, \mathbf{c}}"),
        ("(a/b)**2", r"\Bigl(\frac{\mathbf{a}}{\mathbf{b}}\Bigr)^{2}"),
        ("2*3", r"2 \cdot 3"),
        (".5*a", r"0.5 \mathbf{a}"),
        ("1e-3*a", r"10^{-3}\, \mathbf{a}"),
        ("sqrt(a + b)", r"\sqrt{\mathbf{a} + \mathbf{b}}"),
        ("exp(-a)", r"e^{-\mathbf{a}}"),
        ("relu(a)", r"\operatorname{ReLU}(\mathbf{a})"),
        ("log_sigmoid(a)", r"\operatorname{log\_sigmoid}(\mathbf{a})"),
        ("where(a > 0, b, c)", r"\begin{cases} \mathbf{b} & \text{if } \mathbf{a} > 0 \\ "
                               r"\mathbf{c} & \text{otherwise} \end{cases}"),
        ("where(a > 0, 1, 0)*b", r"\mathbf{1}[\mathbf{a} > 0]\, \mathbf{b}"),
        ("(a == b + 3)*c", r"\mathbf{1}[\mathbf{a} = \mathbf{b} + 3]\, \mathbf{c}"),
    ],
)  # fmt: skip
def test_an_expression_keeps_its_meaning(text: str, said: str):
    assert printed(text) == said


def test_a_power_of_a_symbol_with_a_layer_has_parentheses():
    d = network_from_equations(
        "L = sum[i](w0[i]**2 + b[i]**2)", inputs={}, parameters={"w0": [2], "b": [2]}, loss="L"
    ).derive()
    printer = Printer(symbols_of(d))
    eq = d.forward[0]
    assert printer.equation(eq, letters(eq))[1].text == r"\sum_{i} ((w^{0}_{i})^{2} + b_{i}^{2})"


def test_a_sum_inside_a_product_has_parentheses():
    d = network_from_equations(
        "L = sum[i](a[i])*q + q*sum[i | i < 2](a[i])", inputs={}, parameters={"a": [3], "q": []},
        axes={"i": 3}, loss="L",
    ).derive()  # fmt: skip
    eq = d.forward[-1]
    made = Printer(symbols_of(d)).equation(eq, letters(eq))[1].text
    assert made == (r"\Bigl(\sum_{i} a_{i}\Bigr)\, q + q\, \sum_{\substack{i \\ i < 2}} a_{i}")


# -- names and notation -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("W0", ("W", "0", "")), ("h_in", ("h", "", "in")), ("Wq0", ("W", "0", "q")),
        ("gamma_norm1", ("gamma", "", "norm1")), ("mu", ("mu", "", "")), ("b_h", ("b", "", "h")),
        ("target", ("target", "", "")), ("y12", ("y", "12", "")),
        ("bet", ("bet", "", "")), ("bar1", ("bar", "1", "")), ("Cov", ("Cov", "", "")),
        ("Wxh", ("W", "", "xh")), ("bq", ("b", "", "q")), ("eta", ("eta", "", "")),
    ],
)  # fmt: skip
def test_names_fall_into_letter_layer_and_subscript(name: str, parts: tuple[str, str, str]):
    assert split_name(name) == parts


def test_two_tensors_never_share_a_symbol():
    for build in (n232, rnn, conv, cross_entropy, deep):
        symbols = symbols_of(build().derive())
        wholes = [symbols[n].whole for n in symbols.known]
        assert len(set(wholes)) == len(wholes)


def test_a_clash_is_reported_and_avoided():
    network = network_from_equations(
        "L = sum[i](a_1[i]*a1[i])", inputs={}, parameters={"a_1": [2], "a1": [2]}, loss="L"
    )
    symbols = symbols_of(network.derive())
    assert symbols.clashes == [
        "a¹ would be both the parameter a_1 and the parameter a1: written a¹ and a1; choose names"
    ]
    assert symbols["a1"].whole != symbols["a_1"].whole


def test_an_unknown_notation_is_refused():
    assert "mari" in notations()
    with pytest.raises(ChalkgradError, match="did you mean 'mari'"):
        notation("mary")


# -- hostile text -----------------------------------------------------------------------------

HOSTILE = [
    r"\immediate\write18{touch pwned}", r"\input{canary}", "^^5cinput{canary}",
    "^^5c^^69nput canary",
    r"\csname input\endcsname{canary}", r"$\input canary$", "}{\\input{canary}",
    "%\n\\input{canary}",
    r"\end{document}\input{canary}", "\\catcode`\\@=0 @input canary", "a_b^c~d#e&f{g}h",
    "``quoted'' --- <<x>> <% y %> {{ z }}", "\x00\x07\x1b[31m", "João Ødegård Çelik ﬁ 深度 🙂",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text: str, tmp_path: Path):
    (tmp_path / "canary.tex").write_text("\\typeout{CANARY-ACTED}\\newwrite\\o", encoding="utf-8")
    d = replace_title(n232().derive(), text)
    log = compiled(article(d), tmp_path)
    clean(log)
    assert "CANARY-ACTED" not in log
    assert "canary.tex" not in log
    assert not (tmp_path / "pwned").exists()


def replace_title(d: Derivation, text: str) -> Derivation:
    return replace(d, network=replace(d.network, title=text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_inert_in_formulas(text: str, tmp_path: Path):
    """No parser lets such a name through; the printer does not rely on that."""
    (tmp_path / "canary.tex").write_text("\\typeout{CANARY-ACTED}", encoding="utf-8")
    printer = Printer(Symbols(notation("mari"), n232()))
    read = kept(printer.expression(Read(text, ()), {}))
    body = f"${read} {index_tex(text)} {kept(printer.called(text))}$"
    log = compiled(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{lmodern}"
        f"\\usepackage{{amsmath,bm}}\\begin{{document}}\\sloppy\\raggedright {body}"
        "\\end{document}",
        tmp_path,
    )
    assert "CANARY-ACTED" not in log


def test_escaped_text_holds_no_command_but_our_own():
    known = {"textless", "textgreater", "textbar", "textbackslash", "textasciicircum", "texttt"}
    known |= {"textasciitilde", "textasciigrave", "textquotedbl", "ldots"}
    for text in HOSTILE:
        made = escape(text)
        assert set(re.findall(r"\\([A-Za-z]{2,})", made)) <= known
        assert "^^" not in made
        assert "\n" not in made
        bare = re.sub(r"\\.", "", made)
        assert not set(bare) & set("%#&")
