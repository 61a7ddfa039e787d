"""``update:`` of a spec: rules, forms, schedules, and everything that is refused."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.lecture.items.optimizers.rule_steps import rule_rows
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.codegen.targets.numpy.training.rounds import train
from chalkgrad.codegen.terminal.show import update_of as printed_update
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.optimizers import all_names, names, optimizer, trained
from chalkgrad.derive.optimizers.declared import declared
from chalkgrad.derive.optimizers.options import glossary
from chalkgrad.derive.optimizers.rules import forms_of
from chalkgrad.derive.optimizers.schedules import modifiers, schedule
from chalkgrad.derive.optimizers.settings import update_of
from chalkgrad.derive.pipeline import load
from tests.lecture.typed import as_tex
from tests.optimizers.rule_cases import network

EVERY_FORM = [(name, on) for name in all_names() for on in forms_of(name)]


def made(text):
    return update_of(network(text))


# -- the declarations ------------------------------------------------------------------------------


def test_the_rules_that_a_program_trains_with():
    assert trained() == [
        "sgd", "momentum", "nesterov", "newton", "newton_cg", "gauss_newton", "adagrad", "rmsprop",
        "adadelta", "adam", "amsgrad", "adamw", "nadam",
    ]  # fmt: skip
    assert set(all_names()) == {*trained(), *names()}


@pytest.mark.parametrize(("name", "on"), EVERY_FORM)
def test_every_form_is_complete(name, on):
    """Notes, a source, w last, every option explained; the state is written before it is read."""
    rule = optimizer(name, on)
    assert rule.notes
    assert rule.source
    assert rule.equations[-1].name == "w"
    assert {*rule.options, *rule.more} <= set(glossary())
    assert set(rule.start) <= {eq.name for eq in rule.equations}
    assert set(optimizer(name).options) <= set(rule.options)


@pytest.mark.parametrize(("name", "on"), EVERY_FORM)
def test_every_form_is_printed(name, on):
    """One declaration for NumPy and LaTeX; no name of more than one letter is left over."""
    printer = Printer(symbols_of(load("xor").derive()))
    rows = rule_rows(printer, optimizer(name, on))
    shown = " ".join(f"{x.left} {x.right}" for x in map(as_tex, rows))
    assert not re.findall(r"(?<![\\A-Za-z])[A-Za-z]{3,}", shown)


def test_every_option_is_documented_once_and_used():
    used = {o for n, on in EVERY_FORM for o in (*optimizer(n, on).options, *optimizer(n, on).more)}
    used |= {o for known in declared("schedules.yaml").values() for o in known["options"]}
    assert set(glossary()) == used | set(modifiers())
    for option in glossary().values():
        assert option.meaning
        assert option.wanted


def test_the_defaults_are_within_their_ranges():
    for name, on in EVERY_FORM:
        rule = optimizer(name, on)
        for option, value in {**rule.options, **rule.more}.items():
            assert glossary()[option].admits(value), (name, option)


# -- what update_of makes --------------------------------------------------------------------------


def test_without_an_update_it_is_plain_descent():
    given = update_of(load("xor", ["update=sgd"]))
    assert (given.rule.name, given.options) == ("sgd", {"rate": Decimal("0.01")})
    assert given.schedule == schedule()
    assert (given.freeze, given.warmup, given.clip_norm, given.clip_value) == ((), 0, None, None)
    assert given.decay == ("W0", "W1")


def test_everything_at_once():
    text = """
    adam: {rate: 0.01, beta1: 0.8, l2: 0.001, weight_decay: 0.02, decay: [W], clip_norm: 1,
           schedule: {cosine: {steps: 1000, per: epoch}}, warmup: 100, freeze: [b]}
    """
    given = made(text)
    assert given.rule == optimizer("adam")
    assert given.options == {
        "rate": Decimal("0.01"), "beta1": Decimal("0.8"), "beta2": Decimal("0.999"),
        "eps": Decimal("1e-8"),
    }  # fmt: skip
    assert (given.l2, given.l1, given.weight_decay) == (Decimal("0.001"), 0, Decimal("0.02"))
    assert (given.decay, given.freeze, given.warmup) == (("W",), ("b",), 100)
    assert (given.schedule.name, given.schedule.per) == ("cosine", "epoch")
    assert given.schedule.options == {"steps": 1000, "low": 0}
    assert (given.clip_norm, given.clip_value) == (1, None)


@pytest.mark.parametrize(
    ("text", "form", "state"),
    [
        ("{rmsprop: {centered: true, momentum: 0.5}}", ("centered", "momentum"), {"M", "G", "u"}),
        ("{rmsprop: {centered: false, momentum: 0}}", (), {"G"}),
        ("{adam: {amsgrad: true}}", ("amsgrad",), {"M", "G", "G_max"}),
        ("{momentum: {dampening: 0}}", (), {"u"}),
        ("{momentum: {dampening: 0.1}}", ("dampening",), {"u"}),
        ("amsgrad", (), {"M", "G", "G_max"}),
        ("{newton: {damping: 0.1}}", ("damping",), set()),
    ],
)
def test_options_choose_the_equations(text, form, state):
    rule = made(text).rule
    assert (rule.on, set(rule.start)) == (form, state)


def test_an_option_may_be_the_start():
    assert made("{adagrad: {initial: 0.25}}").rule.start == {"G": Decimal("0.25")}
    assert made("adagrad").rule.start == {"G": 0}


def test_amsgrad_is_adam_with_its_option():
    assert optimizer("amsgrad").equations == optimizer("adam", ["amsgrad"]).equations


def test_adamws_decay_is_its_own():
    assert made("adamw").weight_decay == made("adamw").options["weight_decay"] == Decimal("0.01")
    assert made("adam").weight_decay == 0


def test_how_a_system_is_solved_is_among_the_numbers():
    assert set(made("{newton_cg: {tolerance: 0.01}}").options) == {
        "rate", "damping", "tolerance", "iterations",
    }  # fmt: skip


def test_a_schedule_may_be_a_word():
    assert schedule("constant").options == {}


# -- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        ("adma", "update", "no update rule 'adma'", "'adam'"),
        ("minibatch", "update", "cannot train with 'minibatch'", "use sgd"),
        ("{adam: {beta3: 1}}", "update.adam.beta3", "no option 'beta3'", "did you mean"),
        ("{adam: {wieght_decay: 1}}", "update.adam.wieght_decay", "no option", "'weight_decay'"),
        ("{adam: {beta1: 1}}", "update.adam.beta1", "in [0, 1); got 1", "mean of the gradients"),
        ("{adam: {beta1: x}}", "update.adam.beta1", "got 'x'", ""),
        ("{adam: {beta1: true}}", "update.adam.beta1", "got True", ""),
        ("{adam: {beta1: [0.9]}}", "update.adam.beta1", "is a number", ""),
        ("{adam: {amsgrad: 1}}", "update.adam.amsgrad", "true or false; got 1", ""),
        ("{sgd: {rate: -1}}", "update.sgd.rate", "from 0; got -1", ""),
        ("{adam: {eps: 0}}", "update.adam.eps", "above 0; got 0", ""),
        ("{adam: {clip_norm: 0}}", "update.adam.clip_norm", "above 0", ""),
        ("{adam: {warmup: 1.5}}", "update.adam.warmup", "whole number", ""),
        ("{adam: {decay: W}}", "update.adam.decay", "nothing decays", "l2, l1 or weight_decay"),
        ("{adam: {l2: 1, decay: w}}", "update.adam.decay", "no parameter 'w' to decay", "known"),
        ("{sgd: {freeze: [V]}}", "update.sgd.freeze", "no parameter 'V' to freeze", "known"),
        ("{sgd: {freeze: [[W]]}}", "update.sgd.freeze", "to freeze", ""),
        ("{adam: {schedule: cosin}}", "update.adam.schedule", "no schedule 'cosin'", "'cosine'"),
        ("{adam: {schedule: cosine}}", "update.adam.schedule.cosine", "needs 'steps'", "give"),
        ("{adam: {schedule: {cosine: {stps: 1}}}}", "update.adam.schedule.cosine.stps",
         "no option 'stps'", "'steps'"),
        ("{adam: {schedule: {cosine: {steps: 0}}}}", "update.adam.schedule.cosine.steps",
         "whole number from 1", ""),
        ("{adam: {schedule: {step: {every: 2, per: batch}}}}", "update.adam.schedule.step.per",
         "step or epoch", ""),
        ("{adam: {schedule: {step: 5}}}", "update.adam.schedule.step", "mapping; got 5", "every"),
        ("{adam: {schedule: [1]}}", "update.adam.schedule", "one name with its options", "cosine"),
        ("{adam: {schedule: {constant: {rate: 1}}}}", "update.adam.schedule.constant.rate",
         "no option 'rate'", "no options"),
        ("{newton: {l1: 1}}", "update.newton.l1", "newton takes no l1", "l2"),
        ("{gauss_newton: {iterations: 0}}", "update.gauss_newton.iterations", "from 1", ""),
    ],
)  # fmt: skip
def test_what_is_refused(text, where, what, hint):
    with pytest.raises(ChalkgradError) as caught:
        network(text)
    assert caught.value.where.endswith(where)
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_forms_that_do_not_exist():
    with pytest.raises(ChalkgradError, match="no other form for 'centred'"):
        optimizer("rmsprop", ["centred"])
    with pytest.raises(ChalkgradError, match="did you mean 'momentum'"):
        optimizer("momentun")


def test_a_lecture_works_out_plain_descent_alone():
    """Its printed updates know one rate: with another rule they are left out, or refused."""
    net = load("xor", ["update.sgd.l2=0.1"])
    assert printed_update(net) == (None, ())
    with pytest.raises(ChalkgradError, match="plain gradient descent"):
        train(net, rounds=1)
    assert printed_update(load("xor"))[0] == 1.0
