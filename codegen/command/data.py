"""``chalkgrad data``: what there is to learn from, written as .npz files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, echo

from ..console.output import plain_table, standard_output
from ..console.stage import Stage


def data(
    name: Annotated[
        str | None, Argument(metavar="NAME", help="Write this one; without it, list all.")
    ] = None,
    directory: Annotated[
        Path, Option("-o", "--output", metavar="DIR", help="Where to write.")
    ] = Path(),
    seed: Annotated[int, Option(metavar="N", help="Of the split, or of what is drawn.")] = 0,
    shifts: Annotated[
        bool,
        Option("--shifts", help="Train on images moved by one pixel as well (digits)."),
    ] = False,
) -> None:
    """List the data sets, or write NAME-train.npz and NAME-test.npz."""
    if name is None:
        _list_data()
    else:
        _write_data(name, directory, seed, shifts=shifts)


def _list_data() -> None:
    """A line per data set."""
    from .datasets import DATASETS

    console, table = standard_output(), plain_table("data", "what it is", "learned by")
    for one in DATASETS.values():
        table.add_row(one.name, one.summary, one.spec)
    console.print(table)
    console.print(
        "Write one: chalkgrad data NAME.  Learn from it: chalkgrad train SPEC --data FILE"
    )


def _write_data(name: str, directory: Path, seed: int, *, shifts: bool) -> None:
    """Write both files or none, and say what is in them.

    Raises ChalkgradError for an unknown name, with exit code 3 where scikit-learn is missing.
    """
    from .datasets import dataset, make, npz

    parts = make(name, seed, shifts=shifts)
    with Stage(directory) as stage:
        for part, arrays in parts.items():
            stage.share(f"{name}-{part}.npz", npz(arrays))
        paths = stage.install()
    for path, arrays in zip(paths, parts.values(), strict=True):
        held = ", ".join(f"{k} {a.shape}" for k, a in arrays.items())
        echo(f"wrote {path}  {held}")
    spec = "digits_shifted" if shifts else dataset(name).spec
    echo(f"next:  chalkgrad train {spec} --data {paths[0]} --test-data {paths[1]}")
