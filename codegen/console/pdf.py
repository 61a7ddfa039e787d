"""From a LaTeX document to a PDF, with the pdflatex of the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ...derive.language.errors import ChalkgradError, MissingProgramError

INSTALL = (
    "on Debian and Ubuntu: apt-get install texlive-latex-base texlive-latex-recommended "
    "texlive-pictures lmodern; without TeX: --pdf typst"
)
SECONDS = 900  # a lecture of a hundred slides, step by step, on a slow machine


def program() -> str:
    """The path of pdflatex. Raises MissingProgramError."""
    found = shutil.which("pdflatex")
    if found is None:
        raise MissingProgramError("the PDF needs pdflatex", where="pdf", hint=INSTALL)
    return found


def compile_pdf(tex: Path) -> Path:
    """Run pdflatex in the folder of ``tex``; return the PDF's path. Once is enough: our documents
    print every number that a reference would need a second run for.

    Raises MissingProgramError where pdflatex or one of its packages is not installed, and
    ChalkgradError, with TeX's own words, where it refuses the text.
    """
    command = [
        program(), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", tex.name,
    ]  # fmt: skip
    # Paranoid file access: text that came from a spec reads and writes nothing outside the folder.
    # The fixed date makes the file the same every time.
    environment = os.environ | {
        "openin_any": "p",
        "openout_any": "p",
        "max_print_line": "1000",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
    }
    try:
        run = subprocess.run(
            command,
            cwd=tex.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChalkgradError(f"pdflatex did not end in {SECONDS} s", where=tex.name) from None
    if run.returncode != 0:
        raise _refused(tex, run.stdout.decode("utf-8", "replace"))
    return tex.with_suffix(".pdf")


def _refused(tex: Path, output: str) -> ChalkgradError:
    """The fault in TeX's output: a package that is not installed, or the first error line."""
    package = re.search(r"File `([^']+\.(?:sty|cls|def))' not found", output)
    if package:
        return MissingProgramError(f"LaTeX lacks the file {package[1]}", where="pdf", hint=INSTALL)
    error = re.search(r"^! (.*)$", output, re.MULTILINE)
    words = error[1] if error else "no PDF came out"
    return ChalkgradError(
        f"pdflatex refuses the document: {words}",
        where=tex.name,
        hint="leave the PDFs out: name the outputs you want, --only numpy,latex,slides",
    )
