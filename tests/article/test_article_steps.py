"""The article: p − y line by line, direct parts by a sign of their own, one language."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from chalkgrad import load, network_from_equations
from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.notation.presets import notations
from tests.paths import CASES, ROOT

SOFTMAX = CASES / "printing" / "softmax_deck.yaml"
WORDS = ROOT / "codegen" / "lecture" / "words"
REASONS = {
    "en": [r"derivative of the loss, (7)",
           r"derivative of $\operatorname{softmax}$, see above", "chain rule",
           "both derivatives put in", "simplify", "multiply out", "one term is left",
           r"because $\sum_{m} y_{m} = 1$, declared"],
    "pt": [r"derivada da perda, (7)",
           r"derivada de $\operatorname{softmax}$, ver acima", "regra da cadeia",
           "com as duas derivadas", "simplificar", "desenvolver os produtos",
           "resta um termo da soma", r"pois $\sum_{m} y_{m} = 1$, como declarado"],
}  # fmt: skip


def written(name, sets=(), style=None) -> str:
    return article(load(name, sets).derive(), style).replace(r"\chalkbreak ", "")


def equations(tex: str) -> list[tuple[str, str]]:
    """Left and right side of every display of one line."""
    shown = re.findall(r"\\chalk(?:plain|line\{\d+\})\{\\chalk(?:fit|long)\{(.*)\}\}", tex)
    return [(left, right) for left, _, right in (line.partition(" = ") for line in shown)]


@pytest.mark.parametrize("language", sorted(REASONS))
def test_p_minus_y_with_its_reasons(language):
    tex = written(SOFTMAX, [f"style.language={language}"])
    *_, block = re.findall(r"^\\chalksteps\{(.*)\}$", tex, re.M)
    assert re.findall(r"&& \\chalkreason\{(.*?)\}(?: \\\\|$)", block) == REASONS[language]
    assert r"\\[1ex]  &= \boxed{p_{k} - y_{k}} && " in block
    assert r"\frac{\partial p_{m}}{\partial z_{k}} &= p_{m}\, (\delta_{k\,m} - p_{k}) &&" in block


@pytest.mark.parametrize(
    ("language", "of_y", "of_z"),
    [
        ("en", r"target, a distribution: $\sum_{k} y_{k} = 1$", r"by equation (1)"),
        ("pt", r"saída desejada, uma distribuição: $\sum_{k} y_{k} = 1$",
         r"pela equação (1)"),
    ],
)  # fmt: skip
def test_the_table_says_what_is_declared_and_which_equation_makes_a_tensor(language, of_y, of_z):
    tex = written(SOFTMAX, [f"style.language={language}"])
    rows = dict(re.findall(r"^\$\\mathbf\{(\w)\}\$ & .* & (.*?)\\\\$", tex, re.M))
    assert (rows["y"], rows["z"]) == (of_y, of_z)


@pytest.mark.parametrize("notation", notations())
def test_the_lines_are_there_in_every_notation(notation):
    blocks = re.findall(r"^\\chalksteps\{(.*)\}", written(SOFTMAX, style=notation), re.M)
    assert [re.findall(r"&& \\chalkreason\{(.*?)\}", b)[-1].split()[0] for b in blocks] == [
        "back",
        "because",
    ]


def test_the_direct_part_has_a_sign_of_its_own():
    found = equations(written("autoencoder"))
    of_x = [(a, b) for a, b in found if r"\partial x_{i}}" in a]
    whole, direct = r"\frac{\partial L}{\partial x_{i}}", r"\frac{\partial^{+} L}{\partial x_{i}}"
    assert [a for a, _ in of_x] == [whole, r"\frac{\partial v_{j}}{\partial x_{i}}", direct, whole]
    assert of_x[0][1].endswith(f" + {direct}")
    assert dict(of_x)[direct] == r"\sum_{j} (x_{j} - y_{j})\, \delta_{i\,j} = x_{i} - y_{i}"


def test_the_short_form_has_a_number_and_a_box():
    tex = written(SOFTMAX)
    ((number, body),) = re.findall(r"^\\chalkresult\{(\d+)\}\{(.*)\}$", tex, re.M)
    assert number == "8"
    assert body.count(r"\mathbf{p}") == body.count(r"\mathbf{y}") == 1
    entries = written(SOFTMAX, style="huertas_net")  # no whole tensors: entry by entry
    assert len(re.findall(r"^\\chalkresult\{8\}\{.* - .*\}$", entries, re.M)) == 1


def signs(tex) -> str:
    """The paragraph on the signs, below the table of symbols."""
    return tex.partition(r"\end{longtable}}")[2].partition(r"\section")[0].strip()


def test_only_the_signs_that_an_article_prints_are_explained():
    assert signs(written(SOFTMAX)) == (
        r"Indices count from 0 as in the code. $\delta_{i\,j}$ is 1 for $i = j$, else 0. "
        r"$\mathbf{1}$ is the vector of ones. $\odot$ multiplies entry by entry. "
        r"$\oslash$ divides entry by entry."
    )
    plain = signs(written("n232"))
    assert not any(sign in plain for sign in (r"\oslash", "$n_k$", "outside", "holds"))
    assert "$n_k$ is the number of values" in signs(article(MEAN.derive()))
    assert "An entry outside of its axis is 0." in signs(article(RNN.derive()))


def test_the_jacobian_of_softmax_is_derived_and_is_what_the_gradient_puts_in():
    tex = written(SOFTMAX)
    derived, _ = re.findall(r"^\\chalksteps\{(.*)\}$", tex, re.M)
    rights = re.findall(r"&= (.*?) && ", derived)
    assert rights[0] == r"\frac{e^{z_{k}}}{\sum_{m} e^{z_{m}}}"
    assert rights[-1] == r"\boxed{p_{k}\, (\delta_{k\,i} - p_{i})}"
    local = dict(equations(tex))[r"\frac{\partial p_{m}}{\partial z_{k}}"]
    assert local.endswith(r" = p_{m}\, \delta_{k\,m} - p_{m}\, p_{k}")


MEAN = network_from_equations(
    "L = sum[k]((x[k]*w[k] - size[k])**2)", inputs={"x": [3]}, parameters={"w": [3]}, loss="L"
)
RNN = network_from_equations(
    "h[t,j] = tanh(x[t]*U[j] + sum[m](h[t-1,m]*V[m,j]))\nL = sum[t,j](h[t,j]**2)",
    inputs={"x": [5]}, parameters={"U": [3], "V": [3, 3]}, loss="L",
)  # fmt: skip


def test_the_direct_part_of_a_recurrence_too():
    found = dict(equations(article(RNN.derive()).replace(r"\chalkbreak ", "")))
    assert r"\frac{\partial^{+} h_{u,k}}{\partial h_{t,j}}" in found
    assert r"\frac{\partial h_{u,k}}{\partial h_{t,j}}" not in found


@pytest.mark.parametrize(
    "name",
    ["autoencoder", "n232", *(SOFTMAX.with_name(f"{n}.yaml") for n in ("skip", "penalty_d2l"))],
)
def test_no_gradient_stands_on_both_sides(name):
    assert [a for a, b in equations(written(name)) if r"\partial" in a and a in b] == []


def test_a_portuguese_article_has_no_english_sentence():
    english, portuguese = (said(language) for language in ("en", "pt"))
    tex = written(SOFTMAX, ["style.language=pt"])
    there = {key for key, text in english.items() if sentence(text, tex)}
    assert {key for key in there if english[key] != portuguese[key]} == set()
    assert len([text for text in portuguese.values() if sentence(text, tex)]) > 15


def said(language: str) -> dict[str, str]:
    table = yaml.safe_load((WORDS / f"{language}.yaml").read_text("utf-8"))
    return {key: text for key, text in table.items() if key.startswith("article_")}


def sentence(text: str, tex: str) -> bool:
    """Does the part of a text that is no slot stand in the document's body?"""
    body = tex.partition(r"\begin{document}")[2]
    longest = max(re.split(r"\{[a-z_]+\}", text), key=len)
    return re.search(rf"(?<!\w){re.escape(longest.strip())}(?!\w)", body) is not None


@pytest.mark.parametrize("language", ["en", "pt"])
def test_only_mathematics_in_the_article_s_texts_acts_in_tex(language):
    for key, text in said(language).items():
        prose = re.sub(r"\$[^$]*\$|\{[a-z_]+\}", "", text)
        assert not re.search(r"[#%&_^~\\{}$]", prose), key


def test_the_lines_compile(tmp_path):
    tex = article(load(SOFTMAX, ["style.language=pt"]).derive())
    (tmp_path / "a.tex").write_text(tex, encoding="utf-8")
    command = [
        "pdflatex",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-no-shell-escape",
        "a.tex",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert run.returncode == 0
    assert "Overfull" not in (tmp_path / "a.log").read_text(encoding="utf-8", errors="replace")


def test_indices_that_take_one_value_are_neither_summed_over_nor_compared() -> None:
    """On the board of one output no index is left that nothing defines."""
    given = {"name": "one", "network": {"units": [2, 1], "activation": "sigmoid"},
             "loss": "squared_error", "style": {"notation": "ando_neuron"}}  # fmt: skip
    lines = equations(article(load(given).derive()).replace(r"\chalkbreak ", ""))
    chain = r"\frac{\partial L}{\partial y}\,\frac{\partial y}{\partial z}"
    assert (r"\frac{\partial \ell}{\partial y}", r"2 \cdot (y - e)") in lines
    assert (r"\frac{\partial L}{\partial z}", chain) in lines
    assert (r"\frac{\partial z}{\partial b}", "1") in lines
    weights = next(r for left, r in lines if left == r"\frac{\partial z}{\partial W_{i}}")
    assert weights == r"\sum_{m} x_{m} \cdot \delta_{i\,m} = x_{i}"
