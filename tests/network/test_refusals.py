"""What the language refuses: one message each, with the equation or the field and a fix."""

from __future__ import annotations

import ast
import builtins
import symtable
from typing import Any

import pytest

from chalkgrad import ChalkgradError, load, load_all, network_from_equations
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive import catalogue as catalogue_
from chalkgrad.derive.language.names import LANGUAGE_WORDS, MODULE_MEMBERS
from chalkgrad.derive.network.network import Network

V = "v[j] = sum[i](x[i]*W[i,j])"
L = "L = sum[j](v[j]**2)"


def network(*lines: str, **more: Any) -> Network:
    """A network of x[3], W[3,2] and these equations."""
    given: dict[str, Any] = {
        "inputs": {"x": [3]},
        "parameters": {"W": [3, 2]},
        "axes": {"k": 2},
        "loss": "L",
    }
    return network_from_equations("\n".join(lines), **{**given, **more})


def refusal(*lines: str, **more: Any) -> ChalkgradError:
    with pytest.raises(ChalkgradError) as caught:
        network(*lines, **more)
    return caught.value


def test_the_frame_of_these_tests_is_right():
    assert network(V, L).derive().forward


@pytest.mark.parametrize(
    ("lines", "what", "shows", "fix"),
    [
        # indices and axes
        (["v[j] = x[i]*W[i,j]", L], "the index i is not bound", "v[j] = x[i]*W[i,j]", "sum[i]"),
        (["v[j] = sum[i](x[i]*W[i])", L], "has 2 axes, but is read with 1", "*W[i])", "W["),
        (["v[j] = sum[i](x[i,i]*W[i,j])", L], "has 1 axes, but is read with 2", "x[i,i]", "x["),
        (["v[j] = sum[i](x[i]*W[j,i])", L], "has two sizes: 3", "W[j,i]", "different index names"),
        (["v[k] = x[k]*W[0,k]", "L = sum[k](v[k])"], "two sizes", "x[k]", "x[k+0] reads"),
        (["v[n,k] = x[n,k]*W[0,k]", "L[n] = sum[k](v[n,k])"], "sizes", "", "x[n,k+0] reads the"),
        (["v[j] = W[k,j]*x[0]*(k == 0)", L], "the index k is not bound", "W[k,j]", "sum[k]"),
        (["v[k] = x[k]*W[0,k]", "L = sum[k](v[k])"],
         "has two sizes: 2", "v[k] = x[k]", "different"),
        (["v[j,u] = sum[i](x[i]*W[i,j])", "L = sum[j,u](v[j,u])"], "no size", "v[j,u]", "axes: {u"),
        ([V, L + "/size[q]"], "the axis q has no size", "size[q]", "axes: {q: 3}"),
        (["v[i,i] = x[i]*W[i,0]", "L = sum[i](v[i,i])"], "twice on the left", "v[i,i]", ""),
        (["v[0] = x[0]*W[0,0]", "L = v[0]"], "plain index names", "v[0] = ", ""),
        (["L = sum[i,i](x[i]*W[i,0])"], "bound twice", "sum[i,i]", ""),
        (["L = sum[i](x[5]*W[i,0])"], "the index 5 of 'x' is outside", "x[5]", "size["),
        (["L = sum[i](x[-1]*W[i,0])"], "the index -1 of 'x' is outside", "x[-1]", "counting"),
        (["v[i] = x[i*i]*W[i,0]", "L = sum[i](v[i])"], "not affine", "x[i*i]", "condition"),
        (["v[i] = x[i//2]*W[i,0]", "L = sum[i](v[i])"], "not affine", "x[i//2]", "condition"),
        (["v[i] = x[i/2]*W[i,0]", "L = sum[i](v[i])"], "whole-number", "x[i/2]", "2*i + p - 1"),
        (["v[i] = x[exp(i)]*W[i,0]", "L = sum[i](v[i])"], "whole-number", "x[exp(i)]", "2*i"),
        (["v[i] = x[i + 0.5]*W[i,0]", "L = sum[i](v[i])"], "whole-number", "x[i + 0.5]", "2*i"),
        (["v[i] = x[x[i]]*W[i,0]", "L = sum[i](v[i])"], "holds no integers", "x[x[i]]", "integer:"),
        (["v[j] = sum[i](softmax[k](x[k])*W[i,j])", L], "outer k", "softmax[k]", "p[k] ="),
        (["L = x[0]//2*W[0,0]"], "// is for indices", "x[0]//2", "write /"),
        # names
        (["j = x[0]", "v[j] = x[1]*W[0,j]*j", L], "both an index here", "W[0,j]*j", "rename"),
        ([V, "L = sum[j](u[j]**2)"], "no tensor 'u'", "u[j]**2", "known:"),
        ([V, "L = sum[j](v[j]**2)*k"],
         "neither an index in scope nor", "**2)*k", "bound on the left"),
        ([V, "L = sum[j](expp(v[j]))"], "no function 'expp'", "expp(v[j])", "did you mean 'exp'?"),
        ([V, "L = summ[j](v[j])"], "'summ' is no reduction", "summ[j]", "did you mean 'sum'?"),
        ([V, "L = sum(v)"], "needs the indices", "sum(v)", "sum[i]"),
        ([V, V, L], "already defined", V, ""),
        (["x[i] = W[i,0]", "L = sum[i](x[i])"], "already a input", "x[i] = W[i,0]", ""),
        # structure
        (["v[j] = W[0,j] + u[j]", "u[j] = v[j]*x[0]", L], "in a circle", "u[j] = v[j]", "h[t-1,j]"),
        (["v[j] = W[0,j]*x[0] + v[j]", L], "in a circle", "+ v[j]", "h[t-1,j]"),
        # … and the read that breaks the rule
        (["v[j] = W[0,j]*x[0] + v[j]", L], "v[j] in the equation v is read in", "", ""),
        (["v[j] = W[0,j]*x[0] + v[2*j]", L], "v[2*j] in the equation v is not at j minus", "", ""),
        (["v[j] = W[0,j]*x[0] + v[1]", L], "v[1] in the equation v is not at j minus", "", ""),
        (["v[j] = W[0,j]*x[0] + sum[k | k < j](v[k])", L], "v[k] in the equation v", "", ""),
        (["v[i] = x[i]*W[0,0] + v[i-1] + v[i+1]", "L = sum[i](v[i])"],
         "v[i + 1] in the equation v goes the other way than v[i - 1]", "", ""),
        (["u[j] = v[j]", "v[j] = u[j-1]*W[0,j] + u[j]*x[0]", L],
         "v[j] in the equation u is read in the same step", "u[j-1]", ""),
        (["v[k,j] = x[0]*W[0,j] + v[j-1,k]", "L = sum[k,j](v[k,j])"], "at another place", "", ""),
        (["v[i] = x[i]*W[0,0] + v[i-1] + v[i+1]", "L = sum[i](v[i])"],
         "in a circle", "v[i+1]", "h["),
        (["v[j] = x[0]*x[j]", "L = sum[j](v[j])"], "'W' is not used", "parameters.W", "remove it"),
        ([V, "L[j] = v[j]**2"], "one number per sample", "L[j] = v[j]**2", "L = sum[j]"),
        ([V], "the loss 'L' is not defined", "loss", "known: v"),
        # the batch
        (["m[i] = mean[n](x[i])", "L = sum[i](m[i]*W[i,0])"],
         "mixes samples", "mean[n]", "n first"),
        (["v[j,n] = sum[i](x[n,i]*W[i,j])", L], "n first on the left", "v[j,n]", ""),
        (["v[n,j] = sum[i](x[i,n]*W[i,j])", L], "mixes samples", "x[i,n]", "write n first: x[n,"),
        (["v[n,j] = sum[i](x[n,i]*W[n,j])", L], "counts samples", "W[n,j]", "has no samples"),
        (["L = x[n,0]*W[0,0]"], "the index n is not bound", "x[n,0]", "mean[n](…)"),
        (["L = x[n,0]*W[0,0]"], "the index n is not bound", "x[n,0]", "L[n] = …"),
        (["v[j] = x[n,0]*W[0,j]", L], "the index n is not bound", "x[n,0]", "v[n,j] = …"),
        (["v[j] = W[0,j]*n", L], "'n' is neither", "W[0,j]*n", "size[n]"),
        # numbers
        (["v[len] = x[0]*W[0,len]", "L = sum[j](v[j])"], "module uses itself", "v[len]", "rename"),
        (["L = x[0]*W[0,0]/0"], "divides by zero", "/0", ""),
        (["L = x[0]*W[0,0]*0**-1"], "divides by zero", "0**-1", ""),
        (["L = x[0]*W[0,0]/(1-1)"], "divides by zero", "/(1-1)", ""),
        (["L = x[0]*W[0,0]/(2*3 - 6)"], "divides by zero", "/(2*3 - 6)", ""),
        (["L = x[0]*W[0,0]*(2 - 2)**(-1)"], "divides by zero", "**(-1)", ""),
        (["L = x[0]*W[0,0]/log(1)"], "divides by zero", "/log(1)", ""),
        (["L = x[0]*W[0,0]/(1//2)"], "divides by zero", "/(1//2)", ""),
        (["L = x[0]*W[0,0]/(size[k] - 2)"], "size[k] - 2 is 0", "/(size[k]", "denominator"),
        (["L = x[0]*W[0,0]*(size[k] - 2)**-2"], "size[k] - 2 is 0", "(size[k]", "denominator"),
        (["L = inf*x[0]*W[0,0]"], "inf is no number", "inf*x[0]", "where"),
        (["L = x[0]*W[0,0] - inf"], "inf is no number", "- inf", "where"),
        (["L = x[0]*W[0,0]*9**9**9**9"], "an exponent is beyond", "9**9**9**9", ""),
        (["L = 1e309*x[0]*W[0,0]"], "a number is beyond", "1e309", ""),
        (["L = 2x[0]*W[0,0]"], "runs into a name", "2x[0]", "2*x"),
        # conditions
        (["L = max[i | i > 7](x[i]*W[i,0])"], "i > 7 never holds", "max[i | i > 7]", "widen"),
        (["v[k] = mean[h | h < k](x[h]*W[h,k])", "L = sum[k](v[k])"],
         "at k = 0", "mean[h", "widen"),
        (["v[i] = softmax[i | i > 9](x[i]*W[i,0])", "L = sum[i](v[i])"],
         "never", "softmax", "widen"),
        (["L = (x[0] > 0 and i) + W[0,0]"], "condition is needed", "and i", "compare"),
        (["L = where(x[0], 1, 2)*W[0,0]"], "condition is needed", "where(x[0]", "compare"),
        (["L = W[0,0] + x[0] > 0"], "where a value is needed", "> 0", "in brackets"),
    ],
)  # fmt: skip
def test_refusals_show_the_equation_and_a_fix(lines: list[str], what: str, shows: str, fix: str):
    message = str(refusal(*lines))
    head, _, hint = message.partition("\n  hint: ")
    assert what in head, message
    assert shows in head, message
    assert fix in hint, message
    assert len(message) < 1500


def test_a_denominator_behind_a_condition_may_be_a_case_that_never_happens():
    assert network("L = where(size[k] > 2, x[0]/(size[k] - 2), x[0])*W[0,0]")
    assert network("L = (size[k] > 2)/(size[k] - 2)*x[0]*W[0,0]")
    assert network("L = x[0]*W[0,0]/(3 - 2)")


def test_an_output_that_starts_from_the_target_depends_on_it():
    given = {"inputs": {"x": [3]}, "targets": {"y": []}, "initial": {"h": "y"}}
    lines = ("h[i] = x[i]*W[0,0] + h[i-1]", "L = h[2]**2")
    assert network(*lines, **given).output == "L"
    assert "depends on the target 'y'" in refusal(*lines, **given, output="h").what


@pytest.mark.parametrize(
    ("equations", "output"),
    [
        ("z = sum[i](x[i]*W[i,0]); L = (z - y)**2", "z"),
        ("z = sum[i](x[i]*W[i,0]); r = z - y; L = r**2", "z"),
        ("z = sum[i](x[i]*W[i,0]); r = z - y; q = r**2; L = q/2 + sum[i](W[i,1])", "z"),
        ("z = sum[i](x[i]*W[i,0]); r = z*y; L = r + z", "z"),
        ("u = x[0]*W[0,0]; z = tanh(u); s = -y; L = s*z", "z"),
        ("r = x[0]*W[0,0] - y; L = r**2", "L"),
    ],
)
def test_without_output_the_last_tensor_free_of_the_target_is_taken(equations: str, output: str):
    assert network(*equations.split("; "), targets={"y": []}).output == output


@pytest.mark.parametrize(
    "equations",
    ["z[n,k] = W[0,k]**2; m[k] = mean[n](z[n,k]); L = sum[k](m[k])",
     "v[k] = W[0,k]/size[n]; L = sum[k](v[k])",
     "L = sum[k](W[0,k])*mean[n](1)"],
)  # fmt: skip
def test_n_without_samples_is_refused_at_load(equations: str):
    fault = refusal(*equations.split("; "), inputs={})
    assert "n counts samples" in fault.what
    assert fault.where == f"equation {equations[0]}"
    assert "input:" in fault.hint
    assert network("L = sum[k](W[0,k]**2)", inputs={}).derive()


@pytest.mark.parametrize("name", ["diff", "grad", "D", "derivative"])
def test_a_derivative_within_an_equation_is_refused_with_what_there_is(name: str):
    fault = refusal(f"r = {name}(x[0], W)", "L = r*W[0,0]")
    assert f"there is no function '{name}'" in fault.what
    assert "derivatives are taken of the loss only" in fault.hint
    assert "known: abs, " in fault.hint
    assert fault.hint.endswith("xlogy")


def test_a_target_is_read_by_the_loss_only():
    fault = refusal("v[j] = sum[i](x[i]*W[i,j])*y[j]", L, targets={"y": [2]}, output="v")
    assert "the output 'v' depends on the target 'y'" in fault.what
    assert "only by the loss" in fault.hint


@pytest.mark.parametrize("output", [["v", "u"], ["v", "v"], [], ["v", "nothing"]])
def test_several_outputs_are_checked_like_one(output: list[str]):
    spec = {
        "name": "a",
        "input": {"x": [3]},
        "target": {"y": [2]},
        "parameters": {"W": [3, 2]},
        "equations": f"{V}; u = v[0] - y[0]; L = u**2 + v[1]",
    }
    assert load(spec | {"output": ["v"]}).outputs == ("v",)
    with pytest.raises(ChalkgradError, match="output"):
        load(spec | {"output": output})


@pytest.mark.parametrize(
    "loss",
    ["u + r", "u - 3*r", "2*(u + r)", "(u + sum[i,j](W[i,j]**2))/2", "-(u - W[0,0])"],
)
def test_a_term_without_a_batch_under_batch_sum(loss: str):
    lines = ("u = sum[i,j](x[i]*W[i,j])", "r = sum[i,j](W[i,j]**2)", f"L = {loss}")
    fault = refusal(*lines, batch="sum")
    assert "has no batch" in fault.what
    assert f"L = {loss}" in fault.what
    assert "penalty:" in fault.hint
    assert network(*lines).loss == "loss"  # under a mean it counts once
    assert network("L = sum[i](x[i]*W[i,0])*(1 + W[0,0])", batch="sum").loss == "loss"


NAMES = {
    "lambda": "a word of Python",
    "None": "a word of Python",
    "a__b": "double underscore",
    "forward": "the generated module uses",
    "Params": "the generated module uses",
    "np": "the generated module uses",
    "len": "the generated module uses",
    "N": "the generated module uses",
    "exp": "a word of the equation language",
    "softmax": "a word of the equation language",
    "pi": "a word of the equation language",
    "size": "a word of the equation language",
    "n": "the batch axis",
    "a" * 65: "at most 64 characters",
    "\u03c3": "is not ASCII",
    "\u0430": "is not ASCII",
    "\uff41": "is not ASCII",
    "_a": "means nothing here",
    "../../x": "means nothing here",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_nothing_can_have(name: str):
    fault = refusal(f"{name}[j] = sum[i](x[i]*W[i,j])", f"L = sum[j]({name}[j]**2)")
    assert NAMES[name] in fault.what
    assert "equations line 1, column 1" in fault.where
    definition = {
        "input": {"x": ["i"]},
        "equations": f"v[i] = x[i]\n{name}[i] = v[i]",
    }
    with pytest.raises(ChalkgradError, match="line 2, column 1"):
        load({"name": "a", "input": {"x": [2]}, "define": {"f": definition}, "layers": ["f"]})


@pytest.mark.parametrize("name", [n for n in NAMES if n.isascii()])
def test_names_that_nothing_declared_can_have(name: str):
    for key in ("input", "target", "parameters", "constants"):
        with pytest.raises(ChalkgradError, match=key):
            load({"name": "a", key: {name: [2]}, "equations": "L = 1"})


@pytest.mark.parametrize(
    ("name", "stem"), [("dx", "x"), ("dW", "W"), ("dL", "L"), ("L_at", "L"), ("W_at", "W")]
)
def test_names_that_belong_to_gradients_and_winners(name: str, stem: str):
    fault = refusal(f"{name} = sum[i,j](x[i]*W[i,j])", f"L = {name}**2")
    assert f"of '{stem}'" in fault.what
    assert f"{name} = sum" in fault.what
    assert network("d = sum[i,j](x[i]*W[i,j])", "L = d**2").loss == "loss"
    assert network("dq = sum[i,j](x[i]*W[i,j])", "L = dq**2").loss == "loss"


@pytest.mark.parametrize(
    ("size", "what"),
    [
        ("-3", "between 1 and 10**9"),
        ("0", "between 1 and 10**9"),
        ("3/2", "3/2 is not a whole number"),
        ("2 - 2", "the size 0"),
        ("10**12", "the size 1000000000000"),
        ("9**9**9**9", "an exponent is beyond"),
        ("q + 1", "the size of 'q' is not known"),
        ("1/0", "divides by zero"),
        ("exp(1)", "whole-number arithmetic"),
    ],
)
def test_sizes(size: str, what: str):
    fault = refusal(V, L, axes={"k": size})
    assert what in fault.what
    assert "axes.k" in fault.where


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"layers": [{"dens": {"units": 2}}]}, "layers[0]", "did you mean 'dense'?"),
        ({"layers": [{"dense": {"unit": 2}}]}, "layers[0]", "did you mean 'units'?"),
        ({"layers": [{"dense": {}}]}, "layers[0]", "'units' is missing"),
        ({"layers": [{"dense": {"units": 0}}]}, "layers[0]", "size 0"),
        ({"layers": [{"dense": {"units": 2, "activation": "sigmod"}}]}, "layers[0].activation",
         "did you mean 'sigmoid'?"),
        ({"layers": [{"dense": {"units": 2, "bias": "shard"}}]}, "layers[0]", "'shared'?"),
        ({"layers": [{"dense": {"units": 2, "from": "z"}}]}, "layers[0]", "nothing named 'z'"),
        ({"layers": [{"dense": {"units": 2, "as": "q"}}] * 2}, "layers[1]", "already taken"),
        ({"layers": [{"dense": {"units": 2, "share": "q"}}]}, "layers[0]", "no earlier dense"),
        ({"layers": ["squared_error"]}, "layers[0]", "is a loss, not a layer"),
        ({"loss": "square_error"}, "loss", "did you mean 'squared_error'?"),
        ({"loss": "dense"}, "loss", "is a layer, not a loss"),
        ({"target": {"y": [3]}}, "loss", "two sizes"),
        ({"penalty": "l3"}, "penalty", "l2"),
        ({"output": "v9"}, "", "nothing named 'v9'"),
        ({"output": "v9", "loss": None, "target": {}}, "output", "known: L, W0, b0, v0, x"),
        ({"values": {"x": [1, 2, 3]}}, "values.x", "has 2 entries"),
        ({"values": {"W9": 1}}, "values.W9", "known: W0, b0, x, y"),
        ({"layer": []}, "layer", "did you mean 'layers'?"),
        ({"batch": "total"}, "batch", "'mean' or 'sum'"),
    ],
)  # fmt: skip
def test_specs(change: dict[str, Any], where: str, what: str):
    spec = {
        "name": "a",
        "input": {"x": [2]},
        "target": {"y": [2]},
        "layers": [{"dense": {"units": 2}}],
        "loss": "squared_error",
    }
    assert load(spec).loss == "loss"
    with pytest.raises(ChalkgradError) as caught:
        load(spec | change)
    assert where in caught.value.where
    assert what in f"{caught.value.what} {caught.value.hint}"


def test_class_numbers_are_in_range():
    spec = {
        "name": "a",
        "input": {"t": {"shape": [], "integer": 3}},
        "parameters": {"E": [3, 2]},
        "equations": "L = sum[d](E[t,d]**2)",
    }
    assert load(spec | {"values": {"t": 2}}).values
    for bad in (3, -1):
        with pytest.raises(ChalkgradError, match="holds whole numbers"):
            load(spec | {"values": {"t": bad}})


def own_names(source: str) -> set[str]:
    """Every name of a module that is not a tensor's: what it defines, imports and calls."""
    tree = ast.parse(source)
    tree.body = [part for part in tree.body if not isinstance(part, ast.If)]  # what runs it
    table = symtable.symtable(ast.unparse(tree), "module", "exec")
    found = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return found | {c for c in called if hasattr(builtins, c)}


@pytest.mark.parametrize("example", ["n232", "xor", "gates", "circuit", "digits_conv"])
def test_no_tensor_can_hide_a_name_of_its_module(example: str):
    for made in load_all(example):
        names = own_names(numpy_module(made.derive()))
        constants = {t.name for t in made.constants}
        private = {n for n in names if n.startswith("_") or n in constants}
        unguarded = names - private - MODULE_MEMBERS - LANGUAGE_WORDS
        assert not unguarded


def test_the_catalogue_passes_these_rules():
    assert len([catalogue_.definition(name) for name in catalogue_.names()]) > 60
