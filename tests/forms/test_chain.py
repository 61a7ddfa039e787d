"""The chain rule as an object: a product per path, the paths added, nothing left undefined."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import chalkgrad
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.forms.chain import Local, Way, chain
from chalkgrad.derive.forms.views import view
from chalkgrad.derive.language.expr import tensors
from chalkgrad.derive.language.text import text
from chalkgrad.derive.relations.relation import CHAIN, Relation
from chalkgrad.derive.relations.truth import Truth
from chalkgrad.derive.values.entries import Entry, Exact, number, value
from chalkgrad.derive.values.factors import local
from tests.paths import CASES

SKIP = {
    "name": "skip", "input": {"x": [2]}, "target": {"y": [2]}, "parameters": {"W": [2, 2]},
    "equations": (CASES / "printing" / "skip.yaml").read_text().split("|")[1].split("loss:")[0],
    "loss": "L",
    "values": {"x": [0.6, -0.3], "y": [0.2, 1.2], "W": [[0.4, 0.8], [-0.2, 0.1]]},
}  # fmt: skip
RECURRENT = {
    "name": "recurrent", "axes": {"t": 3, "i": 2}, "input": {"x": ["t"]}, "target": {"q": ["t"]},
    "parameters": {"w": ["i"], "U": ["i", "i"]},
    "equations": """
        v[t,i] = x[t]*w[i] + sum[j](h[t-1,j]*U[j,i])
        h[t,i] = tanh(v[t,i])
        s[t] = sum[i](h[t,i])
        L = sum[t]((s[t] - q[t])**2)/2""",
    "loss": "L",
    "values": {"x": [1, 0.5, -1], "q": [0.5, 0.5, -0.5], "w": [0.5, -0.3],
               "U": [[0.8, 0.1], [0.2, -0.4]]},
}  # fmt: skip
DECAY = {  # the loss reads the hidden tensor and the weight itself
    "name": "decay", "input": {"x": []}, "target": {"y": []}, "parameters": {"w": [], "u": []},
    "equations": "h = tanh(w*x); z = u*h; L = (z - y)**2/2 + h**2 + w**2",
    "loss": "L", "output": "z", "values": {"x": 0.7, "y": 0.2, "w": 0.5, "u": -1.5},
}  # fmt: skip
BRANCHED = {  # 2 x 2 x 2 paths, more than are spelled out
    "name": "branched", "input": {"x": []}, "parameters": {"w": []},
    "equations": """
        a = sin(w*x); b = a**2; c = cos(a); d = b*c; e = d**2; f = sin(d); g = e*f
        k = g**2; m = cos(g); L = k*m""",
    "loss": "L", "values": {"x": 2, "w": 0.5},
}  # fmt: skip
SPECS = {s["name"]: s for s in (SKIP, RECURRENT, DECAY, BRANCHED)}


def sample(spec: Any) -> Derivation:
    return per_sample(chalkgrad.load(spec).derive())


def said(e: Local) -> str:
    return f"∂{'⁺' if e.direct else ''}{text(e.of)}/∂{text(e.wrt)}"


def printed(d: Derivation, tensor: str, mode: str = "full") -> str:
    return " + ".join(" ".join(map(said, way)) for way in chain(d, tensor, mode).ways)


def entries(d: Derivation, tensor: str) -> list[Entry]:
    shape = (int(d.network.size(a)) for a in d.network.tensors[tensor].axes)
    return [(tensor, at) for at in itertools.product(*map(range, shape))]


def along(d: Derivation, exact: Exact, way: Way) -> dict[Entry, Any]:
    """The product of a path's factors: a row of the loss times the Jacobians of single
    equations."""
    first = way[0]
    here = entries(d, first.wrt.tensor)
    jacobian = {(a, b): value(local(d, a, b).value, lambda e: exact(e[0], *e[1]))
                for one in way for a in entries(d, one.of.tensor)
                for b in entries(d, one.wrt.tensor)}  # fmt: skip
    if first.direct:
        row = {b: jacobian[(first.of.tensor, ()), b] for b in here}
    else:
        row = {b: exact(d.adjoint(b[0]), *b[1]) for b in here}
    for one in way[1:]:
        row = {b: sum(row[a] * jacobian[a, b] for a in row) for b in entries(d, one.wrt.tensor)}
    return row


@pytest.mark.parametrize("mode", ["full", "reuse"])
@pytest.mark.parametrize("name", SPECS)
def test_the_sum_over_the_paths_of_products_of_jacobians_is_the_gradient(
    name: str, mode: str
) -> None:
    network = chalkgrad.load(SPECS[name])
    d = per_sample(network.derive())
    exact = Exact(d, network.values)
    several = 0
    for step in d.steps:
        ways = chain(d, step.of, mode).ways if step.of else ()
        several += len(ways) > 1
        made = [along(d, exact, way) for way in ways]
        for at in entries(d, step.of) if ways else []:
            total = sum((row[at] for row in made), number(0))
            assert abs(total - exact(d.adjoint(step.of), *at[1])) < 1e-30, (step.of, at)
    assert several


def test_the_paths_of_a_residual_block_are_added() -> None:
    d = sample(SKIP)
    assert printed(d, "x") == "∂L/∂s ∂s/∂r ∂r/∂a ∂a/∂v ∂v/∂x + ∂L/∂r ∂r/∂x"
    assert printed(d, "x", "reuse") == "∂L/∂v ∂v/∂x + ∂L/∂r ∂r/∂x"


def test_a_full_chain_passes_every_fan_out_on_its_way() -> None:
    d = sample(CASES / "printing" / "branches_scalar.yaml")
    assert printed(d, "w") == "∂L/∂a ∂a/∂h ∂h/∂w + ∂L/∂b ∂b/∂h ∂h/∂w"


def test_a_recurrence_is_its_recursion() -> None:
    d = sample(RECURRENT)
    assert said(chain(d, "h").left) == "∂L/∂h[t]"
    assert printed(d, "h", "reuse") == "∂L/∂v[t + 1] ∂v[t + 1]/∂h[t] + ∂L/∂s[t] ∂s[t]/∂h[t]"
    assert printed(d, "U") == "∂L/∂h ∂h/∂v ∂v/∂U"
    assert chain(d, "U").open == ("h",)


def test_what_the_loss_adds_itself_has_a_sign_of_its_own_on_every_path() -> None:
    d = sample(DECAY)
    assert printed(d, "w") == "∂L/∂z ∂z/∂h ∂h/∂w + ∂⁺L/∂h ∂h/∂w + ∂⁺L/∂w"
    made = view(d, "w").direct_equation()
    assert made is not None
    assert (said(made[0]), text(made[1])) == ("∂⁺L/∂w", "2*w")


def test_what_the_loss_alone_reads_has_a_formula_and_no_chain() -> None:
    network = chalkgrad.load(CASES / "printing" / "tanh_by_exponentials.yaml")
    d = per_sample(network.derive())
    assert chain(d, "y").ways == ()
    assert "∂" not in str(view(d, "y").chain)
    assert float(Exact(d, network.values)("dy")) == pytest.approx(-1.068893290777, abs=1e-12)
    assert printed(d, "x") == "∂L/∂y ∂y/∂x"


def test_a_penalty_is_a_path_of_its_own() -> None:
    d = sample(CASES / "printing" / "penalty_d2l.yaml")
    assert printed(d, "W1").endswith("∂v1/∂W1 + ∂loss/∂R_W1 ∂R_W1/∂W1")


@pytest.mark.parametrize("spec", [BRANCHED, "transformer", "parity"], ids=str)
def test_every_gradient_on_a_right_side_is_expanded_beside_it_or_has_a_chain_of_its_own(
    spec: Any,
) -> None:
    d = sample(spec)
    opened = 0
    for step in (s for s in d.steps if s.of):
        made = chain(d, step.of, "full")
        expanded = {e.of.tensor for way in made.ways for e in way[1:] if way[0].wrt != e.of}
        known = {step.of, *made.open, *expanded, *_next_to_loss(d)}
        assert {way[0].wrt.tensor for way in made.ways if not way[0].direct} <= known, step.of
        opened += len(made.open)
    assert opened


def _next_to_loss(d: Derivation) -> set[str]:
    """What is read by nothing but the loss equations, which are one factor."""
    below = {d.network.output}
    for eq in d.forward:
        below |= {eq.name} if below & set(tensors(eq.rhs)) else set()
    below -= {d.network.output}
    return {s.of for s in d.steps if {c.equation for c in s.contributions} <= below | {d.of}}


def test_a_long_sum_stops_at_its_first_fan_outs() -> None:
    d = sample(BRANCHED)
    made = chain(d, "w")
    assert [" ".join(map(said, way)) for way in made.ways] == ["∂L/∂a ∂a/∂w"]
    assert made.open == ("a",)


def test_what_reads_a_step_and_others_is_one_factor_of_a_recurrence() -> None:
    """g reads h at its own step and all of h: with both factors a part would count twice."""
    network = chalkgrad.load({
        "name": "twice", "axes": {"t": 3}, "input": {"x": ["t"]}, "parameters": {"w": []},
        "equations": """
            h[t] = tanh(w*h[t-1] + x[t])
            g[t] = h[t] + softmax[t](h[t])
            L = sum[t](g[t]**2)""",
        "loss": "L",
    })  # fmt: skip
    made = chain(per_sample(network.derive()), "h")
    above = [way[-1].of for way in made.ways]
    assert [text(read) for read in above if read.tensor == "g"] == ["g"]


def test_attention_of_a_recurrence_to_itself_reads_it_as_a_whole() -> None:
    """a reads step t as its row and step s as its column: a_t alone would leave the columns out."""
    network = chalkgrad.load({
        "name": "attention", "axes": {"t": 3, "s": "t"}, "input": {"x": ["t"]},
        "parameters": {"w": []},
        "equations": """
            h[t] = tanh(w*h[t-1] + x[t])
            a[t,s] = h[t]*h[s]
            L = sum[t,s](a[t,s]**3)""",
        "loss": "L",
    })  # fmt: skip
    d = per_sample(network.derive())
    made = chain(d, "h")
    above = [way[-1].of for way in made.ways]
    assert [text(read) for read in above if read.tensor == "a"] == ["a"]
    verdict = Truth(network, d).judged(Relation((made.left, made.right), CHAIN))
    assert verdict.holds, verdict.why
