"""A lecture of three pages, in two languages, and a TeX that writes down what it was given."""

from __future__ import annotations

from pathlib import Path

SPEC = """\
name: tiny
title: {en: One neuron, pt: Um neurônio}
style: {language: [en, pt]}
input: {x: []}
target: {t: []}
parameters: {w: []}
equations: "f = w*x; L = (f - t)**2/2"
loss: L
values: {x: 2, w: 0.5, t: 3}
deck: [title, slide: own.md]
"""
OWN = "# My own page\n\nText and\n\n$$ x^2 $$\n\n# Another\n\n- one\n- two\n"
LANGUAGES = ("en", "pt")
# what every output writes, per stem and shared
FILES = {
    "slides": {"_slides.tex"}, "handout": {"_handout.tex"}, "notes": {"_notes.tex"},
    "sheet": {"_sheet.tex"}, "blanks": {"_blanks.tex"}, "html": {".html"}, "notebook": {".ipynb"},
    "snippets": set(), "manifest": {"_manifest.json"},
    "markdown": {".md"}, "typst": {"_slides.typ", "_handout.typ", "_sheet.typ"},
}  # fmt: skip
TEX = ("slides", "handout", "notes", "sheet", "blanks")
STYLE = "chalkgrad.sty"
# a pdflatex that makes a PDF of its name, if the style stands beside the document
PDFLATEX = (
    'for last; do :; done; case "$last" in tiny.tex) ;; *) test -f chalkgrad.sty || exit 1;; esac;'
    ' echo "%PDF $last" > "${last%.tex}.pdf"'
)


def write_lecture(folder: Path, spec: str = SPEC, own: str = OWN) -> Path:
    path = folder / "lecture.yaml"
    path.write_text(spec, encoding="utf-8")
    (folder / "own.md").write_text(own, encoding="utf-8")
    return path


def files(*outputs: str, stems: tuple[str, ...] = ("tiny_en", "tiny_pt")) -> set[str]:
    """The names that the outputs write."""
    made = {f"{stem}{end}" for stem in stems for output in outputs for end in FILES[output]}
    shared = {STYLE} if {*TEX, "snippets"} & set(outputs) else set()
    return made | shared
