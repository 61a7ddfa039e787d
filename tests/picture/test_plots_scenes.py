"""Every kind of plot: labels apart and inside the frame, TeX and SVG render it."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from chalkgrad.codegen.formula.style import style
from chalkgrad.codegen.picture.label.place import together
from chalkgrad.codegen.picture.printers.svg import svg
from chalkgrad.codegen.picture.printers.tikz import tikz, tikz_preamble
from chalkgrad.codegen.picture.scene.rect import crosses, united
from chalkgrad.codegen.picture.scene.scene import Label, Line, Scene, bounds
from tests.picture.clashes import clashes
from tests.picture.plots_cases import SCENES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=SCENES, scope="module")
def scene(request: pytest.FixtureRequest) -> Scene:
    return SCENES[request.param]()


def test_labels_do_not_overlap(scene: Scene) -> None:
    pairs = [(a.text, b.text) for a, b in clashes(scene)]
    assert pairs == []


def test_every_label_is_measured(scene: Scene) -> None:
    labels = [s for s in scene.shapes if isinstance(s, Label)]
    assert labels
    assert all(s.wide > 0 and s.high > 0 for s in labels)


def test_nothing_leaves_the_frame(scene: Scene) -> None:
    low, high = scene.frame()
    frame = (*low, *high)
    assert [s for s in scene.shapes if united([frame, bounds(s)]) != frame] == []


def test_it_fits_a_slide(scene: Scene) -> None:
    (x0, y0), (x1, y1) = scene.frame()
    assert x1 - x0 <= 14.8
    assert y1 - y0 <= 6.4


def test_no_dark_line_crosses_a_label(scene: Scene) -> None:
    """Light lines (grid, leaders) may; a label with a plate covers what is below it."""
    light = {"grid", "faint", "contour", "cell", "axis", "weight"}
    lines = [s for s in scene.shapes if isinstance(s, Line) and s.role not in light]
    for label in (s for s in scene.shapes if isinstance(s, Label) and not s.plate):
        left, bottom, right, top = label.box()
        core = (left + 0.02, bottom + 0.04, right - 0.02, top - 0.04)
        for line in lines:
            if together(line, label) and not line.closed:
                hit = any(crosses(core, p, q) for p, q in pairwise(line.points))
                assert not hit, (label.text, line.role)


def test_svg_is_well_formed_and_shows_the_texts(scene: Scene) -> None:
    root = ET.fromstring(svg(scene, standalone=True))
    labels = [s for s in scene.shapes if isinstance(s, Label)]
    groups = [g for g in root.iter(SVG + "g") if "cg-label" in (g.get("class") or "").split()]
    assert len(groups) == len(labels)


def test_steps_are_without_gaps(scene: Scene) -> None:
    begun = {s.at for s in scene.shapes}
    assert begun == set(range(1, max(begun) + 1))


def test_series_differ_without_colour() -> None:
    dashes = [style().look(f"series{k}").dash for k in range(1, 7)]
    assert len(set(dashes)) == len(dashes)
    assert style().look("curve").dash != style().look("derivative").dash


def test_tex_sets_every_picture(tmp_path: Path) -> None:
    body = "\n\n".join(tikz(make(), reveal=False) for make in SCENES.values())
    text = (
        "\\documentclass{article}\\usepackage[paperwidth=18cm,paperheight=60cm,margin=5mm]"
        "{geometry}\\usepackage[T1]{fontenc}\\usepackage{lmodern,amsmath,bm,xcolor,tikz}\n"
        f"{tikz_preamble()}\\pagestyle{{empty}}\\parindent0pt\\begin{{document}}\n{body}\n"
        "\\end{document}\n"
    )
    (tmp_path / "all.tex").write_text(text, "utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout
