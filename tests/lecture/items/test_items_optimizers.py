"""``optimizers``: right rules, certified numbers of two steps, paths; LECTURES.md §2."""

from __future__ import annotations

import re

import pytest

from chalkgrad.codegen.deck.model import Picture, Table
from chalkgrad.codegen.formula.tree.write import APPROX
from chalkgrad.codegen.lecture.items.optimizers import trajectories
from chalkgrad.codegen.lecture.items.optimizers.pages import run_of
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.optimizers import names, optimizer, worked
from tests.lecture.items.item_pages import (
    LANGUAGES,
    blocks,
    context,
    figure,
    fits,
    pages_of,
    rows,
    written,
)

LECTURE = ["sgd", "newton", "adagrad", "rmsprop", "adam", "minibatch"]


def made(only, language="en", spec="mazur"):
    return pages_of(spec, "optimizers", only if isinstance(only, list) else [only], language)


def text(name, language="en"):
    return "\n".join(written(p) for p in made(name, language))


def equations(name):
    return {r.left: r.right for r in rows(made(name)[0])}


def test_adagrads_first_step_is_a_hundredth():
    """LECTURES §2: with G₀ = 0, λ = .01, ∇ = .1, ε = 1e-8 the first step is 0.01, not 10."""
    page = made("adagrad")[-1]
    assert figure(page, "adagrad.g[1]").printed == "0.1"
    assert figure(page, "adagrad.G[0]").printed == "0"
    assert abs(float(figure(page, "adagrad.w[1]").value)) == pytest.approx(0.01, rel=1e-6)
    assert figure(page, "adagrad.w[1]").printed == "-0.01000"


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam"])
def test_the_state_is_updated_before_it_is_used(name):
    """The step reads G_t (or its corrected form), never G_{t−1}."""
    found = equations(name)
    assert next(iter(found)) != "w_{t}"
    assert "G_{t - 1}" not in found["w_{t}"]
    assert re.search(r"\\sqrt\{(\\hat\{G\}|G)_\{t\}\}", found["w_{t}"])


def test_adagrads_rate_never_rises():
    assert "never rises" in text("adagrad")
    assert "vice versa" not in text("adagrad")


def test_adams_corrections_have_their_exponent():
    found = equations("adam")
    assert found[r"\hat{M}_{t}"] == r"\frac{M_{t}}{1 - \beta_{1}^{t}}"
    assert found[r"\hat{G}_{t}"] == r"\frac{G_{t}}{1 - \beta_{2}^{t}}"


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam"])
def test_epsilon_stands_outside_of_the_root(name):
    assert re.search(r"\\sqrt\{[^+]*\} \+ \\varepsilon\}", equations(name)["w_{t}"])


def test_rmsprop_has_a_decay_of_its_own():
    found = equations("rmsprop")
    assert found["G_{t}"] == r"\rho\, G_{t - 1} + (1 - \rho)\, g_{t}^{2}"
    assert r"\lambda" not in found["G_{t}"]
    assert r"\lambda" in found["w_{t}"]


def test_the_hessian_is_written_out():
    page = made("newton")[0]
    assert r"\frac{\partial^{2} L_{\mathrm{total}}}{\partial w_{1}\, \partial w_{2}}" in written(
        page
    )
    assert "H_{t}^{-1}" in written(page)
    numbers = made("newton")[-1]
    assert figure(numbers, "newton.w[1,0]").printed == "-0.8"
    assert figure(numbers, "newton.w[1,1]").printed == "1.1"


def test_minibatch_is_a_mean_over_samples():
    assert equations("minibatch")["g_{t}"] == r"\frac{1}{B}\, \sum_{b} g_{t}^{(b)}"


@pytest.mark.parametrize("name", ["sgd", "momentum", "adagrad", "rmsprop", "adam"])
def test_the_numbers_are_the_rules(name):
    page = made(name)[-1]
    for t, step in enumerate(worked(name, [0.1, 0.2], {"w": 0}), start=1):
        for key, value in step.items():
            if key == "g":
                continue
            got = float(figure(page, f"{name}.{key}[{t}]").value)
            assert got == pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize("name", names())
def test_every_result_is_certified(name):
    """The printed operands give the printed result where the line says =."""
    run = run_of(context("mazur"), optimizer(name))
    for eq in run.rule.equations:
        for t in (1, 2) if not run.rule.vector else (1,):
            for at in [(0,), (1,)] if run.rule.vector else [()]:
                row = run.row(eq.name, t, at)
                key = f"optimizers.{name}.{eq.name}[{','.join(map(str, (t, *at)))}]"
                sign = run.figures[key].relation
                assert sign in ("=", "≈")
                assert (APPROX in row.right.items) == (sign == "≈")


def test_every_symbol_has_a_meaning():
    for name in names():
        page = made(name)[0]
        legend = next(b for b in blocks(page) if isinstance(b, Table))
        shown = {r[0] for r in legend.rows}
        for r in rows(page):
            for letter in (r"\varepsilon", r"\rho", r"\lambda", r"\beta_{1}", r"\mu"):
                if letter in r.right and "cgn" not in r.right:
                    assert f"${letter}$" in shown, (name, letter)
        assert all(r[1] for r in legend.rows)


def test_the_rate_is_the_notations():
    assert r"\eta" in written(made("sgd", spec="mari")[0])
    assert r"\lambda" in written(made("sgd")[0])


@pytest.mark.parametrize("name", names())
def test_paths_are_the_rules_steps(name):
    path = trajectories.path(optimizer(name), 6)
    assert path.points[0] == trajectories.BOWL.start
    assert path.losses[-1] < path.losses[0]
    if name in ("sgd", "adam"):
        gradients = [trajectories.gradient(p) for p in path.points[:-1]]
        steps = worked(name, gradients, {"w": list(trajectories.BOWL.start)}, path.options)
        for got, want in zip(path.points[1:], steps, strict=True):
            assert got == pytest.approx(tuple(want["w"]))


def test_newton_is_there_after_one_step():
    assert trajectories.path(optimizer("newton"), 1).points[-1] == pytest.approx((0, 0), abs=1e-12)


def test_the_last_page_compares_them():
    page, losses = made(LECTURE)[-2:]
    assert (page.id, losses.id) == ("optimizers-paths", "optimizers-paths-losses")
    assert page.steps == len(LECTURE)
    table = next(b for b in blocks(losses) if isinstance(b, Table))
    assert len(table.rows) == len(LECTURE)
    scene = next(b.scene for b in blocks(page) if isinstance(b, Picture))
    assert max(s.at for s in scene.shapes) == len(LECTURE)
    assert not made("sgd")[-1].id.startswith("optimizers-paths")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("spec", ["mari", "mazur", "ng", "ando"])
def test_every_page_is_one_page(language, spec):
    for page in made(names(), language, spec):
        assert fits(page), page.id


def test_an_unknown_rule_is_refused():
    with pytest.raises(ChalkgradError, match="no optimiser 'adamm'"):
        made("adamm")
