"""Printed numbers: rounding by magnitude, no false zero, no −0, exact values as they are."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.codegen.formula.numerals import Numerals
from chalkgrad.codegen.formula.tex_printer import kept


@pytest.mark.parametrize(
    ("rounding", "value", "printed"),
    [
        ("half_up", "0.63965", "0.6397"),
        ("half_even", "0.63965", "0.6396"),
        ("truncate", "0.63969", "0.6396"),
        ("half_up", "-0.63965", "-0.6397"),
        ("truncate", "-0.63969", "-0.6396"),
        ("half_even", "-0.63975", "-0.6398"),
        ("half_up", "0.00004386", "4.386e-5"),
        ("half_up", "-0.00004386", "-4.386e-5"),
        ("half_up", "0.00005", "0.0001"),
        ("truncate", "0.00005", "5e-5"),
        ("half_up", "0.32", "0.32"),
        ("half_up", "0", "0"),
        ("half_up", "-0.0", "0"),
        ("half_up", "12", "12"),
        ("half_up", "0.99999", "1.0000"),
        ("half_up", "123456789012345.67891", "123456789012345.6789"),
        ("half_up", "1234567890123456.7891", "1.235e15"),
        ("truncate", "-1.23456789012345678901234567890123456789e70", "-1.234e70"),
        ("half_up", "1e60", "1e60"),
        ("half_up", "2.5e16", "2.5e16"),
    ],
)
def test_decimals(rounding: str, value: str, printed: str) -> None:
    # a digit more than any of these keeps the value from being exact
    assert Numerals(4, rounding=rounding).plain(Decimal(value)) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("123456.789", "123500"),
        ("0.00012345", "0.0001235"),
        ("2", "2"),
        ("9.3576e-14", "9.358e-14"),
    ],
)
def test_significant_figures(value: str, printed: str) -> None:
    assert Numerals(4, significant=True).plain(Decimal(value)) == printed


def test_the_decimal_mark_is_in_every_form() -> None:
    numerals = Numerals(4, mark=",")
    assert kept(numerals.formula(Decimal("-0.69064"))) == "-0{,}6906"
    assert numerals.text(Decimal("-0.69064")) == "−0,6906"
    assert numerals.plain(Decimal("-0.69064")) == "-0.6906"
    assert kept(numerals.formula(Decimal("4.3861e-7"))) == r"4{,}386 \cdot 10^{-7}"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("significant", [True, False])
def test_what_is_no_number_prints_as_that(value: str, significant: bool) -> None:
    numerals = Numerals(4, significant=significant)
    assert numerals.plain(Decimal(value)) == value
    assert str(numerals.decimals(Decimal(value))) == value


@given(
    st.decimals("-1e6", "1e6", allow_nan=False, places=12),
    st.integers(0, 9),
    st.sampled_from(["half_up", "half_even", "truncate"]),
)
def test_rounding_is_by_magnitude_and_never_makes_zero(
    value: Decimal, count: int, rule: str
) -> None:
    numerals = Numerals(count, rounding=rule)
    made = numerals.rounded(value)
    assert numerals.rounded(-value) == -made
    assert (made == 0) == (value == 0)
    assert numerals.plain(value).rstrip("0").rstrip(".") != "-0"
    if made.adjusted() >= -count:
        unit = Decimal(1).scaleb(-count)
        assert abs(made - value) <= (unit if rule == "truncate" else unit / 2)
        if rule == "truncate":
            assert abs(made) <= abs(value)


def test_fractions_round_exactly() -> None:
    assert Numerals(3).plain(Fraction(1, 3)) == "0.333"
    assert Numerals(3).plain(Fraction(5, 8)) == "0.625"
    assert Numerals(2).plain(Fraction(5, 8)) == "0.63"
    assert Numerals(2, rounding="half_even").plain(Fraction(5, 8)) == "0.62"
