"""The command ``chalkgrad``: arguments in, the engine's answer out, an exit code at the end.

Nothing of the engine is imported before a command runs, so ``chalkgrad --help`` needs neither SymPy
nor NumPy nor pydantic. Exit codes: 0 ok, 1 a check failed, 2 the spec or the arguments are wrong,
3 a needed program is missing.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..console.arguments import OfNetwork, Sets, Spec, untyped
from ..outputs import choices
from .data import data
from .train import train

if TYPE_CHECKING:
    from rich.console import Console


class Boundary(TyperGroup):
    """The one place where a fault becomes a message and an exit code instead of a traceback, and
    where the help of every command loses the names of Python types."""

    def get_params(self, ctx: Any) -> Any:
        return untyped(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            untyped(command.get_params(ctx))
        return command

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as fault:
            from ..console.errors import tell

            code = tell(fault)
            if code is None:
                raise
            raise typer.Exit(code) from None


app = typer.Typer(
    cls=Boundary,
    no_args_is_help=True,
    # A fault of chalkgrad itself keeps Python's plain traceback, which people can paste.
    pretty_exceptions_enable=False,
    help="From a network written as equations to its derivation and a checked NumPy module.",
    epilog="Exit codes: 0 ok, 1 a check failed, 2 the spec or the arguments are wrong, "
    "3 a needed program is missing.",
)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if version:
        from importlib import metadata

        try:
            typer.echo(f"chalkgrad {metadata.version('chalkgrad')}")
        except metadata.PackageNotFoundError:
            typer.echo("chalkgrad, from a folder that is not installed")
        raise typer.Exit


# `--version` alone is a whole command line.
app.info.invoke_without_command = True


@app.command()
def build(
    specs: Annotated[
        list[str],
        typer.Argument(metavar="SPEC", help="Spec files, or names of shipped examples."),
    ],
    directory: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Where to write; default build/NAME."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIST",
            help=choices(),
        ),
    ] = None,
    sets: Sets = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the network and its derivation, too.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Admit raw TeX in the lecturer's own slides.")
    ] = False,
    how: Annotated[
        str,
        typer.Option(
            "--check",
            metavar="HOW",
            help="full, quick (a budget of seconds) or none.",
        ),
    ] = "quick",
) -> None:
    """Write every output of the spec and check the module."""
    from .build import build_specs

    ok = build_specs(
        specs, directory, only or (), sets or (), _console(), show=show, trust=trust, how=how
    )
    raise typer.Exit(0 if ok else 1)


@app.command()
def show(
    spec: Spec,
    wrt: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Gradients to show, in this order: W1,b1. Default all."),
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEVELS",
            help="Of chain, index, matrix, numbers, hessian; default as in the spec.",
        ),
    ] = None,
    network: OfNetwork = None,
    sets: Sets = None,
) -> None:
    """Print the network and its derivation."""
    from .show import show_spec

    show_spec(spec, wrt or (), level or (), network, sets or (), _console())


@app.command()
def check(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC|MODULE.py",
            help="Specs, shipped examples, or modules that follow the contract (these are run).",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    sets: Sets = None,
    how: Annotated[
        str,
        typer.Option("--check", metavar="HOW", help="full or quick (some seconds)."),
    ] = "quick",
) -> None:
    """Compare every gradient with finite differences, and forward with the equations."""
    from .check import check_targets

    ok = check_targets(targets, sets or (), _console(), as_json=as_json, how=how)
    raise typer.Exit(0 if ok else 1)


app.command()(train)
app.command()(data)


@app.command()
def explain(
    spec: Spec,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="One weight: 'W1[1,0]'.")],
    network: OfNetwork = None,
    sets: Sets = None,
) -> None:
    """One weight: every path, product by product, the sum, the update."""
    from .show import explain_entry

    explain_entry(spec, entry, network, sets or (), _console())


@app.command()
def renotate(
    spec: Spec,
    to: Annotated[str, typer.Option("--to", metavar="NOTATION", help="The other notation.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="NOTATION", help="Default: the notation of the spec."),
    ] = None,
    network: OfNetwork = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.tex", help="A LaTeX document instead."),
    ] = None,
    sets: Sets = None,
) -> None:
    """The same derivation in two notations, side by side."""
    from .renotate import renotate_spec

    renotate_spec(spec, to, source, network, sets or (), output, _console())


@app.command()
def layers(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One entry in full.")] = None,
) -> None:
    """List the catalogue, or one entry with its equations, options and source."""
    from .lists import list_layers, show_layer

    if name is None:
        list_layers(_console())
    else:
        show_layer(name, _console())


@app.command()
def examples(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Print its spec.")] = None,
) -> None:
    """List the shipped specs, or print one."""
    from .lists import list_examples, show_example

    if name is None:
        list_examples(_console())
    else:
        show_example(name)


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A Python identifier; the stem of every output.")
    ],
) -> None:
    """Write NAME.yaml, a commented spec to start from."""
    from .new import write_new

    path = write_new(name)
    typer.echo(f"wrote {path}\nnext:  chalkgrad show {path}\n       chalkgrad build {path}")


def _console() -> Console:
    """Standard output. Text of a spec holds brackets (``v[j]``), so nothing is read as markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def main() -> None:
    """The console script. A terminal that lacks a character (∂) shows `?` for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="chalkgrad")


if __name__ == "__main__":
    main()
