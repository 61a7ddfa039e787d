"""Letters of indices beside the names of a network."""

from __future__ import annotations

import io

from rich.console import Console

import chalkgrad
from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.terminal.show import show

GATED = {
    "name": "gated", "axes": {"d": 3, "m": 2}, "input": {"x": ["d"]},
    "parameters": {"V": ["d", "m"]},
    "equations": """
        q = mean[d](x[d]**2)
        p[d] = q*x[d]
        c[m] = sum[d](p[d]*V[d,m])
        L = sum[m](c[m]**2)""",
    "loss": "L",
}  # fmt: skip


def test_no_index_is_called_as_a_single_number_of_the_network() -> None:
    """∂c_q/∂V_{d,m}: the letter after m and p was q, which is a number here."""
    d = chalkgrad.load(GATED).derive()
    made = article(d)
    assert r"\partial c_{r}" in made
    assert r"\partial c_{q}" not in made
    out = io.StringIO()
    show(d, None, (), Console(file=out, width=100))
    assert "c[q]" not in out.getvalue()
