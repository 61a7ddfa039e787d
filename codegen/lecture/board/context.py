"""What the items of a deck share: the boards of the networks, the words, the folder beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ....derive.language.errors import ChalkgradError, suggest
from ....derive.network.network import Network
from ...deck.item import Item
from ...deck.model import Block, Figure, Page
from ...formula.rich import Rich, plain
from ..words import Words, languages, localized, words
from .board import Board


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

    @cached_property
    def spoken(self) -> tuple[Context, ...]:
        """The same lecture in every language: what a page leaves out because it is full, it leaves
        out in all of them, so that their formulas are the same."""
        made = tuple(self if code == self.words.language else self._in(code)
                     for code in languages())  # fmt: skip
        for other in made:
            other.spoken = made
        return made

    def _in(self, language: str) -> Context:
        made = Context(tuple(self.networks.values()), language, self.folder, trust=self.trust)
        made.items, made.pages = self.items, self.pages
        return made

    def board(self, key: str | None = None) -> Board:
        """The board of a network; without a key the main (or the first) one."""
        name = key or next(iter(self.networks))
        if name not in self.networks:
            raise ChalkgradError(f"there is no network '{name}'", hint=suggest(name, self.networks))
        if name not in self.boards:
            self.boards[name] = Board(self.networks[name], self.words)
        return self.boards[name]

    def localized(self, given: str | Mapping[str, str] | None) -> Rich | None:
        """A text of the spec in the deck's language, as rich text that means only itself."""
        return None if given is None else plain(localized(given, self.language))

    def page(
        self,
        key: str,
        title: Rich,
        blocks: Sequence[Block],
        *,
        board: Board | None = None,
        figures: Iterable[Figure] = (),
        **more: Any,
    ) -> Page:
        """A page with the numbers that ``board`` printed since its last page, and ``figures``."""
        figures = (*(board.drain() if board is not None else ()), *figures)
        network = board.key if board is not None else ""
        return Page(
            id=key, item="", title=title, blocks=tuple(blocks), network=network,
            figures=figures, **more,
        )  # fmt: skip
