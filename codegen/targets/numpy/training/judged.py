"""How a network's answers are judged: read off its output and its target."""

from __future__ import annotations

from .....derive.language.expr import Fn, walk
from .....derive.network.network import Network


def metric(network: Network) -> tuple[str, str]:
    """(metric, target): classes, halves (yes above 0.5), logits (yes above 0), or ("", "").

    Classes: the target is a distribution, or a class number, over the output's last axis. Yes and
    no: output and target have the same shape, and the output is a sigmoid or the loss takes logits.
    """
    if len(network.targets) != 1:
        return "", ""
    (target,) = network.targets
    output = network.tensors[network.output]
    shape, wanted = network.shape(output.name), network.shape(target.name)
    if target.fact == "distribution" and shape == wanted:
        return "classes", target.name
    if target.integer is not None:
        fits = shape[:-1] == wanted and shape[-1:] == (network.size(target.integer),)
        return ("classes", target.name) if fits else ("", "")
    if shape != wanted:
        return "", ""
    loss = network.spec.loss if network.spec is not None else None
    if loss is not None and loss.kind == "binary_cross_entropy_logits":
        return "logits", target.name
    made = next((eq for eq in network.equations if eq.name == output.name), None)
    if made is not None and any(isinstance(e, Fn) and e.name == "sigmoid" for e in walk(made.rhs)):
        return "halves", target.name
    return "", ""
