"""The lecturer's own look: colours, footer and logo, from the spec or from a file beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ....derive.language.errors import ChalkgradError, suggest
from ....derive.spec import strict_yaml
from ....derive.spec.fields import shown
from ...deck.model import Theme
from ...formula.rich import plain
from ...formula.style import contrast
from ..words import localized
from .files import beside, text_of

LEAST = 4.5  # contrast of text: WCAG 2, level AA
_LOGO = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*\.(?:png|jpe?g|pdf)")
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class ThemeFile(BaseModel):
    """The keys of a theme."""

    model_config = ConfigDict(extra="forbid", strict=True)

    main: Colour = Theme.main
    """Titles, rules and the bar."""
    text: Colour = Theme.text
    """What is written."""
    background: Colour = Theme.background
    """The paper; text must stand out from it by at least 4.5 to 1."""
    footer: Annotated[str, Field(max_length=200)] | dict[str, str] = ""
    """A line at the foot of every page, a text or one per language."""
    logo: str = ""
    """A picture beside the spec."""
    bar: bool = False
    """A bar of the main colour behind the titles."""


def theme(given: Any, folder: Path | None, language: str = "en") -> Theme:
    """A theme from a mapping, or from a YAML file beside the spec.

    ``logo`` stays the name relative to the spec; `logo_path` finds the file. Raises
    ChalkgradError for unknown keys, values that do not fit, files outside of the folder, and
    colours that cannot be told apart: below 4.5 to 1 (WCAG 2, level AA).
    """
    where = "theme"
    if isinstance(given, str):
        where = given
        path = beside(folder, given, "theme")
        given = strict_yaml.load_text(text_of(path, "theme"), given)
    if not isinstance(given, Mapping):
        raise ChalkgradError(
            f"a theme is a mapping of keys; got {shown(given)}", where=where,
            hint="main: '#7b1c20'",
        )  # fmt: skip
    made = _checked({str(k): v for k, v in given.items()}, where)
    for name in ("text", "main"):
        _readable(name, getattr(made, name), made.background, where)
    return Theme(
        main=made.main.lower(), text=made.text.lower(), background=made.background.lower(),
        footer=plain(localized(made.footer, language)), logo=_logo(made.logo, folder, where),
        bar=made.bar,
    )  # fmt: skip


def _checked(given: dict[str, Any], where: str) -> ThemeFile:
    try:
        return ThemeFile.model_validate(given)
    except ValidationError as errors:
        first = errors.errors(include_url=False)[0]
    key = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        hint = suggest(key, ThemeFile.model_fields)
        raise ChalkgradError(f"unknown key {shown(key)}", where=where, hint=hint)
    takes = {
        "footer": "a text of at most 200 characters, or one per language",
        "logo": "the name of a picture beside the spec", "bar": "true or false",
    }.get(key, "a colour such as '#7b1c20', in quotes")  # fmt: skip
    what = f"{key} takes {takes}; got {shown(first['input'])}"
    raise ChalkgradError(what, where=f"{where}: {key}")


def _readable(name: str, colour: str, background: str, where: str) -> None:
    ratio = contrast(colour, background)
    if ratio < LEAST:
        raise ChalkgradError(
            f"{name} {colour} on background {background} has the contrast {ratio:.2f} to 1, "
            f"below {LEAST} to 1",
            where=f"{where}: {name}", hint="a darker colour, or another background",
        )  # fmt: skip


def _logo(logo: str, folder: Path | None, where: str) -> str:
    if not logo:
        return ""
    where = f"{where}: logo"
    if not _LOGO.fullmatch(logo):
        raise ChalkgradError(
            f"{shown(logo)} cannot be a logo", where=where,
            hint="a .png, .jpg or .pdf beside the spec, its name of letters, digits, _ and -",
        )  # fmt: skip
    beside(folder, logo, where)
    return logo


def check_logo(theme: Theme) -> None:
    """Raise ChalkgradError where the logo's name is none that a document may hold."""
    if theme.logo and not _LOGO.fullmatch(theme.logo):
        raise ChalkgradError(
            f"'{theme.logo}' cannot be a logo", where="theme.logo",
            hint="a .png, .jpg or .pdf beside the spec, its name of letters, digits, _ and -",
        )  # fmt: skip


def logo_path(theme: Theme, folder: Path | None) -> Path | None:
    """The logo's file, for documents to copy or embed; None where the theme has none."""
    return beside(folder, theme.logo, "theme: logo") if theme.logo else None
