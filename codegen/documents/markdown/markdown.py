"""A deck as Markdown with ``$$`` for displays: what MyST and Quarto both read."""

from __future__ import annotations

import json
import re

from ...deck.model import Deck, Page, Picture
from ...formula.rich import words_of
from ...picture.printers.svg import svg
from ...picture.scene.layers import layered
from ..notebook.markdown import about, blocks_markdown, rich


def markdown(deck: Deck, folder: str) -> tuple[str, dict[str, str]]:
    """The text, and the pictures that it asks for in ``folder``: name -> SVG."""
    pages = _Pages(folder)
    head = {"title": words_of(deck.title), "author": words_of(deck.author), "lang": deck.language}
    front = "".join(f"{key}: {_quoted(value)}\n" for key, value in head.items() if value)
    shown = [pages.page(p) for p in deck.pages if p.layout != "title" and p.item != "agenda"]
    body = "\n\n".join([f"# {rich(deck.title)}", *filter(None, shown)])
    return f"---\n{front}---\n\n{body}\n", pages.pictures


def _quoted(value: str) -> str:
    """A string of YAML, without what would begin HTML for a reader that knows no YAML."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


class _Pages:
    """Prints page by page: no heading skips a level, and equal pictures are one file."""

    def __init__(self, folder: str) -> None:
        self.folder, self.level, self.id = folder, 2, ""
        self.pictures: dict[str, str] = {}

    def page(self, page: Page) -> str:
        self.id = re.sub(r"[^A-Za-z0-9_-]", "-", page.id)
        section = page.layout == "section"
        heading = "##" if section else "#" * self.level
        self.level = 3 if section else self.level
        parts = [f"{heading} {rich(page.title)}"] if page.title else []
        if page.subtitle:
            parts.append(f"*{rich(page.subtitle, inside=True)}*")
        return "\n\n".join([*parts, *blocks_markdown(page.blocks, self.picture)])

    def picture(self, block: Picture) -> str:
        """The last state of a scene, as a link to its file."""
        ((_, _, scene),) = layered(block.scene, steps=False)
        drawn = svg(scene, standalone=True)
        known = (name for name, made in self.pictures.items() if made == drawn)
        name = next(known, f"{self.id}-{len(self.pictures) + 1}.svg")
        self.pictures[name] = drawn
        return f"![{about(block)}]({self.folder}/{name})"
