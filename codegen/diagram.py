"""The network on one line: ``x (N, 2) --dense--> v0 --sigmoid--> y0 (N, 3) …``."""

from __future__ import annotations

from derive.expr import tensors
from derive.network import Network


def diagram_text(network: Network) -> str:
    """Layers in order; branches are separated by a semicolon."""
    parts: list[str] = []
    last = ""
    for layer in network.layers:
        if layer.sources != (last,) and last:
            parts.append(";")
        if layer.sources != (last,) or not last:
            parts.append(", ".join(_shaped(network, s) for s in layer.sources))
        parts.append(f"--{layer.label}--> {_shaped(network, layer.target)}")
        last = layer.target
    if network.layers:
        return " ".join(parts).replace(" ;", ";")
    inputs = ", ".join(_shaped(network, t.name) for t in network.inputs)
    chain = [eq for eq in network.equations if eq.text or eq.name == network.loss]
    read = {t for eq in chain for t in tensors(eq.rhs)}
    shown = [_shaped(network, eq.name) for eq in chain if eq.name in read or eq.name == network.loss]
    return f"{inputs} --> " + " --> ".join(shown)


def _shaped(network: Network, name: str) -> str:
    shape = network.shape(name)
    inner = ", ".join(str(s) for s in shape)
    return f"{name} ({inner}{',' if len(shape) == 1 else ''})"
