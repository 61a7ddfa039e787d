"""Templates: a name that a template asks for and is not given is a fault, not an empty text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2


@cache
def plain(folder: Path) -> jinja2.Environment:
    """The templates of a folder for text without an alphabet of its own, such as Python."""
    return _environment(folder)


@cache
def html(folder: Path) -> jinja2.Environment:
    """The HTML templates of a folder: what is filled in is escaped."""
    return _environment(folder, autoescape=True)


@cache
def latex(folder: Path) -> jinja2.Environment:
    """The LaTeX templates of a folder: braces are TeX's, so blocks are <% %> and values << >>."""
    return _environment(
        folder, block_start_string="<%", block_end_string="%>", variable_start_string="<<",
        variable_end_string=">>", comment_start_string="<%#", comment_end_string="#%>",
    )  # fmt: skip


def _environment(folder: Path, *, autoescape: bool = False, **signs: Any) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined,
        autoescape=autoescape, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        **signs,
    )  # fmt: skip
