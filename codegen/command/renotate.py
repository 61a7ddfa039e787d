"""``chalkgrad renotate``: a derivation in two notations, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from ...derive.language.errors import ChalkgradError
from ..console.arguments import OfNetwork, Sets, Spec
from ..console.output import standard_output
from ..console.specs import choose, load_networks

if TYPE_CHECKING:
    from rich.console import Console

    from ..article.renotate import Renotation


def renotate(
    spec: Spec,
    to: Annotated[str, Option("--to", metavar="NOTATION", help="The other notation.")],
    source: Annotated[
        str | None,
        Option("--from", metavar="NOTATION", help="Default: the notation of the spec."),
    ] = None,
    network: OfNetwork = None,
    output: Annotated[
        Path | None,
        Option("-o", "--output", metavar="FILE.tex", help="A LaTeX document instead."),
    ] = None,
    sets: Sets = None,
) -> None:
    """The same derivation in two notations, side by side."""
    from ..article.renotate import latex_document, renotation

    console = standard_output()
    networks = load_networks(spec, sets or ())
    chosen = choose(networks, network) or networks[0]
    made = renotation(chosen.derive(), source, to)
    if output is None:
        _print(made, console)
        return
    try:
        title = chosen.title or chosen.name.replace("_", " ")
        output.write_text(latex_document(made, title), encoding="utf-8", newline="\n")
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise ChalkgradError(what, where=str(output)) from None
    console.print(f"wrote {output}", soft_wrap=True)


def _print(made: Renotation, console: Console) -> None:
    rows = [(name, one.plain, other.plain) for name, (one, other) in made.symbols.items()]
    _columns(("code", made.left, made.right), rows, console)
    console.print()
    lines = [(f"({x.number})", x.left_plain, x.right_plain) for x in made.lines]
    _columns(("", made.left, made.right), lines, console)
    for clash in made.clashes:
        console.print(clash, style="yellow", soft_wrap=True)


def _columns(
    heads: tuple[str, str, str], rows: Sequence[tuple[str, str, str]], console: Console
) -> None:
    """Three columns; on a narrow screen the right one stands below the left."""
    table = [heads, *rows]
    first, second = (max(len(r[k]) for r in table) for k in (0, 1))
    wide = first + second + max(len(r[2]) for r in table) + 4 <= max(console.width, 60)
    for k, (a, b, c) in enumerate(table):
        style = "bold" if k == 0 else None
        if wide:
            console.print(f"{a:<{first}}  {b:<{second}}  {c}", style=style, soft_wrap=True)
        else:
            console.print(f"{a:<{first}}  {b}", style=style, soft_wrap=True)
            console.print(f"{'':<{first}}  {c}", style=style, soft_wrap=True)
