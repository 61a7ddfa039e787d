"""What a lecture says, in the reader's language: one file per language, one key per sentence.

in:    the code of a language
out:   `Words`
names: `words`, `languages`, `localized`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ....derive.language.errors import ChalkgradError, suggest

_FOLDER = Path(__file__).parent
_IN_FORMULAS = ("if", "otherwise", "and", "or", "sin", "sinh")
_SLOT = re.compile(r"\{([a-z_]+)\}")


def languages() -> list[str]:
    """Codes of the languages there are."""
    return sorted(p.stem for p in _FOLDER.glob("*.yaml"))


@cache
def words(language: str) -> Words:
    """The words of a language; ``pt-BR`` falls back to ``pt``. Raises ChalkgradError."""
    known = languages()
    code = language if language in known else language.split("-")[0].lower()
    if code not in known:
        raise ChalkgradError(
            f"there is no language '{language}'",
            where="style.language",
            hint=suggest(language, known),
        )
    return Words(code, _table(code))


def localized(given: str | Mapping[str, str], language: str) -> str:
    """A lecturer's text, or that of several which is in the language (or the first)."""
    if isinstance(given, str):
        return given
    code = language.split("-")[0]
    return given.get(language) or given.get(code) or next(iter(given.values()), "")


def _table(code: str) -> dict[str, str]:
    """The texts of a language over those of the language that its key ``base`` names."""
    own: dict[str, str] = yaml.safe_load((_FOLDER / f"{code}.yaml").read_text("utf-8"))
    base = own.pop("base", None)
    return own if base is None else _table(base) | own


class Words:
    """Calls give rich text: ``words("with_respect_to", what="$W^1$")``."""

    def __init__(self, language: str, table: dict[str, str]) -> None:
        self.language, self.table = language, table

    @property
    def decimal(self) -> str:
        """The mark between units and tenths."""
        return self.table["decimal_mark"]

    @property
    def in_formulas(self) -> dict[str, str]:
        """A word of the equations' own -> what the language says for it in print."""
        said = {word: self.table[f"formula_{word}"] for word in _IN_FORMULAS}
        return {word: own for word, own in said.items() if word != own}

    def __call__(self, key: str, **values: Any) -> str:
        """The text of ``key`` with its slots filled; the values are rich text already."""
        return _SLOT.sub(lambda m: str(values[m[1]]), self.table[key])

    def has(self, key: str) -> bool:
        return key in self.table
