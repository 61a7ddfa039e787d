"""``hessian``: derived lines and numbers against differences, pages, words, documents."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from chalkgrad import load_all
from chalkgrad.codegen.command.main import app
from chalkgrad.codegen.deck.model import Deck, Table
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.words import words
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.chainrule.second import hessian_rows
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.topics.hessian import blocks as blocks_of
from chalkgrad.derive.topics.hessian import chosen, derived
from chalkgrad.derive.topics.hessian_exact import Curvature
from chalkgrad.derive.values.entries import Exact, number, places
from tests.documents.pages_check import check_log, check_pdf
from tests.documents.slides_harness import compiled, log_of, page_texts
from tests.lecture.items.item_pages import (
    LANGUAGES,
    SPECS,
    blocks,
    fits,
    networks,
    pages_of,
    rows,
    written,
)

GATE = {
    "name": "gate", "network": {"units": [2, 1], "activation": "sigmoid"},
    "loss": "binary_cross_entropy", "update": {"sgd": {"rate": 1}},
    "samples": {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [0, 1, 0, 1]},
    "values": {"W0": [[0.5], [0.3]], "b0": -0.2},
}  # fmt: skip


def network(spec, key="main"):
    found = networks(spec) if isinstance(spec, str) else load_all(spec)
    return next(n for n in found if n.spec.key == key)


def curvature(spec, key="main", wrt=()):
    net = network(spec, key)
    return Curvature(net, chosen(per_sample(net.derive()), wrt))


CASES = [("mari", "e111"), ("mari", "main"), ("mazur", "net"), ("ng", "neuron")]


@pytest.mark.parametrize(("spec", "key"), CASES)
def test_entries_are_difference_quotients_of_the_exact_gradient(spec, key):
    """(g(w + h) − g(w − h)) / 2h with 40 digits and h = 1e-12: every entry to 1e-20."""
    c = curvature(spec, key)
    h = number("1e-12")
    start = [c.at(e) for e in c.entries]
    for j in range(0, len(c.entries), 3):
        moved = []
        for sign in (1, -1):
            values = [x + sign * h if k == j else x for k, x in enumerate(start)]
            exact = Exact(c.d, c._with(c.samples[0], dict(zip(c.entries, values, strict=True))))
            moved.append([exact(c.d.adjoint(n), *at) for n, at in c.entries])
        for i, (up, down) in enumerate(zip(*moved, strict=True)):
            assert abs((up - down) / (2 * h) - c.hessian[i][j]) < number("1e-20")


@pytest.mark.parametrize(("spec", "key"), CASES)
def test_both_orders_of_two_parameters_agree(spec, key):
    """What the rows of the later parameter give is the transpose of what is printed."""
    c = curvature(spec, key)
    for a, b in itertools.combinations(c.names, 2):
        second = hessian_rows(c.d, b, [a])
        exact = Exact(second.derivation, c.samples[0])
        name = dict(second.results)[a]
        for p in itertools.islice(places(c.d.network, a), 3):
            for q in itertools.islice(places(c.d.network, b), 3):
                assert abs(exact(name, *q, *p) - c.second((a, p), (b, q))) < number("1e-35")


@pytest.mark.parametrize(("spec", "key"), [*CASES, ("ando", "two"), ("ng", "deep")])
def test_the_printed_lines_are_the_engines(spec, key):
    """Contracted, tidied and renumbered lines give the numbers of the raw second sweep."""

    net = network(spec, key)
    d = per_sample(net.derive())
    names = chosen(d)
    found = derived(d, names)
    numbers = [x.number for r in found for x in r.lines]
    last = max(s.number for s in d.steps)
    assert numbers == list(range(last + 1, last + 1 + len(numbers)))
    if not net.values:
        return
    values = Curvature(net, names).samples[0]
    for r in found:
        raw = r.second.derivation
        steps = {s.equation.name: s for s in raw.steps}
        mine = replace(raw, steps=tuple(
            replace(steps[x.equation.name], equation=x.equation) for x in r.lines))  # fmt: skip
        one, two = Exact(raw, values), Exact(mine, values)
        for name in dict(r.second.results).values():
            for at in places(raw.network, name):
                assert abs(one(name, *at) - two(name, *at)) < number("1e-35")


def test_blocks_and_their_shapes():
    d = per_sample(network("mari").derive())
    grid = blocks_of(d, chosen(d))
    assert [(b.rows, b.columns) for b in grid[0]] == [(6, 6), (6, 3), (6, 6), (6, 2)]
    assert [b.distinct for row in grid for b in row].count(True) == 10


def test_a_size_that_is_a_letter_is_written_as_one():
    """h_out is h with out below, not h_o u t."""
    sizes = {"name": "sizes", "network": {"units": [2, "h_out", 1], "activation": "tanh"},
             "loss": "squared_error"}  # fmt: skip
    found = (b for p in pages_of(sizes, "hessian", {"by": "blocks"}) for b in blocks(p))
    shapes = [row[2] for b in found if isinstance(b, Table) for row in b.rows]
    assert r"$h_{\text{\itshape out}} \times h_{\text{\itshape out}}$" in shapes
    assert r"$h_{\text{\itshape out}}\,2 \times 1$" in shapes


def test_samples_are_combined_as_the_loss_does():
    """A logistic regression: H = (1/N) Σ p(1 − p) [x 1]ᵀ[x 1], and Newton's step, by NumPy."""
    c = curvature(GATE)
    x = np.hstack([np.array(GATE["samples"]["x"], float), np.ones((4, 1))])
    y = np.array(GATE["samples"]["y"], float)
    w = np.array([0.5, 0.3, -0.2])
    p = 1 / (1 + np.exp(-x @ w))
    H = (x * (p * (1 - p))[:, None]).T @ x / 4
    g = x.T @ (p - y) / 4
    assert np.allclose(np.array(c.hessian, float), H, rtol=1e-12)
    assert c.positive
    assert not c.singular
    made = c.newton()
    after = w - np.linalg.solve(H, g)
    assert np.allclose(np.array(made.after, float), after, rtol=1e-12)
    q = 1 / (1 + np.exp(-x @ after))
    loss = -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
    assert float(made.loss_after) == pytest.approx(loss, rel=1e-12)
    damped = c.newton("0.5")
    assert np.allclose(np.array(damped.step, float), -np.linalg.solve(H + 0.5 * np.eye(3), g))


def test_one_sample_has_no_step_without_damping():
    """One sample fixes w·x + b only: directions without curvature are always there."""
    c = curvature("mari", "e111")
    assert c.singular
    with pytest.raises(ChalkgradError, match="no inverse"):
        c.newton()
    made = c.damped()
    assert float(made.damping) == 0.1  # the least eigenvalue is -0.036: 0.01 is too little
    assert made.loss_after < made.loss_before
    pages = pages_of("mari", "hessian", {"of": "e111", "by": "numbers"})
    assert [p.id for p in pages] == [
        "hessian-numbers-e111", "hessian-by-hand-e111", "hessian-damped-e111"]  # fmt: skip


def test_the_hessian_of_002_entry_by_entry():
    """Over w_1 … w_8, the weights that the update does not freeze."""
    page = pages_of("mazur", "hessian", {"of": "net", "by": "entries"})[0]
    text = written(page).replace(r"\cgr{W_h[0,0]}{w_{1}}", "w_{1}")
    plain = re.sub(r"\\cgr\{[^}]*\}\{(w_\{\d\})\}", r"\1", text)
    assert r"\frac{\partial^{2} L_{\mathrm{total}}}{\partial w_{1}^{2}}" in plain
    assert r"\frac{\partial^{2} L_{\mathrm{total}}}{\partial w_{1}\, \partial w_{2}}" in plain
    assert r"\partial w_{8}\, \partial w_{1}" in plain
    assert "64" in text
    assert "36" in text


def test_many_parameters_are_elided():
    page = pages_of("mari", "hessian", {"by": "entries"})[0]
    assert r"\cdots" in written(page)
    assert r"\ddots" in written(page)


def test_every_distinct_block_has_its_equation():
    pages = pages_of("mari", "hessian", {"by": ["blocks", "derived"]})
    table = [b for p in pages for b in blocks(p) if isinstance(b, Table)]
    numbers = [r[-1] for t in table for r in t.rows]
    assert len(numbers) == len(set(numbers)) == 10
    shown = {f"({r.number})" for p in pages for r in rows(p) if r.number}
    assert set(numbers) <= shown
    matrix = next(r.right for r in rows(pages[0]) if r.left == "H")
    assert matrix.count(r"^{\top}") == 6


def test_delta_notation_moves_deltas():
    text = "".join(written(p) for p in pages_of("ng", "hessian", {"of": "deep", "by": "derived"}))
    assert r"\frac{\partial \delta^{(4)}_{k}}{\partial w^{(3)}_{j,i}}" in text
    assert "[j = k]" in text  # δ is a derivative there, not Kronecker's


def test_an_unknown_activation_has_its_second_derivative():
    text = "".join(written(p) for p in pages_of("ando", "hessian", {"of": "one", "by": "derived"}))
    assert "''(" in text


@pytest.mark.parametrize("key", ["e111", "main"])
def test_what_is_printed_is_certified(key):
    """Lines by hand and new parameters: = where the printed operands give the printed result."""
    pages = pages_of("mari", "hessian", {"of": key, "by": "numbers"})
    figures = {f.id: f for p in pages for f in p.figures}
    signs = [f.relation for f in figures.values() if f.relation]
    assert set(signs) <= {"=", "≈"}
    assert len(signs) >= 4
    step = pages[-1]
    table = next(b for b in blocks(step) if isinstance(b, Table))
    for row in table.rows:
        if r"\vdots" in row[0]:
            continue
        _, old, _, moved, total = (re.sub(r"\\cgn\{[^}]*\}", "", c) for c in row)
        old, moved = (float(re.sub(r"[${}]", "", c)) for c in (old, moved))
        result = float(re.search(r"\{(-?[\d.]+)\}\$$", total)[1])
        agrees = f"{old + moved:.4g}" == f"{result:.4g}"
        assert agrees == (r"\approx" not in total), row


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("spec", "of"), [("mari", "e111"), ("mazur", "net"), ("ng", "deep")])
def test_pages_in_every_language(spec, of, language):
    for p in pages_of(spec, "hessian", {"of": of, "by": ["entries", "blocks"]}, language):
        if not p.id.startswith("hessian-blocks-table"):
            assert fits(p), p.id


def test_words_are_there_in_every_language():
    keys = [k for k in words("en").table if k.startswith("hessian_")]
    assert len(keys) > 20
    for language in LANGUAGES:
        assert all(words(language).has(k) for k in keys)
    slots = re.compile(r"\{([a-z_]+)\}")
    for k in keys:
        assert set(slots.findall(words("en").table[k])) == set(slots.findall(words("pt").table[k]))


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ChalkgradError, match="no parameter 'W7'"):
        pages_of("mari", "hessian", {"wrt": "W7"})
    with pytest.raises(ChalkgradError, match="a size is a symbol"):
        pages_of("ando", "hessian", {"of": "two", "by": "entries"})
    with pytest.raises(ChalkgradError, match="no value for"):
        pages_of("ng", "hessian", {"of": "deep", "by": "numbers"})
    with pytest.raises(ChalkgradError, match="'entries', 'blocks'"):
        pages_of("mari", "hessian", {"by": "rows"})
    with pytest.raises(ChalkgradError, match="finite"):
        pages_of("mari", "hessian", {"damping": float("inf")})


def test_the_damping_asked_for():
    page = pages_of("mari", "hessian", {"of": "e111", "by": "numbers", "damping": 0.3})[-1]
    assert "0.3" in written(page)
    made = curvature("mari", "e111").newton("0.3")
    after = next(f for f in page.figures if f.id.endswith("hessian.damped.L"))
    assert float(after.value) == pytest.approx(float(made.loss_after), rel=1e-12)


def test_the_terminal_shows_it(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    asked = ["show", str(SPECS / "mari.yaml"), "--level", "hessian", "--network", "e111"]
    out = CliRunner().invoke(app, asked).stdout
    assert "H[W0,b0]ᵀ" in out
    assert "∂²L/∂W1∂W1[i,j,k,m] = y0[k]·∂²L/∂W1∂v1[i,j,m]" in out
    assert "H has no inverse" in out
    assert "damping 0.1: the loss 0.1192 → 0.0397" in out


def test_the_pages_compile_and_pass_the_gate(tmp_path):
    found = pages_of("mari", "hessian", {"of": "e111"})
    found += pages_of(GATE, "hessian", {"by": "numbers"})
    deck = Deck("h", "en", "h", "x", tuple(found))
    pdf = compiled(tmp_path, slides(paginate(deck)))
    assert check_log(log_of(pdf)) == []
    assert check_pdf(pdf) == []
    assert any("damped step of Newton" in t for t in page_texts(pdf))
    assert html_page(deck).count("<math") > 100
