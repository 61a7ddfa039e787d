"""``chalkgrad train``: its options. What it does stands in `codegen.report.command`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..console.arguments import OfNetwork, Sets, Spec

_DATA, _RUN, _FILES, _LOOK = "Data", "The run (default: as the spec says)", "Files", "Telling"


def train(
    spec: Spec,
    network: OfNetwork = None,
    sets: Sets = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_DATA,
            help="Samples to learn from: csv, tsv, npy or npz. Default: those of the spec.",
        ),
    ] = None,
    validation_data: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_DATA,
            help="Samples to judge every epoch by; the best epoch's weights are kept.",
        ),
    ] = None,
    test_data: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", rich_help_panel=_DATA, help="Samples that only the report sees."
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(metavar="SHARE", rich_help_panel=_DATA, help="Hold out this share instead."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", rich_help_panel=_RUN, help="Passes over the data.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="N", rich_help_panel=_RUN, help="Samples at once; 0 or all: all."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(metavar="X", rich_help_panel=_RUN, help="Learning rate.")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=_RUN,
            help="Epochs without a smaller loss that end the run; 0: none.",
        ),
    ] = None,
    stop: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            rich_help_panel=_RUN,
            help="A condition that ends the run: 'abs(f - t) < 1e-4'.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", rich_help_panel=_RUN, help="Of the start, the split and the order."
        ),
    ] = None,
    start: Annotated[
        Literal["example", "random"] | None,
        typer.Option(
            metavar="WHICH",
            rich_help_panel=_RUN,
            help="example: the spec's parameters, random: drawn ones. "
            "Default: the spec's with the spec's data.",
        ),
    ] = None,
    shuffle: Annotated[
        bool | None,
        typer.Option(
            "--shuffle/--no-shuffle", rich_help_panel=_RUN, help="Mix the samples every epoch."
        ),
    ] = None,
    dtype: Annotated[
        Literal["float64", "float32"] | None,
        typer.Option(
            metavar="TYPE",
            rich_help_panel=_RUN,
            help="float64 or float32, of the parameters and the data.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            rich_help_panel=_FILES,
            help="Where to write; default build/NAME.",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_FILES,
            help="The weights, .npz or .safetensors; default DIR/NAME.npz.",
        ),
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_FILES,
            help="Written after every epoch, '' for none; default DIR/NAME.checkpoint.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel=_FILES, help="Go on from the checkpoint.")
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh", rich_help_panel=_FILES, help="Start anew where a checkpoint is left."
        ),
    ] = False,
    report: Annotated[
        bool | None,
        typer.Option(
            "--report/--no-report",
            rich_help_panel=_FILES,
            help="NAME_report.html and .png; default: where matplotlib is installed.",
        ),
    ] = None,
    trace: Annotated[
        bool,
        typer.Option(
            "--trace",
            rich_help_panel=_LOOK,
            help="Every round as a table, here and as NAME_trace.tex: parameters, output, loss.",
        ),
    ] = False,
    show: Annotated[
        str | None,
        typer.Option(
            metavar="LIST", rich_help_panel=_LOOK, help="Rounds of the table: 1,2,3,last."
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", rich_help_panel=_LOOK, help="Say nothing but faults.")
    ] = False,
) -> None:
    """Train the network with NumPy; write weights, history and a report."""
    from ..report.asked import Asked
    from ..report.command import train_spec

    asked = Asked(
        spec=spec, network=network, sets=tuple(sets or ()), data=data,
        validation_data=validation_data, test_data=test_data, validation=validation,
        epochs=epochs, batch=batch, rate=rate, patience=patience, stop=stop, seed=seed,
        start=start, shuffle=shuffle, dtype=dtype, output=output, weights=weights,
        checkpoint=checkpoint, resume=resume, fresh=fresh, report=report, trace=trace,
        show=show, quiet=quiet,
    )  # fmt: skip
    code = train_spec(asked)
    if code:
        raise typer.Exit(code)
