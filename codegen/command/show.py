"""``chalkgrad show`` and ``chalkgrad explain``: the derivation in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..console.specs import choose, load_networks, words

if TYPE_CHECKING:
    from rich.console import Console

LEVELS = ("chain", "index", "matrix", "numbers", "hessian")


def show_spec(
    spec: str,
    wrt: Sequence[str],
    level: Sequence[str],
    network: str | None,
    sets: Sequence[str],
    console: Console,
) -> None:
    """Print the diagram and the derivation of one network of the spec, or of all.

    Empty names and levels mean that none were asked for: the spec's style decides.
    """
    from ..terminal import show as terminal

    names = words("--wrt", wrt)
    levels = words("--level", level, LEVELS)
    second, levels = "hessian" in levels, [x for x in levels if x != "hessian"]
    networks = load_networks(spec, sets)
    one = choose(networks, network)
    for shown in [one] if one is not None else networks:
        terminal.diagram(shown, console)
        if levels or not second:
            terminal.show(shown.derive(), names, levels, console)
        if second:
            from ..terminal.hessian import show_hessian

            show_hessian(shown.derive(), names, console)


def explain_entry(
    spec: str, entry: str, network: str | None, sets: Sequence[str], console: Console
) -> None:
    """Print how one weight reaches the loss, in the chosen network (default: the first)."""
    from ..terminal import show as terminal

    networks = load_networks(spec, sets)
    chosen = choose(networks, network) or networks[0]
    terminal.explain(chosen.derive(), entry, console)
