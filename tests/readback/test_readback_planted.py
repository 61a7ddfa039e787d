"""Faults that are planted into the product are found by the reader, with page and line."""

from __future__ import annotations

import pytest

from tests.readback.planted import FAULTS, Fault, caught, place

SAMPLE = FAULTS[::4]


def test_thirty_faults_and_more_are_planted() -> None:
    assert len({f.name for f in FAULTS}) == len(FAULTS) >= 30


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_every_fault_has_its_place_in_the_product(fault: Fault) -> None:
    owner, name = place(fault)
    assert callable(getattr(owner, name))


@pytest.mark.parametrize("fault", SAMPLE, ids=str)
def test_a_planted_fault_is_found_with_its_page_and_line(fault: Fault) -> None:
    found = caught(fault)
    assert found, fault.name
    assert found[0].line.page
    assert found[0].line.number
