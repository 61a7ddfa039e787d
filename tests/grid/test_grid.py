"""A sample of the grid: every document in every notation, stacks with numbers, items of a deck."""

from __future__ import annotations

import itertools
from itertools import chain, product

import pytest

from chalkgrad.codegen.notation.presets import notations
from tests.grid import items, stacks
from tests.grid.cells import SAMPLE, Cell, axes, build, ends_within, pairwise
from tests.grid.kinds import Kinds
from tests.grid.order import names, ordered

# small ones; most of them failed once
STACKS = (4, 7, 15, 20, 21, 29, 33, 39, 48, 61, 64, 75, 175, 1056, 1157)
PAIRS = [
    ("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"), ("prelu", "nll"),
    ("identity", "cross_entropy_logits_integer"), ("tanh", "gaussian_nll"), ("relu", "hinge"),
    ("relu", "cross_entropy_integer"), ("tanh", "poisson"), ("mish", "kl_divergence"),
    ("softplus", "binary_cross_entropy"), ("exp", "cross_entropy_integer"),
    ("threshold", "cross_entropy"),
]  # fmt: skip


def test_every_two_values_of_two_parameters_meet() -> None:
    cells = [(c.spec, c.notation, c.output, c.language) for c in pairwise()]
    assert 140 <= len(cells) <= 170
    for i, j in itertools.combinations(range(4), 2):
        values = axes(SAMPLE)
        assert {(c[i], c[j]) for c in cells} == set(itertools.product(values[i], values[j]))


@pytest.mark.parametrize("cell", pairwise(), ids=str)
def test_every_cell_is_built_and_no_page_is_empty(cell: Cell) -> None:
    assert all(build(cell).values())


@pytest.mark.parametrize("seed", STACKS)
def test_a_stack_with_numbers_goes_through_every_document(seed: int) -> None:
    with ends_within(30):
        made = stacks.build(seed)
    assert len(made) >= 4


@pytest.mark.parametrize(
    ("activation", "loss", "notation"),
    [(*pair, notation) for pair, notation in zip(PAIRS, notations(), strict=True)],
)
def test_every_item_takes_every_activation_and_loss_in_every_notation(
    activation: str, loss: str, notation: str
) -> None:
    made = [items.build(activation, loss, notation, "en", entry) for entry in items.entries()]
    assert sum(count > 0 for count in made) >= 17


def test_every_notation_meets_every_activation_and_every_loss() -> None:
    decks = list(items.decks())
    assert len({d[:2] for d in decks}) == len(decks)
    both = {*product(notations(), items.activations()), *product(notations(), items.losses())}
    assert both <= {(d[2], d[k]) for d in decks for k in (0, 1)}


def test_the_parts_of_a_grid_are_all_of_it() -> None:
    whole = ordered(range(20))
    parts = [ordered(range(20), [f"{k}/3", "xor"]) for k in (1, 2, 3)]
    assert sorted(chain(*parts)) == sorted(whole) == list(range(20)) != whole
    assert names(["1/3", "xor"]) == ["xor"]


def test_what_does_not_end_is_told() -> None:
    def endless() -> None:
        with ends_within(1):
            for _ in itertools.count():
                pass

    with pytest.raises(TimeoutError, match="not done after 1 s"):
        endless()


def test_failures_are_told_by_kind() -> None:
    kinds = Kinds()
    for what in "ab":
        with kinds.catching(what):
            raise KeyError("dy")
    with kinds.catching("c"):
        pass
    assert kinds.told().startswith("2 failed\n2 × KeyError \"'dy'\" at test_grid.py:")
