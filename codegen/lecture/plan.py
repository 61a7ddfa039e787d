"""From the networks of a spec to the pages of a lecture: ``deck:`` item by item.

Every item of the deck is a function in `codegen.lecture.items` that yields pages, with the
`Context` that they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...derive.language.errors import ChalkgradError
from ...derive.network.network import Network
from ..deck.item import Item
from ..deck.model import Deck, Page, Theme
from ..formula.rich import plain
from .board.context import Context
from .items import pages_of
from .items.entries import deck_item


def lecture(
    networks: Sequence[Network],
    language: str,
    *,
    folder: Path | None = None,
    trust: bool = False,
) -> Deck:
    """The deck of a spec in one language.

    ``networks`` are those of one file (`derive.load_all`); ``folder`` is where it stands, for the
    lecturer's own slides and theme; ``trust`` admits raw TeX in those. Raises ChalkgradError, with
    the place in ``deck:``, for what cannot be shown.
    """
    return planned(Context(networks, language, folder, trust=trust))


def planned(context: Context) -> Deck:
    """The deck (see `lecture`); the context then holds the boards it was made from."""
    given = list(context.spec.deck) or default_deck(context)
    context.items = [deck_item(entry, k) for k, entry in enumerate(given)]
    for k, (name, options) in enumerate(context.items):
        try:
            context.pages.extend(_named(context, name, options))
        except ChalkgradError as fault:
            raise fault.inside(f"deck[{k}].{name}") from None
    reports = [*context.reports, *(r for b in context.boards.values() for r in b.reports)]
    spec = context.spec
    stem = str(spec.name)
    if spec.key != "main" and stem.endswith(f"_{spec.key}"):
        stem = stem[: -len(spec.key) - 1]
    return Deck(
        name=stem,
        language=context.language,
        title=context.localized(spec.title) or plain(stem.replace("_", " ")),
        author=context.localized(spec.author) or "",
        pages=tuple(_unique(context.pages)),
        theme=theme_of(context),
        aspect=spec.style.aspect or "16:9",
        decimal=context.words.decimal,
        reports=tuple(reports),
    )


def default_deck(context: Context) -> list[Any]:
    """What is shown where the spec has no ``deck:``."""
    board = context.board()
    made: list[Any] = ["title", "architecture", "forward", "gradients"]
    return [*made, "example", "check"] if board.has_numbers else made


def theme_of(context: Context) -> Theme:
    from .own.themes import theme

    given = context.spec.theme or context.spec.style.theme
    return theme(given, context.folder, context.language) if given is not None else Theme()


def _named(context: Context, name: str, options: Item) -> Iterator[Page]:
    title, notes = context.localized(options.title), context.localized(options.notes)
    for k, page in enumerate(pages_of(name)(context, options)):
        made = replace(page, item=name)
        if title is not None and name != "section":
            made = replace(made, title=title)
        if notes is not None and k == 0:
            made = replace(made, notes=(*made.notes, notes))
        yield made


def _unique(pages: Sequence[Page]) -> Iterator[Page]:
    """Pages whose ids differ: the second ``gradients-W1`` becomes ``gradients-W1-2``."""
    seen: dict[str, int] = {}
    for page in pages:
        count = seen[page.id] = seen.get(page.id, 0) + 1
        yield page if count == 1 else replace(page, id=f"{page.id}-{count}")
