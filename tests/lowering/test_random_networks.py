"""Random networks of the whole language, with random passes, against the oracle of the fuzzer."""

from __future__ import annotations

import random

import pytest

from chalkgrad.codegen.lowering.passes.table import Pass
from tests.fuzz.draw import draw
from tests.fuzz.judge import judge

SEEDS = range(4_000, 4_036)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_is_clean_with_a_random_subset_of_the_passes(seed: int) -> None:
    rng, drawn = random.Random(seed), draw(seed)
    some = frozenset(p for p in Pass if rng.random() < 0.5)
    verdict = judge(drawn.spec, drawn.data, some)
    assert verdict.kind in ("ok", "ill"), (verdict, [p.name for p in some])


def test_most_of_them_say_something() -> None:
    kinds = [judge((d := draw(seed)).spec, d.data, frozenset()).kind for seed in SEEDS[::6]]
    assert kinds.count("ok") > len(kinds) / 2
