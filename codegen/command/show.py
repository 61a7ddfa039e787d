"""``chalkgrad show`` and ``chalkgrad explain``: the derivation in the terminal."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from ..console.arguments import OfNetwork, Sets, Spec
from ..console.output import standard_output
from ..console.specs import choose, load_networks, words

LEVELS = ("chain", "index", "matrix", "numbers", "hessian")


def show(
    spec: Spec,
    wrt: Annotated[
        list[str] | None,
        Option(metavar="NAMES", help="Gradients to show, in this order: W1,b1. Default all."),
    ] = None,
    level: Annotated[
        list[str] | None,
        Option(metavar="LEVELS", help=f"Of {', '.join(LEVELS)}; default as in the spec."),
    ] = None,
    network: OfNetwork = None,
    sets: Sets = None,
) -> None:
    """Print the network and its derivation."""
    from ..terminal import show as terminal

    console = standard_output()
    names = words("--wrt", wrt or ())
    levels = words("--level", level or (), LEVELS)
    second, levels = "hessian" in levels, [x for x in levels if x != "hessian"]
    networks = load_networks(spec, sets or ())
    one = choose(networks, network)
    for shown in [one] if one is not None else networks:
        terminal.diagram(shown, console)
        if levels or not second:
            terminal.show(shown.derive(), names, levels, console)
        if second:
            from ..terminal.hessian import show_hessian

            show_hessian(shown.derive(), names, console)


def explain(
    spec: Spec,
    entry: Annotated[str, Argument(metavar="ENTRY", help="One weight: 'W1[1,0]'.")],
    network: OfNetwork = None,
    sets: Sets = None,
) -> None:
    """One weight: every path, product by product, the sum, the update."""
    from ..terminal import show as terminal

    networks = load_networks(spec, sets or ())
    chosen = choose(networks, network) or networks[0]
    terminal.explain(chosen.derive(), entry, standard_output())
