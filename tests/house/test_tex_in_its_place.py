"""Formulas are trees: TeX stands only where TeX is printed or read, and in what people write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

COMMAND = re.compile(r"\\[A-Za-z]{2,}|\\[,;:!](?![,;:! ]*['\"])|[_^]\{")
PLACES = {
    # printers of LaTeX and of the dialect that notebooks read
    "codegen/formula/tex_printer.py", "codegen/formula/tex_text.py", "codegen/documents/tex/",
    "codegen/documents/slides/", "codegen/documents/snippets/", "codegen/documents/notebook/",
    "codegen/article/tex.py", "codegen/article/renotate.py", "codegen/picture/printers/tikz.py",
    "codegen/report/trace.py", "codegen/upkeep/docs_tables.py", "codegen/notation/escape.py",
    # what reads LaTeX
    "codegen/formula/tree/reader.py", "codegen/formula/tree/text_reader.py",
    "codegen/formula/tree/characters.py", "codegen/formula/tree/symbols.py",
    # what people write: notations, and slides of their own
    "codegen/notation/", "codegen/lecture/own/",
    # SymPy prints its own objects
    "derive/forms/views.py", "derive/forms/sympy_form.py",
}  # fmt: skip
# texts with backslashes that are no TeX: regular expressions, fonts by the names of the tree
OTHERS = {
    "codegen/report/figures.py", "codegen/lecture/items/code/pages.py", "codegen/formula/rich.py",
    "codegen/targets/numpy/initial.py", "derive/spec/strict_yaml.py",
    "codegen/picture/label/typeset.py",
}  # fmt: skip


def commands(text: str) -> Iterator[tuple[int, str]]:
    """The strings of a module that hold TeX, without its docstrings."""
    tree = ast.parse(text)
    said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for n in ast.walk(tree):
        held = isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in said
        if held and COMMAND.search(n.value):
            yield n.lineno, n.value


def modules() -> list[Path]:
    return sorted(p for room in ("derive", "codegen") for p in (ROOT / room).rglob("*.py"))


def allowed(path: str) -> bool:
    return path in OTHERS or any(path == p or (p[-1] == "/" and path.startswith(p)) for p in PLACES)


def test_no_page_item_or_picture_puts_tex_together() -> None:
    found = [
        (str(p.relative_to(ROOT)), line, text)
        for p in modules()
        if not allowed(str(p.relative_to(ROOT)))
        for line, text in commands(p.read_text())
    ]
    assert found == []


def test_every_place_for_tex_has_some() -> None:
    used = {str(p.relative_to(ROOT)) for p in modules() if any(commands(p.read_text()))}
    for place in PLACES | OTHERS:
        assert any(u == place or (place[-1] == "/" and u.startswith(place)) for u in used), place


@pytest.mark.parametrize("text", [r'x = r"\frac{a}{b}"', r'x = f"\\cgr{{{a}}}"', r'y = "w_{i}"'])
def test_tex_in_a_string_is_seen(text: str) -> None:
    assert list(commands(text))
