"""A scene as TikZ and as SVG: it compiles, it parses, nothing in a label acts."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from chalkgrad.codegen.formula.style import style
from chalkgrad.codegen.picture.network.arcs import active_path, chain_arcs, region_box
from chalkgrad.codegen.picture.printers.svg import PX, svg
from chalkgrad.codegen.picture.printers.tikz import tikz
from chalkgrad.codegen.picture.scene.scene import Arc, Box, Circle, Label, Line, Scene
from tests.picture.picture_cases import BLOCKS, STACKS, compiled, drawing

HOSTILE = (
    r"\write18{rm}", r"\input{x}", "^^5cinput x", r"\csname end\endcsname", "</script><script>",
    "javascript:alert(1)", '"><svg onload="x">', "a & b < c", "]]>", "100 % #1 ~ _ ^",
)  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def sample() -> Scene:
    shapes = [
        Line(((0, 0), (2, 1)), True, role="weight", ref="W0[1,0]"),
        Line(((0, 0), (2, 0), (1, 1)), closed=True, role="positive"),
        Arc((3, 0), (1, 0), 1.2, factor=2, at=2),
        Arc((3, 0), (1, 0), -1.2, role="total"),
        Box((0, 0), (1, 1), 0.1, role="reach", factor=1, ref="y1", at=2, until=3),
        Circle((1, 1), 0.3, role="unit"),
        Label((2, 2), r"$\hat{y}^{1}_{0}$ and **bold** `code`", "west", ref="y1[0]", plate=True),
        Label((2, 1), r"$\cgf{3}{\frac{\partial L}{\partial \mathbf{W}^{1}}}$", at=4, factor=3),
    ]
    return Scene((*shapes,), about='The picture. It shows "a < b".')


def texts(root: ET.Element) -> str:
    return "".join(t.text or "" for t in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("standalone", [True, False])
def test_svg_is_plain_and_says_what_it_shows(standalone: bool) -> None:
    root = ET.fromstring(svg(sample(), standalone=standalone))
    tags = {e.tag.removeprefix(SVG) for e in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "circle", "path", "text"}
    assert root.find(f"{SVG}title") is not None
    assert root.findtext(f"{SVG}desc") == 'The picture. It shows "a < b".'
    (x0, y0), (x1, y1) = sample().frame()
    box = [float(n) for n in root.attrib["viewBox"].split()]
    assert box == pytest.approx([0, 0, (x1 - x0) * PX, (y1 - y0) * PX], abs=0.01)
    found = {e.attrib["data-ref"]: e for e in root.iter() if "data-ref" in e.attrib}
    assert found.keys() == {"W0[1,0]", "y1", "y1[0]"}
    assert found["y1"].attrib["data-factor"] == "1"
    assert (found["y1"].attrib["data-at"], found["y1"].attrib["data-until"]) == ("2", "3")
    assert "cg-weight" in found["W0[1,0]"].attrib["class"]
    assert found["y1"].attrib["fill"] == style().factor(1).tint


def test_letters_of_a_formula_stand_where_they_belong() -> None:
    label = Label((0, 0), "$w^{0}_{1}$", "west", "normal")
    root = ET.fromstring(svg(Scene((label,)), standalone=False))
    made = {t.text: t.attrib for t in root.iter(f"{SVG}text")}
    base = float(made["w"]["y"])
    assert float(made["0"]["y"]) < base < float(made["1"]["y"])
    assert float(made["0"]["x"]) > float(made["w"]["x"])
    assert float(made["0"]["font-size"]) < float(made["w"]["font-size"])
    assert made["w"]["font-style"] == "italic"
    bold = ET.fromstring(svg(Scene((Label((0, 0), r"$\mathbf{W}$"),)), standalone=False))
    assert next(bold.iter(f"{SVG}text")).attrib["font-weight"] == "bold"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text_in_svg(text: str) -> None:
    from chalkgrad.codegen.formula.rich import plain

    scene = Scene((Label((0, 0), plain(text), ref=text),), about=f"{text}\x00")
    root = ET.fromstring(svg(scene, standalone=True))
    assert texts(root) == text
    allowed = ("svg", "title", "desc", "g", "rect", "text")
    assert {e.tag for e in root.iter()} <= {f"{SVG}{t}" for t in allowed}
    assert not [a for e in root.iter() for a in e.attrib if a.startswith("on")]


def test_hostile_text_is_only_text_in_tex(tmp_path: Path) -> None:
    from chalkgrad.codegen.formula.rich import plain

    labels = [Label((0, -k), plain(t), "west", ref=t) for k, t in enumerate(HOSTILE)]
    log = compiled(tikz(Scene((*labels,)), reveal=False), tmp_path)
    assert not re.findall(r"^!.*", log, re.M)
    shown = subprocess.run(
        ["pdftotext", "-layout", "doc.pdf", "-"], cwd=tmp_path, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert r"\write18{rm}" in shown
    assert "^^5cinput x" in shown


@pytest.mark.parametrize(
    "latex", [r"\input{x}", r"\write18{rm}", "^^5cinput x", r"\csname x\endcsname"]
)
def test_mathematics_of_a_label_passes_the_gate(latex: str) -> None:
    made = tikz(Scene((Label((0, 0), f"$x$ and ${latex}$"),)), reveal=False)
    assert "$x$ and " in made
    assert latex not in made
    assert r"\textbackslash" in made or r"\textasciicircum" in made


@pytest.mark.parametrize("name", [*STACKS, *BLOCKS])
def test_every_network_is_valid_svg(name: str) -> None:
    root = ET.fromstring(svg(drawing(name), standalone=True))
    assert len(list(root.iter(f"{SVG}text"))) > 3
    assert root.findtext(f"{SVG}title") == f"{name}."


def test_every_network_compiles(tmp_path: Path) -> None:
    """On slides, with a reveal, and no box is too wide."""
    frames = [tikz(drawing(n), reveal=True) for n in (*STACKS, *BLOCKS)]
    plain = drawing("n232", 3.4)
    frames.append(tikz(chain_arcs(plain, ["L", "y1", "v1", "W1"]), reveal=True))
    frames.append(tikz(active_path(plain, [("y1", (0,)), ("W1", (1, 0))]), reveal=True))
    frames.append(tikz(region_box(plain, ["W1", "b1"], at=2), reveal=True, scale=0.8))
    frames.append(tikz(sample(), reveal=True))
    body = "\n".join(f"\\begin{{frame}}\\centering\n{one}\n\\end{{frame}}" for one in frames)
    log = compiled(body, tmp_path, beamer=True)
    assert not re.findall(r"^!.*", log, re.M)
    wide = [float(n) for n in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert [w for w in wide if w > 1] == []


def test_a_reveal_shows_and_hides_and_nothing_moves(tmp_path: Path) -> None:
    shapes = [
        Label((0, 0), "first", "west"),
        Label((0, 1), "second", "west", at=2),
        Label((0, 2), "gone", "west", at=1, until=2),
    ]
    body = f"\\begin{{frame}}{tikz(Scene((*shapes,)), reveal=True)}\\uncover<3>{{}}\\end{{frame}}"
    compiled(body, tmp_path, beamer=True)
    seen, places = [], []
    for page in ("1", "2", "3"):
        out = subprocess.run(
            ["pdftotext", "-bbox", "-f", page, "-l", page, "doc.pdf", "-"], cwd=tmp_path,
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)".*?>(first|second|gone)<', out)
        seen.append(sorted(w for _, _, w in words))
        places += [(x, y) for x, y, w in words if w == "first"]
    assert seen == [["first", "gone"], ["first", "gone", "second"], ["first", "second"]]
    assert len(set(places)) == 1


def test_without_a_reveal_the_last_state_is_drawn() -> None:
    made = tikz(sample(), reveal=False)
    assert "only" not in made
    assert "rectangle (1,1)" not in made.split("\n", 2)[2]  # the box hidden after step 3
    assert "cgf3text" in made
