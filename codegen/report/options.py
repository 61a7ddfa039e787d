"""The options of ``chalkgrad train``: a field each, with what its help says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from typer import Option

from ..console.arguments import OfNetwork, Sets, Spec

_data = partial(Option, rich_help_panel="Data")
_run = partial(Option, rich_help_panel="The run (default: as the spec says)")
_files = partial(Option, rich_help_panel="Files")
_telling = partial(Option, rich_help_panel="Telling")


@dataclass(frozen=True)
class Asked:
    """The command line; None: not said, so the spec decides."""

    spec: Spec
    network: OfNetwork = None
    sets: Sets = None
    data: Annotated[
        str | None,
        _data(
            metavar="FILE",
            help="Samples to learn from: csv, tsv, npy or npz. Default: those of the spec.",
        ),
    ] = None
    validation_data: Annotated[
        str | None,
        _data(
            metavar="FILE",
            help="Samples to judge every epoch by; the best epoch's weights are kept.",
        ),
    ] = None
    test_data: Annotated[
        str | None, _data(metavar="FILE", help="Samples that only the report sees.")
    ] = None
    validation: Annotated[
        float | None, _data(metavar="SHARE", help="Hold out this share instead.")
    ] = None
    epochs: Annotated[int | None, _run(metavar="N", help="Passes over the data.")] = None
    batch: Annotated[str | None, _run(metavar="N", help="Samples at once; 0 or all: all.")] = None
    rate: Annotated[float | None, _run(metavar="X", help="Learning rate.")] = None
    patience: Annotated[
        int | None,
        _run(metavar="N", help="Epochs without a smaller loss that end the run; 0: none."),
    ] = None
    stop: Annotated[
        str | None,
        _run(metavar="RULE", help="A condition that ends the run: 'abs(f - t) < 1e-4'."),
    ] = None
    seed: Annotated[
        int | None, _run(metavar="N", help="Of the start, the split and the order.")
    ] = None
    start: Annotated[
        Literal["example", "random"] | None,
        _run(
            metavar="WHICH",
            help="example: the spec's parameters, random: drawn ones. "
            "Default: the spec's with the spec's data.",
        ),
    ] = None
    shuffle: Annotated[
        bool | None, _run("--shuffle/--no-shuffle", help="Mix the samples every epoch.")
    ] = None
    dtype: Annotated[
        Literal["float64", "float32"] | None,
        _run(metavar="TYPE", help="float64 or float32, of the parameters and the data."),
    ] = None
    output: Annotated[
        Path | None,
        _files("-o", "--output", metavar="DIR", help="Where to write; default build/NAME."),
    ] = None
    weights: Annotated[
        str | None,
        _files(metavar="FILE", help="The weights, .npz or .safetensors; default DIR/NAME.npz."),
    ] = None
    checkpoint: Annotated[
        str | None,
        _files(
            metavar="FILE",
            help="Written after every epoch, '' for none; default DIR/NAME.checkpoint.",
        ),
    ] = None
    resume: Annotated[bool, _files("--resume", help="Go on from the checkpoint.")] = False
    fresh: Annotated[bool, _files("--fresh", help="Start anew where a checkpoint is left.")] = False
    report: Annotated[
        bool | None,
        _files(
            "--report/--no-report",
            help="NAME_report.html and .png; default: where matplotlib is installed.",
        ),
    ] = None
    trace: Annotated[
        bool,
        _telling(
            "--trace",
            help="Every round as a table, here and as NAME_trace.tex: parameters, output, loss.",
        ),
    ] = False
    show: Annotated[
        str | None, _telling(metavar="LIST", help="Rounds of the table: 1,2,3,last.")
    ] = None
    quiet: Annotated[bool, _telling("--quiet", help="Say nothing but faults.")] = False
