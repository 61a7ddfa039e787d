"""The derivation as an article of Typst: the parts of the LaTeX article as pages of blocks, which
are printed as those of a sheet are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ...article.article import Article
from ...deck.model import Block, Deck, Math, Page, Row, Table, Text
from ...formula.line_breaks import is_relation
from ...formula.rich import plain
from ...formula.tex_printer import tex
from ...formula.tree import nodes as t
from ...formula.tree.reader import formula
from ...formula.tree.text_reader import FONTS
from .sheet import sheet

_MARKS = {"bold": "**", "italic": "*", "code": "`"}
_FIT = re.compile(r"\\chalk(?:fit|long|shrink)\{(.*)\}$|% pages (.*)$", re.S)
_REASON = re.compile(r"(.*?)&=(.*)&&\s*\\chalkreason\{(.*)\}\s*$", re.S)
_ROW_END = re.compile(r" \\\\\[1ex\] ")


def article_typst(made: Article) -> str:
    """The Typst document of an article."""
    return sheet(article_deck(made))


def article_deck(made: Article) -> Deck:
    """An article as pages of blocks."""
    parts, words = made.parts, made.words
    pages = tuple(_pages(parts, words))
    title, author = rich(parts["title"]), rich(parts["author"])
    return Deck(made.d.network.name, words.language, title, author, pages)


def _pages(parts: dict[str, Any], words: Any) -> Iterator[Page]:
    yield _page("intro", "", _said(parts["intro"]))
    head = tuple(rich(words(f"article_{key}")) for key in ("symbol", "code", "shape", "what"))
    rows = tuple(tuple(rich(row[key]) for key in ("symbol", "code", "shape", "kind"))
                 for row in parts["symbols"])  # fmt: skip
    said: list[Block] = [Table(head, rows, "llll", size="small"), *_said(parts["signs"])]
    yield _page("symbols", words("article_symbols"), said, section=True)
    lines = [b for item in parts["forward"] for b in _item(item)]
    yield _page("forward", words("article_forward"), lines, section=True)
    functions = [_display(0, line) for line in parts["functions"]]
    functions += [_steps(rows) for rows in parts["softmaxes"]]
    if functions:
        yield _page("functions", words("article_functions"), functions, section=True)
    yield _page("backward", words("article_backward"), _said(parts["backward_intro"]), section=True)
    for step in parts["steps"]:
        yield _page(f"step-{step.number}", step.heading, _step(step, words))
    if parts["batch"]:
        batch = [b for item in parts["batch"]
                 for b in ([_display(item["number"], item["body"])] if item["number"]
                           else _said(item["body"]))]  # fmt: skip
        yield _page("batch", words("article_batch"), batch, section=True)


def _page(name: str, title: str, blocks: Iterable[Block], *, section: bool = False) -> Page:
    layout = "section" if section else "content"
    return Page(name, "article", rich(title), tuple(blocks), layout=layout)


def _item(item: Any) -> Iterator[Block]:
    yield _display(item.number, item.body)
    yield from (_display(0, line) for line in item.more)
    for note in item.notes:
        yield from _said(note)


def _step(step: Any, words: Any) -> Iterator[Block]:
    for key, lines in (
        ("chain", [step.chain]),
        ("further", [step.full]),
        ("entries", step.entries),
    ):
        if any(lines):
            yield from _said(words(f"article_{key}"))
            yield from (_display(0, line) for line in lines)
    if step.entries:
        yield from _said(words("article_contracted"))
    yield _display(step.number, step.body)
    for line in step.matrix:
        yield from _said(words("article_matrices"))
        yield _display(0, line)
    if step.inserted:
        yield from _said(words("article_inserted"))
        yield _steps(step.inserted)
        yield from _said(words("article_short"))
        yield from (_display(0, line, note=f"({step.number}′)") for line in step.short)
    for note in step.notes:
        yield from _said(note)


def _said(prose: str) -> list[Text]:
    return [Text(rich(prose))] if prose else []


def _display(number: int, line: str, *, note: str = "") -> Math:
    """A line as the LaTeX article fits it on the page, aligned at its first relation."""
    found = _FIT.match(line)
    latex = (found[1] or found[2]) if found else line
    return Math((_row(latex, number, note),))


def _row(latex: str, number: int, note: str) -> Row:
    items = formula(latex).items
    at = next((k for k, item in enumerate(items) if is_relation(item)), None)
    if at is None:
        return Row("", tex(t.Row(items)), "", number=number, note=note)
    left, relation, right = items[:at], items[at], items[at + 1 :]
    return Row(tex(t.Row(left)), tex(t.Row(right)), tex(relation), number=number, note=note)


def _steps(rows: str) -> Math:
    """The lines of a derivative with their reasons."""
    made = []
    for row in _ROW_END.split(rows):
        found = _REASON.match(row)
        assert found is not None, row
        left, right, reason = found.groups()
        made.append(Row(tex(formula(left)), tex(formula(right)), note=rich(reason)))
    return Math(tuple(made))


def rich(prose: str) -> str:
    """LaTeX between formulas as rich text."""
    if not prose:
        return ""
    kept = prose.replace(r"\allowbreak ", "")
    (text,) = formula(f"\\text{{{kept}}}").items
    assert isinstance(text, t.Text)
    return "".join(map(_run, text.runs))


def _run(run: t.Words | t.Row) -> str:
    if isinstance(run, t.Row):
        return f"${tex(run)}$"
    mark = _MARKS.get(FONTS.get(run.font, ""), "")
    return f"{mark}{run.text if mark == '`' else plain(run.text)}{mark}"
