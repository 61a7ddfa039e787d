"""Standard output of every command: the console, its tables, the files that were written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def standard_output(*, quiet: bool = False) -> Console:
    """Text of a spec holds brackets (``v[j]``), so nothing is read as markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, quiet=quiet)


def plain_table(*headings: str) -> Table:
    """A table without a frame; long cells go on in a second line."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def tell_written(written: Mapping[str, str], console: Console) -> None:
    """A line for each path, with what is there. The path stands first and whole, so that it can be
    copied."""
    width = max(map(len, written), default=0)
    for path, said in written.items():
        console.print(f"wrote {path:<{width}}  {said}".rstrip(), soft_wrap=True)
