"""Symbols of a general layer, for the δ recursion of any network: δ^{(l)}, w^{(l)}, a^{(L)}."""

from __future__ import annotations

import re

from ...derive.language.errors import ChalkgradError, suggest
from ..formula.tree.nodes import Row
from ..formula.tree.reader import formula
from .model import Role
from .roles import Place
from .symbol import Symbol
from .symbols import Symbols

ROLES = ("input", "target", "pre", "hidden", "output", "weight", "bias", "delta", "loss",
         "activation")  # fmt: skip
_LAYER = re.compile(r"([lL])([+-]\d)?\Z")


def general(symbols: Symbols, role: str, layer: str = "l", *, gradient: bool = False) -> Row:
    """The symbol of a general layer: ``general(symbols, "weight", "l+1")``.

    ``layer`` is l, L, l+1, l-1, … and counts as the pre-activations do: a weight or bias is the one
    that makes the pre-activation of that layer, whatever number the notation gives it (ng: the
    weight of "l+1" is w^{(l)}). ``role`` is input, pre, hidden, output, weight, bias, delta, loss,
    activation. ``gradient`` prints the loss's derivative by it. Raises ChalkgradError for another
    role or layer.
    """
    if role not in ROLES:
        raise ChalkgradError(f"there is no role '{role}' of a layer", hint=suggest(role, ROLES))
    if role == "activation":
        return formula(symbols.style.activation)
    if role == "loss":
        return symbols[symbols.of].tree
    if role == "delta":
        gradient = symbols.style.derivative != "delta"
        role = "pre" if gradient else "delta"
    made = _symbol(symbols, role, layer).tree
    return symbols.derivative(symbols[symbols.of].tree, made) if gradient else made


def _symbol(symbols: Symbols, role: str, layer: str) -> Symbol:
    found = _LAYER.match(layer)
    if found is None:
        raise ChalkgradError(f"'{layer}' is no general layer", hint="l, l+1, l-1, L")
    style = symbols.style
    row = style.symbols.get(role) or Role(letter=r"\delta" if role == "delta" else None)
    pre = style.symbols.get("pre") or Role()
    shift = int(found[2] or 0)
    if role in ("weight", "bias"):  # a layer counts as its pre-activation does
        shift += row.offset - pre.offset
    letter = style.general[0 if found[1] == "l" else 1]
    number = letter + (f"{shift:+d}" if shift else "")
    rank = 2 if role == "weight" else 1
    place = Place(role, None, "", False, False, rank)
    if role == "output" and row.letter is None:  # the network's own letter, told from the target's
        return symbols._made(row, place, number, shown=True, accent=style.output_accent)
    if role in ("input", "target"):
        return symbols._made(row, place, "", shown=False)
    named = style.named_layers and role != "output"  # no names in general: numbers above
    return symbols._made(row, place, number, shown=named or row.number != "never")
