"""Every text that a lecture is written to: file name -> text, by output.

`chalkgrad build` writes them, ``generated/lectures/`` holds some of them. All outputs print one
paginated deck, so they count the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ...derive.network.network import Network
from ..deck.model import Deck
from ..layout.paging import paginate
from ..lecture.board.context import Context
from ..lecture.own.themes import logo_path
from ..lecture.plan import planned
from ..lecture.proof import prove
from ..outputs import documents
from .formulas import checked


@dataclass(frozen=True)
class Lecture:
    """The deck of a spec in one language, and where its files come from.

    ``stem`` begins every file's name; ``folder`` is where the spec stands (its logo is there)."""

    deck: Deck
    context: Context
    stem: str
    folder: Path | None

    def files(self, output: str) -> dict[str, str]:
        """The files of an output (a key of `outputs.documents`), name -> text. Raises
        ChalkgradError for what a document cannot show."""
        return documents()[output].make(self)

    def logo(self) -> Path | None:
        """The logo's file; LaTeX documents need it beside them, under the theme's own name."""
        return logo_path(self.deck.theme, self.folder)


def lectures(
    networks: Sequence[Network], stem: str, *, trust: bool = False
) -> list[Callable[[], Lecture]]:
    """The lecture of a spec in each of its languages, made when called.

    Raises ChalkgradError, when called, for what the deck cannot show, and for a line or a number
    that is false.
    """
    spec = networks[0].spec
    folder = Path(spec.where).parent if spec.where else None
    languages = list(dict.fromkeys(spec.style.language))

    def make(language: str) -> Lecture:
        context = Context(networks, language, folder, trust=trust)
        ending = f"_{language.replace('-', '_')}" if len(languages) > 1 else ""
        deck = checked(paginate(planned(context)))
        prove(deck)
        return Lecture(deck, context, stem + ending, folder)

    return [partial(make, code) for code in languages]
