"""The colours of the page: the lecturer's theme and the factors, readable on light and dark."""

from __future__ import annotations

from functools import partial

from ...deck.model import Theme
from ...formula.style import contrast, palette
from ..tex import colours
from ..tex.colours import checked, mixed

readable = partial(colours.readable, steps=40)  # a screen shows finer steps than paper
_DARK = "#181818"


def theme_rules(theme: Theme) -> str:
    """CSS custom properties of a theme, for light and (where it has no background of its own) for
    dark. Raises ChalkgradError for a colour that is not ``#rrggbb``."""
    for name in ("main", "text", "background"):
        checked(getattr(theme, name), f"theme.{name}")
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


def _on(colour: str) -> str:
    """White or black, whichever reads better on a colour."""
    return max(("#ffffff", "#111111"), key=lambda c: contrast(c, colour))


def _factors(*, dark: bool) -> str:
    """Line, tint and text of each factor. On a dark page the tint is a deep shade of the line."""
    made = []
    for k, f in enumerate(palette(), start=1):
        tint = mixed(f.stroke, _DARK, 0.22) if dark else f.tint
        text = readable(f.stroke, tint) if dark else f.text
        made.append(f".cg-f{k}{{--stroke:{f.stroke};--tint:{tint};--ink:{text}}}")
    return "\n".join(made) + "\n"
