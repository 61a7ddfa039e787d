"""``define: {lion: {kind: rule, …}}``: its numbers, its program, its pages, and what is refused."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items import pages_of
from chalkgrad.codegen.lecture.items.entries import deck_item
from chalkgrad.codegen.targets.numpy.training.loaded import load_program
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.optimizers import optimizer, worked
from chalkgrad.derive.optimizers.checks import FUNCTIONS
from chalkgrad.derive.optimizers.declared import declared
from chalkgrad.derive.optimizers.settings import update_of
from chalkgrad.derive.pipeline import load, load_all
from chalkgrad.derive.spec.strict_yaml import load_text
from tests.optimizers import rule_cases as table
from tests.paths import ROOT

LION = {
    "kind": "rule", "summary": "The sign of a mean.", "source": "Chen et al. (2023)",
    "options": {"rate": {"default": 0.01}, "beta1": {"default": 0.9},
                "blend": {"default": 0.99, "min": 0, "max": 1, "help": "what stays of the mean"},
                "decay_rate": {"default": 0}},
    "start": {"m": 0},
    "equations": "c[t] = beta1*m[t-1] + (1 - beta1)*g[t]\n"
                 "m[t] = blend*m[t-1] + (1 - blend)*g[t]\n"
                 "w[t] = w[t-1] - rate*(sign(c[t]) + decay_rate*w[t-1])",
}  # fmt: skip


def spec(rule=None, update="lion", **more):
    """The network of `rule_cases` with a rule of its own."""
    return {**table.SPEC, "define": {"lion": {**LION, **(rule or {})}}, "update": update, **more}


def following(rule, update="lion"):
    net = load(spec(rule, update))
    return net, table.follow(update_of(net), net)


def test_two_steps_are_those_of_the_paper():
    """By hand: sign(β1 m + (1-β1) g), then the mean; the decay beside it."""
    options = {"rate": 0.05, "beta1": 0.8, "blend": 0.95, "decay_rate": 0.1}
    _, run = following(None, {"lion": options})
    w, m = np.asarray(table.start().W), np.zeros((3, 2))
    for t, g in enumerate(np.asarray(x.W) for x in table.gradients(2)):
        w = w - 0.05 * (np.sign(0.8 * m + 0.2 * g) + 0.1 * w)
        m = 0.95 * m + 0.05 * g
        np.testing.assert_allclose(run.params[t].W, w, rtol=0, atol=1e-15)
        np.testing.assert_allclose(run.states[t]["W"]["m"], m, rtol=0, atol=1e-15)


def test_what_stands_around_a_rule_stands_around_this_one():
    """Clipping, decay and a schedule, against the same with the sign taken by hand."""
    sign = {"start": {}, "options": {"rate": 0.1}, "equations": "w[t] = w[t-1] - rate*sign(g[t])"}
    around = {"weight_decay": 0.5, "schedule": {"exponential": {"factor": 0.5}}, "freeze": "b"}
    _, run = following(sign, {"lion": around})
    w = np.asarray(table.start().W)
    for t, g in enumerate(np.asarray(x.W) for x in table.gradients(3)):
        rate = 0.1 * 0.5**t
        w = w - rate * 0.5 * w - rate * np.sign(g)
        np.testing.assert_allclose(run.params[t].W, w, rtol=0, atol=1e-15)
        np.testing.assert_array_equal(run.params[t].b, table.start().b)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_a_rule_is_generated_and_evaluated(function):
    """Of an array, and of numbers alone, in float64 and float32."""
    two = function in ("min", "max")
    equations = (f"a[t] = {function}(abs(g[t]){', 0.1' * two})\n"
                 f"k[t] = {function}(rate*t{', 0.1' * two})\n"
                 "w[t] = w[t-1] - rate*a[t]*k[t]")  # fmt: skip
    rule = {"start": {}, "options": {"rate": 0.1}, "equations": equations}
    net, run = following(rule)
    gradients = [g.W for g in table.gradients()]
    want = worked(update_of(net).rule, gradients, {"w": table.start().W})
    for got, right in zip(run.params, want, strict=True):
        np.testing.assert_allclose(got.W, right["w"], rtol=1e-14, atol=1e-14)
    single = table.follow(update_of(net), net, dtype=np.float32)
    assert single.params[-1].W.dtype == np.float32


def test_its_program_checks_itself(capsys):
    assert load_program(load(spec(train={"epochs": 2})).derive()).self_check() == 0
    assert "FAIL" not in capsys.readouterr().out


def test_a_lecture_shows_it_beside_the_shipped_ones():
    item, given = deck_item({"optimizers": ["sgd", {"lion": {"blend": 0.5}}]})
    pages = list(pages_of(item)(Context(tuple(load_all(spec())), "en", Path()), given))
    assert [p.id for p in pages] == [
        "optimizers-sgd", "optimizers-lion", "optimizers-lion-numbers", "optimizers-paths",
        "optimizers-paths-losses",
    ]  # fmt: skip
    rule = str(pages[1])
    assert "The sign of a mean." in rule
    assert "what stays of the mean" in rule  # its own option
    assert "learning rate" in rule  # one that the words know
    assert "optimizers.paths.lion.rate" in {f.id.partition(".")[2] for f in pages[-1].figures}


WRONG = [
    ({"equations": "w[t] = w[t-1] - rate*gg[t]"},
     "define.lion.equations: line 1: gg[t] is not known: it has no equation above",
     "did you mean 'g'?"),
    ({"equations": "w[t] = w[t-1] - rat*g[t]"}, "line 1: 'rat' is no option of the rule",
     "did you mean 'rate'?"),
    ({"equations": "w[t] = w[t-1] - rate*g"}, "line 1: 'g' is read without its step",
     "g[t]"),
    ({"equations": "w[t] = w[t-2] - rate*g[t]"}, "line 1: a rule reads steps t and t-1, not",
     "w[t-1]"),
    ({"start": {}}, "line 1: m[t - 1] is not known: it has no start", "start: {m: 0}"),
    ({"start": {"m": 0, "k": 0}}, "define.lion.equations: 'k' has a start, but no equation",
     "known: c, m"),
    ({"equations": "w[t] = w[t-1] - rate*m[t]\nm[t] = m[t-1] + g[t]"},
     "line 1: m[t] is not known: it has no equation above", "known: g"),
    ({"equations": "m[t] = g[t]\nm[t] = m[t]\nw[t] = w[t-1]"}, "line 2: 'm' is there already",
     "rename it"),
    ({"equations": "state[t] = g[t]\nw[t] = w[t-1] - state[t]"}, "'state' is a name of every rule",
     "rename it"),
    ({"equations": "m[t,i] = g[t]\nw[t] = w[t-1]"}, "an equation of a rule is that of step t",
     "m[t] = …"),
    ({"equations": "m[t] = g[t]"}, "a rule leads from w[t-1] and g[t] to w[t]",
     "w[t] = w[t-1] - rate*g[t]"),
    ({"start": {}, "equations": "w[t] = w[t-1] - rate*sigmoid(g[t])"},
     "line 1: a rule has no 'sigmoid(g[t])'", "it has + - * / ** and abs"),
    ({"start": {}, "equations": "w[t] = w[t-1] - rate*sum[i](g[t])"}, "a rule has no 'sum[i]", ""),
    ({"equations": "w[t] = w[t-1] -"}, "define.lion.equations line 1, column 16", ""),
    ({"options": {"beta1": 0.9}}, "define.lion.options: a rule has the option 'rate'",
     "options: {rate: 0.01}"),
    ({"options": {"rate": -1}}, "define.lion.options.rate: 'rate' is a number from 0", ""),
    ({"options": {"rate": "number"}}, "options.rate: an option of a rule is a number with a", ""),
    ({"options": {"rate": 1, "clip_norm": 1}}, "'clip_norm' is an option of every update",
     "rename it"),
    ({"options": {"rate": 1, "np": 1}}, "define.lion.options.np: 'np' is", "rename it"),
    ({"options": {"rate": 1, "eta": 1}}, "'eta' is how the rate is written", "rename it"),
    ({"output": "w"}, "define.lion.output: a rule has no 'output'", "start and equations"),
    ({"kind": "layer"}, "define.lion.start: a layer has no 'start'", ""),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "told", "hint"), WRONG, ids=[w[1] for w in WRONG])
def test_a_wrong_rule_is_refused_with_place_and_hint(rule, told, hint):
    with pytest.raises(ChalkgradError) as fault:
        load(spec(rule, "sgd"))  # also where nothing uses it
    assert told in str(fault.value)
    assert hint in str(fault.value)


def test_a_shipped_name_is_refused():
    given = {**table.SPEC, "define": {"adam": LION}}
    with pytest.raises(
        ChalkgradError, match=r"define\.adam: there is an update rule 'adam' already"
    ):
        load(given)


def test_its_options_are_checked_as_those_of_a_shipped_rule():
    with pytest.raises(ChalkgradError, match=r"update.lion.blend: 'blend' is a number in \[0, 1\]"):
        load(spec(None, {"lion": {"blend": 2}}))
    with pytest.raises(ChalkgradError, match="lion has no option 'blnd'"):
        load(spec(None, {"lion": {"blnd": 0.5}}))
    with pytest.raises(ChalkgradError, match="did you mean 'lion'"):
        load(spec(None, "lino"))


def test_a_rule_is_no_layer():
    given = {**spec(), "layers": ["lion"]}
    del given["equations"], given["parameters"]
    with pytest.raises(ChalkgradError, match="'lion' is a rule, not a layer"):
        load(given)


def test_a_shipped_rule_is_refused_with_the_same_words(monkeypatch):
    wrong = copy.deepcopy(declared()["sgd"]) | {"equations": "w[t] = w[t-1] - rat*g[t]"}
    monkeypatch.setitem(declared(), "wrong", wrong)
    told = "optimizers/rules.yaml: wrong.equations: line 1: 'rat' is no option of the rule"
    with pytest.raises(ChalkgradError, match=re.escape(told)):
        optimizer("wrong")


def test_the_example_of_the_docs_trains():
    page = (ROOT / "docs" / "optimizers.md").read_text("utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.M | re.S)
    net = load(load_text(example, "docs/optimizers.md"))
    assert update_of(net).rule.name in net.spec.define
    assert load_program(net.derive()).self_check() == 0
