"""The panel of the page in which a reader changes numbers, and the data its script works with."""

from __future__ import annotations

from collections.abc import Sequence

from ...formula.mathml.elements import escape
from ...formula.mathml.printer import mathml_of
from ...lecture.words import Words
from .board import BoardData, BoardGroup, BoardInput
from .rich import rich


def panel(boards: Sequence[BoardData], words: Words) -> str:
    """A form per network; the page shows the one whose numbers are in view."""
    made = []
    for b in boards:
        groups = "".join(_group(g, b) for g in b.groups)
        title = f"<h3>{rich(b.title)}</h3>" if b.title else ""
        made.append(
            f'<section class="numbers" data-board="{escape(b.key)}">{title}{groups}</section>'
        )
    return (
        f'<p class="help">{escape(words("page_board_help"))}</p>{"".join(made)}'
        f'<p><button type="button" id="reset" disabled>{escape(words("page_reset"))}</button></p>'
        '<p id="said" role="status" aria-live="polite"></p>'
    )


def _group(g: BoardGroup, b: BoardData) -> str:
    fields = "".join(_field(i, b) for i in g.inputs)
    wide = min(max(g.columns, 1), 8)
    label = mathml_of(g.label)
    return f'<fieldset class="across{wide}"><legend>{label}</legend>{fields}</fieldset>'


def _field(i: BoardInput, b: BoardData) -> str:
    shown = i.value.replace(".", b.decimal)
    ref = i.id.removeprefix(f"{b.key}.")
    return (
        f'<label data-ref="{escape(ref)}"><span>{mathml_of(i.label)}</span>'
        f'<input type="text" inputmode="decimal" size="6" maxlength="24" autocomplete="off" '
        f'spellcheck="false" data-input="{escape(i.id)}" value="{escape(shown)}" '
        f'aria-label="{escape(i.about or ref)}"></label>'
    )
