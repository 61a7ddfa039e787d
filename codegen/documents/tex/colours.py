"""Colours of a document: the theme's, checked for contrast, and the same names as chalk."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ....derive.language.errors import ChalkgradError
from ...deck.model import Theme
from ...formula.style import Factor, Style, contrast, style

LEAST = 4.5
BOARD = "#1c4a39"
_RED, _GREEN = "#b00000", "#00694c"


def mixed(one: str, other: str, part: float) -> str:
    """``part`` (0 to 1) of ``one`` with the rest of ``other``."""
    pairs = [(int(one[k : k + 2], 16), int(other[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


def readable(colour: str, background: str, least: float = LEAST, *, steps: int = 20) -> str:
    """The colour, darkened (on a dark background: lightened) until its contrast is ``least``.

    ``steps`` lead to black or white."""
    end = max(("#000000", "#ffffff"), key=lambda c: contrast(c, background))
    for step in range(steps + 1):
        made = mixed(end, colour, step / steps)
        if contrast(made, background) >= least:
            return made
    return end


@dataclass(frozen=True)
class Inks:
    """The named colours of a page: ``cgMain``, ``cgGrey``, …; every text has contrast >= 4.5."""

    paper: str
    ink: str
    main: str
    grey: str
    high: str
    soft: str
    right: str
    wrong: str
    bar: str
    bar_text: str


def checked(colour: str, where: str) -> str:
    """A colour as ``#rrggbb``. Raises ChalkgradError for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ChalkgradError(
            f"'{colour}' is not a colour", where=where, hint="write it as '#7b1c20'"
        )
    return colour.lower()


def inks(theme: Theme, *, board: bool = False) -> Inks:
    """The colours of a theme's pages, or of its blackboards. Raises ChalkgradError."""
    main = checked(theme.main, "theme.main")
    paper = BOARD if board else checked(theme.background, "theme.background")
    ink = readable("#f4f4ee" if board else checked(theme.text, "theme.text"), paper, 7.0)
    soft = mixed(main if not board else ink, paper, 0.08)

    def both(colour: str) -> str:
        return readable(readable(colour, soft), paper)

    return Inks(
        paper=paper,
        ink=ink,
        main=both("#e8c55a" if board else main),
        grey=both(mixed(ink, paper, 0.62)),
        high=both("#ff9a8a" if board else _RED),
        soft=soft,
        right=readable("#8fe0b8" if board else _GREEN, paper),
        wrong=readable("#ff9a8a" if board else _RED, paper),
        bar=main,
        bar_text="#ffffff" if contrast("#ffffff", main) >= LEAST else readable("#1f1f1f", main),
    )


def picture_colours(paper: str) -> list[tuple[str, str]]:
    """The pictures' colours (``cgf1``, ``cgweight``, …) as they are on another background:
    lines and texts keep their contrast, fills become tints of it."""
    look = style()
    dark = contrast("#ffffff", paper) > contrast("#000000", paper)
    thin, fat = (6.0, 7.5) if dark else (3.0, LEAST)  # thin light lines need more on a dark ground
    made = [("cgink", readable(look.ink, paper, fat)), ("cgpaper", paper)]
    for k, factor in enumerate(look.factors, 1):
        line = readable(factor.stroke, paper, thin)
        tint = mixed(factor.stroke, paper, 0.22)
        made += [(f"cgf{k}", line), (f"cgf{k}tint", tint), (f"cgf{k}text", readable(line, tint))]
    for role, row in look.roles.items():
        name = role or "plain"
        made += [(f"cg{name}", readable(row.stroke, paper, thin)),
                 (f"cg{name}text", readable(row.text, paper, fat))]  # fmt: skip
        if row.fill:
            solid = row.fill == row.stroke
            made.append((f"cg{name}fill", readable(row.fill, paper, thin) if solid
                         else mixed(row.stroke, paper, 0.06)))  # fmt: skip
    return made


def picture_style(paper: str) -> Style:
    """The style of pictures with the colours that they have on a background."""
    look = style()
    if paper.lower() == look.paper:
        return look
    found = dict(picture_colours(paper))
    factors = tuple(
        Factor(found[f"cgf{k}"], found[f"cgf{k}tint"], found[f"cgf{k}text"])
        for k in range(1, len(look.factors) + 1)
    )
    roles = {}
    for role, row in look.roles.items():
        name = f"cg{role or 'plain'}"
        fill = found.get(f"{name}fill", "")
        roles[role] = replace(row, stroke=found[name], fill=fill, text=found[f"{name}text"])
    return Style(found["cgink"], paper, factors, look.factor_width, roles)
