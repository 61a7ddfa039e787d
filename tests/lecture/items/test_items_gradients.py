"""The item `gradients`: p − y line by line, where the deck asks for it or for nothing."""

from __future__ import annotations

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import Text
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.notation.presets import notations
from tests.lecture.items.item_pages import blocks, fits, pages_of, rows, written

LOGITS = "z[k] = sum[i](x[i]*W[i,k])\n"
SIGMOID = LOGITS + "p[k] = sigmoid(z[k])\nL = sum[k]((y[k] - p[k])**2)"
SOFTMAX = LOGITS + "p[k] = softmax[k](z[k])\nL = -sum[k](y[k]*log(p[k]))"


def spec(equations=SOFTMAX, fact="distribution", **style):
    target = {"shape": [3], **({"fact": fact} if fact else {})}
    return {"name": "net", "input": {"x": [2]}, "target": {"y": target}, "output": "p",
            "parameters": {"W": [2, 3]}, "equations": equations, "loss": "L",
            "style": style}  # fmt: skip


def layers(loss, activation, **more):
    network = {"units": [2, 3, 2], "activation": ["tanh", activation]}
    return {"name": "net", "network": network, "loss": loss, **more}


def worked_out(given, options=None, language="en"):
    """The pages that put the gradient above in, by what they are about."""
    return {p.id: p for p in pages_of(given, "gradients", options, language) if "inserted" in p.id}


def test_the_lines_of_p_minus_y_with_their_reasons():
    page = worked_out(spec(), {"wrt": "z"})["gradients-z-inserted"]
    assert [(r.right, r.note) for r in rows(page)] == [
        (r"-\frac{y_{m}}{p_{m}}", "derivative of the loss"),
        (r"p_{m}\, (\delta_{k\,m} - p_{k})", r"derivative of $\operatorname{softmax}$"),
        (r"\sum_{m} \frac{\partial L}{\partial p_{m}}\, \frac{\partial p_{m}}{\partial z_{k}}",
         "chain rule"),
        (r"\sum_{m} \Bigl(-\frac{y_{m}}{p_{m}}\, p_{m}\, (\delta_{k\,m} - p_{k})\Bigr)",
         r"both derivatives put in; $\delta_{k\,m} = 1$ for $k = m$, else 0"),
        (r"\sum_{m} (-y_{m}\, (\delta_{k\,m} - p_{k}))", "simplify"),
        (r"p_{k}\, \sum_{m} y_{m} - \sum_{m} y_{m}\, \delta_{k\,m}", "multiply out"),
        (r"p_{k}\, \sum_{m} y_{m} - y_{k}", "one term is left"),
        (r"\boxed{p_{k} - y_{k}} \qquad \partial L / \partial \mathbf{z} = "
         r"\mathbf{p} - \mathbf{y}", r"because $\sum_{m} y_{m} = 1$, declared"),
    ]  # fmt: skip


def test_a_page_without_room_takes_two_steps_in_one_and_says_so(monkeypatch):
    from chalkgrad.codegen.lecture.items.gradients import inserted

    monkeypatch.setattr(inserted, "one_page", lambda _, blocks: len(blocks[1].rows) < 5)
    page = worked_out(spec(), {"wrt": "z"})["gradients-z-inserted"]
    assert [r.note for r in rows(page)][-2:] == [
        "simplify, multiply out, one term is left",
        r"because $\sum_{m} y_{m} = 1$, declared",
    ]


def test_what_a_delta_is_stands_beside_the_first_one_of_a_lecture_only():
    given = spec() | {"deck": [{"gradients": {"wrt": ["z", "W"], "transpose": True}}]}
    meant = [r.note for p in lecture(load_all(given), "en").pages for r in rows(p)
             if "else 0" in r.note]  # fmt: skip
    assert meant == [r"both derivatives put in; $\delta_{k\,m} = 1$ for $k = m$, else 0"]


@pytest.mark.parametrize(
    ("deck", "where"),
    [
        (["gradients"], ""),
        (["gradients", {"functions": ["softmax"]}], ", see below"),
        ([{"functions": ["softmax"]}, "gradients"], ", see above"),
        (["gradients", "functions"], ""),
    ],
)
def test_a_known_derivative_is_looked_up_only_where_the_deck_derives_it(deck, where):
    pages = {p.id: p for p in lecture(load_all(spec() | {"deck": deck}), "en").pages}
    note = rows(pages["gradients-z-inserted"])[1].note
    assert note == rf"derivative of $\operatorname{{softmax}}${where}"


def matrix_page(of, equations=SOFTMAX):
    pages = pages_of(spec(equations), "gradients", {"wrt": [of], "level": ["matrix"]})
    return next(p for p in pages if p.id == f"gradients-{of}-matrix")


def test_every_factor_of_the_local_derivative_has_its_colour():
    page = matrix_page("z")
    parts = rows(page)[-1].right.split(r"\cgc{")[1:]
    assert [part[0] for part in parts if r"{\mathbf{p}" in part] == ["2", "2"]
    assert [part[0] for part in parts if r"\partial" in part] == ["1", "1"]


@pytest.mark.parametrize(
    ("equations", "of", "order"),
    [(SOFTMAX, "z", ""), (SIGMOID, "z", ", same order"), (SIGMOID, "W", "")],
)
def test_the_colours_are_said_to_be_in_order_only_where_they_are(equations, of, order):
    assert matrix_page(of, equations).subtitle == f"same colours{order}; shapes underneath"


def test_why_the_transpose_says_what_is_true_of_this_gradient():
    def says(given, of):
        pages = pages_of(given, "gradients", {"wrt": [of], "transpose": True})
        return next(b.text for p in pages if "transpose" in p.id for b in blocks(p)
                    if isinstance(b, Text))  # fmt: skip

    assert says(spec(), "z").startswith("The index that is summed over decides.")
    assert says(spec(), "W").startswith("An outer product: no index is summed over")
    assert says(spec(SIGMOID), "z").startswith("Nothing is transposed here")


def test_the_page_of_the_transpose_has_no_hole_where_its_lines_are() -> None:
    deck = {"deck": [{"gradients": {"wrt": ["z", "W"], "transpose": True}}]}
    pages = paginate(lecture(load_all(spec() | deck), "en")).pages
    shown = {p.id: (p.steps, [r.row.at for r in rows(p)]) for p in pages if "transpose" in p.id}
    assert shown == {f"gradients-{of}-transpose": (1, [1, 1, 1, 1]) for of in ("z", "W")}


def test_a_quotient_entry_by_entry_is_said_to_be_one():
    page = matrix_page("p")
    assert r"\oslash" in rows(page)[-1].right
    assert written(page).count(r"$\oslash$ divides entry by entry.") == 1
    assert r"\oslash" not in written(matrix_page("W"))


def test_a_vector_of_ones_is_said_to_be_one():
    assert written(matrix_page("z")).count(r"$\mathbf{1}$ is the vector of ones.") == 1
    assert r"$\mathbf{1}$" not in written(matrix_page("p"))


def test_the_forward_pass_says_what_softmax_is_and_what_is_declared():
    (page, *_) = pages_of(spec(), "forward")
    assert [(r.right, r.number, r.note) for r in rows(page)[1:]] == [
        (r"\operatorname{softmax}\bigl(\mathbf{z}\bigr)", 2, ""),
        (r"\frac{e^{z_{k}}}{\sum_{m} e^{z_{m}}}", 0, ""),
        (r"-\sum_{k} y_{k}\, \ln(p_{k})", 3,
         r"$\mathbf{y}$ is declared a distribution: $\sum_{k} y_{k} = 1$"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("functions", "note"),
    [
        (["cross_entropy"], r"derivative of $\operatorname{softmax}$"),
        (["softmax", "cross_entropy"], "known from its own page"),
    ],
)
def test_a_loss_refers_to_the_page_of_softmax_only_where_there_is_one(functions, note):
    given = spec() | {"deck": [{"functions": functions}]}
    pages = {p.id: p for p in lecture(load_all(given), "en").pages}
    assert rows(pages["functions-cross-entropy"])[2].note == note


def test_the_page_of_softmax_has_the_letters_of_the_network_s_own():
    (page, *_) = pages_of(spec(), "functions", ["softmax"])
    assert rows(page)[0].left == "p_{k}"
    assert rows(page)[-1].right == r"\boxed{p_{k}\, (\delta_{k\,i} - p_{i})}"


def test_without_the_fact_the_sum_is_what_is_left():
    page = worked_out(spec(fact=None), {"wrt": "z"})["gradients-z-inserted"]
    assert rows(page)[-1].right.startswith(r"\boxed{p_{k}\, \sum_{m} y_{m} - y_{k}}")


@pytest.mark.parametrize("notation", notations())
def test_every_notation_has_the_page_and_it_is_one_page(notation):
    given = layers("cross_entropy", "softmax", style={"notation": notation})
    (page,) = worked_out(given).values()
    assert fits(page)
    assert page.steps == len(rows(page)) == max(r.row.at for r in rows(page))
    assert [r.note for r in rows(page)][-1].endswith("declared")
    whole = r"\qquad" in rows(page)[-1].right
    assert whole == (notation not in {"ando_neuron", "huertas_net", "mazur"})


@pytest.mark.parametrize(
    ("loss", "activation", "short"),
    [
        ("cross_entropy", "softmax", r"\boxed{\hat{y}^{1}_{j} - y_{j}}"),
        ("cross_entropy_logits", "identity", r"\boxed{e^{q_{j}} - y_{j}}"),
        ("binary_cross_entropy", "sigmoid", r"\boxed{\hat{y}^{1}_{j} - y_{j}}"),
    ],
)
def test_a_deck_that_asks_for_nothing_shows_it(loss, activation, short):
    for chain in ("reuse", "full"):
        (page,) = worked_out(layers(loss, activation), {"chain": chain}).values()
        assert rows(page)[-1].right.startswith(short)


def test_a_deck_that_asks_for_other_levels_does_not():
    given = layers("cross_entropy", "softmax")
    assert worked_out(given, {"level": ["chain", "matrix"]}) == {}
    assert list(worked_out(given, {"level": ["index"]})) == ["gradients-v1-inserted"]


def test_a_squared_error_has_nothing_to_insert():
    assert worked_out(layers("squared_error", "sigmoid")) == {}


def test_the_reasons_are_in_the_deck_s_language():
    page = worked_out(spec(language="pt"), {"wrt": "z"}, "pt")["gradients-z-inserted"]
    assert [r.note for r in rows(page)] == [
        "derivada da perda",
        r"derivada de $\operatorname{softmax}$",
        "regra da cadeia",
        r"com as duas derivadas; $\delta_{k\,m} = 1$ para $k = m$, senão 0",
        "simplificar",
        "desenvolver os produtos",
        "resta um termo da soma",
        r"pois $\sum_{m} y_{m} = 1$, como declarado",
    ]  # fmt: skip


def test_slopes_over_three_axes_are_no_matrix_but_entries():
    given = {"name": "cube", "input": {"x": [2, 1, 2]}, "target": {"y": [2, 1, 2]},
             "layers": [{"tanh": {"as": "first"}}, {"sigmoid": {}}],
             "loss": {"squared_error": {}}}  # fmt: skip
    pages = {p.id: p for p in pages_of(given, "gradients", {"wrt": "y_first"})}
    assert "delta" in rows(pages["gradients-y_first-matrix"])[1].right


def matrix_lefts(given, tensor):
    """The left sides of the page "as matrices"."""
    found = pages_of(given, "gradients", {"wrt": tensor, "level": "matrix"})
    return [r.left for p in found for r in rows(p)]


def test_the_chain_over_an_index_formula_has_its_index_on_the_left_of_the_matrix_page() -> None:
    given = {"name": "net", "input": {"x": [2]}, "parameters": {"W": [2]},
             "equations": "L = sum[i](x[i]*W[i])**2", "loss": "L"}  # fmt: skip
    assert matrix_lefts(given, "W")[0] == r"\frac{\partial L}{\partial w_{i}}"


@pytest.mark.parametrize("notation", ["mari", "cs230", "goodfellow"])
def test_the_chain_of_a_recurrence_has_its_step_on_the_left_of_the_matrix_page(notation) -> None:
    step = "v[t,j] = sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j])\nh[t,j] = tanh(v[t,j])\n"
    loss = "L = sum[t,j]((h[t,j] - y[t,j])**2)"
    given = {"name": "net", "input": {"x": [3, 2]}, "target": {"y": [3, 4]}, "output": "h",
             "parameters": {"U": [2, 4], "V": [4, 4]}, "equations": step + loss, "loss": "L",
             "style": {"notation": notation}}  # fmt: skip
    assert "t" in matrix_lefts(given, "v")[0].replace("partial", "")
