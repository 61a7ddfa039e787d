"""Pages of single deck items, and everything that is written on them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import (
    Block,
    Bullets,
    Columns,
    Math,
    Page,
    Panel,
    Table,
    Text,
)
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items.entries import deck_item
from chalkgrad.derive.network.network import Network
from tests.lecture.typed import TexRow, as_tex
from tests.paths import SPECS

SPEC_NAMES = ("mari", "mazur", "ng", "ando")
LANGUAGES = ("en", "pt")


@cache
def networks(spec: str) -> tuple[Network, ...]:
    return tuple(load_all(SPECS / f"{spec}.yaml"))


def context(spec: str | dict[str, Any], language: str = "en") -> Context:
    found = networks(spec) if isinstance(spec, str) else load_all(spec)
    return Context(found, language, SPECS)


def pages_of(
    spec: str | dict[str, Any], name: str, options: Any = None, language: str = "en"
) -> list[Page]:
    from chalkgrad.codegen.lecture.items import pages_of as maker

    item, given = deck_item({name: options} if options is not None else name)
    return list(maker(item)(context(spec, language), given))


def blocks(page: Page) -> Iterator[Block]:
    yield from _flat(page.blocks)


def _flat(found: Any) -> Iterator[Block]:
    for b in found:
        yield b
        if isinstance(b, Columns):
            for _, inner in b.columns:
                yield from _flat(inner)
        if isinstance(b, Panel):
            yield from _flat(b.blocks)


def rows(page: Page) -> list[TexRow]:
    return [as_tex(r) for b in blocks(page) if isinstance(b, Math) for r in b.rows]


def written(page: Page) -> str:
    """Every text, formula and label of a page."""
    made = [page.title, page.subtitle, *page.notes]
    for b in blocks(page):
        if isinstance(b, Text):
            made.append(b.text)
        elif isinstance(b, Bullets):
            made += b.items
        elif isinstance(b, Table):
            made += [*b.head, *(c for r in b.rows for c in r)]
        elif isinstance(b, Math):
            made += [f"{x.left} {x.relation} {x.right} {x.note}" for x in map(as_tex, b.rows)]
        elif hasattr(b, "scene"):
            made += [s.text for s in b.scene.shapes if hasattr(s, "text")]
    return "\n".join(made)


def figure(page: Page, ending: str) -> Any:
    return next(f for f in page.figures if f.id.endswith(ending))


def fits(page: Page) -> bool:
    """Does the page stay one page in a 16:9 deck?"""
    from chalkgrad.codegen.deck.model import Deck
    from chalkgrad.codegen.layout.paging import paginate

    return len(paginate(Deck("x", "en", "x", "", (page,))).pages) == 1
