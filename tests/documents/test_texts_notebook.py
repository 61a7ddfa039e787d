"""The notebook: valid, the same bytes, and it runs from top to bottom with NumPy alone."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import Deck, Page, Table, Text
from chalkgrad.codegen.documents.notebook.katex import math
from chalkgrad.codegen.documents.notebook.markdown import page_markdown, plain, rich
from chalkgrad.codegen.documents.notebook.notebook import notebook
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive import examples

DECKS = {
    "lecture_mari": "[title, {forward: [symbols, numbers]}, {example: {of: e111}}, "
    "{example: {of: e121}}, example, mistakes]",
    "lecture_mazur": "[slide: neurons.md, {follow: {of: net, wrt: [w5]}}]",
    "lecture_ng": "[title, {forward: {of: xnor}}]",
    "lecture_ando": "[title, {forward: {of: xor}}]",
}


@cache
def made(spec: str, language: str = "en") -> str:
    networks = load_all(spec, [f"deck={DECKS[spec]}"])
    deck = lecture(networks, language, folder=examples.path(spec).parent)
    return notebook(deck, networks)


def code(text: str) -> str:
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def run(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """In a fresh process, where chalkgrad cannot be imported."""
    path = folder / "cells.py"
    guard = "import sys\nfor n in ('chalkgrad', 'sympy'): sys.modules[n] = None\n"
    path.write_text(guard + source, encoding="utf-8")
    command = [sys.executable, "-I", str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


@pytest.mark.parametrize(
    ("values", "said"), [({}, "da: largest difference"), ({"a": 2}, "printed numbers agree")]
)
def test_it_runs_without_data(values: dict[str, int], said: str, tmp_path: Path):
    """A drawn parameter of rank 0 is a number of NumPy, no array; given ones need no samples."""
    spec = {"name": "square", "parameters": {"a": []}, "equations": "L = a**2", "loss": "L"}
    networks = load_all({**spec, "values": values})
    done = run(code(notebook(lecture(networks, "en"), networks)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


@pytest.mark.parametrize("spec", DECKS)
def test_it_runs_with_numpy_alone(spec: str, tmp_path: Path):
    done = run(code(made(spec)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "largest difference" in done.stdout


def test_every_number_of_the_examples_is_asserted():
    text = code(made("lecture_mari"))
    names = re.findall(r'^    \("([^"]+)", ', text, re.M)
    assert {"v0[0]", "y1[0]", "L", "dW0[0,0]", "dv1[0]", "new.W1[0,0]", "e111.after.L"} <= set(
        names
    )
    assert len(names) > 100


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"0.5793", 0.57932425', '"0.5794", 0.57932425'),  # a printed digit
        ("dv1 = dy1 * y1 * (1 - y1)", "dv1 = dy1 * y1"),  # a step
        ("w - rate * grad", "w + rate * grad"),  # the update
        ("dW1 = y0.T @ dv1", "dW1 = 1.001 * y0.T @ dv1"),  # the module's backward
    ],
)
def test_a_planted_fault_stops_it(old: str, new: str, tmp_path: Path):
    text = code(made("lecture_mari"))
    assert old in text
    done = run(text.replace(old, new, 1), tmp_path)
    assert done.returncode == 1
    assert "AssertionError" in done.stderr


def test_no_step_is_shown_that_the_spec_does_not_make():
    sets = ["deck=[title]", "update={sgd: {rate: 0.1, clip_norm: 0.5}}"]
    networks = load_all("n232", sets)
    assert "new = Params" not in code(notebook(lecture(networks, "en"), networks))
    networks = load_all("n232", [*sets, "update={sgd: {rate: 0.1}}"])
    assert "new = Params" in code(notebook(lecture(networks, "en"), networks))


def test_it_is_valid_and_always_the_same():
    text = made("lecture_mari")
    nbformat.validate(nbformat.reads(text, as_version=4))
    data = json.loads(text)
    assert (data["nbformat"], data["nbformat_minor"]) == (4, 5)
    ids = [c["id"] for c in data["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", i) for i in ids)
    assert all(not c.get("outputs") for c in data["cells"])
    assert "example-e111-W1" in " ".join(ids) or "example-W1-e111" in ids
    assert made.__wrapped__("lecture_mari") == text


def test_portuguese_headings():
    cells: list[dict[str, Any]] = json.loads(made("lecture_mari", "pt"))["cells"]
    text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    assert "Todos os números impressos" in text
    assert "The module" not in text


def test_mathematics_is_what_katex_and_mathjax_share():
    for spec in DECKS:
        for cell in json.loads(made(spec))["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                assert not re.search(r"\\cg[a-z]+|\\bm\b|\\chalkbreak|\\\[|\\\(", text)
                assert not re.search(r"\\begin\{(align|align\*|equation|gather)\}", text)
                assert text.count("$$") % 2 == 0


def test_marks_become_colours_and_boxes():
    assert math(formula(r"\cgf{1}{\cgr{W0[1]}{w_1}}")) == r"\boxed{\textcolor{#a34700}{{w_1}}}"
    assert math(formula(r"\cgc{2}{a} < \cgn{x}{1}")) == r"\textcolor{#005a8c}{a} \lt  {1}"
    assert math(formula(r"\cghl{a}")) == r"\textcolor{#b00000}{\boldsymbol{a}}"
    assert math(formula(r"\cgat{2}{a}\bm{b}")) == r"{a}\boldsymbol{b}"


def test_text_does_not_act():
    assert rich(r"<script>a</script> \*b\* [x](y) **c** `d|e`") == (
        r"&lt;script>a&lt;/script> \*b\* \[x\](y) **c** `d|e`"
    )
    assert plain("# not a heading") == r"\# not a heading"
    assert plain("1. not a list") == r"1\. not a list"
    assert rich(r"$\input{x}$") == r"`\input{x}`"
    page = Page("p", "slide", "T|<b>", (Table(("a|b", "$|x|$"), (("1", "2"),)), Text("- no")))
    assert page_markdown(page) == (
        "## T\\|&lt;b>\n\n| a\\|b | $\\vert x\\vert $ |\n| :-- | :-- |\n| 1 | 2 |\n\n\\- no"
    )


def test_sympy_objects_are_shown_where_chalkgrad_is(tmp_path: Path):
    text = notebook(Deck("n111", "en", "t", "", ()), load_all("n111"))
    source = code(text)
    assert "derivation[name].chain" in source
    assert run(source, tmp_path).returncode == 0
    shown: list[Any] = []
    fake = types.ModuleType("IPython.display")
    fake.display = lambda *objects: shown.extend(objects)  # type: ignore[attr-defined]
    path = tmp_path / "sympy_cell.py"
    path.write_text(source[source.index("try:  # with chalkgrad") :], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
        patch.setitem(sys.modules, "IPython.display", fake)
        runpy.run_path(str(path))
    assert len(shown) == 8  # chain and index of four parameters
    assert all("\\partial" in x._repr_latex_() for x in shown[::2])
