"""The faults that the engine once had, planted back: random networks find each (`tests.fuzz`).

`make fuzz-planted` looks for them anew; here each is held against the network that found it.
"""

from __future__ import annotations

import json
import os
from collections import Counter

import pytest

from chalkgrad.codegen.lowering.context import Context
from chalkgrad.derive.language.functions import FUNCTIONS
from tests.fuzz.judge import Verdict
from tests.fuzz.planted import FOUND, SEEDS, Networks
from tests.fuzz.planted_table import TABLE
from tests.fuzz.planting import Edit, Fault, StaleError, Swap
from tests.fuzz.workers import Line, judged

FOUND_AT: dict[str, int] = json.loads(SEEDS.read_text(encoding="utf-8"))


def test_every_fault_has_a_network_that_finds_it() -> None:
    assert list(FOUND_AT) == list(TABLE), "python -m tests.fuzz.planted --write finds the networks"


@pytest.mark.parametrize("name", TABLE)
def test_a_planted_fault_is_found(name: str) -> None:
    """The network is accepted with the engine as it is, and not with the fault."""
    seed, networks = FOUND_AT[name], Networks()
    shown = [seed for seed, _ in networks.shows(TABLE[name], [seed])]
    assert shown == [seed], f"python -m tests.fuzz.planted {name!r} --write finds another network"
    as_it_is = networks.verdict(seed)
    assert as_it_is.kind in ("ok", "refused"), as_it_is.detail
    assert as_it_is.kind == "ok" or name == "n without samples"


def test_a_fault_that_changes_nothing_is_not_found() -> None:
    plant = Edit("derive.rewrite.simplify:total", (("common = []", "common = list(())"),))
    assert not list(Networks().shows(Fault("none", "", plant), range(5)))


def test_what_was_planted_is_gone_afterwards() -> None:
    power, within = FUNCTIONS["power"], Context.within
    for name in ("slope of 0**b", "dead diagonal"):
        with TABLE[name].planted():
            assert (FUNCTIONS["power"] is power) == (name != "slope of 0**b")
            assert (Context.within is within) == (name != "dead diagonal")
        assert FUNCTIONS["power"] is power
        assert Context.within is within


@pytest.mark.parametrize(
    "plant",
    [Edit("derive.rewrite.simplify:total", (("no such words", ""),)),
     Swap("derive.language.functions:FUNCTIONS", "no such function", None)],
)  # fmt: skip
def test_a_fault_that_cannot_be_planted_says_so(plant: Edit | Swap) -> None:
    with pytest.raises(StaleError, match="no longer has"), plant.planted():
        pass


def test_a_refusal_counts_where_the_network_is_accepted_otherwise() -> None:
    assert "refused" in FOUND
    assert "ok" not in FOUND


# -- the processes ---------------------------------------------------------------------------------


def fated(seed: int) -> Line:
    """Seed 3 never ends, seed 5 takes its process with it."""
    while seed == 3:
        pass
    if seed == 5:
        os._exit(7)
    return seed, Verdict("ok"), Counter()


def test_a_network_that_hangs_or_ends_its_process_is_told_by_its_seed() -> None:
    lines = {seed: verdict for seed, verdict, _ in judged(range(8), 2, 3.0, fated)}
    assert set(lines) == set(range(8))
    kinds = [lines[seed].kind for seed in range(8)]
    assert kinds == ["ok", "ok", "ok", "hangs", "ok", "hangs", "ok", "ok"]
    assert "no verdict after 3 s" in lines[3].detail
    assert "ended with 7" in lines[5].detail
