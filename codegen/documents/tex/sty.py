"""``chalkgrad.sty`` and its colours: what every LaTeX document of a lecture loads."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import jinja2

from ...deck.model import Deck, Theme
from ...formula.rich import words_of
from ...formula.style import palette
from ...formula.tex_text import pdf_facts
from ...picture.printers.tikz import tikz_preamble
from ...templates import latex
from .colours import BOARD, inks, mixed, picture_colours

STYLE = "chalkgrad.sty"


def style_file() -> str:
    """The text of ``chalkgrad.sty``: one file for slides, article and snippets."""
    return (
        environment()
        .get_template("chalkgrad.sty.j2")
        .render(
            pictures=tikz_preamble(),
            factors=len(palette()),
            colours=_named(Theme()),
            chalk=_named(Theme(), board=True) + _hex(picture_colours(BOARD)),
        )
    )


def _named(theme: Theme, *, board: bool = False) -> list[tuple[str, str]]:
    found = inks(theme, board=board)
    rule = mixed(found.main, found.paper, 0.55)
    named = {f"cg{k.title().replace('_', '')}": v for k, v in asdict(found).items()}
    return _hex([*named.items(), ("cgRule", rule)])


def facts_tex(deck: Deck, *, hyperref: bool = False) -> str:
    """Title, author and language of a deck for the PDF."""
    title, author = words_of(deck.title), words_of(deck.author)
    return pdf_facts(title, author, deck.language, hyperref=hyperref)


def theme_colours(theme: Theme) -> list[tuple[str, str]]:
    """Name and hexadecimal value of every colour that a theme changes."""
    made = _named(theme)
    plain = theme.background.lower() == "#ffffff"
    return made if plain else made + _hex(picture_colours(theme.background))


def _hex(colours: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value[1:].upper()) for name, value in colours]


def environment() -> jinja2.Environment:
    """The templates of the documents."""
    return latex(Path(__file__).parent)
