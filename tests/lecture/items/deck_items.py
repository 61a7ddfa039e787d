"""Pages of one item of a spec of tests/specs, and the numbers they print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import (
    Block,
    Code,
    Columns,
    Figure,
    Math,
    Page,
    Panel,
    Table,
    Text,
)
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items import pages_of
from chalkgrad.codegen.lecture.items.entries import deck_item
from tests.lecture.typed import TexRow, as_tex
from tests.paths import SPECS


@cache
def pages(spec: str, item: str, language: str = "en", sets: tuple[str, ...] = ()) -> list[Page]:
    """The pages of every ``item`` of the deck of tests/specs/``spec``.yaml."""
    return context_pages(load_all(SPECS / f"{spec}.yaml", list(sets)), language, item)[1]


def context_pages(networks: Sequence[Any], language: str, item: str) -> tuple[Context, list[Page]]:
    context = Context(networks, language, SPECS)
    made: list[Page] = []
    for k, entry in enumerate(context.spec.deck):
        name, options = deck_item(entry, k)
        if name == item:
            made.extend(pages_of(name)(context, options))
    return context, made


def item_pages(definition: dict[str, Any], entry: Any, language: str = "en") -> list[Page]:
    """The pages of one entry of ``deck:`` for a spec given as data."""
    name = next(iter(entry)) if isinstance(entry, dict) else entry
    return context_pages(load_all({**definition, "deck": [entry]}), language, name)[1]


def page(found: Iterable[Page], key: str) -> Page:
    return next(p for p in found if p.id == key)


def figures(found: Iterable[Page] | Page) -> dict[str, Figure]:
    chosen = [found] if isinstance(found, Page) else found
    return {f.id: f for p in chosen for f in p.figures}


def same(figure: Figure, digits: str) -> bool:
    """Is the figure's value this number, at the digits in which it is written?"""
    wanted = Decimal(digits)
    exponent = wanted.as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(Decimal(figure.value) - wanted) <= Decimal(1).scaleb(exponent)


def blocks(found: Iterable[Block]) -> Iterator[Block]:
    """Every block, those inside of columns and panels too."""
    for b in found:
        yield b
        if isinstance(b, Columns):
            for _, inside in b.columns:
                yield from blocks(inside)
        elif isinstance(b, Panel):
            yield from blocks(b.blocks)


def of_kind(p: Page, kind: type[Any]) -> list[Any]:
    return [b for b in blocks(p.blocks) if isinstance(b, kind)]


def rows(p: Page) -> list[TexRow]:
    return [as_tex(r) for m in of_kind(p, Math) for r in m.rows]


def bare(text: str) -> str:
    r"""LaTeX without the macros \cgn{…}{x} and \cgr{…}{x} round x."""
    for mark in ("\\cgn{", "\\cgr{"):
        while mark in text:
            start = text.index(mark)
            middle = text.index("}{", start) + 2
            depth, end = 1, middle
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            text = text[:start] + text[middle : end - 1] + text[end:]
    return text


def words_of(p: Page) -> str:
    """All that a page says, mathematics included."""
    parts = [p.title, p.subtitle]
    for b in blocks(p.blocks):
        match b:
            case Text():
                parts.append(b.text)
            case Math():
                parts += [f"{x.left} {x.relation} {x.right} {x.note}" for x in map(as_tex, b.rows)]
            case Table():
                parts += [*b.head, *(c for r in b.rows for c in r)]
            case Code():
                parts.append(b.text)
            case Panel():
                parts.append(b.title)
            case _:
                pass
    return bare("\n".join(parts))
