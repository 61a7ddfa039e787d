"""The output ``frames``: pictures of the slides' PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...outputs import Pictures
from .poppler import INSTALL, PROGRAMS


def _drawn(pdf: Path, folder: Path) -> Sequence[Path]:
    from .frames import frames

    return frames(pdf, folder)


DOCUMENTS = (
    Pictures(
        name="frames",
        meaning="every slide as PNG and SVG",
        files=("_frames/",),
        of="slides",
        make=_drawn,
        pattern=("frame-*.png", "frame-*.svg"),
        programs=PROGRAMS,
        install=INSTALL,
    ),
)
