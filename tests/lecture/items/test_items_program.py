"""``program``: the lines of the generated program, its weights, its predictions (004, §3 E)."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import Code, Deck, Panel, Table
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.board.printed import steady
from chalkgrad.codegen.lecture.items import pages_of
from chalkgrad.codegen.lecture.items.entries import deck_item
from chalkgrad.codegen.lecture.items.program.excerpts import CUT, Source
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.targets.numpy.training.marks import MARK
from chalkgrad.codegen.targets.numpy.training.program import (
    marked_program,
    module_of,
    training_program,
)
from chalkgrad.codegen.targets.numpy.training.rounds import train
from chalkgrad.derive.language.errors import ChalkgradError
from tests.documents.pages_check import check_log, check_pdf
from tests.documents.slides_harness import compiled, log_of, page_texts
from tests.lecture.items.deck_items import bare, figures, of_kind, page, rows, words_of
from tests.lecture.items.item_pages import LANGUAGES, SPECS, blocks, fits, written

LAST = (0.0274441161, 0.9771621918, 0.9648465346, 0.0322949592)  # of the 1000th forward pass
SPEC = {
    "name": "net", "network": {"units": [2, 3, 3], "activation": ["tanh", "softmax"]},
    "loss": "cross_entropy",
}  # fmt: skip
SAMPLES = {"x": [[0.5, 1], [1, 0], [0, 2], [1, 1]], "y": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}
ADAM = {"rate": 0.05, "l2": 0.01, "clip_norm": 1, "warmup": 5, "freeze": ["b0"],
        "schedule": {"cosine": {"steps": 100}}}  # fmt: skip
RULES = {
    "adam": {"adam": ADAM}, "newton": {"newton": {"damping": 0.5}}, "newton_cg": "newton_cg",
    "sgd": {"sgd": {"rate": 1}},
}  # fmt: skip


def context(spec, language="en", **style):
    sets = [f"style.{k}={v}" for k, v in style.items()]
    given = SPECS / f"{spec}.yaml" if isinstance(spec, str) else spec
    made = Context(load_all(given, sets), language, SPECS)
    made.items = [deck_item(entry, k) for k, entry in enumerate(made.spec.deck)]
    return made


def made(spec, options=None, language="en", **style):
    name, item = deck_item({"program": options or {}})
    return list(pages_of(name)(context(spec, language, **style), item))


@cache
def xor(language="en"):
    return made("ando", {"of": "xor"}, language)


def code(p, language="python"):
    return [b.text for b in blocks(p) if isinstance(b, Code) and b.language == language]


def numbers(p, ending):
    found = {k: float(f.value) for k, f in figures(p).items() if k.endswith(ending)}
    return [found[k] for k in sorted(found)]


# -- excerpts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_excerpts_are_lines_of_the_program(rule):
    """Whole lines, in their order, with a visible mark where some are left out."""
    spec = {**SPEC, "update": RULES[rule]}
    program = training_program(load_all(spec)[0].derive()).split("\n")
    seen = 0
    for p in made(spec):
        for text in code(p):
            at = 0
            for line in text.split("\n"):
                at = 0 if line.startswith("def ") else at
                if line.strip() and line.strip() != CUT:
                    at = program.index(line, at) + 1
                    seen += 1
    assert seen > 30


def source(*shown):
    """A function of whose statements these are marked."""
    lines = ["def f(a):", "    '''Says.'''", "    b = a", "", "    c = b", "    if c:",
             "        d = 1", "    else:", "        e = 2", "    return c", ""]  # fmt: skip
    return Source("\n".join(x + MARK if x.strip() in shown else x for x in lines))


def test_a_cut_is_marked_and_only_a_cut():
    assert source().excerpt("f").split("\n")[1:3] == ["    ...", "    b = a"]
    some = source("c = b", "return c")
    assert some.excerpt("f") == "def f(a):\n    ...\n    c = b\n    ...\n    return c"
    assert some.excerpt("f", whole=True) == source().excerpt("f")
    assert source("d = 1").excerpt("f").endswith("    if c:\n        d = 1\n    ...")
    assert source("e = 2").excerpt("f") == "def f(a):\n    ...\n        e = 2\n    ..."
    assert (
        source("d = 1", "e = 2")
        .excerpt("f")
        .endswith("    if c:\n        d = 1\n    else:\n        e = 2\n    ...")
    )
    with pytest.raises(ChalkgradError, match="no function 'g'"):
        source().excerpt("g")


@pytest.mark.parametrize("rule", RULES)
def test_every_line_that_the_program_marks_is_on_a_page(rule):
    spec = {**SPEC, "update": RULES[rule]}
    marked = marked_program(load_all(spec)[0].derive()).split("\n")
    lines = [x.removesuffix(MARK) for x in marked if x.endswith(MARK)]
    shown = "\n".join(t for p in made(spec) for t in code(p)).split("\n")
    assert len(lines) > 20
    assert [x for x in lines if x not in shown] == []


def test_no_program_has_a_mark():
    program = training_program(load_all(SPEC)[0].derive())
    assert not re.search(rf"{MARK.strip()}$", program, re.M)


# -- train -----------------------------------------------------------------------------------------


def test_the_update_beside_its_equation():
    p = page(xor(), "program-train-xor")
    (row,) = rows(p)
    assert (bare(row.left), bare(row.right)) == ("w_{t}", r"w_{t - 1} - \eta \times g_{t}")
    text = "\n".join(code(p))
    assert "    w = w - rate * g\n" in text
    assert "updated(w, g, state[name], t, rate)" in text
    assert figures(p)["xor.eta"].printed == "1"
    assert r"\partial \mathrm{SSE} / \partial W_{2}" in words_of(p)


def test_every_function_of_an_update_has_its_equations():
    found = made({**SPEC, "update": RULES["adam"]}, {"show": "train"})
    text = "\n".join(t for p in found for t in code(p))
    for name in ("rate_at", "clipped", "decayed", "updated", "step"):
        assert f"def {name}(" in text
    right = " ".join(r.right for p in found for r in rows(p))
    for part in (r"\cos", r"\lVert g_{t} \rVert", r"\lambda_{2}", r"\sqrt{\hat{G}_{t}}"):
        assert part in right
    assert r"\mathbf{b}^{0}" not in written(found[0]), "it does not learn"


def test_the_loop_and_the_command():
    epoch = page(xor(), "program-epoch-xor")
    assert "for rows in batches(run, count, settings):" in code(epoch)[0]
    run = page(xor(), "program-run-xor")
    assert "while not run.ended:" in code(run)[0]
    assert code(run, "sh") == ["python ando_xor_train.py train --epochs 1000"]


def test_the_command_repeats_the_training_of_the_deck():
    spec = {
        "name": "net", "network": {"units": [1, 1]}, "loss": "squared_error",
        "update": {"sgd": {"rate": 0.1}}, "values": {"W0": [[0.5]], "b0": [0.1]},
        "samples": {"x": [[1], [2], [3]], "y": [1, 0, 2]}, "batch": "mean",
        "train": {"epochs": 7, "batch": 2, "validation": 0.4, "start": "random"},
        "deck": [{"train": {"rounds": 30}}],
    }  # fmt: skip
    found = made(spec)
    said = "train --epochs 30 --validation 0 --batch 0 --start example"
    assert code(page(found, "program-run"), "sh") == [f"python net_train.py {said}"]
    (network,) = load_all(spec)
    last = train(network, rounds=30).last
    x = np.array(spec["samples"]["x"], float)
    right = x @ last.parameters["W0"] + last.parameters["b0"]
    shown = numbers(page(found, "program-numbers"), "")
    assert set(map(steady, right.ravel())) <= set(shown)
    del spec["deck"]
    assert code(page(made(spec), "program-run"), "sh") == ["python net_train.py train"]
    del spec["train"]
    said = "python net_train.py train --epochs 1000"
    assert code(page(made(spec), "program-run"), "sh") == [said]


def test_a_stopping_rule_of_the_deck_ends_the_run():
    found = made("ng", {"of": "neuron"})
    assert code(page(found, "program-run-neuron"), "sh")[0].endswith("--epochs 19")
    assert "19" in page(found, "program-numbers-neuron").subtitle
    (out,) = [f for k, f in figures(found[-1]).items() if "program0" in k]
    assert float(out.value) == pytest.approx(0.4300702856, abs=1e-10)


# -- save ------------------------------------------------------------------------------------------


def test_what_the_file_of_weights_holds():
    p = page(xor(), "program-save-xor")
    table = of_kind(p, Table)[0]
    assert table.rows[0][:2] == ("`W0`", "`(3, 4)`")
    assert table.rows[1][:2] == ("`W1`", "`(4, 1)`")
    network = next(n for n in load_all(SPECS / "ando.yaml") if n.spec.key == "xor")
    seen = re.search(r"`([0-9a-f]+)…`", table.rows[2][2])[1]
    assert f'"fingerprint": "{seen}' in training_program(network.derive())
    assert "write_arrays(path" in code(p)[0]


def test_other_weights_are_refused_in_the_words_of_the_program(tmp_path):
    p = page(xor(), "program-load-xor")
    said = of_kind(p, Panel)[0].blocks[0].text
    assert said == (
        "ando_xor_train.py: other.npz: weights of another network, 'other':\n"
        "  W0: (3, 5) in the file, (3, 4) here"
    )
    assert 'known["fingerprint"] != NETWORK["fingerprint"]' in code(p)[0]


# -- infer -----------------------------------------------------------------------------------------


def test_the_predictions_are_those_of_the_commands_on_the_page(tmp_path):
    """Both commands in a folder of their own, with the file of inputs that the page shows."""
    p = page(xor(), "program-numbers-xor")
    network = next(n for n in load_all(SPECS / "ando.yaml") if n.spec.key == "xor")
    d = network.derive()
    (tmp_path / "ando_xor.py").write_text(module_of(d), "utf-8")
    (tmp_path / "ando_xor_train.py").write_text(training_program(d), "utf-8")
    (file,) = [x for x in of_kind(p, Panel) if x.title == "`new.csv`"]
    (tmp_path / "new.csv").write_text(file.blocks[0].text + "\n", "utf-8")
    for q in (page(xor(), "program-run-xor"), p):
        (command,) = code(q, "sh")
        argv = [sys.executable, *command.split()[1:]]
        out = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=True).stdout
    printed = [float(x) for x in out.decode().split()[1:]]
    assert numbers(p, "y1[0]") == list(map(steady, printed))


def test_the_weights_are_those_after_the_training_of_the_deck():
    """After 1000 updates: the next forward pass after that of LECTURES §3 E."""
    network = next(n for n in load_all(SPECS / "ando.yaml") if n.spec.key == "xor")
    trace = train(network, rounds=1000)
    shown = numbers(page(xor(), "program-numbers-xor"), "y1[0]")
    assert shown == [steady(v) for v in np.ravel(trace.last.tensors["y1"])]
    assert np.ravel(trace[999].tensors["y1"]) == pytest.approx(LAST, abs=1e-9)
    assert shown == pytest.approx(LAST, abs=2e-4)
    assert shown != pytest.approx(LAST, abs=1e-6)


def test_the_column_of_the_bias_is_there_and_named():
    p = page(xor(), "program-numbers-xor")
    (file,) = [x for x in of_kind(p, Panel) if x.title == "`new.csv`"]
    lines = file.blocks[0].text.split("\n")
    assert lines == ["x[0],x[1],x[2]", "0,0,1", "0,1,1", "1,0,1", "1,1,1"]
    assert "is 1 in every training sample" in words_of(p)
    table = of_kind(p, Table)[0]
    assert [bare(r[-1]) for r in table.rows] == ["$0$", "$1$", "$1$", "$0$"]
    assert [r[0] for r in table.rows] == ["1", "2", "3", "4"]


def test_masks_are_drawn_classes_named_and_the_start_is_random():
    spec = {
        "name": "drop", "input": {"x": [2], "m": [4]}, "target": {"y": [1]},
        "layers": [{"dense": {"units": 4, "activation": "tanh", "as": "up"}},
                   {"dropout": {"rate": 0.25, "from": ["up", "m"]}}, {"dense": {"units": 1}}],
        "loss": "squared_error", "update": {"adam": {"rate": 0.05}}, "train": {"epochs": 5},
        "samples": {"x": [[1, 2], [3, 4]], "m": [[1, 1, 1, 1], [0, 1, 1, 1]], "y": [1, 2]},
    }  # fmt: skip
    last = made(spec)[-1]
    (file,) = [x for x in of_kind(last, Panel) if x.title == "`new.csv`"]
    assert file.blocks[0].text == "x[0],x[1]\n1,2\n3,4", "a run draws the masks itself"
    classes = {**SPEC, "update": RULES["sgd"], "train": {"epochs": 5}, "samples": {
        "x": SAMPLES["x"][:3], "y": SAMPLES["y"]}}  # fmt: skip
    last = made(classes)[-1]
    assert last.id == "program-numbers"
    assert of_kind(last, Table)[0].head[-1] == words("en")("train_class")


# -- all of it -------------------------------------------------------------------------------------


def test_show_chooses_pages():
    for what, ids in (("train", ["train", "epoch", "run"]), ("save", ["save", "load"]),
                      ("infer", ["infer", "numbers"])):  # fmt: skip
        assert [p.id for p in made("ando", {"of": "xor", "show": what})] == [
            f"program-{x}-xor" for x in ids
        ]
    with pytest.raises(ChalkgradError, match="'train', 'save'"):
        deck_item({"program": {"show": "load"}})


def test_without_numbers_there_are_none():
    found = made({**SPEC, "update": RULES["sgd"]})
    assert [p.id for p in found] == [
        f"program-{x}" for x in ("train", "epoch", "run", "save", "load", "infer")
    ]
    assert code(page(found, "program-run"), "sh")[0].endswith("train --data train.csv")
    assert [k for p in found for k in figures(p)] == ["main.eta"]


@pytest.mark.parametrize(
    ("spec", "of", "told"),
    [("mazur", "circuit", "networks.circuit: parameters: there are no parameters to train"),
     ("ng", "and", "networks.and: loss: there is no loss"),
     ("ando", "one", "networks.one.*'g'")],
)  # fmt: skip
def test_networks_that_cannot_be_trained_are_refused(spec, of, told):
    with pytest.raises(ChalkgradError, match=told):
        made(spec, {"of": of})


def test_the_item_in_a_deck_has_its_place_in_a_fault():
    spec = {"name": "c", "input": {"x": []}, "equations": "f = x**2", "deck": ["program"]}
    with pytest.raises(ChalkgradError, match=r"deck\[0\].program: parameters: there are no"):
        lecture(load_all(spec), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_room(language):
    for p in xor(language):
        assert fits(p), p.id


def test_portuguese():
    told = words_of(page(xor("pt"), "program-numbers-xor"))
    assert "vale 1 em todas as amostras" in told
    assert "0{,}0274" in told


def test_the_pages_compile_and_pass_the_gate(tmp_path):
    found = [*xor(), *made({**SPEC, "update": RULES["adam"]}, {"show": "train"})]
    ids = [f"{p.id}-{k}" for k, p in enumerate(found)]
    pages = tuple(_named(p, i) for p, i in zip(found, ids, strict=True))
    deck = paginate(Deck("h", "en", "h", "x", pages))
    pdf = compiled(tmp_path, slides(deck, handout=True))
    assert check_log(log_of(pdf)) == []
    assert check_pdf(pdf) == []
    assert any("w = w - rate * g" in t for t in page_texts(pdf))
    narrow = Deck("h", "pt", "h", "x", tuple(made("ando", {"of": "xor"}, "pt", aspect="4:3")),
                  aspect="4:3", decimal=",")  # fmt: skip
    folder = tmp_path / "narrow"
    folder.mkdir()
    pdf = compiled(folder, slides(paginate(narrow), handout=True))
    assert check_log(log_of(pdf)) == []
    assert check_pdf(pdf) == []
    html = html_page(deck)
    assert "write_arrays(path" in html
    assert "<math" in html


def _named(p, key):
    from dataclasses import replace

    return replace(p, id=key)
