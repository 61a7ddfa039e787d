"""The update in the report: its equations as MathML, with every number of theirs named."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

import chalkgrad
from chalkgrad.codegen.report.equations import in_words, numbers, update_lines
from chalkgrad.derive.optimizers.rules import trained
from chalkgrad.derive.optimizers.settings import update_of


def network(update: object) -> chalkgrad.Network:
    return chalkgrad.load({"name": "a", "input": {"x": [2]}, "target": {"y": [2]},
                        "layers": [{"dense": {"units": 2}}], "loss": "squared_error",
                        "update": update})  # fmt: skip


def rows(update: object) -> list[str]:
    """The lines as their characters."""
    net = network(update)
    table = ET.fromstring(update_lines(net, update_of(net)))
    return ["".join("".join(row.itertext()).split()) for row in table.iter("mtr")]


@pytest.mark.parametrize("name", trained())
def test_every_rule_is_printed_equation_by_equation(name: str) -> None:
    net = network(name)
    update = update_of(net)
    assert len(rows(name)) == len(update.rule.equations)
    named = [n for _, n, _ in numbers(net, update, 0.1)]
    assert set(update.rule.options) <= set(named)
    for symbol, _, _ in numbers(net, update, 0.1):
        assert not symbol or ET.fromstring(symbol).tag == "math"


def test_a_step_in_its_order() -> None:
    """Schedule, warm-up, clipping, l2, rule; what is changed keeps its letter."""
    update = {"sgd": {"rate": 1, "l2": 1, "clip_norm": 1, "weight_decay": 1, "warmup": 9,
                      "schedule": {"linear": {"steps": 5}}}}  # fmt: skip
    made = rows(update)
    lefts = [line.partition("=")[0].partition("←")[0] for line in made]
    assert [left.replace("\u2062", "") for left in lefts] == [
        "ηt", "ηt", "gt", "gt", "wt−1", "wt"]  # fmt: skip
    assert ["←" in line for line in made] == [False, True, True, True, True, False]
    assert "η0" in made[0]  # the schedule begins with the rate of the rule
    assert "ηt" in made[-1]  # and the rule has that of the schedule


def test_without_a_schedule_the_rate_has_no_time() -> None:
    (line,) = rows("sgd")
    assert "η" in line
    assert "ηt" not in line
    warm, rule = rows({"sgd": {"warmup": 5}})
    assert "η0" in warm
    assert "=" in warm
    assert "ηt" in rule


def test_the_numbers_are_those_of_the_run() -> None:
    net = network({"adam": {"rate": 0.25, "l2": 0.001}})
    told = {name: value for _, name, value in numbers(net, update_of(net), 0.5)}
    assert told == {"rate": "0.5", "beta1": "0.9", "beta2": "0.999", "eps": "1e-8", "l2": "0.001"}


def test_how_the_rate_moved() -> None:
    update = update_of(network({"sgd": {"schedule": {"cosine": {"steps": 5}}}}))
    assert in_words(update, [0.1, 0.1]) == "0.1 in every epoch"
    assert in_words(update, [0.1, 0.05]) == (
        "0.1 in the first epoch, 0.05 in the last (cosine)")  # fmt: skip
