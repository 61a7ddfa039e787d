"""``python -m tests.grid.items [K/M]``: every item of a deck × every activation and loss.

A network 2-2 (2-1 for losses of one number) with the activation, the loss on it, worked numbers and
an update. The notations and languages take turns, so that each meets every item, every activation
and every loss. An item may refuse a network with a ChalkgradError that says why; nothing else may
come out of it than pages with something on them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from chalkgrad import ChalkgradError
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items.entries import items
from chalkgrad.codegen.lecture.plan import planned
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.derive import catalogue
from chalkgrad.derive.pipeline import load_all
from tests.development.random_stacks import TARGETS
from tests.grid.cells import LANGUAGES, ends_within
from tests.grid.kinds import Kinds
from tests.grid.order import ordered

MORE: dict[str, list[Any]] = {
    "slide": [],  # the lecturer's own file
    "optimizers": [],  # of no network
    "relu_sum": [],
    "section": [{"section": {"title": "s"}}],
    "gradients": [{"gradients": {"level": ["chain", "index", "matrix", "numbers"],
                                 "transpose": True}}],
    "forward": [{"forward": ["symbols", "matrices", "expanded", "index", "numbers"]}],
    "example": ["example", {"example": {"blank": True}}, {"example": {"chain": "full"}}],
    "delta": ["delta", {"delta": {"layers": "general"}}],
    "follow": [{"follow": {"rounds": 0}}],
    "gates": [{"gates": ["main"]}],
}  # fmt: skip
CLASSES = ("cross_entropy_integer", "cross_entropy_logits_integer", "nll")
DATA = {"sign": [1.0, -1.0], "count": [2.0, 1.0], "unit": [1.0, 0.0], "simplex": [0.0, 1.0]}


def activations() -> list[str]:
    return [n for n in catalogue.names() if catalogue.definition(n).kind == "activation"]


def losses() -> list[str]:
    return [n for n in catalogue.names() if catalogue.definition(n).kind == "loss"]


def entries() -> Iterator[Any]:
    """Every item, with the options that make pages of their own."""
    for name in items():
        yield from MORE.get(name, [name])


def decks() -> Iterator[tuple[str, str, str, str]]:
    """Activation, loss, notation and language; the numbers of losses and of notations share no
    factor, so every two meet."""
    styles = list(product(LANGUAGES, notations()))
    for k, pair in enumerate(product(activations(), losses())):
        language, notation = styles[k % len(styles)]
        yield *pair, notation, language


def spec(activation: str, loss: str) -> dict[str, Any]:
    """The network of a pair."""
    target: Any = {"shape": [], "integer": 2} if loss in CLASSES else [2]
    value: Any = 1 if loss in CLASSES else DATA.get(TARGETS.get(loss, ""), [0.5, 0.25])
    end: list[Any] = [{"dense": {"units": 2, "activation": activation, "as": "d"}}]
    source: Any = loss
    values: dict[str, Any] = {
        "x": [0.5, 0.25], "y": value, "W_d": [[0.75, 0.5], [0.25, 0.5]], "b_d": [0.125, 0.25],
    }  # fmt: skip
    if activation == "prelu":
        values["a_d"] = [0.25]
    if loss == "gaussian_nll":
        end.append({"softplus": {"from": ["d"], "as": "spread"}})
        source = {loss: {"from": ["d", "spread"]}}
    return {"name": "pair", "input": {"x": [2]}, "target": {"y": target}, "layers": end,
            "loss": source, "values": values, "update": {"sgd": {"rate": 0.1}}}  # fmt: skip


def build(activation: str, loss: str, notation: str, language: str, entry: Any) -> int:
    """The pages of one item; 0 where it refuses. Raises whatever is wrong."""
    style = {"notation": notation}
    try:
        networks = load_all({**spec(activation, loss), "style": style, "deck": [entry]})
        deck = paginate(planned(Context(networks, language, None)))
    except ChalkgradError:
        return 0
    assert all(p.blocks or p.layout != "content" for p in deck.pages), "an empty page"
    return len(deck.pages)


def main(words: Sequence[str]) -> int:
    """Exit code 1 where one crashes."""
    kinds, count = Kinds(), 0
    for deck in ordered(decks(), words):
        for entry in entries():
            count += 1
            with kinds.catching(f"{' · '.join(deck)} · {entry}"), ends_within(60):
                build(*deck, entry)
    print(f"{count} items", kinds.told())
    return 1 if kinds.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
