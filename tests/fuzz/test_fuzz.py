"""Random networks against the oracle (`tests.fuzz`), and the oracle against numbers by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from chalkgrad.derive.language.functions import ALIASES, FUNCTIONS
from tests.fuzz import grammar, tape
from tests.fuzz.census import CONSTRUCTS, census
from tests.fuzz.draw import draw, numbers
from tests.fuzz.draw_functions import CORNERED, PLAIN
from tests.fuzz.judge import FAULTS, Verdict, judge
from tests.fuzz.oracle import Oracle, Result
from tests.fuzz.planted_table import TABLE
from tests.fuzz.shrink import shrink

SAMPLE, PART = 150, 10  # networks of the fixed sample, and how many make one test


@pytest.mark.parametrize("first", range(0, SAMPLE, PART))
def test_a_fixed_sample_of_random_networks(first: int) -> None:
    wrong = {}
    for seed in range(first, first + PART):
        drawn = draw(seed)
        verdict = judge(drawn.spec, drawn.data)
        if verdict.kind in FAULTS:
            wrong[seed] = f"{verdict.kind}: {verdict.detail}"
    assert not wrong, f"python -m tests.fuzz --seed-one {next(iter(wrong))} shows and shrinks it"


# -- the drawing -----------------------------------------------------------------------------------


def test_a_seed_gives_one_network() -> None:
    assert draw(7).spec == draw(7).spec
    assert draw(7).spec != draw(8).spec


def test_the_sample_has_every_construct() -> None:
    seen = {c for seed in range(SAMPLE) for c in draw(seed).drew}
    assert set(CONSTRUCTS) <= seen


def test_every_function_of_the_language_is_drawn() -> None:
    """No function is left out, and the oracle knows each."""
    assert {*PLAIN, *CORNERED} == {*FUNCTIONS, *ALIASES}
    assert {*PLAIN, *CORNERED} == {*tape.SMOOTH, *tape.OTHER}


def test_networks_have_2_to_8_equations() -> None:
    counts = {len(grammar.equations(draw(seed).spec["equations"])) for seed in range(SAMPLE)}
    assert min(counts) >= 2
    assert max(counts) <= 8


def test_the_census_reads_constructs_off_the_text() -> None:
    spec = {
        "axes": {"i": 3, "j": "i"}, "input": {"x": ["i"]}, "parameters": {"M": ["i", "i"], "b": []},
        "equations": "h[i] = b*h[i - 1] + x[i]\nL = sum[j | 0 < j <= 2](M[j,j]*relu(h[j]))/size[j]",
    }  # fmt: skip
    made = census(spec, {})
    assert set(made) == {
        "recurrence", "affine", "sum|", "chained", "diagonal", "kink", "function", "size_value",
        "rank0",
    }  # fmt: skip


def test_start_values_stand_before_one_axis() -> None:
    """With `initial:` every read in a recurrence moves along its steps, or nowhere."""
    seen = 0
    for seed in range(400):
        spec = draw(seed).spec
        names = set(spec.get("initial", {}))
        for eq in grammar.equations(spec["equations"]) if names else ():
            own = [e for e in grammar.walk(eq.rhs) if e[0] == "read" and e[1] in names]
            for read in own if eq.name in names else ():
                moves = [i[0] == "+" for i in read[2]]
                seen += moves[0]
                assert moves[0] or not any(moves), f"seed {seed}: {grammar.equation_text(eq)}"
    assert seen > 30


def test_samples_are_left_out_now_and_then() -> None:
    alone = [s for s in map(draw, range(300)) if not ({"input", "target"} & set(s.spec))]
    assert len(alone) > 5


# -- the grammar -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "L = -a**2*b/c/d - (a - b)*(c*d) + (-a)**(-b)**c",
        "v[i] = sum[j,k | not (i == j or k < 2) and 0 <= i < size[k]](x[i,2*j - 1 + k])",
        "z = where(not a > 0 or b == 1, max(a, -inf), (a >= b)*(1 - (b != 0)))",
        "p[k] = log_softmax[k | k > 0](E[t[m - 1],k//2] - pi*1e-5)",
    ],
)
def test_text_and_tree_are_one(text: str) -> None:
    (eq,) = grammar.equations(text)
    (again,) = grammar.equations(grammar.equation_text(eq))
    assert again == eq


def test_a_product_in_brackets_stays_a_factor() -> None:
    assert grammar.expression("a*(b*c)") != grammar.expression("a*b*c")


def test_every_drawn_text_is_read_back() -> None:
    for seed in range(30):
        text = draw(seed).spec["equations"]
        read = grammar.equations(text)
        assert grammar.equations("\n".join(map(grammar.equation_text, read))) == read


# -- the oracle, by hand ---------------------------------------------------------------------------


def slopes(equations: str, batch: int = 1, **spec: Any) -> Result:
    """The oracle at given parameters: ``w=[…]`` with axes w: [i] of that size."""
    data = {k: np.array(v, float) for k, v in spec.pop("data").items()}
    shapes = {k: list(v.shape) for k, v in data.items()}
    o = Oracle({"parameters": shapes, "equations": equations, **spec})
    return o.run(data, batch)


CORNERS = {
    "relu": 0, "abs": 0, "sign": 0, "step": 0, "leaky_relu": 0.01, "elu": 1, "celu": 1,
    "selu": 1.0507009873554805 * 1.6732632423543772, "softsign": 1, "hard_swish": 0.5,
}  # fmt: skip


@pytest.mark.parametrize(("name", "slope"), CORNERS.items())
def test_oracle_at_corners(name: str, slope: float) -> None:
    assert slopes(f"L = {name}(x)", data={"x": 0}).gradients["x"] == pytest.approx(slope)


def test_oracle_at_the_ends_of_a_range() -> None:
    for name, ends in (("hard_tanh", (-1, 1)), ("relu6", (0, 6)), ("hard_sigmoid", (-3, 3))):
        for end in ends:
            assert slopes(f"L = {name}(x)", data={"x": end}).gradients["x"] == 0


def test_oracle_ties_go_to_the_first() -> None:
    made = slopes(
        "L = max[i](x[i]) + 10*min[i](x[i]) + 100*max(x[1], x[0]) + argmax[i](x[i])",
        axes={"i": 3}, data={"x": [0, 0, 0]},
    )  # fmt: skip
    assert made.gradients["x"].tolist() == [11, 100, 0]
    assert made.loss == 0


def test_oracle_counts_places_in_rows() -> None:
    made = slopes("L = argmax[i,j | j > 0](x[i,j])", axes={"i": 2, "j": 3},
                  data={"x": [[9, 1, 2], [9, 3, 1]]})  # fmt: skip
    assert made.loss == 4


def test_oracle_special_values() -> None:
    made = slopes("L = xlogy(a, b)", data={"a": 0, "b": 0})
    assert (made.loss, made.gradients["a"], made.gradients["b"]) == (0, 0, 0)
    made = slopes("L = a**b + power(a, b)", data={"a": 0, "b": 3})
    assert (made.loss, made.gradients["a"], made.gradients["b"]) == (0, 0, 0)
    made = slopes("L = x**2*0**0 + x**0", data={"x": 0})
    assert (made.loss, made.gradients["x"]) == (1, 0)


def test_oracle_logsumexp_of_nothing_but_minus_infinity() -> None:
    text = "a = logsumexp[q](where(x[q] > 100, w*x[q], -inf))\nL = exp(a) + w**2"
    made = slopes(text, axes={"q": 3}, data={"x": [1, 2, 3], "w": 2})
    assert (made.loss, made.gradients["w"]) == (4, 4)
    assert made.gradients["x"].tolist() == [0, 0, 0]


def test_oracle_a_false_bracket_is_a_strong_zero() -> None:
    text = "L = sum[i]((x[i] > 0)*log(x[i]) + (i > 0)/x[i - 1] + -(x[i] > 5)*(1/x[i])*2)"
    made = slopes(text, axes={"i": 2}, data={"x": [1, 0]})
    assert made.loss == 1
    assert made.gradients["x"].tolist() == [0, 0]


def test_oracle_a_dead_branch_is_not_looked_at() -> None:
    made = slopes("L = where(x > 0, log(x), 3*x)", data={"x": 0})
    assert (made.loss, made.gradients["x"]) == (0, 3)


def test_oracle_reads_outside_are_zero() -> None:
    made = slopes("L = sum[i](exp(x[i + 1]) + x[i - 7])", axes={"i": 2}, data={"x": [3, 1]})
    assert made.loss == math.exp(1) + 1
    assert made.gradients["x"].tolist() == [0, math.exp(1)]


def test_oracle_recurrences_start_where_they_are_told() -> None:
    for step, start in (("t - 1", 2), ("t + 1", 2)):
        made = slopes(f"h[t] = a*h[{step}]\nL = sum[t](h[t])", axes={"t": 2},
                      data={"a": 3, "s": start}, initial={"h": "s"})  # fmt: skip
        assert made.loss == 2 * 3 + 2 * 9
        assert made.gradients["s"] == 12
        assert made.gradients["a"] == 2 + 2 * 2 * 3


def test_oracle_starts_at_the_sample_and_the_last_axes() -> None:
    """A start value may have fewer axes than a step; the samples are no such axis."""
    o = Oracle({"axes": {"t": 2, "j": 2}, "input": {"s": []}, "initial": {"h": "s"}, "loss": "L",
                "equations": "h[t,j] = h[t - 1,j]\nL = h[0,1]\n"})  # fmt: skip
    made = o.run({"s": np.array([2.0, 5.0, 7.0])}, 3)
    assert made.loss == pytest.approx(14 / 3)
    assert made.gradients["s"] == pytest.approx([1 / 3] * 3)


def test_oracle_combines_samples() -> None:
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    spec: dict[str, Any] = {"axes": {"i": 2, "m": "n"}, "input": {"x": ["i"]}}
    for how, loss in (("mean", 5.5), ("sum", 11.0)):
        o = Oracle({**spec, "batch": how, "equations": "L = sum[i](x[i])"})
        assert o.run({"x": x}, 2).loss == loss
    o = Oracle({**spec, "equations": "v[n] = sum[m | m != n](x[m,0])\nL = v*size[n]"})
    assert o.run({"x": x}, 2).loss == 4
    o = Oracle({**spec, "equations": "L = max[n](x[n,1])"})
    assert o.run({"x": x}, 2).gradients["x"].tolist() == [[0, 0], [0, 1]]


def test_oracle_knows_no_winner_where_an_entry_is_no_number() -> None:
    given = "L = max[k](tanh(1/z[k]))"
    assert math.isnan(slopes(given, axes={"k": 3}, data={"z": [0, 1, 2]}).loss)
    assert slopes(given, axes={"k": 3}, data={"z": [4, 1, 2]}).loss == pytest.approx(math.tanh(1))


def test_oracle_asks_for_no_slope_through_an_entry_that_is_no_number() -> None:
    given = "p[k] = 1/z[k]\nL = p[0]"
    assert math.isnan(slopes(given, axes={"k": 2}, data={"z": [1, 0]}).loss)
    guarded = given.replace("1/z[k]", "where(z[k] > 0, 1/z[k], 0)")
    assert slopes(guarded, axes={"k": 2}, data={"z": [1, 0]}).gradients["z"].tolist() == [-1, 0]


def test_oracle_masked_normalisers() -> None:
    made = slopes("v[k] = softmax[k | k > 0](z[k])\nL = v[1] + 10*v[0]", axes={"k": 3},
                  data={"z": [7, 0, 0]})  # fmt: skip
    assert made.loss == pytest.approx(0.5)
    assert made.gradients["z"] == pytest.approx([0, 0.25, -0.25])


@pytest.mark.parametrize("seed", range(12))
def test_oracle_slopes_are_differences_of_its_losses(seed: int) -> None:
    """Central differences, away from corners: an error of the tape would show."""
    drawn = draw(seed)
    o = Oracle(drawn.spec)
    data = numbers(drawn.spec, dict.fromkeys(drawn.data, "positive"), o.sizes, 2, 0)
    here, step = o.run(data, 2), 1e-5
    if here.margin < 1e-3 or here.fragile or not math.isfinite(here.loss):
        return
    for name, slope in here.gradients.items():
        u = np.random.default_rng(seed).standard_normal(slope.shape)
        ends = [o.run({**data, name: data[name] + s * step * u}, 2).loss for s in (1, -1)]
        expected = (ends[0] - ends[1]) / (2 * step)
        assert float((slope * u).sum()) == pytest.approx(expected, rel=1e-4, abs=1e-6), name


# -- the judge -------------------------------------------------------------------------------------


def test_whole_numbers_ask_for_no_float32() -> None:
    """Without a float argument nothing says that float32 is wanted: a constant does not."""
    spec = {
        "name": "whole", "axes": {"k": 3}, "input": {"t": {"shape": [], "integer": "k"}},
        "constants": {"c": {"shape": ["k"], "value": [0.5, 1.5, 2]}},
        "equations": "v = c[t]*2\nL = v**2\n", "output": "v", "loss": "L",
    }  # fmt: skip
    assert judge(spec, {"t": "integer"}).kind == "ok"


def test_kinks_are_run_too() -> None:
    """What a module says of its corners may not warn either."""
    spec = {"name": "k", "axes": {"i": 4}, "input": {"x": ["i"]}, "loss": "L",
            "equations": "L = sum[i](where(x[i] > 0.1, relu(log(x[i])), 0))\n"}  # fmt: skip
    assert judge(spec, {"x": "nonneg"}).kind == "ok"
    with TABLE["kink ahead of its test"].planted():
        assert judge(spec, {"x": "nonneg"}).kind == "warns"


# -- the shrinker ----------------------------------------------------------------------------------


def test_the_shrinker_finds_a_planted_fault() -> None:
    """A judge that dislikes a sum under a condition: nothing else should be left."""

    def planted(spec: Mapping[str, Any], data: Mapping[str, str]) -> Verdict:
        Oracle(spec)
        nodes = [e for eq in grammar.equations(spec["equations"]) for e in grammar.walk(eq.rhs)]
        bad = any(e[0] == "reduce" and e[1] == "sum" and e[3] is not None for e in nodes)
        return Verdict("wrong loss" if bad else "ok")

    seed = next(s for s in range(100) if draw(s).drew["sum|"] and draw(s).drew["nested"] > 3)
    spec, _ = shrink(draw(seed).spec, draw(seed).data, planted)
    (eq,) = grammar.equations(spec["equations"])
    assert eq.name == spec["loss"]
    assert len(grammar.walk(eq.rhs)) <= 9
    assert "sum[" in spec["equations"]


def test_a_start_stands_where_the_whole_circle_starts() -> None:
    """v reads w one step later, w reads v: both run backwards, and what lies behind the end is
    the start of each."""
    spec = {
        "name": "behind", "axes": {"i": 2}, "parameters": {"R": [], "S": []},
        "initial": {"v": "R", "w": "S"}, "loss": "L",
        "equations": "v[i] = w[i + 1]\nw[i] = v[i]/2\nL = v[0] + sum[i](v[i + 5])\n",
    }  # fmt: skip
    data = {"R": np.array(3.0), "S": np.array(8.0)}
    made = Oracle(spec).run(data, 1)
    assert made.loss == 4 + 2 * 3  # v[1] = S, w[1] = 4, v[0] = 4
    assert judge(spec, {}).kind == "ok"
