"""Matrix forms by numbers: with exact leaves their entries are those of the gradients."""

from __future__ import annotations

from typing import Any

import pytest

from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.form_values import FormValues
from chalkgrad.derive.forms.matrix_chain import matrix_chain
from chalkgrad.derive.pipeline import load
from chalkgrad.derive.values.entries import Entry, Exact, Number, places, value
from chalkgrad.derive.values.factors import local

SIZES = {
    "name": "sizes", "parameters": {"w": ["i"]}, "axes": {"i": 3}, "loss": "L",
    "equations": "L = sum[i](w[i]**2)/size[i]", "values": {"w": [1, 2, -3]},
}  # fmt: skip


@pytest.mark.parametrize("spec", ["n232", "mazur", "n121", "xor", SIZES])
def test_a_chain_of_matrices_gives_the_entries_of_the_gradient(spec: str | dict[str, Any]):
    network = load(spec)
    d = per_sample(network.derive())
    exact = Exact(
        d, {k: v[:1] if network.tensors[k].batch else v for k, v in network.values.items()}
    )

    def slope(below: Entry) -> Number:
        above = d.step(below[0]).contributions[0].equation
        f = local(d, (above, below[1]), below)
        return value(f.value, lambda e: exact(e[0], *e[1]))

    for t in d.network.parameters:
        form = matrix_chain(d, t.name)
        assert form is not None
        grid = FormValues(d.network, lambda e: exact(e[0], *e[1]), slope).grid(form)
        for at in places(d.network, t.name):
            i, j = (0, 0, *at)[-2:]
            known = exact(d.adjoint(t.name), *at)
            assert abs(grid[i][j] - known) <= 1e-30 * (1 + abs(known))
