"""The picture of a network in text: ``x (N, 2) --dense--> v0 --sigmoid--> y0 (N, 3) …``."""

from __future__ import annotations

from ...derive.language.expr import Reduce
from ...derive.network.network import Network

WIDTH = 84
LONGEST = 24  # lines of a picture; the rest of a deep network is only counted


def diagram_text(network: Network) -> str:
    """The picture on one line; branches are separated by a semicolon."""
    return "; ".join(" ".join(branch) for branch in _branches(network))


def diagram_lines(network: Network) -> list[str]:
    """The picture, broken between stages; a branch starts a line. Without layers: the equations."""
    if network.layers:
        made = [line for branch in _branches(network) for line in _filled(branch)]
    else:
        data = ", ".join(_shaped(network, t.name) for t in (*network.inputs, *network.targets))
        made = [data] if data else []
        made += list(dict.fromkeys(_plain(eq.text) for eq in network.equations if eq.text))
        made += [f"{network.loss} = {how} of {network.sample_loss}" for how in _batch(network)]
    if len(made) > LONGEST:
        made = [*made[: LONGEST - 1], f"... ({len(made) - LONGEST + 1} more lines)"]
    return made


def _filled(stages: list[str]) -> list[str]:
    lines = [stages[0]]
    for stage in stages[1:]:
        if len(lines[-1]) + 1 + len(stage) <= WIDTH:
            lines[-1] += f" {stage}"
        else:
            lines.append(f"  {stage}")
    return lines


def _branches(network: Network) -> list[list[str]]:
    """Chains of stages. A shape is told where it changes; of an input where it is first read."""
    made: list[list[str]] = []
    told: set[str] = set()
    layers = network.layers
    for k, layer in enumerate(layers):
        if k == 0 or layer.sources != (layers[k - 1].target,):
            shown = [s if s in told else _shaped(network, s) for s in layer.sources]
            told.update(layer.sources)
            made.append([", ".join(shown)])
        goes_on = k + 1 < len(layers) and layers[k + 1].sources == (layer.target,)
        same = goes_on and network.shape(layers[k + 1].target) == network.shape(layer.target)
        told.add(layer.target)
        name = layer.target if same else _shaped(network, layer.target)
        made[-1].append(f"--{layer.label}--> {name}")
    if not made:
        made = [_chain(network)]
    made[-1] += [f"--{how}--> {network.loss}" for how in _batch(network)]
    return made


def _chain(network: Network) -> list[str]:
    inputs = ", ".join(_shaped(network, t.name) for t in network.inputs)
    defined = dict.fromkeys(eq.name for eq in network.equations if eq.text)
    return [inputs or "parameters", *(f"--> {_shaped(network, name)}" for name in defined)]


def _batch(network: Network) -> list[str]:
    """mean or sum, where the loss of the batch is one over the samples."""
    if network.loss == network.sample_loss:
        return []
    last = next((eq for eq in network.equations if eq.name == network.loss), None)
    return [last.rhs.op] if last is not None and isinstance(last.rhs, Reduce) else []


def _plain(text: str) -> str:
    """An equation as it was written, on one line that a docstring can hold."""
    shown = " ".join(text.split()).replace("\\", "").replace('"', "")
    return shown if len(shown) <= 90 else shown[:87] + "..."


def _shaped(network: Network, name: str) -> str:
    shape = network.shape(name)
    inner = ", ".join(str(s) for s in shape)
    return f"{name} ({inner}{',' if len(shape) == 1 else ''})"
