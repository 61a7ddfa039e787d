"""Arguments that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

Spec = Annotated[str, typer.Argument(help="A spec file, or the name of a shipped example.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key: update.sgd.rate=1. Repeatable."),
]
OfNetwork = Annotated[
    str | None, typer.Option("--network", metavar="NAME", help="One network of several.")
]
