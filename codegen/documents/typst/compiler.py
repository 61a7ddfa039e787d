"""From Typst to PDF, with the compiler that comes with Python's package ``typst``.

It runs in an empty folder: a document reads nothing but the logo that is put there, and loads no
package. It sets the fonts that stand beside this file and those that it carries, none of the
system, so that the same text gives the same bytes on every machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import typst

from ....derive.language.errors import ChalkgradError
from .source import FONTS


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])


def compile_typst(source: str, files: Mapping[str, bytes] | None = None, *, where: str) -> bytes:
    """The PDF of a document; ``files``: name -> content of what it may read. Raises
    ChalkgradError, with the compiler's words."""
    with _compiler(source, files or {}, where) as compiler:
        made = compiler.compile(format="pdf", timestamp=0)
    assert isinstance(made, bytes)
    return made


def typst_pictures(
    source: str, files: Mapping[str, bytes], *, where: str, ppi: float
) -> list[bytes]:
    """Every page as PNG."""
    with _compiler(source, files, where) as compiler:
        made = compiler.compile(format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made or ())


@contextmanager
def _compiler(source: str, files: Mapping[str, bytes], where: str) -> Iterator[typst.Compiler]:
    """The compiler in a folder with nothing but the files, which goes when it is done."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        for name, held in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(held)
        nothing = Path(folder, "packages")  # none is there, none is fetched
        try:
            yield typst.Compiler(
                source.encode(), root=root, font_paths=_fonts(), ignore_system_fonts=True,
                package_path=nothing, package_cache_path=nothing,
            )  # fmt: skip
        except typst.TypstError as fault:
            said = f"Typst refuses the document: {fault.message}"
            raise ChalkgradError(said, where=where) from fault
