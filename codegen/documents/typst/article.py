"""The derivation as an article of Typst: its parts as pages of blocks, which are printed as those
of a sheet are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...article.paper import Display, Item, Paper, Reasoned
from ...deck.model import Block, Deck, Math, Page, Row, Table, Text
from ...formula.line_breaks import is_relation
from ...formula.rich import Rich
from ...formula.tree.nodes import Row as Formula
from ...lecture.words import Words, words
from .sheet import sheet


def article_typst(paper: Paper, name: str) -> str:
    """The Typst document of an article; ``name`` is the network's."""
    return sheet(article_deck(paper, name))


def article_deck(paper: Paper, name: str) -> Deck:
    """An article as pages of blocks."""
    pages = tuple(_pages(paper, words(paper.language)))
    return Deck(name, paper.language, paper.title, paper.author, pages)


def _pages(paper: Paper, said: Words) -> Iterator[Page]:
    yield _page("intro", "", _text(paper.intro))
    head = tuple(said(f"article_{key}") for key in ("symbol", "code", "shape", "what"))
    table = Table(head, tuple(paper.symbols), "llll", size="small")
    yield _page("symbols", said("article_symbols"), [table, *_text(paper.signs)], section=True)
    forward = [b for item in paper.forward for b in _item(item)]
    yield _page("forward", said("article_forward"), forward, section=True)
    functions = [*map(_display, paper.functions), *map(_steps, paper.softmaxes)]
    if functions:
        yield _page("functions", said("article_functions"), functions, section=True)
    yield _page("backward", said("article_backward"), _text(paper.backward_intro), section=True)
    for step in paper.steps:
        yield _page(f"step-{step.number}", step.heading, _step(step, said))
    if paper.batch:
        batch = [b for item in paper.batch
                 for b in (_text(item) if isinstance(item, str) else _item(item))]  # fmt: skip
        yield _page("batch", said("article_batch"), batch, section=True)


def _page(name: str, title: Rich, blocks: Iterable[Block], *, section: bool = False) -> Page:
    layout = "section" if section else "content"
    return Page(name, "article", title, tuple(blocks), layout=layout)


def _item(item: Item) -> Iterator[Block]:
    yield _display(item.body, item.number)
    yield from map(_display, item.more)
    for note in item.notes:
        yield from _text(note)


def _step(step: Item, said: Words) -> Iterator[Block]:
    """The levels of one gradient, each with its sentence."""
    levels = (("chain", [step.chain]), ("further", [step.full]), ("entries", step.entries))
    for key, lines in levels:
        shown = [line for line in lines if line is not None]
        yield from _text(said(f"article_{key}")) if shown else ()
        yield from map(_display, shown)
    if step.entries:
        yield from _text(said("article_contracted"))
    yield _display(step.body, step.number)
    for line in step.matrix:
        yield from _text(said("article_matrices"))
        yield _display(line)
    if step.inserted:
        yield from _text(said("article_inserted"))
        yield _steps(step.inserted)
        yield from _text(said("article_short"))
        yield from (_display(line, note=f"({step.number}′)") for line in step.short)
    for note in step.notes:
        yield from _text(note)


def _text(said: Rich) -> list[Text]:
    return [Text(said)] if said else []


def _display(line: Display, number: int = 0, note: Rich = "") -> Math:
    """A line aligned at its first relation."""
    items = line.formula.items
    at = next((k for k, item in enumerate(items) if is_relation(item)), None)
    if at is None:
        return Math((Row(Formula(()), line.formula, None, number=number, note=note),))
    left, relation, right = Formula(items[:at]), items[at], Formula(items[at + 1 :])
    assert is_relation(relation)
    return Math((Row(left, right, relation, number=number, note=note),))


def _steps(lines: Sequence[Reasoned]) -> Math:
    """The lines of a derivative with their reasons."""
    return Math(tuple(Row(x.left, x.right, note=x.reason) for x in lines))
