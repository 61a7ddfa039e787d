"""Matrix forms by numbers: with exact leaves their entries are those of the gradients."""

from __future__ import annotations

from typing import Any

import pytest

from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.form_values import FormValues
from chalkgrad.derive.forms.matrix_chain import matrix_chain
from chalkgrad.derive.language.text import text
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


def test_a_part_of_a_tensor_is_no_matrix_of_its_own():
    """Of two tensors side by side the gradient of one are some columns of what comes from above."""
    spec = {
        "name": "beside", "input": {"x": [2, 3], "y": [2, 4]}, "loss": "L",
        "axes": {"i": 2, "j": 1, "k": 3, "m": 4}, "parameters": {"w": ["i", "j"]},
        "equations": """
            h[i,m] = sum[j](w[i,j]*(m == j)) + sum[k](x[i,k]*(m == k + 1))
            L = sum[i,m](h[i,m]*y[i,m])""",
    }  # fmt: skip
    d = per_sample(load(spec).derive())
    assert text(d.step("w").equation.rhs) == "dh[i,j]"
    assert matrix_chain(d, "w") is None
