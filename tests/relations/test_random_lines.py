"""All that is printed of random networks is true (`tests.relations.random_networks`)."""

from __future__ import annotations

import pytest

from .random_networks import false_lines

# a recurrence whose reader reads one step and others, two samples, a winner outside its domain
ONCE_FALSE = (19, 44, 65, 83, 114)


@pytest.mark.parametrize("seed", [*range(15), *ONCE_FALSE])
def test_every_line_of_a_random_network_is_true(seed: int) -> None:
    wrong, true = false_lines(seed)
    assert not wrong
    assert true > 10
