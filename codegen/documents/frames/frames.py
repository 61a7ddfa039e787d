"""Every page of a PDF as a picture of its own, for people who use other slide programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from ....derive.language.errors import ChalkgradError, MissingProgramError
from .poppler import INSTALL

SECONDS = 300


def program(name: str, output: str) -> str:
    """The path of one of poppler's programs. Raises MissingProgramError."""
    found = shutil.which(name)
    if found is None:
        raise MissingProgramError(f"{output} needs {name}", where="frames", hint=INSTALL)
    return found


def run(command: list[str]) -> str:
    """What a program of poppler prints. Raises ChalkgradError where it fails."""
    try:
        made = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ChalkgradError(
            f"{Path(command[0]).name} did not end in {SECONDS} s", where="frames"
        ) from None
    if made.returncode != 0:
        words = made.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ChalkgradError(
            f"{Path(command[0]).name} fails: {words[-1] if words else made.returncode}",
            where=Path(command[-1]).name,
        )
    return made.stdout.decode("utf-8", "replace")


def page_count(pdf: Path) -> int:
    """How many pages a PDF has."""
    found = re.search(r"^Pages:\s+(\d+)", run([program("pdfinfo", "the frames"), str(pdf)]), re.M)
    return int(found[1]) if found else 0


def frames(pdf: Path, folder: Path, *, svg: bool = True, width: int = 1280) -> list[Path]:
    """Every frame of ``pdf`` as ``frame-001.png`` (``width`` pixels) and ``frame-001.svg`` in
    ``folder``; the files written. Raises MissingProgramError (poppler-utils) and ChalkgradError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = page_count(pdf)
    made = _pngs(pdf, folder, count, width)
    if svg:
        cairo = program("pdftocairo", "SVG frames")
        for k in range(1, count + 1):
            path = folder / f"frame-{k:03d}.svg"
            run([cairo, "-svg", "-f", str(k), "-l", str(k), str(pdf), str(path)])
            made.append(path)
    return made


def _pngs(pdf: Path, folder: Path, count: int, width: int) -> list[Path]:
    """pdftoppm numbers its files with as many digits as the last page has; ours have three."""
    ppm = program("pdftoppm", "PNG frames")
    stem = folder / "frame"
    run([ppm, "-png", "-scale-to-x", str(width), "-scale-to-y", "-1", str(pdf), str(stem)])
    digits = len(str(count))
    made = []
    for k in range(1, count + 1):
        path = folder / f"frame-{k:03d}.png"
        (folder / f"frame-{k:0{digits}d}.png").rename(path)
        made.append(path)
    return made
