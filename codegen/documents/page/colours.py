"""The colours of the page: the lecturer's theme and the factors, readable on light and dark."""

from __future__ import annotations

import re

from ....derive.language.errors import ChalkgradError
from ...deck.model import Theme
from ...formula.style import contrast, palette

ENOUGH = 4.5
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_DARK = "#181818"


def theme_rules(theme: Theme) -> str:
    """CSS custom properties of a theme, for light and (where it has no background of its own) for
    dark. Raises ChalkgradError for a colour that is not ``#rrggbb``."""
    for name in ("main", "text", "background"):
        value = getattr(theme, name)
        if not _COLOUR.match(value):
            raise ChalkgradError(
                f"'{value}' is no colour", where=f"theme.{name}", hint="write it as #rrggbb"
            )
    main = readable(theme.main, theme.background)
    light = [f"--main:{main}", f"--bar:{theme.main}", f"--on-bar:{_on(theme.main)}",
             f"--text:{readable(theme.text, theme.background)}",
             f"--paper:{theme.background}"]  # fmt: skip
    rules = f":root{{{';'.join(light)}}}\n" + _factors(dark=False)
    if theme.background == Theme().background and theme.text == Theme().text:
        dark = [f"--main:{readable(theme.main, _DARK)}", "--text:#ececec", f"--paper:{_DARK}"]
        inside = f":root{{{';'.join(dark)}}}\n" + _factors(dark=True)
        rules += f"@media screen and (prefers-color-scheme:dark){{{inside}}}\n"
    return rules


def readable(colour: str, background: str) -> str:
    """The colour, darkened or lightened until its contrast with the background is enough."""
    goal = 0.0 if contrast("#000000", background) > contrast("#ffffff", background) else 255.0
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    made = colour
    for step in range(41):
        made = "#" + "".join(f"{round(p + (goal - p) * step / 40):02x}" for p in parts)
        if contrast(made, background) >= ENOUGH:
            break
    return made


def _on(colour: str) -> str:
    """White or black, whichever reads better on a colour."""
    return max(("#ffffff", "#111111"), key=lambda c: contrast(c, colour))


def _factors(*, dark: bool) -> str:
    """Line, tint and text of each factor. On a dark page the tint is a deep shade of the line."""
    made = []
    for k, f in enumerate(palette(), start=1):
        if dark:
            parts = [int(f.stroke[i : i + 2], 16) for i in (1, 3, 5)]
            tint = "#" + "".join(f"{round(0x18 + (p - 0x18) * 0.22):02x}" for p in parts)
            text = readable(f.stroke, tint)
        else:
            tint, text = f.tint, f.text
        made.append(f".cg-f{k}{{--stroke:{f.stroke};--tint:{tint};--ink:{text}}}")
    return "\n".join(made) + "\n"
