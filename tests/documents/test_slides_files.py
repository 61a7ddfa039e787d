"""Article, snippets, frames as pictures, and the checks themselves with planted faults."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path

import pytest

from chalkgrad.codegen.documents.frames.frames import frames, page_count
from chalkgrad.codegen.documents.sheet.article_pages import article_pages
from chalkgrad.codegen.documents.snippets.snippets import snippets
from chalkgrad.codegen.documents.tex.sty import STYLE
from chalkgrad.derive.language.errors import ChalkgradError, MissingProgramError
from tests.documents.pages_check import check_log, check_pdf
from tests.documents.slides_harness import compiled, log_of, page_texts
from tests.lecture.sample_deck import sample

PLAIN = r"""\documentclass[11pt]{article}\usepackage[T1]{fontenc}\usepackage{lmodern}
\usepackage{amsmath,graphicx}\usepackage[paperwidth=128mm,paperheight=96mm,margin=8mm]{geometry}
\pagestyle{empty}\parindent0pt\begin{document}\sffamily %s\end{document}"""


def test_the_article_compiles_and_numbers_its_equations(tmp_path: Path) -> None:
    text = article_pages(sample())
    pdf = compiled(tmp_path, text)
    assert check_log(log_of(pdf)) == []
    shown = " ".join(page_texts(pdf))
    for number in (12, 13, 14):
        assert f"({number})" in shown
    labels = (tmp_path / "deck.aux").read_text()
    assert {m for m in re.findall(r"newlabel\{eq:(\d+)\}", labels)} == {"12", "13", "14"}
    assert "0.5793" in shown


def test_blanks_are_rules_and_the_other_words_stay(tmp_path: Path) -> None:
    pdf = compiled(tmp_path, article_pages(sample(), blanks=True))
    shown = " ".join(page_texts(pdf))
    assert "0.5793" not in shown  # \cgblank
    assert "by hand" in shown  # the note of a row whose right side is blank
    assert check_log(log_of(pdf)) == []


def test_every_snippet_can_be_read_in_by_a_plain_article(tmp_path: Path) -> None:
    files = snippets(sample())
    assert {"chain-picture1.tex", "chain-display1.tex", "check-table1.tex", STYLE} <= set(files)
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    body = "\n".join(f"\\input{{{n}}}" for n in files if n.endswith(".tex"))
    text = "\\documentclass{article}\\usepackage{chalkgrad}\\begin{document}" + body
    pdf = compiled(tmp_path, text + "\\end{document}", "all")
    assert [f for f in check_log(log_of(pdf)) if not f.startswith("chalkgrad")] == []
    assert "Σ" in " ".join(page_texts(pdf))


def test_frames_as_png_and_svg(tmp_path: Path) -> None:
    pdf = compiled(tmp_path, PLAIN % r"one\newpage two\newpage three")
    assert page_count(pdf) == 3
    made = frames(pdf, tmp_path / "frames", width=640)
    assert sorted(p.name for p in made) == [
        f"frame-00{k}.{end}" for k in (1, 2, 3) for end in ("png", "svg")
    ]
    png = made[0].read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", png[16:20])[0] == 640
    assert made[-1].read_text("utf-8").lstrip().startswith("<?xml")
    with pytest.raises(ChalkgradError, match="fails"):
        frames(tmp_path / "deck.tex", tmp_path / "none")


def test_without_poppler_the_message_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingProgramError, match="poppler-utils"):
        frames(tmp_path / "x.pdf", tmp_path)


FAULTS = {
    "collide": r"over\hspace{-8mm}written",
    "leaves the page": r"\hspace{-20mm}outside",
    r"6\.\d pt": r"{\tiny small words}",
    r"5\.\d pt": r"\scalebox{.5}{$x + y$}",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found(tmp_path: Path, fault: str) -> None:
    found = check_pdf(compiled(tmp_path, PLAIN % FAULTS[fault]))
    assert any(re.search(fault, f) for f in found), found


def test_formulas_with_scripts_fractions_and_matrices_are_no_fault(tmp_path: Path) -> None:
    body = (
        r"$w^{0}_{0,1} + \frac{\partial L}{\partial \mathbf{W}^1}$ \[\sum_{k=0}^{n}"
        r"\left(\begin{array}{cc} x_0^2 & 1\\ \frac{a}{b} & 2\end{array}\right)^{2}"
        r"\underbrace{x}_{\textrm{3 by 1}}\] {\footnotesize nine points, $x_i$}"
    )
    assert check_pdf(compiled(tmp_path, PLAIN % body)) == []


def test_a_short_word_under_a_sum_is_a_script_and_small_words_elsewhere_are_not(
    tmp_path: Path,
) -> None:
    sum_ = r"\[\sum_{\substack{2i + k = 3 \text{ and } j = 1}} x_{i}\]"
    assert check_pdf(compiled(tmp_path, PLAIN % sum_)) == []
    lone = r"\vspace*{2cm}{\fontsize{7}{9}\selectfont and}"
    assert any("'and'" in f for f in check_pdf(compiled(tmp_path, PLAIN % lone, "lone")))


@pytest.mark.parametrize(
    ("line", "faulty"),
    [
        ("! Undefined control sequence.", True),
        ("LaTeX Warning: Reference `eq:1' on page 1 undefined on input line 3.", True),
        ("LaTeX Warning: Label `eq:1' multiply defined.", True),
        ("Overfull \\hbox (1.5pt too wide) in paragraph at lines 3--4", True),
        ("Overfull \\hbox (0.9pt too wide) in paragraph at lines 3--4", False),
        ("Overfull \\vbox (12.0pt too high) detected at line 9", True),
        ("Missing character: There is no ∂ in font ec-lmss10!", True),
        ("chalkgrad: page-1: page too full, 220.0pt of 200.0pt", True),
        ("chalkgrad: page-1: formula at 7.2pt", True),
        ("chalkgrad: page-1: body 100.0pt of 200.0pt", False),
        ("Underfull \\hbox (badness 10000) in paragraph at lines 3--4", False),
    ],
)
def test_the_log_tells_faults(line: str, faulty: bool) -> None:
    assert bool(check_log(f"This is pdfTeX\n{line}\n")) is faulty
