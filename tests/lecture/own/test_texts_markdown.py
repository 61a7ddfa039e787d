"""The lecturer's own slides: Markdown to pages, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.deck.model import (
    Bullets,
    Code,
    Columns,
    Deck,
    Math,
    Page,
    Panel,
    Table,
    Text,
)
from chalkgrad.codegen.formula.tex_text import rich_tex
from chalkgrad.codegen.lecture.own.files import beside
from chalkgrad.codegen.lecture.own.markdown import RAW, parts
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive.language.errors import ChalkgradError
from tests.lecture.typed import typed


def blocks(text: str) -> list[object]:
    (part,) = parts("# T\n\n" + text, "t.md")
    return list(part.blocks)


def test_headings_and_rules_begin_pages():
    made = parts("intro\n\n# One\n\n## Two\n\ntext\n\n### Small\n\n---\n\nmore", "t.md")
    assert [(p.title, p.level) for p in made] == [("", 2), ("One", 1), ("Two", 2), ("Two", 2)]
    assert made[2].blocks == [Text("text"), Text("**Small**", "lead")]
    assert made[1].opens
    assert not made[2].opens


def test_text_keeps_its_marks_and_means_nothing_else():
    assert blocks(r"a **b** *c* `d` $x_1$ \* <b>h</b> 2*3 ~ # $5 and $6 &copy;") == [
        Text(r"a **b** *c* `d` $x_1$ \* <b>h</b> 2\*3 ~ # \$5 and \$6 &copy;")
    ]
    assert blocks("**bold *inner* $a*b$**") == [Text(r"**bold inner $a\ast b$**")]
    assert blocks("[words](https://a.b/c) [bad](javascript:alert)") == [
        Text("words (https://a.b/c) [bad](javascript:alert)")
    ]


def test_lists_nest():
    assert blocks("- a\n- b\n  - c\n  - d\n- e") == [
        Bullets(("a", "b")),
        Columns(((0.05, ()), (0.95, (Bullets(("c", "d")),)))),
        Bullets(("e",)),
    ]
    assert blocks("1. a\n2. b") == [Bullets(("a", "b"), numbered=True)]


def test_tables_code_and_quotes():
    assert blocks("| a | $b$ |\n|:--|--:|\n| 1 | *2* |") == [
        Table(("a", "$b$"), (("1", "*2*"),), "lr")
    ]
    assert blocks("```Python\nx = 1  # **\n```") == [Code("x = 1  # **", "python")]
    assert blocks("    x = 1") == [Code("x = 1", "text")]
    assert blocks("> said") == [Text("said", "quote")]


def test_displays_are_aligned_at_their_relations():
    assert blocks("$$ a = b $$") == [Math((typed("a", "b"),))]
    assert blocks("$$\n\\begin{aligned}\na &\\leq b \\\\[2pt]\n&= c + d\n\\end{aligned}\n$$") == [
        Math((typed("a", "b", r"\leq"), typed("", "c + d")))
    ]
    matrix = r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"
    assert blocks(f"$$\nM\n= {matrix}\n$$") == [Math((typed("M", matrix),))]


def test_notes_and_pictures():
    (part,) = parts("# T\n\n![A net](net.png)\n\n```notes\nSlowly.\n```", "t.md")
    assert part.blocks == [Panel("A net", (), "aside")]
    assert part.notes == ["Slowly."]
    assert part.reports == ["t.md:3: the picture net.png is not shown, only its description"]


HOSTILE = [
    r"\input{x}", r"\write18{ls}", r"\csname x\endcsname", r"\def\x{}", r"\catcode`\%=12",
    r"^^5cinput x", r"\usepackage{x}", r"\href{a}{b}", r"\url{x}", r"\include{x}", r"\openin5=x",
    r"\newcommand{\x}{}", r"\let\x\y", r"\immediate x", r"\special{x}", r"\read5", r"\cgn{a}{b}",
    r"\cgr{a}{b}", r"a % b", r"a # b", r"\begin{document}", r"\begin{verbatim}", "{a", "a}",
    r"\left( a", r"\rule{1cm}{1cm}", r"\includegraphics{x}", r"\loop", r"\expandafter x",
]  # fmt: skip


@pytest.mark.parametrize("latex", HOSTILE)
@pytest.mark.parametrize("form", ["see ${}$ here", "$$\n{}\n$$", "- item ${}$"])
def test_mathematics_that_could_act_is_refused(latex: str, form: str):
    with pytest.raises(ChalkgradError) as caught:
        parts("# T\n\ntext\n\n" + form.replace("{}", latex), "t.md")
    assert caught.value.where.startswith("t.md:")
    assert int(caught.value.where.split(":")[1]) >= 5


def test_a_column_mark_needs_a_display():
    with pytest.raises(ChalkgradError, match="& needs a matrix or aligned"):
        parts("$a & b$", "t.md")


def test_text_that_could_act_does_not():
    (part,) = parts(r"# \write18{ls} \input{x} ^^5cinput </script> $5", "t.md")
    made = rich_tex(part.title)
    assert "\\write" not in made
    assert "\\input" not in made
    assert "^^" not in made


def test_raw_tex_needs_trust():
    text = "# T\n\n```{=latex}\n\\vspace{1cm}\n```"
    with pytest.raises(ChalkgradError, match="raw TeX") as caught:
        parts(text, "t.md")
    assert caught.value.where == "t.md:3"
    (part,) = parts(text, "t.md", trust=True)
    assert part.blocks == [Code("\\vspace{1cm}", RAW)]
    assert blocks("```=latex\nx\n```") == [Code("x", "text")]  # only the whole mark is raw


@pytest.mark.parametrize("text", ["$$\na = b", "$$\n$$"])
def test_displays_that_are_not_closed(text: str):
    with pytest.raises(ChalkgradError, match=r"without an end|empty"):
        parts(text, "t.md")


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.md", "a/../../x.md", "C:\\x.md", "a\\b.md"])
def test_files_outside_of_the_folder_are_refused(name: str, tmp_path: Path):
    with pytest.raises(ChalkgradError, match="not a file in the spec's folder"):
        beside(tmp_path, name, "file")


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path):
    inside = tmp_path / "spec"
    inside.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (inside / "x.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(ChalkgradError, match="there is no file"):
        beside(inside, "x.md", "file")


def deck_of(folder: Path, language: str = "en", **more: bool) -> Deck:
    networks = load_all("n111", ["deck=[slide: own.md]"])
    return lecture(networks, language, folder=folder, **more)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path):
    (tmp_path / "owl.md").write_text("# Owl")
    with pytest.raises(ChalkgradError) as caught:
        deck_of(tmp_path)
    said = str(caught.value)
    assert "deck[0].slide" in said
    assert "own.md" in said
    assert str(tmp_path) in said
    assert "owl.md" in said


def test_a_language_has_its_own_file(tmp_path: Path):
    (tmp_path / "own.md").write_text("# Part\n\n## Page\n\ntext\n\n![x](y.png)")
    (tmp_path / "own.pt.md").write_text("# Página")
    pages: list[Page] = list(deck_of(tmp_path).pages)
    assert [(p.id, p.title, p.layout) for p in pages] == [
        ("slide-own", "Part", "section"),
        ("slide-own-2", "Page", "content"),
    ]
    assert deck_of(tmp_path).reports == (
        "own.md:7: the picture y.png is not shown, only its description",
    )
    for language in ("pt", "pt-BR"):
        assert [p.title for p in deck_of(tmp_path, language).pages] == ["Página"]
