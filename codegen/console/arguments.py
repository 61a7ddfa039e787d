"""Arguments that several commands take, and how help shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import typer

Spec = Annotated[
    str, typer.Argument(metavar="SPEC", help="A spec file, or the name of a shipped example.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key: update.sgd.rate=1. Repeatable."),
]
OfNetwork = Annotated[
    str | None, typer.Option("--network", metavar="NAME", help="One network of several.")
]
Params = TypeVar("Params", bound=Iterable[Any])


def untyped(params: Params) -> Params:
    """The same parameters of typer, whose help says nothing of Python types: a switch takes no
    word, and an argument is called what it is."""
    for param in params:
        if param.param_type_name == "argument":
            param.display_type_rich = lambda ctx: None
        elif param.is_flag:
            param.metavar = ""
    return params
