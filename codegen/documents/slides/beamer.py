"""A deck as a beamer document that pdflatex compiles in one run.

The pages come from `paging.paginate`; the page number is printed from Python's count, and no
package that needs a second run is used. What the slides look like stands in ``slides.tex.j2`` and
``chalkgrad.sty`` (`sty.style_file`), which the document loads from its own folder.
"""

from __future__ import annotations

import math
import re
from typing import Any

from ...deck.model import (
    Block,
    Deck,
    Page,
    Theme,
)
from ...formula.tex_text import rich_tex
from ...layout.extent import SMALLEST, smallest
from ...layout.paging import paginate, room
from ...layout.standing import begins_on_top
from ...lecture.own.themes import check_logo
from ..tex.blocks import Setting, blocks_tex
from ..tex.layers import Layers
from ..tex.sty import environment, facts_tex, theme_colours


def slides(deck: Deck, *, handout: bool = False, notes: bool = False) -> str:
    """The beamer document of a deck; ``chalkgrad.sty`` (`sty.style_file`) must stand beside it.

    ``handout``: beamer's handout mode, one page per slide with everything shown. ``notes``: the
    speaker notes as pages of their own. Raises ChalkgradError for a theme that cannot be used (its
    colours, its logo's name).
    """
    whole = paginate(deck)
    area = room(whole)
    layers = Layers()
    setting = Setting(area.wide, area.high, steps=not handout, layers=layers)
    count = len(whole.pages)
    pages = [_slide(p, k, count, whole, setting, layers) for k, p in enumerate(whole.pages, 1)]
    theme = whole.theme
    return (
        environment()
        .get_template("slides.tex.j2")
        .render(
            aspect="43" if whole.aspect == "4:3" else "169",
            handout=handout,
            notes=notes,
            bar=theme.bar,
            colours=theme_colours(theme),
            margin=f"{area.margin:g}",
            top=f"{area.top:g}",
            bottom=f"{area.bottom:g}",
            body=f"{area.high:.3f}",
            logo=_logo(theme),
            footer=rich_tex(theme.footer),
            pages=pages,
            facts=facts_tex(whole, hyperref=True),
        )
    )


def _logo(theme: Theme) -> str:
    """The logo's picture: a file beside the document, named by letters that TeX does not read."""
    if not theme.logo:
        return ""
    check_logo(theme)
    high = "7mm" if theme.bar else "6.5mm"
    return (
        rf"\IfFileExists{{{theme.logo}}}{{\includegraphics[height={high}]{{{theme.logo}}}}}"
        r"{\cgwarnlogo}"
    )


# -- pages -------------------------------------------------------------------------------------


def _slide(
    page: Page, k: int, count: int, deck: Deck, setting: Setting, layers: Layers
) -> dict[str, Any]:
    """What the template needs to know of a page; every text is LaTeX."""
    board = page.layout == "board" and setting.steps
    layers.ground = "b" if board else ""
    title = page.title or (deck.title if page.layout == "title" else "")
    return {
        "id": re.sub(r"[^A-Za-z0-9_.-]", "-", page.id),
        "title": rich_tex(title),
        "subtitle": rich_tex(page.subtitle),
        "number": f"{k}/{count}",
        "steps": max(1, page.steps),
        "floor": math.ceil(100 * SMALLEST / smallest(page.blocks)),
        "body": _body(page, title, deck, setting),
        "layers": layers.taken(),  # those of the body
        "notes": [rich_tex(n) for n in page.notes],
        "board": board,
        "plain": page.layout in ("title", "section"),
    }


def _body(page: Page, title: str, deck: Deck, setting: Setting) -> str:
    if page.layout in ("title", "section"):
        said = [title, page.subtitle, *([deck.author] if page.layout == "title" else [])]
        front = f"\\cg{page.layout}page" + "".join(f"{{{rich_tex(t)}}}" for t in said)
        return f"\\cgtop\n{front}%\n{_stacked(page.blocks, setting)}\\cgbottom"
    top = "\\cgtoptext" if begins_on_top(page) else "\\cgtop"
    return f"{top}\n{_stacked(page.blocks, setting)}\\cgbottom"


def _stacked(blocks: tuple[Block, ...], setting: Setting) -> str:
    return blocks_tex(blocks, setting) + "\n" if blocks else ""
