"""``optimizers``: every rule in every form, their words, paths, schedules and modifiers."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

from chalkgrad.codegen.deck.model import Deck, Picture, Table
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.formula.tree.write import APPROX
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.items.optimizers import trajectories
from chalkgrad.codegen.lecture.items.optimizers.pages import KEYS, run_of
from chalkgrad.codegen.lecture.items.optimizers.rule_around import PLANS
from chalkgrad.codegen.lecture.items.optimizers.rule_around import _run as around_run
from chalkgrad.codegen.lecture.items.optimizers.rule_choice import chosen
from chalkgrad.codegen.lecture.items.optimizers.rule_paths import path_pages
from chalkgrad.codegen.lecture.items.optimizers.rule_steps import used
from chalkgrad.codegen.lecture.words import words
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.optimizers import all_names, names, optimizer, worked
from chalkgrad.derive.optimizers.schedules import schedule
from tests.documents.pages_check import check_log, check_pdf
from tests.documents.slides_harness import compiled, log_of
from tests.lecture.items.item_pages import LANGUAGES, blocks, context, figure, pages_of, written

# -- every rule, in every form ---------------------------------------------------------------------

NEW = [n for n in all_names() if n not in names()]
FORMS = [
    {"rmsprop": {"centered": True}}, {"rmsprop": {"momentum": 0.5}},
    {"rmsprop": {"centered": True, "momentum": 0.5}}, {"momentum": {"dampening": 0.5}},
    {"newton": {"damping": 0.5}}, {"adagrad": {"rate_decay": 0.1}}, {"adamw": {"amsgrad": True}},
]  # fmt: skip


def asked(use, language="en", spec="mari"):
    return pages_of(spec, "optimizers", {"names": [use]}, language)


def settings(use):
    (choice,) = chosen([use])
    return choice


@pytest.mark.parametrize("use", [*NEW, *FORMS], ids=str)
def test_worked_numbers_are_those_of_the_engine(use):
    """Two steps by hand against `derive.optimizers.worked` in float64."""
    choice = settings(use)
    found = {f.id: f for p in asked(use) for f in p.figures}
    options = {k: v for k, v in choice.given.items()}
    given, gradients = {"w": 0}, [0.1, 0.2]
    if choice.rule.vector:
        given, gradients = {"w": [0, 0], "H": [[2, 1], [1, 1]]}, [[0.5, -0.3]]
    for t, step in enumerate(worked(choice.name, gradients, given, options), start=1):
        for name, value in step.items():
            if name == "g":
                continue
            for at, want in np.ndenumerate(np.asarray(value)):
                key = f"optimizers.{choice.page}.{name}[{','.join(map(str, (t, *at)))}]"
                assert float(found[key].value) == pytest.approx(float(want), rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("use", [*NEW, *FORMS], ids=str)
def test_every_new_line_is_certified(use):
    choice = settings(use)
    run = run_of(context("mari"), choice.rule, choice.options)
    for eq in choice.rule.equations:
        for t in (1, 2) if not run.rule.vector else (1,):
            for at in [(0,), (1,)] if run.rule.vector else [()]:
                if len(eq.indices) > 2:
                    continue
                row = run.row(eq.name, t, at)
                key = f"optimizers.{choice.name}.{eq.name}[{','.join(map(str, (t, *at)))}]"
                assert (APPROX in row.right.items) == (run.figures[key].relation == "≈")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("use", [*NEW, *FORMS], ids=str)
def test_every_rule_and_symbol_has_its_words(use, language):
    """In both languages: a title, a sentence, and a meaning that is not the name itself."""
    choice, table = settings(use), words(language)
    assert table.has(f"rule_{choice.name}")
    assert table.has(f"rule_{choice.name}_short")
    assert table.has(f"rule_{choice.name}_says")
    assert all(table.has(f"form_{on}") for on in choice.rule.on)
    for name in used(choice.rule):
        key = KEYS.get(name, name)
        assert table.has(f"symbol_{key}") or table.has(f"symbol_{key}_{choice.name}"), name


@pytest.mark.parametrize("spec", ["mari", "mazur", "ng"])
def test_no_other_symbol_has_the_letter_of_the_rate(spec):
    """In 002 the rate is λ; the decay of AdamW is written ω there."""
    for use in (*all_names(), *FORMS):
        page = pages_of(spec, "optimizers", {"names": [use]})
        table = next(b for p in page for b in blocks(p) if isinstance(b, Table))
        symbols = [r[0] for r in table.rows]
        assert len(symbols) == len(set(symbols)), use


def test_a_rule_without_words_has_its_own_summary():
    class Bare:
        def has(self, key):
            return False

    choice = settings("nadam")
    assert choice.says(Bare()) == choice.rule.summary
    assert choice.title(Bare()) == "nadam"


def test_damped_newton_inverts_the_damped_matrix():
    page = asked({"newton": {"damping": 0.5}})
    text = "".join(map(written, page))
    assert r"(H_{t} + \mu I)^{-1}" in text
    step = np.linalg.solve([[2.5, 1], [1, 1.5]], [0.5, -0.3])
    for i, want in enumerate(-step):
        got = float(figure(page[-1], f"newton-damping.w[1,{i}]").value)
        assert got == pytest.approx(want)


def test_wrong_options_are_refused():
    for use, told in (({"adam": {"beta": 1}}, "no option 'beta'"),
                      ({"adam": {"beta1": 2}}, "'beta1' is"),
                      ({"rmsprop": {"centered": 1}}, "true or false"),
                      (3, "a rule is a name"), ({"adam": 3}, "a rule is a name"),
                      ({"adam": {}, "sgd": {}}, "one name with its options")):  # fmt: skip
        with pytest.raises(ChalkgradError, match=told):
            asked(use)


# -- paths, schedules, modifiers -------------------------------------------------------------------


@pytest.mark.parametrize("on", sorted(trajectories.SURFACES))
def test_slopes_and_curvatures_are_those_of_the_loss(on):
    """By central differences, at three places."""
    s, h = trajectories.SURFACES[on], 1e-4
    for x, y in (s.start, (0.3, -0.7), (1.1, 0.4)):

        def at(a, b, x=x, y=y):
            return trajectories.loss_at((x + a, y + b), s)

        slope = [(at(h, 0) - at(-h, 0)) / (2 * h), (at(0, h) - at(0, -h)) / (2 * h)]
        assert trajectories.gradient((x, y), s) == pytest.approx(slope, rel=1e-5, abs=1e-6)
        mixed = (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h)
        found = trajectories.hessian((x, y), s)
        assert found[0][1] == pytest.approx(mixed, rel=1e-4, abs=1e-5)
        assert found[0][0] == pytest.approx((at(h, 0) - 2 * at(0, 0) + at(-h, 0)) / h**2, rel=1e-4)
        assert found[1][1] == pytest.approx((at(0, h) - 2 * at(0, 0) + at(0, -h)) / h**2, rel=1e-4)
        residual = [trajectories._value(expression(r), (x, y)) for r in s.residuals]
        assert sum(r * r for r in residual) / 2 == pytest.approx(at(0, 0))
    assert trajectories.gradient(s.best, s) == pytest.approx([0, 0], abs=1e-12)


@pytest.mark.parametrize("on", sorted(trajectories.SURFACES))
@pytest.mark.parametrize("name", all_names())
def test_every_rule_goes_down_on_every_surface(name, on):
    s = trajectories.SURFACES[on]
    path = trajectories.path(optimizer(name), 12, s)
    assert path.losses[-1] < 0.6 * path.losses[0]
    (left, right), (low, high) = s.frame
    assert all(left <= x <= right and low <= y <= high for x, y in path.points)


def test_a_demonstration_is_of_a_surface_with_options_of_the_rule():
    for name in all_names():
        rule = optimizer(name)
        assert set(rule.demonstration) == set(trajectories.SURFACES), name
        for shown in rule.demonstration.values():
            assert "rate" in shown, name
            assert set(shown) <= {*rule.options, *rule.more}, name


@pytest.mark.parametrize("on", sorted(trajectories.SURFACES))
@pytest.mark.parametrize("name", all_names())
def test_a_rule_without_a_demonstration_finds_a_rate_that_leads_down(name, on):
    s = trajectories.SURFACES[on]
    path = trajectories.path(replace(optimizer(name), demonstration={}), None, s)
    assert path.options["rate"] in trajectories.RATES
    assert path.losses[-1] < path.losses[0]


def test_a_path_that_diverges_is_refused_by_its_step():
    with pytest.raises(ChalkgradError, match="the path of sgd diverges in step 4"):
        trajectories.path(optimizer("sgd"), None, trajectories.VALLEY, {"rate": 3})


def test_newton_asks_for_the_curvature_where_it_is():
    """On the valley H changes; seven steps reach its lowest point."""
    s = trajectories.VALLEY
    path = trajectories.path(optimizer("newton"), 7, s)
    for here, there in itertools.pairwise(path.points):
        H, g = trajectories.hessian(here, s), trajectories.gradient(here, s)
        assert np.subtract(there, here) == pytest.approx(-np.linalg.solve(H, g), abs=1e-9)
    assert path.points[-1] == pytest.approx(s.best, abs=1e-9)


def test_many_paths_take_several_pictures():
    made = list(path_pages(context("mari"), chosen(all_names()), trajectories.VALLEY))
    pictures = made[:-1]
    assert [p.id for p in pictures] == [f"optimizers-paths{k}" for k in ("", "-2", "-3")]
    count = [p.steps for p in pictures]
    assert sum(count) == len(all_names())
    assert max(count) <= 6
    table = next(b for b in blocks(made[-1]) if isinstance(b, Table))
    assert len(table.rows) == len(all_names())
    assert r"(w_{2} - w_{1}^{2})^{2}" in written(pictures[0])


def test_schedules_against_their_formulas():
    """The plotted rates of t = 1 … 60, by NumPy."""
    made = pages_of("mari", "optimizers", {"schedules": True})
    assert [p.id for p in made] == ["optimizers-schedules", "optimizers-schedules-plot"]
    t = np.arange(1, 61)
    past = np.minimum(t - 1, 60) / 60
    cosine = 0.05 * (1 + np.cos(np.pi * past))
    want = [0.1 + 0 * t, 0.1 * 0.5 ** ((t - 1) // 20), 0.1 * 0.95 ** (t - 1), 0.1 * (1 - past),
            cosine]  # fmt: skip
    plans = [(n, schedule({n: g})) for n, g in PLANS.items()]
    here = context("mari")
    for (name, plan), line in zip(plans, want, strict=True):
        run = around_run(here, name, plan.equations, plan.options)
        assert [float(run(("eta", (int(k),)))) for k in t] == pytest.approx(line)
    scene = next(b.scene for b in blocks(made[1]) if isinstance(b, Picture))
    assert max(s.at for s in scene.shapes) == 6
    text = written(made[0])
    for part in (r"\lfloor", r"\cos", r"\min", "T_{0}"):
        assert part in text


def test_modifiers_and_their_numbers():
    made = pages_of("mari", "optimizers", {"modifiers": True})
    assert len(made) == 3
    numbers = made[1]
    want = {"clip_norm.g_clipped": 3 / (5 + 1e-6), "clip_value.g_clipped": 1,
            "l2.g_decayed": 3.05, "l1.g_decayed": 3.1,
            "weight_decay.w_decayed": 0.495}  # fmt: skip
    for key, value in want.items():
        assert float(figure(numbers, f"{key}[1]").value) == pytest.approx(value, rel=1e-12)
    last = made[2]
    assert float(figure(last, "adam_l2.w[1]").value) == pytest.approx(1 - 0.001, rel=1e-9)
    assert float(figure(last, "adamw.w[1]").value) == pytest.approx(1 - 0.001 * 1.1, rel=1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_both_languages_have_the_same_slots(language):
    slots = re.compile(r"\{([a-z_]+)\}")
    keys = [k for k in words("en").table if re.match(r"schedule|modif|compared|form_|rule_|sym", k)]
    for k in keys:
        mine = set(slots.findall(words(language).table[k]))
        assert mine == set(slots.findall(words("en").table[k])), k


def test_all_of_it_compiles_and_passes_the_gate(tmp_path):
    options = {"names": [*NEW, *FORMS]}
    every = tuple(pages_of("mari", "optimizers", options, "pt"))
    assert html_page(Deck("o", "pt", "o", "x", every)).count("<math") > 300
    options = {"names": ["nadam", FORMS[2], FORMS[4]], "schedules": True, "modifiers": True}
    found = pages_of("mari", "optimizers", {**options, "surface": "valley"}, "pt")
    deck = Deck("o", "pt", "o", "x", tuple(found), decimal=",")
    pdf = compiled(tmp_path, slides(paginate(deck), handout=True))
    assert check_log(log_of(pdf)) == []
    assert check_pdf(pdf) == []
    assert html_page(deck).count("<math") > 100
