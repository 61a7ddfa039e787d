"""The command ``chalkgrad``: arguments in, the engine's answer out, an exit code at the end.

Nothing of the engine is imported before a command runs, so ``chalkgrad --help`` needs neither SymPy
nor NumPy nor pydantic. Exit codes: 0 ok, 1 a check failed, 2 the spec or the arguments are wrong,
3 a needed program is missing.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..console.arguments import untyped
from ..console.errors import tell
from .build import build
from .check import check
from .data import data
from .lists import examples, layers
from .new import new
from .renotate import renotate
from .show import explain, show
from .train import train


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
for command in (build, show, check, train, data, explain, renotate, layers, examples, new):
    app.command()(command)


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


def main() -> None:
    """The console script. A terminal that lacks a character (∂) shows `?` for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="chalkgrad")


if __name__ == "__main__":
    main()
