"""``check``: every gradient against the difference quotient of the loss."""

from __future__ import annotations

import pytest

from chalkgrad import load, load_all
from chalkgrad.codegen.deck.model import Table
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.items.check import parts as check_page
from chalkgrad.codegen.lecture.items.check.parts import Checked, Checker, passes
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.values.entries import double_precision, number
from tests.lecture.items.deck_items import (
    SPECS,
    bare,
    context_pages,
    figures,
    item_pages,
    of_kind,
    pages,
    same,
    words_of,
)

SMALL = {
    "name": "small", "network": {"units": [1, 1], "activation": "tanh"}, "values": {
        "x": 0.5, "y": 1, "W0": 0.3, "b0": 0.1}, "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip


def test_the_check_of_the_2_3_2_network():
    (p,) = pages("mari", "check")
    told = words_of(p)
    assert "17/17 parameters pass (worst $2.3 \\cdot 10^{-9}$)" in told
    assert r"$0.3630 \to 0.3627$" in told
    here = figures(p)
    assert same(here["main.check.dW1[1,0]"], "-0.0237122105")
    assert same(here["main.after.L"], "0.3626552383")


def test_the_table_has_a_line_per_parameter_and_a_sign():
    (p,) = pages("mari", "check")
    table = of_kind(p, Table)[0]
    assert len(table.rows) == 4
    assert all(r[-1] == r"$\checkmark$" for r in table.rows)
    assert bare(table.rows[0][1]) == "$+0.0060528174$"
    assert bare(table.rows[2][1]) == "$-0.0237122105$"


def test_entries_may_be_chosen():
    networks = load_all({**SMALL, "deck": [{"check": {"entries": ["b0[0]"]}}]})
    (p,) = context_pages(networks, "en", "check")[1]
    assert len(of_kind(p, Table)[0].rows) == 1
    assert "2/2 parameters" in words_of(p)


def test_without_parameters_the_inputs_are_checked():
    """The numbers of a single sample have an axis of their own, which is no entry's."""
    spec = {"name": "f", "input": {"x": [2]}, "equations": "L = x[0]**2 + 3*x[1]",
            "values": {"x": [1, 2]}}  # fmt: skip
    (p,) = item_pages(spec, "check")
    assert [bare(row[1]) for row in of_kind(p, Table)[0].rows] == ["$+2$", "$+3$"]
    assert "2/2 parameters pass" in words_of(p)


def test_few_parameters_are_all_shown_and_no_step_without_a_rate():
    (p,) = item_pages(SMALL, "check")
    assert len(of_kind(p, Table)[0].rows) == 2
    assert "one step" not in words_of(p)


def test_a_batch_is_checked_over_its_samples():
    checker = Checker(Context(load_all(SPECS / "ando.yaml"), "en", None).board("xor"))
    assert len(checker.samples) == 4
    made = checker.checked(("W1", (0, 0)))
    assert float(made.analytic) == pytest.approx(0.2798218166, abs=1e-10)
    assert passes(made)
    before, after = checker.around_step()
    assert float(before) == pytest.approx(1.4290904412, abs=1e-10)
    assert float(after) == pytest.approx(1.17747910, abs=1e-8)


def test_a_mean_over_samples_counts_each_by_its_part():
    spec = {"name": "m", "network": {"units": [1, 1], "activation": "tanh"},
            "loss": "squared_error", "samples": {"x": [[0.5], [1]], "y": [[1], [0]]},
            "values": {"W0": 0.3, "b0": 0.1}}  # fmt: skip
    checker = Checker(Context([load(spec)], "en", None).board())
    assert all(passes(checker.checked(e)) for e in checker.entries())
    assert float(checker.weight) == 0.5


def test_a_wrong_gradient_does_not_pass(monkeypatch):
    assert not passes(Checked(("w", ()), number("0.1001"), number("0.1")))
    monkeypatch.setattr(Checked, "error", property(lambda self: number(1)))
    monkeypatch.setattr(check_page, "NOISE", -1)
    (p,) = item_pages(SMALL, "check")
    assert "only 0/2 parameters pass" in words_of(p)
    assert all(r[-1] == r"$\times$" for r in of_kind(p, Table)[0].rows)


def test_a_gradient_of_zero_passes():
    assert passes(Checked(("w", ()), number(0), number(0)))


def test_double_precision_has_53_bits_and_ends():
    with double_precision():
        third = number(1) / 3
        assert float(third) == 1 / 3
        assert third * 3 - 1 == 0
    assert number(1) / 3 != third


def test_without_numbers_it_is_refused():
    with pytest.raises(ChalkgradError, match="needs numbers"):
        item_pages({k: v for k, v in SMALL.items() if k != "values"}, "check")


def test_portuguese():
    (p,) = pages("mari", "check", "pt")
    told = words_of(p)
    assert "17/17 parâmetros conferem" in told
    assert r"0{,}3630 \to 0{,}3627" in told


def test_of_a_long_calculation_fewer_parameters_are_checked(monkeypatch: pytest.MonkeyPatch):
    """A loss of 34 entries, worked out within 170: 5 of 17 parameters, and one of each tensor."""
    checker = Checker(Context(load_all("n232"), "en", None).board())
    assert len(checker.all()) == 17
    monkeypatch.setattr(check_page, "WORK", 170)
    found = [c.entry for c in checker.all()]
    assert checker.most == 5
    assert 5 <= len(found) < 10
    assert {name for name, _ in found} == set(checker.names)
