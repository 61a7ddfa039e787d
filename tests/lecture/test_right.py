"""The errors of the original lectures (LECTURES.md §2) are on no page, except as a mistake."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.codegen.deck.model import (
    Bullets,
    Code,
    Columns,
    Deck,
    Math,
    Page,
    Panel,
    Strip,
    Table,
    Text,
)
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive import examples

LECTURES = ("mari", "mazur", "ng", "ando")


@cache
def deck(name: str, language: str = "en") -> Deck:
    path = examples.path(f"lecture_{name}")
    return lecture(chalkgrad.load_all(path), language, folder=Path(path).parent)


def texts(page: Page) -> list[str]:
    """Everything a reader sees on a page, the macros round numbers and entries taken off."""
    found = [page.title, page.subtitle, *page.notes]
    stack = list(page.blocks)
    while stack:
        block = stack.pop()
        match block:
            case Math(rows=rows):
                for r in rows:
                    found += [kept(r.whole), r.note]
            case Text(text=text) | Code(text=text):
                found.append(text)
            case Bullets(items=items):
                found += items
            case Table(head=head, rows=rows):
                found += [*head, *(c for row in rows for c in row)]
            case Strip(cells=cells):
                found += map(kept, cells)
            case Panel():
                found.append(block.title)
                stack += block.blocks
            case Columns():
                stack += [b for _, inside in block.columns for b in inside]
            case _:
                pass
    return [bare(t) for t in found]


def bare(tex: str) -> str:
    """LaTeX without our marks: ``\\cgr{v0[0]}{v^0_0}`` is ``v^0_0``."""
    while (found := re.search(r"\\cg(f|r|c|n|at|hl|blank)(?=\{)", tex)) is not None:
        end = found.end()
        if found[1] not in ("hl", "blank"):
            end = group(tex, end)
        stop = group(tex, end)
        tex = tex[: found.start()] + tex[end + 1 : stop - 1] + tex[stop:]
    return tex


def group(tex: str, start: int) -> int:
    """Where the group that opens at ``start`` has ended."""
    depth = 0
    for k in range(start, len(tex)):
        depth += (tex[k] == "{") - (tex[k] == "}")
        if depth == 0:
            return k + 1
    raise AssertionError(tex)


def pages(name: str, language: str = "en") -> list[Page]:
    return [p for p in deck(name, language).pages if not p.mistake]


FORBIDDEN = {
    # 000/001
    "the wrong layer below": (
        "mari",
        r"\\frac\{\\partial \\mathbf\{v\}\^\{0\}\}\{\\partial \\mathbf\{y\}\^\{0\}\}",
    ),
    "the derivative by the desired output": (
        "mari",
        r"\\partial L\}\{\\partial (\\mathbf\{y\}\}|y\}|y_)",
    ),
    "a hat lost": ("mari", r"(?<!hat\{)\\mathbf\{y\}\^\{1\}"),
    "digits swapped": ("mari", r"0(\.|\{,\})9606"),
    "a digit of the chalkboard": ("mari", r"0(\.|\{,\})5274"),
    # 002
    "any real function": ("mazur", r"(?i)any real function"),
    "Adam without the step's number": ("mazur", r"\}\{1 - \\beta_\{[12]\}\}"),
    "epsilon under the root": ("mazur", r"\\sqrt\{[^{}]*\\epsilon[^{}]*\}"),
    "the updated weights used": ("mazur", r"0\.291027924"),
    # 003
    "a digit of round 3": ("ng", r"(?<![\d.])2\.14(?!\d)"),
    # 004
    "pickle": ("ando", r"pickle"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_an_error_of_the_originals_is_nowhere(what: str) -> None:
    name, pattern = FORBIDDEN[what]
    seen = 0
    for language in ("en", "pt") if name == "mari" else ("en",):
        for page in pages(name, language):
            for text in texts(page):
                seen += 1
                assert not re.search(pattern, text), f"{page.id}: {text}"
    assert seen > 20


def test_no_word_of_the_other_language_is_left() -> None:
    for language, words in (("en", r"\b(ou|onde|é|não|camada|função)\b"),
                            ("pt", r"\b(the|where|layer|weight|loss|forward)\b")):  # fmt: skip
        for page in deck("mari", language).pages:
            for text in texts(page):
                plain = re.sub(r"\$[^$]*\$|`[^`]*`|\\[a-z]+", " ", text)
                if page.item == "slide" or "=" in plain:  # the lecturer's own; formulas
                    continue
                assert not re.search(words, plain), f"{page.id}: {text}"


def test_the_right_forms_are_there() -> None:
    every = " ".join(t for p in pages("mari") for t in texts(p))
    assert r"\frac{\partial \mathbf{v}^{1}}{\partial \mathbf{y}^{0}}" in every
    assert r"\frac{\partial L}{\partial \hat{\mathbf{y}}^{1}}" in every
    matrix = next(p for p in pages("mari") if p.id == "gradients-W1-matrix")
    row = next(t for t in texts(matrix) if "odot" in t and "top" in t)
    assert row.index(r"(\mathbf{y}^{0})^{\top}") < row.index(r"\hat{\mathbf{y}}^{1}")
    hidden = next(p for p in pages("mari") if p.id == "gradients-y0-matrix")
    assert any(t.rstrip("} ").endswith(r"(\mathbf{W}^{1})^{\top") for t in texts(hidden))
