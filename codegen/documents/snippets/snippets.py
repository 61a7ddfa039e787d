"""Every display and picture of a deck as a file for ``\\input``, with the one style file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...deck.model import Block, Columns, Deck, Math, Panel, Picture, Strip, Table
from ..tex.blocks import Setting, block_tex
from ..tex.sty import STYLE, style_file

_KINDS: dict[type, str] = {Math: "display", Picture: "picture", Table: "table", Strip: "strip"}
_HEAD = "% made by chalkgrad: \\usepackage{chalkgrad} in the preamble, then \\input this file\n"


def snippets(deck: Deck) -> dict[str, str]:
    """File name -> LaTeX, and ``chalkgrad.sty``. The names are ``PAGE-display1.tex``,
    ``PAGE-picture1.tex``, ``PAGE-table1.tex``; they depend on nothing but
    the page. After ``\\cgstepstrue`` in a beamer document the displays appear step by step."""
    whole = Setting(16.0, 9.0, steps=False, article=True)
    stepwise = Setting(16.0, 9.0, steps=True, article=True)
    made = {STYLE: style_file()}
    for page in deck.pages:
        name = re.sub(r"[^A-Za-z0-9_-]", "-", page.id)
        count: dict[str, int] = {}
        for block in _shown(page.blocks):
            kind = _KINDS[type(block)]
            count[kind] = count.get(kind, 0) + 1
            body = block_tex(block, whole if kind == "picture" else stepwise)
            made[f"{name}-{kind}{count[kind]}.tex"] = _HEAD + body + "\n"
    return made


def _shown(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        if type(block) in _KINDS:
            yield block
        elif isinstance(block, Panel):
            yield from _shown(block.blocks)
        elif isinstance(block, Columns):
            for _, inside in block.columns:
                yield from _shown(inside)
