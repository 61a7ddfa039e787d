"""``code``: the lines of the generated module beside their numbered equations (004)."""

from __future__ import annotations

import re

import pytest

from chalkgrad import load
from chalkgrad.codegen.deck.model import Code, Columns
from chalkgrad.codegen.targets.numpy.module import numpy_module
from tests.lecture.items.deck_items import item_pages, of_kind, page, pages, rows, words_of
from tests.lecture.items.item_pages import pages_of, written

DEEP = {
    "name": "deep", "network": {"units": [4, 8, 8, 3], "activation": "relu"},
    "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip
FORWARD = [r"x\;W_{1}", r"\sigma\bigl(m_{1}\bigr)", r"h\;W_{2}", r"\sigma\bigl(m_{2}\bigr)"]


def code(p) -> Code:
    return of_kind(p, Code)[0]


@pytest.mark.parametrize("which", ["forward", "backward"])
def test_every_numbered_line_has_its_equation(which):
    p = page(pages("ando", "code"), f"code-{which}-xor")
    numbers = [int(k) for k in re.findall(r"# \((\d+)\)$", code(p).text, re.M)]
    assert numbers == [r.number for r in rows(p)]
    assert len(numbers) == 7
    assert isinstance(p.blocks[0], Columns)


def test_the_equations_are_those_of_the_lines():
    p = page(pages("ando", "code"), "code-forward-xor")
    assert [r.right for r in rows(p)][:4] == FORWARD
    assert code(p).text.split("\n")[1].startswith("v0 = x @ W0")
    back = page(pages("ando", "code"), "code-backward-xor")
    line = next(x for x in code(back).text.split("\n") if x.startswith("dW1 = "))
    row = next(r for r in rows(back) if r.number == int(re.search(r"\((\d+)\)", line)[1]))
    assert line.startswith("dW1 = y0.T @ dv1")
    assert row.right == r"h^{T}\;\frac{\partial \mathrm{SSE}}{\partial m_{2}}"


def test_the_refs_link_lines_and_tensors():
    c = code(page(pages("ando", "code"), "code-forward-xor"))
    lines = c.text.split("\n")
    assert [lines[k].split(" = ")[0] for k, _ in c.refs] == [name for _, name in c.refs]


def test_the_lines_are_those_of_the_module():
    module = {
        re.sub(r"\s*#.*", "", x).strip() for x in numpy_module(load(DEEP).derive()).split("\n")
    }
    for beside in ("equations", "none"):
        for p in item_pages(DEEP, {"code": {"beside": beside}}):
            for line in code(p).text.split("\n"):
                assert re.sub(r"\s*#.*", "", line).strip() in module


def test_without_beside_the_code_stands_alone():
    found = item_pages(DEEP, "code")
    assert all(not rows(p) for p in found)
    text = "\n".join(code(p).text for p in found)
    assert "# (N, 8)  eq. 1" in text
    assert "grads = Params(" in text
    assert "forward_unchecked" not in text


def test_long_functions_go_over_several_pages_without_loss():
    wide = {**DEEP, "network": {"units": [4] * 9, "activation": "tanh"}}
    found = item_pages(wide, {"code": {"beside": "equations"}})
    back = [p for p in found if p.id.startswith("code-backward")]
    assert len(back) > 2
    numbers = [r.number for p in back for r in rows(p)]
    assert numbers == sorted(set(numbers))
    assert all(len(rows(p)) >= 3 for p in back)


def test_portuguese():
    told = words_of(page(pages("ando", "code", "pt"), "code-forward-xor"))
    assert "Das equações ao código" in told
    assert "passo direto" in told


def test_the_names_of_the_code_are_explained_where_symbols_differ():
    """LECTURES §1, 004: the code beside the equation; `v0` stands for m_1."""
    first, *others = pages_of("ando", "code", {"of": "xor", "beside": "equations"})
    assert "$W_{1}$ is `W0`" in written(first)
    assert "$z$ is `y1`" in written(first)
    assert "`loss`" not in written(first)
    assert all("Names in the code" not in written(p) for p in others)
