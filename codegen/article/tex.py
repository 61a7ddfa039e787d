"""An article as a LaTeX document; the template shapes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..formula.rich import words_of
from ..formula.tex_printer import kept
from ..formula.tex_text import pdf_facts, rich_tex
from ..lecture.words import words
from ..templates import latex
from .paper import Display, Paper, Reasoned

UNBROKEN = 52.0  # letters that fit on a line
LONG = 150.0  # letters that never do
PAGE = 600.0  # letters that fit on half a page


def paper_tex(paper: Paper) -> str:
    """LaTeX that pdflatex compiles without shell escape."""
    template = latex(Path(__file__).parent).get_template("article.tex.j2")
    said = words(paper.language)
    return template.render(
        paper=paper, facts=pdf_facts(words_of(paper.title), words_of(paper.author), paper.language),
        words=lambda key: rich_tex(said(key)), rich=rich_tex,
        cells=lambda row: " & ".join(map(rich_tex, row)), display=_display, boxed=_boxed,
        steps=_steps,
    )  # fmt: skip


def _display(body: Display, number: int = 0) -> str:
    """A line with its number; a paragraph where it is very long."""
    if body.run <= UNBROKEN and body.wide > PAGE:
        return rf"\chalkpages{{{number or ''}}}{{{kept(body.formula)}}}"
    made = _fitted(body)
    return rf"\chalkline{{{number}}}{{{made}}}" if number else rf"\chalkplain{{{made}}}"


def _boxed(body: Display, number: int) -> str:
    """The short form of an equation."""
    return rf"\chalkresult{{{number}}}{{{_fitted(body)}}}"


def _fitted(body: Display) -> str:
    """Broken over lines where it is long, shrunk where nothing can be broken."""
    how = "shrink" if body.run > UNBROKEN else "long" if body.wide > LONG else "fit"
    return rf"\chalk{how}{{{kept(body.formula)}}}"


def _steps(lines: Sequence[Reasoned]) -> str:
    """Rows of an alignment: one right side below the other, the last one in a box."""
    rows = r" \\[1ex] ".join(map(_step, lines))
    return rf"\chalksteps{{{rows}}}"


def _step(line: Reasoned) -> str:
    right = kept(line.right)
    right = rf"\boxed{{{right}}}" if line.last else right
    return rf"{kept(line.left)} &= {right} && \chalkreason{{{rich_tex(line.reason)}}}"
