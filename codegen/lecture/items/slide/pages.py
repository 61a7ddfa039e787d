"""``slide``: the lecturer's own Markdown file, a page per heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from ....deck.model import Page, Text
from ...board.context import Context
from ...own.files import beside, text_of
from ...own.markdown import Part, parts
from .options import Options


def pages(context: Context, options: Options) -> Iterator[Page]:
    """The pages of the file; a heading of the first level alone opens a section."""
    key = _key(options.file)
    found = read(context, options)
    for k, part in enumerate(found):
        context.reports.extend(part.reports)
        opens = part.opens and k + 1 < len(found) and found[k + 1].level == 2
        yield context.page(
            key if k == 0 else f"{key}-{k + 1}",
            part.title,
            part.blocks,
            notes=tuple(part.notes),
            layout="section" if opens else "content",
            covers=("own-slides",) if k == 0 else (),
        )


def read(context: Context, options: Options) -> list[Part]:
    """The file as pages. Raises ChalkgradError with file and line."""
    path = beside(context.folder, options.file, "file", variant=context.language)
    found = parts(text_of(path, "file"), path.name, trust=context.trust)
    return found or [Part("", 2, [Text("")])]


def _key(file: str) -> str:
    """``slide-history``: what an id may consist of."""
    stem = unicodedata.normalize("NFKD", PurePosixPath(file).stem).encode("ascii", "ignore")
    return "slide-" + (re.sub(r"[^a-z0-9]+", "-", stem.decode().lower()).strip("-") or "own")
