"""The networks whose drawings are tested, and what a drawing may not do."""

from __future__ import annotations

import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path

from chalkgrad import load, load_all
from chalkgrad.codegen.lecture.board.board import Board
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.picture.label.place import together
from chalkgrad.codegen.picture.network.model import NetworkOptions
from chalkgrad.codegen.picture.network.network import network_scene
from chalkgrad.codegen.picture.printers.tikz import tikz_preamble
from chalkgrad.codegen.picture.scene.rect import crosses, grown, overlap, united
from chalkgrad.codegen.picture.scene.scene import Label, Line, Scene, bounds
from tests.paths import SPECS

SQUARED = {"squared_error": {"factor": "1/outputs"}}
DIGITS = {
    "name": "digits",
    "input": {"x": [784]},
    "target": {"y": {"shape": [10], "fact": "distribution"}},
    "layers": [
        {"dense": {"units": 256, "activation": "relu"}},
        {"dense": {"units": 10, "activation": "softmax"}},
    ],
    "loss": "cross_entropy",
}
STACKS = (
    "n111", "n121", "n232", "mazur", "edges", "ng-and", "ng-xnor", "ng-deep", "ando-xor",
    "ando-one", "ando-two", "2-2-2", "4-8-8-3", "784-256-10", "5-5-5-5", "deep", "autoencoder",
)  # fmt: skip
BLOCKS = ("digits_conv", "transformer", "circuit")


@cache
def board(name: str) -> Board:
    """A network by its name in `STACKS` or `BLOCKS`."""
    if name == "784-256-10":
        return Board(load(DIGITS), words("en"))
    if name in ("2-2-2", "4-8-8-3", "5-5-5-5", "deep"):
        units = [3, *[4] * 10] if name == "deep" else [int(u) for u in name.split("-")]
        form = {"units": units, "activation": "sigmoid"}
        return Board(load({"name": "net", "network": form, "loss": SQUARED}), words("en"))
    if name == "edges" or "-" in name:
        file, _, key = name.partition("-")
        every = load_all(SPECS / ("mazur.yaml" if name == "edges" else f"{file}.yaml"))
        wanted = "net" if name == "edges" else key
        return Board(next(n for n in every if n.spec.key == wanted), words("en"))
    return Board(load(name), words("en"))


@cache
def drawing(name: str, height: float = 4.5, reserve: str = "") -> Scene:
    made = board(name)
    return network_scene(
        made.net, made.symbols, NetworkOptions(height=height, reserve=reserve, about=f"{name}.")
    )


def labels(scene: Scene) -> list[Label]:
    return [s for s in scene.shapes if isinstance(s, Label)]


def colliding(scene: Scene) -> list[tuple[str, str]]:
    """Pairs of labels that overlap while both are visible; a label drawn once more on itself, in
    the colour of a factor, is one label."""
    found = labels(scene)
    return [
        (a.text, b.text)
        for k, a in enumerate(found)
        for b in found[k + 1 :]
        if together(a, b) and (a.where, a.text) != (b.where, b.text) and overlap(a.box(), b.box())
    ]


def crossed(scene: Scene) -> list[tuple[str, str]]:
    """Weights' edges that run through a label which is not their own."""
    edges = [s for s in scene.shapes if isinstance(s, Line) and s.role in ("weight", "lit")]
    return [
        (e.ref, one.text)
        for e in edges
        for one in labels(scene)
        if one.ref != e.ref
        and any(crosses(grown(one.box(), -0.005), p, q) for p, q in pairwise(e.points))
    ]


def outside(scene: Scene) -> list[object]:
    """Shapes that reach out of the frame."""
    low, high = scene.frame()
    frame = grown((*low, *high), 1e-6)
    return [s for s in scene.shapes if united([frame, bounds(s)]) != frame]


MACROS = r"""\newcommand\cgf[2]{#2}\newcommand\cgc[2]{#2}\newcommand\cgr[2]{#2}
\newcommand\cgn[2]{#2}\newcommand\cghl[1]{\mathbf{#1}}\newcommand\cgat[2]{#2}
\newcommand\cgblank[1]{#1}"""


def compiled(body: str, folder: Path, *, beamer: bool = False, before: str = "") -> str:
    """Runs pdflatex on a document with our preamble; gives its log. The PDF is ``doc.pdf``."""
    kind = r"\documentclass[aspectratio=169,11pt]{beamer}\usefonttheme[onlymath]{serif}"
    if not beamer:
        kind = r"\documentclass[11pt]{article}\usepackage{xcolor}"
    packages = r"\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath,amssymb,bm,tikz}"
    text = "\n".join(
        [kind, packages, MACROS, tikz_preamble(), before, r"\begin{document}", body,
         r"\end{document}"]
    )  # fmt: skip
    (folder / "doc.tex").write_text(text, "utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "doc.tex"],
        cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    return done.stdout
