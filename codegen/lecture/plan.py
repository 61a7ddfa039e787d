"""From the networks of a spec to the pages of a lecture: ``deck:`` item by item.

Every item of the deck is a function in `codegen.lecture.items` that yields pages; what they share
(the boards of the networks, the words, the theme) is the `Context`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from derive.deck import Item, deck_item
from derive.errors import ChalkgradError, suggest
from derive.network import Network

from .board import Board
from .model import Block, Deck, Page, Rich, Theme
from .rich import plain
from .words import Words, words


class Context:
    """What the items of a deck work with. ``boards`` are made when first asked for."""

    def __init__(
        self,
        networks: Sequence[Network],
        language: str,
        folder: Path | None,
        *,
        trust: bool = False,
    ) -> None:
        self.networks = {n.spec.key: n for n in networks}
        self.words: Words = words(language)
        self.spec = networks[0].spec
        self.language, self.folder, self.trust = language, folder, trust
        if folder is None and self.spec.where and Path(self.spec.where).is_file():
            self.folder = Path(self.spec.where).parent
        self.boards: dict[str, Board] = {}
        self.items: list[tuple[str, Item]] = []
        self.pages: list[Page] = []
        self.reports: list[str] = []

    def board(self, key: str | None = None) -> Board:
        """The board of a network; without a key the main (or the first) one."""
        name = key or next(iter(self.networks))
        if name not in self.networks:
            raise ChalkgradError(f"there is no network '{name}'", hint=suggest(name, self.networks))
        if name not in self.boards:
            self.boards[name] = Board(self.networks[name], self.words)
        return self.boards[name]

    def localized(self, given: Any) -> Rich | None:
        """A text of the spec in the deck's language, as rich text that means only itself."""
        if given is None or isinstance(given, str):
            return None if given is None else plain(given)
        code = self.words.language
        text = given.get(self.language) or given.get(code) or next(iter(given.values()))
        return plain(text)

    def page(
        self,
        key: str,
        title: Rich,
        blocks: Sequence[Block],
        *,
        board: Board | None = None,
        **more: Any,
    ) -> Page:
        """A page with the numbers that ``board`` printed since its last page."""
        figures = board.drain() if board is not None else ()
        network = board.key if board is not None else ""
        return Page(
            id=key, item="", title=title, blocks=tuple(blocks), network=network,
            figures=figures, **more,
        )  # fmt: skip


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
    return planned(networks, language, folder=folder, trust=trust)[0]


def planned(
    networks: Sequence[Network],
    language: str,
    *,
    folder: Path | None = None,
    trust: bool = False,
) -> tuple[Deck, Context]:
    """The deck, and the context with the boards it was made from (see `lecture`)."""
    context = Context(networks, language, folder, trust=trust)
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
    deck = Deck(
        name=stem,
        language=language,
        title=context.localized(spec.title) or plain(stem.replace("_", " ")),
        author=context.localized(spec.author) or "",
        pages=tuple(_unique(context.pages)),
        theme=theme_of(context),
        aspect=spec.style.aspect or "16:9",
        decimal=context.words.decimal,
        reports=tuple(reports),
    )
    return deck, context


def default_deck(context: Context) -> list[Any]:
    """What is shown where the spec has no ``deck:``."""
    board = context.board()
    made: list[Any] = ["title", "architecture", "forward", "gradients"]
    return [*made, "example", "check"] if board.has_numbers else made


def theme_of(context: Context) -> Theme:
    from .themes import theme

    given = context.spec.theme or context.spec.style.theme
    return theme(given, context.folder, context.language) if given is not None else Theme()


def _named(context: Context, name: str, options: Item) -> Iterator[Page]:
    from .items import pages_of

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
