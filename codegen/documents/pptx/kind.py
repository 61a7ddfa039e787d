"""The output ``pptx``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...outputs import Packed

if TYPE_CHECKING:
    from ..lecture_files import Lecture


def _written(made: Lecture) -> bytes:
    from .presentation import presentation

    logo = made.logo()
    return presentation(made.deck, {made.deck.theme.logo: logo.read_bytes()} if logo else {})


DOCUMENTS = (
    Packed(
        name="pptx",
        meaning="the slides for PowerPoint, with the speaker's notes",
        files=(".pptx",),
        make=_written,
        package="pptx",
        install="pip install 'chalkgrad[pptx]'",
    ),
)
