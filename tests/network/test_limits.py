"""How large a network may be: one message, ahead of the memory and of Python's own limits."""

from __future__ import annotations

import resource

import pytest

from chalkgrad import ChalkgradError, network_from_equations
from chalkgrad.codegen.checking import check_module
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.language.errors import suggest
from chalkgrad.derive.language.functions import ALIASES, FUNCTIONS
from chalkgrad.derive.language.tokens import MAX_FACTORS, MAX_OPERATIONS, MAX_TERMS
from chalkgrad.derive.network.limits import MAX_ENTRIES, MAX_READERS
from chalkgrad.derive.network.network import Network


def network(equations: str, **axes: int) -> Network:
    return network_from_equations(
        equations, inputs={"x": ["i"], "y": ["j"]}, parameters={"w": []}, constants={},
        axes={"i": 2, "j": 2, **axes}, loss="L",
    )  # fmt: skip


def refusal(equations: str, **axes: int) -> ChalkgradError:
    with pytest.raises(ChalkgradError) as caught:
        network(equations, **axes)
    return caught.value


def module_compiles(made: Network) -> bool:
    compile(numpy_module(made.derive()), made.name, "exec")
    return True


def test_the_longest_sum_and_product_compile_and_the_next_is_refused_with_its_limit():
    assert module_compiles(network("L = " + " + ".join(["w*x[0]"] * MAX_TERMS)))
    assert module_compiles(network("L = " + "*".join(["w*x[0]"] * (MAX_FACTORS // 2))))
    fault = refusal("L = " + " + ".join(["w*x[0]"] * (MAX_TERMS + 1)))
    assert f"a sum has over {MAX_TERMS} terms" in fault.what
    assert fault.where.startswith("equations line 1, column ")
    fault = refusal("L = w*" + "*".join(["x[0]"] * MAX_FACTORS))
    assert f"a product has over {MAX_FACTORS} factors" in fault.what
    assert "prod[i]" in fault.hint


@pytest.mark.parametrize("count", [3_000, 20_000])
def test_thousands_of_terms_are_refused(count: int):
    for sign in (" + ", " - "):
        assert "a sum has over" in refusal("L = x[0]" + f"{sign}w" * count).what
    assert "a product has over" in refusal("L = x[0]" + "*w" * count).what


def test_sums_in_the_brackets_of_sums_count_together():
    def nested(depth: int, terms: int) -> str:
        return "L = " + "(" * depth + "w*x[0]" + (" + w*x[0]" * terms + ")") * depth

    assert module_compiles(network(nested(20, MAX_OPERATIONS // 20 - 5)))
    fault = refusal(nested(20, MAX_OPERATIONS // 20 + 5))
    assert f"over {MAX_OPERATIONS} operations" in fault.what


def test_a_tensor_of_too_many_equations_is_refused_by_its_name():
    def chain(count: int) -> str:
        rows = [f"v{k + 1} = tanh(w*v{k})" for k in range(count)]
        return "\n".join(["v0 = x[0]", *rows, f"L = v{count}"])

    fault = refusal(chain(MAX_READERS + 1))
    assert f"{MAX_READERS + 1} equations read 'w'" in fault.what
    assert f"at most {MAX_READERS}" in fault.what
    assert fault.where == "equation v1"


LARGE = {"i": 40_000, "j": 40_000}


@pytest.mark.parametrize(
    ("equations", "part"),
    [
        ("L = w*sum[i,j](exp(x[i]*y[j]))", "exp(x[i]*y[j])"),
        ("L = w*mean[i](sum[j](tanh(x[i] + y[j])))", "tanh(x[i] + y[j])"),
        ("L = w*sum[i,j]((x[i] - y[j])**2)", "(x[i] - y[j])**2"),
        ("L = w*sum[i,j](where(x[i] > y[j], x[i], y[j]))", "where(x[i] > y[j], x[i], y[j])"),
        ("L = w*max[i,j](x[i]*y[j])", "x[i]*y[j]"),
        ("v[j] = logsumexp[i](x[i] + y[j])\nL = w*sum[j](v[j])", "x[i] + y[j]"),
    ],
)
def test_a_reduction_over_an_array_that_does_not_fit_is_refused(equations: str, part: str):
    """Without taking the memory: the message names the equation, the array and the limit."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fault = refusal(equations, **LARGE)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB
    assert f"needs {part} as an array of 40000 by 40000 entries a sample" in fault.what
    assert "1600000000 are more than 2**27" in fault.what
    assert fault.where == f"equation {equations[0]}"
    assert network(equations)  # small axes are no fault


@pytest.mark.parametrize(
    "equations",
    [
        "L = w*sum[i,j](x[i]*y[j])",  # a product of matrices
        "L = w*sum[i,j](exp(x[i])*tanh(y[j]))",
        "L = w*sum[i](exp(x[i])*sum[j](y[j]**2))",
        "L = w*max[i](x[i])*max[j](y[j])",
        "L = w*sum[i,j](x[i]*y[j]*(i == j))",
        "L = w*sum[i,j](x[i - j]*y[j])",  # windows of x are views
    ],
)
def test_what_needs_no_such_array_is_no_fault(equations: str):
    assert network(equations, **LARGE)


def test_a_recurrence_takes_a_step_at_a_time():
    """6,000 by 6,000 at once fit; for all 40,000 steps together they would not."""
    equations = "h[i] = x[i] + h[i-1]*w*sum[k,q](tanh(y[k] + y[q]))\nL = h[1]"
    axes = {"i": 40_000, "j": 6_000, "k": 6_000, "q": 6_000}
    assert network(equations, **axes)
    assert 6_000**2 < MAX_ENTRIES < 6_000**2 * 40_000


def test_lists_of_known_names_are_whole():
    functions = [*FUNCTIONS, *ALIASES, "where"]
    hint = refusal("L = w*qqqqqqq(x[0])").hint
    assert hint == "known: " + ", ".join(sorted(functions))
    hundred = [f"name{k}" for k in range(100)]
    assert suggest("zzz", hundred) == "known: " + ", ".join(sorted(hundred))


def test_of_thousands_of_names_the_nearest_are_told():
    hint = suggest("b0", [f"a{k}" for k in range(4_900)])
    assert hint.startswith("the nearest of 4900 known names: ")
    assert "a0" in hint.split(": ")[1].split(", ")


@pytest.mark.parametrize("count", [MAX_TERMS, 30])
def test_a_long_sum_is_checked_like_a_short_one(count: int, tmp_path):
    made = network("L = " + " + ".join(["sin(w*x[0])"] * count))
    path = tmp_path / "network.py"
    path.write_text(numpy_module(made.derive()), encoding="utf-8")
    assert not check_module(path).failed
