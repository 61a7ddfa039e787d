"""Exercises from a seed: the same seed gives the same exercises, every variant its own numbers.

Numbers are "nice": multiples of 0.1, or small whole numbers where every function of the network is
made of straight pieces, so that a result is a short decimal. A draw in which a gradient vanishes
everywhere (dead ReLUs) is thrown away. The answers come from the derivation.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .....derive.language.equation import BATCH, Tensor
from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import Const, Expr, Fn, Normal, Pow, Reduce, walk
from .....derive.language.functions import FUNCTIONS
from .....derive.network.build import build
from .....derive.network.network import Network
from .....derive.pipeline import load
from .....derive.spec.fields import Use
from .....derive.values.entries import places
from ...board.board import Board
from ...words import Words

LARGEST = 30  # parameters of a network that is calculated by hand
RATES = (Decimal("0.1"), Decimal("0.5"))
_TRIES = 200
_STRAIGHT = {"relu", "leaky_relu", "identity", "linear", "abs", "max", "min", "step", "hard_tanh"}
_NUMPY = {"exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "erf"}
_OWN = {
    "name": "exercise",
    "network": {"units": [2, 2, 1], "activation": "sigmoid"},
    "loss": {"squared_error": {"factor": "1/2"}},
    "values": {},
}


@dataclass(frozen=True)
class Draw:
    """One exercise's numbers: ``label`` is its variant and number, ``A1``; ``rng`` decides what is
    asked."""

    label: str
    board: Board
    rng: random.Random


def letter(variant: int) -> str:
    """A, B, …, Z, AA, AB, … for 0, 1, …"""
    made = ""
    variant += 1
    while variant:
        variant, rest = divmod(variant - 1, 26)
        made = chr(ord("A") + rest) + made
    return made


def base_network(network: Network, *, named: bool) -> Network:
    """The network that is exercised: the given one where it is small enough to be done by hand,
    else a 2-2-1 network in its style. Raises ChalkgradError where the spec ``named`` it."""
    why = _unfit(network)
    if why and named:
        raise ChalkgradError(
            f"the network '{network.spec.key}' {why}: no exercise by hand", where="of",
            hint="a small network with a loss, or leave `of` out",
        )  # fmt: skip
    if not why:
        return network
    own = load(_OWN)
    spec = own.spec.model_copy(update={"style": network.spec.style})
    return build(spec)


def _unfit(network: Network) -> str:
    """Why a network cannot be calculated by hand; empty where it can."""
    sizes = [network.size(a) for t in network.tensors.values() for a in t.axes if a != BATCH]
    if any(not isinstance(s, int) for s in sizes):
        return "has symbols as sizes"
    count = sum(math.prod(int(network.size(a)) for a in t.axes) for t in network.parameters)
    if count > LARGEST:
        return f"has {count} parameters"
    if not network.parameters or not network.targets:
        return "has no parameters or no loss"
    functions = {e.name for e in _expressions(network) if isinstance(e, Fn)}
    if any(FUNCTIONS[f].formula is None and f not in _NUMPY for f in functions if f in FUNCTIONS):
        return "has an abstract function"
    if any(t.integer is not None for t in network.tensors.values()) or network.constants:
        return "reads whole numbers or constants"
    return ""


def _expressions(network: Network) -> Iterator[Expr]:
    for eq in network.equations:
        yield from walk(eq.rhs)


def straight(network: Network) -> bool:
    """Is every function of the network made of straight pieces? (The loss may square.)"""
    for e in _expressions(network):
        if isinstance(e, Fn) and e.name not in _STRAIGHT:
            return False
        if isinstance(e, Normal | Const) or (isinstance(e, Reduce) and e.op == "logsumexp"):
            return False
        if isinstance(e, Pow) and any(isinstance(k, Fn) for k in walk(e)):
            return False
    return True


def draws(
    network: Network, words: Words, *, seed: int, count: int, variants: int
) -> list[list[Draw]]:
    """The draws of every variant. Boards differ in all their numbers from variant to variant."""
    seen: set[str] = set()

    def label(v: int, k: int) -> str:
        return f"{letter(v)}{k + 1}" if variants > 1 else str(k + 1)

    return [
        [_draw(network, words, f"{seed}/{v}/{k}", label(v, k), seen) for k in range(count)]
        for v in range(variants)
    ]


def _draw(network: Network, words: Words, seed: str, label: str, seen: set[str]) -> Draw:
    rng = random.Random(seed)
    whole = straight(network)
    for _ in range(_TRIES):
        values = {
            t.name: _numbers(network, t, rng, whole)
            for t in network.tensors.values() if t.kind != "variable"
        }  # fmt: skip
        spec = network.spec
        update = spec.update
        if update is None or "rate" not in update.options:
            update = Use("sgd", {"rate": rng.choice(RATES)})
        new: dict[str, Any] = {"values": values, "samples": {}, "update": update}
        new["key"] = f"{spec.key}.exercise.{label}"
        if repr(values) in seen:
            continue
        board = Board(build(spec.model_copy(update=new)), words)
        if _lively(board):
            seen.add(repr(values))
            return Draw(label, board, rng)
    raise ChalkgradError("no numbers were found for which every gradient is alive", where="seed")


def _numbers(network: Network, t: Tensor, rng: random.Random, whole: bool) -> list[Any]:
    """Numbers for one tensor, flat."""
    count = math.prod(int(network.size(a)) for a in t.axes if a != BATCH)
    if t.kind == "target":
        if t.fact:  # what sums to one
            at = rng.randrange(count)
            return [int(k == at) for k in range(count)]
        top = 3 if whole else 1
        return [rng.randint(0, top) for _ in range(count)]
    if whole:
        return [rng.choice((-2, -1, 1, 2, 3)) for _ in range(count)]
    tenths = [k for k in range(-9, 10) if k]
    if t.kind == "input":
        tenths = list(range(1, 10))
    elif len(t.axes) < 2:
        tenths = [k for k in range(-5, 6) if k]
    return [Decimal(rng.choice(tenths)) / 10 for _ in range(count)]


def _lively(board: Board) -> bool:
    """Has every parameter a gradient that is not 0, and the network a loss?"""
    exact = board.exact
    learned = [t.name for t in board.net.parameters if t.name in board.d.by_tensor]
    return bool(exact(board.loss)) and all(
        any(exact(board.d.adjoint(name), *at) for at in places(board.net, name)) for name in learned
    )
