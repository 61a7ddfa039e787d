"""Can a network be computed? Symbolic sizes and abstract functions are for the board only."""

from __future__ import annotations

from ...derive.language.equation import BATCH
from ...derive.language.errors import BoardOnlyError
from ...derive.language.expr import Fn, walk
from ...derive.language.functions import is_abstract, no_numbers
from ...derive.network.network import Network


def obstacle(network: Network) -> BoardOnlyError | None:
    """Why no NumPy module and no numbers can be made of the network; None where they can."""
    for eq in network.equations:
        for e in walk(eq.rhs):
            if isinstance(e, Fn) and is_abstract(e.name):
                return no_numbers(e.name)
    for t in network.tensors.values():
        for axis in t.axes:
            size = network.size(axis)
            if axis != BATCH and isinstance(size, str) and size != "N":
                return BoardOnlyError(
                    f"the size '{size}' is a symbol; NumPy code needs a number",
                    where="axes",
                    hint="give the size a number, or build only the derivation: --only latex",
                )
    return None


def refuse(network: Network) -> None:
    """Raises BoardOnlyError where `obstacle` finds one."""
    found = obstacle(network)
    if found is not None:
        raise found
