"""Contraction, rule by rule: which delta goes, which stays, and what is written beside it."""

from __future__ import annotations

from chalkgrad.derive.language.expr import (
    ONE,
    ZERO,
    Add,
    Cmp,
    Delta,
    Div,
    Expr,
    Iverson,
    Mul,
    Neg,
    Read,
    Reduce,
    Size,
    Where,
    fresh_index,
    num,
)
from chalkgrad.derive.language.fold import fold
from chalkgrad.derive.rewrite.contract import contract, contracted

I, J, U, V, T = (fresh_index(x, "k") for x in "ijuvt")


def a(*at: Expr) -> Read:
    return Read("A", at)


def b(*at: Expr) -> Read:
    return Read("B", at)


def test_a_delta_puts_its_place_into_all_other_factors_in_their_order() -> None:
    assert contract([U], [a(U), Delta(I, U), b(U, J)]) == ([], [a(I), b(I, J)], None)
    assert contract([U], [b(U, J), Delta(U, I), a(U)]) == ([], [b(I, J), a(I)], None)


def test_a_delta_between_two_bound_indices_takes_one_of_them() -> None:
    assert contract([U, V], [a(U), Delta(U, V), b(V)]) == ([V], [a(V), b(V)], None)


def test_the_second_delta_of_one_index_stays_between_the_two_places() -> None:
    assert contract([U], [a(U), Delta(I, U), Delta(J, U)]) == ([], [a(I), Delta(J, I)], None)


def test_a_delta_that_says_nothing_of_a_bound_index_stays() -> None:
    affine, gathered = Delta(I, Add((U, V))), Delta(I, Read("n", (U,)))
    for delta in (affine, gathered, Delta(I, J)):
        assert contract([U, V], [a(U), delta]) == ([U, V], [a(U), delta], None)


def test_the_condition_of_the_sum_moves_with_the_index() -> None:
    cond = Cmp("<", U, num(2))
    assert contract([U], [a(U), Delta(I, U)], cond) == ([], [a(I)], Cmp("<", I, num(2)))


def in_place(body: Expr) -> Expr:
    return contracted(Reduce("sum", (U,), body), in_place=True)


def test_terms_and_cases_that_agree_on_the_place_are_one_delta() -> None:
    d = Delta(I, U)
    both = Add((Mul((a(U), d)), Neg(Div(d, b(U)))))
    assert in_place(both) == Add((a(I), Neg(Div(ONE, b(I)))))
    case = Where(Cmp(">", a(U), ZERO), d, Neg(d))
    assert in_place(case) == Where(Cmp(">", a(I), ZERO), ONE, Neg(ONE))


def test_a_term_without_the_delta_or_with_another_keeps_the_sum() -> None:
    for other in (b(U), Mul((b(U), Delta(J, U)))):
        mixed = Add((Mul((a(U), Delta(I, U))), other))
        assert in_place(mixed) == Reduce("sum", (U,), mixed)


def test_a_place_that_may_lie_outside_goes_into_reads_only() -> None:
    at = Add((I, num(1)))
    assert contract([U], [Delta(U, at), a(U)]) == ([], [a(at)], None)
    for beside in (U, Div(ONE, a(U)), a(Add((U, I)))):
        kept = [Delta(U, at), a(U), beside]
        assert contract([U], kept) == ([U], kept, None)
    assert contract([U], [Delta(U, at), a(I)]) == ([U], [Delta(U, at), a(I)], None)


def test_a_written_equality_stays_a_strong_zero() -> None:
    written = Iverson(Cmp("==", I, U))
    kept = [written, Div(ONE, a(U))]
    assert contract([U], kept) == ([U], kept, None)
    assert contract([U], [written, a(U)]) == ([], [a(I)], None)  # of a read alone nothing is lost


def test_an_equality_of_no_index_expressions_stays() -> None:
    for place in (Div(I, num(2)), Read("n", (I,))):
        kept = [Iverson(Cmp("==", U, place)), a(U)]
        assert contract([U], kept) == ([U], kept, None)


def test_a_recurrence_is_solved_for_its_step() -> None:
    before, after = Add((T, Neg(num(1)))), Add((T, num(1)))
    assert contract([T], [a(T), Delta(I, before)], None, "k").factors == [a(Add((I, num(1))))]
    assert contract([T], [a(T), Delta(I, after)], None, "k").factors == [a(Add((I, Neg(num(1)))))]
    for loop in (None, "other"):
        kept = [a(T), Delta(I, before)]
        assert contract([T], kept, None, loop) == ([T], kept, None)


def test_what_is_read_one_step_back_is_read_here_after_solving() -> None:
    before = Add((T, Neg(num(1))))
    assert contract([T], [b(before), Delta(I, before)], None, "k").factors == [b(I)]


def test_a_solved_step_is_tested_where_a_factor_could_not_be_computed_outside() -> None:
    before, later = Add((T, Neg(num(1)))), Add((I, num(1)))
    inside = Iverson(Cmp("<", later, Size("k")))
    slope = Div(ONE, b(T))
    found = contract([T], [a(T), Delta(I, before), slope], None, "k").factors
    assert found == [inside, a(later), Div(ONE, b(later))]
    earlier = Add((I, Neg(num(1))))
    found = contract([T], [Delta(I, Add((T, num(1)))), slope], None, "k").factors
    assert found == [Iverson(Cmp(">=", earlier, ZERO)), Div(ONE, b(earlier))]


def test_a_line_in_place_keeps_what_the_short_form_moves_in_front() -> None:
    e = Reduce("sum", (U, V), Mul((a(U), Delta(I, U), b(V))))
    assert contracted(e) == Mul((a(I), Reduce("sum", (V,), b(V))))
    assert contracted(e, in_place=True) == Reduce("sum", (V,), Mul((a(I), b(V))))


def test_a_delta_is_the_bracket_of_an_equality_but_not_the_same_factor() -> None:
    delta, written = Delta(I, J), Iverson(Cmp("==", I, J))
    assert delta.cond == written.cond
    assert delta != written
    assert delta.rebuild((Cmp("==", J, I),)) == Delta(J, I)


def test_a_delta_folded_to_a_constant_is_a_bracket_like_any_other() -> None:
    assert fold(Delta(num(2), num(2))) == ONE
    assert fold(Delta(num(2), num(3))) == ZERO


def test_a_delta_between_both_bound_indices_is_taken_out_once() -> None:
    e = Reduce("sum", (U, V), Mul((a(U), Delta(U, V), b(V))))
    assert contracted(e, in_place=True) == Reduce("sum", (V,), Mul((a(V), b(V))))
