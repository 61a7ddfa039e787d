"""Which update rules a lecture shows: names with their options, and what the words call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .....derive.optimizers import Optimizer, names, optimizer
from .....derive.optimizers.options import checked, glossary
from .....derive.optimizers.rules import formed
from ....formula.rich import plain
from ...words import Words

Use = str | Mapping[str, Mapping[str, Any]]  # as the item's options hold it


@dataclass(frozen=True)
class Choice:
    """A rule in the form that its options choose, its numbers, and those that were given."""

    rule: Optimizer
    options: Mapping[str, Decimal]
    given: Mapping[str, Any]
    page: str  # what its pages are named by: rmsprop, rmsprop-centered

    @property
    def name(self) -> str:
        return self.rule.name

    def title(self, words: Words) -> str:
        return self._with_form(_word(words, f"rule_{self.name}", self._named()), words)

    def short(self, words: Words) -> str:
        """The name in a picture or a table."""
        return self._with_form(_word(words, f"rule_{self.name}_short", self._named()), words)

    def says(self, words: Words) -> str:
        """What the rule is, in a sentence: the form's, the rule's, or its own summary."""
        for key in (f"rule_{self.page.replace('-', '_')}_says", f"rule_{self.name}_says"):
            if words.has(key):
                return words(key)
        return plain(self.rule.summary)

    def _named(self) -> str:
        return plain(self.name.replace("_", " "))

    def _with_form(self, made: str, words: Words) -> str:
        forms = [_word(words, f"form_{on}", plain(on.replace("_", " "))) for on in self.rule.on]
        return ", ".join([made, *forms])


def _word(words: Words, key: str, otherwise: str) -> str:
    return words(key) if words.has(key) else otherwise


def chosen(given: Sequence[Use], own: Mapping[str, Optimizer] | None = None) -> list[Choice]:
    """The rules asked for, ``adam`` or ``{rmsprop: {centered: true}}``; without any the lecture's.
    ``own`` are those that the spec defines.

    Raises ChalkgradError for an unknown rule or option, and a value outside of its range."""
    return [_choice(use, own or {}) for use in given or names()]


def _choice(use: Use, own: Mapping[str, Optimizer]) -> Choice:
    ((name, options),) = ({use: {}} if isinstance(use, str) else use).items()
    plain_rule = optimizer(name, own=own)
    known = {**plain_rule.options, **plain_rule.more}
    found = checked(options, known, name, f"names.{name}", plain_rule.explained)
    rule = formed(plain_rule, found)
    numbers = {k: found[k] for k in rule.options}
    return Choice(rule, numbers, options, "-".join([name, *rule.on]))


def meaning(words: Words, name: str, rule: Optimizer, keys: Mapping[str, str]) -> str:
    """What a symbol of a rule stands for: in the words of a language, else the rule's own, else "".

    Of a rule that a spec defines, the words know only what every rule has."""
    known, shipped = rule.explained.get(name), glossary().get(name)
    if not rule.explained or name in ("w", "g") or (known is not None and known == shipped):
        key = keys.get(name, name)
        for found in (f"symbol_{key}_{rule.name}", f"symbol_{key}"):
            if words.has(found):
                return words(found)
    said = known or shipped
    return plain(said.meaning) if said is not None else "" if rule.explained else plain(name)
