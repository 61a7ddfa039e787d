"""``chalkgrad data``: what there is to learn from, written as .npz files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console


def data(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Write this one; without it, list all.")
    ] = None,
    directory: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
    ] = Path(),
    seed: Annotated[int, typer.Option(metavar="N", help="Of the split, or of what is drawn.")] = 0,
    shifts: Annotated[
        bool,
        typer.Option("--shifts", help="Train on images moved by one pixel as well (digits)."),
    ] = False,
) -> None:
    """List the data sets, or write NAME-train.npz and NAME-test.npz."""
    from rich.console import Console

    if name is None:
        list_data(Console(markup=False, highlight=False, emoji=False))
    else:
        write_data(name, directory, seed, shifts=shifts)


def list_data(console: Console) -> None:
    """A line per data set."""
    from rich import box
    from rich.table import Table

    from .datasets import DATASETS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("data", "what it is", "learned by"):
        table.add_column(heading, overflow="fold")
    for one in DATASETS.values():
        table.add_row(one.name, one.summary, one.spec)
    console.print(table)
    console.print(
        "Write one: chalkgrad data NAME.  Learn from it: chalkgrad train SPEC --data FILE"
    )


def write_data(name: str, directory: Path, seed: int, *, shifts: bool) -> list[Path]:
    """Write both files or none, and say what is in them.

    Raises ChalkgradError for an unknown name, with exit code 3 where scikit-learn is missing.
    """
    from ..console.stage import Stage
    from .datasets import dataset, make, npz

    parts = make(name, seed, shifts=shifts)
    with Stage(directory) as stage:
        for part, arrays in parts.items():
            stage.share(f"{name}-{part}.npz", npz(arrays))
        paths = stage.install()
    for path, arrays in zip(paths, parts.values(), strict=True):
        held = ", ".join(f"{k} {a.shape}" for k, a in arrays.items())
        typer.echo(f"wrote {path}  {held}")
    spec = "digits_shifted" if shifts else dataset(name).spec
    typer.echo(f"next:  chalkgrad train {spec} --data {paths[0]} --test-data {paths[1]}")
    return paths
